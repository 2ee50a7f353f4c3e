/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Costs per path on a mechanism whose costs are planted, in 100 trials with
 * fixed seeds: each way's interval covers the truth, and both ways agree.
 */
#include "harness/counters/counter_backend.h"
#include "harness/measure/fit.h"
#include "harness/measure/path_meter.h"
#include "harness/measure/path_result.h"
#include "tests/support/t_planted.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TRIALS 100u
#define COVERED 88u /* of them, at least */
#define CALLS 120000u
#define FIRST_SEED 1000u
#define MAX_PLANTED 8u

/* One trial: allocations and frees in an order of chance, as a churn makes them. */
static void trial(struct path_result *r, const struct path_meter *meter, uint64_t seed)
{
	const struct path_cost *all[1];
	struct path_cost c = { 0 };
	struct pga_ops measuring;
	struct rng order;

	t_planted_seed(seed);
	rng_seed(&order, seed, 1);
	path_cost_wrap(&measuring, &t_planted_ops);
	cr_assert_eq(path_cost_open(&c, meter, &t_planted_ops, PATH_ROWS, seed), 0);
	path_cost_start(&c);
	for (unsigned i = 0; i < CALLS; i++)
		if (rng_next(&order) & 1)
			measuring.alloc(NULL, (struct pga_req){ 0 }, NULL);
		else
			measuring.free(NULL, 0, 0, 0, 0);
	path_cost_stop();
	all[0] = &c;
	cr_assert_eq(path_result(r, all, 1), 0);
	path_cost_close(&c);
}

static bool covers(const struct path_value *v, double truth)
{
	return !isnan(v->mean) && v->lo <= truth && truth <= v->hi;
}

struct tally {
	unsigned covered[PATH_NR_WAYS], agree, chosen[PATH_NR_WAYS];
};

static void judge(struct tally t[][T_PLANTED_LANES], const struct path_result *r, unsigned lanes)
{
	for (unsigned i = 0; t_planted[i].kind != PATH_KINDS; i++) {
		for (unsigned l = 0; l < lanes; l++) {
			const struct path_value *v = r->by[t_planted[i].kind][l];

			for (unsigned w = 0; w < PATH_NR_WAYS; w++)
				t[i][l].covered[w] += covers(&v[w], t_planted[i].cost[l]);
			t[i][l].agree += v[0].lo <= v[1].hi && v[1].lo <= v[0].hi;
			t[i][l].chosen[r->way[t_planted[i].kind][l]]++;
			/* A reading is not small against the fast path: another way, or said. */
			if (!i && r->way[t_planted[i].kind][l] == PATH_BRACKETED)
				cr_expect_not_null(
					strstr(v[PATH_BRACKETED].why, "a reading takes"));
		}
	}
}

static void assert_covered(struct tally t[][T_PLANTED_LANES], unsigned lanes)
{
	for (unsigned i = 0; t_planted[i].kind != PATH_KINDS; i++) {
		const char *name = t_planted[i].kind == PATH_FREE
					   ? "free"
					   : pga_stages[t_planted[i].kind].name;
		bool slow = t_planted[i].cost[0] >= 100 * T_PLANTED_READ;

		for (unsigned l = 0; l < lanes; l++) {
			const struct tally *y = &t[i][l];

			printf("%-14s lane %u: bracketed %3u, regression %3u of %u; agree %u\n",
			       name, l, y->covered[PATH_BRACKETED], y->covered[PATH_REGRESSION],
			       TRIALS, y->agree);
			cr_expect_geq(y->covered[PATH_REGRESSION], COVERED, "%s, lane %u", name, l);
			if (!slow)
				continue;
			cr_expect_geq(y->covered[PATH_BRACKETED], COVERED, "%s, lane %u", name, l);
			cr_expect_geq(y->agree, COVERED, "%s, lane %u", name, l);
			cr_expect_eq(y->chosen[PATH_BRACKETED], TRIALS, "%s, lane %u", name, l);
		}
	}
}

static void run_trials(const struct path_meter *meter, unsigned lanes)
{
	struct tally t[MAX_PLANTED][T_PLANTED_LANES] = { 0 };

	printf("seeds %u to %u\n", FIRST_SEED, FIRST_SEED + TRIALS - 1);
	for (unsigned i = 0; i < TRIALS; i++) {
		struct path_result r;

		trial(&r, meter, FIRST_SEED + i);
		judge(t, &r, lanes);
		if (lanes > 1) /* one calibrated reading of events against a slow call */
			cr_expect_leq(r.read[2] * 100, t_planted[2].cost[2]);
	}
	assert_covered(t, lanes);
}

Test(planted, intervals_cover_the_truth_on_events)
{
	struct path_meter meter;
	struct cnt_group g;
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "fake:read=80", 1);
	cr_assert_eq(cnt_init(why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(cnt_group_load(&g, PATH_GROUP, why, sizeof(why)), 0, "%s", why);
	struct cnt_set *s = path_meter_open(&meter, &g);

	cr_assert_not_null(s);
	cr_assert_eq(cnt_start(s), 0);
	meter.ticks = t_planted_ticks;
	meter.switches = t_planted_switches;
	run_trials(&meter, T_PLANTED_LANES);
	cnt_stop(s);
	cnt_close(s);
}

/* Counters refused: both ways run on the time-stamp counter, and the lanes say why. */
Test(planted, intervals_cover_the_truth_on_the_time_stamp_counter)
{
	struct path_meter meter;
	struct path_result r;
	struct cnt_group g;
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "fake:hardware=off", 1);
	cr_assert_neq(cnt_init(why, sizeof(why)), 0);
	cr_assert_eq(cnt_group_load(&g, PATH_GROUP, why, sizeof(why)), 0, "%s", why);
	cr_assert_null(path_meter_open(&meter, &g));
	meter.ticks = t_planted_ticks;
	meter.switches = t_planted_switches;
	meter.why[0][0] = '\0';
	run_trials(&meter, 1);
	trial(&r, &meter, FIRST_SEED);
	for (unsigned w = 0; w < PATH_NR_WAYS; w++) {
		const struct path_value *v = &r.by[PGA_ST_RECLAIM][1][w];

		cr_expect(isnan(v->mean) && strstr(v->why, "simulated"), "%s", v->why);
	}
}

/* Slow ones at even distances in windows of chance: told apart as long as windows are short. */
static struct fit *open_even(unsigned shortest, unsigned longest, double *condition, int *rc)
{
	enum { ROWS = 400 };
	static double x[ROWS * 2], weight[ROWS];
	struct fit *f;
	struct rng rng;

	rng_seed(&rng, 7, 0);
	for (unsigned i = 0, at = 0; i < ROWS; i++) {
		unsigned n = shortest + (unsigned)(rng_next(&rng) % (longest - shortest + 1));
		unsigned slow = (at + n) / 32 - at / 32;

		x[2 * i] = n - slow;
		x[2 * i + 1] = slow;
		weight[i] = 1.0 / n;
		at += n;
	}
	*rc = fit_open(&f, x, weight, ROWS, 2, condition);
	return f;
}

Test(fit, refuses_what_it_cannot_tell_apart)
{
	double condition;
	int rc;
	struct fit *f = open_even(PATH_WINDOW_MIN, PATH_WINDOW_MAX, &condition, &rc);

	cr_assert_eq(rc, 0, "condition %g", condition);
	fit_close(f);
	f = open_even(32000, 32010, &condition, &rc);
	cr_assert_eq(rc, -EDOM);
	cr_assert_null(f);
	cr_assert_gt(condition, FIT_CONDITION_MAX);
	f = open_even(3200, 3200, &condition, &rc);
	cr_assert_eq(rc, -EDOM);
	cr_assert(isinf(condition), "each row a multiple of the others: %g", condition);
	fit_close(f);
}

Test(fit, wants_rows)
{
	const double x[] = { 1, 2, 3 }, weight[] = { 1, 1, 1 };
	double condition;
	struct fit *f;

	cr_assert_eq(fit_open(&f, x, weight, 3, 1, &condition), -ENODATA);
	cr_assert(isnan(condition));
}

/* A line through exact points: what a calculator gives, with an interval of no width. */
Test(fit, exact_line)
{
	double x[80], weight[40], y[40], condition;
	struct fit_value v[2];
	struct fit *f;

	for (unsigned i = 0; i < 40; i++) {
		x[2 * i] = 1;
		x[2 * i + 1] = i % 7;
		weight[i] = 1.0 + i % 3;
		y[i] = 5 + 3.0 * (i % 7);
	}
	/* Column 2 is 0 in six of them. */
	cr_assert_eq(fit_open(&f, x, weight, 40, 2, &condition), 0);
	cr_assert_eq(fit_solve(f, y, v), 0);
	fit_close(f);
	cr_expect_float_eq(v[0].mean, 5, 1e-9);
	cr_expect_float_eq(v[1].mean, 3, 1e-9);
	cr_expect_float_eq(v[1].hi - v[1].lo, 0, 1e-9);
}
