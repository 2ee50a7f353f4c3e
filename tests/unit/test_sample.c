/* SPDX-License-Identifier: GPL-2.0-only */
/* A whole sample: its numbers, and that what goes wrong is said. */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_deny.h"
#include "tests/support/t_ledger.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct record r;

static int sample(const struct bench_cell *cell, const char *topo)
{
	struct topo *t = t_topo(topo, NULL);

	rec_init(&r);
	r.seed = t_seed();
	int rc = bench_sample(cell, t, &r);

	topo_free(t);
	return rc;
}

static double stat_of(const char *name)
{
	for (unsigned i = 0; i < r.nr_stats; i++)
		if (!strcmp(r.stats[i].name, name))
			return r.stats[i].value;
	return NAN;
}

struct pair {
	char variant[64], workload[32];
};

/*
 * Every variant of the table, and the ledger, with every workload it can serve
 * here; those whose frames have owners: tests/unit/test_stage_coverage.c.
 */
ParameterizedTestParameters(sample, fills_a_record)
{
	static struct pair pairs[512];
	size_t nr = 0;

	for (const struct wl_ops *const *w = wl_table; *w; w++) {
		for (const struct pga_variant_row *v = pga_variants;; v++) {
			bool real = !v->name || (v->ops->caps & PGA_CAP_REAL);

			if ((*w)->min_nodes == 1 && !(*w)->needs_host &&
			    (real || !((*w)->needs & PGA_CAP_REAL))) {
				snprintf(pairs[nr].variant, sizeof(pairs[0].variant), "%s",
					 v->name ? v->name : "ledger");
				snprintf(pairs[nr++].workload, sizeof(pairs[0].workload), "%s",
					 (*w)->name);
			}
			if (!v->name)
				break;
		}
	}
	return cr_make_param_array(struct pair, pairs, nr);
}

ParameterizedTest(struct pair *pair, sample, fills_a_record)
{
	struct bench_cell cell;
	double paths = 0;

	t_cell_make(&cell, pair->variant, pair->workload);
	cell.memory.per_node = 64u << 20;
	cell.memory.backing = BACK_BOUND;
	cr_assert_eq(sample(&cell, ""), 0, "%s: %s", r.status, r.reason);
	/* Targets are promised on linux-3.10; another policy may prevent one, and then says so. */
	if (!strcmp(r.status, "invalid") && strcmp(cell.variant.ops->name, "linux-3.10") != 0) {
		cr_assert(strchr(r.flags, 't'));
		cr_assert(strstr(r.reason, "target missed"));
		return;
	}
	cr_assert_str_eq(r.status, "ok", "%s %s: %s", pair->variant, pair->workload, r.reason);
	cr_assert_gt(r.ops, 0);
	cr_assert_gt(r.ns_op, 0);
	cr_assert_gt(r.mops, 0);
	cr_assert_gt(r.elapsed_s, 0);
	cr_assert_gt(r.peak_mib, 0);
	cr_assert_gt(r.meta_bytes_frame, 0);
	cr_assert(!strchr(r.flags, 's'));
	for (unsigned i = 0; i < r.nr_paths; i++)
		paths += r.paths[i].value;
	cr_assert_float_eq(paths, 1.0, 1e-9, "shares of paths: %f", paths);
	cr_assert(!isnan(stat_of("pgalloc")));
	cr_assert(!cell.wl->target || !isnan(r.target_got), "%s", r.target);
	cr_assert(!cell.wl->target || r.fu9 >= 0 || !(cell.variant.ops->caps & PGA_CAP_REAL), "%s",
		  r.target);
	if (cell.wl->needs & PGA_CAP_REAL)
		cr_assert(strstr(r.reason, "null_ns_op"), "a null number has a reason");
	else
		cr_assert_gt(r.null_ns_op, 0);
}

Test(sample, pages_of_the_metadata_are_told)
{
	struct bench_cell cell;

	t_cell_make(&cell, "null", "bulk");
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	if (isnan(r.meta_huge))
		cr_assert(strstr(r.reason, "meta_huge"), "a null number has a reason");
	else
		cr_assert(r.meta_huge >= 0 && r.meta_huge <= 1, "%f", r.meta_huge);
	cell.memory.meta_small = true;
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	cr_assert(isnan(r.meta_huge) || r.meta_huge == 0, "%f", r.meta_huge);
}

Test(sample, a_simulated_machine_is_said)
{
	struct bench_cell cell;

	t_cell_make(&cell, "null", "bulk");
	cell.memory.backing = BACK_BOUND;
	cr_assert_eq(sample(&cell, "synthetic:numa:2 core:1 pu:1"), 0, "%s", r.reason);
	cr_assert(strchr(r.flags, 's'));
	cr_assert(isnan(r.meta_ok), "nothing is proven on a simulated machine");
	cr_assert(strstr(r.reason, "simulated"), "%s", r.reason);
}

Test(sample, more_threads_than_cpus_is_said)
{
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "bulk");
	cell.threads = 3;
	cr_assert_eq(sample(&cell, "synthetic:numa:1 core:2 pu:1"), 0, "%s", r.reason);
	cr_assert(strchr(r.flags, 'o'));
}

Test(sample, lost_frames_fail_the_sample)
{
	struct bench_cell cell;

	t_cell_make(&cell, "ledger,lose=1000", "repeat");
	cr_assert_eq(sample(&cell, ""), -1);
	cr_assert_str_eq(r.status, "failed");
	cr_assert(strstr(r.reason, "frames lost"), "%s", r.reason);
}

Test(sample, a_missed_target_makes_it_invalid)
{
	struct bench_cell cell;

	t_cell_make(&cell, "ledger,limit=60", "holes");
	cr_assert_eq(sample(&cell, ""), 0, "invalid is a result");
	cr_assert_str_eq(r.status, "invalid");
	cr_assert(strchr(r.flags, 't'));
	cr_assert(strstr(r.reason, "target missed"), "%s", r.reason);
}

Test(sample, what_cannot_be_served_is_unsupported)
{
	struct bench_cell cell;

	t_cell_make(&cell, "skeleton", "bulk");
	cell.order = 1;
	cr_assert_eq(sample(&cell, ""), -1);
	cr_assert_str_eq(r.status, "unsupported");
	cr_assert(isnan(r.ns_op));
}

Test(sample, an_unknown_counter_group_fails)
{
	struct bench_cell cell;

	t_cell_make(&cell, "null", "bulk");
	cell.groups[0] = "nonsense";
	cr_assert_eq(sample(&cell, ""), -1);
	cr_assert_str_eq(r.status, "failed");
	cr_assert(strstr(r.reason, "nonsense"), "%s", r.reason);
}

static const struct rec_value *counter(const char *name)
{
	for (unsigned i = 0; i < r.nr_counters; i++)
		if (!strcmp(r.counters[i].name, name))
			return &r.counters[i];
	cr_assert_fail("no counter %s", name);
	return NULL;
}

/* The made-up backend says a million instructions for each interval: one per thread. */
Test(sample, counters_are_per_operation)
{
	struct bench_cell cell;

	setenv("ZB_COUNTERS_BACKEND", "fake:interval=1000000", 1);
	t_cell_make(&cell, "null", "repeat");
	cell.threads = 2;
	cell.groups[0] = "cost";
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	cr_assert_float_eq(counter("instructions_per_op")->value, 50.0, 1e-9);
	cr_assert_float_eq(counter("ipc")->value, 2.0, 1e-9);
}

Test(sample, lost_counters_are_null_with_a_reason)
{
	struct bench_cell cell;

	setenv("ZB_COUNTERS_BACKEND", "fake:refuse=PAPI_TOT_INS+perf::INSTRUCTIONS", 1);
	t_cell_make(&cell, "null", "repeat");
	cell.groups[0] = "cost";
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	cr_assert(isnan(counter("instructions_per_op")->value));
	cr_assert_neq(counter("instructions_per_op")->note[0], '\0');
	cr_assert(!isnan(counter("cycles_per_op")->value));
}

/* The stream is the same, so what one thread does to the allocator is too. */
Test(sample, the_same_seed_gives_the_same_statistics)
{
	struct bench_cell cell;
	double first[64];

	t_cell_make(&cell, "ledger", "rand");
	cell.order = 1;
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	for (unsigned i = 0; i < r.nr_stats; i++)
		first[i] = r.stats[i].value;
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	for (unsigned i = 0; i < r.nr_stats; i++)
		cr_assert_eq(first[i], r.stats[i].value, "%s", r.stats[i].name);
}

/* Advice is refused: a cell that asks for huge pages runs on small ones, and says so. */
Test(sample, huge_pages_that_do_not_come_are_told)
{
	struct bench_cell cell;
	char err[256];
	double mib = NAN;

	t_cell_make(&cell, "linux-3.10", "bulk");
	cell.memory.backing = BACK_BOUND;
	cell.memory.touch = WL_TOUCH_LINE;
	cell.memory.huge = TOPO_HUGE_1G;
	if (t_deny("madvise:EINVAL", err, sizeof(err)))
		cr_skip_test("%s", err);
	cr_assert_eq(sample(&cell, ""), 0, "%s", r.reason);
	for (unsigned i = 0; i < r.nr_places; i++)
		if (!strcmp(r.places[i].name, "frames.huge"))
			mib = r.places[i].value;
	cr_assert(!isnan(mib));
	if (mib > 0)
		cr_skip_test("huge pages are reserved here");
	cr_assert(strstr(r.reason, "pages of 1 GiB asked, 4 KiB came"), "%s", r.reason);
}

/* 2^62 operations would never end: the bound ends them, and nothing is lost. */
Test(sample, the_time_bound_ends_a_phase, .timeout = 60)
{
	static const char *const names[] = { "repeat", "outstanding", "prodcons" };
	const uint64_t bound = 1000000;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct engine_pass pass = { .kind = PASS_TIME, .bound_ns = i ? bound : 0 };
		struct topo *t = t_topo("", NULL);
		struct bench_cell cell;
		struct engine e;
		char why[256] = "";

		t_cell_make(&cell, "ledger", names[i]);
		cell.max_ops = 1ull << 62;
		cell.bound_ns = i ? UINT64_MAX : bound;
		cr_assert_eq(engine_open(&e, &cell, t, 1, NULL, why, sizeof(why)), 0, "%s", why);
		cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s: %s", names[i], why);
		cr_assert(pass.cut);
		cr_assert_eq(t_ledger_log.live, 0);
		engine_close(&e);
		topo_free(t);
	}
}
