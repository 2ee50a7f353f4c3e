/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two fragmentation indices of the kernel, in its integer arithmetic:
 * thousandths, rounded as the kernel rounds.
 *
 * With k_i free blocks of order i, F = sum of 2^i k_i free frames and B = sum
 * of k_i free blocks:
 *   Fu(j) = (F - sum over i >= j of 2^i k_i) / F     1000 when F = 0
 *   Fi(j) = -1000 when a block of order >= j is free, 0 when B = 0,
 *           otherwise 1 - (1 + F / 2^j) / B
 * Identities: Fu(0) = 0 when F > 0; Fu never falls as j grows; Fi(j) = -1000
 * exactly when a request of order j would be served.
 */
#ifndef WORKLOADS_FRAGINDEX_H
#define WORKLOADS_FRAGINDEX_H

#include "core/pga.h"

struct wl_frag {
	uint64_t blocks[PGA_MAX_ORDERS]; /* k_i, all types */
};

/** wl_frag_add - add the free blocks of one zone. */
void wl_frag_add(struct wl_frag *f, const struct pga_zone_snap *snap);
/** wl_frag_take - free blocks of all zones of an instance; when it is quiet. */
void wl_frag_take(struct wl_frag *f, const struct pga_ops *ops, struct pga *pga,
		  const struct pga_conf *conf);
/** wl_frag_fu - unusable free space index for @order, 0 .. 1000. */
int wl_frag_fu(const struct wl_frag *f, unsigned order);
/** wl_frag_fi - fragmentation index for @order, -1000 .. 1000. */
int wl_frag_fi(const struct wl_frag *f, unsigned order);

#endif
