/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's files of free memory: recorded ones, formats of several kernels, damaged ones. */
#include "harness/kernel/kernel_frag.h"
#include "harness/kernel/procfs.h"
#include "tests/support/t_instance.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RECORDED "tests/golden/kernel-frag/linux-6.18"

static struct kfrag k;
static char err[512];

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

/* The rows of a recorded file of debugfs; prints "%d.%03d", so -500 is "0.-500". */
static void same_as(const char *name, int (*index)(const struct wl_frag *, unsigned))
{
	char path[600], *line = NULL;
	size_t room = 0;
	unsigned rows = 0;

	snprintf(path, sizeof(path), "%s/%s", RECORDED, name);
	FILE *f = fopen(path, "re");

	cr_assert_not_null(f);
	for (; getline(&line, &room, f) > 0; rows++) {
		const struct kfrag_zone *z = &k.zones[rows];
		char *at = strstr(line, "zone");

		cr_assert_lt(rows, k.nr_zones);
		at = strstr(at, z->name);
		cr_assert_not_null(at, "row %u is zone %s", rows, z->name);
		at += strlen(z->name);
		for (unsigned o = 0; o < z->nr_orders; o++) {
			int whole, part, used;

			cr_assert_eq(sscanf(at, "%d.%d%n", &whole, &part, &used), 2);
			cr_assert_eq(index(&z->free, o), whole * 1000 + part,
				     "%s: zone %s order %u", name, z->name, o);
			at += used;
		}
	}
	cr_assert_eq(rows, k.nr_zones);
	free(line);
	fclose(f);
}

/* Recorded together, and buddyinfo did not change meanwhile. */
Test(kernel_frag, the_indices_are_those_of_the_kernel)
{
	cr_assert_eq(kfrag_read(&k, RECORDED, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(k.nr_zones, 3);
	same_as("unusable_index", wl_frag_fu);
	same_as("extfrag_index", wl_frag_fi);
	cr_assert_eq(k.pageblock_order, 9);
	cr_assert_eq(k.nr_types, 5);
	cr_assert_str_eq(k.types[3], "HighAtomic");
	const struct kfrag_zone *z = &k.zones[2];

	cr_assert(z->has_types && z->has_blocks && !z->has_mixed);
	for (unsigned o = 0; o < z->nr_orders; o++) {
		uint64_t sum = 0;

		for (unsigned t = 0; t < k.nr_types; t++)
			sum += z->by_type[t][o];
		cr_assert_eq(sum, z->free.blocks[o], "order %u", o);
	}
	cr_assert_eq(z->present, 5505024);
	cr_assert_eq(kfrag_node_present(&k, 0), 3998 + 782336 + 5505024);
	cr_assert(k.has_stats[KFRAG_pgmigrate_success]);
	cr_assert_eq(k.stats[KFRAG_pgmigrate_success], 12310);
	kfrag_free(&k);
}

/* An instance of linux-3.10 prints its state as that kernel does. */
Test(kernel_frag, what_an_instance_prints_is_read_back)
{
	static struct t_instance in;
	struct wl_frag frag = { { 0 } };
	struct pga_zone_snap snap = { 0 };
	char dir[256], path[600];

	cr_assert_eq(t_up(&in, "linux-3.10", "zone=0:Normal:0+16384 cpus=0"), 0, "%s", in.why);
	for (unsigned i = 0; i < 700; i++)
		t_alloc(&in, 0, -1, i % 5, i % 3 ? PGA_GFP_USER_MOVABLE : PGA_GFP_KERNEL);
	t_scratch(dir, sizeof(dir));
	snprintf(path, sizeof(path), "%s/buddyinfo", dir);
	FILE *f = fopen(path, "we");

	bench_print_buddyinfo(f, in.ops, in.pga, &in.conf);
	fclose(f);
	snprintf(path, sizeof(path), "%s/pagetypeinfo", dir);
	f = fopen(path, "we");
	bench_print_pagetypeinfo(f, in.ops, in.pga, &in.conf);
	fclose(f);
	snprintf(path, sizeof(path), "%s/zoneinfo", dir);
	f = fopen(path, "we");
	bench_print_zoneinfo(f, in.ops, in.pga, &in.conf);
	fclose(f);
	in.ops->zone_snap(in.pga, 0, &snap);
	wl_frag_add(&frag, &snap);
	cr_assert_eq(kfrag_read(&k, dir, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(k.nr_zones, 1);
	cr_assert_arr_eq(k.zones[0].free.blocks, frag.blocks, sizeof(frag.blocks));
	for (unsigned t = 0; t < k.nr_types; t++) {
		unsigned type = 0;

		while (strcmp(pga_types[type].name, k.types[t]) != 0)
			type++;
		cr_assert_eq(k.zones[0].pageblocks[t], snap.pageblocks[type], "%s", k.types[t]);
		for (unsigned o = 0; o < in.conf.nr_orders; o++)
			cr_assert_eq(k.zones[0].by_type[t][o], snap.nr_blocks[type][o]);
	}
	cr_assert_eq(k.zones[0].present, 16384);
	kfrag_free(&k);
	t_remove(dir);
	t_down(&in);
}

/* Counts that stop at 100,000, page owners' mixed blocks, 14 orders, no pageblocks of a zone. */
Test(kernel_frag, formats_of_other_kernels)
{
	char dir[256];

	t_scratch(dir, sizeof(dir));
	write_file(dir, "buddyinfo",
		   "Node 0, zone   Normal 123456 1 0 0 0 0 0 0 0 0 0 0 0 2 \n"
		   "Node 1, zone  Movable 0 0 0 0 0 0 0 0 0 0 0 0 0 0 \n");
	write_file(
		dir, "pagetypeinfo",
		"Page block order: 13\nPages per block:  8192\n\n"
		"Free pages count per migrate type at order       0      1\n"
		"Node    0, zone   Normal, type    Unmovable >100000 1 0 0 0 0 0 0 0 0 0 0 0 0 \n"
		"Node    0, zone   Normal, type      Movable      7 0 0 0 0 0 0 0 0 0 0 0 0 2 \n"
		"\nNumber of blocks type     Unmovable      Movable \n"
		"Node 0, zone   Normal            3            4 \n"
		"\nNumber of mixed blocks    Unmovable      Movable \n"
		"Node 0, zone   Normal            1            2 \n");
	cr_assert_eq(kfrag_read(&k, dir, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(k.nr_zones, 2);
	cr_assert_eq(k.zones[0].nr_orders, 14);
	cr_assert_eq(k.pageblock_order, 13);
	cr_assert(k.zones[0].capped[0][0]);
	cr_assert_eq(k.zones[0].by_type[0][0], KFRAG_CAP);
	cr_assert_not(k.zones[0].capped[1][0]);
	cr_assert_eq(k.zones[0].pageblocks[1], 4);
	cr_assert(k.zones[0].has_mixed);
	cr_assert_eq(k.zones[0].mixed[0], 1);
	cr_assert_eq(k.zones[0].mixed[1], 2);
	cr_assert_not(k.zones[1].has_types);
	cr_assert_eq(wl_frag_fu(&k.zones[1].free, 0), 1000, "nothing is free there");
	cr_assert(strstr(k.why_present, "zoneinfo"), "%s", k.why_present);
	kfrag_free(&k);
	t_remove(dir);
}

Test(kernel_frag, buddyinfo_alone_is_enough)
{
	char dir[256];

	t_scratch(dir, sizeof(dir));
	write_file(dir, "buddyinfo", "Node 0, zone      DMA      3      0      1 \n");
	cr_assert_eq(kfrag_read(&k, dir, err, sizeof(err)), 0, "%s", err);
	cr_assert_eq(k.zones[0].nr_orders, 3);
	cr_assert_not(k.zones[0].has_types);
	cr_assert(strstr(k.why_types, "pagetypeinfo: No such file"), "%s", k.why_types);
	kfrag_free(&k);
	t_remove(dir);
	cr_assert_eq(kfrag_read(&k, dir, err, sizeof(err)), -ENOENT);
	cr_assert(strstr(err, "buddyinfo"), "%s", err);
	kfrag_free(&k);
}

Test(kernel_frag, damaged_files_are_refused)
{
	static const struct {
		const char *buddy, *types, *words;
	} bad[] = {
		{ "", "", "has no zones" },
		{ "Node 0, zone Normal\n", "", "buddyinfo:1: has no counts" },
		{ "Node x, zone Normal 1\n", "", "wants 'Node N, zone NAME'" },
		{ "Node 0, zone Normal 1\nNode 0, zone DMA -1\n", "", "buddyinfo:2: has a count" },
		{ "Node 0, zone Normal 99999999999999999999\n", "", "has a count" },
		{ "Node 0, zone Normal 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1\n", "", "16 orders" },
		{ "Node 0, zone AVeryLongNameOfAZone 1\n", "", "wants" },
		{ "Node 0, zone Normal 1 1\n", "Node 0, zone Normal, type Movable 1\n",
		  "pagetypeinfo:1: has not a count" },
		{ "Node 0, zone Normal 1\n", "Node 0, zone Normal, type Movable 1 2\n",
		  "more orders" },
		{ "Node 0, zone Normal 1\n", "Number of blocks type A B C D E F G H I J K L M\n",
		  "too many types" },
		{ "Node 0, zone Normal 1\n",
		  "Number of blocks type Movable Isolate\nNode 0, zone Normal 1\n",
		  "pagetypeinfo:2: has not a count for each type" },
	};
	char dir[256];

	t_scratch(dir, sizeof(dir));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(dir, "buddyinfo", bad[i].buddy);
		write_file(dir, "pagetypeinfo", bad[i].types);
		cr_expect_eq(kfrag_read(&k, dir, err, sizeof(err)), -EINVAL, "case %zu", i);
		cr_expect(strstr(err, bad[i].words), "case %zu: %s", i, err);
		kfrag_free(&k);
	}
	t_remove(dir);
}
