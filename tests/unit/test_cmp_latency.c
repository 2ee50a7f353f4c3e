/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparisons of percentiles: histograms are added up, percentiles never averaged. */
#include "results/compare.h"
#include "results/paths.h"
#include "results/sinks.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES 8u
#define OPS 10000u

static const struct t_cell cells[] = {
	{ "linux-2.4", "repeat", 0, 1, 100, -0.02, SAMPLES, NULL, NULL },
	{ "linux-3.10", "repeat", 0, 1, 30, -0.02, SAMPLES, NULL, NULL },
	{ "null", "repeat", 0, 1, 1, -0.02, SAMPLES, NULL, NULL },
};
static struct run_data run;
static struct cmp_table *table;
static char err[1024];

/* @stalls of a thousand operations last @slow units, the others @fast. */
static void fill_latency(struct record *r, unsigned stalls, uint64_t fast, uint64_t slow)
{
	struct hist *h = calloc(1, sizeof(*h));

	r->nr_latency = r->hists.nr = r->hists.nr_buckets = 0;
	for (unsigned i = 0; i < OPS; i++)
		hist_add(h, i % 1000 < stalls ? slow : fast);
	cr_assert(rec_hist_put(&r->hists, "pcp_hit", h));
	rec_add_latency(r, "p99.alloc", hist_quantile(h, 100), "");
	rec_add_latency(r, "p99.9.alloc", hist_quantile(h, 1000), "");
	rec_add_latency(r, "p99.99.alloc", (double)NAN, "10000 timed, needs 100000");
	rec_add_latency(r, "max.alloc", hist_max(h), "");
	rec_add_latency(r, "timed.alloc", OPS, "");
	free(h);
}

static void setup(void)
{
	t_run_fill(&run, cells, 3, 1);
	for (size_t i = 0; i < run.nr; i++) {
		struct record *r = &run.records[i];
		bool slow = !strcmp(r->variant, "linux-3.10");

		/* In every second sample 3 % are stalls: over all of them 1.5 %. */
		fill_latency(r, r->sample % 2 ? 30 : 0, slow ? 80 : 40, 4000 + 64 * r->sample);
	}
}

/* The longest of all samples of a variant, in nanoseconds. */
static double longest(const char *variant)
{
	uint64_t most = 0;

	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].variant, variant) &&
		    run.records[i].hists.of[0].max > most)
			most = run.records[i].hists.of[0].max;
	return (double)most / HIST_PER_NS;
}

static void compare(const char *metric)
{
	const char *const metrics[] = { metric, NULL };
	const struct run_data *const runs[] = { &run };
	const struct cmp_conf conf = { .metrics = metrics, .stats = STATS_CONF_DEFAULT };

	setup();
	cr_assert_eq(cmp_build(&table, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
}

static void done(void)
{
	cmp_free(table);
	store_release(&run);
}

Test(cmp_latency, percentiles_of_percentiles_are_not_taken)
{
	compare("latency:p99.alloc");
	const struct cmp_cell *c = cmp_at(table, 0, 0, 0);
	double sum = 0;

	for (size_t i = 0; i < c->n; i++)
		sum += c->values[i];
	cr_assert_eq(c->n, SAMPLES);
	cr_assert_eq(c->values[0], 10);
	cr_assert_gt(c->values[SAMPLES - 1], 1000);
	cr_assert_gt(c->median, 990, "1.5 %% of all operations are stalls: p99 is one");
	cr_assert_lt(sum / SAMPLES, 600, "the mean of the percentiles is no operation's");
	cr_assert_lt(stats_median(c->values, c->n), 600, "nor is the median");
	cr_assert(table->metrics[0].pooled);
	cr_assert_str_eq(cmp_summary(&table->metrics[0]), "all samples");
	done();
}

/* A tenth of the stalls: below one in a hundred, above one in a thousand. */
Test(cmp_latency, each_level_is_of_all_operations)
{
	compare("latency:p99.9.alloc");
	const struct cmp_cell *c = cmp_at(table, 0, 0, 0);

	cr_assert_geq(c->median, 1000 * (1 - HIST_ERROR));
	cr_assert_leq(c->median, longest("linux-2.4"));
	done();
}

Test(cmp_latency, the_longest_is_that_of_all_samples)
{
	compare("latency:max.alloc");
	const struct cmp_cell *c = cmp_at(table, 0, 0, 0);

	cr_assert_eq(c->median, longest("linux-2.4"));
	cr_assert_lt(stats_median(c->values, c->n), c->median);
	done();
}

Test(cmp_latency, ratio_and_interval_are_of_sums_too)
{
	setup();
	for (size_t i = 0; i < run.nr; i++) {
		struct record *r = &run.records[i];

		fill_latency(r, 30, 40, strcmp(r->variant, "linux-3.10") ? 4000 : 8000);
	}
	const char *const metrics[] = { "latency:p99.alloc", NULL };
	const struct run_data *const runs[] = { &run };
	const struct cmp_conf conf = { .metrics = metrics, .stats = STATS_CONF_DEFAULT };

	cr_assert_eq(cmp_build(&table, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
	const struct cmp_cell *c = cmp_at(table, 0, 0, 1);

	cr_assert_float_eq(c->cmp.ratio, 2, 2 * HIST_ERROR);
	cr_assert_float_eq(c->cmp.lo, c->cmp.ratio, 1e-12);
	cr_assert_float_eq(c->cmp.hi, c->cmp.ratio, 1e-12);
	cr_assert_eq(c->word, CMP_SLOWER);
	cr_assert_eq(c->cmp.median_a, cmp_at(table, 0, 0, 0)->median);
	cr_assert_eq(c->cmp.median_b, c->median);
	done();
}

Test(cmp_latency, the_interval_holds_the_ratio_and_is_wide_where_stalls_come_and_go)
{
	compare("latency:p99.alloc");
	const struct cmp_cell *c = cmp_at(table, 0, 0, 1);

	cr_assert(c->compared);
	cr_assert_leq(c->cmp.lo, c->cmp.ratio);
	cr_assert_geq(c->cmp.hi, c->cmp.ratio);
	done();
}

Test(cmp_latency, too_few_operations_stay_null)
{
	compare("latency:p99.99.alloc");
	const struct cmp_cell *c = cmp_at(table, 0, 0, 0);

	cr_assert_eq(c->n, 0, "80,000 of all samples, 100,000 are needed");
	cr_assert_eq(c->nulls, SAMPLES);
	cr_assert_str_eq(c->why, "10000 timed, needs 100000");
	cr_assert_not(table->metrics[0].pooled);
	cr_assert_not(cmp_at(table, 0, 0, 1)->compared);
	done();
}

Test(cmp_latency, samples_have_together_what_each_has_too_few_of)
{
	setup();
	for (size_t i = 0; i < run.nr; i++)
		for (unsigned v = 0; v < run.records[i].nr_latency; v++)
			run.records[i].latency[v].value = (double)NAN;
	const char *const metrics[] = { "latency:p99.9.alloc", NULL };
	const struct run_data *const runs[] = { &run };
	const struct cmp_conf conf = { .metrics = metrics, .stats = STATS_CONF_DEFAULT };

	cr_assert_eq(cmp_build(&table, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(cmp_at(table, 0, 0, 0)->n, SAMPLES);
	cr_assert_geq(cmp_at(table, 0, 0, 0)->median, 1000 * (1 - HIST_ERROR));
	done();
}

Test(cmp_latency, how_many_were_timed_is_not_judged)
{
	compare("latency:timed.alloc");
	cr_assert_eq(table->metrics[0].better, '-');
	cr_assert_not(table->metrics[0].pooled);
	cr_assert_eq(cmp_at(table, 0, 0, 0)->median, OPS);
	done();
}

Test(cmp_latency, the_table_of_paths_has_that_of_frees)
{
	static const struct screen_path path[] = { { "pcp_hit", false }, { .name = NULL } };
	struct hist *h = calloc(1, sizeof(*h));
	struct paths p;

	compare("ns_op");
	for (unsigned i = 0; i < 500; i++)
		hist_add(h, 400);
	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].variant, "linux-3.10") || !run.records[i].sample)
			cr_assert(rec_hist_put(&run.records[i].hists, REC_HIST_FREE, h));
	paths_gather(&p, &run, table, path);
	cr_assert(paths_used(&p, PATHS_FREES(&p)));
	cr_assert(isnan(paths_median(&p, PATHS_FREES(&p), 0, PATHS_P99, NULL)), "500 of 1,000");
	cr_assert_str_eq(p.why_free[PATHS_P99], "p99 where fewer than 1,000 were timed");
	cr_assert_float_eq(paths_median(&p, PATHS_FREES(&p), 1, PATHS_P99, NULL), 100, 2,
			   "of all samples together");
	cr_assert_float_eq(p.all[1], 0.97 * 8e6, 1, "frees are in no share");
	paths_free(&p);
	free(h);
	done();
}

Test(cmp_latency, the_table_of_paths_has_that_of_all_samples)
{
	static const struct screen_path path[] = { { "pcp_hit", false },
						   { "reclaim", true },
						   { .name = NULL } };
	struct paths p;

	compare("ns_op");
	paths_gather(&p, &run, table, path);
	cr_assert(p.has[PATHS_P99] && p.costs);
	cr_assert_gt(paths_median(&p, 0, 0, PATHS_P99, NULL), 990, "1.5 %% are stalls");
	cr_assert(isnan(paths_median(&p, 1, 0, PATHS_P99, NULL)), "none was timed");
	cr_assert_str_eq(p.why[PATHS_P99],
			 "p99 of a path of which fewer than 1,000 operations were timed");
	cr_assert(isnan(paths_median(&p, PATHS_FREES(&p), 0, PATHS_P99, NULL)));
	cr_assert_str_eq(p.why_free[PATHS_P99], "the latency pass timed none");
	paths_free(&p);
	done();
}
