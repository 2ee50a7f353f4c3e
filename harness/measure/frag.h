/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fragmentation pass: what stands between a workload and a mechanism to
 * note who holds which frame, and the samples along the axis of operations.
 *
 * The pass repeats the request stream of the time pass on an instance of its
 * own, so nothing here is paid for where time is measured.  An operation of the
 * axis is an allocation or a free.  At most FRAG_POINTS samples are kept: when
 * they are full every second one is dropped, and the distance doubles.
 *
 * The state that counts is that at the end of the phase in which the workload
 * states its target; without a target, of the last timed phase that does more
 * than free.  In a workload of several rounds: of the last one.  The series
 * ends there, and only then are requests made and frames moved to see what
 * could still be had.
 *
 * Threads: one pass at a time.  The wrapped operations: as the mechanism's;
 * frag_due and frag_sample: one thread at a time, and with @quiet while nothing
 * else works on the instance; the rest: when nothing else runs.
 */
#ifndef HARNESS_FRAG_H
#define HARNESS_FRAG_H

#include "harness/measure/frag_map.h"
#include "results/record.h"
#include "workloads/fragmap.h"

#include <stdatomic.h>

#define FRAG_POINTS REC_MAX_POINTS
#define FRAG_POINTS_MIN 4u
/* Frames that all samples of a pass may look at together; fewer samples of more. */
#define FRAG_WALK_FRAMES ((uint64_t)1 << 24)
/* Above this many frames (64 GiB of 4 KiB) the map is not kept. */
#define FRAG_MAP_FRAMES ((uint64_t)1 << 24)
/* The first distance of two samples in requests, when none is asked for. */
#define FRAG_EVERY 4096u
/* Compaction has recovered when Fu(9) is below this, in thousandths. */
#define FRAG_RECOVERED 500
#define FRAG_HUGE 9u /* the order that the single numbers are about */

/* Written by the driver of a CPU. */
struct frag_cpu {
	uint64_t requests, allocs, slow; /* slow: allocations beyond the fast path */
	uint64_t asked[PGA_MAX_ORDERS], failed[PGA_MAX_ORDERS];
	uint64_t fail_requests[PGA_MAX_ORDERS]; /* of the first failure of an order */
	uint64_t fail_ns[PGA_MAX_ORDERS];
	uint64_t remote_fragmented, remote_full;
} __attribute__((aligned(128)));

/* Fallbacks, by the type asked for and the type taken from. */
struct frag_events {
	_Atomic uint64_t steal[PGA_MAX_TYPES][PGA_MAX_TYPES];
	_Atomic uint64_t claim[PGA_MAX_TYPES][PGA_MAX_TYPES];
	_Atomic uint64_t fragmenting;
};

/* What compaction makes of the state that counts. */
struct frag_recovery {
	double seconds; /* NaN: it did not bring Fu(9) below the mark */
	double fu9;	/* afterwards; NaN: nothing was compacted */
	uint64_t moved;
	char why[96];
};

/* The state that counts. */
struct frag_state {
	bool has;     /* the pass came to it */
	bool has_map; /* map and mismatch are known */
	bool has_mismatch;
	struct wl_frag free;
	struct wl_frag_types types;
	struct wl_fragmap map;
	struct wl_mismatch mismatch;
	struct frag_cpu sum; /* of all CPUs; failures: the first */
	uint64_t steal[PGA_MAX_TYPES][PGA_MAX_TYPES], claim[PGA_MAX_TYPES][PGA_MAX_TYPES];
	uint64_t fragmenting;
	uint64_t stats[PGA_NR_STATS];
	uint64_t score;
	uint64_t now_asked, now_served; /* of order 9, at once */
	uint64_t user_frames;
	bool has_probes; /* the last three are known */
	struct frag_recovery recovery;
};

struct frag {
	const struct pga_ops *ops;
	const struct pga_conf *conf;
	struct pga *pga;
	struct pga_ops wrapped;
	struct pga_host host; /* the owner's, that the wrapped hooks call */
	struct frag_cpu *cpu; /* [nr_cpus] */
	uint8_t *held;	      /* [frames], enum wl_held; NULL: too many */
	uint64_t frames;
	uint32_t slow_stages; /* set of stages that only the slow path has */
	struct frag_events events;
	uint64_t start_ns;
	_Atomic uint64_t paused_ns; /* spent in samples while nothing else ran */
	uint64_t every, next;
	unsigned max_points;
	uint64_t phase_at; /* requests when the phase began */
	bool marks_over;   /* more phases than the series keeps */
	struct rec_series series;
	struct frag_map *map; /* its points as pictures; NULL: too many frames */
	struct frag_state state;
};

/**
 * frag_new - for instances of @ops on @conf, both kept
 * @every: requests between two samples, 0 = FRAG_EVERY; a multiple of it in the
 *         end, see above
 * Return: NULL without memory.
 */
struct frag *frag_new(const struct pga_ops *ops, const struct pga_conf *conf, uint64_t every);
void frag_free(struct frag *f);

/** frag_host - let @host's hooks be seen; before init. */
void frag_host(struct frag *f, struct pga_host *host);
/** frag_wrap - the operations for the workload; after init of @pga. */
const struct pga_ops *frag_wrap(struct frag *f, struct pga *pga);

/** frag_requests - allocations and frees so far. */
uint64_t frag_requests(const struct frag *f);
/** frag_due - is it time for a sample? */
bool frag_due(const struct frag *f);
/** frag_sample - add a line to the series; without @quiet only what may be asked at any time. */
void frag_sample(struct frag *f, bool quiet);
/**
 * frag_phase_over - a phase has ended; all CPUs parked
 * One in which nothing was asked for leaves no mark, and none is left when
 * rounds repeat phases too often to be told apart.
 */
void frag_phase_over(struct frag *f, const char *phase);
/** frag_take_state - the state that counts, as far as it is to be seen; quiet. */
void frag_take_state(struct frag *f);
/** frag_probe_now - requests of order 9, none of which waits; by the driver of @cpu. */
void frag_probe_now(struct frag *f, uint16_t cpu);
/** frag_probe_user - the same of order 0, as user space makes them. */
void frag_probe_user(struct frag *f, uint16_t cpu);

/** frag_maps - the pictures so far to the run's file @path; 0, -ENOMEM, -errno of the file. */
int frag_maps(const struct frag *f, const struct record *r, const char *path);
/** frag_report - all values and the series to the record. */
void frag_report(const struct frag *f, struct record *r);

#endif
