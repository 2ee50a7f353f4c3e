/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fragmentation as free lists show it: pure functions of the numbers of free
 * blocks.  What needs to know which frames are used is in workloads/fragmap.h.
 *
 * The two fragmentation indices are the kernel's, in its integer arithmetic:
 * thousandths, rounded as the kernel rounds.
 *
 * With k_i free blocks of order i, F = sum of 2^i k_i free frames and B = sum
 * of k_i free blocks:
 *   Fu(j) = (F - sum over i >= j of 2^i k_i) / F     1000 when F = 0
 *   Fi(j) = -1000 when a block of order >= j is free, 0 when B = 0,
 *           otherwise 1 - (1 + F / 2^j) / B
 * Identities: Fu(0) = 0 when F > 0; Fu never falls as j grows; Fi(j) = -1000
 * exactly when a request of order j would be served.  A negative Fi alone does
 * not say that: with few blocks it falls to just above -1000.
 *
 * Sources: Gorman and Whitcroft 2006 and 2008 (Fu, Fi), FreeBSD review D40575
 * (FMFI), the kernel's proactive compaction (score).  docs/METRICS.md has a
 * section on each.
 */
#ifndef WORKLOADS_FRAGINDEX_H
#define WORKLOADS_FRAGINDEX_H

#include "core/pga.h"

struct wl_frag {
	uint64_t blocks[PGA_MAX_ORDERS]; /* k_i, all types */
};

/* Free blocks of each type, and pageblocks of each type. */
struct wl_frag_types {
	uint64_t blocks[PGA_MAX_TYPES][PGA_MAX_ORDERS];
	uint64_t pageblocks[PGA_MAX_TYPES];
};

/** wl_frag_add - add the free blocks of one zone. */
void wl_frag_add(struct wl_frag *f, const struct pga_zone_snap *snap);
/** wl_frag_take - free blocks of all zones of an instance; when it is quiet. */
void wl_frag_take(struct wl_frag *f, const struct pga_ops *ops, struct pga *pga,
		  const struct pga_conf *conf);
/** wl_frag_take_types - the same by type; a mechanism without types has all in the first. */
void wl_frag_take_types(struct wl_frag_types *t, const struct pga_ops *ops, struct pga *pga,
			const struct pga_conf *conf);

/** wl_frag_fu - unusable free space index for @order, 0 .. 1000. */
int wl_frag_fu(const struct wl_frag *f, unsigned order);
/** wl_frag_fi - fragmentation index for @order, -1000 .. 1000. */
int wl_frag_fi(const struct wl_frag *f, unsigned order);

/** wl_frag_frames - F, free frames. */
uint64_t wl_frag_frames(const struct wl_frag *f);
/** wl_frag_nr_blocks - B, free blocks. */
uint64_t wl_frag_nr_blocks(const struct wl_frag *f);
/** wl_frag_suitable - blocks of @order that could be cut from what is free. */
uint64_t wl_frag_suitable(const struct wl_frag *f, unsigned order);

/** wl_frag_fmfi - FreeBSD's index: 1 - (F / 2^j) / B, may be negative; NaN when B = 0. */
double wl_frag_fmfi(const struct wl_frag *f, unsigned order);
/** wl_frag_extfrag - free memory that is useless for @order, whole %; 0 when F = 0. */
unsigned wl_frag_extfrag(const struct wl_frag *f, unsigned order);
/**
 * wl_frag_score - a zone's share of its node's score for proactive compaction
 * @zone, @node: present frames of the zone and of its node
 * The node's score is the sum over its zones, 0 .. 100.
 */
uint64_t wl_frag_score(const struct wl_frag *f, uint64_t zone, uint64_t node);
/**
 * wl_frag_score_marks - scores between which proactive compaction works
 * @proactiveness: vm.compaction_proactiveness, 0 .. 100
 */
void wl_frag_score_marks(unsigned proactiveness, unsigned *low, unsigned *high);

/** wl_frag_largest - 1 - largest free block / F; NaN when F = 0. */
double wl_frag_largest(const struct wl_frag *f);
/** wl_frag_squares - 1 - sqrt(sum of squared block sizes) / F; NaN when F = 0. */
double wl_frag_squares(const struct wl_frag *f);

/** wl_frag_internal - (granted - asked) / granted; NaN when nothing was granted. */
double wl_frag_internal(uint64_t granted, uint64_t asked);
/** wl_frag_robson - Robson's bound of footprint / live for blocks up to 2^@order frames. */
double wl_frag_robson(unsigned order);

#endif
