/* SPDX-License-Identifier: GPL-2.0-only */
/* What reader and writer of trace files share: the layout, numbers, checksums. */
#ifndef HARNESS_TRACE_BITS_H
#define HARNESS_TRACE_BITS_H

#include "harness/trace/trace_event.h"

#include <string.h>

/* Parts of a file after its header. */
enum trace_part { TRACE_PART_SETS = 'G', TRACE_PART_EVENTS = 'E', TRACE_PART_END = 'Z' };
#define TRACE_PART_HEAD 9u /* bytes: kind, payload length, number of items */

/* First byte of an event: its kind in the low bits, and what follows. */
#define TRACE_KIND_MASK 0x0fu
#define TRACE_F_CPU 0x10u   /* another CPU than the event before */
#define TRACE_F_PID 0x20u   /* another task than the last event of this CPU */
#define TRACE_F_ORDER 0x40u /* order is not 0 */
#define TRACE_F_NO_PFN 0x80u
#define TRACE_MAX_EVENT 128u /* bytes of an event at most */

/* What differences are taken from; zero at the start of each part. */
struct trace_context {
	uint64_t ns;
	uint16_t cpu;
	struct {
		uint32_t pid;
		uint64_t pfn[TRACE_EXTFRAG + 1]; /* by kind */
	} of[TRACE_MAX_CPUS];
};

/** trace_crc - CRC-32 of IEEE 802.3, continued from @crc (0 at first). */
uint32_t trace_crc(uint32_t crc, const void *data, size_t len);

static inline void trace_put32(uint8_t *at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static inline uint32_t trace_get32(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Small numbers of either sign become small numbers. */
static inline uint64_t trace_zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t trace_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

/* Seven bits a byte, lowest first; the high bit says that more follow. */
static inline uint8_t *trace_put_varint(uint8_t *at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*at++ = (uint8_t)(v | 0x80);
	*at++ = (uint8_t)v;
	return at;
}

#endif
