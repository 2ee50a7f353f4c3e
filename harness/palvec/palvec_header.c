/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: the header, which describes a machine. */
#include "harness/palvec/palvec.h"

#include <stdlib.h>
#include <string.h>

static const struct bench_pv_model *const models[] = {
	&bench_pv_linux24,
	&bench_pv_linux26,
	&bench_pv_linux310,
};

typedef struct bench_pv_reader reader_t;
typedef struct bench_pv_machine machine_t;

static int skip(reader_t *r, const char *what, const char *why)
{
	r->skip = true;
	fprintf(r->msg, "%s%s", what, why);
	return -1;
}

static bool built(const char *variant)
{
	for (const struct pga_variant_row *row = pga_variants; row->name; row++)
		if (!strcmp(row->name, variant))
			return true;
	return false;
}

static int parse_model(reader_t *r, machine_t *m)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(models[i]->model, r->cursor) && built(models[i]->variant))
			m->model = models[i];
	return m->model ? 0 : skip(r, r->cursor, " is not built yet");
}

int bench_pv_parse_cpus(reader_t *r, machine_t *m)
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

int bench_pv_parse_cpu(reader_t *r, machine_t *m)
{
	int64_t cpu, node;

	if (bench_pv_number(r, "cpu", 0, (int64_t)m->nr_cpus - 1, &cpu) ||
	    bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node))
		return -1;
	m->cpu_node[cpu] = (uint16_t)node;
	return bench_pv_end(r);
}

int bench_pv_parse_nodes(reader_t *r, machine_t *m)
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

int bench_pv_parse_dist(reader_t *r, machine_t *m)
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

int bench_pv_add_zone(reader_t *r, machine_t *m, unsigned zi)
{
	int64_t node, start, span;
	int type;

	if (!m->zone)
		m->zone = calloc(PV_MAX_ZONES, sizeof(*m->zone));
	if (!m->zone)
		return bench_pv_malformed(r, "no memory");
	if (m->nr_zones == PV_MAX_ZONES)
		return bench_pv_malformed(r, "too many zones");
	if (bench_pv_number(r, "node", 0, PV_MAX_NODES - 1, &node))
		return -1;
	type = zone_type(bench_pv_word(r));
	if (type < 0)
		return bench_pv_malformed(r, "unknown zone type");
	if (bench_pv_number(r, "start", 0, UINT32_MAX, &start) ||
	    bench_pv_number(r, "span", 1, UINT32_MAX, &span))
		return -1;
	m->zi[m->nr_zones] = (uint16_t)zi;
	m->zone[m->nr_zones++] = (struct pga_zone_conf){ .node = (uint8_t)node,
							 .type = (uint8_t)type,
							 .start = (pga_pfn_t)start,
							 .span = (uint32_t)span };
	return 0;
}

int bench_pv_parse_range(reader_t *r, machine_t *m, enum bench_pv_set set)
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

int bench_pv_parse_reserved(reader_t *r, machine_t *m)
{
	return bench_pv_parse_range(r, m, PV_RESERVED);
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

int bench_pv_parse_gfp(reader_t *r, machine_t *m)
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

int bench_pv_parse_nothing(reader_t *r, machine_t *m)
{
	(void)r;
	(void)m;
	return 0;
}

static int parse_line(reader_t *r, machine_t *m)
{
	int64_t value;

	for (const struct bench_pv_key *k = m->model->keys; k->key; k++) {
		if (!bench_pv_is(r, k->key))
			continue;
		if (k->parse)
			return k->parse(r, m);
		if (k->word) {
			*(const char **)(void *)((char *)m + k->word) = r->cursor;
			return 0;
		}
		if (bench_pv_number(r, k->key, k->min, k->max, &value))
			return -1;
		*(uint32_t *)(void *)((char *)m + k->number) = (uint32_t)value;
		return bench_pv_end(r);
	}
	return bench_pv_malformed(r, "unknown line '%.40s'", r->line);
}

int bench_pv_needs(reader_t *r, const struct bench_pv_need *needs)
{
	for (; needs->key; needs++)
		if (!needs->there)
			return bench_pv_malformed(r, "the header has no line '%s'", needs->key);
	return 0;
}

int bench_pv_header(reader_t *r, machine_t *m)
{
	if (!bench_pv_line(r) || strcmp(r->line, "PALVEC 1") != 0)
		return bench_pv_malformed(r, "not a vector file: its first line is not 'PALVEC 1'");
	if (!bench_pv_line(r) || !bench_pv_is(r, "model"))
		return bench_pv_malformed(r, "the header does not begin with its line 'model'");
	if (parse_model(r, m))
		return -1;
	while (bench_pv_line(r)) {
		if (!strcmp(r->line, "BOOT"))
			return m->model->complete(r, m);
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
