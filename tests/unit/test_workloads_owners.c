/* SPDX-License-Identifier: GPL-2.0-only */
/* Workloads whose frames have owners: what they report tells policies apart. */
#include "tests/unit/workload_suite.h"
#include "workloads/owners.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static const char one_node[] = "synthetic:numa:1 core:2 pu:1";
static const char two_nodes[] = "synthetic:numa:2 core:1 pu:1";

static void run(const char *topo)
{
	run_on(t_topo(topo, NULL));
}

Test(workloads_owners, pressure_evicts_what_memory_cannot_hold)
{
	make("linux-3.10", "pressure");
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_geq(pass.target.wanted, 4095.0, "half of 8192 frames more than there are");
	cr_assert_eq(pass.fails, 0);
	cr_assert_gt(metric("hit_share"), 50);
}

Test(workloads_owners, pressure_says_that_nothing_is_reclaimed)
{
	make("linux-3.10-noreclaim", "pressure");
	run(one_node);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(metric("evicted"), 0);
	cr_assert_gt(pass.fails, 0);
}

Test(workloads_owners, oom_kills_as_many_as_it_says)
{
	make("linux-3.10", "oom");
	t_cell_param(&cell, "kills", 3);
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_geq(metric("kills"), 3);
	cr_assert_gt(metric("killed_frames"), 0);
	cr_assert_eq(pass.stats[PGA_STAT_oom_kill], (uint64_t)metric("kills"));
}

/* With room for all of it in swap nobody has to die. */
Test(workloads_owners, oom_is_put_off_by_swap)
{
	make("linux-3.10", "oom");
	t_cell_param(&cell, "kills", 1);
	run(one_node);
	double without = metric("grown_frames");

	t_cell_param(&cell, "swap", 100);
	run(one_node);
	cr_assert_gt(metric("grown_frames"), without * 1.5);
}

Test(workloads_owners, grouping_keeps_unmovable_frames_together)
{
	make("linux-3.10", "unmovable-drip");
	cell.memory.per_node = 128u << 20;
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	double mixed = metric("mixed_blocks"), clean = metric("clean_blocks");
	double left = metric("left_order9");

	cr_assert_gt(left, metric("avail_order9"));
	make("linux-3.10-nogroup", "unmovable-drip");
	cell.memory.per_node = 128u << 20;
	run(one_node);
	cr_assert_gt(metric("mixed_blocks"), mixed);
	cr_assert_lt(metric("clean_blocks"), clean);
	cr_assert_lt(metric("left_order9"), left);
}

Test(workloads_owners, reclaiming_the_zone_keeps_requests_local)
{
	make("linux-3.10", "local-vs-reclaim");
	run(two_nodes);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	double local = metric("local_share");

	make("linux-3.10-zonereclaim", "local-vs-reclaim");
	run(two_nodes);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_gt(metric("local_share"), local);
}

Test(workloads_owners, highalloc_counts_what_it_asked_for)
{
	make("linux-3.10", "highalloc");
	cell.memory.per_node = 64u << 20;
	t_cell_param(&cell, "high", 5);
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	for (int phase = 0; phase < 3; phase++) {
		static const char *const names[] = { "success_load", "success_second",
						     "success_rest" };
		double rate = metric(names[phase]);

		cr_assert(rate >= 0 && rate <= 100, "%s %f", names[phase], rate);
	}
	cr_assert_gt(metric("success_rest"), 0);
}
Test(workloads_owners, a_claimed_area_is_empty_unless_frames_are_pinned)
{
	make("linux-3.10", "cma");
	cell.memory.per_node = 64u << 20;
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(metric("claimed_ranges"), 100);
	cr_assert_gt(metric("moved"), 0);
	t_cell_param(&cell, "pinned", 100000);
	run(one_node);
	cr_assert(pass.target.reached, "%s", pass.target.text);
	cr_assert_lt(metric("claimed_ranges"), 100);
}

/* Types of pageblocks are what isolation works with. */
Test(workloads_owners, nothing_is_claimed_without_grouping)
{
	make("linux-3.10-nogroup", "cma");
	cell.memory.per_node = 64u << 20;
	run(one_node);
	cr_assert(!pass.target.reached, "%s", pass.target.text);
	cr_assert_eq(metric("claimed_ranges"), 0);
}
