/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of linux-2.4 and linux-2.6.9: what their machines are like after boot. */
#include "harness/palvec/palvec_legacy.h"

#include <inttypes.h>

typedef struct bench_pv_run run_t;

static bool fact_zonelist(run_t *run, FILE *f, unsigned node, unsigned class)
{
	uint16_t zones[PV_MAX_ZONES];
	unsigned nr = 0;

	if (run->ops->zonelist_class)
		nr = run->ops->zonelist_class(run->self, node, bench_pv_classes[class].gfp, zones,
					      PV_MAX_ZONES);
	fprintf(f, "zonelist %u %s", node, bench_pv_classes[class].name);
	for (unsigned i = 0; i < nr; i++)
		fprintf(f, " %u", run->m->zi[zones[i]]);
	return true;
}

static bool fact_wmark(run_t *run, FILE *f, unsigned zone, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zone, &info);
	fprintf(f, "wmark %u %u %u %u", run->m->zi[zone], info.wmark[0], info.wmark[1],
		info.wmark[2]);
	return true;
}

static bool fact_freepages(run_t *run, FILE *f, unsigned a, unsigned b)
{
	uint64_t sum[3] = { 0 };

	(void)a;
	(void)b;
	for (unsigned z = 0; z < run->m->nr_zones; z++) {
		struct pga_zone_info info;

		run->ops->zone_info(run->self, z, &info);
		for (unsigned i = 0; i < 3; i++)
			sum[i] += info.wmark[i];
	}
	fprintf(f, "freepages %" PRIu64 " %" PRIu64 " %" PRIu64, sum[0], sum[1], sum[2]);
	return true;
}

static bool fact_pcp(run_t *run, FILE *f, unsigned zone, unsigned b)
{
	struct pga_zone_info i;

	(void)b;
	run->ops->zone_info(run->self, zone, &i);
	fprintf(f, "pcp %u hot %u %u %u cold %u %u %u", run->m->zi[zone], i.pcp_low, i.pcp_high,
		i.pcp_batch, i.cold_low, i.cold_high, i.cold_batch);
	return true;
}

static bool fact_auto_min(run_t *run, FILE *f, unsigned a, unsigned b)
{
	(void)a;
	(void)b;
	fprintf(f, "auto_min_free_kbytes %" PRId64, run->legacy->auto_min_free);
	return true;
}

static bool fact_protection(run_t *run, FILE *f, unsigned zone, unsigned b)
{
	struct pga_zone_info i;

	(void)b;
	run->ops->zone_info(run->self, zone, &i);
	fprintf(f, "protection %u %u %u %u", run->m->zi[zone], i.lowmem_reserve[PGA_ZONE_DMA],
		i.lowmem_reserve[PGA_ZONE_NORMAL], i.lowmem_reserve[PGA_ZONE_HIGHMEM]);
	return true;
}

static bool fact_bootfree(run_t *run, FILE *f, unsigned a, unsigned b)
{
	const struct bench_pv_freed *freed = &run->legacy->freed[a];

	(void)b;
	if (a >= run->legacy->nr_freed)
		return false;
	fprintf(f, "bootfree %u %u %u", freed->pfn, freed->order, freed->count);
	return true;
}

/* The file may tell blocks that lie side by side in one line or in several. */
static int compare_bootfree(run_t *run)
{
	struct bench_pv_legacy *l = run->legacy;
	const struct bench_pv_freed none = { PGA_NIL, 0, 0 };
	const struct bench_pv_freed *f = l->met < l->nr_freed ? &l->freed[l->met] : &none;
	int64_t pfn, order, count;
	uint64_t at = f->pfn + ((uint64_t)l->taken << f->order);
	uint32_t left = f->count - l->taken;
	char want[64], got[64];

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn) ||
	    bench_pv_number(run->r, "order", 0, (int64_t)run->m->max_order - 1, &order) ||
	    bench_pv_number(run->r, "count", 1, UINT32_MAX, &count) || bench_pv_end(run->r))
		return -1;
	if (pfn != (int64_t)at || order != f->order || count > left) {
		snprintf(want, sizeof(want), "bootfree %" PRId64 " %" PRId64 " %" PRId64, pfn,
			 order, count);
		snprintf(got, sizeof(got), "bootfree %" PRIu64 " %u %u", at, f->order, left);
		return bench_pv_diverged(run, -1, want, left ? got : "nothing more is released");
	}
	l->taken += (uint32_t)count;
	if (l->taken == f->count) {
		l->met++;
		l->taken = 0;
	}
	return 0;
}

const struct bench_pv_fact bench_pv_24_facts[] = {
	{ "zonelist", PV_NODE_CLASS, fact_zonelist, NULL },
	{ "wmark", PV_ZONE, fact_wmark, NULL },
	{ "freepages", PV_ALONE, fact_freepages, NULL },
	{ "bootfree", PV_MANY, fact_bootfree, compare_bootfree },
	{ .key = NULL },
};

const struct bench_pv_fact bench_pv_26_facts[] = {
	{ "zonelist", PV_NODE_CLASS, fact_zonelist, NULL },
	{ "pcp", PV_ZONE, fact_pcp, NULL },
	{ "bootfree", PV_MANY, fact_bootfree, compare_bootfree },
	{ "auto_min_free_kbytes", PV_ALONE, fact_auto_min, NULL },
	{ "wmark", PV_ZONE, fact_wmark, NULL },
	{ "protection", PV_ZONE, fact_protection, NULL },
	{ .key = NULL },
};
