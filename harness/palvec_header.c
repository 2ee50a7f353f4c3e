/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: the header, which describes a machine. */
#include "harness/palvec.h"

#include <stdlib.h>
#include <string.h>

/* Models that a row of core/variants.c reproduces. */
static const struct {
	const char *model, *variant;
} models[] = {
	{ "linux-3.10.4", "linux-3.10" },
};

typedef struct bench_pv_reader reader_t;
typedef struct bench_pv_machine machine_t;

static int skip(reader_t *r, const char *what, const char *why)
{
	r->skip = true;
	fprintf(r->msg, "%s%s", what, why);
	return -1;
}

static int parse_model(reader_t *r, machine_t *m)
{
	m->model = r->cursor;
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(models[i].model, m->model))
			m->variant = models[i].variant;
	return m->variant ? 0 : skip(r, m->model, " is not built yet");
}

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

static int parse_cpus(reader_t *r, machine_t *m)
{
	int64_t nr;

	if (m->cpu_node)
		return bench_pv_malformed(r, "a second line cpus");
	if (bench_pv_number(r, "cpus", 1, PV_MAX_CPUS, &nr))
		return -1;
	m->nr_cpus = (uint32_t)nr;
	m->cpu_node = calloc(m->nr_cpus, sizeof(*m->cpu_node));
	return m->cpu_node ? bench_pv_end(r) : bench_pv_malformed(r, "no memory");
}

static int parse_cpu(reader_t *r, machine_t *m)
{
	int64_t cpu, node;

	if (bench_pv_number(r, "cpu", 0, (int64_t)m->nr_cpus - 1, &cpu) ||
	    bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node))
		return -1;
	m->cpu_node[cpu] = (uint16_t)node;
	return bench_pv_end(r);
}

static int parse_nodes(reader_t *r, machine_t *m)
{
	int64_t nr;

	if (m->dist)
		return bench_pv_malformed(r, "a second line nodes");
	if (bench_pv_number(r, "nodes", 1, PV_MAX_NODES, &nr))
		return -1;
	m->nr_nodes = (uint32_t)nr;
	m->dist = calloc((size_t)m->nr_nodes * m->nr_nodes, sizeof(*m->dist));
	return m->dist ? bench_pv_end(r) : bench_pv_malformed(r, "no memory");
}

static int parse_dist(reader_t *r, machine_t *m)
{
	int64_t node, d;

	if (bench_pv_number(r, "node", 0, (int64_t)m->nr_nodes - 1, &node))
		return -1;
	for (uint32_t i = 0; i < m->nr_nodes; i++) {
		if (bench_pv_number(r, "distance", 0, UINT16_MAX, &d))
			return -1;
		m->dist[(uint32_t)node * m->nr_nodes + i] = (uint16_t)d;
	}
	return bench_pv_end(r);
}

static int zone_type(const char *name)
{
	for (unsigned i = 0; name && i < PGA_NR_ZONE_TYPES; i++)
		if (!strcmp(pga_zone_type_names[i], name))
			return (int)i;
	return -1;
}

static int parse_zone(reader_t *r, machine_t *m)
{
	int64_t zi, node, start, span;
	int type;

	if (!m->zone)
		m->zone = calloc(PV_MAX_ZONES, sizeof(*m->zone));
	if (!m->zone)
		return bench_pv_malformed(r, "no memory");
	if (bench_pv_number(r, "zone", m->nr_zones, m->nr_zones, &zi) || zi >= PV_MAX_ZONES)
		return zi >= PV_MAX_ZONES ? bench_pv_malformed(r, "too many zones") : -1;
	if (bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node))
		return -1;
	type = zone_type(bench_pv_word(r));
	if (type < 0)
		return bench_pv_malformed(r, "unknown zone type");
	if (bench_pv_number(r, "start", 0, UINT32_MAX, &start) ||
	    bench_pv_number(r, "span", 1, UINT32_MAX, &span))
		return -1;
	m->zone[m->nr_zones++] = (struct pga_zone_conf){ .node = (uint8_t)node,
							 .type = (uint8_t)type,
							 .start = (pga_pfn_t)start,
							 .span = (uint32_t)span };
	return bench_pv_end(r);
}

static int parse_range(reader_t *r, machine_t *m, enum bench_pv_set set)
{
	uint32_t *nr = &m->nr_range[set];
	int64_t start, end;

	if (!m->range[set])
		m->range[set] = calloc(PV_MAX_RANGES, sizeof(struct pga_range));
	if (!m->range[set])
		return bench_pv_malformed(r, "no memory");
	if (*nr == PV_MAX_RANGES)
		return bench_pv_malformed(r, "more than %u ranges", PV_MAX_RANGES);
	if (bench_pv_number(r, "start", 0, UINT32_MAX, &start) ||
	    bench_pv_number(r, "end", 0, UINT32_MAX, &end))
		return -1;
	m->range[set][(*nr)++] = (struct pga_range){ (pga_pfn_t)start, (pga_pfn_t)end };
	return bench_pv_end(r);
}

static int parse_mem(reader_t *r, machine_t *m)
{
	int64_t node;

	return bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node) ? -1
								      : parse_range(r, m, PV_MEM);
}

static int parse_reserved(reader_t *r, machine_t *m)
{
	return parse_range(r, m, PV_RESERVED);
}

static int parse_cma(reader_t *r, machine_t *m)
{
	return parse_range(r, m, PV_CMA);
}

static int parse_bootfree(reader_t *r, machine_t *m)
{
	return parse_range(r, m, PV_BOOT);
}

static const char *const flag_names[PGA_NR_GFP_BITS] = {
#define X(name, help) [PGA_GFP_BIT_##name] = #name,
	PGA_GFP_FLAGS(X)
#undef X
};

static int parse_flag(reader_t *r, const char *name, uint32_t *flags)
{
	for (unsigned i = 0; i < PGA_NR_GFP_BITS; i++) {
		if (strcmp(flag_names[i], name) != 0)
			continue;
		*flags |= 1u << i;
		return 0;
	}
	return bench_pv_malformed(r, "unknown flag '%.40s'", name);
}

static int parse_gfp(reader_t *r, machine_t *m)
{
	const char *name = bench_pv_word(r), *flag;
	char *rest = r->cursor;
	uint32_t flags = 0;

	if (!m->gfp)
		m->gfp = calloc(PV_MAX_GFPS, sizeof(*m->gfp));
	if (!m->gfp)
		return bench_pv_malformed(r, "no memory");
	if (!name || !*rest || strchr(rest, ' ') || m->nr_gfps == PV_MAX_GFPS)
		return bench_pv_malformed(r, "not 'gfp NAME FLAG|FLAG..', or too many of them");
	if (strcmp(rest, "-") != 0)
		while ((flag = strsep(&rest, "|")))
			if (parse_flag(r, flag, &flags))
				return -1;
	m->gfp[m->nr_gfps++] = (struct bench_pv_gfp){ name, flags };
	return 0;
}

static int parse_nothing(reader_t *r, machine_t *m)
{
	(void)r;
	(void)m;
	return 0;
}

/* One line for each key: a parser, or where its word or its number goes. */
static const struct {
	const char *key;
	int (*parse)(reader_t *r, machine_t *m);
	size_t word, number; /* offsets, used without a parser; 0 = none */
	int64_t min, max;
} keys[] = {
	{ .key = "model", .parse = parse_model },
	{ .key = "name", .parse = parse_nothing },
	{ .key = "seed", .parse = parse_nothing },
	{ .key = "section_order", .parse = parse_nothing },
	{ .key = "zonetypes", .parse = parse_nothing },
	{ .key = "types", .parse = parse_types },
	{ .key = "cpus", .parse = parse_cpus },
	{ .key = "cpu", .parse = parse_cpu },
	{ .key = "nodes", .parse = parse_nodes },
	{ .key = "dist", .parse = parse_dist },
	{ .key = "zone", .parse = parse_zone },
	{ .key = "mem", .parse = parse_mem },
	{ .key = "reserved", .parse = parse_reserved },
	{ .key = "cma", .parse = parse_cma },
	{ .key = "bootfree", .parse = parse_bootfree },
	{ .key = "gfp", .parse = parse_gfp },
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
};

static int parse_line(reader_t *r, machine_t *m)
{
	int64_t value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!bench_pv_is(r, keys[i].key))
			continue;
		if (keys[i].parse)
			return keys[i].parse(r, m);
		if (keys[i].word) {
			*(const char **)(void *)((char *)m + keys[i].word) = r->cursor;
			return 0;
		}
		if (bench_pv_number(r, keys[i].key, keys[i].min, keys[i].max, &value))
			return -1;
		*(uint32_t *)(void *)((char *)m + keys[i].number) = (uint32_t)value;
		return bench_pv_end(r);
	}
	return bench_pv_malformed(r, "unknown line '%.40s'", r->line);
}

static int complete(reader_t *r, machine_t *m)
{
	const struct {
		const char *key;
		bool there;
	} needs[] = {
		{ "model", m->model != NULL },
		{ "types", m->types != NULL },
		{ "vmstat_model", m->vmstat != NULL },
		{ "zonelist_order_request", m->list_order != NULL },
		{ "page_shift", m->page_shift > 0 },
		{ "max_order", m->max_order > 0 },
		{ "pageblock_order", m->block_order > 0 },
		{ "cpus", m->nr_cpus > 0 },
		{ "nodes", m->nr_nodes > 0 },
		{ "zone", m->nr_zones > 0 },
	};

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (!needs[i].there)
			return bench_pv_malformed(r, "the header has no line '%s'", needs[i].key);
	m->zlc = m->zlc ? m->zlc : "off";
	m->hz = m->hz ? m->hz : 1000;
	m->compaction = m->compaction ? m->compaction : "off";
	if (strcmp(m->compaction, "on") != 0 && strcmp(m->compaction, "off") != 0)
		return bench_pv_malformed(r, "compaction '%.40s' is neither on nor off",
					  m->compaction);
	return 0;
}

int bench_pv_header(reader_t *r, machine_t *m)
{
	if (!bench_pv_line(r) || strcmp(r->line, "PALVEC 1") != 0)
		return bench_pv_malformed(r, "not a vector file: its first line is not 'PALVEC 1'");
	while (bench_pv_line(r)) {
		if (!strcmp(r->line, "BOOT"))
			return complete(r, m);
		if (parse_line(r, m))
			return -1;
	}
	return bench_pv_malformed(r, "the file ends inside its header");
}

void bench_pv_header_free(machine_t *m)
{
	for (unsigned i = 0; i < PV_NR_SETS; i++)
		free(m->range[i]);
	free(m->cpu_node);
	free(m->dist);
	free(m->zone);
	free(m->gfp);
}

int bench_pv_letter(const machine_t *m, char letter)
{
	const char *at = letter ? strchr(m->types, letter) : NULL;

	return at ? (int)(at - m->types) : -1;
}
