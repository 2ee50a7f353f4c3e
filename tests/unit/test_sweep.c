/* SPDX-License-Identifier: GPL-2.0-only */
/* Sweeps: which variants are one, and what a point of its curve is. */
#include "results/hist.h"
#include "results/sweep.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CELL(name, ns, nr)                                                                       \
	{                                                                                        \
		.variant = name, .workload = "bulk", .threads = 2, .median = ns, .spread = -0.1, \
		.n = nr                                                                          \
	}

static const struct t_cell cells[] = {
	CELL("a,t=100", 50, 11),   CELL("a", 200, 11),	   CELL("a,t=9", 100, 11),
	CELL("a,t=9,u=1", 70, 11), CELL("b,w=word", 9, 3), CELL("b,w=other", 9, 3),
	CELL("a,t=20", 80, 4),
};
#define NR_CELLS (sizeof(cells) / sizeof(cells[0]))

static struct sweep_data data;
static struct run_data run;

static void setup(void)
{
	t_run_fill(&run, cells, NR_CELLS, 1);
	sweep_gather(&data, &run, 0.05);
}

static void teardown(void)
{
	sweep_release(&data);
	store_release(&run);
}

TestSuite(sweep, .init = setup, .fini = teardown);

/* "a,t=9,u=1" alone is none, words are none, and numbers are ordered as numbers. */
Test(sweep, is_found_and_ordered)
{
	static const char *const want[] = { "a", "a,t=9", "a,t=20", "a,t=100" };

	cr_assert_eq(data.nr, 1, "%u", data.nr);
	cr_assert_str_eq(data.of[0].base, "a");
	cr_assert_str_eq(data.of[0].tunable, "t");
	cr_assert_eq(data.of[0].nr, 4);
	for (unsigned i = 0; i < 4; i++)
		cr_assert_str_eq(data.of[0].at[i].variant, want[i]);
	cr_assert(isnan(data.of[0].at[0].x));
	cr_assert_float_eq(data.of[0].at[3].x, 100, 0);
	cr_assert_eq(data.nr_rows, 1);
}

/* R: qbinom(0.025, 11, 0.5) is 2: the interval lies between the 2nd and the 10th of 11. */
Test(sweep, throughput_is_a_median_between_order_statistics)
{
	struct sweep_value v = sweep_at(&data, 0, "a,t=9", &sweep_metrics[0]);

	cr_assert_eq(v.n, 11);
	cr_assert(!v.range);
	cr_assert_float_eq(v.value, 2e3 / 100, 1e-9);
	cr_assert_float_eq(v.lo, 2e3 / 108, 1e-9);
	cr_assert_float_eq(v.hi, 2e3 / 92, 1e-9);
	v = sweep_at(&data, 0, "a,t=20", &sweep_metrics[0]);
	cr_assert_eq(v.n, 4);
	cr_assert(v.range, "four samples cover 95 %% in no way");
	cr_assert_float_eq(v.lo, 2e3 / 88, 1e-9);
	cr_assert_float_eq(v.hi, 2e3 / 72, 1e-9);
}

/* One sample is slow: a percentile of all operations, not a mean of eleven. */
Test(sweep, percentile_is_of_all_operations)
{
	unsigned slow = 0;

	for (size_t i = 0; i < run.nr; i++) {
		struct record *r = &run.records[i];

		if (strcmp(r->variant, "a,t=9") != 0)
			continue;
		struct hist h = { 0 };

		for (unsigned n = 0; n < 1000; n++)
			hist_add(&h, hist_units(slow ? 100 : 6400));
		memset(&r->hists, 0, sizeof(r->hists));
		cr_assert(rec_hist_put(&r->hists, "pcp_hit", &h));
		slow++;
	}
	struct sweep_value v = sweep_at(&data, 0, "a,t=9", &sweep_metrics[1]);

	cr_assert_eq(slow, 11);
	cr_assert_float_eq(v.value, 6400, 6400 * HIST_ERROR);
	cr_assert_float_eq(v.hi, 6400, 6400 * HIST_ERROR);
	/* It is in (10/11)^11 = 35 % of the resamples not there at all. */
	cr_assert_float_eq(v.lo, 100, 100 * HIST_ERROR);
	v = sweep_at(&data, 0, "a,t=9", &sweep_metrics[2]);
	cr_assert_eq(v.n, 0, "no frees were timed");
	cr_assert(isnan(v.value));
}

Test(sweep, printed)
{
	const struct sink_style style = { .width = 80 };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	cr_assert(sweep_print(&run, &style, f));
	fclose(f);
	cr_assert(strstr(text, "SWEEP   t of a   bulk order 0, 2 threads\n"), "%s", text);
	cr_assert(strstr(text, "\ndefault 10 [9.259 10.87]"), "%s", text);
	cr_assert(strstr(text, "\n20      25.03 [22.73 27.78]*"), "%s", text);
	cr_assert(strstr(text, "p99 free, ns"), "%s", text);
	cr_assert(!strstr(text, "##"), "no room for bars in 80 columns");
	free(text);
}
