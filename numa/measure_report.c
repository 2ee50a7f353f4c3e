/* SPDX-License-Identifier: GPL-2.0-only */
/* What was measured: as distances, as tables, as JSON. */
#include "numa/measure.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL 10.0 /* the distance of a node to itself */
/* Of others at least: a kernel adds 1 for a node with CPUs, and a node stays its own nearest. */
#define NEAR 12.0
#define FARTHEST 254.0

static double latency(const struct topo_measured *m, unsigned from, unsigned to)
{
	return m->pair[(size_t)from * m->nr_nodes + to].value[TOPO_LATENCY].median;
}

/* NaN when the row was not measured. */
static double ratio(const struct topo_measured *m, unsigned from, unsigned to)
{
	double own = latency(m, from, from);

	return own > 0 ? latency(m, from, to) / own : NAN;
}

void topo_measured_dist(const struct topo_measured *m, const struct topo *t, uint16_t *dist)
{
	for (unsigned i = 0; i < m->nr_nodes; i++) {
		for (unsigned j = 0; j < m->nr_nodes; j++) {
			size_t at = (size_t)i * m->nr_nodes + j;
			double r = ratio(m, i, j);

			if (isnan(r))
				r = ratio(m, j, i);
			r = round(LOCAL * r);
			if (r < NEAR)
				r = NEAR;
			if (i == j)
				r = LOCAL;
			dist[at] = isnan(r) ? t->dist[at] : (uint16_t)(r > FARTHEST ? FARTHEST : r);
		}
	}
}

static void print_matrix(const struct topo_measured *m, enum topo_quantity q, FILE *f)
{
	const struct topo_quantity_info *info = &topo_quantities[q];

	fprintf(f, "\n%s (%s), median [p5 p95], from row to column\n    ", info->help, info->unit);
	for (unsigned j = 0; j < m->nr_nodes; j++)
		fprintf(f, " %22u", j);
	fputc('\n', f);
	for (unsigned i = 0; i < m->nr_nodes; i++) {
		fprintf(f, "%4u", i);
		for (unsigned j = 0; j < m->nr_nodes; j++) {
			const struct topo_pair *p = &m->pair[(size_t)i * m->nr_nodes + j];
			const struct topo_spread *v = &p->value[q];
			char text[64];

			snprintf(text, sizeof(text), "%.1f [%.1f %.1f]", v->median, v->p5, v->p95);
			fprintf(f, " %22s", v->n ? text : "-");
		}
		fputc('\n', f);
	}
}

static void print_distances(const struct topo_measured *m, const struct topo *t, FILE *f)
{
	uint16_t *dist = calloc((size_t)m->nr_nodes * m->nr_nodes, sizeof(*dist));

	if (!dist)
		return;
	topo_measured_dist(m, t, dist);
	fprintf(f, "\ndistances from row to column: declared (%s) and by measured latency\n    ",
		t->dist_source);
	for (unsigned j = 0; j < m->nr_nodes; j++)
		fprintf(f, " %9u", j);
	fputc('\n', f);
	for (unsigned i = 0; i < m->nr_nodes; i++) {
		fprintf(f, "%4u", i);
		for (unsigned j = 0; j < m->nr_nodes; j++)
			fprintf(f, "   %3u %3u", t->dist[(size_t)i * m->nr_nodes + j],
				dist[(size_t)i * m->nr_nodes + j]);
		fputc('\n', f);
	}
	free(dist);
}

static const char *flag_text(char flag)
{
	return flag == 'n'   ? "noisy"
	       : flag == 'm' ? "a thread moved or was not pinned"
			     : "not bound";
}

void topo_measured_print(const struct topo_measured *m, const struct topo *t, FILE *f)
{
	fprintf(f, "\nmeasured %s in %.1f s%s: buffers of %llu MiB, huge pages: %s\n", m->when,
		m->seconds, m->quick ? ", the short version" : "",
		(unsigned long long)(m->buffer >> 20), m->huge);
	if (m->note[0])
		fprintf(f, "note: %s\n", m->note);
	print_distances(m, t, f);
	for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
		print_matrix(m, (enum topo_quantity)q, f);
	for (unsigned i = 0; i < m->nr_nodes * m->nr_nodes; i++) {
		const struct topo_pair *p = &m->pair[i];

		if (!p->flags[0] && !p->reason[0])
			continue;
		fprintf(f, "\n%u to %u:", i / m->nr_nodes, i % m->nr_nodes);
		for (const char *c = p->flags; *c; c++)
			fprintf(f, " %c %s%s", *c, flag_text(*c), c[1] || p->reason[0] ? ";" : "");
		fprintf(f, "%s%s\n", p->reason[0] ? " " : "", p->reason);
	}
}

static json_t *spread_json(const struct topo_spread *v, const char *unit)
{
	if (!v->n)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:i, s:s}", "median", v->median, "p5", v->p5, "p95",
			 v->p95, "n", (int)v->n, "unit", unit);
}

static json_t *pair_json(const struct topo_measured *m, const struct topo *t, unsigned i,
			 const uint16_t *dist)
{
	const struct topo_pair *p = &m->pair[i];
	json_t *json =
		json_pack("{s:i, s:i, s:i, s:i, s:s, s:o}", "from", i / m->nr_nodes, "to",
			  i % m->nr_nodes, "declared", t->dist[i], "distance", dist[i], "flags",
			  p->flags, "reason", p->reason[0] ? json_string(p->reason) : json_null());

	for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
		json_object_set_new(json, topo_quantities[q].name,
				    spread_json(&p->value[q], topo_quantities[q].unit));
	return json;
}

json_t *topo_measured_to_json(const struct topo_measured *m, const struct topo *t)
{
	unsigned nr = m->nr_nodes * m->nr_nodes;
	uint16_t *dist = calloc(nr, sizeof(*dist));
	json_t *pairs = json_array();

	if (!dist || !pairs) {
		free(dist);
		json_decref(pairs);
		return NULL;
	}
	topo_measured_dist(m, t, dist);
	for (unsigned i = 0; i < nr; i++)
		json_array_append_new(pairs, pair_json(m, t, i, dist));
	free(dist);
	return json_pack("{s:s, s:f, s:b, s:I, s:s, s:s, s:i, s:o}", "time", m->when, "seconds",
			 m->seconds, "quick", m->quick, "buffer_bytes", (json_int_t)m->buffer,
			 "hugepages", m->huge, "note", m->note, "nodes", m->nr_nodes, "pairs",
			 pairs);
}

static void spread_from(struct topo_spread *v, const json_t *json)
{
	*v = (struct topo_spread){ NAN, NAN, NAN, 0 };
	if (!json_is_object(json))
		return;
	v->median = json_number_value(json_object_get(json, "median"));
	v->p5 = json_number_value(json_object_get(json, "p5"));
	v->p95 = json_number_value(json_object_get(json, "p95"));
	v->n = (unsigned)json_integer_value(json_object_get(json, "n"));
}

static void text_from(char *text, size_t len, const json_t *json, const char *key)
{
	const char *s = json_string_value(json_object_get(json, key));

	snprintf(text, len, "%s", s ? s : "");
}

int topo_measured_from_json(struct topo_measured *m, const json_t *json, unsigned nr_nodes)
{
	const json_t *pairs = json_object_get(json, "pairs");

	*m = (struct topo_measured){ .nr_nodes = nr_nodes };
	if (json_integer_value(json_object_get(json, "nodes")) != nr_nodes ||
	    json_array_size(pairs) != (size_t)nr_nodes * nr_nodes)
		return -EINVAL;
	m->pair = calloc((size_t)nr_nodes * nr_nodes, sizeof(*m->pair));
	if (!m->pair)
		return -ENOMEM;
	m->buffer = (uint64_t)json_integer_value(json_object_get(json, "buffer_bytes"));
	m->seconds = json_number_value(json_object_get(json, "seconds"));
	m->quick = json_is_true(json_object_get(json, "quick"));
	text_from(m->when, sizeof(m->when), json, "time");
	text_from(m->huge, sizeof(m->huge), json, "hugepages");
	text_from(m->note, sizeof(m->note), json, "note");
	for (size_t i = 0; i < (size_t)nr_nodes * nr_nodes; i++) {
		const json_t *p = json_array_get(pairs, i);

		text_from(m->pair[i].flags, sizeof(m->pair[i].flags), p, "flags");
		text_from(m->pair[i].reason, sizeof(m->pair[i].reason), p, "reason");
		for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
			spread_from(&m->pair[i].value[q],
				    json_object_get(p, topo_quantities[q].name));
	}
	return 0;
}
