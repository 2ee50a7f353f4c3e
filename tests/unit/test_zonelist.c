/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/zonelist.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct pga_zonelist lists[T_MAX_NODES * PGA_LISTS_PER_NODE];
static uint8_t entries[T_MAX_NODES * PGA_LISTS_PER_NODE * T_MAX_ZONES];

/* The list as "2 0 1". */
static const char *text(unsigned node, enum pga_list_kind kind, unsigned highest)
{
	static char out[200];
	const struct pga_zonelist *l = &lists[pga_zonelist_index(node, kind, highest)];

	out[0] = '\0';
	for (unsigned i = 0; i < l->nr; i++)
		sprintf(out + strlen(out), i ? " %u" : "%u", entries[l->at + i]);
	return out;
}

static void build(struct t_instance *in, const char *machine, enum pga_list_order order)
{
	cr_assert_eq(t_conf(in, machine), 0, "%s", in->why);
	cr_assert_leq(pga_zonelist_entries(&in->conf), sizeof(entries));
	pga_zonelist_build(&in->conf, order, lists, entries);
}

#define ROW                                                                     \
	"zone=0:Normal:0+1024 zone=1:Normal:1024+1024 zone=2:Normal:2048+1024 " \
	"zone=3:Normal:3072+1024 "

Test(zonelist, nodes_by_distance)
{
	static struct t_instance in;

	build(&in, ROW "cpus=0,1,2,3 dist=10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10",
	      PGA_LIST_NODE);
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 3), "0 1 3 2");
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 3), "1 2 0 3", "equals: the higher number");
	cr_expect_str_eq(text(2, PGA_LIST_FALLBACK, 3), "2 1 0 3");
	cr_expect_str_eq(text(3, PGA_LIST_FALLBACK, 3), "3 0 1 2",
			 "1 and 2 tie; 2 was asked already");
	cr_expect_str_eq(text(2, PGA_LIST_THISNODE, 3), "2");
	cr_expect_str_eq(text(2, PGA_LIST_FALLBACK, 1), "", "nothing below Normal");
}

Test(zonelist, equals_take_turns)
{
	static struct t_instance in;

	build(&in, ROW "cpus=0,1,2,3", PGA_LIST_NODE);
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 3), "0 1 2 3");
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 3), "1 2 3 0");
	cr_expect_str_eq(text(2, PGA_LIST_FALLBACK, 3), "2 3 0 1");
	cr_expect_str_eq(text(3, PGA_LIST_FALLBACK, 3), "3 0 1 2");
}

Test(zonelist, a_node_without_cpus_comes_first_among_equals)
{
	static struct t_instance in;

	build(&in, ROW "cpus=0,1,2", PGA_LIST_NODE);
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 3), "0 3 1 2");
}

Test(zonelist, a_node_without_memory_has_the_others)
{
	static struct t_instance in;

	build(&in, t_machine_find("memoryless"), PGA_LIST_NODE);
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 3), "0");
	cr_expect_str_eq(text(1, PGA_LIST_THISNODE, 3), "");
}

#define MIXED                                                             \
	"zone=0:DMA:0+512 zone=0:DMA32:512+1536 zone=0:Normal:2048+6144 " \
	"zone=1:Normal:8192+8192 zone=1:Movable:16384+1024 cpus=0,1"

Test(zonelist, orders_of_zones)
{
	static struct t_instance in;

	build(&in, MIXED, PGA_LIST_NODE);
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 3), "2 1 0 4 3");
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 3), "4 3 2 1 0");
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 2), "2 1 0 3");
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 1), "1 0");
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 0), "0");
	build(&in, MIXED, PGA_LIST_ZONE);
	cr_expect_str_eq(text(0, PGA_LIST_FALLBACK, 3), "4 2 3 1 0");
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 3), "4 3 2 1 0");
	cr_expect_str_eq(text(1, PGA_LIST_FALLBACK, 2), "3 2 1 0");
}

Test(zonelist, default_order)
{
	static const struct {
		const char *machine, *why;
		enum pga_list_order order;
	} cases[] = {
		{ "zone=0:Normal:0+8192 cpus=0", "no low memory", PGA_LIST_NODE },
		{ "zone=0:DMA32:0+512 cpus=0", "no Normal zone", PGA_LIST_NODE },
		{ MIXED, "low memory is little, and on no node most", PGA_LIST_ZONE },
		{ "zone=0:DMA32:0+6000 zone=0:Normal:6000+5000 cpus=0", "low memory is most",
		  PGA_LIST_NODE },
		{ "zone=0:DMA32:0+6000 zone=0:Normal:6000+2000 zone=1:Normal:8000+9000 cpus=0,1",
		  "low memory is most of a large node", PGA_LIST_NODE },
		{ "zone=0:DMA32:0+3000 zone=0:Normal:3000+1000 zone=1:Normal:8000+20000 cpus=0,1",
		  "the node is small", PGA_LIST_ZONE },
	};
	static struct t_instance in;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_assert_eq(t_conf(&in, cases[i].machine), 0, "%s", in.why);
		cr_expect_eq(pga_zonelist_order(&in.conf), cases[i].order, "%s", cases[i].why);
	}
}
