/* SPDX-License-Identifier: GPL-2.0-only */
/* Geometric means by axis: right, with an interval that moves with the samples. */
#include "results/means.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define CELL(name, nr_threads, at, ns)                                                \
	{                                                                             \
		.variant = name, .workload = "w", .order = at, .threads = nr_threads, \
		.median = ns, .spread = -0.1, .n = 9                                  \
	}

Test(means, by_axis)
{
	static const struct t_cell cells[] = {
		CELL("a", 1, 0, 100), CELL("b", 1, 0, 50),  CELL("a", 2, 0, 100),
		CELL("b", 2, 0, 200), CELL("a", 1, 9, 100), CELL("b", 1, 9, 25),
	};
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	struct run_data run;
	const struct run_data *runs[1] = { &run };
	struct cmp_table *t;
	unsigned threads = 0;
	char err[256];

	t_run_fill(&run, cells, sizeof(cells) / sizeof(cells[0]), 1);
	cr_assert_eq(cmp_build(&t, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
	while (strcmp(t->axes[threads], "threads") != 0)
		threads++;
	cr_assert_str_eq(means_label(t, threads, 0), "1");
	cr_assert_str_eq(means_label(t, threads, 1), "2");
	cr_assert_null(means_label(t, threads, 2));

	struct mean all = means_of(t, 1, 0, NULL), one = means_of(t, 1, threads, "1");

	cr_assert_eq(all.rows, 3);
	cr_assert_float_eq(all.value, cbrt(0.5 * 2 * 0.25), 1e-9);
	cr_assert_eq(one.rows, 2);
	cr_assert_float_eq(one.value, sqrt(0.5 * 0.25), 1e-9);
	/* Samples are within a tenth of their median, so a ratio is within 1.1 / 0.9. */
	cr_assert(one.lo < one.value && one.lo > one.value * 0.9 / 1.1, "%g", one.lo);
	cr_assert(one.hi > one.value && one.hi < one.value * 1.1 / 0.9, "%g", one.hi);
	cr_assert_float_eq(means_of(t, 0, threads, "2").value, 1, 0);
	cr_assert_eq(means_of(t, 1, threads, "7").rows, 0);
	cmp_free(t);
	store_release(&run);
}
