/* SPDX-License-Identifier: GPL-2.0-only */
/* Clocks of the time pass. */
#include "harness/measure/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <x86intrin.h>

/* The fence keeps the work that came before from slipping behind the read. */
static uint64_t read_tsc(void)
{
	_mm_lfence();
	return __rdtsc();
}

/* RDTSCP would do for the end of a region too, but not every machine has it. */
static uint64_t read_alone(void)
{
	_mm_lfence();
	uint64_t value = __rdtsc();

	_mm_lfence();
	return value;
}
#define HAS_TSC true
#elif defined(__aarch64__)
static uint64_t read_tsc(void)
{
	uint64_t value;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(value)::"memory");
	return value;
}

static uint64_t read_alone(void)
{
	uint64_t value;

	__asm__ volatile("isb; mrs %0, cntvct_el0; isb" : "=r"(value)::"memory");
	return value;
}
#define HAS_TSC true
#else
static uint64_t read_tsc(void)
{
	return 0;
}

static uint64_t read_alone(void)
{
	return 0;
}
#define HAS_TSC false
#endif

static uint64_t read_ns(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

uint64_t clk_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

uint64_t clk_thread_ns(void)
{
	return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

struct clk clk_read(void)
{
	uint64_t tsc = read_tsc();

	return (struct clk){ .ns = clk_ns(), .tsc = tsc };
}

uint64_t clk_tsc(void)
{
	return read_tsc();
}

uint64_t clk_serial(void)
{
	return HAS_TSC ? read_alone() : clk_ns();
}

bool clk_has_tsc(void)
{
	return HAS_TSC;
}

#define SAMPLES 1001u
#define TIGHT 16u	 /* readings of which the tightest counts */
#define RATE_NS 5000000u /* a rate is taken over at least so long */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v)
{
	qsort(v, SAMPLES, sizeof(*v), by_value);
	return v[SAMPLES / 2];
}

static struct clk_cost cost;
static struct clk first_reading;

/* Both clocks at one moment: of several readings the one that took least. */
static struct clk read_tight(void)
{
	uint64_t least = UINT64_MAX;
	struct clk best = { 0 };

	for (unsigned i = 0; i < TIGHT; i++) {
		uint64_t before = clk_serial(), ns = clk_ns(), took = clk_serial() - before;

		if (took >= least)
			continue;
		least = took;
		best = (struct clk){ .ns = ns, .tsc = before + took / 2 };
	}
	return best;
}

/* Eight reads in one interval: a clock may tick more coarsely than a read takes. */
static void measure(void)
{
	static double ns[SAMPLES], tsc[SAMPLES], more_ns[SAMPLES], more_tsc[SAMPLES], pair[SAMPLES];

	first_reading = read_tight();

	for (unsigned i = 0; i < SAMPLES; i++) {
		struct clk a = clk_read(), b = clk_read();

		for (int k = 0; k < 8; k++)
			(void)clk_ns();
		struct clk c = clk_read();

		ns[i] = (double)(b.ns - a.ns);
		tsc[i] = (double)(b.tsc - a.tsc);
		more_ns[i] = ((double)(c.ns - b.ns) - ns[i]) / 8;
		more_tsc[i] = ((double)(c.tsc - b.tsc) - tsc[i]) / 8;
		uint64_t first = clk_tsc();

		pair[i] = (double)(clk_tsc() - first);
	}
	cost = (struct clk_cost){ median(ns), median(tsc), median(more_ns), median(more_tsc),
				  median(pair) };
}

const struct clk_cost *clk_cost(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, measure);
	return &cost;
}

static double tick_ns;

static void measure_rate(void)
{
	struct clk now;

	clk_cost();
	do
		now = read_tight();
	while (now.ns - first_reading.ns < RATE_NS);
	tick_ns = (double)(now.ns - first_reading.ns) / (double)(now.tsc - first_reading.tsc);
}

double clk_tick_ns(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, measure_rate);
	return tick_ns;
}
