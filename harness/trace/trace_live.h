/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blocks that are allocated at a point of a trace: found by any of their
 * frames, since a block may be freed in pieces.
 *
 * Threads: a map belongs to one thread at a time.
 */
#ifndef HARNESS_TRACE_LIVE_H
#define HARNESS_TRACE_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_block {
	uint64_t pfn; /* first frame */
	uint64_t ns;  /* when it was allocated */
	uint32_t life;
	uint32_t left; /* frames not freed yet; never 0 when added */
	uint16_t cpu;  /* that allocated it */
	uint8_t order;
};

struct trace_live;

struct trace_live *trace_live_new(void); /* NULL: no memory */
void trace_live_free(struct trace_live *l);
/** trace_live_find - the block that a frame lies in, or NULL; valid until the next change. */
struct trace_block *trace_live_find(struct trace_live *l, uint64_t pfn);
/** trace_live_add - no block of the same first frame is there. 0 or -ENOMEM. */
int trace_live_add(struct trace_live *l, const struct trace_block *b);
/** trace_live_del - remove a block that find returned. */
void trace_live_del(struct trace_live *l, struct trace_block *b);
/** trace_live_count - blocks. */
size_t trace_live_count(const struct trace_live *l);
/** trace_live_each - call @fn with every block, in no order. */
void trace_live_each(const struct trace_live *l, void (*fn)(void *data, const struct trace_block *),
		     void *data);

#endif
