/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/kernel/procfs.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* The kernel ranks its zones so; the seam's enum keeps HighMem apart. */
static const uint8_t type_order[] = { PGA_ZONE_DMA, PGA_ZONE_DMA32, PGA_ZONE_NORMAL,
				      PGA_ZONE_HIGHMEM, PGA_ZONE_MOVABLE };

static bool readable(const struct pga_ops *ops)
{
	return ops->zone_info && ops->zone_snap;
}

static const char *zone_name(const struct pga_conf *conf, unsigned zone)
{
	return pga_zone_type_names[conf->zones[zone].type];
}

/* A kernel without CMA areas or HighMem does not know these words. */
static bool has_type(const struct pga_conf *conf, unsigned type)
{
	return type != PGA_CMA || conf->nr_cma;
}

static bool has_zone_type(const struct pga_conf *conf, unsigned type)
{
	if (type != PGA_ZONE_HIGHMEM)
		return true;
	for (unsigned z = 0; z < conf->nr_zones; z++)
		if (conf->zones[z].type == type)
			return true;
	return false;
}

int bench_print_buddyinfo(FILE *f, const struct pga_ops *ops, struct pga *pga,
			  const struct pga_conf *conf)
{
	struct pga_zone_snap snap;

	if (!readable(ops))
		return -EOPNOTSUPP;
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		ops->zone_snap(pga, z, &snap);
		fprintf(f, "Node %u, zone %8s ", conf->zones[z].node, zone_name(conf, z));
		for (unsigned order = 0; order < conf->nr_orders; order++) {
			uint64_t blocks = 0;

			for (unsigned type = 0; type < PGA_NR_TYPES; type++)
				blocks += snap.nr_blocks[type][order];
			fprintf(f, "%6" PRIu64 " ", blocks);
		}
		fputc('\n', f);
	}
	return 0;
}

static void print_free_by_type(FILE *f, const struct pga_conf *conf, unsigned zone,
			       const struct pga_zone_snap *snap)
{
	for (unsigned type = 0; type < PGA_NR_TYPES; type++) {
		if (!has_type(conf, type))
			continue;
		fprintf(f, "Node %4u, zone %8s, type %12s ", conf->zones[zone].node,
			zone_name(conf, zone), pga_types[type].name);
		for (unsigned order = 0; order < conf->nr_orders; order++)
			fprintf(f, "%6u ", snap->nr_blocks[type][order]);
		fputc('\n', f);
	}
}

int bench_print_pagetypeinfo(FILE *f, const struct pga_ops *ops, struct pga *pga,
			     const struct pga_conf *conf)
{
	struct pga_zone_snap snap;

	if (!readable(ops))
		return -EOPNOTSUPP;
	fprintf(f, "Page block order: %u\nPages per block:  %u\n\n", conf->pageblock_order,
		1u << conf->pageblock_order);
	fprintf(f, "%-43s ", "Free pages count per migrate type at order");
	for (unsigned order = 0; order < conf->nr_orders; order++)
		fprintf(f, "%6u ", order);
	fputc('\n', f);
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		ops->zone_snap(pga, z, &snap);
		print_free_by_type(f, conf, z, &snap);
	}
	fprintf(f, "\n%-23s", "Number of blocks type ");
	for (unsigned type = 0; type < PGA_NR_TYPES; type++)
		if (has_type(conf, type))
			fprintf(f, "%12s ", pga_types[type].name);
	fputc('\n', f);
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		ops->zone_snap(pga, z, &snap);
		fprintf(f, "Node %u, zone %8s ", conf->zones[z].node, zone_name(conf, z));
		for (unsigned type = 0; type < PGA_NR_TYPES; type++)
			if (has_type(conf, type))
				fprintf(f, "%12u ", snap.pageblocks[type]);
		fputc('\n', f);
	}
	return 0;
}

/* The counters of a zone that the kernel lists there, in its order. */
static void print_counters(FILE *f, const struct pga_ops *ops, struct pga *pga, unsigned zone,
			   const struct pga_zone_snap *snap)
{
	static const enum pga_stat numa[] = { PGA_STAT_numa_hit, PGA_STAT_numa_miss,
					      PGA_STAT_numa_foreign, PGA_STAT_numa_local,
					      PGA_STAT_numa_other };
	uint64_t val[PGA_NR_STATS];

	ops->stats(pga, (int)zone, val);
	fprintf(f, "    %-12s %" PRIu64 "\n", "nr_free_pages", snap->nr_free);
	for (size_t i = 0; i < sizeof(numa) / sizeof(numa[0]); i++)
		fprintf(f, "    %-12s %" PRIu64 "\n", pga_stat_infos[numa[i]].name, val[numa[i]]);
	fprintf(f, "    %-12s %" PRIu64 "\n", "nr_free_cma", snap->nr_free_cma);
}

static void print_protection(FILE *f, const struct pga_conf *conf, const struct pga_zone_info *info)
{
	const char *gap = "";

	fputs("        protection: (", f);
	for (size_t i = 0; i < sizeof(type_order); i++) {
		if (!has_zone_type(conf, type_order[i]))
			continue;
		fprintf(f, "%s%u", gap, info->lowmem_reserve[type_order[i]]);
		gap = ", ";
	}
	fputs(")\n", f);
}

static void print_pagesets(FILE *f, const struct pga_ops *ops, struct pga *pga,
			   const struct pga_conf *conf, unsigned zone,
			   const struct pga_zone_info *info)
{
	fputs("  pagesets\n", f);
	for (unsigned cpu = 0; ops->pcp_count && cpu < conf->nr_cpus; cpu++) {
		uint32_t count[PGA_MAX_TYPES] = { 0 };
		uint64_t sum = 0;

		ops->pcp_count(pga, cpu, zone, count);
		for (unsigned type = 0; type < PGA_MAX_TYPES; type++)
			sum += count[type];
		fprintf(f,
			"    cpu: %u\n              count: %" PRIu64 "\n              high:  %u\n"
			"              batch: %u\n  vm stats threshold: %u\n",
			cpu, sum, info->pcp_high, info->pcp_batch, info->stat_threshold);
	}
}

int bench_print_zoneinfo(FILE *f, const struct pga_ops *ops, struct pga *pga,
			 const struct pga_conf *conf)
{
	struct pga_zone_info info;
	struct pga_zone_snap snap;

	if (!readable(ops))
		return -EOPNOTSUPP;
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		ops->zone_info(pga, z, &info);
		ops->zone_snap(pga, z, &snap);
		fprintf(f, "Node %u, zone %8s\n", conf->zones[z].node, zone_name(conf, z));
		fprintf(f,
			"  pages free     %" PRIu64 "\n        min      %u\n        low      %u\n"
			"        high     %u\n        spanned  %u\n        present  %u\n"
			"        managed  %u\n",
			snap.nr_free, info.wmark[0], info.wmark[1], info.wmark[2],
			conf->zones[z].span, info.present, info.managed);
		print_counters(f, ops, pga, z, &snap);
		print_protection(f, conf, &info);
		print_pagesets(f, ops, pga, conf, z, &info);
		fprintf(f, "  start_pfn:         %u\n", conf->zones[z].start);
	}
	return 0;
}
