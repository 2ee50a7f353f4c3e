/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of a whole package (uncore): memory controllers, fabrics, energy.
 * They are no thread's: whatever else runs on the machine is in the counts, so
 * they are opened system-wide on the CPUs that the kernel names for them, once
 * for all threads, and reported per package.
 *
 * Threads: a set belongs to no thread, but only one may use it at a time.
 *
 * ZB_SYSFS, a folder that is read in place of /sys, is for tests.
 */
#ifndef HARNESS_COUNTER_PACKAGE_H
#define HARNESS_COUNTER_PACKAGE_H

#include "harness/counters/counters.h"

#include <linux/perf_event.h>

#define CNT_MAX_PACKAGES 16
#define CNT_MAX_BOXES 512 /* controllers of all packages times events */

/* The packages of this machine, in rising order of the kernel's numbers. */
struct cnt_packages {
	unsigned nr; /* at least 1 */
	int id[CNT_MAX_PACKAGES];
};
/** cnt_packages_read - of the CPUs that are online. @sys: "/sys", or a folder of that shape. */
void cnt_packages_read(const char *sys, struct cnt_packages *p);

/* One counter to open: an event of one controller, on the CPU that stands for a package. */
struct cnt_box {
	unsigned cpu, package; /* package: index into cnt_packages */
	struct perf_event_attr attr;
	double scale; /* worth of one count: bytes where the kernel's unit is one of bytes,
			 otherwise the kernel's unit */
};
/**
 * cnt_boxes_find - the counters that a source names
 * @source: PMU/EVENT/ or PMU/TERM=VALUE,.../, and after it *NUMBER for what one count is worth.
 * PMU stands for all PMUs of that name and of that name with _NUMBER (hexadecimal) after it.
 * Return: their number, at most @max; -ENOENT, -EINVAL, -EPERM or -E2BIG with @why.
 */
int cnt_boxes_find(const char *sys, const char *source, const struct cnt_packages *p,
		   struct cnt_box *box, unsigned max, char *why, size_t len);

struct cnt_package_set;
/**
 * cnt_package_open - the package events of @g; after cnt_init
 * What is refused is left out with its reason.  NULL when @g has none, or without memory.
 */
struct cnt_package_set *cnt_package_open(const struct cnt_group *g);
/* Count between start and stop; totals accumulate. NULL is allowed, as is a stop without start. */
void cnt_package_start(struct cnt_package_set *s);
void cnt_package_stop(struct cnt_package_set *s);
void cnt_package_close(struct cnt_package_set *s);

/* Index: into g->package_events, and into packages. */
struct cnt_package_total {
	struct cnt_packages packages;
	bool valid[CNT_MAX_PACKAGE_EVENTS];
	double value[CNT_MAX_PACKAGE_EVENTS][CNT_MAX_PACKAGES]; /* NaN: none in this package */
	double running[CNT_MAX_PACKAGE_EVENTS];			/* share of the time, measured */
	char why[CNT_MAX_PACKAGE_EVENTS][CNT_WHY]; /* why not valid; else what to know */
};
/**
 * cnt_package_total - what was counted from open on, between starts and stops
 * Before any start: valid says which events could be opened.
 */
void cnt_package_total(const struct cnt_package_set *s, struct cnt_package_total *t);
/**
 * cnt_package_report - metrics of package events as NAME.pID, then NAME_per_op.pID
 * Into r->counters, each with the note that others' work is included.
 * @ops: operations of all threads; 0 or less makes all null.
 */
void cnt_package_report(const struct cnt_group *g, const struct cnt_package_total *t, double ops,
			struct record *r);

#endif
