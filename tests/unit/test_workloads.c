/* SPDX-License-Identifier: GPL-2.0-only */
/* Workloads on an allocator that keeps a ledger of what they do. */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FRAMES (16u << 20 >> 12)

static const char four_nodes[] = "synthetic:numa:4 core:1 pu:1";
static const char line_of_four[] = "10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10";

static void run(struct bench_cell *cell, const char *topo, const char *dist, uint64_t seed,
		struct engine_pass *pass)
{
	struct topo *t = t_topo(topo, dist);
	struct engine e;
	char why[256] = "";

	cr_assert_eq(engine_open(&e, cell, t, seed, NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, pass, why, sizeof(why)), 0, "%s", why);
	engine_close(&e);
	topo_free(t);
}

static const char *topo_for(const struct wl_ops *wl)
{
	return wl->min_nodes > 1 ? four_nodes : "";
}

Test(workloads, registry)
{
	char why[256] = "";

	cr_assert_eq(wl_registry_check(why, sizeof(why)), 0, "%s", why);
	cr_assert_not_null(wl_find("holes"));
	cr_assert_null(wl_find("hole"));
	cr_assert_eq(wl_param_index(wl_find("bulk"), "fill"), WL_P_OWN);
	cr_assert_eq(wl_param_index(wl_find("bulk"), "nothing"), -1);
}

/* Names, in fixed memory: parameterised tests run in a process of their own. */
struct name {
	char text[32];
};

ParameterizedTestParameters(workloads, all_is_returned)
{
	static struct name names[32];
	size_t nr = 0;

	for (const struct wl_ops *const *w = wl_table; *w; w++)
		if (!(*w)->needs_host)
			snprintf(names[nr++].text, sizeof(names[0].text), "%s", (*w)->name);
	return cr_make_param_array(struct name, names, nr);
}

/* With one thread (or pair) and with four, for several orders. */
ParameterizedTest(struct name *name, workloads, all_is_returned)
{
	const struct wl_ops *wl = wl_find(name->text);

	for (unsigned threads = wl->min_threads; threads <= 4; threads += 4 - wl->min_threads) {
		for (unsigned order = 0; order <= (wl->has_order ? 6 : 0); order += 3) {
			struct engine_pass pass = { .kind = PASS_PATHS };
			struct bench_cell cell;
			uint64_t classes = 0;

			t_cell_make(&cell, "ledger", name->text);
			cell.threads = threads;
			cell.order = order;
			if (wl_param_index(wl, "live") >= 0)
				t_cell_param(&cell, "live", 7);
			if (wl_param_index(wl, "ring") >= 0)
				t_cell_param(&cell, "ring", 7);
			if (!strcmp(wl->name, "remote-free"))
				t_cell_param(&cell, "batch", 7);
			run(&cell, topo_for(wl), NULL, 1, &pass);
			cr_assert_eq(t_ledger_log.live, 0);
			cr_assert_eq(t_ledger_log.bad_frees, 0);
			cr_assert_eq(t_ledger_log.parked_calls, 0,
				     "%s called a parked CPU %lu times", wl->name,
				     t_ledger_log.parked_calls);
			cr_assert_gt(t_ledger_log.allocs, 0);
			cr_assert(!pass.cut);
			for (unsigned s = 0; s < PGA_NR_STAGES; s++)
				classes += pass.path[s];
			cr_assert_gt(classes, 0, "paths are counted");
		}
		if (wl->min_threads == 4)
			break;
	}
}

ParameterizedTestParameters(workloads, stream_follows_the_seed)
{
	static struct name names[] = {
		{ "repeat" }, { "bulk" }, { "rand" }, { "outstanding" }, { "holes" }
	};

	return cr_make_param_array(struct name, names, sizeof(names) / sizeof(names[0]));
}

ParameterizedTest(struct name *name, workloads, stream_follows_the_seed)
{
	struct bench_cell cell;
	uint64_t stream[3];

	t_cell_make(&cell, "ledger", name->text);
	for (unsigned i = 0; i < 3; i++) {
		struct engine_pass pass = { .kind = i == 1 ? PASS_TIME : PASS_PATHS };

		run(&cell, "", NULL, t_seed(), &pass);
		stream[i] = t_ledger_log.stream;
	}
	cr_assert_eq(stream[0], stream[1], "the passes see one stream");
	cr_assert_eq(stream[0], stream[2]);
}

Test(workloads, bulk_does_the_same_number_of_operations_for_every_order)
{
	for (unsigned order = 0; order <= 9; order += 3) {
		struct engine_pass pass = { .kind = PASS_TIME };
		struct bench_cell cell;

		t_cell_make(&cell, "ledger", "bulk");
		cell.order = order;
		run(&cell, "", NULL, 1, &pass);
		cr_assert_eq(pass.phase[0].ops, FRAMES / 2, "order %u: %lu", order,
			     pass.phase[0].ops);
		cr_assert_eq(pass.phase[1].ops, FRAMES / 2);
		cr_assert_eq(t_ledger_log.most_live, FRAMES / 2, "half of memory is taken");
	}
}

Test(workloads, repeat_counts_pairs_with_half_in_use)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "repeat");
	cell.threads = 2;
	run(&cell, "", NULL, 1, &pass);
	cr_assert_eq(pass.phase[1].ops, 2 * cell.max_ops);
	cr_assert_eq(pass.phase[0].ops, 0, "filling is not timed");
	cr_assert_geq(t_ledger_log.most_live, FRAMES / 2 + 1);
	cr_assert_leq(t_ledger_log.most_live, FRAMES / 2 + 2);
}

Test(workloads, outstanding_holds_what_it_says)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "outstanding");
	t_cell_param(&cell, "live", 100);
	run(&cell, "", NULL, 1, &pass);
	cr_assert_eq(t_ledger_log.most_live, 100);
	cr_assert_eq(pass.phase[0].ops, cell.max_ops);
}

Test(workloads, prodcons_frees_on_the_other_cpu)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "prodcons");
	t_cell_param(&cell, "ring", 16);
	run(&cell, "", NULL, 1, &pass);
	cr_assert_eq(pass.phase[0].ops, 2 * cell.max_ops, "halves");
	cr_assert_eq(t_ledger_log.allocs, cell.max_ops);
	cr_assert_leq(t_ledger_log.most_live, 17, "never more than the ring and one in hand");
}

Test(workloads, holes_keeps_one_in_n)
{
	for (int64_t keep = 2; keep <= 512; keep *= 4) {
		for (int which = 0; which < 2; which++) {
			struct engine_pass pass = { .kind = PASS_TIME };
			struct bench_cell cell;

			t_cell_make(&cell, "ledger", "holes");
			t_cell_param(&cell, "keep-one-in", keep);
			t_cell_param(&cell, "which", which);
			run(&cell, "", NULL, t_seed(), &pass);
			cr_assert(pass.target.reached, "%s", pass.target.text);
			cr_assert_eq(pass.phase[0].ops, FRAMES);
			cr_assert_eq(pass.phase[1].ops, FRAMES - FRAMES / (uint64_t)keep);
			cr_assert_eq(pass.phase[2].ops, FRAMES / (uint64_t)keep);
		}
	}
}

Test(workloads, holes_says_when_it_could_not_take_memory)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger,limit=60", "holes");
	run(&cell, "", NULL, 1, &pass);
	cr_assert(pass.target.has);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
	cr_assert_gt(pass.fails, 0);
}

/* From node 0 at distances 10, 21, 31, 28: first 1, then 3, then 2. */
Test(workloads, spill_goes_by_distance)
{
	struct engine_pass pass = { .kind = PASS_PATHS };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "spill");
	t_cell_param(&cell, "amount", 250);
	run(&cell, four_nodes, line_of_four, 1, &pass);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(pass.target.nr_values, 8, "share and expectation of each node");
	cr_assert_float_eq(pass.target.values[0].value, 0.4, 1e-9);
	cr_assert_float_eq(pass.target.values[1].value, 0.4, 1e-9);
	cr_assert_float_eq(pass.target.values[2].value, 0.0, 1e-9);
	cr_assert_float_eq(pass.target.values[3].value, 0.2, 1e-9);
	cr_assert_eq(pass.path[PGA_ST_REMOTE_NODE], FRAMES * 3 / 2);
}

Test(workloads, spill_notices_an_allocator_that_goes_far_first)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;

	t_cell_make(&cell, "ledger,far=1", "spill");
	run(&cell, four_nodes, line_of_four, 1, &pass);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
	cr_assert_lt(pass.target.got, 1.0);
}

Test(workloads, touched_frames_are_real_memory)
{
	for (int by = 0; by < 2; by++) {
		for (int touch = WL_TOUCH_LINE; touch <= WL_TOUCH_PAGE; touch++) {
			struct engine_pass pass = { .kind = PASS_TIME };
			struct bench_cell cell;

			t_cell_make(&cell, "ledger", "rand");
			t_cell_param(&cell, "touch-by", by);
			cell.order = 2;
			cell.memory.backing = BACK_BOUND;
			cell.memory.touch = (enum wl_touch)touch;
			run(&cell, "", NULL, 1, &pass);
			cr_assert_eq(pass.fails, 0);
		}
	}
}
