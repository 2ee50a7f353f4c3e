/* SPDX-License-Identifier: GPL-2.0-only */
/* The answers in words: right when there is one, and a reason when there is none. */
#include "results/verdict.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const struct screen_path paths[] = {
	{ "fast", false }, { "slow", true }, { "fail", true }, { NULL, false }
};

/* Of one variant: what share the slow path served, and ns on each path. */
struct plant {
	const char *variant;
	double share, fast, slow, timed;
};

static void plant_paths(struct run_data *run, const struct plant *p)
{
	for (size_t i = 0; i < run->nr; i++) {
		struct record *r = &run->records[i];

		if (strcmp(r->variant, p->variant) != 0)
			continue;
		r->nr_paths = r->nr_costs = r->nr_stats = 0;
		rec_add(r->stats, &r->nr_stats, "allocations", 1000, NULL);
		rec_add(r->paths, &r->nr_paths, "fast", 0.9 - p->share, NULL);
		rec_add(r->paths, &r->nr_paths, "slow", p->share, NULL);
		rec_add(r->paths, &r->nr_paths, "fail", 0.1, NULL);
		rec_add(r->costs, &r->nr_costs, "fast.ns", p->fast, NULL);
		rec_add(r->costs, &r->nr_costs, "fast.timed", 100, NULL);
		rec_add(r->costs, &r->nr_costs, "slow.ns", p->slow, NULL);
		rec_add(r->costs, &r->nr_costs, "slow.timed", p->timed, NULL);
		rec_add(r->costs, &r->nr_costs, "fail.ns", 1e9, NULL);
		rec_add(r->costs, &r->nr_costs, "fail.timed", 100, NULL);
	}
}

static void ask(const struct plant *a, const struct plant *b, struct verdict *v,
		struct verdict_slow cols[2])
{
	const struct t_cell cells[] = {
		{ .variant = "one",
		  .workload = "w",
		  .threads = 1,
		  .median = 100,
		  .spread = -0.01,
		  .n = 4 },
		{ .variant = "two",
		  .workload = "w",
		  .threads = 1,
		  .median = 50,
		  .spread = -0.01,
		  .n = 4 },
	};
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	struct run_data run;
	const struct run_data *runs[1] = { &run };
	struct cmp_table *t;
	char err[256];

	t_run_fill(&run, cells, 2, 1);
	plant_paths(&run, a);
	plant_paths(&run, b);
	cr_assert_eq(cmp_build(&t, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
	verdict_slow(&run, t, paths, v, cols);
	cmp_free(t);
	store_release(&run);
}

Test(verdict, slow_path_is_told_against_the_fast_one)
{
	const struct plant a = { "one", 0.2, 10, 200, 50 }, b = { "two", 0.2, 20, 2600, 50 };
	struct verdict_slow cols[2];
	struct verdict v;

	ask(&a, &b, &v, cols);
	cr_assert(v.told);
	cr_assert_str_eq(v.answer, "20 to 130 times a fast one");
	cr_assert_float_eq(cols[0].ratio, 20, 1e-9);
	cr_assert_float_eq(cols[1].slow, 2600, 1e-9);
	cr_assert_float_eq(cols[1].share, 0.2, 1e-9);
	cr_assert(strstr(v.why, "as slow."), "failed ones are not served: %s", v.why);
}

Test(verdict, a_cheap_slow_path_is_no_multiple)
{
	const struct plant a = { "one", 0.0005, 10, 1, 50 }, b = { "two", 0.0005, 10, 5, 50 };
	const struct plant dear = { "two", 0.0005, 10, 21, 50 };
	struct verdict_slow cols[2];
	struct verdict v;

	ask(&a, &b, &v, cols);
	cr_assert(v.told);
	cr_assert_str_eq(v.answer, "No more than a fast one, where this run entered it");
	cr_assert(strstr(v.why, "slowpath.yaml"), "%s", v.why);
	ask(&a, &dear, &v, cols);
	cr_assert_str_eq(v.answer, "At most 2.1 times a fast one");
}

Test(verdict, too_few_and_none_are_not_told)
{
	const struct plant a = { "one", 0.01, 10, 200, 1 }, b = { "two", 0, 10, NAN, 0 };
	const struct plant none = { "one", 0, 10, NAN, 0 };
	struct verdict_slow cols[2];
	struct verdict v;

	ask(&a, &b, &v, cols);
	cr_assert(!v.told);
	cr_assert(strstr(v.why, "too few"), "%s", v.why);
	cr_assert(isnan(cols[0].ratio));
	ask(&none, &b, &v, cols);
	cr_assert(!v.told);
	cr_assert(strstr(v.why, "served nobody"), "%s", v.why);
}

static void fastest(double two, double spread, double three, struct verdict *v)
{
	const struct t_cell cells[] = {
		{ "one", "w", 0, 1, 100, -0.01, 8, NULL, NULL },
		{ "three", "w", 0, 1, three, -0.01, 8, NULL, NULL },
		{ "two", "w", 0, 1, two, spread, 8, NULL, NULL },
	};
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	struct run_data run;
	const struct run_data *runs[1] = { &run };
	struct cmp_table *t;
	char err[256];

	t_run_fill(&run, cells, 3, 1);
	cr_assert_eq(cmp_build(&t, runs, 1, &conf, err, sizeof(err)), 0, "%s", err);
	verdict_fastest(t, v);
	cmp_free(t);
	store_release(&run);
}

Test(verdict, a_winner_says_when_no_row_separates_it)
{
	struct verdict v;

	fastest(50, -0.01, 200, &v);
	cr_expect_str_eq(v.answer, "two");
	fastest(94, -0.4, 200, &v);
	cr_expect_str_eq(v.answer, "two, but no row separates it from one");
	fastest(94, -0.4, 106, &v);
	cr_expect(strstr(v.answer, "two, but no row"), "%s", v.answer);
	fastest(400, -0.01, 200, &v);
	cr_expect_str_eq(v.answer, "one");
}
