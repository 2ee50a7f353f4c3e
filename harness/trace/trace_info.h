/* SPDX-License-Identifier: GPL-2.0-only */
/* A description of a trace, from one pass through its file. */
#ifndef HARNESS_TRACE_INFO_H
#define HARNESS_TRACE_INFO_H

#include "harness/trace/trace_file.h"
#include "harness/trace/trace_live.h"

#define INFO_DECADES 9u	 /* of lifetimes: below 1 us, 10 us, ... 10 s, and longer */
#define INFO_TICKS 1024u /* moments of the live set that are kept */
#define INFO_TASKS 4096u /* tasks that are told apart */
#define INFO_STEALS 64u	 /* kinds of fallbacks that are told apart */

/* Fallbacks of one kind. */
struct info_steal {
	uint8_t order, fallback_order, type, fallback_type;
	bool claimed;
	uint64_t nr;
};

struct info_task {
	uint32_t pid;
	uint64_t allocs, frames;
};

struct trace_info {
	uint64_t kinds[TRACE_NR_KINDS];
	uint64_t first_ns, last_ns, events;
	uint64_t allocs[TRACE_MAX_ORDER + 1], frees[TRACE_MAX_ORDER + 1];
	uint64_t types[TRACE_TYPE_UNKNOWN + 1];
	uint64_t sets[TRACE_MAX_GFP];	    /* allocations by set of flags */
	uint64_t steal_sets[TRACE_MAX_GFP]; /* those that led to a fallback */
	uint64_t failed;
	uint64_t prior, prior_frames;	     /* frees of blocks never seen allocated */
	uint64_t assumed, pieces, elsewhere; /* frees lost; in pieces; by another CPU */
	uint64_t lives[INFO_DECADES];
	uint64_t cpu_events[TRACE_MAX_CPUS];
	uint64_t status[16]; /* ends of compactions, by the kernel's number */
	uint64_t moved, not_moved, reclaimed;
	uint64_t busiest, bucket, bucket_nr;   /* events of 100 ms */
	uint64_t frames, peak_frames, peak_ns; /* live */
	uint64_t end_blocks;
	uint64_t tick_ns, tick[INFO_TICKS]; /* frames live at the end of each */
	unsigned nr_ticks;
	struct info_task task[INFO_TASKS]; /* a hash table */
	unsigned nr_tasks;
	struct info_steal steal[INFO_STEALS];
	unsigned nr_steals;
	uint64_t steals_untold;		     /* of kinds beyond INFO_STEALS */
	uint64_t stolen_pfn[TRACE_MAX_CPUS]; /* of a fallback whose allocation follows */
	struct trace_live *live;
};

/**
 * trace_info_read - read a trace to its end
 * Return: as trace_next, 0 at the end; -ENOMEM.  trace_info_close in any case.
 */
int trace_info_read(struct trace_info *info, struct trace_reader *r, char *why, size_t len);
void trace_info_close(struct trace_info *info);

/** trace_info_print - for people, to @out. */
void trace_info_print(const struct trace_info *info, const struct trace_reader *r, FILE *out);

#endif
