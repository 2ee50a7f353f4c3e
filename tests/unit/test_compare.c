/* SPDX-License-Identifier: GPL-2.0-only */
/* Cells, words, pairs and notes of a comparison. */
#include "results/compare.h"

#include "tests/support/t_compare.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char err[1024];

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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, cells, 3, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_expect_str_eq(t->rows[0].label[1], "0");
	cr_expect_str_eq(t->rows[1].label[1], "9");
	cr_expect_str_eq(t->rows[2].label[1], "10");
	cmp_free(t);
	store_release(&run);
}

Test(compare, the_baseline_is_asked_or_stated_or_first)
{
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	json_object_set_new(run.manifest, "baseline", json_string("linux-3.10"));
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_expect_str_eq(t->cols[0].label, "linux-3.10");
	cr_expect_eq(cell_of(t, "repeat", "0", "1", "linux-2.4")->word, CMP_SLOWER);
	cmp_free(t);
	conf.baseline = "null";
	t = t_cmp_build(&run, &conf);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, cells, 2, 1);
	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].variant, "b"))
			run.records[i].counters[1].value *= 1.5; /* ipc */
	struct cmp_table *t = t_cmp_build(&run, &conf);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, 2, 1);
	for (size_t i = 0; i < run.nr; i++) {
		double x = strcmp(run.records[i].variant, "linux-2.4") ? 0.5 : 0.9;

		rec_add_frag(&run.records[i], "Fi(9)", x, "");
		rec_add_frag(&run.records[i], "Fu(9)", x, "");
	}
	conf.metrics = metrics;
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, cells, 2, 1);
	for (size_t i = 0; i < run.nr; i++)
		run.records[i].stats[0].value =
			!strcmp(run.records[i].variant, "b") ? 500 + (double)i : 0;
	struct cmp_table *t = t_cmp_build(&run, &conf);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.rows = rows;
	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_expect_eq(t->nr_rows, 3);
	cr_expect(t->rows[0].mixed && t->rows[2].mixed);
	cr_expect(noted(t, "rows marked + mix unlike cells: order, threads varies"));
	cmp_free(t);

	/* unasked, what varies becomes part of the row */
	conf = t_cmp_defaults();
	for (size_t i = 0; i < run.nr; i++)
		snprintf(run.records[i].params, REC_TEXT, "n=%zu", i % 2);
	t = t_cmp_build(&run, &conf);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	conf.filters = one;
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	conf = t_cmp_defaults();
	conf.rows = twice;
	refuse(&run, &conf, -EINVAL, "given twice");
	conf = t_cmp_defaults();
	conf.col = "colour";
	refuse(&run, &conf, -EINVAL, "unknown axis 'colour'");
	conf = t_cmp_defaults();
	conf.metrics = metric;
	refuse(&run, &conf, -EINVAL, "did you mean 'ns_op'?");
	conf.metrics = neither;
	refuse(&run, &conf, -EINVAL, "neither better nor worse");
	store_release(&run);
}

Test(compare, simulated_and_real_never_meet)
{
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	rec_flag_set(&run.records[0], 's');
	refuse(&run, &conf, -EPERM, "simulated");
	conf.force = true;
	refuse(&run, &conf, -EPERM, "simulated");
	for (size_t i = 0; i < run.nr; i++)
		rec_flag_set(&run.records[i], 's');
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	struct cmp_conf conf = t_cmp_defaults();
	struct cmp_table *t;

	t_run_fill(&a, t_golden, t_nr_golden, 1);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.rows = rows;
	disturbed_rounds(&run, 12, 0.05);
	struct cmp_table *t = t_cmp_build(&run, &conf);
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
	t = t_cmp_build(&run, &conf);
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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, cells, 4, 1);
	conf.col = "threads";
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_expect_eq(t->family, 2);
	cr_expect_eq(t->paired, 0);
	cmp_free(t);
	conf = t_cmp_defaults();
	conf.rows = mixed;
	t = t_cmp_build(&run, &conf);
	cr_expect_eq(t->family, 1);
	cr_expect_eq(t->paired, 0);
	cmp_free(t);
	store_release(&run);
}

Test(compare, too_few_rounds_for_pairs_are_compared_unpaired)
{
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	disturbed_rounds(&run, 5, 1.5); /* 4 a side pass unpaired, 6 pairs are needed */
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, cells, 2, 1); /* each number: crashed first, then well */
	struct cmp_table *t = t_cmp_build(&run, &conf);

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
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, cells, 2, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_expect_eq(cmp_at(t, 0, 0, 1)->word, CMP_NOT_SEPARATED);
	cr_expect_eq(t->min_samples, 4);
	cr_expect(noted(t, "1 of 1 comparisons have too few samples to be separated: 4 a side"));
	cmp_free(t);
	store_release(&run);
}

Test(compare, a_run_without_samples_is_refused)
{
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run = { .dir = "empty" };

	refuse(&run, &conf, -ENODATA, "no samples");
}
