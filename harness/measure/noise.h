/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What else went on while a sample was taken: time that the hypervisor took,
 * CPU time of other processes, tasks that waited for a CPU, and how fast a
 * core was.  Sources are /proc/stat, /proc/pressure/cpu and a timed chain of
 * additions.  A source that is missing gives NaN, and is named.
 *
 * One thread at a time; two watches do not disturb each other.
 */
#ifndef HARNESS_NOISE_H
#define HARNESS_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Above these shares a sample is called noisy. */
#define NOISE_STEAL_MAX 0.01
#define NOISE_OTHERS_MAX 0.10
#define NOISE_PRESSURE_MAX 0.10
#define NOISE_SLOWER_MAX 0.10 /* loss of core speed between begin and end */
#define NOISE_TICKS_MIN 3     /* of /proc/stat: below is its own error */

/* One look; counts since boot, NaN where a source is missing. */
struct noise_look {
	double busy, steal, all; /* ticks of all CPUs */
	double waited_us;	 /* some task waited for a CPU */
	double own_s;		 /* CPU time of this process */
	double core_ghz;
	uint64_t ns;
};

struct noise {
	double steal;	 /* share of all CPUs' time */
	double others;	 /* the same, of other processes */
	double pressure; /* share of wall time in which a task waited for a CPU */
	double core_ghz; /* additions in a chain, by nanosecond: the faster look */
	bool noisy;
	char why[160]; /* reasons, "; " between two; missing sources too */
};

/** noise_look - look now; takes some 100 microseconds. */
void noise_look(struct noise_look *l);
/** noise_between - what happened from @a to @b. */
void noise_between(const struct noise_look *a, const struct noise_look *b, struct noise *out);

/** noise_parse_stat - first line of /proc/stat; false when it is not one. */
bool noise_parse_stat(const char *line, struct noise_look *l);
/** noise_parse_pressure - line "some" of /proc/pressure/cpu: microseconds; NaN. */
double noise_parse_pressure(const char *line);

#endif
