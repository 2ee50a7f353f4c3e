/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware counters through PAPI.  Event groups are text files
 * (harness/counters/NAME.txt): events, formulas, prose.  A counter is believed
 * after it has counted, never because it is listed: a refused or unscheduled
 * event is null with its reason.
 *
 * Threads: cnt_init once by one thread before others exist; a cnt_set belongs
 * to the thread that opened it.
 */
#ifndef HARNESS_COUNTERS_H
#define HARNESS_COUNTERS_H

#include "results/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CNT_MAX_EVENTS 12
#define CNT_MAX_METRICS 24

struct cnt_metric {
	char name[48];	   /* "cycles_per_op" */
	char formula[128]; /* "PAPI_TOT_CYC/ops": + - * / ( ), numbers, event
			      names and ops */
};
struct cnt_group {
	char name[32];	   /* file name without .txt */
	char summary[128]; /* the SHORT line */
	unsigned nr_events, nr_metrics;
	char events[CNT_MAX_EVENTS][64];
	struct cnt_metric metrics[CNT_MAX_METRICS];
	char prose[2048]; /* the LONG lines */
};

/**
 * cnt_group_load - read a group by name
 * Looked for in $ZB_COUNTERS, beside the binary's source tree
 * (harness/counters), then PREFIX/share/zonebench/counters.
 * Return: 0, -ENOENT (with the nearest name in @err), -EINVAL with file:line.
 */
int cnt_group_load(struct cnt_group *g, const char *name, char *err, size_t len);

/**
 * cnt_init - start the library; idempotent
 * Return: 0, or -errno with one line in @why that names the cause and the
 * remedy ("perf_event_paranoid=4 forbids ...").  Everything else then yields
 * nulls with that reason.
 */
int cnt_init(char *why, size_t len);

struct cnt_set;
/**
 * cnt_open - events of @g for the calling thread
 * Events that the machine refuses are left out, each with its reason.
 * Returns NULL when none can be counted, with @why.
 */
struct cnt_set *cnt_open(const struct cnt_group *g, char *why, size_t len);
/* Count between start and stop; totals accumulate over several intervals.
   0, or -EIO when the kernel lost the event (its values become null). */
int cnt_start(struct cnt_set *s);
int cnt_stop(struct cnt_set *s);
void cnt_close(struct cnt_set *s);

/* Totals of one group, summed over threads. */
struct cnt_total {
	bool valid[CNT_MAX_EVENTS];
	double value[CNT_MAX_EVENTS];
	double running[CNT_MAX_EVENTS]; /* share of time it was scheduled, 1 = not multiplexed */
	char why[CNT_MAX_EVENTS][96];	/* why not valid */
};
/** cnt_total_add - add a set's totals; an event is valid if valid in all sets. */
void cnt_total_add(struct cnt_total *t, const struct cnt_set *s, bool first);
/** cnt_total_refuse - all events of the group null for one reason. */
void cnt_total_refuse(struct cnt_total *t, const struct cnt_group *g, const char *why);
/**
 * cnt_report - evaluate the group's metrics and raw events per operation into
 * r->counters; sets flag x when a value was multiplexed.
 */
void cnt_report(const struct cnt_group *g, const struct cnt_total *t, double ops, struct record *r);

/* What this machine's counters are like: measured once per process. */
struct cnt_machine {
	bool ok;
	char line[256]; /* "PAPI 7.0, 6 slots, one read ~45k cycles" or the reason */
	unsigned slots;
	double read_cycles;	  /* TSC cycles of one read of two counters */
	double start_stop_cycles; /* of one start and stop */
};
void cnt_calibrate(struct cnt_machine *m);

#endif
