/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of linux-3.10: what its machines are like after boot. */
#include "harness/palvec/palvec.h"

#include <inttypes.h>
#include <string.h>

typedef struct bench_pv_run run_t;

static bool fact_order(run_t *run, FILE *f, unsigned a, unsigned b)
{
	static const char *const names[] = { "Default", "Node", "Zone" };
	int i = pga_tunable_index(run->ops, "zonelist.order");

	(void)a;
	(void)b;
	fprintf(f, "zonelist_order %s", names[run->ops->get(run->self, (unsigned)i)]);
	return true;
}

static bool fact_zonelist(run_t *run, FILE *f, unsigned node, unsigned kind)
{
	uint16_t zones[PV_MAX_ZONES];
	unsigned nr = run->ops->zonelist(run->self, node, kind, zones, PV_MAX_ZONES);

	fprintf(f, "zonelist %u %u", node, kind);
	for (unsigned i = 0; i < nr; i++)
		fprintf(f, " %u", zones[i]);
	return true;
}

static bool fact_mobility(run_t *run, FILE *f, unsigned a, unsigned b)
{
	int i = pga_tunable_index(run->ops, "mobility");
	int64_t value = run->ops->get(run->self, (unsigned)i);

	(void)a;
	(void)b;
	fprintf(f, "mobility %s", run->ops->tunables[i].words[value]);
	return true;
}

static bool fact_min_free(run_t *run, FILE *f, unsigned a, unsigned b)
{
	int i = pga_tunable_index(run->ops, "min_free_kbytes");

	(void)a;
	(void)b;
	fprintf(f, "min_free_kbytes %" PRId64, run->ops->get(run->self, (unsigned)i));
	return true;
}

static bool fact_zpages(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "zpages %u %u %u", zi, info.present, info.managed);
	return true;
}

static bool fact_pcp(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "pcp %u %u %u", zi, info.pcp_high, info.pcp_batch);
	return true;
}

static bool fact_threshold(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	if (strcmp(run->m->vmstat, "percpu") != 0)
		return false;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "stat_threshold %u %u", zi, info.stat_threshold);
	return true;
}

static bool fact_wmark(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "wmark %u %u %u %u", zi, info.wmark[0], info.wmark[1], info.wmark[2]);
	return true;
}

static bool fact_reserve(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "lowmem_reserve %u %u %u %u %u", zi, info.lowmem_reserve[0],
		info.lowmem_reserve[1], info.lowmem_reserve[2], info.lowmem_reserve[3]);
	return true;
}

const struct bench_pv_fact bench_pv_310_facts[] = {
	{ "zonelist_order", PV_ALONE, fact_order, NULL },
	{ "zonelist", PV_NODE_KIND, fact_zonelist, NULL },
	{ "mobility", PV_ALONE, fact_mobility, NULL },
	{ "zpages", PV_ZONE, fact_zpages, NULL },
	{ "pcp", PV_ZONE, fact_pcp, NULL },
	{ "stat_threshold", PV_ZONE, fact_threshold, NULL },
	{ "min_free_kbytes", PV_ALONE, fact_min_free, NULL },
	{ "wmark", PV_ZONE, fact_wmark, NULL },
	{ "lowmem_reserve", PV_ZONE, fact_reserve, NULL },
	{ .key = NULL },
};
