/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenario files: a document tree along tables of keys, every value checked. */
#include "harness/matrix/scenario_file.h"

#include "core/words.h"
#include "harness/matrix/matrix.h"
#include "harness/trace/trace_load.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_KEYS (WL_MAX_PARAMS + 16u)
#define MAX_THREADS 4096u
#define MAX_NODE 1023u
#define MAX_OPS 1000000000000ull
#define MAX_SECONDS 3600.0

struct parse {
	yaml_document_t doc;
	struct scenario *s;
	const char *path;
	char *err;
	size_t len;
	struct scn_phase *phase; /* that is being read */
	struct scn_actor *actor;
};

/* One key of a mapping; returns 0 or an error. */
struct key {
	const char *name;
	int (*read)(struct parse *p, const struct key *k, const yaml_node_t *value);
	bool needed;
};

__attribute__((format(printf, 5, 6))) static int fail(struct parse *p, const yaml_node_t *at,
						      const char *key, const char *value,
						      const char *fmt, ...)
{
	char what[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(p->err, p->len, "%s:%zu:%zu: %s: %.80s: %s", p->path,
		 at ? at->start_mark.line + 1 : 1, at ? at->start_mark.column + 1 : 1, key, value,
		 what);
	return -EINVAL;
}

static const char *text_of(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE && *node->data.scalar.value
		       ? (const char *)node->data.scalar.value
		       : NULL;
}

static int fail_word(struct parse *p, const yaml_node_t *at, const char *key, const char *value,
		     const char *const *words, size_t nr)
{
	char list[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < nr && used < sizeof(list); i++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, " %s", words[i]);
	const char *near = pga_nearest(value, words, nr);

	return near ? fail(p, at, key, value, "wants one of%s; did you mean '%s'?", list, near)
		    : fail(p, at, key, value, "wants one of%s", list);
}

static const yaml_node_t *find(struct parse *p, const yaml_node_t *map, const char *name)
{
	for (const yaml_node_pair_t *i = map->data.mapping.pairs.start;
	     i < map->data.mapping.pairs.top; i++) {
		const char *key = text_of(yaml_document_get_node(&p->doc, i->key));

		if (key && !strcmp(key, name))
			return yaml_document_get_node(&p->doc, i->value);
	}
	return NULL;
}

static const struct key *key_of(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (!strcmp(keys->name, name))
			return keys;
	return NULL;
}

/* A parameter of the actor's workload, which its table describes. */
static int read_param(struct parse *p, const yaml_node_t *key, const char *name,
		      const yaml_node_t *value, const struct key *keys)
{
	const struct wl_ops *wl = p->actor->wl;
	const char *words[MAX_KEYS], *text = text_of(value);
	int at = wl_param_index(wl, name);
	char why[256];
	size_t nr = 0;

	if (at >= 0 && !text)
		return fail(p, value, name, "value", "wants one plain value");
	if (at >= 0)
		return matrix_value(&wl->params[at], text, &p->actor->param[at], why, sizeof(why))
			       ? fail(p, value, name, text, "%s", why)
			       : 0;
	for (; keys->name; keys++)
		words[nr++] = keys->name;
	for (unsigned i = 0; wl->params[i].name && nr < MAX_KEYS; i++)
		words[nr++] = wl->params[i].name;
	return fail_word(p, key, "actors", name, words, nr);
}

static int unknown(struct parse *p, const yaml_node_t *at, const char *where, const char *name,
		   const struct key *keys)
{
	const char *words[MAX_KEYS];
	size_t nr = 0;

	for (; keys[nr].name; nr++)
		words[nr] = keys[nr].name;
	return fail_word(p, at, where, name, words, nr);
}

/* Keys in the order of their table: what a key means can depend on those before. */
static int read_map(struct parse *p, const char *where, const yaml_node_t *map,
		    const struct key *keys)
{
	int rc = 0;

	if (!map || map->type != YAML_MAPPING_NODE)
		return fail(p, map, where, text_of(map) ? text_of(map) : "value",
			    "wants a mapping, such as {%s: ...}", keys->name);
	for (const struct key *k = keys; k->name && !rc; k++) {
		const yaml_node_t *value = find(p, map, k->name);

		if (value)
			rc = k->read(p, k, value);
		else if (k->needed)
			rc = fail(p, map, where, k->name, "missing");
	}
	for (const yaml_node_pair_t *i = map->data.mapping.pairs.start;
	     !rc && i < map->data.mapping.pairs.top; i++) {
		const yaml_node_t *key = yaml_document_get_node(&p->doc, i->key);
		const yaml_node_t *value = yaml_document_get_node(&p->doc, i->value);
		const char *name = text_of(key);

		if (!name)
			rc = fail(p, key, where, "?", "a key must be plain text");
		else if (find(p, map, name) != value)
			rc = fail(p, key, where, name, "given twice");
		else if (key_of(keys, name))
			continue;
		else
			rc = p->actor ? read_param(p, key, name, value, keys)
				      : unknown(p, key, where, name, keys);
	}
	return rc;
}

static int read_list(struct parse *p, const struct key *k, const yaml_node_t *list, unsigned max,
		     int (*one)(struct parse *p, const yaml_node_t *item))
{
	if (list->type != YAML_SEQUENCE_NODE ||
	    list->data.sequence.items.start == list->data.sequence.items.top)
		return fail(p, list, k->name, text_of(list) ? text_of(list) : "value",
			    "wants a list of mappings");
	if (list->data.sequence.items.top - list->data.sequence.items.start > (ptrdiff_t)max)
		return fail(p, list, k->name, "list", "more than %u entries", max);
	for (const yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		int rc = one(p, yaml_document_get_node(&p->doc, *i));

		if (rc)
			return rc;
	}
	return 0;
}

/* Names become parts of metrics' names: letters, digits and '-'. */
static int read_name(struct parse *p, const struct key *k, const yaml_node_t *value, char *out,
		     size_t size)
{
	const char *text = text_of(value);

	if (!text)
		return fail(p, value, k->name, "value", "wants one plain value");
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-')
			return fail(p, value, k->name, text, "wants letters, digits and '-' alone");
	if (strlen(text) >= size)
		return fail(p, value, k->name, text, "longer than %zu bytes", size - 1);
	strcpy(out, text);
	return 0;
}

static int read_count(struct parse *p, const struct key *k, const yaml_node_t *value, uint64_t min,
		      uint64_t max, uint64_t *out)
{
	const char *text = text_of(value);
	char *end = NULL;

	errno = 0;
	*out = text && isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
	if (!end || *end || errno || *out < min || *out > max)
		return fail(p, value, k->name, text ? text : "value",
			    "wants a whole number from %llu to %llu", (unsigned long long)min,
			    (unsigned long long)max);
	return 0;
}

/* "0.8" or "80%". */
static int read_share(struct parse *p, const struct key *k, const yaml_node_t *value, double min,
		      double max, double *out)
{
	const char *text = text_of(value);
	char *end = NULL;

	*out = text && isdigit((unsigned char)*text) ? strtod(text, &end) : 0;
	if (end && !strcmp(end, "%")) {
		*out /= 100;
		end++;
	}
	if (!end || *end || !(*out >= min) || !(*out <= max))
		return fail(p, value, k->name, text ? text : "value",
			    "wants a share from %g to %g, such as 0.8 or 80%%", min, max);
	return 0;
}

static int read_bool(struct parse *p, const struct key *k, const yaml_node_t *value, bool *out)
{
	static const char *const words[] = { "false", "true" };
	const char *text = text_of(value);

	for (unsigned i = 0; i < 2; i++)
		if (text && !strcmp(text, words[i])) {
			*out = i;
			return 0;
		}
	return fail_word(p, value, k->name, text ? text : "value", words, 2);
}

static int actor_workload(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const char *words[64], *text = text_of(value);
	size_t nr = 0;

	p->actor->wl = text ? wl_find(text) : NULL;
	for (; nr < sizeof(words) / sizeof(words[0]) && wl_table[nr]; nr++)
		words[nr] = wl_table[nr]->name;
	if (!p->actor->wl)
		return fail_word(p, value, k->name, text ? text : "value", words, nr);
	if (p->actor->wl->alone)
		return fail(p, value, k->name, text, "this workload must be alone");
	wl_param_defaults(p->actor->wl, p->actor->param);
	snprintf(p->actor->name, sizeof(p->actor->name), "%s", text);
	return 0;
}

static int actor_name(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_name(p, k, value, p->actor->name, sizeof(p->actor->name));
}

static int actor_threads(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const char *text = text_of(value);
	uint64_t nr = SCN_REST;
	int rc = text && !strcmp(text, "rest") ? 0 : read_count(p, k, value, 1, MAX_THREADS, &nr);

	if (rc)
		return rc;
	p->actor->threads = (unsigned)nr;
	return 0;
}

static int actor_node(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	uint64_t nr;
	int rc = read_count(p, k, value, 0, MAX_NODE, &nr);

	p->actor->node = (int)nr;
	return rc;
}

static int actor_share(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	double share;
	int rc = read_share(p, k, value, 0.01, 1, &share);

	p->actor->share = rc ? 100 : (unsigned)(share * 100 + 0.5);
	return rc;
}

static int actor_ops(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_count(p, k, value, 1, MAX_OPS, &p->actor->ops);
}

static int actor_order(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	uint64_t nr;

	if (!p->actor->wl->has_order)
		return fail(p, value, k->name, p->actor->wl->name, "this workload has no order");
	int rc = read_count(p, k, value, 0, PGA_MAX_ORDERS - 1, &nr);

	p->actor->order = rc ? 0 : (unsigned)nr;
	return rc;
}

static int actor_last(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const struct wl_phase *phases = p->actor->wl->phases;
	const char *words[WL_MAX_PHASES], *text = text_of(value);
	size_t nr = 0;

	for (; phases[nr].name; nr++) {
		words[nr] = phases[nr].name;
		if (text && !strcmp(text, words[nr])) {
			p->actor->last = (int)nr;
			return 0;
		}
	}
	return fail_word(p, value, k->name, text ? text : "value", words, nr);
}

static int actor_background(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_bool(p, k, value, &p->actor->background);
}

static int actor_keep(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_bool(p, k, value, &p->actor->keep);
}

static const struct key actor_keys[] = {
	{ "workload", actor_workload, true },
	{ "name", actor_name, false },
	{ "threads", actor_threads, false },
	{ "node", actor_node, false },
	{ "share", actor_share, false },
	{ "max-ops", actor_ops, false },
	{ "order", actor_order, false },
	{ "last", actor_last, false },
	{ "background", actor_background, false },
	{ "keep", actor_keep, false },
	{ NULL, NULL, false },
};

/* The file that a parameter names, or its default; a scenario changes with it. */
static int read_trace(struct parse *p, const yaml_node_t *item)
{
	const struct wl_ops *wl = p->actor->wl;
	char why[256];

	for (unsigned i = 0; wl->params[i].name; i++) {
		if (wl->params[i].type != WL_FILE)
			continue;
		p->actor->trace = trace_get(p->actor->param[i], why, sizeof(why));
		if (!p->actor->trace)
			return fail(p, item, wl->params[i].name, wl->name, "%s", why);
		p->s->version ^= (uint32_t)(p->actor->trace->id ^ p->actor->trace->id >> 32);
	}
	return 0;
}

static int read_actor(struct parse *p, const yaml_node_t *item)
{
	p->actor = &p->phase->actor[p->phase->nr_actors++];
	*p->actor = (struct scn_actor){ .node = -1, .share = 100, .last = -1 };
	int rc = read_map(p, "actors", item, actor_keys);

	if (!rc && p->actor->wl->needs_host &&
	    (p->actor->param[WL_P_TYPE] || p->actor->param[WL_P_TOUCH_BY]))
		rc = fail(p, item, "actors", p->actor->wl->name,
			  "type and touch-by are its owners' to choose");
	if (!rc)
		rc = read_trace(p, item);
	p->actor = NULL;
	return rc;
}

static int until_ops(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_count(p, k, value, 1, MAX_OPS, &p->phase->until.ops);
}

static int until_seconds(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const char *text = text_of(value);
	char *end = NULL;
	double s = text && isdigit((unsigned char)*text) ? strtod(text, &end) : 0;

	if (!end || *end || !(s >= 0.001) || !(s <= MAX_SECONDS))
		return fail(p, value, k->name, text ? text : "value",
			    "wants seconds from 0.001 to %g", MAX_SECONDS);
	p->phase->until.ms = (uint64_t)(s * 1000);
	return 0;
}

static int until_fu9(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_share(p, k, value, 0.001, 1, &p->phase->until.fu9);
}

static int until_free(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	if (p->phase->until.fu9 <= 0)
		return fail(p, value, k->name, "value", "goes with fu9, which is not given");
	return read_share(p, k, value, 0, 1, &p->phase->until.free);
}

static int until_steady(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_share(p, k, value, 0.0001, 1, &p->phase->until.steady);
}

static const struct key until_keys[] = {
	{ "ops", until_ops, false },	   { "seconds", until_seconds, false },
	{ "fu9", until_fu9, false },	   { "free", until_free, false },
	{ "steady", until_steady, false }, { NULL, NULL, false },
};

static int phase_name(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	int rc = read_name(p, k, value, p->phase->name, sizeof(p->phase->name));

	for (const struct scn_phase *q = p->s->phase; !rc && q < p->phase; q++)
		if (!strcmp(q->name, p->phase->name))
			rc = fail(p, value, k->name, q->name, "two phases have this name");
	return rc;
}

static int phase_measure(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_bool(p, k, value, &p->phase->measure);
}

static int phase_meet(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_bool(p, k, value, &p->phase->meet);
}

static int phase_until(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_map(p, k->name, value, until_keys);
}

static int phase_actors(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_list(p, k, value, SCN_MAX_ACTORS, read_actor);
}

static const struct key phase_keys[] = {
	{ "name", phase_name, true },	  { "measure", phase_measure, false },
	{ "meet", phase_meet, false },	  { "until", phase_until, false },
	{ "actors", phase_actors, true }, { NULL, NULL, false },
};

static int read_phase(struct parse *p, const yaml_node_t *item)
{
	p->phase = &p->s->phase[p->s->nr_phases++];
	return read_map(p, "phases", item, phase_keys);
}

static int top_name(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const char *text = text_of(value);

	if (text && wl_find(text))
		return fail(p, value, k->name, text, "a workload has this name");
	return read_name(p, k, value, p->s->name, sizeof(p->s->name));
}

static int top_summary(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	const char *text = text_of(value);

	if (!text)
		return fail(p, value, k->name, "value", "wants one line of text");
	snprintf(p->s->summary, sizeof(p->s->summary), "%s", text);
	return 0;
}

static int top_phases(struct parse *p, const struct key *k, const yaml_node_t *value)
{
	return read_list(p, k, value, SCN_MAX_PHASES, read_phase);
}

static const struct key top_keys[] = {
	{ "name", top_name, true },
	{ "summary", top_summary, false },
	{ "phases", top_phases, true },
	{ NULL, NULL, false },
};

static uint32_t hash_of(const unsigned char *text, size_t size)
{
	uint32_t hash = 0x811c9dc5u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ text[i]) * 0x01000193u;
	return hash;
}

int scenario_parse(struct scenario *s, const unsigned char *text, size_t size, const char *path,
		   char *err, size_t len)
{
	struct parse p = { .s = s, .path = path, .err = err, .len = len };
	yaml_parser_t parser;

	*s = (struct scenario){ .version = hash_of(text, size) };
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, text, size);
	int ok = yaml_parser_load(&parser, &p.doc);

	if (!ok)
		snprintf(err, len, "%s:%zu:%zu: not YAML: %s", path, parser.problem_mark.line + 1,
			 parser.problem_mark.column + 1, parser.problem ? parser.problem : "?");
	yaml_parser_delete(&parser);
	if (!ok)
		return -EINVAL;
	int rc = read_map(&p, "scenario", yaml_document_get_root_node(&p.doc), top_keys);

	yaml_document_delete(&p.doc);
	return rc;
}
