/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of linux-2.4 and linux-2.6.9: the header. */
#include "harness/palvec/palvec_legacy.h"

#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_reader reader_t;
typedef struct bench_pv_machine machine_t;

/* Zone numbers of a file are 3 * node + place in this table. */
static const enum pga_zone_type types[] = { PGA_ZONE_DMA, PGA_ZONE_NORMAL, PGA_ZONE_HIGHMEM };
#define NR_TYPES 3u

static int parse_zone(reader_t *r, machine_t *m)
{
	const struct pga_zone_conf *z;
	int64_t zi, present;

	if (bench_pv_number(r, "zone", m->nr_zones ? m->zi[m->nr_zones - 1] + 1 : 0,
			    NR_TYPES * PV_MAX_NODES - 1, &zi) ||
	    bench_pv_add_zone(r, m, (unsigned)zi))
		return -1;
	z = &m->zone[m->nr_zones - 1];
	if (z->node != zi / NR_TYPES || z->type != types[zi % NR_TYPES])
		return bench_pv_malformed(r, "zone %u is not type %s of node %u", (unsigned)zi,
					  pga_zone_type_names[z->type], z->node);
	if (bench_pv_number(r, "present", 1, z->span, &present))
		return -1;
	m->zone[m->nr_zones - 1].block_base = z->start;
	m->present[m->nr_zones - 1] = (uint32_t)present;
	return bench_pv_end(r);
}

static int parse_hole(reader_t *r, machine_t *m)
{
	return bench_pv_parse_range(r, m, PV_HOLE);
}

static int parse_bootmap(reader_t *r, machine_t *m)
{
	return bench_pv_parse_range(r, m, PV_BOOTMAP);
}

static int parse_node_order(reader_t *r, machine_t *m)
{
	int64_t node;

	for (m->nr_node_order = 0; *r->cursor; m->nr_node_order++) {
		if (m->nr_node_order == m->nr_nodes)
			return bench_pv_malformed(r, "pgdat_order names more than %u nodes",
						  m->nr_nodes);
		if (bench_pv_number(r, "node", 0, (int64_t)m->nr_nodes - 1, &node))
			return -1;
		for (uint32_t i = 0; i < m->nr_node_order; i++)
			if (m->node_order[i] == node)
				return bench_pv_malformed(r, "pgdat_order names node %u twice",
							  (unsigned)node);
		m->node_order[m->nr_node_order] = (uint16_t)node;
	}
	return 0;
}

static int parse_retry(reader_t *r, machine_t *m)
{
	int64_t limit;

	if (bench_pv_number(r, "retry_limit", 1, UINT32_MAX, &limit))
		return -1;
	m->retry_limit = (uint32_t)limit;
	m->retry_oom = !strcmp(r->cursor, "oom");
	if (!m->retry_oom && strcmp(r->cursor, "block") != 0)
		return bench_pv_malformed(r, "'%.40s' is neither block nor oom", r->cursor);
	return 0;
}

static int parse_three(reader_t *r, uint32_t *values)
{
	int64_t value;

	for (unsigned i = 0; i < NR_TYPES; i++) {
		if (bench_pv_number(r, "value", 1, INT32_MAX, &value))
			return -1;
		values[i] = (uint32_t)value;
	}
	return bench_pv_end(r);
}

static int parse_ratio(reader_t *r, machine_t *m)
{
	return parse_three(r, m->ratio);
}

static int parse_least(reader_t *r, machine_t *m)
{
	return parse_three(r, m->least);
}

static int parse_most(reader_t *r, machine_t *m)
{
	return parse_three(r, m->most);
}

/* The value after boot, kept as one more than it is: 0 says that there is none. */
static int parse_setting(reader_t *r, int64_t *value)
{
	if (bench_pv_number(r, "value", 0, INT32_MAX, value))
		return -1;
	++*value;
	return bench_pv_end(r);
}

static int parse_min_free(reader_t *r, machine_t *m)
{
	return parse_setting(r, &m->set_min_free);
}

static int parse_protection(reader_t *r, machine_t *m)
{
	return parse_setting(r, &m->set_protection);
}

#define AT(field) offsetof(machine_t, field)
#define SHARED_KEYS                                                                             \
	{ .key = "name", .parse = bench_pv_parse_nothing },                                     \
		{ .key = "seed", .parse = bench_pv_parse_nothing },                             \
		{ .key = "variant", .word = AT(variant) },                                      \
		{ .key = "cpus", .parse = bench_pv_parse_cpus },                                \
		{ .key = "cpu", .parse = bench_pv_parse_cpu },                                  \
		{ .key = "nodes", .parse = bench_pv_parse_nodes },                              \
		{ .key = "zone", .parse = parse_zone }, { .key = "hole", .parse = parse_hole }, \
		{ .key = "reserved", .parse = bench_pv_parse_reserved },                        \
		{ .key = "bootmap", .parse = parse_bootmap },                                   \
		{ .key = "gfp", .parse = bench_pv_parse_gfp },                                  \
		{ .key = "retry_limit", .parse = parse_retry },                                 \
		{ .key = "page_shift", .number = AT(page_shift), .min = 9, .max = 30 },         \
	{                                                                                       \
		.key = "max_order", .number = AT(max_order), .min = 1, .max = PGA_MAX_ORDERS    \
	}

const struct bench_pv_key bench_pv_24_keys[] = {
	SHARED_KEYS,
	{ .key = "pgdat_order", .parse = parse_node_order },
	{ .key = "balance_ratio", .parse = parse_ratio },
	{ .key = "balance_min", .parse = parse_least },
	{ .key = "balance_max", .parse = parse_most },
	{ .key = "nr_cpus", .number = AT(pressure_floor), .min = 1, .max = INT32_MAX },
	{ .key = "num_physpages", .number = AT(physpages), .min = 1, .max = INT32_MAX },
	{ .key = NULL },
};

const struct bench_pv_key bench_pv_26_keys[] = {
	SHARED_KEYS,
	{ .key = "dist", .parse = bench_pv_parse_dist },
	{ .key = "set_min_free_kbytes", .parse = parse_min_free },
	{ .key = "set_lower_zone_protection", .parse = parse_protection },
	{ .key = "long_bits", .number = AT(long_bits), .min = 32, .max = 64 },
	{ .key = "node_cpu_penalty", .number = AT(cpu_penalty), .min = 0, .max = INT32_MAX },
	{ .key = "max_numnodes", .number = AT(max_numnodes), .min = 1, .max = INT32_MAX },
	{ .key = NULL },
};

/*
 * Where a piece that begins at *@at ends, before @end or the next range of the
 * set; 0: *@at is inside of a range, and now behind it.
 */
static uint64_t piece_end(const machine_t *m, enum bench_pv_set set, uint64_t *at, uint64_t end)
{
	for (uint32_t i = 0; i < m->nr_range[set]; i++) {
		const struct pga_range *c = &m->range[set][i];

		if (c->start <= *at && *at < c->end) {
			*at = c->end;
			return 0;
		}
		if (c->start > *at && c->start < c->end && c->start < end)
			end = c->start;
	}
	return end;
}

/* A range without all holes or reserved frames, ascending, is added to a set. */
static int add_without(reader_t *r, machine_t *m, enum bench_pv_set to, struct pga_range whole,
		       enum bench_pv_set cuts)
{
	for (uint64_t at = whole.start; at < whole.end;) {
		uint64_t end = piece_end(m, cuts, &at, whole.end);

		if (!end)
			continue;
		if (m->nr_range[to] == PV_MAX_RANGES)
			return bench_pv_malformed(r, "more than %u ranges", PV_MAX_RANGES);
		m->range[to][m->nr_range[to]++] =
			(struct pga_range){ (pga_pfn_t)at, (pga_pfn_t)end };
		at = end;
	}
	return 0;
}

/* RAM is what zones span without holes; neighbouring zones of a node are one range. */
static int derive_memory(reader_t *r, machine_t *m)
{
	for (unsigned s = 0; s < PV_NR_SETS; s++)
		if (!m->range[s])
			m->range[s] = calloc(PV_MAX_RANGES, sizeof(struct pga_range));
	for (unsigned s = 0; s < PV_NR_SETS; s++)
		if (!m->range[s])
			return bench_pv_malformed(r, "no memory");
	for (uint32_t i = 0, n; i < m->nr_zones; i = n) {
		uint64_t end = (uint64_t)m->zone[i].start + m->zone[i].span;

		for (n = i + 1; n < m->nr_zones && m->zone[n].node == m->zone[i].node &&
				m->zone[n].start == end;
		     n++)
			end += m->zone[n].span;
		if (end > UINT32_MAX)
			return bench_pv_malformed(r, "zone %u: start and span are no frames",
						  m->zi[i]);
		if (add_without(r, m, PV_MEM,
				(struct pga_range){ m->zone[i].start, (pga_pfn_t)end }, PV_HOLE))
			return -1;
	}
	for (uint32_t i = 0; i < m->nr_range[PV_MEM]; i++)
		if (add_without(r, m, PV_BOOT, m->range[PV_MEM][i], PV_RESERVED))
			return -1;
	return 0;
}

static int check_present(reader_t *r, const machine_t *m)
{
	for (uint32_t z = 0; z < m->nr_zones; z++) {
		uint64_t start = m->zone[z].start, end = start + m->zone[z].span, sum = 0;

		for (uint32_t i = 0; i < m->nr_range[PV_MEM]; i++) {
			const struct pga_range *mem = &m->range[PV_MEM][i];
			uint64_t s = mem->start > start ? mem->start : start;
			uint64_t e = mem->end < end ? mem->end : end;

			sum += s < e ? e - s : 0;
		}
		if (sum != m->present[z])
			return bench_pv_malformed(r, "zone %u has %u frames, without holes %u",
						  m->zi[z], m->present[z], (unsigned)sum);
	}
	return 0;
}

static int complete(reader_t *r, machine_t *m)
{
	const struct bench_pv_need needs[] = {
		{ "variant", m->variant != NULL },     { "page_shift", m->page_shift > 0 },
		{ "max_order", m->max_order > 0 },     { "cpus", m->nr_cpus > 0 },
		{ "nodes", m->nr_nodes > 0 },	       { "zone", m->nr_zones > 0 },
		{ "retry_limit", m->retry_limit > 0 }, { NULL, false },
	};

	if (bench_pv_needs(r, needs))
		return -1;
	m->set_min_free--;
	m->set_protection--;
	m->hz = 1000;
	return derive_memory(r, m) ? -1 : check_present(r, m);
}

int bench_pv_24_complete(reader_t *r, machine_t *m)
{
	const struct bench_pv_need needs[] = {
		{ "pgdat_order", m->nr_node_order > 0 },
		{ "num_physpages", m->physpages > 0 },
		{ "nr_cpus", m->pressure_floor > 0 },
		{ "balance_ratio", m->ratio[0] > 0 },
		{ "balance_min", m->least[0] > 0 },
		{ "balance_max", m->most[0] > 0 },
		{ NULL, false },
	};

	m->long_bits = 32;
	if (complete(r, m) || bench_pv_needs(r, needs))
		return -1;
	if (m->nr_node_order != m->nr_nodes)
		return bench_pv_malformed(r, "pgdat_order names %u of %u nodes", m->nr_node_order,
					  m->nr_nodes);
	for (uint32_t i = 0; i < m->nr_nodes * m->nr_nodes; i++)
		m->dist[i] = i % (m->nr_nodes + 1) ? 20 : 10;
	return 0;
}

int bench_pv_26_complete(reader_t *r, machine_t *m)
{
	const struct bench_pv_need needs[] = {
		{ "long_bits", m->long_bits > 0 },
		{ "max_numnodes", m->max_numnodes > 0 },
		{ NULL, false },
	};

	if (complete(r, m) || bench_pv_needs(r, needs))
		return -1;
	return m->retry_oom ? bench_pv_malformed(r, "retry_limit oom is not of this model") : 0;
}
