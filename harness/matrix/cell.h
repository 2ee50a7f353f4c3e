/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell: one point of the matrix, fully resolved; and its measurement.
 * harness/matrix.c makes cells, harness/matrix/schedule.c orders and forks them,
 * harness/engine/sample.c measures one.
 */
#ifndef HARNESS_CELL_H
#define HARNESS_CELL_H

#include "core/variants.h"
#include "numa/topo.h"
#include "results/record.h"
#include "workloads/wl.h"

/*
 * Which nodes threads ask for: a text in numactl's words (harness/engine/placement.h);
 * "" is local.
 */
#define PLACE_TEXT 96

enum bench_backing {
	BACK_BOUND, /* frames are real memory, bound to their node */
	BACK_NONE,  /* frames are numbers: a fake range; metadata is real */
};

/* Where the first node is cut into DMA, DMA32 and Normal. */
enum bench_zones {
	ZONES_X86,    /* at 16 MiB and 4 GiB, when it is larger than that */
	ZONES_SCALED, /* at 1/16 and 3/4 of it, however small it is */
	ZONES_GIVEN,  /* as bench_memory.zone says, on every node */
};

/* What a zone takes of a node; both 0: there is none, Normal gets the rest. */
struct bench_zone_size {
	uint64_t bytes;
	unsigned percent; /* of the node, when bytes is 0 */
};
#define ZONES_TEXT 96

/* How the page of a frame comes to its user's node. */
enum bench_follow {
	FOLLOW_NO,    /* it does not: it stays on the node of its frame */
	FOLLOW_FIRST, /* it is on the node of the thread that first touches the frame */
	FOLLOW_NEXT,  /* it moves to the next thread that touches it after a mark */
	FOLLOW_USE,   /* it moves to each thread that touches it */
	FOLLOW_NR
};
extern const char *const bench_follow_words[FOLLOW_NR + 1]; /* harness/engine/follow.c */

struct bench_memory {
	uint64_t per_node; /* bytes of frames per node with memory */
	enum bench_backing backing;
	enum topo_huge huge; /* of the frames and of the metadata */
	bool meta_small;     /* without huge: no transparent ones for the metadata either */
	enum wl_touch touch;
	enum bench_follow follow; /* not FOLLOW_NO: touch is not NONE, huge is NO */
	enum bench_zones zones;
	struct bench_zone_size zone[PGA_NR_ZONE_TYPES]; /* ZONES_GIVEN; DMA and DMA32 are of the
							   first node alone */
	char zone_text[ZONES_TEXT];			/* ZONES_GIVEN: as it was written */
};

/* How the mechanism's daemons run, for workloads that need owners of frames. */
enum bench_daemons { DAEMONS_THREADED, DAEMONS_STEPPED, DAEMONS_OFF, DAEMONS_NR };
struct bench_daemons_info {
	const char *name, *help;
};
extern const struct bench_daemons_info bench_daemons[DAEMONS_NR]; /* harness/engine/daemons.c */

/* What dirty frames of owners are written to. */
struct bench_device {
	uint32_t latency;   /* ms */
	uint32_t bandwidth; /* frames per ms; 0 = without bound */
	uint32_t error_ppm; /* of a million writes, how many fail */
	const char *file;   /* a real file behind the model; NULL = none */
};

/* What a matrix gets that names no device: 250 MiB/s. */
#define DEVICE_LATENCY 1u    /* ms */
#define DEVICE_BANDWIDTH 64u /* frames per ms */

/* Ways of measuring a sample; each runs the request stream once more. */
enum bench_pass {
	BENCH_TIME,
	BENCH_PATHS,
	BENCH_COSTS,
	BENCH_COUNTERS,
	BENCH_FRAG,
	BENCH_LATENCY,
	BENCH_NR_PASSES
};
struct bench_pass_info {
	const char *name, *help;
};
extern const struct bench_pass_info bench_passes[BENCH_NR_PASSES]; /* harness/engine/sample.c */
#define BENCH_ALL_PASSES ((1u << BENCH_NR_PASSES) - 1)

#define CELL_MAX_GROUPS 8
struct bench_cell {
	struct pga_variant variant;
	const struct wl_ops *wl;
	int64_t param[WL_MAX_PARAMS]; /* order of wl->params */
	unsigned order, threads;
	char placement[PLACE_TEXT];
	struct bench_memory memory;
	enum bench_daemons daemons;
	struct bench_device device;
	uint64_t max_ops;  /* bound of open-ended phases, per thread */
	uint64_t bound_ns; /* longest that a phase may last; 0 = ENGINE_PHASE_NS, UINT64_MAX =
			      without end */
	const char *groups[CELL_MAX_GROUPS + 1]; /* counter groups, NULL-terminated */
	double plant;	     /* timed work takes longer by this share, by spinning; 0 = as it is */
	unsigned passes;     /* set of 1 << enum bench_pass; 0 = all */
	uint64_t frag_every; /* requests between two samples of the fragmentation pass; 0 = its
				own choice */
	const char *events;  /* file that events are appended to, in a pass of their own; NULL */
	const char *maps;   /* file that memory maps of the fragmentation pass are added to; NULL */
	bool oversubscribe; /* more threads than CPUs are allowed */
};

/* What a cell will need, for the plan and for the memory guard; bytes. */
struct bench_need {
	uint64_t frames;		  /* backing that will be touched, all nodes */
	uint64_t meta;			  /* metadata, all extents */
	uint64_t slots;			  /* the workload's own */
	uint64_t total;			  /* of the above plus a fixed allowance */
	uint64_t per_node[PGA_MAX_NODES]; /* the total, by node */
};

/**
 * bench_need - memory that one sample of @cell takes
 * Return: 0; -EINVAL, -EOPNOTSUPP (the variant cannot serve the cell: the
 * order, threads or nodes that it lacks; status "unsupported") with @why.
 */
int bench_need(const struct bench_cell *cell, const struct topo *t, struct bench_need *need,
	       char *why, size_t len);

/**
 * bench_sample - measure one sample in the calling process
 * Runs the passes one after the other over the same request stream: time,
 * paths, costs, counters (one pass for each group), fragmentation, latency.  Fills @r: status,
 * reason, flags, all numbers; the key fields and seed, sample, turn were set by the
 * caller.  Meant to be called in a forked child that exits afterwards.
 * Return: 0 when r->status is ok or invalid, -1 otherwise.
 */
int bench_sample(const struct bench_cell *cell, const struct topo *t, struct record *r);

#endif
