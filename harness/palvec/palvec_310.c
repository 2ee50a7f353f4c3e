/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of linux-3.10: its header, its policy and its operations. */
#include "harness/palvec/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

typedef struct bench_pv_reader reader_t;
typedef struct bench_pv_machine machine_t;
typedef struct bench_pv_run run_t;

/* --- header --- */

static int parse_types(reader_t *r, machine_t *m)
{
	m->types = r->cursor;
	for (const char *c = m->types; *c; c++) {
		unsigned t = 0;

		while (t < PGA_NR_TYPES && pga_types[t].letter != *c)
			t++;
		if (t == PGA_NR_TYPES || m->nr_types == PGA_NR_TYPES)
			return bench_pv_malformed(r, "unknown or too many types '%.40s'", m->types);
		m->type[m->nr_types++] = (enum pga_type)t;
	}
	return 0;
}

static int parse_zone(reader_t *r, machine_t *m)
{
	int64_t zi;

	if (bench_pv_number(r, "zone", m->nr_zones, m->nr_zones, &zi) ||
	    bench_pv_add_zone(r, m, (unsigned)zi))
		return -1;
	return bench_pv_end(r);
}

static int parse_mem(reader_t *r, machine_t *m)
{
	int64_t node;

	if (bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node))
		return -1;
	return bench_pv_parse_range(r, m, PV_MEM);
}

static int parse_cma(reader_t *r, machine_t *m)
{
	return bench_pv_parse_range(r, m, PV_CMA);
}

static int parse_bootfree(reader_t *r, machine_t *m)
{
	return bench_pv_parse_range(r, m, PV_BOOT);
}

static const struct bench_pv_key keys[] = {
	{ .key = "name", .parse = bench_pv_parse_nothing },
	{ .key = "seed", .parse = bench_pv_parse_nothing },
	{ .key = "section_order", .parse = bench_pv_parse_nothing },
	{ .key = "zonetypes", .parse = bench_pv_parse_nothing },
	{ .key = "types", .parse = parse_types },
	{ .key = "cpus", .parse = bench_pv_parse_cpus },
	{ .key = "cpu", .parse = bench_pv_parse_cpu },
	{ .key = "nodes", .parse = bench_pv_parse_nodes },
	{ .key = "dist", .parse = bench_pv_parse_dist },
	{ .key = "zone", .parse = parse_zone },
	{ .key = "mem", .parse = parse_mem },
	{ .key = "reserved", .parse = bench_pv_parse_reserved },
	{ .key = "cma", .parse = parse_cma },
	{ .key = "bootfree", .parse = parse_bootfree },
	{ .key = "gfp", .parse = bench_pv_parse_gfp },
	{ .key = "vmstat_model", .word = offsetof(machine_t, vmstat) },
	{ .key = "zlc", .word = offsetof(machine_t, zlc) },
	{ .key = "compaction", .word = offsetof(machine_t, compaction) },
	{ .key = "zonelist_order_request", .word = offsetof(machine_t, list_order) },
	{ .key = "page_shift", .number = offsetof(machine_t, page_shift), .min = 9, .max = 30 },
	{ .key = "max_order",
	  .number = offsetof(machine_t, max_order),
	  .min = 1,
	  .max = PGA_MAX_ORDERS },
	{ .key = "pageblock_order",
	  .number = offsetof(machine_t, block_order),
	  .min = 0,
	  .max = PGA_MAX_ORDERS - 1 },
	{ .key = "hz", .number = offsetof(machine_t, hz), .min = 1, .max = 1000000 },
	{ .key = NULL },
};

static int complete(reader_t *r, machine_t *m)
{
	const struct bench_pv_need needs[] = {
		{ "types", m->types != NULL },
		{ "vmstat_model", m->vmstat != NULL },
		{ "zonelist_order_request", m->list_order != NULL },
		{ "page_shift", m->page_shift > 0 },
		{ "max_order", m->max_order > 0 },
		{ "pageblock_order", m->block_order > 0 },
		{ "cpus", m->nr_cpus > 0 },
		{ "nodes", m->nr_nodes > 0 },
		{ "zone", m->nr_zones > 0 },
		{ NULL, false },
	};

	if (bench_pv_needs(r, needs))
		return -1;
	m->zlc = m->zlc ? m->zlc : "off";
	m->hz = m->hz ? m->hz : 1000;
	m->compaction = m->compaction ? m->compaction : "off";
	if (strcmp(m->compaction, "on") != 0 && strcmp(m->compaction, "off") != 0)
		return bench_pv_malformed(r, "compaction '%.40s' is neither on nor off",
					  m->compaction);
	return 0;
}

int bench_pv_letter(const machine_t *m, char letter)
{
	const char *at = letter ? strchr(m->types, letter) : NULL;

	return at ? (int)(at - m->types) : -1;
}

/* --- machine --- */

static int set_up(run_t *run)
{
	const machine_t *m = run->m;
	char text[200], why[200];

	/* Direct compaction begins off; an operation turns it on. */
	snprintf(text, sizeof(text), "%s,vmstat=%s,zlc=%s,zonelist.order=%s,compaction=off",
		 m->model->variant, m->vmstat, m->zlc, m->list_order);
	if (pga_variant_parse(&run->variant, text, NULL, why, sizeof(why)))
		return bench_pv_malformed(run->r, "header: %s", why);
	run->ops = run->variant.ops;
	bench_pv_conf(run);
	run->conf.pageblock_order = (uint8_t)m->block_order;
	run->conf.long_bits = 64;
	return bench_pv_owners(run);
}

static void host(run_t *run, struct pga_host *h)
{
	(void)run;
	h->migrate = bench_pv_migrate;
}

/* --- operations --- */

static int op_alloc(run_t *run)
{
	struct bench_pv_block *block;
	struct pga_req req;
	struct pga_res res;
	char got[80];

	if (bench_pv_request(run, &req, &block))
		return -1;
	run->ops->unpark(run->self, req.cpu);
	res = run->ops->alloc(run->self, req, NULL);
	run->ops->park(run->self, req.cpu);
	if (res.err)
		snprintf(got, sizeof(got), "fail");
	else
		snprintf(got, sizeof(got), "%u %u", res.pfn, res.zone);
	if (run->nr_moves)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), " m %zu", run->nr_moves);
	if (bench_pv_answer(run, res.err ? -1 : res.zone, got) || bench_pv_moves(run))
		return -1;
	if (res.err)
		return 0;
	bench_pv_born(run, block, req, res);
	bench_pv_own(run, block, req.gfp, req.cpu);
	return 0;
}

static int op_free(run_t *run)
{
	struct bench_pv_block *block;
	int64_t cpu;
	int rc = bench_pv_live(run, &block);

	if (rc)
		return rc;
	if (bench_pv_cpu(run, &cpu))
		return -1;
	if (bench_pv_disown(run, block, (unsigned)cpu))
		return bench_pv_malformed(run->r, "block %" PRId64 " is still worked on",
					  block->id);
	return bench_pv_free(run, block, (unsigned)cpu);
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

	if (bench_pv_cpu(run, &cpu) || bench_pv_zone(run, &zone))
		return -1;
	run->ops->zone_info(run->self, (unsigned)zone, &info);
	run->ops->drain(run->self, (unsigned)cpu, (int)zone, info.pcp_batch, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_fold(run_t *run)
{
	int64_t cpu;

	if (bench_pv_cpu(run, &cpu))
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

static int tune(run_t *run, const char *const *names, const char *const *facts)
{
	run->facts = facts;
	return bench_pv_tune(run, names);
}

static int op_min_free(run_t *run)
{
	static const char *const names[] = { "min_free_kbytes", NULL };
	static const char *const facts[] = { "wmark", NULL };

	return tune(run, names, facts);
}

static int op_ratios(run_t *run)
{
	static const char *const names[] = { "lowmem_reserve_ratio.dma",
					     "lowmem_reserve_ratio.dma32",
					     "lowmem_reserve_ratio.normal", NULL };
	static const char *const facts[] = { "lowmem_reserve", NULL };

	return tune(run, names, facts);
}

static int op_fraction(run_t *run)
{
	static const char *const names[] = { "percpu_pagelist_fraction", NULL };
	static const char *const facts[] = { "pcp", NULL };

	return tune(run, names, facts);
}

static int op_isolate(run_t *run)
{
	char got[16];
	int64_t pfn;
	int rc;

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn))
		return -1;
	rc = run->ops->isolate(run->self, (pga_pfn_t)pfn, 0);
	if (rc == -EINVAL)
		return bench_pv_malformed(run->r, "frame %" PRId64 " is in no zone", pfn);
	snprintf(got, sizeof(got), "%d", rc);
	return bench_pv_answer(run, -1, got);
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
	if (run->record) {
		fprintf(run->record, "H %s\n", got);
		return PV_DROP;
	}
	return strcmp(run->r->cursor, got) != 0 ? bench_pv_diverged(run, -1, run->r->cursor, got)
						: 0;
}

static const struct bench_pv_op ops[] = {
	{ "A", op_alloc, true },
	{ "F", op_free, true },
	{ "H", compare_hash, false },
	{ "V", op_fold, true },
	{ "D", bench_pv_drain, true },
	{ "DA", op_drain_all, true },
	{ "Z", op_drain_zone, true },
	{ "T", op_clock, true },
	{ "W", op_min_free, true },
	{ "R", op_ratios, true },
	{ "Q", op_fraction, true },
	{ "I", op_isolate, true },
	{ "U", op_unisolate, true },
	{ "CHECK", bench_pv_check, false },
	{ "KZ", bench_pv_compact_zone, true },
	{ "KN", bench_pv_compact_node, true },
	{ "KR", bench_pv_reset_node, true },
	{ "X", bench_pv_direct, true },
	{ .key = NULL },
};

const struct bench_pv_model bench_pv_linux310 = {
	.model = "linux-3.10.4",
	.variant = "linux-3.10",
	.keys = keys,
	.complete = complete,
	.set_up = set_up,
	.host = host,
	.ops = ops,
	.facts = bench_pv_310_facts,
	.render = bench_pv_render,
	.show = bench_pv_show,
	.effect = "m",
	.record_effects = bench_pv_record_moves,
};
