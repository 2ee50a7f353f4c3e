/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The running kernel's free memory, from the files that it shows it in.
 *
 *   buddyinfo     free blocks by order; every kernel since 2.6, for everyone
 *   pagetypeinfo  the same by type, and pageblocks by type; since 2.6.24, on
 *                 most systems for root alone; kernels from 5.5 on stop counting
 *                 at 100,000 (">100000"); with page owners mixed pageblocks too
 *   zoneinfo      frames of zones, for the score
 *   vmstat        what compaction did
 *
 * Only buddyinfo is needed.  The text of each is read once, so the numbers of a
 * file belong to about one moment, those of two files to two.
 */
#ifndef HARNESS_KERNEL_FRAG_H
#define HARNESS_KERNEL_FRAG_H

#include "workloads/fragindex.h"

#define KFRAG_MAX_TYPES 12u
#define KFRAG_CAP 100000u /* of a capped count: as many, or more */

struct kfrag_zone {
	unsigned node;
	char name[16];
	unsigned nr_orders;
	struct wl_frag free;
	bool has_types, has_blocks, has_mixed, has_present;
	uint64_t by_type[KFRAG_MAX_TYPES][PGA_MAX_ORDERS];
	bool capped[KFRAG_MAX_TYPES][PGA_MAX_ORDERS];
	uint64_t pageblocks[KFRAG_MAX_TYPES];
	uint64_t mixed[KFRAG_MAX_TYPES];
	uint64_t present; /* frames */
};

/* Counters of vmstat that are looked for. */
#define KFRAG_STATS(X)                                              \
	X(compact_stall, "requests that compacted")                 \
	X(compact_success, "that were served then")                 \
	X(compact_migrate_scanned, "frames looked at to move them") \
	X(pgmigrate_success, "frames moved")                        \
	X(pgmigrate_fail, "frames that stayed")
enum kfrag_stat {
#define X(name, help) KFRAG_##name,
	KFRAG_STATS(X)
#undef X
		KFRAG_NR_STATS
};
extern const char *const kfrag_stat_names[KFRAG_NR_STATS];

struct kfrag {
	struct kfrag_zone *zones; /* [nr_zones], in the order of buddyinfo; owned */
	unsigned nr_zones;
	unsigned pageblock_order; /* 0: not known */
	unsigned nr_types;
	char types[KFRAG_MAX_TYPES][16];
	uint64_t stats[KFRAG_NR_STATS];
	bool has_stats[KFRAG_NR_STATS];
	char why_types[160], why_present[160], why_stats[160]; /* why not; "" */
};

/**
 * kfrag_read - read the files of a folder
 * @dir: "/proc", or a folder with recorded files of these names
 * Return: 0; the -errno of buddyinfo, or -EINVAL for a file that is not as it
 * should be, with one line in @err that names file and line.  kfrag_free in any
 * case.
 */
int kfrag_read(struct kfrag *k, const char *dir, char *err, size_t len);
void kfrag_free(struct kfrag *k);

/** kfrag_node_present - frames of all zones of a node; 0: not known. */
uint64_t kfrag_node_present(const struct kfrag *k, unsigned node);

#endif
