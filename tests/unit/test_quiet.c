/* SPDX-License-Identifier: GPL-2.0-only */
/* Stretches of repeats, and the time without short disturbances. */
#include "harness/engine/sample.h"
#include "harness/measure/quiet.h"

#include "tests/support/t_cell.h"

#include <criterion/criterion.h>
#include <math.h>

/* A thousand operations of 10 ns each, from @first on slower by @more. */
static void fill(struct stretches *s, unsigned first, unsigned nr, double more)
{
	stretch_start(s, 100);
	for (unsigned i = 0; i < 20; i++)
		stretch_add(s, 500 + (i >= first && i < first + nr ? more : 0), 50);
}

Test(stretch, ends_by_operations)
{
	static struct stretches s;

	stretch_start(&s, 100);
	stretch_add(&s, 5, 60);
	cr_expect_eq(s.nr, 0);
	stretch_add(&s, 7, 60);
	cr_expect_eq(s.nr, 1);
	cr_expect_eq(s.v[0].ops, 120);
	cr_expect_eq(s.v[0].ns, 12);
	stretch_add(&s, 3, 10);
	cr_expect_eq(s.nr, 1, "the rest is under way");
	cr_expect_eq(s.v[1].ops, 10);
}

Test(stretch, nothing_is_lost_when_all_places_are_used)
{
	static struct stretches s;
	double ns = 0;
	uint64_t ops = 0;

	stretch_start(&s, 1);
	for (unsigned i = 0; i < 10 * STRETCH_MAX + 3; i++)
		stretch_add(&s, i, 1);
	cr_expect_eq(s.least, 16);
	for (unsigned i = 0; i <= s.nr; i++) {
		ns += s.v[i].ns;
		ops += s.v[i].ops;
	}
	cr_expect_eq(ops, 10 * STRETCH_MAX + 3);
	cr_expect_eq(ns, (double)ops * (double)(ops - 1) / 2);
}

/* Each repeat is disturbed elsewhere: together they hold an undisturbed one. */
Test(stretch, the_least_of_each_is_the_work)
{
	static struct stretches s[3];
	struct stretch_sum sum = { 0 };

	fill(&s[0], 0, 4, 4000);
	fill(&s[1], 10, 2, 100);
	fill(&s[2], 18, 2, 900);
	cr_assert(stretch_quiet(s, 1, 3, false, 1.2, &sum));
	cr_expect_float_eq(sum.ns, 10000, 1e-9);
	cr_expect_eq(sum.all, 30);
	cr_expect_eq(sum.slow, 2 + 0 + 1, "100 of 1,000 ns more is not slow");
}

Test(stretch, the_median_keeps_what_most_repeats_have)
{
	static struct stretches s[3];
	struct stretch_sum sum = { 0 };

	fill(&s[0], 0, 20, 300);
	fill(&s[1], 0, 20, 300);
	fill(&s[2], 0, 2, 4000);
	cr_assert(stretch_quiet(s, 1, 3, true, 1.2, &sum));
	cr_expect_float_eq(sum.ns, 16000, 1e-9);
}

Test(stretch, unlike_work_is_not_compared)
{
	static struct stretches s[2];
	struct stretch_sum sum = { 0 };

	fill(&s[0], 0, 0, 0);
	stretch_start(&s[1], 100);
	for (unsigned i = 0; i < 10; i++)
		stretch_add(&s[1], 1000, 101);
	cr_expect_not(stretch_quiet(s, 1, 2, false, 1.2, &sum));
	cr_expect_eq(sum.all, 0);
}

static struct record r;

static void sample(const char *variant, const char *workload, unsigned threads)
{
	struct topo *t = t_topo("synthetic:NUMANode:1 Core:2 PU:1", NULL);
	struct bench_cell cell;

	t_cell_make(&cell, variant, workload);
	cell.threads = threads;
	cell.passes = 1u << BENCH_TIME;
	rec_init(&r);
	r.seed = 1;
	cr_assert_eq(bench_sample(&cell, t, &r), 0, "%s", r.reason);
	topo_free(t);
}

/* Chance of other work on the machine is in all of these; none rests on it. */
Test(quiet, a_sample_repeats_its_time_pass)
{
	for (unsigned threads = 1; threads <= 2; threads++) {
		sample("linux-3.10", "repeat", threads);
		cr_expect_gt(r.repeats, 0);
		cr_expect_leq(r.repeats, QUIET_MAX);
		cr_expect_gt(r.quiet_ns_op, 0);
		cr_expect_lt(r.disturbed, 1);
		cr_expect(threads > 1 || r.disturbed >= -1e-9, "the least is above the mean: %g",
			  r.disturbed);
		cr_expect(r.slow_stretches >= 0 && r.slow_stretches <= 1);
	}
}

/* Owners and daemons do not do the same twice: the pass stands for itself. */
Test(quiet, work_that_differs_is_not_repeated)
{
	sample("linux-3.10", "unmovable-drip", 1);
	cr_expect_eq(r.repeats, 1);
	cr_expect(isnan(r.disturbed));
	cr_expect_eq(r.quiet_ns_op, r.ns_op);
}
