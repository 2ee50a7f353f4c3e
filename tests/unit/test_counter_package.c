/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of whole packages: what a source names in a made-up sysfs, values and reasons in a record,
 * and the system call itself with an event that the kernel counts in software.
 */
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_package.h"
#include "harness/measure/clock.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PMUS "bus/event_source/devices/"
#define CPUS "devices/system/cpu/"
#define SOFTWARE "1" /* PERF_TYPE_SOFTWARE; its event 0 is the clock of a CPU, in ns */

static char sys[256];

static void put(const char *path, const char *text)
{
	t_write(sys, path, text);
}

/* Two packages, numbered 0 and 3, of two CPUs each; two controllers in each package. */
static void plant(void)
{
	t_scratch(sys, sizeof(sys));
	put(CPUS "online", "0-1,8-9");
	put(CPUS "cpu0/topology/physical_package_id", "3");
	put(CPUS "cpu1/topology/physical_package_id", "3");
	put(CPUS "cpu8/topology/physical_package_id", "0");
	put(CPUS "cpu9/topology/physical_package_id", "-1");
	for (int i = 0; i < 2; i++) {
		static const char *const files[][2] = {
			{ "type", "14" },
			{ "cpumask", "0,8" },
			{ "format/event", "config:0-7" },
			{ "format/umask", "config:8-15" },
			{ "events/reads", "event=0x4,umask=0x3" },
			{ "events/reads.scale", "6.103515625e-5" },
			{ "events/reads.unit", "MiB" },
			{ "events/cycles", "event=0x1" },
			{ "events/energy", "event=0x2" },
			{ "events/energy.scale", "0.5" },
			{ "events/energy.unit", "Joules" },
		};

		for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++) {
			char path[128];

			snprintf(path, sizeof(path), PMUS "imc_%x/%s", 9 + i, files[k][0]);
			put(path, files[k][1]);
		}
	}
	put(PMUS "imc_free_running_0/type", "15");
	put(PMUS "imc_free_running_0/cpumask", "8");
	put(PMUS "imc_free_running_0/format/event", "config:0-7");
	put(PMUS "cpu/type", "4");
	put(PMUS "cpu/format/event", "config:0-7");
	put(PMUS "clock/type", SOFTWARE);
	put(PMUS "clock/cpumask", "0");
	put(PMUS "clock/format/event", "config:0-7");
	put(PMUS "clock/events/ns", "event=0");
	put(PMUS "clock/events/us", "event=0");
	put(PMUS "clock/events/us.scale", "0.001");
	put(PMUS "clock/events/us.unit", "us");
	for (int i = 0; i < 2; i++) {
		static const char *const files[][2] = { { "type", SOFTWARE },
							{ "cpumask", "0" },
							{ "format/event", "config:0-7" } };

		for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++) {
			char path[128];

			snprintf(path, sizeof(path), PMUS "tick_%d/%s", i, files[k][0]);
			put(path, files[k][1]);
		}
	}
	setenv("ZB_SYSFS", sys, 1);
}

Test(package, packages)
{
	struct cnt_packages p;

	plant();
	cnt_packages_read(sys, &p);
	cr_assert_eq(p.nr, 2);
	cr_expect_eq(p.id[0], 0);
	cr_expect_eq(p.id[1], 3);
	cnt_packages_read("/nothing/here", &p);
	cr_assert_eq(p.nr, 1);
	cr_expect_eq(p.id[0], 0);
	t_remove(sys);
}

static const struct {
	const char *source;
	int rc; /* number of counters */
	uint64_t config;
	double scale;
	const char *why;
} sources[] = {
	{ "imc/reads/", 4, 0x304, 64, "" },
	{ "imc_9/reads/", 2, 0x304, 64, "" },
	{ "imc/cycles/", 4, 0x1, 1, "" },
	{ "imc/energy/", 4, 0x2, 0.5, "" },
	{ "imc/event=0x4,umask=0x1/*64", 4, 0x104, 64, "" },
	{ "imc/reads/*2", 4, 0x304, 128, "" },
	{ "imc_free_running/event=7/", 1, 0x7, 1, "" },
	{ "imc/writes/", -ENOENT, 0, 0, "no event 'writes'" },
	{ "imc/event=0x100/", -EINVAL, 0, 0, "does not fit into term 'event'" },
	{ "umc/reads/", -ENOENT, 0, 0, "the kernel has no PMU 'umc'" },
	{ "im/reads/", -ENOENT, 0, 0, "the kernel has no PMU 'im'" },
	{ "cpu/event=1/", -EPERM, 0, 0, "counts threads, not a package: PMU 'cpu'" },
	{ "imc/reads", -EINVAL, 0, 0, "wants PMU/EVENT/" },
	{ "imc//", -EINVAL, 0, 0, "wants PMU/EVENT/" },
	{ "imc/reads/64", -EINVAL, 0, 0, "wants *NUMBER" },
	{ "imc/reads/*x", -EINVAL, 0, 0, "wants *NUMBER" },
	{ "imc/reads/*-1", -EINVAL, 0, 0, "wants *NUMBER" },
};

Test(package, sources)
{
	struct cnt_packages p;
	struct cnt_box box[8];
	char why[256];

	plant();
	cnt_packages_read(sys, &p);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		const char *s = sources[i].source;

		why[0] = '\0';
		int nr = cnt_boxes_find(sys, s, &p, box, 8, why, sizeof(why));

		cr_expect_eq(nr, sources[i].rc, "%s: %d %s", s, nr, why);
		cr_expect(strstr(why, sources[i].why), "%s: %s", s, why);
		for (int k = 0; k < nr; k++) {
			cr_expect_eq(box[k].attr.config, sources[i].config, "%s", s);
			cr_expect_float_eq(box[k].scale, sources[i].scale, 1e-9, "%s", s);
			cr_expect(box[k].cpu == 0 || box[k].cpu == 8, "%s", s);
			cr_expect_eq(p.id[box[k].package], box[k].cpu ? 0 : 3, "%s", s);
		}
	}
	cr_expect_eq(cnt_boxes_find(sys, "imc/reads/", &p, box, 3, why, sizeof(why)), -E2BIG);
	t_remove(sys);
}

static const struct cnt_group group = {
	.name = "g",
	.nr_package_events = 3,
	.package_events = { { "time", 2, { "nothing/here/", "clock/us/" } },
			    { "gone", 2, { "nothing/here/", "no/where/" } },
			    { "ticks", 1, { "tick/event=0/*3" } } },
	.nr_metrics = 1,
	.metrics = { { "time_per_kop", "time/ops*1000", true } },
};

static const struct rec_value *value(const struct record *r, const char *name)
{
	for (unsigned i = 0; i < r->nr_counters; i++)
		if (!strcmp(r->counters[i].name, name))
			return &r->counters[i];
	cr_assert(false, "no value %s", name);
	return NULL;
}

/* The kernel's clock of CPU 0 is a package's counter for this test. */
Test(package, the_system_call)
{
	static struct record r;
	struct cnt_package_total t;
	char why[256];

	plant();
	setenv("ZB_COUNTERS_BACKEND", "perf", 1);
	(void)cnt_init(why, sizeof(why));
	struct cnt_package_set *s = cnt_package_open(&group);

	cr_assert_not_null(s);
	cnt_package_total(s, &t);
	cr_expect(!t.valid[1]);
	cr_expect_str_eq(t.why[1], "the kernel has no PMU 'nothing', nor the others named");
	if (!t.valid[0]) {
		cr_expect(strstr(t.why[0], "perf_event"), "%s", t.why[0]);
		cnt_package_close(s);
		t_remove(sys);
		cr_skip_test("system-wide counting is not permitted here: %s", t.why[0]);
	}
	cnt_package_start(s);
	uint64_t begin = clk_ns();

	cnt_work_loop(10000000);
	double ns = (double)(clk_ns() - begin);

	cnt_package_stop(s);
	cnt_package_stop(s); /* without a start: counts nothing */
	cnt_package_total(s, &t);
	cnt_package_report(&group, &t, 1000, &r);
	double us = value(&r, "time_per_kop.p3")->value;

	/* Between start and stop at least the loop passed, as each of two clocks must have seen,
	   with a count of one of them worth three. Clocks differ a little. */
	cr_expect_geq(us, ns / 1000 * 0.9);
	cr_expect_geq(value(&r, "ticks_per_op.p3")->value, ns / 1000 * 6 * 0.9);
	cr_expect_float_eq(value(&r, "time_per_op.p3")->value, us / 1000, 1e-9 * us);
	cr_expect_str_eq(value(&r, "time_per_op.p3")->note,
			 "whole package: others' work included; counted as clock/us/");
	cr_expect(isnan(value(&r, "time_per_op.p0")->value));
	cr_expect_str_eq(value(&r, "time_per_op.p0")->note,
			 "time: no counter of it in this package");
	cr_expect(isnan(value(&r, "gone_per_op.p3")->value));
	cr_expect_str_eq(value(&r, "gone_per_op.p3")->note,
			 "gone: the kernel has no PMU 'nothing', nor the others named");
	cr_expect_eq(r.nr_counters, 8);
	cnt_package_close(s);
	t_remove(sys);
}

Test(package, simulated)
{
	static struct record r;
	struct cnt_package_total t;
	char why[256];

	plant();
	setenv("ZB_COUNTERS_BACKEND", "fake:interval=500", 1);
	cr_assert_eq(cnt_init(why, sizeof(why)), 0, "%s", why);
	struct cnt_package_set *s = cnt_package_open(&group);

	cr_assert_not_null(s);
	for (int i = 0; i < 2; i++) {
		cnt_package_start(s);
		cnt_package_stop(s);
	}
	cnt_package_total(s, &t);
	cnt_package_close(s);
	cnt_package_report(&group, &t, 100, &r);
	cr_expect_float_eq(value(&r, "time_per_op.p0")->value, 10, 1e-9);
	cr_expect_float_eq(value(&r, "time_per_kop.p3")->value, 10000, 1e-6);
	cr_expect_str_eq(value(&r, "time_per_op.p3")->note,
			 "simulated counter; whole package: others' work included");
	cr_expect(strchr(r.flags, 's'));
	t_remove(sys);
}

Test(package, none)
{
	static const struct cnt_group plain = { .nr_events = 1 };
	struct cnt_package_total t;
	static struct record r;

	cr_expect_null(cnt_package_open(&plain));
	cnt_package_start(NULL);
	cnt_package_stop(NULL);
	cnt_package_total(NULL, &t);
	cnt_package_close(NULL);
	cnt_package_report(&plain, &t, 1, &r);
	cr_expect_eq(r.nr_counters, 0);
}

Test(package, off)
{
	struct cnt_package_total t;
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "null", 1);
	(void)cnt_init(why, sizeof(why));
	struct cnt_package_set *s = cnt_package_open(&group);

	cnt_package_total(s, &t);
	cr_expect(!t.valid[0] && !t.valid[1]);
	cr_expect_str_eq(t.why[0], "counters are off: ZB_COUNTERS_BACKEND=null");
	cnt_package_close(s);
}
