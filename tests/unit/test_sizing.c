/* SPDX-License-Identifier: GPL-2.0-only */
/* From a machine to an allocator's configuration, and what a cell needs. */
#include "harness/matrix/sizing.h"
#include "tests/support/t_cell.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static char why[256];

static struct machine_conf *make_cell(const char *spec, const struct bench_cell *cell)
{
	struct topo *t = t_topo(spec, NULL);
	struct machine_conf *m;

	cr_assert_eq(machine_conf_make(&m, cell->variant.ops, cell->variant.policy, cell, t, why,
				       sizeof(why)),
		     0, "%s", why);
	topo_free(t);
	return m;
}

static struct machine_conf *make(const char *spec, uint64_t per_node, unsigned threads)
{
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "bulk");
	cell.memory.per_node = per_node;
	cell.threads = threads;
	return make_cell(spec, &cell);
}

static const char two[] = "synthetic:numa:2 core:2 pu:1";

static void zone_is(const struct machine_conf *m, unsigned z, unsigned node,
		    enum pga_zone_type type, uint64_t start, uint64_t end)
{
	const struct pga_zone_conf *zone = &m->conf.zones[z];

	cr_assert_eq(zone->node, node);
	cr_assert_eq(zone->type, type);
	cr_assert_eq((uint64_t)zone->start << 12, start);
	cr_assert_eq((uint64_t)(zone->start + zone->span) << 12, end);
}

Test(machine, small_nodes_are_normal_alone)
{
	struct machine_conf *m = make("synthetic:numa:2 core:2 pu:1", 64 * MIB, 1);

	cr_assert_eq(m->conf.nr_zones, 2);
	zone_is(m, 0, 0, PGA_ZONE_NORMAL, 0, 64 * MIB);
	zone_is(m, 1, 1, PGA_ZONE_NORMAL, 64 * MIB, 128 * MIB);
	cr_assert_eq(m->conf.nr_cpus, 4);
	cr_assert_eq(m->conf.cpu_node[3], 1);
	cr_assert_eq(m->frames, 128 * MIB >> 12);
	machine_conf_free(m);
}

Test(machine, scaled_zones_cut_a_small_first_node)
{
	struct machine_conf *m;
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "bulk");
	cell.memory.per_node = 64 * MIB;
	cell.memory.zones = ZONES_SCALED;
	m = make_cell("synthetic:numa:2 core:1 pu:1", &cell);
	cr_assert_eq(m->conf.nr_zones, 4);
	zone_is(m, 0, 0, PGA_ZONE_DMA, 0, 4 * MIB);
	zone_is(m, 1, 0, PGA_ZONE_DMA32, 4 * MIB, 48 * MIB);
	zone_is(m, 2, 0, PGA_ZONE_NORMAL, 48 * MIB, 64 * MIB);
	zone_is(m, 3, 1, PGA_ZONE_NORMAL, 64 * MIB, 128 * MIB);
	machine_conf_free(m);
}

/* DMA of the first node alone, Movable of each, Normal the rest. */
Test(machine, zones_as_given)
{
	struct machine_conf *m;
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "bulk");
	cell.memory.per_node = 64 * MIB;
	cell.memory.zones = ZONES_GIVEN;
	cell.memory.zone[PGA_ZONE_DMA].bytes = 5 * MIB;
	cell.memory.zone[PGA_ZONE_MOVABLE].percent = 25;
	m = make_cell("synthetic:numa:2 core:1 pu:1", &cell);
	cr_assert_eq(m->conf.nr_zones, 5);
	zone_is(m, 0, 0, PGA_ZONE_DMA, 0, 4 * MIB);
	zone_is(m, 1, 0, PGA_ZONE_NORMAL, 4 * MIB, 48 * MIB);
	zone_is(m, 2, 0, PGA_ZONE_MOVABLE, 48 * MIB, 64 * MIB);
	zone_is(m, 3, 1, PGA_ZONE_NORMAL, 64 * MIB, 112 * MIB);
	zone_is(m, 4, 1, PGA_ZONE_MOVABLE, 112 * MIB, 128 * MIB);
	machine_conf_free(m);

	struct topo *t = t_topo(two, NULL);
	struct bench_need need;

	cell.memory.zone[PGA_ZONE_DMA].bytes = 48 * MIB;
	cr_expect_eq(bench_need(&cell, t, &need, why, sizeof(why)), -EINVAL);
	cr_expect(strstr(why, "Normal needs some"), "%s", why);
	topo_free(t);
}

/* Whole pageblocks at the end; the rest, an odd end included, is handed over at boot. */
Test(machine, an_area_for_cma_is_kept_back)
{
	struct machine_conf *m;
	struct bench_cell cell;

	t_cell_make(&cell, "ledger", "cma");
	t_cell_param(&cell, "area", 25);
	cell.memory.per_node = 65 * MIB;
	m = make_cell("synthetic:numa:1 core:1 pu:1", &cell);
	cr_assert_eq(m->conf.nr_cma, 1);
	cr_assert_eq(m->conf.nr_boot, 2);
	const struct pga_range *boot = m->conf.boot, *cma = m->conf.cma;

	cr_assert_eq(cma->start % 512, 0);
	cr_assert_eq(cma->end % 512, 0);
	cr_assert_geq(cma->end - cma->start, 15 * MIB >> 12);
	cr_assert_leq(cma->end - cma->start, 17 * MIB >> 12);
	cr_assert_eq(boot[0].start, 0);
	cr_assert_eq(boot[0].end, cma->start);
	cr_assert_eq(boot[1].start, cma->end);
	cr_assert_eq(boot[1].end, 65 * MIB >> 12);
	machine_conf_free(m);
}

Test(machine, a_large_first_node_is_cut_as_on_x86)
{
	struct machine_conf *m = make("synthetic:numa:2 core:1 pu:1", 8 * GIB, 1);

	cr_assert_eq(m->conf.nr_zones, 4);
	zone_is(m, 0, 0, PGA_ZONE_DMA, 0, 16 * MIB);
	zone_is(m, 1, 0, PGA_ZONE_DMA32, 16 * MIB, 4 * GIB);
	zone_is(m, 2, 0, PGA_ZONE_NORMAL, 4 * GIB, 8 * GIB);
	zone_is(m, 3, 1, PGA_ZONE_NORMAL, 8 * GIB, 16 * GIB);
	machine_conf_free(m);
	m = make("synthetic:numa:1 core:1 pu:1", 4 * GIB, 1);
	cr_assert_eq(m->conf.nr_zones, 1, "up to 4 GiB there would be no Normal zone");
	machine_conf_free(m);
}

Test(machine, each_thread_drives_a_cpu_of_its_own)
{
	struct machine_conf *m = make("synthetic:numa:2 core:1 pu:1", 64 * MIB, 5);

	cr_assert(m->oversubscribed);
	cr_assert_eq(m->conf.nr_cpus, 5);
	for (unsigned i = 0; i < 5; i++) {
		for (unsigned k = 0; k < i; k++)
			cr_assert_neq(m->threads[i].cpu, m->threads[k].cpu);
		cr_assert_lt(m->threads[i].real, 2);
		cr_assert_eq(m->conf.cpu_node[m->threads[i].cpu],
			     m->conf.cpu_node[m->threads[i].real]);
	}
	machine_conf_free(m);
}

/* One refusal or acceptance of bench_need. */
struct row {
	const char *what, *topo, *variant, *workload;
	unsigned order, threads;
	const char *placement;
	bool oversubscribe;
	uint64_t per_node;
	enum wl_touch touch;
	int rc;
	const char *says; /* part of the message */
};

static const char one[] = "synthetic:numa:1 core:2 pu:1";
static const struct row rows[] = {
	{ "plain", one, "ledger", "bulk", 3, 2, "", false, 64 * MIB, 0, 0, NULL },
	{ "order", one, "ledger", "bulk", 11, 1, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "orders 0 to 10" },
	{ "orders", one, "skeleton", "bulk", 1, 1, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "lacks orders" },
	{ "no order", one, "ledger", "holes", 1, 1, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "order 0 alone" },
	{ "not real", one, "null", "holes", 0, 1, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "real frames" },
	{ "nodes", one, "ledger", "spill", 0, 1, "", false, 64 * MIB, 0, -EOPNOTSUPP, "2 nodes" },
	{ "spill", two, "ledger", "spill", 0, 1, "", false, 64 * MIB, 0, 0, NULL },
	{ "placement", two, "ledger", "spill", 0, 1, "bind", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "placement local" },
	{ "odd", one, "ledger", "prodcons", 0, 3, "", true, 64 * MIB, 0, -EOPNOTSUPP,
	  "multiple of 2" },
	{ "too many", one, "ledger", "bulk", 0, 3, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "3 threads on 2 CPUs" },
	{ "allowed", one, "ledger", "bulk", 0, 3, "", true, 64 * MIB, 0, 0, NULL },
	{ "exact", one, "ledger,vmstat=exact", "bulk", 0, 2, "", false, 64 * MIB, 0, -EOPNOTSUPP,
	  "vmstat=exact" },
	{ "exact alone", one, "ledger,vmstat=exact", "bulk", 0, 1, "", false, 64 * MIB, 0, 0,
	  NULL },
	{ "fits not", one, "ledger", "bulk", 10, 1, "", false, 4 * MIB, 0, -EOPNOTSUPP,
	  "does not fit" },
	{ "touch", one, "ledger", "bulk", 0, 1, "", false, 64 * MIB, WL_TOUCH_LINE, -EINVAL,
	  "without backing" },
	{ "no memory", one, "ledger", "bulk", 0, 1, "", false, 0, 0, -EINVAL, "memory per node" },
};

Test(sizing, refusals_name_what_is_lacking)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *w = &rows[i];
		struct topo *t = t_topo(w->topo, NULL);
		struct bench_need need;
		struct bench_cell cell;

		t_cell_make(&cell, w->variant, w->workload);
		cell.order = w->order;
		cell.threads = w->threads;
		strcpy(cell.placement, w->placement);
		cell.oversubscribe = w->oversubscribe;
		cell.memory.per_node = w->per_node;
		cell.memory.touch = w->touch;
		why[0] = '\0';
		cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), w->rc, "%s: %s",
			     w->what, why);
		cr_assert(!w->says || strstr(why, w->says), "%s: %s", w->what, why);
		topo_free(t);
	}
}

Test(sizing, the_parts_add_up)
{
	struct topo *t = t_topo(two, NULL);
	struct bench_need need;
	struct bench_cell cell;
	uint64_t nodes = 0;

	t_cell_make(&cell, "ledger", "bulk");
	cell.threads = 4;
	cell.memory = (struct bench_memory){ .per_node = 64 * MIB,
					     .backing = BACK_BOUND,
					     .touch = WL_TOUCH_LINE };
	cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(need.frames, 128 * MIB);
	cr_assert_eq(need.slots, 128 * MIB / 4096 / 2 * 4, "four bytes for each block held");
	cr_assert_geq(need.meta, 128 * MIB / 4096);
	cr_assert_eq(need.total, need.frames + need.slots + need.meta + SIZING_ALLOWANCE +
					 4 * SIZING_PER_THREAD);
	for (unsigned n = 0; n < PGA_MAX_NODES; n++)
		nodes += need.per_node[n];
	cr_assert_eq(nodes, need.total);
	cell.memory.touch = WL_TOUCH_NONE;
	cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
	cr_assert_lt(need.frames, 4 * MIB, "only what the proof looks at");
	topo_free(t);
}

/* Every real variant: 256 GiB of frames without backing, in 4 GiB. */
/* What belongs to CPUs without memory of their own is on the nearest node. */
Test(sizing, a_node_without_memory_is_asked_for_none)
{
	static const char *const variants[] = { "linux-3.10", "null" };
	struct topo *t = t_topo("tests/golden/topo/memory-less.xml", NULL);
	struct bench_cell cell;
	struct bench_need need;
	unsigned without = 0;

	for (size_t v = 0; v < sizeof(variants) / sizeof(variants[0]); v++) {
		t_cell_make(&cell, variants[v], "bulk");
		cell.threads = t->nr_cpus;
		cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
		for (unsigned n = 0; n < t->nr_nodes; n++) {
			without += !t->nodes[n].mem_bytes;
			cr_assert((need.per_node[n] > 0) == (t->nodes[n].mem_bytes > 0),
				  "%s: %llu bytes on node %u", variants[v],
				  (unsigned long long)need.per_node[n], n);
		}
	}
	cr_assert_gt(without, 0);
	topo_free(t);
}

Test(sizing, a_fake_range_is_small)
{
	struct topo *t = t_topo(one, NULL);

	for (const struct pga_variant_row *v = pga_variants; v->name; v++) {
		struct bench_need need;
		struct bench_cell cell;

		t_cell_make(&cell, v->name, "bulk");
		cell.memory.per_node = 256 * GIB;
		cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
		cr_assert_leq(need.total, 4 * GIB, "%s: %lu", v->name, need.total);
		cr_assert_leq(need.meta, 24 * (256 * GIB >> 12), "24 bytes per frame");
	}
	topo_free(t);
}
