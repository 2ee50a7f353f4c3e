/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters of this machine: page faults, which the kernel counts without a PMU, by
 * PAPI; a known loop where there is one.  Each test is a process of its own.
 */
#include "harness/counters/counter_backend.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 300

static bool faults_count(struct cnt_group *g)
{
	char why[256], init_why[256], err[256];
	struct cnt_set *s;

	unsetenv("ZB_COUNTERS_BACKEND");
	cr_assert_eq(cnt_group_load(g, "faults", err, sizeof(err)), 0, "%s", err);
	if (cnt_init(init_why, sizeof(init_why)))
		cr_expect(init_why[0], "a refusal without a reason");
	s = cnt_open(g, why, sizeof(why));
	cnt_close(s);
	if (!s)
		cr_log_warn("page faults are not counted here: %s", why);
	return s != NULL;
}

static void *touch(void *data)
{
	struct cnt_group *g = data;
	struct cnt_total *t = malloc(sizeof(*t));
	char why[256];
	struct cnt_set *s = cnt_open(g, why, sizeof(why));

	if (!s || !t)
		return t ? memset(t, 0, sizeof(*t)) : t;
	/* The first interval also faults in code and, under ASan, shadow memory. */
	cnt_work_touch(PAGES);
	for (int i = 0; i < 2; i++) {
		cnt_start(s);
		cnt_work_touch(PAGES);
		cnt_stop(s);
		cnt_work_touch(PAGES); /* not counted */
	}
	cnt_total_add(t, s, true);
	cnt_close(s);
	return t;
}

static bool near(double got, double want)
{
	return fabs(got - want) <= want * 0.01 + 2;
}

Test(machine, page_faults)
{
	struct cnt_group g;

	if (!faults_count(&g))
		cr_skip_test("the kernel refuses perf_event_open");
	struct cnt_total *t = touch(&g);

	cr_assert(t && t->valid[0], "%s", t ? t->why[0] : "");
	cr_expect(near(t->value[0], 2 * PAGES), "%g", t->value[0]);
	free(t);
}

Test(machine, threads_count_their_own)
{
	struct cnt_group g;
	pthread_t thread[2];

	if (!faults_count(&g))
		cr_skip_test("the kernel refuses perf_event_open");
	for (int i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&thread[i], NULL, touch, &g), 0);
	for (int i = 0; i < 2; i++) {
		void *result;

		pthread_join(thread[i], &result);
		struct cnt_total *t = result;

		cr_assert(t && t->valid[0]);
		cr_expect(near(t->value[0], 2 * PAGES), "thread %d: %g", i, t->value[0]);
		free(t);
	}
}

Test(machine, forked_child_counts)
{
	struct cnt_group g;
	int status;

	if (!faults_count(&g))
		cr_skip_test("the kernel refuses perf_event_open");
	pid_t pid = fork();

	/* The child also copies pages that it shares with its parent. */
	if (!pid) {
		struct cnt_total *t = touch(&g);
		double v = t && t->valid[0] ? t->value[0] : 0;

		_exit(v >= 2 * PAGES && v <= 2.5 * PAGES ? 0 : v < 2 * PAGES ? 1 : 2);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0, "status %x", (unsigned)status);
}

Test(machine, papi_multiplexes)
{
	struct cnt_group g;
	void *handle;
	long long v[CNT_MAX_EVENTS];
	char why[CNT_WHY];

	if (!faults_count(&g))
		cr_skip_test("the kernel refuses perf_event_open");
	if (cnt_papi.create(&handle, true, why, sizeof(why)))
		cr_skip_test("%s", why);
	cr_assert_eq(cnt_papi.add(handle, "perf::PAGE-FAULTS", why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(cnt_papi.add(handle, "perf::MAJOR-FAULTS", why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(cnt_papi.start(handle), 0);
	cnt_work_touch(PAGES);
	cr_assert_eq(cnt_papi.stop(handle, v), 0);
	cr_expect(near((double)v[0], PAGES), "%lld", v[0]);
	cr_expect_eq(cnt_papi.stop(handle, v), -EIO);
	cnt_papi.destroy(handle);
}

Test(machine, papi_names)
{
	struct cnt_group g;
	void *handle;
	char why[CNT_WHY];

	if (!faults_count(&g))
		cr_skip_test("the kernel refuses perf_event_open");
	cr_assert_eq(cnt_papi.create(&handle, false, why, sizeof(why)), 0, "%s", why);
	cr_expect_eq(cnt_papi.add(handle, "PAPI_TOT_CYCLE", why, sizeof(why)), -ENOENT);
	cr_expect(strstr(why, "did you mean 'PAPI_TOT_CYC'?"), "%s", why);
	cr_expect_eq(cnt_papi.add(handle, "perf::NO-SUCH", why, sizeof(why)), -ENOENT);
	cnt_papi.destroy(handle);
}

Test(machine, known_loop)
{
	struct cnt_event e = { "ins", 2, { "PAPI_TOT_INS", "perf::INSTRUCTIONS" } };
	struct cnt_check c;
	char why[256];

	unsetenv("ZB_COUNTERS_BACKEND");
	if (cnt_init(why, sizeof(why)))
		cr_skip_test("no hardware counters: %s", why);
	cnt_check_event(&e, &c);
	cr_expect_eq(c.verdict, CNT_COUNTS, "%g instructions, expected %g to %g; %s", c.got, c.low,
		     c.high, c.note);
}
