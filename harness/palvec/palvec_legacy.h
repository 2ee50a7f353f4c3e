/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of the kernels before mobility types, linux-2.4 and linux-2.6.9: what
 * harness/palvec/palvec_legacy*.c share.
 */
#ifndef HARNESS_PALVEC_LEGACY_H
#define HARNESS_PALVEC_LEGACY_H

#include "harness/palvec/palvec.h"

/* Blocks that boot released one after the other, each behind the one before. */
struct bench_pv_freed {
	pga_pfn_t pfn;
	uint32_t count;
	uint8_t order;
};

/* What an operation did to a cached frame besides its answer. */
struct bench_pv_effect {
	int64_t id;
	const char *what;
};

#define PV_NR_DAEMONS 3u
#define PV_NR_WAITS (PGA_WAIT_FREED + 1u)

/* Of a run, beyond what all models have. */
struct bench_pv_legacy {
	bool booted;
	struct bench_pv_freed *freed;
	size_t nr_freed, max_freed;
	size_t met;	       /* runs of freed that the file has told */
	uint32_t taken;	       /* blocks of the next run that it has told */
	int64_t auto_min_free; /* KiB, before any was set */
	uint32_t *owner;       /* by frame: 1 + index into run->block, of cached frames */
	uint64_t nr_owners;
	size_t *clean; /* indices into run->block of frames on clean queues */
	size_t nr_clean, max_clean;
	struct bench_pv_effect *effect; /* of the current operation */
	size_t nr_effects, max_effects;
	int8_t queue[PV_ACTIVE + 1]; /* number in frame_info.queue, by enum bench_pv_cached */
	/* The request under way. */
	bool limited; /* its sleeps count, whatever they wait for */
	uint32_t sleeps;
	bool gave_up;
	/* Counters since boot. */
	uint64_t wakes[PV_NR_DAEMONS], kswapd[PV_MAX_NODES], waits[PV_NR_WAITS];
};

extern const char *const bench_pv_queues[PV_ACTIVE + 1]; /* names of ops->queues */

/** bench_pv_grow - room for one more in an array. Return: 0, or -1 after a message */
int bench_pv_grow(struct bench_pv_run *run, void **array, size_t nr, size_t *max, size_t size);

/* Header. */
extern const struct bench_pv_key bench_pv_24_keys[], bench_pv_26_keys[];
int bench_pv_24_complete(struct bench_pv_reader *r, struct bench_pv_machine *m);
int bench_pv_26_complete(struct bench_pv_reader *r, struct bench_pv_machine *m);

/* Facts and state. */
extern const struct bench_pv_fact bench_pv_24_facts[], bench_pv_26_facts[];
void bench_pv_24_render(struct bench_pv_run *run, FILE *f);
void bench_pv_26_render(struct bench_pv_run *run, FILE *f);
void bench_pv_legacy_dump(struct bench_pv_run *run, FILE *f);
void bench_pv_legacy_show(struct bench_pv_run *run, int zone, FILE *f);

/* Operations. */
extern const struct bench_pv_op bench_pv_24_ops[], bench_pv_26_ops[];
int bench_pv_evict(void *data, pga_pfn_t pfn); /* host hook */
int bench_pv_effects(struct bench_pv_run *run);
void bench_pv_record_effects(struct bench_pv_run *run);

#endif
