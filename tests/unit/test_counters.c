/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every way in which a machine can refuse to count or mislead, with the fake backend.
 * Each test is a process of its own.
 */
#include "harness/counters/counter_backend.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int begin(const char *backend)
{
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", backend, 1);
	return cnt_init(why, sizeof(why));
}

static struct cnt_group load(const char *name)
{
	struct cnt_group g;
	char err[256];

	cr_assert_eq(cnt_group_load(&g, name, err, sizeof(err)), 0, "%s", err);
	return g;
}

/* Opens, counts some intervals, adds up, closes. */
static void count(const struct cnt_group *g, unsigned intervals, struct cnt_total *t)
{
	char why[256];
	struct cnt_set *s = cnt_open(g, why, sizeof(why));

	cr_assert(s, "%s", why);
	for (unsigned i = 0; i < intervals; i++) {
		cr_assert_eq(cnt_start(s), 0);
		cr_assert_eq(cnt_stop(s), 0);
	}
	cnt_total_add(t, s, true);
	cnt_close(s);
}

static const struct rec_value *value(const struct record *r, const char *name)
{
	for (unsigned i = 0; i < r->nr_counters; i++)
		if (!strcmp(r->counters[i].name, name))
			return &r->counters[i];
	cr_assert_fail("no value %s", name);
	return NULL;
}

Test(backend, bad_names)
{
	static const struct {
		const char *spec, *why;
	} cases[] = {
		{ "fak", "unknown backend 'fak'; did you mean 'fake'?" },
		{ "zzzzzz", "papi, perf, null or fake" },
		{ "fake:slot=3", "unknown key 'slot'; did you mean 'slots'?" },
		{ "fake:slots=none", "slots=none: wants a number above 0" },
		{ "fake:slots=0", "slots=0: wants" },
	};

	/* cnt_init remembers: each case needs a process of its own. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			char why[256];

			setenv("ZB_COUNTERS_BACKEND", cases[i].spec, 1);
			_exit(cnt_init(why, sizeof(why)) == -EINVAL && strstr(why, cases[i].why)
				      ? 0
				      : 1);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_expect_eq(status, 0, "%s", cases[i].spec);
	}
}

Test(backend, null)
{
	struct cnt_group g = load("cost");
	char why[256];

	cr_expect_neq(begin("null"), 0);
	cr_expect_null(cnt_open(&g, why, sizeof(why)));
	cr_expect(strstr(why, "ZB_COUNTERS_BACKEND=null"), "%s", why);
}

Test(fake, totals_and_report)
{
	struct cnt_group g = load("cost");
	struct cnt_total t;
	struct record r;

	cr_assert_eq(begin("fake:interval=1000"), 0);
	cr_expect(cnt_simulated());
	count(&g, 3, &t);
	cr_expect_float_eq(t.value[0], 1500, 0); /* cycles */
	cr_expect_float_eq(t.value[1], 3000, 0); /* instructions */
	cr_expect_float_eq(t.running[0], 1, 0);
	rec_init(&r);
	cnt_report(&g, &t, 30, &r);
	cr_expect_float_eq(value(&r, "cycles_per_op")->value, 50, 1e-9);
	cr_expect_float_eq(value(&r, "instructions_per_op")->value, 100, 1e-9);
	cr_expect_float_eq(value(&r, "ipc")->value, 2, 1e-9);
	cr_expect_float_eq(value(&r, "PAPI_TOT_INS_per_op")->value, 100, 1e-9);
	cr_expect_str_eq(value(&r, "ipc")->note, "simulated counter");
	cr_expect_str_eq(r.flags, "s");
	/* A second report of the same names adds nothing. */
	unsigned nr = r.nr_counters;

	cnt_report(&g, &t, 60, &r);
	cr_expect_eq(r.nr_counters, nr);
	cr_expect_float_eq(value(&r, "cycles_per_op")->value, 50, 1e-9);
}

Test(fake, no_operations)
{
	struct cnt_group g = load("cost");
	struct cnt_total t;
	struct record r;

	cr_assert_eq(begin("fake"), 0);
	count(&g, 1, &t);
	rec_init(&r);
	cnt_report(&g, &t, 0, &r);
	cr_expect(isnan(value(&r, "cycles_per_op")->value));
	cr_expect_str_eq(value(&r, "cycles_per_op")->note, "simulated counter; no operations");
	cr_expect_float_eq(value(&r, "ipc")->value, 2, 1e-9);
}

Test(fake, refused_event_is_null)
{
	struct cnt_group g = load("cost");
	struct cnt_total t;
	struct record r;

	cr_assert_eq(begin("fake:refuse=PAPI_TOT_CYC+PAPI_L3_TCM"), 0);
	count(&g, 1, &t);
	cr_expect(!t.valid[0] && t.valid[1]);
	cr_expect(strstr(t.why[0], "EPERM"), "%s", t.why[0]);
	rec_init(&r);
	cnt_report(&g, &t, 1000, &r);
	cr_expect(isnan(value(&r, "cycles_per_op")->value));
	cr_expect(isnan(value(&r, "ipc")->value));
	cr_expect(strstr(value(&r, "ipc")->note, "PAPI_TOT_CYC: simulated: event refused"), "%s",
		  value(&r, "ipc")->note);
	cr_expect_float_eq(value(&r, "instructions_per_op")->value, 1000, 1e-9);
}

Test(fake, second_source)
{
	struct cnt_group g;
	struct cnt_total t;
	struct record r;
	char text[] = "SHORT s\nEVENTS I=PAPI_NONE|perf::INSTRUCTIONS\nMETRIC m I/ops";
	char err[256];

	cr_assert_eq(cnt_group_parse(&g, "g.txt", text, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(begin("fake:interval=70"), 0);
	count(&g, 1, &t);
	cr_expect_float_eq(t.value[0], 70, 0);
	rec_init(&r);
	cnt_report(&g, &t, 7, &r);
	cr_expect_str_eq(value(&r, "m")->note, "simulated counter; counted as perf::INSTRUCTIONS");
}

Test(fake, multiplexed)
{
	struct cnt_group g = load("cache");
	struct cnt_total t;
	struct record r;

	cr_assert_eq(begin("fake:slots=2,silent=PAPI_L3_TCM"), 0);
	count(&g, 2, &t);
	cr_expect_float_eq(t.running[0], 2.0 / 3, 1e-9);
	cr_expect(t.valid[0] && t.valid[1]);
	cr_expect(!t.valid[2], "0 while multiplexed may be: never scheduled");
	cr_expect(strstr(t.why[2], "never scheduled"), "%s", t.why[2]);
	rec_init(&r);
	cnt_report(&g, &t, 1000, &r);
	cr_expect(strstr(value(&r, "l1d_misses_per_op")->note, "multiplexed, about 67 %"), "%s",
		  value(&r, "l1d_misses_per_op")->note);
	cr_expect(isnan(value(&r, "l3_misses_per_kop")->value));
	cr_expect(strchr(r.flags, 'x'), "%s", r.flags);
}

Test(fake, multiplexing_refused)
{
	struct cnt_group g = load("cache");
	struct cnt_total t;

	cr_assert_eq(begin("fake:slots=2,mux=off"), 0);
	count(&g, 1, &t);
	cr_expect(t.valid[0] && t.valid[1] && !t.valid[2]);
	cr_expect_float_eq(t.running[0], 1, 0);
	cr_expect(strstr(t.why[2], "no counter left"), "%s", t.why[2]);
}

Test(fake, listed_but_not_counting)
{
	struct cnt_group g = load("cost"), cache = load("cache");
	struct cnt_total t;

	cr_assert_eq(begin("fake:silent=PAPI_TOT_CYC,stuck=PAPI_L2_TCM"), 0);
	count(&g, 1, &t);
	cr_expect(!t.valid[0] && t.valid[1]);
	cr_expect(strstr(t.why[0], "does not count"), "%s", t.why[0]);
	count(&cache, 1, &t);
	cr_expect(t.valid[0] && !t.valid[1] && t.valid[2]);
	cr_expect(strstr(t.why[1], "does not start"), "%s", t.why[1]);
}

Test(fake, nothing_left)
{
	struct cnt_group g = load("cost");
	char why[256];

	cr_assert_eq(begin("fake:hardware=off"), -ENODEV);
	cr_expect_null(cnt_open(&g, why, sizeof(why)));
	cr_expect(strstr(why, "event unknown"), "%s", why);
	/* What the kernel counts itself does not need the PMU. */
	struct cnt_group faults = load("faults");
	struct cnt_set *s = cnt_open(&faults, why, sizeof(why));

	cr_expect_not_null(s, "%s", why);
	cnt_close(s);
}

Test(fake, lost)
{
	struct cnt_group g = load("cost");
	struct cnt_total t;
	char why[256];

	/* The two trials of cnt_open come first. */
	cr_assert_eq(begin("fake:lost=4"), 0);
	struct cnt_set *s = cnt_open(&g, why, sizeof(why));

	cr_assert(s, "%s", why);
	cr_expect_eq(cnt_start(s), 0);
	cr_expect_eq(cnt_stop(s), 0);
	cr_expect_eq(cnt_start(s), 0);
	cr_expect_eq(cnt_stop(s), -EIO);
	cr_expect_eq(cnt_start(s), -EIO);
	cnt_total_add(&t, s, true);
	cnt_close(s);
	cr_expect(!t.valid[0] && !t.valid[1]);
	cr_expect(strstr(t.why[0], "lost"), "%s", t.why[0]);
}

Test(fake, valid_only_if_valid_in_all_threads)
{
	struct cnt_group g = load("cost");
	struct cnt_total t;
	char why[256];

	cr_assert_eq(begin("fake:interval=1000"), 0);
	struct cnt_set *a = cnt_open(&g, why, sizeof(why)), *b = cnt_open(&g, why, sizeof(why));

	cr_assert(a && b);
	cr_assert_eq(cnt_start(a) | cnt_stop(a) | cnt_start(b) | cnt_stop(b), 0);
	cnt_total_add(&t, a, true);
	cnt_total_add(&t, b, false);
	cr_expect(t.valid[1]);
	cr_expect_float_eq(t.value[1], 2000, 0);
	cnt_close(b);
	b = cnt_open(&g, why, sizeof(why));
	cr_assert(b);
	cnt_total_add(&t, b, false); /* has counted nothing */
	cnt_total_add(&t, a, false);
	cr_expect(!t.valid[1]);
	cr_expect(strstr(t.why[1], "no interval"), "%s", t.why[1]);
	cnt_total_refuse(&t, &g, "because");
	cr_expect(!t.valid[0] && !t.valid[1]);
	cr_expect_str_eq(t.why[1], "because");
	cnt_close(a);
	cnt_close(b);
	cnt_close(NULL);
}

Test(fake, check_and_calibrate)
{
	struct cnt_event ins = { "PAPI_TOT_INS", 1, { "PAPI_TOT_INS" } };
	struct cnt_event cyc = { "PAPI_TOT_CYC", 1, { "PAPI_TOT_CYC" } };
	struct cnt_event gone = { "PAPI_L1_DCM", 1, { "PAPI_L1_DCM" } };
	struct cnt_event other = { "PAPI_LD_INS", 1, { "PAPI_LD_INS" } };
	struct cnt_check c;
	struct cnt_machine m;

	cr_assert_eq(begin("fake:slots=3,lie=PAPI_TOT_INS,refuse=PAPI_L1_DCM"), 0);
	cnt_check_event(&ins, &c);
	cr_expect_eq(c.verdict, CNT_LIES);
	cr_expect_float_eq(c.got, 4e6, 0);
	cnt_check_event(&cyc, &c);
	cr_expect_eq(c.verdict, CNT_COUNTS);
	cnt_check_event(&gone, &c);
	cr_expect_eq(c.verdict, CNT_REFUSED);
	cr_expect(isnan(c.got) && c.note[0]);
	cnt_check_event(&other, &c);
	cr_expect_eq(c.verdict, CNT_UNCHECKED);
	cnt_calibrate(&m);
	cr_expect(m.ok);
	cr_expect_eq(m.slots, 3);
	cr_expect_gt(m.read_cycles, 0);
	cr_expect_gt(m.start_stop_cycles, 0);
	cr_expect(strstr(m.line, "simulated counters, 3 slots, one read ~"), "%s", m.line);
}
