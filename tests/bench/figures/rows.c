/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows, and their repetitions. */
#include "tests/bench/figures/figures.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAIR_ROW(v, w, o, t)                                                   \
	{                                                                      \
		.variant = (v), .workload = (w), .order = (o), .threads = (t), \
		.measure = fig_sample                                          \
	}
#define PLAIN_ROW(w)                                                                    \
	{                                                                               \
		.variant = "plain", .workload = (w), .threads = 1, .measure = fig_plain \
	}
#define DUEL_ROW(w, o)                                                                       \
	{                                                                                    \
		.variant = "linux-3.10", .workload = (w), .threads = 1, .measure = fig_duel, \
		.other = (o), .apart = true                                                  \
	}
#define HIGH_ROW(s)                                                                       \
	{                                                                                 \
		.variant = "linux-3.10", .workload = "order-3", .order = 3, .threads = 1, \
		.measure = fig_high, .share = (s), .apart = true                          \
	}

/* "plain" is the list as plain code, "bare" the same list called as an allocator. */
const struct row fig_rows[] = {
	PAIR_ROW("linux-3.10", "repeat", 0, 1),
	PAIR_ROW("null", "repeat", 0, 1),
	PAIR_ROW("bare", "repeat", 0, 1),
	PLAIN_ROW("repeat"),
	PAIR_ROW("linux-3.10", "repeat", 0, 2),
	PAIR_ROW("bare,lists=2", "repeat", 0, 2),
	PAIR_ROW("linux-3.10", "repeat", 3, 1),
	PAIR_ROW("linux-3.10", "repeat", 9, 1),
	PAIR_ROW("linux-3.10", "bulk", 0, 1),
	PAIR_ROW("bare", "bulk", 0, 1),
	PLAIN_ROW("bulk"),
	PAIR_ROW("linux-3.10", "bulk", 3, 1),
	PAIR_ROW("linux-3.10", "bulk", 9, 1),
	PAIR_ROW("linux-3.10", "rand", 0, 1),
	PAIR_ROW("bare", "rand", 0, 1),
	PLAIN_ROW("rand"),
	PAIR_ROW("linux-3.10", "rand", 3, 1),
	PAIR_ROW("linux-3.10", "rand", 9, 1),
	{ .variant = "linux-3.10",
	  .workload = "repeat",
	  .threads = 2,
	  .measure = fig_scaling,
	  .other = "bare",
	  .apart = true },
	DUEL_ROW("repeat", "bare"),
	DUEL_ROW("bulk", "bare"),
	DUEL_ROW("rand", "bare"),
	DUEL_ROW("bulk", "bare,shift=3"),
	DUEL_ROW("rand", "bare,shift=3"),
	DUEL_ROW("bulk", "bare,shift=6"),
	DUEL_ROW("rand", "bare,shift=6"),
	HIGH_ROW(1),
	HIGH_ROW(4),
	{ .variant = "linux-3.10",
	  .workload = "setup",
	  .threads = 1,
	  .measure = fig_setup,
	  .apart = true },
};
const size_t fig_nr_rows = sizeof(fig_rows) / sizeof(fig_rows[0]);

static struct figures *all; /* [fig.reps][fig_nr_rows], shared with the children */

const struct figures *fig_get(unsigned rep, size_t row)
{
	return &all[rep * fig_nr_rows + row];
}

bool fig_asked(const struct row *row)
{
	return !fig.only || strstr(row->workload, fig.only);
}

bool fig_real_time(void)
{
	for (size_t row = 0; row < fig_nr_rows; row++)
		if (fig_get(0, row)->real_time)
			return true;
	return false;
}

/* Every thread of the process to come inherits it. */
static bool real_time(void)
{
	const struct sched_param p = { .sched_priority = 1 };
	const char *env = getenv("ZB_BENCH_RT");

	return !(env && !strcmp(env, "no")) && !sched_setscheduler(0, SCHED_FIFO, &p);
}

/* In a child, so that no repetition leaves anything to the next. */
static void measure_apart(const struct row *row, struct figures *f)
{
	int status = 0;
	pid_t pid;

	*f = (struct figures){
		.cycles = NAN, .instructions = NAN, .ratio = NAN, .scaling = { NAN, NAN }
	};
	fflush(stdout);
	pid = fork();
	if (!pid) {
		f->real_time = real_time();
		row->measure(row, f);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		f->ok = false;
		snprintf(f->why, sizeof(f->why), "the measuring process ended with status %d",
			 status);
	}
}

int fig_measure_all(void)
{
	all = mmap(NULL, fig.reps * fig_nr_rows * sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return 1;
	for (unsigned r = 0; r < fig.reps; r++) {
		for (size_t i = 0; i < fig_nr_rows; i++) {
			size_t row = r % 2 ? fig_nr_rows - 1 - i : i;
			struct figures *f = &all[r * fig_nr_rows + row];

			if (fig_asked(&fig_rows[row]))
				measure_apart(&fig_rows[row], f);
			else
				snprintf(f->why, sizeof(f->why), "not asked for");
		}
	}
	return 0;
}
