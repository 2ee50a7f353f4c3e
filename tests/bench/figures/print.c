/* SPDX-License-Identifier: GPL-2.0-only */
/* Medians over the repetitions, the table of pairs, the bars. */
#include "harness/measure/clock.h"
#include "results/stats.h"
#include "tests/bench/figures/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than one per thread, and some noise, cannot be. */
#define SCALING_MOST 1.03

static size_t row_by(void (*measure)(const struct row *, struct figures *), const char *variant,
		     const char *workload, const char *other, unsigned order, unsigned share)
{
	for (size_t i = 0; i < fig_nr_rows; i++) {
		const struct row *r = &fig_rows[i];

		if (r->measure == measure && !strcmp(r->variant, variant) &&
		    !strcmp(r->workload, workload) && r->order == order && r->share == share &&
		    (!other || !strcmp(r->other, other)))
			return i;
	}
	abort();
}

static size_t pair_row(const char *variant, const char *workload)
{
	return row_by(fig_sample, variant, workload, NULL, 0, 0);
}

static size_t plain_row(const char *workload)
{
	return row_by(fig_plain, "plain", workload, NULL, 0, 0);
}

static size_t duel_row(const char *workload, const char *other)
{
	return row_by(fig_duel, "linux-3.10", workload, other, 0, 0);
}

/* Was the row undisturbed in this repetition? */
static bool quiet(unsigned rep, size_t row)
{
	return fig_get(rep, row)->ok && !fig_get(rep, row)->noisy;
}

/*
 * Repetitions to judge rows by: those in which both were undisturbed, or all
 * when there is none such.  @b may be @a.
 */
static bool counts(unsigned rep, size_t a, size_t b)
{
	for (unsigned r = 0; r < fig.reps; r++)
		if (quiet(r, a) && quiet(r, b))
			return quiet(rep, a) && quiet(rep, b);
	return fig_get(rep, a)->ok && fig_get(rep, b)->ok;
}

/* Values over the repetitions that count: how many, and sorted. */
static unsigned collect(size_t row, double (*value)(const struct figures *), double *v)
{
	unsigned nr = 0;

	for (unsigned r = 0; r < fig.reps; r++) {
		double x = counts(r, row, row) ? value(fig_get(r, row)) : NAN;

		if (!isnan(x))
			v[nr++] = x;
	}
	stats_sort(v, nr);
	return nr;
}

static double median(size_t row, double (*value)(const struct figures *))
{
	double v[FIG_MAX_REPS];
	unsigned nr = collect(row, value, v);

	return nr ? stats_median(v, nr) : NAN;
}

static double value_ns(const struct figures *f)
{
	return f->ns;
}
static double value_null(const struct figures *f)
{
	return f->null_ns > 0 ? f->null_ns : NAN;
}
static double value_tsc(const struct figures *f)
{
	return f->tsc;
}
static double value_core(const struct figures *f)
{
	return f->ns * f->core_ghz;
}
static double value_cycles(const struct figures *f)
{
	return f->cycles;
}
static double value_instructions(const struct figures *f)
{
	return f->instructions;
}
static double value_init(const struct figures *f)
{
	return f->init_s;
}
static double value_populate(const struct figures *f)
{
	return f->populate_s;
}
static double value_meta(const struct figures *f)
{
	return f->meta;
}

static double value_scaling(const struct figures *f)
{
	return f->scaling[0];
}
static double value_scaling_bare(const struct figures *f)
{
	return f->scaling[1];
}
static double value_ratio(const struct figures *f)
{
	return f->ratio;
}
static double value_high_ok(const struct figures *f)
{
	return f->p99_ok;
}
static double value_high_fail(const struct figures *f)
{
	return f->p99_fail;
}
static double value_took(const struct figures *f)
{
	return f->took;
}

static unsigned noisy_of(size_t row)
{
	unsigned nr = 0;

	for (unsigned r = 0; r < fig.reps; r++)
		nr += fig_get(r, row)->ok && fig_get(r, row)->noisy;
	return nr;
}

struct text {
	char s[32];
};

/* "-" stands for what was not measured. */
static struct text text(double x, const char *fmt)
{
	struct text t = { "-" };

	if (!isnan(x))
		snprintf(t.s, sizeof(t.s), fmt, x);
	return t;
}

static void cell(double x, int width, const char *fmt)
{
	printf(" %*s", width, text(x, fmt).s);
}

void fig_print_rows(void)
{
	printf("%-14s %-9s %5s %3s %9s %7s %9s %9s %9s %9s %9s %6s\n", "variant", "workload",
	       "order", "thr", "ns/pair", "spread", "TSC cyc", "core cyc~", "cycles", "instr",
	       "null ns", "noisy");
	for (size_t i = 0; i < fig_nr_rows; i++) {
		const struct row *row = &fig_rows[i];
		double v[FIG_MAX_REPS];
		unsigned nr = collect(i, value_ns, v);

		if (row->apart || !fig_asked(row))
			continue;
		printf("%-14s %-9s %5u %3u", row->variant, row->workload, row->order, row->threads);
		if (!nr) {
			printf("  not measured: %s\n", fig_get(0, i)->why);
			continue;
		}
		cell(stats_median(v, nr), 9, "%.2f");
		cell(100 * (stats_quantile(v, nr, 0.75) - stats_quantile(v, nr, 0.25)) /
			     stats_median(v, nr),
		     6, "%.1f");
		printf("%%");
		cell(median(i, value_tsc), 9, "%.1f");
		cell(median(i, value_core), 9, "%.1f");
		cell(median(i, value_cycles), 9, "%.1f");
		cell(median(i, value_instructions), 9, "%.1f");
		cell(median(i, value_null), 9, "%.2f");
		printf(" %3u/%u\n", noisy_of(i), fig.reps);
	}
}

static void bar(const char *what, double got, double limit, bool at_most, const char *fmt)
{
	bool met = at_most ? got <= limit : got >= limit;

	printf("  %-62s %10s   %s %-8s  %s\n", what, text(got, fmt).s,
	       at_most ? "at most " : "at least", text(limit, fmt).s,
	       isnan(got) ? "not measured"
	       : met	  ? "met"
			  : "not met");
}

/* Median over the repetitions of a ratio taken inside each repetition. */
static double ratio(size_t a, size_t b)
{
	double v[FIG_MAX_REPS];
	unsigned nr = 0;

	for (unsigned r = 0; r < fig.reps; r++)
		if (counts(r, a, b))
			v[nr++] = fig_get(r, a)->ns / fig_get(r, b)->ns;
	stats_sort(v, nr);
	return nr ? stats_median(v, nr) : NAN;
}

static void print_high(unsigned share)
{
	size_t row = row_by(fig_high, "linux-3.10", "order-3", NULL, 3, share);
	unsigned long long size = fig.mib / share;
	char what[128];

	snprintf(what, sizeof(what), "order 3, random half free, %llu MiB: p99 of %s taken, ns",
		 size, text(median(row, value_took), "%.0f").s);
	bar(what, median(row, value_high_ok), 2000, true, "%.0f");
	snprintf(what, sizeof(what), "order 3, random half free, %llu MiB: p99 of failures, ns",
		 size);
	bar(what, median(row, value_high_fail), 2000, true, "%.0f");
}

/*
 * When two threads do more than twice of what one does, the one was slowed by something
 * that the two were spared, and the share says nothing.
 */
static void print_scaling(void)
{
	size_t row = row_by(fig_scaling, "linux-3.10", "repeat", "bare", 0, 0);
	double mine = median(row, value_scaling), bare = median(row, value_scaling_bare);
	double most = SCALING_MOST * fig_rows[row].threads;
	const char *what = "repeat order 0: 2 threads against 1, share of what bare reaches";

	if (mine > most || bare > most)
		printf("  %-62s not judged: linux-3.10 %.2fx, bare %.2fx: %u threads cannot do so "
		       "much more than 1,\n  which was slowed by something else\n",
		       what, mine, bare, fig_rows[row].threads);
	else
		bar(what, mine / bare, 0.97, false, "%.3f");
	if (isnan(mine))
		printf("  scaling: %s\n", fig_get(0, row)->why);
}

static void two(const char *what, const char *a, double x, const char *b, double y)
{
	printf("  %s: %s %s, %s %s\n", what, a, text(x, "%.2f").s, b, text(y, "%.2f").s);
}

static void print_references(void)
{
	size_t scaling = row_by(fig_scaling, "linux-3.10", "repeat", "bare", 0, 0);
	size_t setup = row_by(fig_setup, "linux-3.10", "setup", NULL, 0, 0);

	printf("\nfor reference\n");
	two("2 threads against 1", "linux-3.10", median(scaling, value_scaling), "bare",
	    median(scaling, value_scaling_bare));
	two("ratio to the list as plain code", "bulk",
	    ratio(pair_row("linux-3.10", "bulk"), plain_row("bulk")), "rand",
	    ratio(pair_row("linux-3.10", "rand"), plain_row("rand")));
	two("ratio to a list of 8-byte links alone, in turns", "bulk",
	    median(duel_row("bulk", "bare,shift=3"), value_ratio), "rand",
	    median(duel_row("rand", "bare,shift=3"), value_ratio));
	two("ratio to a list through 64-byte descriptors, in turns", "bulk",
	    median(duel_row("bulk", "bare,shift=6"), value_ratio), "rand",
	    median(duel_row("rand", "bare,shift=6"), value_ratio));
	printf("  repeat order 0: ratio to bare, in turns: %s\n",
	       text(median(duel_row("repeat", "bare"), value_ratio), "%.2f").s);
	printf("  clock of the order-3 latencies: %.0f cycles, subtracted\n", clk_cost()->pair_tsc);
	printf("  populating the metadata of 64 GiB: %s s\n",
	       text(median(setup, value_populate), "%.3f").s);
	if (!fig_get(0, setup)->ok)
		printf("  setup: %s\n", fig_get(0, setup)->why);
}

void fig_print_bars(void)
{
	size_t repeat = pair_row("linux-3.10", "repeat");
	size_t setup = row_by(fig_setup, "linux-3.10", "setup", NULL, 0, 0);
	double counted = median(repeat, value_cycles);
	size_t turns = row_by(fig_scaling, "linux-3.10", "repeat", "bare", 0, 0);
	const char *unit = isnan(counted)
				   ? "repeat order 0: core cycles~ per pair, 1 thread, in turns"
				   : "repeat order 0: counted cycles per pair, 1 thread";

	printf("\nbars for linux-3.10\n");
	bar(unit, isnan(counted) ? median(turns, value_core) : counted, 60, true, "%.1f");
	print_scaling();
	bar("bulk order 0: ratio to bare (16-byte descriptors), in turns",
	    median(duel_row("bulk", "bare"), value_ratio), 4, true, "%.2f");
	bar("rand order 0: ratio to bare (16-byte descriptors), in turns",
	    median(duel_row("rand", "bare"), value_ratio), 4, true, "%.2f");
	print_high(1);
	print_high(4);
	bar("metadata, bytes per frame, 64 GiB", median(setup, value_meta), 24, true, "%.2f");
	bar("setting up 64 GiB of frames, seconds, metadata populated before",
	    median(setup, value_init), 1, true, "%.3f");
	print_references();
}
