/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: what a machine is like after boot, one line of text for each fact. */
#include "harness/palvec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

static void fact_order(run_t *run, FILE *f, unsigned a, unsigned b)
{
	static const char *const names[] = { "Default", "Node", "Zone" };
	int i = pga_tunable_index(run->ops, "zonelist.order");

	(void)a;
	(void)b;
	fprintf(f, "zonelist_order %s", names[run->ops->get(run->self, (unsigned)i)]);
}

static void fact_zonelist(run_t *run, FILE *f, unsigned node, unsigned kind)
{
	uint16_t zones[PV_MAX_ZONES];
	unsigned nr = run->ops->zonelist(run->self, node, kind, zones, PV_MAX_ZONES);

	fprintf(f, "zonelist %u %u", node, kind);
	for (unsigned i = 0; i < nr; i++)
		fprintf(f, " %u", zones[i]);
}

static void fact_mobility(run_t *run, FILE *f, unsigned a, unsigned b)
{
	int i = pga_tunable_index(run->ops, "mobility");
	int64_t value = run->ops->get(run->self, (unsigned)i);

	(void)a;
	(void)b;
	fprintf(f, "mobility %s", run->ops->tunables[i].words[value]);
}

static void fact_min_free(run_t *run, FILE *f, unsigned a, unsigned b)
{
	int i = pga_tunable_index(run->ops, "min_free_kbytes");

	(void)a;
	(void)b;
	fprintf(f, "min_free_kbytes %" PRId64, run->ops->get(run->self, (unsigned)i));
}

static void fact_zpages(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "zpages %u %u %u", zi, info.present, info.managed);
}

static void fact_pcp(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "pcp %u %u %u", zi, info.pcp_high, info.pcp_batch);
}

static void fact_threshold(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "stat_threshold %u %u", zi, info.stat_threshold);
}

static void fact_wmark(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "wmark %u %u %u %u", zi, info.wmark[0], info.wmark[1], info.wmark[2]);
}

static void fact_reserve(run_t *run, FILE *f, unsigned zi, unsigned b)
{
	struct pga_zone_info info;

	(void)b;
	run->ops->zone_info(run->self, zi, &info);
	fprintf(f, "lowmem_reserve %u %u %u %u %u", zi, info.lowmem_reserve[0],
		info.lowmem_reserve[1], info.lowmem_reserve[2], info.lowmem_reserve[3]);
}

enum index { NO_INDEX, ZONE_INDEX, NODE_KIND_INDEX };

static const struct fact {
	const char *key;
	enum index index;
	void (*actual)(run_t *run, FILE *f, unsigned a, unsigned b);
} facts[] = {
	{ "zonelist_order", NO_INDEX, fact_order },
	{ "zonelist", NODE_KIND_INDEX, fact_zonelist },
	{ "mobility", NO_INDEX, fact_mobility },
	{ "zpages", ZONE_INDEX, fact_zpages },
	{ "pcp", ZONE_INDEX, fact_pcp },
	{ "stat_threshold", ZONE_INDEX, fact_threshold },
	{ "min_free_kbytes", NO_INDEX, fact_min_free },
	{ "wmark", ZONE_INDEX, fact_wmark },
	{ "lowmem_reserve", ZONE_INDEX, fact_reserve },
};

static int compare_fact(run_t *run, const struct fact *fact)
{
	int64_t a = 0, b = 0;
	char *line = strdup(run->r->line), *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int rc = -1;

	if (!line || !f)
		abort();
	if ((fact->index == ZONE_INDEX &&
	     bench_pv_number(run->r, "zone", 0, (int64_t)run->m->nr_zones - 1, &a)) ||
	    (fact->index == NODE_KIND_INDEX &&
	     (bench_pv_number(run->r, "node", 0, (int64_t)run->m->nr_nodes - 1, &a) ||
	      bench_pv_number(run->r, "list", 0, 1, &b))))
		goto out;
	fact->actual(run, f, (unsigned)a, (unsigned)b);
	fflush(f);
	rc = strcmp(line, text) != 0
		     ? bench_pv_diverged(run, fact->index == ZONE_INDEX ? (int)a : -1, line, text)
		     : 0;
out:
	fclose(f);
	free(text);
	free(line);
	return rc;
}

bool bench_pv_is_fact(struct bench_pv_reader *r)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (bench_pv_is(r, facts[i].key))
			return true;
	return false;
}

int bench_pv_fact(run_t *run)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (bench_pv_is(run->r, facts[i].key))
			return compare_fact(run, &facts[i]);
	return bench_pv_malformed(run->r, "unknown line '%.40s'", run->r->line);
}

void bench_pv_facts(run_t *run, const char *key, FILE *f)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		unsigned as = facts[i].index == ZONE_INDEX	  ? run->m->nr_zones
			      : facts[i].index == NODE_KIND_INDEX ? run->m->nr_nodes
								  : 1;
		unsigned bs = facts[i].index == NODE_KIND_INDEX ? 2 : 1;

		if (key && strcmp(key, facts[i].key) != 0)
			continue;
		if (!strcmp(facts[i].key, "stat_threshold") &&
		    strcmp(run->m->vmstat, "percpu") != 0)
			continue;
		for (unsigned n = 0; n < as * bs; n++) {
			facts[i].actual(run, f, n / bs, n % bs);
			fprintf(f, "\n");
		}
	}
}
