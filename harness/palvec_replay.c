/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: boot facts, operations and checks, one after the other. */
#include "harness/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

struct bench_pv_block {
	int64_t id;
	pga_pfn_t pfn;
	uint8_t order;
	bool live;
};

int bench_pv_diverged(run_t *run, int zone, const char *expected, const char *actual)
{
	fprintf(run->r->msg, "line %u: diverged after %" PRIu64 " operations\n", run->r->no,
		run->nr_ops);
	fprintf(run->r->msg, "expected: %s\nactual:   %s\nstate:\n", expected, actual);
	bench_pv_show(run, zone, run->r->msg);
	return -1;
}

/* --- facts: one line of text each, made from the indices that the line begins with --- */

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
	{ "min_free_kbytes", NO_INDEX, fact_min_free },
	{ "zpages", ZONE_INDEX, fact_zpages },
	{ "pcp", ZONE_INDEX, fact_pcp },
	{ "stat_threshold", ZONE_INDEX, fact_threshold },
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
	rc = strcmp(line, text)
		     ? bench_pv_diverged(run, fact->index == ZONE_INDEX ? (int)a : -1, line, text)
		     : 0;
out:
	fclose(f);
	free(text);
	free(line);
	return rc;
}

int bench_pv_fact(run_t *run)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		if (bench_pv_is(run->r, facts[i].key))
			return compare_fact(run, &facts[i]);
	return bench_pv_malformed(run->r, "unknown line '%.40s'", run->r->line);
}

/* --- operations --- */

static struct bench_pv_block *find_block(run_t *run, int64_t id)
{
	size_t low = 0, high = run->nr_blocks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (run->block[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < run->nr_blocks && run->block[low].id == id ? &run->block[low] : NULL;
}

static struct bench_pv_block *new_block(run_t *run, int64_t id)
{
	if (run->nr_blocks && run->block[run->nr_blocks - 1].id >= id) {
		bench_pv_malformed(run->r, "id %" PRId64 " does not ascend", id);
		return NULL;
	}
	if (run->nr_blocks == run->max_blocks) {
		size_t max = run->max_blocks ? 2 * run->max_blocks : 1024;
		struct bench_pv_block *more = realloc(run->block, max * sizeof(*more));

		if (!more) {
			bench_pv_malformed(run->r, "no memory");
			return NULL;
		}
		run->block = more;
		run->max_blocks = max;
	}
	run->block[run->nr_blocks] = (struct bench_pv_block){ .id = id };
	return &run->block[run->nr_blocks++];
}

static int cpu_arg(run_t *run, int64_t *cpu)
{
	return bench_pv_number(run->r, "cpu", 0, (int64_t)run->m->nr_cpus - 1, cpu);
}

static int zone_arg(run_t *run, int64_t *zone)
{
	return bench_pv_number(run->r, "zone", 0, (int64_t)run->m->nr_zones - 1, zone);
}

static int gfp_arg(run_t *run, uint32_t *flags)
{
	const char *name = bench_pv_word(run->r);

	for (unsigned i = 0; name && i < run->m->nr_gfps; i++) {
		if (strcmp(run->m->gfp[i].name, name))
			continue;
		*flags = run->m->gfp[i].flags;
		return 0;
	}
	return bench_pv_malformed(run->r, "unknown request class '%.40s'", name ? name : "");
}

/* What follows the equals sign: the rest of the line. */
static const char *answer_arg(run_t *run)
{
	const char *word = bench_pv_word(run->r);

	if (word && !strcmp(word, "=") && *run->r->cursor)
		return run->r->cursor;
	bench_pv_malformed(run->r, "the answer is missing");
	return NULL;
}

static int op_alloc(run_t *run)
{
	int64_t id, cpu, node, order;
	struct bench_pv_block *block;
	struct pga_req req;
	struct pga_res res;
	const char *want;
	char got[48];

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id) || cpu_arg(run, &cpu) ||
	    bench_pv_number(run->r, "node", -1, (int64_t)run->m->nr_nodes - 1, &node) ||
	    bench_pv_number(run->r, "order", 0, UINT8_MAX, &order) || gfp_arg(run, &req.gfp))
		return -1;
	want = answer_arg(run);
	block = want ? new_block(run, id) : NULL;
	if (!block)
		return -1;
	req.cpu = (uint16_t)cpu;
	req.node = (int8_t)node;
	req.order = (uint8_t)order;
	run->ops->unpark(run->self, req.cpu);
	res = run->ops->alloc(run->self, req, NULL);
	run->ops->park(run->self, req.cpu);
	if (res.err)
		snprintf(got, sizeof(got), "fail");
	else
		snprintf(got, sizeof(got), "%u %u", res.pfn, res.zone);
	if (strcmp(want, got))
		return bench_pv_diverged(run, res.err ? -1 : res.zone, want, got);
	if (res.err)
		return 0;
	block->pfn = res.pfn;
	block->order = req.order;
	block->live = true;
	run->live_blocks++;
	run->live_frames += 1ull << req.order;
	return 0;
}

static int op_free(run_t *run)
{
	struct bench_pv_block *block;
	int64_t id, cpu;
	const char *cold;

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id) || cpu_arg(run, &cpu))
		return -1;
	cold = bench_pv_word(run->r);
	if (cold && strcmp(cold, "cold"))
		return bench_pv_malformed(run->r, "'%.40s' is not 'cold'", cold);
	block = find_block(run, id);
	if (!block || !block->live)
		return bench_pv_malformed(run->r, "block %" PRId64 " is not allocated", id);
	run->ops->unpark(run->self, (unsigned)cpu);
	run->ops->free(run->self, block->pfn, block->order, (unsigned)cpu,
		       cold ? PGA_FREE_COLD : 0);
	run->ops->park(run->self, (unsigned)cpu);
	block->live = false;
	run->live_blocks--;
	run->live_frames -= 1ull << block->order;
	return bench_pv_end(run->r);
}

static int op_drain(run_t *run)
{
	int64_t cpu;

	if (cpu_arg(run, &cpu))
		return -1;
	run->ops->drain(run->self, (unsigned)cpu, -1, 0, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_drain_all(run_t *run)
{
	for (unsigned c = 0; c < run->m->nr_cpus; c++)
		run->ops->drain(run->self, c, -1, 0, c);
	return bench_pv_end(run->r);
}

static int op_drain_zone(run_t *run)
{
	struct pga_zone_info info;
	int64_t cpu, zone;

	if (cpu_arg(run, &cpu) || zone_arg(run, &zone))
		return -1;
	run->ops->zone_info(run->self, (unsigned)zone, &info);
	run->ops->drain(run->self, (unsigned)cpu, (int)zone, info.pcp_batch, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_fold(run_t *run)
{
	int64_t cpu;

	if (cpu_arg(run, &cpu))
		return -1;
	run->ops->tick(run->self, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_clock(run_t *run)
{
	int64_t ticks;

	if (bench_pv_number(run->r, "ticks", 0, INT32_MAX, &ticks))
		return -1;
	run->clock += (uint64_t)ticks;
	return bench_pv_end(run->r);
}

/* Facts follow as long as lines begin with their key; the line after them is current then. */
static int following_facts(run_t *run, const char *key)
{
	unsigned nr = 0;

	while (run->r->next < run->r->end && !strncmp(run->r->next, key, strlen(key)) &&
	       run->r->next[strlen(key)] == ' ') {
		bench_pv_line(run->r);
		if (bench_pv_fact(run))
			return -1;
		nr++;
	}
	return nr ? 0 : bench_pv_malformed(run->r, "no lines '%s' follow", key);
}

static int tune(run_t *run, const char *const *names, unsigned nr, const char *key)
{
	for (unsigned i = 0; i < nr; i++) {
		int t = pga_tunable_index(run->ops, names[i]);
		int64_t value;

		if (bench_pv_number(run->r, names[i], 0, run->ops->tunables[t].max, &value))
			return -1;
		if (run->ops->set(run->self, (unsigned)t, value))
			return bench_pv_malformed(run->r, "%s does not take %s", run->ops->name,
						  names[i]);
	}
	return bench_pv_end(run->r) ? -1 : following_facts(run, key);
}

static int op_min_free(run_t *run)
{
	static const char *const names[] = { "min_free_kbytes" };

	return tune(run, names, 1, "wmark");
}

static int op_ratios(run_t *run)
{
	static const char *const names[] = { "lowmem_reserve_ratio.dma",
					     "lowmem_reserve_ratio.dma32",
					     "lowmem_reserve_ratio.normal" };

	return tune(run, names, 3, "lowmem_reserve");
}

static int op_fraction(run_t *run)
{
	static const char *const names[] = { "percpu_pagelist_fraction" };

	return tune(run, names, 1, "pcp");
}

static int op_isolate(run_t *run)
{
	const char *want;
	char got[16];
	int64_t pfn;
	int rc;

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn))
		return -1;
	want = answer_arg(run);
	if (!want)
		return -1;
	rc = run->ops->isolate(run->self, (pga_pfn_t)pfn, 0);
	if (rc == -EINVAL)
		return bench_pv_malformed(run->r, "frame %" PRId64 " is in no zone", pfn);
	snprintf(got, sizeof(got), "%d", rc);
	return strcmp(want, got) ? bench_pv_diverged(run, -1, want, got) : 0;
}

static int op_unisolate(run_t *run)
{
	const char *letter;
	int64_t pfn;
	int type;

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn))
		return -1;
	letter = bench_pv_word(run->r);
	type = letter && *letter && !letter[1] ? bench_pv_letter(run->m, *letter) : -1;
	if (type < 0)
		return bench_pv_malformed(run->r, "unknown type '%.40s'", letter ? letter : "");
	run->ops->unisolate(run->self, (pga_pfn_t)pfn, run->m->type[type]);
	return bench_pv_end(run->r);
}

static int compare_hash(run_t *run)
{
	struct bench_pv_hashes h;
	char got[40];

	bench_pv_hash(run, &h);
	snprintf(got, sizeof(got), "%016" PRIx64 " %016" PRIx64, h.free, h.pcp);
	return strcmp(run->r->cursor, got) ? bench_pv_diverged(run, -1, run->r->cursor, got) : 0;
}

static int compare_lines(run_t *run, char *text)
{
	char *actual;

	while (bench_pv_line(run->r)) {
		actual = strsep(&text, "\n");
		if (!strcmp(run->r->line, "ENDCHECK"))
			return actual && *actual ? bench_pv_diverged(run, -1, "ENDCHECK", actual)
						 : 0;
		if (!actual || !*actual)
			return bench_pv_diverged(run, -1, run->r->line, "ENDCHECK");
		if (strcmp(run->r->line, actual))
			return bench_pv_diverged(run, -1, run->r->line, actual);
	}
	return bench_pv_malformed(run->r, "the file ends inside a check");
}

static int check_state(run_t *run)
{
	char *text = NULL, line[96], why[256];
	size_t len;
	FILE *f;
	int rc;

	snprintf(line, sizeof(line), "CHECK %" PRIu64 " live %" PRIu64 " %" PRIu64, run->nr_ops,
		 run->live_blocks, run->live_frames);
	if (strcmp(run->r->line, line))
		return bench_pv_malformed(run->r, "'%.60s' should be '%s'", run->r->line, line);
	if (run->ops->check(run->self, why, sizeof(why)))
		return bench_pv_diverged(run, -1, "sound data structures", why);
	f = open_memstream(&text, &len);
	if (!f)
		return bench_pv_malformed(run->r, "no memory");
	bench_pv_render(run, f);
	fclose(f);
	rc = compare_lines(run, text);
	free(text);
	return rc;
}

static const struct {
	const char *key;
	int (*run)(run_t *run);
	bool counts; /* as an operation */
} ops[] = {
	{ "A", op_alloc, true },      { "F", op_free, true },	       { "H", compare_hash, false },
	{ "V", op_fold, true },	      { "D", op_drain, true },	       { "DA", op_drain_all, true },
	{ "Z", op_drain_zone, true }, { "T", op_clock, true },	       { "W", op_min_free, true },
	{ "R", op_ratios, true },     { "Q", op_fraction, true },      { "I", op_isolate, true },
	{ "U", op_unisolate, true },  { "CHECK", check_state, false },
};

static int operate(run_t *run)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!bench_pv_is(run->r, ops[i].key))
			continue;
		run->nr_ops += ops[i].counts;
		return ops[i].run(run);
	}
	return bench_pv_malformed(run->r, "unknown operation '%.40s'", run->r->line);
}

static int boot(run_t *run)
{
	while (bench_pv_line(run->r)) {
		int rc = bench_pv_is(run->r, "CHECK") ? check_state(run) : 0;

		if (!strcmp(run->r->line, "OPS"))
			return 0;
		if (rc)
			return -1;
		if (strcmp(run->r->line, "ENDCHECK") && bench_pv_fact(run))
			return -1;
	}
	return bench_pv_malformed(run->r, "the file ends before its operations");
}

int bench_pv_replay(run_t *run)
{
	int64_t nr;

	run->lists = strstr(run->r->next, "\nfl ") || strstr(run->r->next, "\npl ");
	if (boot(run))
		return -1;
	while (bench_pv_line(run->r)) {
		if (bench_pv_is(run->r, "END")) {
			if (bench_pv_number(run->r, "operations", (int64_t)run->nr_ops,
					    (int64_t)run->nr_ops, &nr))
				return -1;
			return bench_pv_line(run->r) ? bench_pv_malformed(run->r, "text after END")
						     : 0;
		}
		if (operate(run))
			return -1;
	}
	return bench_pv_malformed(run->r, "the file ends before END");
}
