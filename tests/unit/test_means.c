/* SPDX-License-Identifier: GPL-2.0-only */
/* Geometric means by axis: right, of the same rows on both sides, with an interval. */
#include "results/means.h"
#include "results/verdict.h"
#include "tests/support/t_compare.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define CELL(name, nr_threads, at, ns)                                                \
	{                                                                             \
		.variant = name, .workload = "w", .order = at, .threads = nr_threads, \
		.median = ns, .spread = -0.1, .n = 9                                  \
	}

static struct run_data run;
static struct cmp_table *table;
static struct means means;

static void build(const struct t_cell *cells, unsigned nr, const struct cmp_conf *conf)
{
	t_run_fill(&run, cells, nr, 1);
	table = t_cmp_build(&run, conf);
	means_build(&means, table, 0);
}

static void release(void)
{
	means_free(&means);
	cmp_free(table);
	store_release(&run);
}

/* NULL, NULL: the line over all rows. */
static const struct mean_line *line(const char *axis, const char *label)
{
	for (size_t l = 0; l < means.nr; l++)
		if (axis ? means.line[l].axis && !strcmp(means.line[l].axis, axis) &&
				    !strcmp(means.line[l].label, label)
			 : !means.line[l].axis)
			return &means.line[l];
	return NULL;
}

/* Means and intervals as Python's statistics and random compute them, from 100,000 drawings. */
Test(means, by_axis)
{
	static const struct t_cell cells[] = {
		CELL("a", 1, 0, 100), CELL("b", 1, 0, 50),  CELL("a", 2, 0, 100),
		CELL("b", 2, 0, 200), CELL("a", 1, 9, 100), CELL("b", 1, 9, 25),
	};
	const struct cmp_conf conf = t_cmp_defaults();

	build(cells, sizeof(cells) / sizeof(cells[0]), &conf);
	cr_assert_eq(means.nr, 5);
	cr_assert_null(line("workload", "w"), "one value is no axis");
	const struct mean_line *all = line(NULL, NULL), *one = line("threads", "1");

	cr_assert(all && one);
	cr_expect_eq(all->rows, 3);
	cr_expect_float_eq(all->col[0].value, 1, 0);
	cr_expect_float_eq(all->col[1].value, 0.6299605249474366, 1e-9);
	cr_expect_float_eq(all->col[1].lo, 0.5948, 0.006, "%g", all->col[1].lo);
	cr_expect_float_eq(all->col[1].hi, 0.6673, 0.006, "%g", all->col[1].hi);
	cr_expect_eq(one->rows, 2);
	cr_expect_eq(one->of, 2);
	cr_expect_float_eq(one->col[1].value, 0.3535533905932738, 1e-9);
	cr_expect_float_eq(one->col[1].lo, 0.3316, 0.005, "%g", one->col[1].lo);
	cr_expect_float_eq(one->col[1].hi, 0.3769, 0.005, "%g", one->col[1].hi);
	cr_expect_float_eq(line("order", "9")->col[1].value, 0.25, 1e-9);
	release();
}

/* One bulk row and one rand row have one side only: they are told and not counted. */
Test(means, only_rows_that_all_have)
{
	const struct cmp_conf conf = t_cmp_defaults();
	size_t rows;

	build(t_golden, t_nr_golden, &conf);
	const struct mean_line *all = line(NULL, NULL), *bulk = line("workload", "bulk");
	const struct mean_line *one = line("threads", "1"), *ten = line("order", "10");

	cr_assert(all && bulk && one && ten);
	cr_expect_eq(all->rows, 4);
	cr_expect_eq(all->of, 6);
	cr_expect_float_eq(all->col[1].value, 0.7705825628311259, 1e-9);
	cr_expect_float_eq(all->col[1].value, verdict_mean(table, 1, true, &rows), 1e-9);
	cr_expect_eq(all->rows, rows);
	cr_expect_str_eq(all->col[1].flags, "n", "those of rows that count");
	cr_expect_eq(bulk->rows, 1);
	cr_expect_eq(bulk->of, 2);
	cr_expect_float_eq(bulk->col[1].value, 1.125, 1e-12);
	cr_expect_str_eq(bulk->col[1].flags, "");
	cr_expect_eq(one->rows, 3);
	cr_expect_eq(one->of, 5);
	cr_expect_float_eq(one->col[1].value, 0.7054004063162272, 1e-9);
	cr_expect_float_eq(line("workload", "repeat")->col[1].value, 0.5489659701326088, 1e-9);
	cr_expect_eq(ten->rows, 0);
	cr_expect(isnan(ten->col[1].value));
	cr_expect(isnan(all->col[2].value), "the null variant is not judged");
	release();
}

/* A third variant that lacks a row takes it from the others' means too. */
Test(means, every_column_is_of_the_same_rows)
{
	static const struct t_cell cells[] = {
		CELL("a", 1, 0, 100), CELL("b", 1, 0, 50), CELL("c", 1, 0, 200),
		CELL("a", 2, 0, 100), CELL("b", 2, 0, 10),
	};
	const struct cmp_conf conf = t_cmp_defaults();

	build(cells, sizeof(cells) / sizeof(cells[0]), &conf);
	cr_assert_eq(means.nr, 1, "each number of threads has one row");
	cr_expect_eq(means.line[0].rows, 1);
	cr_expect_eq(means.line[0].of, 2);
	cr_expect_float_eq(means.line[0].col[1].value, 0.5, 1e-12);
	cr_expect_float_eq(means.line[0].col[2].value, 2, 1e-12);
	release();
}

Test(means, nothing_where_a_mean_says_nothing)
{
	static const struct t_cell row[] = { CELL("a", 1, 0, 100), CELL("b", 1, 0, 50) };
	static const struct t_cell variant[] = { CELL("a", 1, 0, 100), CELL("a", 2, 0, 50) };
	static const struct t_cell apart[] = { CELL("a", 1, 0, 100), CELL("b", 2, 0, 50) };
	static const char *const counter[] = { "stat:allocstall", NULL };
	struct cmp_conf conf = t_cmp_defaults();

	build(row, 2, &conf);
	cr_expect_eq(means.nr, 0, "one row");
	release();
	build(variant, 2, &conf);
	cr_expect_eq(means.nr, 0, "one variant");
	release();
	build(apart, 2, &conf);
	cr_expect_eq(means.nr, 1, "only that no row counts");
	cr_expect_eq(means.line[0].rows, 0);
	release();
	conf.metrics = counter;
	build(t_golden, t_nr_golden, &conf);
	cr_expect_eq(means.nr, 0, "a counter of what happened");
	release();
}

Test(means, rows_of_unlike_cells_are_marked)
{
	static const char *const rows[] = { "workload", NULL };
	struct cmp_conf conf = t_cmp_defaults();

	conf.rows = rows;
	build(t_golden, t_nr_golden, &conf);
	cr_assert_eq(means.nr, 1);
	cr_expect(means.line[0].mixed);
	release();
}

/* A percentile of all operations together is not the median that the interval would be of. */
Test(means, no_interval_of_pooled_percentiles)
{
	static const char *const latency[] = { "latency:p99.alloc", NULL };
	struct cmp_conf conf = t_cmp_defaults();

	conf.metrics = latency;
	t_run_fill(&run, t_golden, t_nr_golden, 1);
	for (size_t i = 0; i < run.nr; i++)
		rec_add_latency(&run.records[i], "p99.alloc", 1, "");
	table = t_cmp_build(&run, &conf);
	means_build(&means, table, 0);
	cr_assert(table->metrics[0].pooled && means.nr > 1);
	cr_expect_eq(means.line[0].rows, 4);
	/* A bucket is 1/32 wide. */
	cr_expect_float_eq(means.line[0].col[1].value, 0.7706, 0.7706 / 32);
	cr_expect(isnan(means.line[0].col[1].lo) && isnan(means.line[0].col[1].hi));
	release();
}
