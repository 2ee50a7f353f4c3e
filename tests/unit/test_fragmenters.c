/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Workloads that fragment on purpose: each reaches its target with ten seeds,
 * says so when a policy prevents it, and is the same for the same seed on every
 * machine.
 */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SEEDS 10u
#define NODE_BYTES (64u << 20)

static const char one_node[] = "synthetic:numa:1 core:2 pu:1";

/* Half of memory is kept back for emergencies, in one piece. */
#define HALF "linux-3.10,min_free_kbytes=32768"
/* Nine tenths of it are: not even what the adversary means to hold can be had. */
#define TENTH "linux-3.10,min_free_kbytes=58982"
/* Files larger than memory do not fit when nothing makes room. */
#define NORECLAIM "linux-3.10-noreclaim"

/*
 * One fragmenter.  Names in fixed memory: parameterised tests run in a process
 * of their own.  stream: what the ledger heard with seed 1; state: hash of all
 * frames of linux-3.10 at the target, with seed 1.
 */
struct row {
	char name[32];
	char variant[64]; /* with this policy the target is missed */
	unsigned order;
	uint64_t stream, state;
};

static struct row rows[] = {
	{ "ageing", HALF, 0, 0xf4c86a50c9aab700, 0xcb0bd0d5ae4baa41 },
	{ "every-other", HALF, 0, 0x9c65f6cd1f5c4000, 0xc505145e94629411 },
	{ "hole-punch", HALF, 0, 0x4da404a241ed077c, 0x435d6475e61f99f8 },
	{ "pin-first", HALF, 0, 0x9c65f6cd1f5c4000, 0x153a4f3e673768bb },
	{ "highorder-frag", HALF, 3, 0xf6e6908a9a955ad0, 0x60632a7adf2bb44f },
	{ "frag", HALF, 0, 0x18bd6792bed58000, 0xe843b67c1b1ed72f },
	{ "fill-sweep", HALF, 0, 0x3b3231c2f31d7983, 0xcdccb86f044504da },
	{ "mixed", HALF, 0, 0xf32c007cb63f2414, 0x29276dbd1efb8c27 },
	{ "kernel-build", HALF, 0, 0x159c4726f472933d, 0x4a1fcb2d2c219a42 },
	{ "server-churn", HALF, 0, 0x4818f17dffe47fbf, 0xc379099358f24be4 },
	{ "phase-shift", HALF, 0, 0x3a6450e176ead27b, 0xb1b350182aaee9ab },
	{ "order-fallback", HALF, 0, 0xd46c76235e9e90d0, 0x1d64308487e5401c },
	{ "adversary", TENTH, 0, 0xd69afbfe5cd55ec0, 0x0d9a94875c32b674 },
	{ "antagonist", HALF, 0, 0x87ab976f380c6c0f, 0xa21d63cbd8f8040b },
	{ "inefficient-reader", NORECLAIM, 0, 0, 0x719d04dd1870a7cb },
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static struct bench_cell cell;
static struct engine_pass pass;

/* The workload with a target that first takes the hash of all frames. */
static struct wl_ops wrapped;
static void (*real_target)(struct wl_run *run, struct wl_target *target);
static uint64_t state;

static void mix_in(uint64_t word)
{
	state = (state ^ word) * 1099511628211u;
}

static void hash_then_look(struct wl_run *run, struct wl_target *target)
{
	state = 0;
	for (unsigned z = 0; z < run->conf->nr_zones; z++) {
		const struct pga_zone_conf *zone = &run->conf->zones[z];

		for (pga_pfn_t pfn = zone->start; pfn < zone->start + zone->span; pfn++) {
			struct pga_frame_info info = { 0 };

			run->ops->frame(run->pga, pfn, &info);
			mix_in(info.state + 16u * info.order + 1024u * info.type);
		}
	}
	real_target(run, target);
}

static void make(const char *variant, const char *workload)
{
	t_cell_make(&cell, variant, workload);
	cell.memory.per_node = NODE_BYTES;
	cell.daemons = DAEMONS_STEPPED;
	wrapped = *cell.wl;
	real_target = wrapped.target;
	wrapped.target = hash_then_look;
	cell.wl = &wrapped;
}

static void run(uint64_t seed)
{
	struct topo *t = t_topo(one_node, NULL);
	struct engine e;
	char why[256] = "";

	pass = (struct engine_pass){ .kind = PASS_PATHS };
	cr_assert_eq(engine_open(&e, &cell, t, seed, NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	cr_assert(!pass.cut);
	cr_assert(pass.target.has);
	engine_close(&e);
	topo_free(t);
}

static double metric(const char *name)
{
	for (unsigned v = 0; v < pass.target.nr_values; v++)
		if (!strcmp(pass.target.values[v].name, name))
			return pass.target.values[v].value;
	cr_assert_fail("no metric %s", name);
	return NAN;
}

ParameterizedTestParameters(fragmenters, reach_their_target)
{
	return cr_make_param_array(struct row, rows, NR_ROWS);
}

ParameterizedTest(struct row *r, fragmenters, reach_their_target)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		make("linux-3.10", r->name);
		cell.order = r->order;
		run(seed);
		cr_assert(pass.target.reached, "%s, seed %lu: %s", r->name, seed, pass.target.text);
	}
}

ParameterizedTestParameters(fragmenters, miss_it_where_a_policy_prevents_it)
{
	return cr_make_param_array(struct row, rows, NR_ROWS);
}

ParameterizedTest(struct row *r, fragmenters, miss_it_where_a_policy_prevents_it)
{
	make(r->variant, r->name);
	cell.order = r->order;
	run(1);
	cr_assert(!pass.target.reached, "%s on %s: %s", r->name, r->variant, pass.target.text);
}

ParameterizedTestParameters(fragmenters, are_the_same_on_every_machine)
{
	return cr_make_param_array(struct row, rows, NR_ROWS);
}

ParameterizedTest(struct row *r, fragmenters, are_the_same_on_every_machine)
{
	if (!wl_find(r->name)->needs_host) {
		make("ledger", r->name);
		cell.order = r->order;
		run(1);
		cr_expect_eq(t_ledger_log.stream, r->stream, "%s: stream 0x%016lx", r->name,
			     t_ledger_log.stream);
	}
	make("linux-3.10", r->name);
	cell.order = r->order;
	run(1);
	cr_expect_eq(state, r->state, "%s: state 0x%016lx", r->name, state);
}

/* What a look reports has to be possible. */
Test(fragmenters, frag_counts_what_its_protocol_asks_for)
{
	make("linux-3.10", "frag");
	t_cell_param(&cell, "unmovable", 20);
	run(1);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_geq(metric("polluted_blocks"), metric("polluted_least"));
	cr_assert_gt(metric("polluted_least"), 0);
	cr_assert(metric("free_huge") >= 0 && metric("free_huge") <= 1);
	cr_assert_gt(metric("two_finger_moves"), 0);
	cr_assert_geq(metric("order9_got"), 0);
	t_cell_param(&cell, "iterations", 1);
	run(1);
	cr_assert_eq(metric("two_finger_moves"), metric("two_finger_moves_first"));
}

/* The trap: a mapping of huge pages has no holes after all. */
Test(fragmenters, hole_punch_says_that_huge_pages_stay_whole)
{
	make("linux-3.10", "hole-punch");
	t_cell_param(&cell, "pages", 1);
	run(1);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(pass.phase[1].ops, 0, "no hole could be punched");
}
