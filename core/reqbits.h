/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A request as the one word that it is passed in.  A fast path that looks at the
 * fields alone makes the compiler take the word to pieces and put it together
 * again for the call of the slow path.
 */
#ifndef CORE_REQBITS_H
#define CORE_REQBITS_H

#include "core/pga.h"

#include <stddef.h>
#include <string.h>

static inline uint64_t pga_req_bits(struct pga_req req)
{
	uint64_t bits;

	memcpy(&bits, &req, sizeof(bits));
	return bits;
}

/* Where the field of @size bytes at @offset begins in the word. */
static inline unsigned pga_req_shift(size_t offset, size_t size)
{
	bool little = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	return 8 * (unsigned)(little ? offset : sizeof(uint64_t) - offset - size);
}

/** PGA_REQ_FIELD - a field of pga_req_bits(), as the unsigned type of its size */
#define PGA_REQ_FIELD(bits, field)                                                  \
	((unsigned)((bits) >> pga_req_shift(offsetof(struct pga_req, field),        \
					    sizeof(((struct pga_req *)0)->field)) & \
		    (UINT64_MAX >> (64 - 8 * sizeof(((struct pga_req *)0)->field)))))

#endif
