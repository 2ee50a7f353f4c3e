/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters as text: formulas, group files, and the reasons why a machine does not count. */
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_formula.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool find(void *data, const char *name, size_t len, double *value)
{
	static const struct {
		const char *name;
		double value;
	} names[] = { { "a", 12 }, { "ops", 4 }, { "null", NAN }, { "perf::X.Y", 5 } };

	(void)data;
	for (size_t i = 0; i < 4; i++)
		if (strlen(names[i].name) == len && !strncmp(names[i].name, name, len)) {
			*value = names[i].value;
			return true;
		}
	return false;
}

Test(formula, values)
{
	static const struct {
		const char *text;
		double value;
	} cases[] = {
		{ "7", 7 },
		{ "1+2*3", 7 },
		{ "(1+2)*3", 9 },
		{ "8/4/2", 1 },
		{ "7-2-1", 4 },
		{ "-2*-3", 6 },
		{ " a / ops * 1e3 ", 3000 },
		{ "perf::X.Y+.5", 5.5 },
		{ "((((a))))-(-1)", 13 },
	};
	double v;
	unsigned col;
	char err[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(cnt_formula_eval(cases[i].text, find, NULL, &v, &col, err, 128), 0);
		cr_expect_float_eq(v, cases[i].value, 1e-12, "%s = %g", cases[i].text, v);
	}
}

Test(formula, null)
{
	static const char *const cases[] = { "a/0",    "a/(ops-4)", "null",	   "0*null",
					     "1-null", "null/0",    "1e308*1e308", "0/0" };
	double v;
	unsigned col;
	char err[128];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		v = 0;
		cr_expect_eq(cnt_formula_eval(cases[i], find, NULL, &v, &col, err, 128), 0);
		cr_expect(isnan(v), "%s = %g", cases[i], v);
	}
}

Test(formula, errors)
{
	static const struct {
		const char *text;
		int rc;
		unsigned col;
		const char *err;
	} cases[] = {
		{ "", -EINVAL, 1, "ends where a number" },
		{ "1+", -EINVAL, 3, "ends where a number" },
		{ "(1", -EINVAL, 3, "where ')'" },
		{ "1)", -EINVAL, 2, "an operator or the end" },
		{ "a b", -EINVAL, 3, "an operator or the end" },
		{ "2*ob", -ENOENT, 3, "unknown name 'ob'" },
		{ "1e999", -EINVAL, 1, "a finite number" },
		{ "a%2", -EINVAL, 2, "'%'" },
		{ "1*(2+*3)", -EINVAL, 6, "'*'" },
		{ "----------------------------------------1", -EINVAL, 33, "less nesting" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		double v;
		unsigned col = 0;
		char err[128] = "";

		cr_expect_eq(cnt_formula_eval(cases[i].text, find, NULL, &v, &col, err, 128),
			     cases[i].rc, "%s", cases[i].text);
		cr_expect_eq(col, cases[i].col, "%s: %u", cases[i].text, col);
		cr_expect(strstr(err, cases[i].err), "%s: %s", cases[i].text, err);
	}
}

static int parse(struct cnt_group *g, const char *text, char *err, size_t len)
{
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", text);
	err[0] = '\0';
	return cnt_group_parse(g, "some/where/g.txt", copy, err, len);
}

Test(group, parse)
{
	struct cnt_group g;
	char err[256];

	cr_assert_eq(parse(&g,
			   "# comment\r\n\n  SHORT  a b\r\nEVENTS A B=perf::B-C|D\nEVENTS E\n"
			   "METRIC m  (A + B)/ops\nLONG one\nLONG two",
			   err, sizeof(err)),
		     0, "%s", err);
	cr_expect_str_eq(g.name, "g");
	cr_expect_str_eq(g.summary, "a b");
	cr_assert_eq(g.nr_events, 3);
	cr_expect_str_eq(g.events[0].source[0], "A");
	cr_expect_str_eq(g.events[1].name, "B");
	cr_assert_eq(g.events[1].nr_sources, 2);
	cr_expect_str_eq(g.events[1].source[0], "perf::B-C");
	cr_expect_str_eq(g.events[1].source[1], "D");
	cr_assert_eq(g.nr_metrics, 1);
	cr_expect_str_eq(g.metrics[0].formula, "(A + B)/ops");
	cr_expect_str_eq(g.prose, "one\ntwo\n");
}

Test(group, packages)
{
	struct cnt_group g;
	char err[256];

	cr_assert_eq(parse(&g,
			   "SHORT x\nPACKAGE lines=imc/reads/|umc/event=0xa,mask=1/*64\n"
			   "METRIC m lines/ops\nMETRIC n 1/ops\n",
			   err, sizeof(err)),
		     0, "%s", err);
	cr_expect_eq(g.nr_events, 0);
	cr_assert_eq(g.nr_package_events, 1);
	cr_expect_str_eq(g.package_events[0].source[1], "umc/event=0xa,mask=1/*64");
	cr_expect(g.metrics[0].package);
	cr_expect(!g.metrics[1].package);
}

Test(group, errors)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "", "g.txt:1: no SHORT line" },
		{ "SHORT x\n", "g.txt:2: no event" },
		{ "SHORT x\nSHORT y\n", "g.txt:2: a second SHORT" },
		{ "SHORT x\nVENDOR Amd\n",
		  "g.txt:2: unknown vendor 'Amd'; wants Intel, AMD or Arm" },
		{ "VENDOR AMD\nVENDOR Arm\n", "g.txt:2: a second VENDOR" },
		{ "SHORT x\nEVENT A\n", "g.txt:2: unknown word 'EVENT'; did you mean 'EVENTS'?" },
		{ "SHORT x\nFOO A\n", "g.txt:2: unknown word 'FOO'; a line starts with" },
		{ "SHORT x\nEVENTS A A\n", "g.txt:2: event 'A' is listed twice" },
		{ "SHORT x\nEVENTS ops\n", "g.txt:2: 'ops' is the number" },
		{ "SHORT x\nEVENTS A-B\n", "g.txt:2: 'A-B' cannot be used in formulas" },
		{ "SHORT x\nEVENTS A=\n", "g.txt:2: event 'A' has no source" },
		{ "SHORT x\nEVENTS A=a|b|c|d|e|f|g\n", "g.txt:2: event 'A' has more than 6" },
		{ "SHORT x\nPACKAGE A\n", "g.txt:2: 'A' is no package's; wants PMU/EVENT/" },
		{ "SHORT x\nPACKAGE A=a/b/ A=a/c/\n", "g.txt:2: event 'A' is listed twice" },
		{ "SHORT x\nEVENTS A\nPACKAGE A=a/c/\n", "g.txt:3: event 'A' is listed twice" },
		{ "SHORT x\nEVENTS A\nPACKAGE B=a/c/\nMETRIC m A/B\n",
		  "g.txt:4: metric m mixes events of threads and of packages" },
		{ "SHORT x\nPACKAGE LINES=a/c/\nMETRIC m LINE/ops\n", "did you mean 'LINES'?" },
		{ "SHORT x\nEVENTS A B C D E F G H I J K L M\n", "g.txt:2: more than 12 events" },
		{ "SHORT x\nEVENTS A\nMETRIC m\n", "g.txt:3: METRIC wants a name and a formula" },
		{ "SHORT x\nEVENTS A\nMETRIC m A\nMETRIC m A\n", "g.txt:4: metric 'm' is defined" },
		{ "SHORT x\nEVENTS CYCLES\nMETRIC m 1+CYCLE/ops\n",
		  "g.txt:3: metric m, character 3: unknown name 'CYCLE'; did you mean 'CYCLES'?" },
		{ "SHORT x\nEVENTS A\nMETRIC m (A/ops\n", "g.txt:3: metric m, character 7:" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cnt_group g;
		char err[256];

		cr_expect_eq(parse(&g, cases[i].text, err, sizeof(err)), -EINVAL, "%s",
			     cases[i].text);
		cr_expect(strstr(err, cases[i].err), "%s: %s", cases[i].text, err);
	}
}

Test(group, shipped)
{
	char names[CNT_MAX_GROUPS][32], seen[256][48];
	unsigned nr = cnt_group_names(names), nr_seen = 0;

	cr_assert_geq(nr, 4);
	for (unsigned i = 0; i < nr; i++) {
		struct cnt_group g;
		char err[256];

		cr_assert_eq(cnt_group_load(&g, names[i], err, sizeof(err)), 0, "%s", err);
		cr_expect_str_eq(g.name, names[i]);
		cr_expect_gt(g.nr_metrics, 0, "%s", g.name);
		cr_expect(g.prose[0], "%s has no LONG text", g.name);
		/* Records hold the metrics of all groups side by side. */
		for (unsigned m = 0; m < g.nr_metrics; m++) {
			for (unsigned k = 0; k < nr_seen; k++)
				cr_expect_str_neq(seen[k], g.metrics[m].name);
			cr_assert_lt(nr_seen, 256);
			strcpy(seen[nr_seen++], g.metrics[m].name);
		}
	}
}

/* Null with a reason, whatever the file names: never an error. */
Test(group, another_vendors)
{
	char why[256];
	unsigned fit = 0;

	setenv("ZB_COUNTERS_BACKEND", "perf", 1);
	(void)cnt_init(why, sizeof(why));
	for (unsigned i = 0; i < CNT_NR_VENDORS; i++) {
		struct cnt_group g = { .nr_events = 1,
				       .events = { { "faults", 1, { "perf::PAGE-FAULTS" } } } };
		struct cnt_total t;

		snprintf(g.vendor, sizeof(g.vendor), "%s", cnt_vendors[i]);
		if (cnt_group_fits(&g, why, sizeof(why))) {
			cr_expect_str_eq(g.vendor, cnt_cpu_vendor());
			fit++;
			continue;
		}
		cr_expect_null(cnt_open(&g, why, sizeof(why)));
		cnt_total_refuse(&t, &g, why);
		cr_expect(!t.valid[0]);
		cr_expect(strstr(t.why[0], "this CPU is ") && strstr(t.why[0], cnt_vendors[i]),
			  "%s", t.why[0]);
	}
	cr_expect_leq(fit, 1);
}

Test(group, a_simulated_cpu_has_no_vendor)
{
	struct cnt_group g = { .vendor = "Intel" }, all = { .vendor = "" };
	char why[256];

	setenv("ZB_COUNTERS_BACKEND", "fake", 1);
	cr_assert_eq(cnt_init(why, sizeof(why)), 0);
	cr_expect(cnt_group_fits(&all, why, sizeof(why)));
	cr_expect(!cnt_group_fits(&g, why, sizeof(why)));
	cr_expect_str_eq(why, "events of Intel CPUs; this CPU is a simulated one");
}

Test(group, unknown)
{
	struct cnt_group g;
	char err[256];

	cr_expect_eq(cnt_group_load(&g, "cots", err, sizeof(err)), -ENOENT);
	cr_expect_str_eq(err, "unknown counter group 'cots'; did you mean 'cost'?");
	cr_expect_eq(cnt_group_load(&g, "../cost", err, sizeof(err)), -ENOENT);
	cr_expect_eq(cnt_group_load(&g, "", err, sizeof(err)), -ENOENT);
}

Test(group, own_folder_comes_first)
{
	char folder[] = "/tmp/zb-counters-XXXXXX", path[64], err[256];
	struct cnt_group g;

	cr_assert(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/cost.txt", folder);
	FILE *f = fopen(path, "w");

	cr_assert(f);
	fprintf(f, "SHORT mine\nEVENTS A\nMETRIC m A/opps\n");
	fclose(f);
	setenv("ZB_COUNTERS", folder, 1);
	cr_expect_eq(cnt_group_load(&g, "cost", err, sizeof(err)), -EINVAL);
	cr_expect(strstr(err, "/cost.txt:3: metric m, character 3"), "%s", err);
	cr_expect(strstr(err, "did you mean 'ops'?"), "%s", err);
	cr_expect_eq(cnt_group_load(&g, "tlb", err, sizeof(err)), 0, "%s", err);
	unlink(path);
	rmdir(folder);
}

Test(why, explains)
{
	static const struct {
		struct cnt_facts facts;
		const char *cause, *remedy;
	} cases[] = {
		{ { .err = EACCES, .paranoid = 4 }, "user-mode counting (it is 4)", "=2" },
		{ { .err = EACCES, .paranoid = 3, .filtered = true }, "(it is 3)", "=2" },
		{ { .err = EPERM, .paranoid = 2, .filtered = true }, "seccomp", "profile" },
		{ { .err = EPERM, .paranoid = 4, .privileged = true, .filtered = true },
		  "seccomp filter refuses perf_event_open (EPERM)",
		  "profile" },
		{ { .err = ENOSYS, .filtered = true }, "(ENOSYS)", "profile" },
		{ { .err = ENOSYS }, "has no perf_event_open", "CONFIG_PERF_EVENTS" },
		{ { .err = EPERM, .paranoid = INT_MIN }, "security policy", "CAP_PERFMON" },
		{ { .err = ENOENT, .virtual = true }, "virtual machine (ENOENT)", "pmu=on" },
		{ { .err = ENOENT }, "no PMU driver", "newer kernel" },
		{ { .err = EBUSY }, "another user", "profilers" },
		{ { .err = EMFILE }, "too many open files", "ulimit" },
		{ { .err = ENOENT, .paranoid = 3, .off = true }, "(it is 3)", "=2" },
		{ { .paranoid = 3, .privileged = true, .off = true }, "switched", "as root" },
		{ { .hybrid = true }, "hybrid CPU", "one kind" },
		{ { .err = EIO }, "perf_event_open fails (EIO)", "perf_event_open(2)" },
	};
	struct cnt_facts fine = { .paranoid = 2, .virtual = true };
	struct cnt_cause c;

	cr_expect(!cnt_explain(&fine, &c));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert(cnt_explain(&cases[i].facts, &c), "case %zu", i);
		cr_expect(strstr(c.cause, cases[i].cause), "case %zu: %s", i, c.cause);
		cr_expect(strstr(c.remedy, cases[i].remedy), "case %zu: %s", i, c.remedy);
	}
}
