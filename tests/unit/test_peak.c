/* SPDX-License-Identifier: GPL-2.0-only */
/* What a sample really takes is within what bench_need announces. */
#include "harness/engine/child.h"
#include "tests/support/t_cell.h"
#include "workloads/wl.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#define MIB ((double)(1 << 20))

struct job {
	const struct bench_cell *cell;
	const struct topo *t;
};

static void measure(void *data, struct record *r)
{
	const struct job *job = data;

	bench_sample(job->cell, job->t, r);
}

static void peak_is_announced(const struct topo *t, const char *variant, const char *workload)
{
	const struct child_limits limits = { 120000, 4ull << 30, 4ull << 30 };
	static struct record r;
	struct bench_cell cell;
	struct bench_need need;
	char why[256] = "";

	t_cell_make(&cell, variant, workload);
	cell.memory.backing = BACK_BOUND;
	cell.memory.touch = WL_TOUCH_PAGE;
	cell.threads = t->nr_cpus < 2 ? 1 : 2;
	cell.max_ops = 2000;
	cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s: %s", workload, why);
	rec_init(&r);
	cr_assert_eq(child_run(measure, &(struct job){ &cell, t }, &r, &limits), 0);
	cr_assert(!strcmp(r.status, "ok") || !strcmp(r.status, "invalid"), "%s: %s %s", workload,
		  r.status, r.reason);
	cr_assert(r.peak_mib > 0 && r.peak_mib <= (double)need.total / MIB,
		  "%s %s on %u nodes: %.1f MiB, announced %.1f", variant, workload, t->nr_nodes,
		  r.peak_mib, (double)need.total / MIB);
}

static void on(const char *spec)
{
	static const char *const variants[] = { "linux-3.10", "linux-2.6.9", "linux-2.4", "null" };
	struct topo *t = t_topo(spec, NULL);

	/* A sanitizer's shadow is memory that no plan knows of. */
	if (dlsym(RTLD_DEFAULT, "__asan_init") || dlsym(RTLD_DEFAULT, "__tsan_init"))
		cr_skip_test("a sanitizer takes memory of its own");
	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++)
		peak_is_announced(t, variants[v], "bulk");
	peak_is_announced(t, "linux-3.10", "repeat");
	peak_is_announced(t, "linux-3.10", "rand");
	peak_is_announced(t, "linux-3.10", "pressure");
	topo_free(t);
}

Test(peak, this_machine)
{
	on("");
}

Test(peak, two_nodes)
{
	on("synthetic:numa:2 core:1 pu:1");
}

Test(peak, four_nodes)
{
	on("synthetic:numa:4 core:1 pu:1");
}

/* Frames that nobody touches are address space: a node may hold more than there is to spend. */
Test(peak, many_gib_without_touching)
{
	const struct child_limits limits = { 120000, 1ull << 46, 4ull << 30 };
	struct topo *t = t_topo("", NULL);
	static struct record r;
	struct bench_cell cell;
	struct bench_need need;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", "bulk");
	cell.memory.backing = BACK_BOUND;
	cell.memory.per_node = 12ull << 30;
	cell.max_ops = 2000;
	t_cell_param(&cell, "fill", 1);
	cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
	cr_assert_lt(need.frames, 256u << 20);
	cr_assert_lt(need.total, 1ull << 30);
	if (need.total > topo_spendable(NULL) || dlsym(RTLD_DEFAULT, "__asan_init") ||
	    dlsym(RTLD_DEFAULT, "__tsan_init"))
		cr_skip_test("%.0f MiB are not to be had here, or a sanitizer adds to them",
			     (double)need.total / MIB);
	rec_init(&r);
	cr_assert_eq(child_run(measure, &(struct job){ &cell, t }, &r, &limits), 0);
	cr_assert_str_eq(r.status, "ok", "%s", r.reason);
	cr_assert(r.peak_mib > 0 && r.peak_mib <= (double)need.total / MIB,
		  "%.1f MiB, announced %.1f", r.peak_mib, (double)need.total / MIB);
	topo_free(t);
}
