/* SPDX-License-Identifier: GPL-2.0-only */
/* A topology as JSON. */
#include "numa/backend.h"

#include <jansson.h>

static json_t *number(uint64_t value)
{
	return value == TOPO_NO_LIMIT ? json_null() : json_integer((json_int_t)value);
}

/* A file name can be any bytes; JSON cannot. */
static json_t *text(const char *s)
{
	json_t *json = json_string(s);

	return json ? json : json_string("(not UTF-8)");
}

static json_t *nodes_json(const struct topo *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->nr_nodes; i++) {
		const struct topo_node *n = &t->nodes[i];
		json_t *cpus = json_array();

		for (unsigned c = 0; c < t->nr_cpus; c++)
			if (t->cpus[c].node == i)
				json_array_append_new(cpus, json_integer(c));
		json_array_append_new(list,
				      json_pack("{s:i, s:i, s:b, s:o, s:o, s:o, s:b, s:s}", "node",
						i, "os", n->os_index, "has_cpus", n->has_cpus,
						"cpus", cpus, "size_bytes", number(n->size_bytes),
						"usable_bytes", number(n->mem_bytes), "forbidden",
						n->forbidden, "bound", n->mem_bound));
	}
	return list;
}

static json_t *cpus_json(const struct topo *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->nr_cpus; i++) {
		const struct topo_cpu *c = &t->cpus[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:i, s:i, s:i, s:i, s:i}", "cpu", i, "os",
						c->os_index, "node", c->node, "core", c->core,
						"package", c->package, "smt", c->smt));
	}
	return list;
}

static json_t *caches_json(const struct topo *t)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < t->nr_caches; i++) {
		const struct topo_cache *c = &t->caches[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:s#, s:o, s:i, s:i}", "level", c->level,
						"type", &c->type, 1, "bytes", number(c->bytes),
						"count", c->count, "cpus", c->nr_cpus));
	}
	return list;
}

static json_t *distances_json(const struct topo *t)
{
	json_t *rows = json_array();

	for (unsigned i = 0; i < t->nr_nodes; i++) {
		json_t *row = json_array();

		for (unsigned j = 0; j < t->nr_nodes; j++)
			json_array_append_new(row,
					      json_integer(t->dist[(size_t)i * t->nr_nodes + j]));
		json_array_append_new(rows, row);
	}
	return json_pack("{s:s, s:o}", "source", t->dist_source, "matrix", rows);
}

static json_t *memory_json(const struct topo *t)
{
	const struct topo_bounds *b = &t->priv->bounds;
	enum topo_bound which;
	uint64_t least = topo_bounds_min(b, &which);
	json_t *bounds = json_object();

	for (unsigned i = 0; i < TOPO_NR_BOUNDS; i++)
		json_object_set_new(bounds, topo_bound_name((enum topo_bound)i),
				    number(b->bytes[i]));
	return json_pack("{s:o, s:o, s:s}", "bounds_bytes", bounds, "spendable_bytes",
			 number(topo_headroom(least)), "bound", topo_bound_name(which));
}

json_t *topo_to_json(const struct topo *t)
{
	return json_pack("{s:o, s:b, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "source",
			 text(t->source), "simulated", t->simulated, "note", text(t->note),
			 "packages", t->nr_packages, "cores", t->nr_cores, "nodes", nodes_json(t),
			 "cpus", cpus_json(t), "caches", caches_json(t), "distances",
			 distances_json(t), "memory", memory_json(t));
}

void topo_print_json(const struct topo *t, FILE *f)
{
	json_t *json = topo_to_json(t);

	if (!json || json_dumpf(json, f, JSON_INDENT(2)))
		fputs("null", f);
	fputc('\n', f);
	json_decref(json);
}
