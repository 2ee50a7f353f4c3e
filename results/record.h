/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The result of one sample.  REC_FIELDS is the one list of its fields: it
 * feeds the struct, JSON, CSV, the terminal, Markdown and docs/RESULTS.md.
 * The source of truth is samples.jsonl, one JSON object per line.
 *
 * A number that was not measured is NaN in the struct, null in JSON, and
 * `reason`, or the value's note, says why; it is never 0.
 *
 * results/ knows no other folder: axes are text here.
 */
#ifndef RESULTS_RECORD_H
#define RESULTS_RECORD_H

#include "results/hist.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define REC_SCHEMA 5 /* raised with every incompatible change of REC_FIELDS */
#define REC_TEXT 256 /* bytes of a text field, NUL included */
#define REC_MAX_VALUES 128
#define REC_MAX_FRAG 256     /* values of the group "frag" */
#define REC_MAX_PLACES 384   /* of the group "places": all pairs of 16 nodes, and more */
#define REC_MAX_COSTS 512    /* of the group "costs", the largest */
#define REC_MAX_COLS 48	     /* columns of a series */
#define REC_MAX_POINTS 64    /* its lines */
#define REC_MAX_MARKS 24     /* phases that it went through */
#define REC_MAX_LATENCY 192  /* values of the group "latency" */
#define REC_MAX_HISTS 24     /* histograms */
#define REC_MAX_BUCKETS 8192 /* buckets in use, of all histograms together */

/*
 * X(type, name, unit, direction, help)
 * type: TEXT (char[REC_TEXT]), U64, F64 (NaN = null), BOOL
 * direction: '<' lower is better, '>' higher is better, '-' neither;
 *            'k' part of the cell's key (an axis)
 */
#define REC_FIELDS(X)                                                                            \
	X(TEXT, variant, "", 'k', "allocator variant, overrides included")                       \
	X(TEXT, workload, "", 'k', "workload")                                                   \
	X(TEXT, params, "", 'k', "workload parameters that are not default")                     \
	X(U64, order, "", 'k', "order of the requests")                                          \
	X(U64, threads, "", 'k', "threads, one per core")                                        \
	X(TEXT, placement, "", 'k', "node that a thread asks for")                               \
	X(TEXT, memory, "", 'k', "frames per node and their backing")                            \
	X(U64, sample, "", '-', "number of the repetition, from 0")                              \
	X(U64, seed, "", '-', "seed of the request stream")                                      \
	X(TEXT, cell, "", '-', "hash of everything that the cell depends on")                    \
	X(TEXT, status, "", '-',                                                                 \
	  "ok, invalid, unsupported, crashed, timeout, out-of-memory, failed")                   \
	X(TEXT, reason, "", '-', "why status is not ok, why a number is null")                   \
	X(TEXT, flags, "", '-', "letters, see rec_flags")                                        \
	X(U64, turn, "", '-', "position in the interleaved schedule")                            \
	X(F64, ns_op, "ns", '<',                                                                 \
	  "thread time per operation of all timed phases; a pair of phases "                     \
	  "alloc and free counts as one operation")                                              \
	X(F64, quiet_ns_op, "ns", '<',                                                           \
	  "ns_op with short disturbances taken out by repeats of the time pass; ns_op itself "   \
	  "where it can not be repeated")                                                        \
	X(U64, repeats, "", '-', "times that the time pass was run for quiet_ns_op")             \
	X(F64, disturbed, "share", '-', "of the time of all repeats: what lies above the quiet") \
	X(F64, slow_stretches, "share", '-',                                                     \
	  "stretches of all repeats that took 1.2 times their quiet time or longer")             \
	X(F64, ns_alloc, "ns", '<', "thread time per allocation, where a phase only allocates")  \
	X(F64, ns_free, "ns", '<', "thread time per free, where a phase only frees")             \
	X(F64, mops, "Mop/s", '>', "operations per second of all threads together, in millions") \
	X(F64, null_ns_op, "ns", '-', "ns_op of the null variant: the harness's own share")      \
	X(F64, tsc_op, "cycles", '<', "cycles of the time-stamp counter per operation")          \
	X(U64, ops, "", '-', "operations of the time pass, all threads")                         \
	X(U64, fails, "", '-', "allocations that failed")                                        \
	X(F64, elapsed_s, "s", '-', "wall time of the whole sample")                             \
	X(F64, meta_bytes_frame, "B", '<', "metadata bytes per frame")                           \
	X(F64, populate_s, "s", '-', "time to populate the metadata")                            \
	X(F64, meta_huge, "share", '-', "metadata that huge pages back")                         \
	X(F64, init_s, "s", '<', "time to set the instance up, metadata populated")              \
	X(F64, fu9, "", '<', "Fu(9) when the workload states its target")                        \
	X(F64, target_wanted, "", '-', "target of the workload")                                 \
	X(F64, target_got, "", '-', "what was reached")                                          \
	X(TEXT, target, "", '-', "the target in words")                                          \
	X(F64, pin_ok, "share", '-', "threads whose CPU seen is the CPU asked")                  \
	X(U64, migrations, "", '-', "times a thread was seen on another CPU")                    \
	X(U64, switches, "", '-', "involuntary context switches in timed phases")                \
	X(F64, steal, "share", '-', "of all CPUs' time, taken by the hypervisor")                \
	X(F64, others, "share", '-', "of all CPUs' time, used by other processes")               \
	X(F64, pressure, "share", '-', "of the sample's time in which a task waited for a CPU")  \
	X(F64, core_ghz, "GHz", '-', "speed of a chain of additions before or after")            \
	X(TEXT, noise, "", '-', "what disturbed the sample, and what could not be watched")      \
	X(F64, frames_ok, "share", '-', "sampled frames found on the asked node")                \
	X(F64, meta_ok, "share", '-', "sampled metadata pages found on the asked node")          \
	X(F64, peak_mib, "MiB", '-', "peak resident memory of the sample's process")             \
	X(U64, workload_version, "", '-', "version of the workload's definition")

/* One named number of an open-ended group. */
struct rec_value {
	char name[64];
	double value;  /* NaN = null */
	char note[96]; /* why null; "multiplexed 62 %"; "" */
};

/*
 * How values of a sample went, one line for each point along the axis of
 * operations; the first column says where.  NaN = null, for the reason in note.
 */
struct rec_mark {
	char name[24]; /* of the phase that begins there */
	double at;     /* on the axis */
};
struct rec_series {
	unsigned nr_cols, nr_points;
	unsigned nr_marks; /* 0 too when there were more than fit */
	struct rec_mark mark[REC_MAX_MARKS];
	char note[256];
	char col[REC_MAX_COLS][24];
	double point[REC_MAX_POINTS][REC_MAX_COLS];
};

/*
 * How long single operations took, of the latency pass: one histogram for each
 * path class of allocations of which some were timed (their names are those of
 * the group "paths"), and "free".  Read as one, they are "alloc".  In JSON the
 * member "histograms", left out where the pass did not run:
 *
 *	{"unit_ns": 0.25, "sub_buckets": 32, "of": {
 *		"pcp_hit": {"n": 7, "over": 0, "max": 81.25, "buckets": [43, 5, 68, 2]},
 *		"free": ... }}
 *
 * n operations were timed; the longest lasted max ns; over of them did not fit.
 * buckets: the number of a bucket, how many it holds, the next number, ...
 * The least duration in bucket b, in units of unit_ns, is b below 64, and
 * (b - s * 32) * 2^s with s = floor(b / 32) - 1 above; the greatest is one less
 * than the least of b + 1.  A percentile is the middle of these two, see
 * results/hist.h.
 * Histograms of samples and threads are added up; percentiles never are.
 */
struct rec_hist {
	char name[24];
	uint64_t n, over, max; /* as in struct hist */
	unsigned first, nr;    /* of bucket[] and count[] below */
};
struct rec_hists {
	unsigned nr, nr_buckets;
	struct rec_hist of[REC_MAX_HISTS];
	uint16_t bucket[REC_MAX_BUCKETS];
	uint64_t count[REC_MAX_BUCKETS];
};
#define REC_HIST_ALLOC "alloc"
#define REC_HIST_FREE "free"

struct record {
#define REC_TEXT_FIELD(name) char name[REC_TEXT];
#define REC_U64_FIELD(name) uint64_t name;
#define REC_F64_FIELD(name) double name;
#define REC_BOOL_FIELD(name) bool name;
#define X(type, name, unit, dir, help) REC_##type##_FIELD(name)
	REC_FIELDS(X)
#undef X
	/* Open-ended groups, see rec_groups. */
	unsigned nr_paths, nr_costs, nr_counters, nr_metrics, nr_stats, nr_frag, nr_places,
		nr_latency;
	struct rec_value paths[REC_MAX_VALUES];
	struct rec_value costs[REC_MAX_COSTS];
	struct rec_value counters[REC_MAX_VALUES];
	struct rec_value metrics[REC_MAX_VALUES];
	struct rec_value stats[REC_MAX_VALUES];
	struct rec_value frag[REC_MAX_FRAG];
	struct rec_value places[REC_MAX_PLACES];
	struct rec_value latency[REC_MAX_LATENCY];
	struct rec_series series; /* of the fragmentation pass */
	struct rec_hists hists;	  /* of the latency pass */
};

enum rec_type { REC_TYPE_TEXT, REC_TYPE_U64, REC_TYPE_F64, REC_TYPE_BOOL };
struct rec_field {
	const char *name, *unit, *help;
	enum rec_type type;
	char direction;
	size_t offset; /* into struct record */
};
extern const struct rec_field rec_fields[]; /* name NULL ends it */

/* An open-ended group; a metric of it is called PREFIX:NAME in a comparison. */
struct rec_group {
	const char *name, *prefix, *help;
	size_t offset, nr_offset; /* into struct record: the values, their number */
	unsigned max;		  /* values that are kept */
};
extern const struct rec_group rec_groups[]; /* name NULL ends it */

/*
 * Values of the groups "metrics", "frag", "places", "costs" and "latency" that mean the same in
 * every workload. In a name # stands for a number and @ for a word: Fu(#), free.@.#
 */
struct rec_metric {
	const char *name, *unit, *help;
	char better; /* '<', '>' or '-' */
};
extern const struct rec_metric rec_metrics[];	      /* name NULL ends it */
extern const struct rec_metric rec_frag_metrics[];    /* name NULL ends it */
extern const struct rec_metric rec_place_metrics[];   /* name NULL ends it */
extern const struct rec_metric rec_cost_metrics[];    /* name NULL ends it */
extern const struct rec_metric rec_latency_metrics[]; /* name NULL ends it */

/* Row flags. */
struct rec_flag {
	char letter;
	const char *name, *help;
};
extern const struct rec_flag rec_flags[]; /* letter 0 ends it: s x o m u n t */

/**
 * rec_init - all text empty, all F64 NaN, all else 0
 * The groups are emptied by their number; entries beyond it are undefined.
 */
void rec_init(struct record *r);
/** rec_copy - copy what is defined of @from; the groups' unused part is not. */
void rec_copy(struct record *to, const struct record *from);
/** rec_key_compare - order by the fields of direction 'k'; 0 = the same cell. */
int rec_key_compare(const struct record *a, const struct record *b);
/** rec_field_find - by name; NULL if unknown. */
const struct rec_field *rec_field_find(const char *name);
/** rec_metric_find - by name; NULL if the name says nothing by itself. */
const struct rec_metric *rec_metric_find(const char *name);
/**
 * rec_frag_find, rec_place_find, rec_cost_find, rec_latency_find - the same for a value of the
 * group "frag", "places", "costs", "latency"
 */
const struct rec_metric *rec_frag_find(const char *name);
const struct rec_metric *rec_place_find(const char *name);
const struct rec_metric *rec_cost_find(const char *name);
const struct rec_metric *rec_latency_find(const char *name);
/**
 * rec_add - append to a group without a call of its own; the first
 * REC_MAX_VALUES are kept
 */
void rec_add(struct rec_value *group, unsigned *nr, const char *name, double value,
	     const char *note);
/** rec_add_frag - append to the group "frag"; the first REC_MAX_FRAG are kept. */
void rec_add_frag(struct record *r, const char *name, double value, const char *note);
/** rec_add_cost - append to the group "costs"; the first REC_MAX_COSTS are kept. */
void rec_add_cost(struct record *r, const char *name, double value, const char *note);
/** rec_add_latency - append to the group "latency"; the first REC_MAX_LATENCY are kept. */
void rec_add_latency(struct record *r, const char *name, double value, const char *note);
/** rec_add_place - append to the group "places"; the first REC_MAX_PLACES are kept. */
void rec_add_place(struct record *r, const char *name, double value, const char *note);
/** rec_flag_set - add a letter once, in the order of rec_flags. */
void rec_flag_set(struct record *r, char letter);

/**
 * rec_to_json - one line without the newline; malloc'd, NULL on -ENOMEM
 * rec_from_json - the reverse.  0, or -EINVAL with @err naming the field.
 */
char *rec_to_json(const struct record *r);
int rec_from_json(struct record *r, const char *line, char *err, size_t len);

/**
 * The parts of these that are about the series: new reference, NULL = no
 * memory; 0, or -EINVAL with @err; copy what is defined.
 */
struct json_t *rec_series_json(const struct rec_series *s);
int rec_series_read(struct rec_series *s, const struct json_t *j, char *err, size_t len);
void rec_series_copy(struct rec_series *to, const struct rec_series *from);

/**
 * rec_hist_put - keep a histogram; false: there is no room for it
 * rec_hist_add - add to @sum that of a name, all of allocations for
 * REC_HIST_ALLOC; false: there is none
 */
bool rec_hist_put(struct rec_hists *all, const char *name, const struct hist *h);
bool rec_hist_add(struct hist *sum, const struct rec_hists *all, const char *name);
/** The same as for the series. */
struct json_t *rec_hists_json(const struct rec_hists *all);
int rec_hists_read(struct rec_hists *all, struct json_t *j, char *err, size_t len);
void rec_hists_copy(struct rec_hists *to, const struct rec_hists *from);

/** rec_print_markdown - the table of fields and flags as docs/RESULTS.md shows it. */
void rec_print_markdown(FILE *f);

#endif
