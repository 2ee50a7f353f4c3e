/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware counters through PAPI.  Event groups are text files
 * (harness/counters/NAME.txt, grammar in docs/COUNTERS.md): events, formulas,
 * prose.  A counter is believed after it has counted, never because it is
 * listed: a refused or unscheduled event is null with its reason.
 *
 * Threads: cnt_init once by one thread before others exist, and before a fork
 * that is to count; a cnt_set belongs to the thread that opened it.  Loading,
 * totals and reports touch only their arguments.
 *
 * The environment variable ZB_COUNTERS_BACKEND chooses the backend: "papi",
 * "perf", "null", or "fake:..." (harness/counters/counter_fake.c), whose values are
 * marked as simulated wherever they appear.  Of several with "|" between them
 * the first whose hardware events count is taken; "papi|perf" is the default.
 */
#ifndef HARNESS_COUNTERS_H
#define HARNESS_COUNTERS_H

#include "results/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CNT_MAX_EVENTS 12
#define CNT_MAX_SOURCES 6
#define CNT_MAX_PACKAGE_EVENTS 8
#define CNT_MAX_METRICS 24
#define CNT_MAX_GROUPS 32
#define CNT_NAME 64 /* bytes of an event's name, NUL included */
#define CNT_WHY 96  /* bytes of a short reason, as struct rec_value.note */

struct cnt_metric {
	char name[48];	   /* "cycles_per_op" */
	char formula[128]; /* "PAPI_TOT_CYC/ops": + - * / ( ), numbers, event
			      names and ops */
	bool package;	   /* of package events: one value per package */
};
struct cnt_event {
	char name[CNT_NAME]; /* as formulas and results call it */
	unsigned nr_sources;
	char source[CNT_MAX_SOURCES][CNT_NAME]; /* backend's names, the first that
						   the machine knows is taken */
};
struct cnt_group {
	char name[32];	   /* file name without .txt */
	char summary[128]; /* the SHORT line */
	char vendor[16];   /* whose CPUs have these events, of cnt_vendors; "" all */
	unsigned nr_events, nr_metrics;
	struct cnt_event events[CNT_MAX_EVENTS];
	unsigned nr_package_events; /* of whole packages: harness/counters/counter_package.h */
	struct cnt_event package_events[CNT_MAX_PACKAGE_EVENTS];
	struct cnt_metric metrics[CNT_MAX_METRICS];
	char prose[2048]; /* the LONG lines */
};

/**
 * cnt_group_load - read a group by name
 * Looked for in $ZB_COUNTERS, then harness/counters in each folder above the
 * binary and in the working folder, then ../share/zonebench/counters beside
 * the binary's folder.
 * Return: 0, -ENOENT (with the nearest name in @err), -EINVAL with file:line.
 */
int cnt_group_load(struct cnt_group *g, const char *name, char *err, size_t len);

/**
 * cnt_group_parse - the same from text already read
 * @path: only for messages; the group's name is its last part without .txt
 * @text: the file's content, changed while parsing
 * Return: 0, or -EINVAL with "path:line: ..." in @err.
 */
int cnt_group_parse(struct cnt_group *g, const char *path, char *text, char *err, size_t len);

/**
 * cnt_group_names - all groups that cnt_group_load finds, sorted
 * Return: their number, at most CNT_MAX_GROUPS.
 */
unsigned cnt_group_names(char names[CNT_MAX_GROUPS][32]);

/** cnt_vendors - words of a VENDOR line. */
#define CNT_NR_VENDORS 3
extern const char *const cnt_vendors[CNT_NR_VENDORS];
/** cnt_cpu_vendor - of this machine: one of cnt_vendors, or "another". */
const char *cnt_cpu_vendor(void);
/**
 * cnt_group_fits - is @g for this machine's CPU?
 * After cnt_init: a simulated machine has no vendor.  Otherwise @why says whose events they are,
 * and cnt_open refuses the group with that reason.
 */
bool cnt_group_fits(const struct cnt_group *g, char *why, size_t len);

/**
 * cnt_init - start the backend; idempotent
 *
 * Decides by counting whether hardware events work.
 * Return: 0; -EINVAL for a bad ZB_COUNTERS_BACKEND; another -errno with one
 * line in @why that names the cause and the remedy ("perf_event_paranoid=4 forbids ...").  Hardware
 * events then are null with that reason; cnt_open may still find events that the kernel counts
 * itself, such as page faults.
 */
int cnt_init(char *why, size_t len);

/** cnt_simulated - does the backend make its values up? */
bool cnt_simulated(void);

struct cnt_set;
/**
 * cnt_open - events of @g for the calling thread, user mode only
 *
 * Each event is added and counted for a moment.  What the machine refuses is
 * left out with its reason.  Events that do not fit at once are multiplexed.
 * What counting costs an empty interval is measured here and subtracted from
 * every later one (not when multiplexed).
 * Returns NULL when none can be counted, with the first reason in @why.
 */
struct cnt_set *cnt_open(const struct cnt_group *g, char *why, size_t len);
/* Count between start and stop; totals accumulate over several intervals.
   0, or -EIO when the kernel lost the events (the set's values become null). */
int cnt_start(struct cnt_set *s);
int cnt_stop(struct cnt_set *s);
/**
 * cnt_read - what each event of the group has counted since cnt_start
 * Not corrected for what an empty interval counts; 0 for events that are not counted.
 * Return: 0, or -EIO when the kernel lost the events.
 */
int cnt_read(struct cnt_set *s, long long value[CNT_MAX_EVENTS]);
/* NULL is allowed. By the thread that opened it. */
void cnt_close(struct cnt_set *s);

/* Totals of one group, summed over threads; index = index into g->events. */
struct cnt_total {
	bool valid[CNT_MAX_EVENTS];
	double value[CNT_MAX_EVENTS];
	double running[CNT_MAX_EVENTS];	   /* share of time it was scheduled, 1 = not
					      multiplexed; below 1 it is an estimate:
					      counters that fit / counters needed */
	char why[CNT_MAX_EVENTS][CNT_WHY]; /* why not valid; otherwise what the
					      reader must know, or "" */
};
/**
 * cnt_total_add - add a set's totals; an event is valid if valid in all sets
 * After cnt_stop and before cnt_close.  Not concurrent on one @t.
 */
void cnt_total_add(struct cnt_total *t, const struct cnt_set *s, bool first);
/** cnt_total_refuse - all events of the group null for one reason. */
void cnt_total_refuse(struct cnt_total *t, const struct cnt_group *g, const char *why);
/**
 * cnt_report - evaluate the group's metrics, then raw events per operation
 * ("NAME_per_op"), into r->counters
 *
 * A name that r->counters has already is skipped: two groups may share an
 * event.  Sets flag x when a value was multiplexed, s when it is simulated.
 * @ops: operations that the totals cover; 0 or less makes all null.
 */
void cnt_report(const struct cnt_group *g, const struct cnt_total *t, double ops, struct record *r);

/* What this machine's counters are like: measured once per process. */
struct cnt_machine {
	bool ok;
	char line[256];		  /* "PAPI 7.0, 6 slots, one read ~45k cycles" or the reason */
	char backend[32];	  /* "PAPI 7.0" */
	unsigned slots;		  /* hardware events that counted at once in a trial */
	double read_cycles;	  /* TSC cycles of one read of two counters; NaN */
	double start_stop_cycles; /* of one start and stop; NaN */
};
/** cnt_calibrate - by one thread, after cnt_init; milliseconds. */
void cnt_calibrate(struct cnt_machine *m);

/* What became of one event when it counted work that is known. */
enum cnt_verdict {
	CNT_COUNTS,    /* inside the expected range */
	CNT_REFUSED,   /* cannot be counted here */
	CNT_LIES,      /* outside of it */
	CNT_UNCHECKED, /* counts, and no work is known for it */
	CNT_NR_VERDICTS
};
extern const char *const cnt_verdict_names[CNT_NR_VERDICTS];
struct cnt_check {
	enum cnt_verdict verdict;
	double low, high; /* expected range; high is INFINITY when unchecked */
	double got;	  /* NaN when refused */
	const char *work; /* what was counted: "a loop of 1000000 iterations" */
	char note[CNT_WHY];
};
/**
 * cnt_check_event - count known work with one event alone
 * By one thread, after cnt_init; milliseconds.
 */
void cnt_check_event(const struct cnt_event *e, struct cnt_check *c);

#endif
