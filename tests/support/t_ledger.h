/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slow, obvious allocator that keeps a ledger of every frame and counts what
 * its caller does wrong; and, on request, does wrong itself, so that tests can
 * see whether that is noticed.
 *
 * Tunables: "lose" (every n-th free is forgotten, 0 = none), "limit" (share of
 * each zone that it hands out, %), "far" (the farthest node first).
 */
#ifndef TESTS_T_LEDGER_H
#define TESTS_T_LEDGER_H

#include "core/pga.h"

enum { T_LEDGER_LOSE, T_LEDGER_LIMIT, T_LEDGER_FAR, T_LEDGER_VMSTAT };
extern const struct pga_ops t_ledger;
/* The same for workloads whose frames have owners: its lists hold nothing, no range can be had. */
extern const struct pga_ops t_ledger_owned;

/* What callers did, since init; of the instance initialised last. */
struct t_ledger_log {
	uint64_t allocs, frees, fails;
	uint64_t bad_frees;	  /* not live, or of another order */
	uint64_t parked_calls;	  /* alloc or free by a CPU that is parked */
	uint64_t live, most_live; /* frames */
	uint64_t stream;	  /* hash of the calls of CPU 0: operation, order, type, node */
	uint64_t freed;		  /* hash of the blocks that CPU 0 freed, in their order */
};
extern struct t_ledger_log t_ledger_log;

#endif
