/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Clocks of the time pass: wall time, time-stamp counter, and the thread's CPU
 * time.  What reading them costs is measured and subtracted.
 *
 * Any thread.
 */
#ifndef HARNESS_CLOCK_H
#define HARNESS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* One reading of the two cheap clocks. */
struct clk {
	uint64_t ns;  /* CLOCK_MONOTONIC */
	uint64_t tsc; /* reference cycles; 0 where there is no counter */
};

/** clk_read - both clocks; what came before has been executed. */
struct clk clk_read(void);
/** clk_tsc - the counter alone, 0 where there is none; what came before has been executed. */
uint64_t clk_tsc(void);
/**
 * clk_serial - the counter, with nothing before or after it under way at the
 * same time; CLOCK_MONOTONIC in nanoseconds where there is no counter
 */
uint64_t clk_serial(void);
/**
 * clk_tick_ns - nanoseconds of a tick of clk_serial, held against CLOCK_MONOTONIC
 * The first call lasts until some milliseconds after that of clk_cost.
 */
double clk_tick_ns(void);
/** clk_ns - CLOCK_MONOTONIC alone, in nanoseconds. */
uint64_t clk_ns(void);
/** clk_thread_ns - CPU time of the calling thread; one system call. */
uint64_t clk_thread_ns(void);
/** clk_has_tsc - is there a counter that user space can read? */
bool clk_has_tsc(void);

/*
 * What an empty interval between two clk_read calls shows, and what one clk_ns
 * between them adds: medians of many, measured when first asked.
 */
struct clk_cost {
	double empty_ns, empty_tsc; /* of clk_read, clk_read */
	double read_ns, read_tsc;   /* of one clk_ns */
	double pair_tsc;	    /* of clk_tsc, clk_tsc */
};
const struct clk_cost *clk_cost(void);

#endif
