/* SPDX-License-Identifier: GPL-2.0-only */
/* Drawings of machines: each part is there, once, inside of the picture. */
#include "harness/view/topo_view.h"
#include "tests/support/t_cell.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char text[1 << 20];
static char why[512];
static struct matrix_cell mc;
static struct topo_view view;

static const char two_packages[] =
	"synthetic:package:2 [numa(memory=8GiB)] l3:1(size=32MiB) core:4 l2:1(size=1MiB) pu:2";
static const char memory_only[] = "tests/golden/topo/memory-only.xml";
static const char memory_less[] = "tests/golden/topo/memory-less.xml";

static void make(const char *variant, const char *workload, unsigned threads)
{
	memset(&mc, 0, sizeof(mc));
	t_cell_make(&mc.cell, variant, workload);
	mc.cell.threads = threads;
	mc.cell.memory.per_node = 64u << 20;
	snprintf(mc.memory, sizeof(mc.memory), "64MiB none");
}

static struct topo *open_view(const char *spec)
{
	struct topo *t = t_topo(spec, NULL);

	cr_assert_eq(topo_view_open(&view, t, &mc, why, sizeof(why)), 0, "%s", why);
	return t;
}

static void close_view(struct topo *t)
{
	topo_view_close(&view);
	topo_free(t);
}

static void print(void)
{
	FILE *f = tmpfile();

	topo_view_print(&view, f);
	rewind(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
}

static void draw(void)
{
	char path[] = "/tmp/zb-view-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(topo_view_svg(&view, path, why, sizeof(why)), 0, "%s", why);
	text[read(fd, text, sizeof(text) - 1)] = '\0';
	close(fd);
	unlink(path);
}

static unsigned count(const char *what)
{
	unsigned nr = 0;

	for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
		nr++;
	return nr;
}

Test(topo_view, names_each_part_of_two_packages)
{
	make("linux-3.10", "pressure", 8);
	struct topo *t = open_view(two_packages);

	print();
	cr_expect_eq(count("package "), 2, "%s", text);
	cr_expect_eq(count("L3 32 MiB"), 2);
	cr_expect_eq(count("(L2 1 MiB):"), 8);
	cr_expect(strstr(text, "core 3 (L2 1 MiB): CPU 6 [thread 3], CPU 7 [kswapd0]"), "%s", text);
	cr_expect(strstr(text, "zone Normal      64 MiB   lists: high "), "%s", text);
	cr_expect(strstr(text, "thread 4: CPU 8 (os 8) of node 1; asks for node 1, can get nodes "
			       "0,1"),
		  "%s", text);
	cr_expect(!strncmp(text, "simulated, not this machine", 27));
	close_view(t);
}

Test(topo_view, zones_are_as_the_variant_knows_them)
{
	make("linux-3.10", "bulk", 1);
	mc.cell.memory.zones = ZONES_GIVEN;
	mc.cell.memory.zone[PGA_ZONE_DMA].bytes = 4u << 20;
	mc.cell.memory.zone[PGA_ZONE_MOVABLE].percent = 25;
	struct topo *t = open_view(memory_only);

	print();
	cr_expect_eq(count("zone DMA "), 1, "%s", text);
	cr_expect_eq(count("zone Movable     16 MiB"), 3, "%s", text);
	cr_expect(strstr(text, "node 2: 16 GiB, no CPUs\n  zone Normal      48 MiB"), "%s", text);
	close_view(t);
	make("linux-2.4", "bulk", 1);
	mc.cell.memory.zones = ZONES_GIVEN;
	mc.cell.memory.zone[PGA_ZONE_MOVABLE].percent = 25;
	t = open_view(memory_only);
	print();
	cr_expect_eq(count("Movable"), 0, "linux-2.4 knows none: %s", text);
	cr_expect_eq(count("no lists of CPUs"), 3);
	close_view(t);
}

Test(topo_view, placements_say_what_threads_ask_for)
{
	static const struct {
		const char *placement, *asks;
	} want[] = {
		{ "interleave", "thread 0: CPU 0 (os 0) of node 0; asks for nodes 0,1,2 in turn" },
		{ "bind:2", "asks for node 2, can get node 2\n" },
		{ "preferred:2", "asks for node 2, can get nodes 0,1,2\n" },
		{ "bind/preferred:2", "thread 1: CPU 2 (os 2) of node 0; asks for node 2" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		make("linux-3.10", "bulk", 2);
		snprintf(mc.cell.placement, sizeof(mc.cell.placement), "%s", want[i].placement);
		struct topo *t = open_view(memory_only);

		print();
		cr_expect(strstr(text, want[i].asks), "%s: %s", want[i].placement, text);
		close_view(t);
	}
	make("linux-2.4", "bulk", 1);
	snprintf(mc.cell.placement, sizeof(mc.cell.placement), "preferred:2");
	struct topo *t = open_view(memory_only);

	print();
	cr_expect(strstr(text, "asks for node 2, can get node 2\n"), "as that kernel does: %s",
		  text);
	close_view(t);
	make("linux-3.10", "spill", 1);
	t = open_view(memory_only);

	print();
	cr_expect(strstr(text, "places its requests itself"), "%s", text);
	close_view(t);
}

Test(topo_view, a_node_without_memory_has_cpus_and_no_zones)
{
	make("linux-3.10", "bulk", 4);
	struct topo *t = open_view(memory_less);

	print();
	cr_expect(strstr(text, "node 1: no memory\n    core 2"), "%s", text);
	cr_expect(strstr(text, "of node 1; asks for node 1, can get node 0"), "%s", text);
	close_view(t);
}

/* The end of each rectangle, against the size of the picture. */
static void check_inside(const char *spec)
{
	double width = 0, height = 0, x, y, w, h;
	unsigned nr = 0;

	sscanf(strstr(text, "width=\""), "width=\"%lf\" height=\"%lf\"", &width, &height);
	for (const char *at = text; (at = strstr(at, "\" x=\"")); at++)
		if (sscanf(at, "\" x=\"%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\"", &x, &y, &w,
			   &h) == 4) {
			nr++;
			cr_expect(x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width + 0.1 &&
					  y + h <= height + 0.1,
				  "%s: %f %f %f %f in %f %f", spec, x, y, w, h, width, height);
		}
	cr_expect_gt(nr, 3);
	cr_expect_eq(count("<svg"), 1);
	cr_expect_eq(count("</svg>"), 1);
	cr_expect(!strstr(text, "nan"));
}

Test(topo_view, draws_each_cpu_once_whatever_the_machine)
{
	static const char *const spec[] = {
		"synthetic:pu:1",
		"synthetic:core:1 pu:8",
		"synthetic:numa:1 package:2 l3:2 core:2 pu:1",
		"synthetic:package:2 numa:2 l3:2 l2:2 core:2 l1d:1 pu:2",
		"synthetic:package:4 l3:1 [numa(memory=1GiB)] core:24 pu:2",
		"synthetic:numa:16 core:2 pu:1",
		"tests/golden/topo/memory-only-apart.xml",
		"tests/golden/topo/distances-in-ns.xml",
		two_packages,
		memory_only,
		memory_less,
	};

	for (size_t i = 0; i < sizeof(spec) / sizeof(spec[0]); i++) {
		make("linux-3.10", "bulk", 1);
		struct topo *t = open_view(spec[i]);

		draw();
		cr_expect_eq(count(">CPU "), t->nr_cpus, "%s: %u of %u CPUs", spec[i],
			     count(">CPU "), t->nr_cpus);
		cr_expect_eq(count(">core "), t->nr_cores, "%s: %u of %u cores", spec[i],
			     count(">core "), t->nr_cores);
		cr_expect_eq(count(">node "), t->nr_nodes, "%s", spec[i]);
		check_inside(spec[i]);
		close_view(t);
	}
}

Test(topo_view, a_file_that_cannot_be_written)
{
	make("linux-3.10", "bulk", 1);
	struct topo *t = open_view(two_packages);

	cr_expect_eq(topo_view_svg(&view, "/nowhere/x.svg", why, sizeof(why)), -ENOENT);
	cr_expect(strstr(why, "/nowhere/x.svg"), "%s", why);
	close_view(t);
}
