/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of a recorded trace, and the kernel's names for them.  One table
 * serves the text converter, the file format and the recorder.
 */
#ifndef HARNESS_TRACE_EVENT_H
#define HARNESS_TRACE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_MAX_ARGS 4u
#define TRACE_MAX_CPUS 4096u
#define TRACE_MAX_ORDER 15u
#define TRACE_MAX_GFP 4096u		 /* different sets of flags in one trace */
#define TRACE_MAX_NAMES 512u		 /* bytes of one set, the end included */
#define TRACE_MAX_PFN ((1ull << 52) - 1) /* of 64-bit physical addresses */
#define TRACE_NO_PFN UINT64_MAX		 /* a failed allocation */
#define TRACE_TYPE_UNKNOWN 15u		 /* of migratetypes */
#define TRACE_MAX_NS (UINT64_MAX >> 1)

enum trace_kind {
	TRACE_ALLOC,
	TRACE_FREE,
	TRACE_EXTFRAG,
	TRACE_COMPACT_BEGIN,
	TRACE_COMPACT_END,
	TRACE_COMPACT_TRY,
	TRACE_COMPACT_MOVED,
	TRACE_KSWAPD,
	TRACE_RECLAIM_BEGIN,
	TRACE_RECLAIM_END,
	TRACE_NR_KINDS
};

struct trace_event {
	uint64_t ns; /* of the recording's clock */
	uint64_t pfn;
	uint32_t pid;
	uint16_t cpu;
	uint16_t gfp; /* index into the trace's sets of flags */
	uint8_t kind; /* enum trace_kind */
	uint8_t order;
	uint8_t type; /* migratetype, a number of the recording kernel */
	int64_t arg[TRACE_MAX_ARGS];
};

/* Which of the event's fields a kind has. */
#define TRACE_HAS_PFN 1u
#define TRACE_HAS_ORDER 2u
#define TRACE_HAS_TYPE 4u
#define TRACE_HAS_GFP 8u

struct trace_kind_info {
	const char *system, *name; /* of the tracepoint */
	unsigned has;
	const char *order, *type, *gfp;	 /* the kernel's names of these fields */
	const char *arg[TRACE_MAX_ARGS]; /* names of the others; NULL ends */
};
extern const struct trace_kind_info trace_kinds[TRACE_NR_KINDS]; /* harness/trace/trace_event.c */

/** trace_nr_args - how many of arg[] a kind has. */
unsigned trace_nr_args(unsigned kind);

/**
 * trace_gfp - flags of a set as the kernel prints it
 * @names: "GFP_KERNEL|__GFP_ZERO"; composed names of 2.6 to 6.x are known
 * @unknown: gets the number of names and bits without a meaning here
 * A request that names nothing that wakes kswapd does not wake it, as since
 * Linux 4.4; names that only older kernels have (GFP_WAIT) say that it does.
 * Return: set of enum pga_gfp.
 */
uint32_t trace_gfp(const char *names, unsigned *unknown);

#endif
