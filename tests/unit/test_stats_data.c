/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The statistics on recorded samples.  tests/golden/stats holds pairs of equal
 * variants, measured interleaved (rows.yaml, samples.tsv), and what R computes
 * of them (golden.R, golden.tsv).  Seeds are fixed: every count printed here
 * is the same on every machine.
 */
#include "results/stats_stop.h"

#include <criterion/criterion.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 53
#define REPS 100  /* most pairs recorded of a row */
#define MOST 400  /* the default matrix may ask for as many rounds */
#define ALONE 12  /* samples of a side in a comparison of two runs */
#define FIRST 8	  /* the repetitions that golden.R takes */
#define GOLDEN 17 /* columns of golden.tsv */

static struct {
	char name[96];
	size_t n;
	double a[REPS], b[REPS];
} row[ROWS];

/* One drawing from the rows, and what is done to it. */
struct trial {
	unsigned long seed;
	unsigned slow; /* row whose side b takes longer, ROWS for none */
	double share;  /* by this much */
	size_t n[ROWS];
	double a[ROWS][MOST], b[ROWS][MOST];
};

static FILE *open_golden(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "tests/golden/stats/%s", name);
	FILE *f = fopen(path, "re");

	cr_assert_not_null(f, "%s", path);
	return f;
}

static void read_rows(void)
{
	FILE *f = open_golden("samples.tsv");
	char line[256], name[96];
	size_t nr = 0;

	cr_assert_not_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		char variant[32], workload[32];
		unsigned order;
		double a, b;

		cr_assert_eq(
			sscanf(line, "%31s %31s %u %*u %lf %lf", variant, workload, &order, &a, &b),
			5, "%s", line);
		snprintf(name, sizeof(name), "%s %s %u", variant, workload, order);
		if (!nr || strcmp(row[nr - 1].name, name) != 0) {
			cr_assert_lt(nr, ROWS);
			snprintf(row[nr++].name, sizeof(name), "%s", name);
		}
		cr_assert_lt(row[nr - 1].n, REPS);
		row[nr - 1].a[row[nr - 1].n] = a;
		row[nr - 1].b[row[nr - 1].n++] = b;
	}
	fclose(f);
	cr_assert_eq(nr, ROWS);
}

#define NEAR(what, i, got, want, tolerance)                                                     \
	cr_expect_lt(fabs((got) - (want)), (tolerance)*fabs(want), "%s: %s is %.12g, R: %.12g", \
		     row[i].name, what, (double)(got), (double)(want))

#define WITHIN(what, i, got, low, high)                                                   \
	cr_expect((got) >= (low) * (1 - 1e-8) && (got) <= (high) * (1 + 1e-8),            \
		  "%s: %s is %.12g, R: %.12g to %.12g", row[i].name, what, (double)(got), \
		  (double)(low), (double)(high))

static void check_row(unsigned i, const double *want, double *p)
{
	struct stats_conf conf = STATS_CONF_DEFAULT;
	double a[FIRST], b[FIRST], d[FIRST], lo, hi;
	struct stats_cmp c;

	for (unsigned k = 0; k < FIRST; k++) {
		a[k] = row[i].a[k];
		b[k] = row[i].b[k] * (1 + i / 200.0);
		d[k] = log(b[k] / a[k]);
	}
	NEAR("p of pairs", i, stats_signed_rank(d, FIRST), want[12], 1e-8);
	NEAR("ratio of pairs", i, exp(stats_hodges_lehmann(d, FIRST)), want[13], 1e-6);
	cr_assert(stats_walsh_interval(d, FIRST, 0.05, &lo, &hi));
	NEAR("lower end of pairs", i, exp(lo), want[14], 1e-6);
	NEAR("upper end of pairs", i, exp(hi), want[15], 1e-6);
	conf.resamples = 20000; /* golden.R says why */
	stats_sort(a, FIRST);
	stats_sort(b, FIRST);
	stats_compare(a, FIRST, b, FIRST, &conf, i, &c);
	*p = c.p;
	NEAR("median of a", i, c.median_a, want[1], 1e-8);
	NEAR("median of b", i, c.median_b, want[2], 1e-8);
	NEAR("10 % quantile", i, stats_quantile(a, FIRST, 0.1), want[3], 1e-8);
	NEAR("90 % quantile", i, stats_quantile(a, FIRST, 0.9), want[4], 1e-8);
	NEAR("geometric mean", i, stats_geomean(a, FIRST), want[5], 1e-8);
	NEAR("spread", i, stats_mape(a, FIRST), want[6], 1e-6);
	NEAR("p", i, c.p, want[7], 1e-8);
	WITHIN("lower end", i, c.lo, want[8], want[9]);
	WITHIN("upper end", i, c.hi, want[10], want[11]);
}

Test(stats_data, all_as_r_computes_it)
{
	FILE *f = open_golden("golden.tsv");
	double want[ROWS][GOLDEN], p[ROWS];
	char line[512];

	read_rows();
	for (unsigned i = 0; i < 2; i++) /* R's version, the columns' names */
		cr_assert_not_null(fgets(line, sizeof(line), f));
	for (unsigned i = 0; i < ROWS; i++) {
		for (unsigned k = 0; k < GOLDEN; k++)
			cr_assert_eq(fscanf(f, "%lf", &want[i][k]), 1, "row %u, column %u", i, k);
		check_row(i, want[i], &p[i]);
	}
	fclose(f);
	stats_holm(p, ROWS);
	for (unsigned i = 0; i < ROWS; i++)
		NEAR("p after Holm", i, p[i], want[i][16], 1e-8);
}

/* What the default matrix asks for, "samples: {min: 8, max: 60, until: 2%, ...", in this family. */
static struct stats_stop default_stop(void)
{
	FILE *f = fopen("harness/matrices/default.yaml", "re");
	struct stats_stop stop = { .level = 0.05 / ROWS };
	unsigned min = 0;
	double percent = 0;
	char line[256];

	cr_assert_not_null(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "samples: {min: %u, max: %u, until: %lf%%", &min, &stop.max,
			   &percent) == 3)
			stop.halfwidth = percent / 100;
	fclose(f);
	cr_assert_gt(stop.halfwidth, 0, "the default matrix has no samples: until");
	cr_assert_leq(stop.max, MOST);
	stop.min = stats_min_pairs(ROWS, 0.05);
	stop.min = stop.min > min ? stop.min : min;
	return stop;
}

/*
 * Draws rounds of a row, with all that a round has in common, until the rule
 * of the default matrix has enough.  Which of the two equal variants is which
 * side is tossed for every round: the recorded ones differ by chance, and drawn
 * from side by side they would make A against A untrue.
 */
static void draw_rounds(gsl_rng *rng, const struct stats_stop *stop, struct trial *t, unsigned i)
{
	double log_ratio[MOST];

	t->n[i] = 0;
	do {
		unsigned long x = gsl_rng_uniform_int(rng, row[i].n);
		bool swap = gsl_rng_uniform_int(rng, 2);
		size_t n = t->n[i]++;

		t->a[i][n] = swap ? row[i].b[x] : row[i].a[x];
		t->b[i][n] = (swap ? row[i].a[x] : row[i].b[x]) * (i == t->slow ? 1 + t->share : 1);
		log_ratio[n] = log(t->b[i][n] / t->a[i][n]);
	} while (stats_stop_look(stop, log_ratio, t->n[i]) == STATS_MORE);
}

/* Each side has rounds of its own, as two runs have. */
static void draw_alone(gsl_rng *rng, struct trial *t, unsigned i)
{
	for (t->n[i] = 0; t->n[i] < ALONE; t->n[i]++) {
		unsigned long x = gsl_rng_uniform_int(rng, row[i].n);
		unsigned long y = gsl_rng_uniform_int(rng, row[i].n);
		bool swap = gsl_rng_uniform_int(rng, 2);

		t->a[i][t->n[i]] = swap ? row[i].b[x] : row[i].a[x];
		t->b[i][t->n[i]] = swap ? row[i].a[y] : row[i].b[y];
	}
	stats_sort(t->a[i], t->n[i]);
	stats_sort(t->b[i], t->n[i]);
}

static double p_of(const struct trial *t, unsigned i, bool paired)
{
	double d[MOST];

	if (!paired)
		return stats_rank_sum(t->a[i], t->n[i], t->b[i], t->n[i]);
	for (size_t k = 0; k < t->n[i]; k++)
		d[k] = log(t->b[i][k] / t->a[i][k]);
	return stats_signed_rank(d, t->n[i]);
}

/* Only what the rank test tells apart can be higher or lower: the rest needs no interval. */
static enum stats_verdict verdict(const struct trial *t, unsigned i, bool paired, double p_holm)
{
	const struct stats_conf conf = STATS_CONF_DEFAULT;
	uint64_t key = t->seed * ROWS + i;
	struct stats_cmp c;

	if (!(p_holm < conf.alpha))
		return STATS_NOT_SEPARATED;
	if (paired)
		stats_compare_pairs(t->a[i], t->b[i], t->n[i], &conf, key, &c);
	else
		stats_compare(t->a[i], t->n[i], t->b[i], t->n[i], &conf, key, &c);
	c.p_holm = p_holm;
	return stats_verdict(&c, ROWS, &conf);
}

/* What trials have shown. */
struct shown {
	unsigned alarms; /* trials in which a row that is not slower is told apart */
	unsigned found;	 /* trials in which the slow row is */
	double rounds;	 /* of a row, summed */
};

/* One comparison of all rows with default settings. */
static void compare_rows(struct trial *t, const struct stats_stop *stop, struct shown *s)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_taus2);
	bool alarm = false;
	double p[ROWS];

	gsl_rng_set(rng, t->seed);
	for (unsigned i = 0; i < ROWS; i++) {
		if (stop)
			draw_rounds(rng, stop, t, i);
		else
			draw_alone(rng, t, i);
		p[i] = p_of(t, i, stop);
		s->rounds += (double)t->n[i];
	}
	gsl_rng_free(rng);
	stats_holm(p, ROWS);
	for (unsigned i = 0; i < ROWS; i++) {
		enum stats_verdict v = verdict(t, i, stop, p[i]);

		if (i == t->slow)
			s->found += v == STATS_HIGHER;
		else
			alarm |= v == STATS_HIGHER || v == STATS_LOWER;
	}
	s->alarms += alarm;
}

static struct trial trial;

static void count_alarms(const char *what, const struct stats_stop *stop)
{
	struct shown s = { 0 };

	trial.slow = ROWS;
	for (trial.seed = 1; trial.seed <= 200; trial.seed++)
		compare_rows(&trial, stop, &s);
	printf("# A against A, %s: %u of 200 seeds raise an alarm, %.0f rounds a row\n", what,
	       s.alarms, s.rounds / 200 / ROWS);
	cr_expect_leq(s.alarms, 16);
}

/* With all looks of the rule that ends it. */
Test(stats_data, a_against_a_interleaved_is_quiet)
{
	struct stats_stop stop = default_stop();

	read_rows();
	count_alarms("interleaved, through the rule that stops", &stop);
}

Test(stats_data, a_against_a_of_two_runs_is_quiet)
{
	read_rows();
	count_alarms("two runs", NULL);
}

/* Each trial makes another row slower, all of them in turn. */
static unsigned count_found(double share, unsigned trials, const struct stats_stop *stop)
{
	struct shown s = { 0 };

	trial.share = share;
	for (trial.seed = 1; trial.seed <= trials; trial.seed++) {
		trial.slow = (unsigned)(trial.seed * 31 % ROWS);
		compare_rows(&trial, stop, &s);
	}
	printf("# planted %.0f %%: found in %u of %u trials, %.0f rounds a row\n", share * 100,
	       s.found, trials, s.rounds / trials / ROWS);
	return s.found;
}

Test(stats_data, a_planted_slowdown_is_found)
{
	struct stats_stop stop = default_stop();

	read_rows();
	unsigned two = count_found(0.02, 50, &stop), five = count_found(0.05, 100, &stop);
	unsigned ten = count_found(0.1, 50, &stop);

	cr_expect_geq(five, 95);
	cr_expect_geq(2 * ten, five);
	cr_expect_leq(2 * two, five);
}
