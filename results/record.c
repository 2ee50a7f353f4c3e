/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/record.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Readers of JSON commonly hold a number as a double: integers beyond this are
 * written as decimal text, so that a seed survives any of them.
 */
#define EXACT_INT_MAX (UINT64_C(1) << 53)

const struct rec_field rec_fields[] = {
#define X(type, name, unit, dir, help) \
	{ #name, unit, help, REC_TYPE_##type, dir, offsetof(struct record, name) },
	REC_FIELDS(X)
#undef X
		{ .name = NULL },
};

const struct rec_flag rec_flags[] = {
	{ 's', "simulated", "the topology is not this machine: no binding, no remote latency" },
	{ 'x', "multiplexed", "a counter shared its register and was scaled up" },
	{ 'o', "oversubscribed", "more threads than CPUs" },
	{ 'm', "migrated", "a thread left its CPU, or was not pinned" },
	{ 'u', "unbound", "memory is not, or not provably, on the asked node" },
	{ 'n', "noisy", "switched out or disturbed while timed" },
	{ 't', "target missed", "the workload did not reach the state it aims at" },
	{ .letter = 0 },
};

#define GROUP(member)                                                          \
	offsetof(struct record, member), offsetof(struct record, nr_##member), \
		sizeof(((struct record *)0)->member) / sizeof(struct rec_value)
const struct rec_group rec_groups[] = {
	{ "paths", "path", "share of allocations by path class, cheapest first", GROUP(paths) },
	{ "costs", "cost",
	  "mean cost of one allocation by path class, and of one free: CLASS.ns, CLASS.cycles "
	  "(without counters of the time-stamp counter) and CLASS.EVENT for the events of the "
	  "group "
	  "paths, each with the limits of its 95 % interval (.lo, .hi) and in its note the way, "
	  "bracketed or regression; CLASS.timed calls that were bracketed; stage.STAGE.ns ... of "
	  "those that passed a stage, whatever their class; of the costs pass",
	  GROUP(costs) },
	{ "counters", "counter", "counter metrics, and raw events per operation", GROUP(counters) },
	{ "metrics", "metric", "what the workload reports of itself", GROUP(metrics) },
	{ "stats", "stat", "statistics of the allocator, vmstat names", GROUP(stats) },
	{ "frag", "frag", "fragmentation, in the state that counts; docs/METRICS.md", GROUP(frag) },
	{ "places", "place", "which nodes served whom, and what is left of each", GROUP(places) },
	{ "latency", "latency",
	  "how long single operations took: LEVEL.CLASS, LEVEL one of p50, p90, p99, p99.9, "
	  "p99.99, "
	  "max and timed (how many were), CLASS a path class of allocations, alloc for all of "
	  "them, or free; of the latency pass",
	  GROUP(latency) },
	{ .name = NULL },
};

static void *at(const struct record *r, size_t offset)
{
	return (char *)(uintptr_t)r + offset;
}

void rec_init(struct record *r)
{
	for (const struct rec_field *f = rec_fields; f->name; f++) {
		switch (f->type) {
		case REC_TYPE_TEXT:
			memset(at(r, f->offset), 0, REC_TEXT);
			break;
		case REC_TYPE_U64:
			*(uint64_t *)at(r, f->offset) = 0;
			break;
		case REC_TYPE_F64:
			*(double *)at(r, f->offset) = (double)NAN;
			break;
		case REC_TYPE_BOOL:
			*(bool *)at(r, f->offset) = false;
			break;
		}
	}
	for (const struct rec_group *g = rec_groups; g->name; g++)
		*(unsigned *)at(r, g->nr_offset) = 0;
	r->series.nr_cols = r->series.nr_points = 0;
	r->series.note[0] = '\0';
	r->hists.nr = r->hists.nr_buckets = 0;
}

void rec_copy(struct record *to, const struct record *from)
{
	memcpy(to, from, offsetof(struct record, paths));
	for (const struct rec_group *g = rec_groups; g->name; g++)
		memcpy(at(to, g->offset), at(from, g->offset),
		       *(unsigned *)at(from, g->nr_offset) * sizeof(struct rec_value));
	rec_series_copy(&to->series, &from->series);
	rec_hists_copy(&to->hists, &from->hists);
}

int rec_key_compare(const struct record *a, const struct record *b)
{
	for (const struct rec_field *f = rec_fields; f->name; f++) {
		const void *x = at(a, f->offset), *y = at(b, f->offset);
		int order = 0;

		if (f->direction != 'k')
			continue;
		if (f->type == REC_TYPE_TEXT)
			order = strcmp(x, y);
		else if (f->type == REC_TYPE_U64)
			order = (*(const uint64_t *)x > *(const uint64_t *)y) -
				(*(const uint64_t *)x < *(const uint64_t *)y);
		if (order)
			return order;
	}
	return 0;
}

const struct rec_field *rec_field_find(const char *name)
{
	for (const struct rec_field *f = rec_fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static void append(struct rec_value *group, unsigned *nr, unsigned max, const char *name,
		   double value, const char *note)
{
	if (*nr >= max)
		return;
	struct rec_value *v = &group[(*nr)++];

	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(v->note, sizeof(v->note), "%s", note ? note : "");
	v->value = value;
}

void rec_add(struct rec_value *group, unsigned *nr, const char *name, double value,
	     const char *note)
{
	append(group, nr, REC_MAX_VALUES, name, value, note);
}

void rec_add_frag(struct record *r, const char *name, double value, const char *note)
{
	append(r->frag, &r->nr_frag, REC_MAX_FRAG, name, value, note);
}

void rec_add_cost(struct record *r, const char *name, double value, const char *note)
{
	append(r->costs, &r->nr_costs, REC_MAX_COSTS, name, value, note);
}

void rec_add_latency(struct record *r, const char *name, double value, const char *note)
{
	append(r->latency, &r->nr_latency, REC_MAX_LATENCY, name, value, note);
}

void rec_add_place(struct record *r, const char *name, double value, const char *note)
{
	append(r->places, &r->nr_places, REC_MAX_PLACES, name, value, note);
}

void rec_flag_set(struct record *r, char letter)
{
	char out[REC_TEXT] = "";
	size_t n = 0;

	for (const struct rec_flag *f = rec_flags; f->letter; f++)
		if (f->letter == letter || strchr(r->flags, f->letter))
			out[n++] = f->letter;
	memcpy(r->flags, out, sizeof(out));
}

/* Text comes from file names and other programs too: what is not UTF-8, a
   character cut in two included, becomes '?'. */
static json_t *text_json(const char *text)
{
	json_t *j = json_string(text);
	char copy[REC_TEXT];

	if (j)
		return j;
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *p = copy; *p; p++)
		if (*p & 0x80)
			*p = '?';
	return json_string(copy);
}

static json_t *f64_json(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *u64_json(uint64_t value)
{
	char text[24];

	if (value <= EXACT_INT_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *field_json(const struct rec_field *f, const struct record *r)
{
	const void *p = at(r, f->offset);

	switch (f->type) {
	case REC_TYPE_TEXT:
		return text_json(p);
	case REC_TYPE_U64:
		return u64_json(*(const uint64_t *)p);
	case REC_TYPE_F64:
		return f64_json(*(const double *)p);
	case REC_TYPE_BOOL:
		return json_boolean(*(const bool *)p);
	}
	return NULL;
}

static json_t *group_json(const struct rec_group *g, const struct record *r)
{
	const struct rec_value *v = at(r, g->offset);
	unsigned nr = *(unsigned *)at(r, g->nr_offset);
	json_t *out = json_object();

	for (unsigned i = 0; out && i < nr; i++) {
		json_t *value = json_object();
		int bad = json_object_set_new(value, "value", f64_json(v[i].value));

		if (v[i].note[0])
			bad |= json_object_set_new(value, "note", text_json(v[i].note));
		if (bad | json_object_set_new(out, v[i].name, value)) {
			json_decref(out);
			return NULL;
		}
	}
	return out;
}

char *rec_to_json(const struct record *r)
{
	json_t *o = json_object();
	int bad = json_object_set_new(o, "schema", json_integer(REC_SCHEMA));
	char *line = NULL;

	for (const struct rec_field *f = rec_fields; f->name; f++)
		bad |= json_object_set_new(o, f->name, field_json(f, r));
	for (const struct rec_group *g = rec_groups; g->name; g++)
		bad |= json_object_set_new(o, g->name, group_json(g, r));
	if (r->series.nr_points)
		bad |= json_object_set_new(o, "series", rec_series_json(&r->series));
	if (r->hists.nr)
		bad |= json_object_set_new(o, "histograms", rec_hists_json(&r->hists));
	if (!bad) /* 17 digits give every double back */
		line = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(o);
	return line;
}

static int refuse(char *err, size_t len, const char *field, const char *want)
{
	snprintf(err, len, "field '%s' %s", field, want);
	return -EINVAL;
}

static int u64_read(const json_t *j, uint64_t *out)
{
	if (json_is_integer(j) && json_integer_value(j) >= 0) {
		*out = (uint64_t)json_integer_value(j);
		return 0;
	}
	const char *text = json_string_value(j);
	char *end;

	if (!text || text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

static int f64_read(const json_t *j, double *out)
{
	if (!json_is_null(j) && !json_is_number(j))
		return -EINVAL;
	*out = json_is_null(j) ? (double)NAN : json_number_value(j);
	return 0;
}

static int field_read(const struct rec_field *f, const json_t *j, struct record *r, char *err,
		      size_t len)
{
	void *p = at(r, f->offset);

	switch (f->type) {
	case REC_TYPE_TEXT:
		if (!json_is_string(j))
			return refuse(err, len, f->name, "must be text");
		if (json_string_length(j) >= REC_TEXT)
			return refuse(err, len, f->name, "is longer than 255 bytes");
		memcpy(p, json_string_value(j), json_string_length(j) + 1);
		return 0;
	case REC_TYPE_U64:
		return u64_read(j, p) ? refuse(err, len, f->name, "must be a whole number from 0")
				      : 0;
	case REC_TYPE_F64:
		return f64_read(j, p) ? refuse(err, len, f->name, "must be a number or null") : 0;
	case REC_TYPE_BOOL:
		if (!json_is_boolean(j))
			return refuse(err, len, f->name, "must be true or false");
		*(bool *)p = json_is_true(j);
		return 0;
	}
	return -EINVAL;
}

static int value_read(const json_t *j, struct rec_value *v)
{
	const json_t *note = json_object_get(j, "note");

	if (!json_is_object(j) || json_object_size(j) != 1u + (note != NULL) ||
	    !json_object_get(j, "value") || (note && !json_is_string(note)))
		return -EINVAL;
	snprintf(v->note, sizeof(v->note), "%s", note ? json_string_value(note) : "");
	return f64_read(json_object_get(j, "value"), &v->value);
}

static int group_read(const struct rec_group *g, json_t *j, struct record *r, char *err, size_t len)
{
	struct rec_value *v = at(r, g->offset);
	unsigned *nr = at(r, g->nr_offset);
	const char *name;
	json_t *value;

	if (!json_is_object(j) || json_object_size(j) > g->max) {
		snprintf(err, len, "field '%s' must be an object of at most %u values", g->name,
			 g->max);
		return -EINVAL;
	}
	json_object_foreach(j, name, value)
	{
		char field[160];

		snprintf(field, sizeof(field), "%s.%s", g->name, name);
		if (strlen(name) >= sizeof(v->name) || value_read(value, &v[*nr]))
			return refuse(err, len, field,
				      "must be {\"value\": number or null, \"note\": text}");
		memcpy(v[*nr].name, name, strlen(name) + 1);
		(*nr)++;
	}
	return 0;
}

static const struct rec_group *group_find(const char *name)
{
	for (const struct rec_group *g = rec_groups; g->name; g++)
		if (!strcmp(g->name, name))
			return g;
	return NULL;
}

/* Every member of the object belongs to the record. */
static int members_read(json_t *o, struct record *r, char *err, size_t len)
{
	const char *name;
	json_t *value;

	json_object_foreach(o, name, value)
	{
		const struct rec_field *f = rec_field_find(name);
		const struct rec_group *g = group_find(name);
		int rc = 0;

		if (f)
			rc = field_read(f, value, r, err, len);
		else if (g)
			rc = group_read(g, value, r, err, len);
		else if (!strcmp(name, "series"))
			rc = rec_series_read(&r->series, value, err, len);
		else if (!strcmp(name, "histograms"))
			rc = rec_hists_read(&r->hists, value, err, len);
		else if (strcmp(name, "schema") != 0)
			rc = refuse(err, len, name, "is unknown");
		if (rc)
			return rc;
	}
	return 0;
}

static int object_read(json_t *o, struct record *r, char *err, size_t len)
{
	const json_t *schema = json_object_get(o, "schema");

	if (!json_is_object(o)) {
		snprintf(err, len, "not a JSON object");
		return -EINVAL;
	}
	if (!json_is_integer(schema))
		return refuse(err, len, "schema", "is missing");
	if (json_integer_value(schema) != REC_SCHEMA) {
		snprintf(err, len, "schema is %lld, this build reads %d",
			 (long long)json_integer_value(schema), REC_SCHEMA);
		return -EINVAL;
	}
	for (const struct rec_field *f = rec_fields; f->name; f++)
		if (!json_object_get(o, f->name))
			return refuse(err, len, f->name, "is missing");
	for (const struct rec_group *g = rec_groups; g->name; g++)
		if (!json_object_get(o, g->name))
			return refuse(err, len, g->name, "is missing");
	return members_read(o, r, err, len);
}

int rec_from_json(struct record *r, const char *line, char *err, size_t len)
{
	json_error_t je;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &je);

	rec_init(r);
	if (!o) {
		snprintf(err, len, "not JSON: %s at column %d", je.text, je.column);
		return -EINVAL;
	}
	int rc = object_read(o, r, err, len);

	json_decref(o);
	return rc;
}
