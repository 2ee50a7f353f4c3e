/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/compare.h"

#include "results/screen.h"
#include "results/sinks.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char err[1024];

/* No chance in it: what is printed of it is the same everywhere. */
static const struct t_cell golden[] = {
	{ "linux-2.4", "repeat", 0, 1, 100, -0.02, 8, NULL, NULL },
	{ "linux-3.10", "repeat", 0, 1, 30, -0.02, 8, NULL, "n" },
	{ "null", "repeat", 0, 1, 1.5, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "repeat", 0, 2, 110, -0.005, 8, NULL, NULL },
	{ "linux-3.10", "repeat", 0, 2, 110.5, -0.005, 8, NULL, NULL },
	{ "null", "repeat", 0, 2, 1.5, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "bulk", 9, 1, 800, -0.02, 8, NULL, NULL },
	{ "linux-3.10", "bulk", 9, 1, 900, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "bulk", 10, 1, 0, 0, 2, "unsupported", NULL },
	{ "linux-3.10", "bulk", 10, 1, 950, -0.02, 8, NULL, "mu" },
	{ "linux-2.4", "rand", 0, 1, 50, -0.1, 8, NULL, NULL },
	{ "linux-3.10", "rand", 0, 1, 52, -0.1, 5, NULL, NULL },
	{ "linux-2.4", "rand", 3, 1, 50, -0.01, 8, NULL, NULL },
	{ "linux-3.10", "rand", 3, 1, 0, 0, 8, "crashed", NULL },
};
#define NR_GOLDEN ((unsigned)(sizeof(golden) / sizeof(golden[0])))

static struct cmp_conf defaults(void)
{
	return (struct cmp_conf){ .stats = STATS_CONF_DEFAULT };
}

static struct cmp_table *build(const struct run_data *run, const struct cmp_conf *conf)
{
	const struct run_data *const runs[] = { run };
	struct cmp_table *t;

	cr_assert_eq(cmp_build(&t, runs, 1, conf, err, sizeof(err)), 0, "%s", err);
	return t;
}

static void refuse(const struct run_data *run, const struct cmp_conf *conf, int want,
		   const char *words)
{
	const struct run_data *const runs[] = { run };
	struct cmp_table *t;

	cr_expect_eq(cmp_build(&t, runs, 1, conf, err, sizeof(err)), want, "%s", err);
	cr_expect_null(t);
	cr_expect_not_null(strstr(err, words), "%s", err);
	cr_expect_null(strchr(err, '\n'));
}

static bool noted(const struct cmp_table *t, const char *words)
{
	for (size_t i = 0; i < t->nr_notes; i++)
		if (strstr(t->notes[i], words))
			return true;
	return false;
}

static const struct cmp_cell *cell_of(const struct cmp_table *t, const char *workload,
				      const char *order, const char *threads, const char *col)
{
	for (size_t r = 0; r < t->nr_rows; r++)
		for (unsigned c = 0; c < t->nr_cols; c++)
			if (!strcmp(t->rows[r].label[0], workload) &&
			    !strcmp(t->rows[r].label[1], order) &&
			    !strcmp(t->rows[r].label[2], threads) && !strcmp(t->cols[c].label, col))
				return cmp_at(t, 0, r, c);
	cr_assert_fail("no cell %s %s %s %s", workload, order, threads, col);
	return NULL;
}

Test(compare, cells_get_their_words)
{
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(t->nr_rows, 6);
	cr_expect_eq(t->nr_cols, 3);
	cr_expect_str_eq(t->cols[0].label, "linux-2.4");
	cr_expect_str_eq(t->cols[2].label, "null");
	cr_expect_eq(t->family, 4, "null is no comparison, nor is a cell without samples");
	const struct cmp_cell *c = cell_of(t, "repeat", "0", "1", "linux-3.10");

	cr_expect_eq(c->word, CMP_FASTER);
	cr_expect_eq(c->n, 8);
	cr_expect_lt(fabs(c->cmp.ratio - 0.3), 1e-9);
	cr_expect(c->cmp.lo <= 0.3 && 0.3 <= c->cmp.hi);
	cr_expect_str_eq(c->flags, "n");
	cr_expect_eq(cell_of(t, "repeat", "0", "2", "linux-3.10")->word, CMP_SAME);
	cr_expect_eq(cell_of(t, "bulk", "9", "1", "linux-3.10")->word, CMP_SLOWER);
	cr_expect_eq(cell_of(t, "rand", "0", "1", "linux-3.10")->word, CMP_NOT_SEPARATED);
	cr_expect_eq(cell_of(t, "bulk", "10", "1", "linux-3.10")->word, CMP_NOT_COMPARED);
	cr_expect_str_eq(cell_of(t, "bulk", "10", "1", "linux-2.4")->why, "unsupported");
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "null")->word, CMP_NOT_COMPARED);
	cr_expect_eq(t->regressions, 1);
	cr_expect_eq(t->lost, 1, "rand 3 crashed");
	cr_expect(noted(t, "2 unsupported, 8 crashed"));
	cmp_free(t);
	store_release(&run);
}

Test(compare, an_order_sorts_as_a_number)
{
	const struct t_cell cells[] = {
		{ "a", "w", 10, 1, 1, 0, 1, NULL, NULL },
		{ "a", "w", 9, 1, 1, 0, 1, NULL, NULL },
		{ "a", "w", 0, 1, 1, 0, 1, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, cells, 3, 1);
	struct cmp_table *t = build(&run, &conf);

	cr_expect_str_eq(t->rows[0].label[1], "0");
	cr_expect_str_eq(t->rows[1].label[1], "9");
	cr_expect_str_eq(t->rows[2].label[1], "10");
	cmp_free(t);
	store_release(&run);
}

Test(compare, the_baseline_is_asked_or_stated_or_first)
{
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	json_object_set_new(run.manifest, "baseline", json_string("linux-3.10"));
	struct cmp_table *t = build(&run, &conf);

	cr_expect_str_eq(t->cols[0].label, "linux-3.10");
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "linux-2.4")->word, CMP_SLOWER);
	cmp_free(t);
	conf.baseline = "null";
	t = build(&run, &conf);
	cr_expect_str_eq(t->cols[0].label, "null");
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "linux-2.4")->word, CMP_SLOWER);
	cmp_free(t);
	conf.baseline = "linux-3.11";
	refuse(&run, &conf, -EINVAL, "did you mean 'linux-3.10'?");
	store_release(&run);
}

Test(compare, counters_and_throughput_have_their_own_words)
{
	static const char *const metrics[] = { "mops",	       "counter:cycles_per_op",
					       "counter:ipc",  "counter:dtlb_per_kop",
					       "stat:pgalloc", NULL };
	const struct t_cell cells[] = {
		{ "a", "w", 0, 1, 100, -0.01, 8, NULL, NULL },
		{ "b", "w", 0, 1, 120, -0.01, 8, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, cells, 2, 1);
	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].variant, "b"))
			run.records[i].counters[1].value *= 1.5; /* ipc */
	struct cmp_table *t = build(&run, &conf);
	const enum cmp_word want[] = { CMP_SLOWER, CMP_WORSE, CMP_BETTER, CMP_NOT_COMPARED,
				       CMP_SAME };

	for (unsigned m = 0; m < 5; m++)
		cr_expect_eq(cmp_at(t, m, 0, 1)->word, want[m], "%s: %s", metrics[m],
			     cmp_words[cmp_at(t, m, 0, 1)->word]);
	cr_expect_str_eq(cmp_at(t, 3, 0, 1)->why, "refused: not supported");
	cr_expect(noted(t, "samples without counter:dtlb_per_kop: 16, refused"));
	cr_expect_eq(t->family, 4);
	cmp_free(t);
	store_release(&run);
}

/* Fi says why a request would fail: neither more nor less of it is better. */
Test(compare, what_is_neither_better_nor_worse_is_not_judged)
{
	const char *const metrics[] = { "frag:Fi(9)", "frag:Fu(9)", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, 2, 1);
	for (size_t i = 0; i < run.nr; i++) {
		double x = strcmp(run.records[i].variant, "linux-2.4") ? 0.5 : 0.9;

		rec_add_frag(&run.records[i], "Fi(9)", x, "");
		rec_add_frag(&run.records[i], "Fu(9)", x, "");
	}
	conf.metrics = metrics;
	struct cmp_table *t = build(&run, &conf);

	cr_assert_eq(t->metrics[0].better, '-');
	cr_assert_eq(t->metrics[1].better, '<');
	cr_assert_str_eq(cmp_better(&t->metrics[0]), "neither");
	cr_assert_eq(t->family, 1);
	cr_assert_eq(cmp_at(t, 0, 0, 1)->word, CMP_NOT_COMPARED);
	cr_assert_eq(cmp_at(t, 1, 0, 1)->word, CMP_BETTER);
	cmp_free(t);
	store_release(&run);
}

Test(compare, a_zero_baseline_has_no_ratio_but_a_verdict)
{
	static const char *const metrics[] = { "stat:pgalloc", NULL };
	const struct t_cell cells[] = {
		{ "a", "w", 0, 1, 100, -0.01, 8, NULL, NULL },
		{ "b", "w", 0, 1, 100, -0.01, 8, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, cells, 2, 1);
	for (size_t i = 0; i < run.nr; i++)
		run.records[i].stats[0].value =
			!strcmp(run.records[i].variant, "b") ? 500 + (double)i : 0;
	struct cmp_table *t = build(&run, &conf);
	const struct cmp_cell *c = cmp_at(t, 0, 0, 1);

	cr_expect(isnan(c->cmp.ratio));
	cr_expect_eq(c->word, CMP_WORSE);
	cr_expect(c->regression, "no share of zero is within a threshold");
	cmp_free(t);
	store_release(&run);
}

Test(compare, unlike_cells_in_a_row_are_marked)
{
	static const char *const rows[] = { "workload", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.rows = rows;
	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(t->nr_rows, 3);
	cr_expect(t->rows[0].mixed && t->rows[2].mixed);
	cr_expect(noted(t, "rows marked + mix unlike cells: order, threads varies"));
	cmp_free(t);

	/* unasked, what varies becomes part of the row */
	conf = defaults();
	for (size_t i = 0; i < run.nr; i++)
		snprintf(run.records[i].params, REC_TEXT, "n=%zu", i % 2);
	t = build(&run, &conf);
	cr_expect_eq(t->nr_axes, 4);
	cr_expect_str_eq(t->axes[3], "params");
	for (size_t r = 0; r < t->nr_rows; r++)
		cr_expect_not(t->rows[r].mixed);
	cmp_free(t);
	store_release(&run);
}

Test(compare, filters_choose_cells)
{
	static const char *const one[] = { "workload=repeat", "workload=bulk", "threads=1", NULL };
	static const char *const typo[] = { "workload=repaet", NULL };
	static const char *const axis[] = { "wrokload=repeat", NULL };
	static const char *const bare[] = { "workload", NULL };
	static const char *const none[] = { "workload=bulk", "threads=2", NULL };
	static const char *const twice[] = { "order", "order", NULL };
	static const char *const metric[] = { "ns_pp", NULL };
	static const char *const neither[] = { "turn", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	conf.filters = one;
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(t->nr_rows, 3);
	cmp_free(t);
	conf.filters = typo;
	refuse(&run, &conf, -EINVAL, "did you mean 'repeat'?");
	conf.filters = axis;
	refuse(&run, &conf, -EINVAL, "did you mean 'workload'?");
	conf.filters = bare;
	refuse(&run, &conf, -EINVAL, "want AXIS=VALUE");
	conf.filters = none;
	refuse(&run, &conf, -ENODATA, "no sample passes");
	conf = defaults();
	conf.rows = twice;
	refuse(&run, &conf, -EINVAL, "given twice");
	conf = defaults();
	conf.col = "colour";
	refuse(&run, &conf, -EINVAL, "unknown axis 'colour'");
	conf = defaults();
	conf.metrics = metric;
	refuse(&run, &conf, -EINVAL, "did you mean 'ns_op'?");
	conf.metrics = neither;
	refuse(&run, &conf, -EINVAL, "neither better nor worse");
	store_release(&run);
}

Test(compare, simulated_and_real_never_meet)
{
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	rec_flag_set(&run.records[0], 's');
	refuse(&run, &conf, -EPERM, "simulated");
	conf.force = true;
	refuse(&run, &conf, -EPERM, "simulated");
	for (size_t i = 0; i < run.nr; i++)
		rec_flag_set(&run.records[i], 's');
	struct cmp_table *t = build(&run, &conf);

	cr_expect(t->simulated);
	cr_expect(noted(t, "simulated"));
	cmp_free(t);
	store_release(&run);
}

Test(compare, two_runs_meet_cell_by_cell)
{
	const struct t_cell later[] = {
		{ "linux-2.4", "repeat", 0, 1, 104, -0.01, 8, NULL, NULL },
		{ "linux-3.10", "repeat", 0, 1, 30, -0.01, 8, NULL, NULL },
		{ "linux-3.10", "bulk", 9, 1, 900, -0.01, 8, "timeout", NULL },
	};
	struct run_data a, b;
	const struct run_data *const runs[] = { &a, &b };
	struct cmp_conf conf = defaults();
	struct cmp_table *t;

	t_run_fill(&a, golden, NR_GOLDEN, 1);
	t_run_fill(&b, later, 3, 2);
	cr_assert_eq(cmp_build(&t, runs, 2, &conf, err, sizeof(err)), 0, "%s", err);
	cr_expect_str_eq(t->col_axis, "run");
	cr_expect_str_eq(t->cols[0].label, "A", "both are called synthetic");
	cr_expect_str_eq(t->cols[1].label, "B");
	cr_expect_eq(t->family, 2);
	cr_expect_eq(t->words[CMP_SLOWER], 1);
	cr_expect_eq(t->words[CMP_SAME], 1);
	cr_expect_eq(t->regressions, 1);
	cr_expect_eq(t->lost, 1, "bulk timed out in the second run");
	cmp_free(t);

	conf.threshold = 0.05;
	cr_assert_eq(cmp_build(&t, runs, 2, &conf, err, sizeof(err)), 0, "%s", err);
	cr_expect_eq(t->words[CMP_SLOWER], 1);
	cr_expect_eq(t->regressions, 0, "4 %% is within 5 %%");
	cmp_free(t);

	json_object_set_new(json_object_get(b.manifest, "env"), "cpu_model", json_string("Other"));
	cr_expect_eq(cmp_build(&t, runs, 2, &conf, err, sizeof(err)), -EPERM);
	cr_expect_not_null(strstr(err, "cpu_model: \"Test CPU\" / \"Other\""), "%s", err);
	conf.force = true;
	cr_assert_eq(cmp_build(&t, runs, 2, &conf, err, sizeof(err)), 0, "%s", err);
	cr_expect(noted(t, "FORCED"));
	cmp_free(t);
	store_release(&a);
	store_release(&b);
}

/* Two variants over @nr rounds; what disturbs a round is on both sides of it. */
static void disturbed_rounds(struct run_data *run, unsigned nr, double share)
{
	const struct t_cell cells[] = {
		{ "linux-2.4", "repeat", 0, 1, 100, -0.0001, nr, NULL, NULL },
		{ "linux-3.10", "repeat", 0, 1, 100 * (1 + share), -0.0001, nr, NULL, NULL },
	};

	t_run_fill(run, cells, 2, 1);
	for (size_t i = 0; i < run->nr; i++) {
		struct record *r = &run->records[i];

		/* Rounds differ by more than the variants, and no two are alike. */
		r->ns_op *= 1 + (double)(r->sample * 7 % nr) / nr;
		r->ns_op *= 1 + (double)((r->sample + strlen(r->variant)) % 3) * 1e-4;
	}
}

Test(compare, rounds_are_pairs_where_variants_stand_side_by_side)
{
	const char *const rows[] = { "workload", "order", "threads", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.rows = rows;
	disturbed_rounds(&run, 12, 0.05);
	struct cmp_table *t = build(&run, &conf);
	const struct cmp_cell *c = cell_of(t, "repeat", "0", "1", "linux-3.10");

	cr_expect_eq(t->paired, 1);
	cr_expect(c->cmp.paired);
	cr_expect_eq(c->cmp.na, 12);
	cr_expect_eq(c->word, CMP_SLOWER, "%s: %g %g", cmp_words[c->word], c->cmp.lo, c->cmp.hi);
	cr_expect_lt(fabs(c->cmp.ratio - 1.05), 0.001, "%g", c->cmp.ratio);
	cr_expect(noted(t, "by pairs"));
	cmp_free(t);

	/* The same samples without a round in common: nothing is separated. */
	for (size_t i = 0; i < run.nr; i++)
		run.records[i].sample += strcmp(run.records[i].variant, "linux-2.4") ? 100 : 0;
	t = build(&run, &conf);
	cr_expect_eq(t->paired, 0);
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "linux-3.10")->word, CMP_NOT_SEPARATED);
	cmp_free(t);
	store_release(&run);
}

/* Cells of other columns than variants are not measured next to each other. */
Test(compare, no_pairs_across_threads_or_unlike_cells)
{
	const struct t_cell cells[] = {
		{ "linux-2.4", "repeat", 0, 1, 100, -0.01, 12, NULL, NULL },
		{ "linux-2.4", "repeat", 0, 2, 103, -0.01, 12, NULL, NULL },
		{ "linux-3.10", "repeat", 0, 1, 103, -0.01, 12, NULL, NULL },
		{ "linux-3.10", "repeat", 0, 2, 103, -0.01, 12, NULL, NULL },
	};
	const char *const mixed[] = { "workload", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, cells, 4, 1);
	conf.col = "threads";
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(t->family, 2);
	cr_expect_eq(t->paired, 0);
	cmp_free(t);
	conf = defaults();
	conf.rows = mixed;
	t = build(&run, &conf);
	cr_expect_eq(t->family, 1);
	cr_expect_eq(t->paired, 0);
	cmp_free(t);
	store_release(&run);
}

Test(compare, too_few_rounds_for_pairs_are_compared_unpaired)
{
	struct cmp_conf conf = defaults();
	struct run_data run;

	disturbed_rounds(&run, 5, 1.5); /* 4 a side pass unpaired, 6 pairs are needed */
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(t->paired, 0);
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "linux-3.10")->word, CMP_SLOWER);
	cmp_free(t);
	store_release(&run);
}

Test(compare, superseded_samples_do_not_count)
{
	const struct t_cell cells[] = {
		{ "a", "w", 0, 1, 100, -0.01, 4, "crashed", NULL },
		{ "a", "w", 0, 1, 100, -0.01, 4, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, cells, 2, 1); /* each number: crashed first, then well */
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(cmp_at(t, 0, 0, 0)->n, 4);
	cr_expect_eq(cmp_at(t, 0, 0, 0)->status[CMP_CRASHED], 0);
	cr_expect(noted(t, "superseded by later ones of the same cell: 4"));
	cmp_free(t);
	store_release(&run);
}

Test(compare, too_few_samples_are_said)
{
	const struct t_cell cells[] = {
		{ "a", "w", 0, 1, 100, -0.001, 3, NULL, NULL },
		{ "b", "w", 0, 1, 10, -0.001, 3, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, cells, 2, 1);
	struct cmp_table *t = build(&run, &conf);

	cr_expect_eq(cmp_at(t, 0, 0, 1)->word, CMP_NOT_SEPARATED);
	cr_expect_eq(t->min_samples, 4);
	cr_expect(noted(t, "1 of 1 comparisons have too few samples to be separated: 4 a side"));
	cmp_free(t);
	store_release(&run);
}

Test(compare, a_run_without_samples_is_refused)
{
	struct cmp_conf conf = defaults();
	struct run_data run = { .dir = "empty" };

	refuse(&run, &conf, -ENODATA, "no samples");
}

/* The whole of what a function prints; the caller frees it. */
static char *printed(const struct cmp_table *t, const char *name)
{
	const struct sink_style style = { 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	sink_find(name)->print(t, &style, f);
	fclose(f);
	return text;
}

/* ZB_GOLDEN=update writes the file anew: read the difference before keeping it. */
static void expect_golden(const char *text, const char *name)
{
	const char *update = getenv("ZB_GOLDEN");
	char path[256], *want = NULL;
	size_t room = 0;

	snprintf(path, sizeof(path), "tests/golden/sink/%s", name);
	FILE *f = fopen(path, update && !strcmp(update, "update") ? "w+" : "r");

	cr_assert_not_null(f, "%s", path);
	if (update && !strcmp(update, "update")) {
		fputs(text, f);
		rewind(f);
	}
	ssize_t n = getdelim(&want, &room, 0, f);

	fclose(f);
	cr_assert_gt(n, 0);
	cr_expect_str_eq(text, want, "%s differs: ZB_GOLDEN=update rewrites it", path);
	free(want);
}

Test(sinks, golden)
{
	static const char *const metrics[] = { "ns_op", "counter:dtlb_per_kop", NULL };
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);

	for (const struct sink *s = sinks; s->name; s++) {
		char *text = printed(t, s->name);

		expect_golden(text, s->name);
		free(text);
	}
	cmp_free(t);
	store_release(&run);
}

Test(sinks, screen_golden)
{
	static const struct screen_path paths[] = { { "pcp_hit", false }, { "pcp_refill", false },
						    { "split", false },	  { "compact_sync", true },
						    { "reclaim", true },  { NULL, false } };
	const struct sink_style style = { 0 };
	struct run_data run;
	char *text = NULL;
	size_t len = 0;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].workload, "rand"))
			run.records[i].fu9 = run.records[i].ns_op / 1000;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(screen_print(&run, paths, &style, f, err, sizeof(err)), 0, "%s", err);
	fclose(f);
	expect_golden(text, "screen");
	free(text);
	store_release(&run);
}

Test(sinks, a_narrow_screen_repeats_the_baseline)
{
	struct cmp_conf conf = defaults();
	const struct sink_style style = { .width = 60 };
	struct run_data run;
	char *text = NULL;
	size_t len = 0, names = 0;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);
	FILE *f = open_memstream(&text, &len);

	sink_term(t, &style, f);
	fclose(f);
	for (const char *p = strstr(text, "  linux-2.4  "); p; p = strstr(p + 1, "  linux-2.4  "))
		names++;
	cr_expect_eq(names, 2, "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, colour_only_when_asked)
{
	struct cmp_conf conf = defaults();
	const struct sink_style style = { .colour = true };
	struct run_data run;
	char *text = NULL;
	size_t len = 0;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);
	FILE *f = open_memstream(&text, &len);

	sink_term(t, &style, f);
	fclose(f);
	cr_expect_not_null(strstr(text, "\033[32mfaster\033[0m"));
	cr_expect_not_null(strstr(text, "\033[31mslower\033[0m"));
	free(text);
	text = printed(t, "term");
	cr_expect_null(strchr(text, '\033'));
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Fields of one RFC 4180 line; returns where the next begins. */
static char *csv_fields(char *line, char **field, unsigned *nr, unsigned max)
{
	char *in = line, *out = line;

	for (*nr = 0; *nr < max;) {
		bool quoted = *in == '"';

		field[(*nr)++] = out;
		in += quoted;
		while (*in &&
		       (quoted ? !(in[0] == '"' && in[1] != '"') : *in != ',' && *in != '\r')) {
			in += quoted && *in == '"';
			*out++ = *in++;
		}
		in += quoted;
		char end = *in;

		in += 1 + (end == '\r');
		*out++ = 0;
		if (end != ',')
			break;
	}
	return in;
}

Test(sinks, csv_survives_commas_and_quotes)
{
	const struct t_cell cells[] = {
		{ "linux-3.10,pcp.batch=16", "a \"b\" w", 0, 1, 100, -0.01, 8, NULL, NULL },
		{ "plain", "a \"b\" w", 0, 1, 120, -0.01, 8, NULL, NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;
	char *head[32], *field[32];
	unsigned nr_head, nr;

	t_run_fill(&run, cells, 2, 1);
	struct cmp_table *t = build(&run, &conf);
	char *text = printed(t, "csv");
	char *line = csv_fields(text, head, &nr_head, 32);

	cr_assert_str_eq(head[3], "variant");
	line = csv_fields(line, field, &nr, 32);
	cr_expect_eq(nr, nr_head);
	cr_expect_str_eq(field[0], "a \"b\" w");
	cr_expect_str_eq(field[3], "linux-3.10,pcp.batch=16");
	line = csv_fields(line, field, &nr, 32);
	cr_expect_eq(nr, nr_head);
	cr_expect_str_eq(head[9], "median");
	cr_expect_eq(strtod(field[9], NULL), cmp_at(t, 0, 0, 1)->median);
	cr_expect_str_eq(head[17], "verdict");
	cr_expect_str_eq(field[17], "slower");
	cr_expect_eq(*line, 0);
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, lkml_keeps_to_72_columns)
{
	const struct t_cell cells[] = {
		{ "linux-3.10,pcp.batch=16,pcp.high=96", "a-workload-with-a-very-long-name-indeed",
		  10, 64, 123456, -0.01, 8, NULL, "nu" },
		{ "b", "a-workload-with-a-very-long-name-indeed", 10, 64, 9999999, -0.01, 8, NULL,
		  NULL },
		{ "c", "w", 0, 1, 1e-5, -0.01, 8, NULL, NULL },
		{ "b", "w", 0, 1, 1e12, -0.01, 8, NULL, NULL },
		{ "linux-3.10,pcp.batch=16,pcp.high=96", "w", 0, 1, 0, -0.01, 8, "out-of-memory",
		  NULL },
	};
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, cells, 5, 1);
	struct cmp_table *t = build(&run, &conf);
	char *text = printed(t, "lkml");

	for (char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		cr_expect_leq(n, 72, "%.*s", (int)n, p);
		p += n + 1;
	}
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, json_is_one_object_with_every_cell)
{
	struct cmp_conf conf = defaults();
	struct run_data run;

	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);
	char *text = printed(t, "json");
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	cr_assert_not_null(o);
	const json_t *metric = json_array_get(json_object_get(o, "metrics"), 0);
	const json_t *rows = json_object_get(metric, "rows");

	cr_expect_eq(json_array_size(rows), 6);
	const json_t *cells = json_object_get(json_array_get(rows, 5), "cells");

	cr_expect_eq(json_array_size(cells), 3);
	cr_expect_eq(json_integer_value(json_object_get(o, "regressions")), 1);
	json_decref(o);
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Each direction goes to its own file, and what has no value to none. */
Test(sinks, trackers_get_what_has_a_value_by_direction)
{
	static const char *const metrics[] = { "ns_op", "mops", "counter:dtlb_per_kop", NULL };
	static const struct {
		const char *sink;
		bool ns, mops;
	} want[] = { { "github-smaller", true, false },
		     { "github-bigger", false, true },
		     { "bencher", true, true } };
	struct cmp_conf conf = defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, golden, NR_GOLDEN, 1);
	struct cmp_table *t = build(&run, &conf);

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		char *text = printed(t, want[i].sink);
		json_t *o = json_loads(text, 0, NULL);

		cr_assert_not_null(o, "%s", text);
		cr_expect_eq(strstr(text, "ns_op") != NULL, want[i].ns, "%s", text);
		cr_expect_eq(strstr(text, "mops") != NULL, want[i].mops, "%s", text);
		cr_expect_null(strstr(text, "dtlb_per_kop"), "%s", text);
		cr_expect_null(strstr(text, "order=3 threads=1 variant=linux-3.10"), "crashed");
		cr_expect_null(strstr(text, "simulated"), "%s", text);
		cr_expect_eq(json_is_array(o) ? json_array_size(o) : json_object_size(o), 12);
		json_decref(o);
		free(text);
	}
	t->simulated = true;
	char *text = printed(t, "bencher");

	cr_expect_not_null(strstr(text, "\"simulated workload=repeat order=0"), "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, ten_thousand_rows)
{
	enum { ROWS = 10001 };
	struct t_cell *cells = calloc(2 * ROWS, sizeof(*cells));
	struct cmp_conf conf = defaults();
	struct run_data run;
	size_t lines = 0;

	conf.stats.resamples = 200;
	for (unsigned i = 0; i < 2 * ROWS; i++)
		cells[i] = (struct t_cell){
			i % 2 ? "b" : "a", "w", 0, 1 + i / 2, 100, -0.01, 1, NULL, NULL
		};
	t_run_fill(&run, cells, 2 * ROWS, 1);
	struct cmp_table *t = build(&run, &conf);

	cr_assert_eq(t->nr_rows, ROWS);
	char *text = printed(t, "csv");

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	cr_expect_eq(lines, 2 * ROWS + 1);
	free(text);
	text = printed(t, "term");
	cr_expect_not_null(strstr(text, "\nw         0      10001"));
	free(text);
	cmp_free(t);
	store_release(&run);
	free(cells);
}

Test(sinks, numbers_have_four_digits)
{
	const struct {
		double value;
		const char *text;
	} want[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 0.5, "0.5000" },
		{ 9.99949, "9.999" },
		{ 9.9999, "10.00" },
		{ 99.999, "100.0" },
		{ 123.456, "123.5" },
		{ 1234.5, "1234" },
		{ 12345678, "1.23e+07" },
		{ 0.0001234, "0.000123" },
		{ 0.05234, "0.05234" },
		{ -1.5, "-1.500" },
		{ (double)NAN, "-" },
	};
	char out[SINK_NUMBER];

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_expect_str_eq(sink_number(out, want[i].value), want[i].text);
}
