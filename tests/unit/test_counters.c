/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters: formulas, group files, every way in which a machine can refuse or
 * mislead (with the fake backend), and PAPI itself with page faults, which the
 * kernel counts without a PMU.  Each test is a process of its own.
 */
#include "harness/counter_backend.h"
#include "harness/counter_formula.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

Test(group, errors)
{
	static const struct {
		const char *text, *err;
	} cases[] = {
		{ "", "g.txt:1: no SHORT line" },
		{ "SHORT x\n", "g.txt:2: no event" },
		{ "SHORT x\nSHORT y\n", "g.txt:2: a second SHORT" },
		{ "SHORT x\nEVENT A\n", "g.txt:2: unknown word 'EVENT'; did you mean 'EVENTS'?" },
		{ "SHORT x\nFOO A\n", "g.txt:2: unknown word 'FOO'; a line starts with" },
		{ "SHORT x\nEVENTS A A\n", "g.txt:2: event 'A' is listed twice" },
		{ "SHORT x\nEVENTS ops\n", "g.txt:2: 'ops' is the number" },
		{ "SHORT x\nEVENTS A-B\n", "g.txt:2: 'A-B' cannot be used in formulas" },
		{ "SHORT x\nEVENTS A=\n", "g.txt:2: event 'A' has no source" },
		{ "SHORT x\nEVENTS A=a|b|c|d\n", "g.txt:2: event 'A' has more than 3" },
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

/* The fake backend. */

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
		{ "zzzzzz", "papi, null or fake" },
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
	char err[256];

	cr_assert_eq(parse(&g, "SHORT s\nEVENTS I=PAPI_NONE|perf::INSTRUCTIONS\nMETRIC m I/ops",
			   err, sizeof(err)),
		     0, "%s", err);
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

/* The machine's own counters. */

#define PAGES 300

static bool faults_count(struct cnt_group *g)
{
	char why[256], init_why[256];
	struct cnt_set *s;

	unsetenv("ZB_COUNTERS_BACKEND");
	*g = load("faults");
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
