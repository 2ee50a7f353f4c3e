/* SPDX-License-Identifier: GPL-2.0-only */
/* Workloads across nodes: what they reach on machines with 2 and 4 nodes. */
#include "tests/support/t_ledger.h"
#include "tests/unit/workload_suite.h"

#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char two_nodes[] = "synthetic:numa:2 core:1 pu:1";
static const char four_nodes[] = "synthetic:numa:4 core:1 pu:1";
static const char line_of_four[] = "10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10";

/* The node of the next run that is given no memory; -1 none. */
static int memoryless = -1;

static void run(const char *topo, const char *dist)
{
	struct topo *t = t_topo(topo, dist);

	if (memoryless >= 0)
		t->nodes[memoryless].mem_bytes = t->nodes[memoryless].size_bytes = 0;
	memoryless = -1;
	run_on(t);
}

/* Names, in fixed memory: parameterised tests run in a process of their own. */
struct name {
	char text[32];
};
static struct name kernels[] = { { "linux-3.10" }, { "linux-2.6.9" }, { "linux-2.4" } };
#define PER_KERNEL(suite, test)                                                   \
	ParameterizedTestParameters(suite, test)                                  \
	{                                                                         \
		return cr_make_param_array(struct name, kernels,                  \
					   sizeof(kernels) / sizeof(kernels[0])); \
	}                                                                         \
	ParameterizedTest(struct name *kernel, suite, test)

/* linux-2.4 has no lists of frames for each CPU. */
PER_KERNEL(workloads_nodes, remote_free_frees_on_the_other_node)
{
	for (unsigned nodes = 2; nodes <= 4; nodes += 2) {
		make(kernel->text, "remote-free");
		cell.threads = nodes;
		run(nodes == 2 ? two_nodes : four_nodes, NULL);
		cr_assert(pass.target.reached, "%s", pass.target.text);
		cr_assert_float_eq(metric("remote_frees"), 100, 1e-9);
		cr_assert_eq(pass.phase[0].ops, pass.phase[1].ops);
		cr_assert_eq(pass.fails, 0);
	}
	if (strcmp(kernel->text, "linux-3.10") == 0)
		cr_assert_gt(metric("pcp_foreign"), 0);
}

/* Three threads on two nodes: two of three meet the other node. */
Test(workloads_nodes, remote_free_states_what_the_seats_allow)
{
	make("ledger", "remote-free");
	cell.threads = 3;
	run("synthetic:numa:2 core:2 pu:1", NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_float_eq(pass.target.wanted, 200.0 / 3, 1e-9);
	cr_assert_float_eq(pass.target.got, 200.0 / 3, 1e-9);
}

PER_KERNEL(workloads_nodes, tenant_leaves_what_the_closed_form_says)
{
	double last = 101;

	for (int64_t level = 0; level <= 100; level += 50) {
		make(kernel->text, "tenant");
		t_cell_param(&cell, "level", level);
		t_cell_param(&cell, "ask", 75);
		run(two_nodes, NULL);
		cr_assert(pass.target.reached, "level %ld: %s", level, pass.target.text);
		cr_assert_lt(metric("local_share"), last);
		last = metric("local_share");
	}
	cr_assert_lt(last, 10);
}

/* On the ledger nothing is kept back: 25 % left, 50 % asked for. */
Test(workloads_nodes, tenant_is_exact_where_nothing_is_kept_back)
{
	make("ledger", "tenant");
	t_cell_param(&cell, "level", 75);
	t_cell_param(&cell, "ask", 50);
	run(four_nodes, line_of_four);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_float_eq(metric("local_share"), 50, 1e-9);
	cr_assert_eq(t_ledger_log.live, 0);
}

Test(workloads_nodes, tenant_notices_an_allocator_that_goes_far_first)
{
	make("ledger,far=1", "tenant");
	t_cell_param(&cell, "level", 25);
	run(two_nodes, NULL);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
}

/* Half name node 0, half all four in turn: exactly what flows where. */
Test(workloads_nodes, spill_of_a_mixture_is_what_the_flow_says)
{
	make("ledger", "spill");
	t_cell_param(&cell, "amount", 200);
	t_cell_param(&cell, "imbalance", 50);
	run(four_nodes, line_of_four);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	/* Node 0 gets 5/8 of the rate and is full at 1.6 nodes asked; node 1 gets the rest. */
	cr_assert_float_eq(metric("expected.node0"), 0.5, 1e-3);
	cr_assert_float_eq(metric("expected.node1"), (1.6 / 8 + 0.4 * 6 / 8) / 2, 1e-3);
	cr_assert_float_eq(metric("expected.node2"), 1.0 / 8, 1e-3);
	for (int n = 0; n < 4; n++) {
		char share[32], expected[32];

		snprintf(share, sizeof(share), "share.node%d", n);
		snprintf(expected, sizeof(expected), "expected.node%d", n);
		cr_assert_float_eq(metric(share), metric(expected), 1e-3, "%s", pass.target.text);
	}
}

/* linux-2.4 serves who names a node from that node alone. */
PER_KERNEL(workloads_nodes, spill_goes_where_the_flow_says_at_each_imbalance)
{
	if (strcmp(kernel->text, "linux-2.4") == 0)
		return;
	for (int64_t imbalance = 40; imbalance <= 100; imbalance += 30) {
		make(kernel->text, "spill");
		t_cell_param(&cell, "amount", 220);
		t_cell_param(&cell, "imbalance", imbalance);
		cell.threads = 2;
		run(four_nodes, line_of_four);
		cr_assert(pass.target.reached, "%ld %%: %s", imbalance, pass.target.text);
	}
}

PER_KERNEL(workloads_nodes, churn_finds_local_what_the_closed_form_says)
{
	for (unsigned nodes = 2; nodes <= 4; nodes += 2) {
		make(kernel->text, "node-churn");
		cell.threads = nodes;
		run(nodes == 2 ? two_nodes : four_nodes, nodes == 2 ? NULL : line_of_four);
		cr_assert(pass.target.reached, "%s", pass.target.text);
		cr_assert_eq(pass.pinned_ok, pass.pin_errno ? 0 : nodes);
		cr_assert_eq(metric("replaced_elsewhere"), 0);
		cr_assert_eq(pass.places.local, pass.places.total, "new blocks are local");
	}
}

/* Two nodes, all replaced each time: nothing is local after a move. */
Test(workloads_nodes, churn_of_everything_leaves_nothing_local)
{
	make("ledger", "node-churn");
	cell.threads = 2;
	t_cell_param(&cell, "replace", 100);
	run(two_nodes, NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(pass.target.wanted, 0);
	cr_assert_eq(pass.target.got, 0);
	cr_assert_eq(t_ledger_log.parked_calls, 0);
	cr_assert_eq(t_ledger_log.bad_frees, 0);
}

PER_KERNEL(workloads_nodes, tiering_brings_the_hot_pages_to_the_fast_node)
{
	make(kernel->text, "tiering");
	run(two_nodes, NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_geq(metric("hot_on_fast"), 90);
	cr_assert_lt(metric("hot_on_fast_first"), 80);
	cr_assert_gt(metric("promoted"), 0);
	cr_assert_gt(metric("demoted"), 0);
	cr_assert_eq(metric("accesses_fast") + metric("accesses_slow"), (double)pass.phase[2].ops);
	double served = metric("served_fast");

	t_cell_param(&cell, "policy", 0);
	run(two_nodes, NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(metric("promoted") + metric("demoted"), 0);
	cr_assert_eq(metric("hot_on_fast"), metric("hot_on_fast_first"));
	cr_assert_gt(served, metric("served_fast") + 10);
}

/* With more hot pages than the fast node can hold the goal is missed, and said to be. */
Test(workloads_nodes, tiering_says_that_the_goal_is_missed)
{
	make("linux-3.10", "tiering");
	t_cell_param(&cell, "hot", 90);
	run(two_nodes, NULL);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
}

/* Whichever thread comes first: each begins with its part of the fast node. */
Test(workloads_nodes, tiering_reaches_the_goal_with_several_threads)
{
	make("linux-3.10", "tiering");
	cell.threads = 4;
	run("synthetic:numa:2 core:2 pu:1", NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_gt(metric("demoted"), 0);
}

/* Nodes 0 and 1 with CPUs and memory, node 2 with memory alone. */
static const char memory_only[] = "tests/golden/topo/memory-only.xml";

PER_KERNEL(workloads_nodes, memory_alone_serves_a_tenant)
{
	make(kernel->text, "tenant");
	t_cell_param(&cell, "node", 2);
	cell.threads = 4;
	run(memory_only, NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_gt(pass.places.served[2 * 3 + 2], 0, "it serves who names it");
	for (unsigned i = 0; i < 6; i++)
		cr_assert_eq(pass.places.served[i], 0, "nobody names another node");
}

PER_KERNEL(workloads_nodes, memory_alone_is_a_slow_tier)
{
	make(kernel->text, "tiering");
	t_cell_param(&cell, "slow", 2);
	run(memory_only, NULL);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_gt(metric("accesses_slow"), 0);
	cr_assert_gt(metric("promoted"), 0);
	cr_assert_gt(metric("demoted"), 0);
}

PER_KERNEL(workloads_nodes, memory_alone_has_no_threads_that_free_or_move)
{
	static const char *const names[] = { "remote-free", "node-churn" };

	for (unsigned i = 0; i < 2; i++) {
		make(kernel->text, names[i]);
		cell.threads = 4;
		run(memory_only, NULL);
		cr_assert(pass.target.reached, "%s: %s", names[i], pass.target.text);
		for (unsigned k = 0; k < 3; k++)
			cr_assert_eq(pass.places.served[2 * 3 + k], 0, "nobody asks for it");
	}
}

/* Node 2 is nearer to node 0 than node 1 is: what node 0 lacks comes from there. */
Test(workloads_nodes, memory_alone_takes_what_spills)
{
	static const char *const variants[] = { "linux-3.10", "linux-2.6.9" };

	for (unsigned i = 0; i < 2; i++) {
		make(variants[i], "spill");
		t_cell_param(&cell, "amount", 150);
		run(memory_only, NULL);
		cr_assert(pass.target.reached, "%s: %s", variants[i], pass.target.text);
		cr_assert_gt(metric("share.node2"), 0.3, "%s", pass.target.text);
		cr_assert_eq(metric("share.node1"), 0, "%s", pass.target.text);
	}
}

/* Two CPUs each: what the CPUs of node 1 get is of node 0, and node 0 frees it. */
Test(workloads_nodes, remote_free_knows_where_a_node_without_memory_asks)
{
	static const char *const variants[] = { "linux-3.10", "linux-2.6.9" };

	for (unsigned i = 0; i < 2; i++) {
		make(variants[i], "remote-free");
		cell.threads = 4;
		memoryless = 1;
		run("synthetic:numa:3 core:2 pu:1", "10,17,21/17,10,28/21,28,10");
		cr_assert(pass.target.reached, "%s: %s", variants[i], pass.target.text);
		cr_assert_float_eq(pass.target.wanted, 50, 1e-9);
		cr_assert_float_eq(metric("remote_frees"), 50, 1e-9);
	}
}
