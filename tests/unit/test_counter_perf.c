/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters without PAPI: which backend is taken, events that the kernel names,
 * and page faults, which need no PMU.  Each test is a process of its own.
 */
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_sysfs.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES 300

Test(perf, page_faults)
{
	struct cnt_group g;
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "perf", 1);
	cr_assert_eq(cnt_group_load(&g, "faults", why, sizeof(why)), 0, "%s", why);
	(void)cnt_init(why, sizeof(why));
	struct cnt_set *s = cnt_open(&g, why, sizeof(why));

	if (!s)
		cr_skip_test("the kernel refuses perf_event_open");
	/* The first time also touches what the work itself needs. */
	cr_assert_eq(cnt_work_touch(PAGES), 0);
	cr_assert_eq(cnt_start(s), 0);
	cr_assert_eq(cnt_work_touch(PAGES), 0);
	cr_assert_eq(cnt_stop(s), 0);
	double got = cnt_set_value(s, 0, why, sizeof(why));

	cr_expect(fabs(got - PAGES) <= PAGES * 0.01 + 2, "%g", got);
	cnt_close(s);
}

/* A reason for all that is not counted; never the name of a PAPI preset that is only alike. */
Test(perf, names)
{
	static const struct cnt_group unknown = {
		.nr_events = 1,
		.events = { { "faults", 1, { "perf::PAGE-FALTS" } } },
	};
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "perf", 1);
	(void)cnt_init(why, sizeof(why));
	cr_assert_null(cnt_open(&unknown, why, sizeof(why)));
	cr_expect(strstr(why, "did you mean 'perf::PAGE-FAULTS'?"), "%s", why);
}

static const struct {
	const char *spec;
	int rc;		  /* of cnt_init; 1: any but 0 */
	const char *why;  /* a part of the reason */
	const char *name; /* of the backend taken, "" for none */
} lists[] = {
	{ "null|fake", 0, "", "fake" },
	{ "fake:init=off|fake", 1, "does not start", "" },
	{ "fake:hardware=off|null", -ENODEV, "no hardware event counts", "fake" },
	{ "null|perfs", -EINVAL, "did you mean 'perf'?", "" },
};

Test(perf, the_first_backend_that_counts_is_taken)
{
	/* cnt_init remembers: each case needs a process of its own. */
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			char why[256];
			bool right;

			setenv("ZB_COUNTERS_BACKEND", lists[i].spec, 1);
			int rc = cnt_init(why, sizeof(why));
			const struct cnt_backend *b = cnt_backend();

			right = (lists[i].rc == 1 ? rc != 0 : rc == lists[i].rc) &&
				strstr(why, lists[i].why) &&
				!strcmp(b ? b->name : "", lists[i].name);
			if (!right)
				fprintf(stderr, "%s: %d, %s, %s\n", lists[i].spec, rc, why,
					b ? b->name : "none");
			_exit(!right);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_expect_eq(status, 0, "%s", lists[i].spec);
	}
}

static const struct {
	const char *event;
	int rc;
	uint64_t config, config1;
	const char *why;
} events[] = {
	{ "cpu/misses/", 0, 0x143c, 0, "" },
	{ "cpu/event=0x3c,umask=0x14/", 0, 0x143c, 0, "" },
	{ "cpu/misses,edge/", -ENOENT, 0, 0, "no event 'edge'" },
	{ "cpu/event=1,edge=1/", 0, 0x40001, 0, "" },
	{ "cpu/far=0x2f/", 0, 0x20000000fULL, 0, "" },
	{ "cpu/event=1,filter=7/", 0, 1, 7, "" },
	{ "cpu/event=0x100/", -EINVAL, 0, 0, "does not fit into term 'event'" },
	{ "cpu/event=x/", -EINVAL, 0, 0, "not a number: 'x'" },
	{ "cpu/evnt=1/", -ENOENT, 0, 0, "no term 'evnt'" },
	{ "gpu/event=1/", -ENOENT, 0, 0, "no PMU 'gpu'" },
	{ "../event=1/", -ENOENT, 0, 0, "no PMU '..'" },
	{ "cpu/../type/", -ENOENT, 0, 0, "no event" },
	{ "cpu/", -EINVAL, 0, 0, "wants PMU/EVENT/" },
	{ "cpu/misses", -EINVAL, 0, 0, "wants PMU/EVENT/" },
	{ "imc/reads/", -EPERM, 0, 0, "counts a package, not a thread (PACKAGE): PMU 'imc'" },
};

Test(sysfs, events_by_the_kernels_names)
{
	char root[256], why[256];

	t_scratch(root, sizeof(root));
	t_write(root, "cpu/type", "4");
	t_write(root, "cpu/format/event", "config:0-7");
	t_write(root, "cpu/format/umask", "config:8-15");
	t_write(root, "cpu/format/edge", "config:18");
	t_write(root, "cpu/format/far", "config:0-3,32-33");
	t_write(root, "cpu/format/filter", "config1:0-7");
	t_write(root, "cpu/events/misses", "event=0x3c,umask=0x14");
	t_write(root, "imc/type", "14");
	t_write(root, "imc/cpumask", "0");
	t_write(root, "imc/events/reads", "event=0x4");
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		struct perf_event_attr attr = { 0 };

		why[0] = '\0';
		cr_expect_eq(cnt_sysfs_find(root, events[i].event, &attr, why, sizeof(why)),
			     events[i].rc, "%s: %s", events[i].event, why);
		cr_expect(strstr(why, events[i].why), "%s: %s", events[i].event, why);
		if (events[i].rc)
			continue;
		cr_expect_eq(attr.type, 4);
		cr_expect_eq(attr.config, events[i].config, "%s: %llx", events[i].event,
			     (unsigned long long)attr.config);
		cr_expect_eq(attr.config1, events[i].config1);
	}
	t_remove(root);
}
