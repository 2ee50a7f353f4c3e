/* SPDX-License-Identifier: GPL-2.0-only */
/* Which samples a comparison is about, and whether they may meet at all. */
#include "results/cmp_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void *cmp_zalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (p)
		return p;
	fprintf(stderr, "zonebench: out of memory: %zu elements of %zu bytes\n", n, size);
	exit(1);
}

void cmp_note(struct cmp_table *t, const char *fmt, ...)
{
	char **notes = cmp_zalloc(t->nr_notes + 1, sizeof(*notes));
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (t->nr_notes)
		memcpy(notes, t->notes, t->nr_notes * sizeof(*notes));
	free(t->notes);
	t->notes = notes;
	t->notes[t->nr_notes] = cmp_zalloc(strlen(text) + 1, 1);
	memcpy(t->notes[t->nr_notes++], text, strlen(text) + 1);
}

/* Letters that two words share, each place of the shorter word counted once. */
static size_t likeness(const char *a, const char *b)
{
	size_t prefix = 0, suffix = 0, la = strlen(a), lb = strlen(b);

	while (prefix < la && prefix < lb && a[prefix] == b[prefix])
		prefix++;
	while (prefix + suffix < la && prefix + suffix < lb &&
	       a[la - 1 - suffix] == b[lb - 1 - suffix])
		suffix++;
	return prefix + suffix;
}

const char *cmp_near(const char *word, const char *const *names, size_t nr)
{
	const char *near = NULL;
	size_t best = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t like = likeness(word, names[i]);

		if (2 * like < strlen(word) || like <= best)
			continue;
		best = like;
		near = names[i];
	}
	return near;
}

static const struct rec_field *key_field(unsigned axis)
{
	for (const struct rec_field *f = rec_fields; f->name; f++)
		if (f->direction == 'k' && axis-- == 0)
			return f;
	return NULL;
}

const char *cmp_axis_name(unsigned axis)
{
	const struct rec_field *f = key_field(axis);

	if (f)
		return f->name;
	return axis == CMP_AXIS_RUN ? "run" : NULL;
}

/* The last part of a run's path; A and B when that is the same. */
static const char *run_name(const struct cmp_work *w, unsigned run)
{
	const char *name[CMP_MAX_RUNS] = { "A", "B" };

	for (unsigned i = 0; i < w->nr_runs; i++) {
		const char *slash = strrchr(w->runs[i]->dir, '/');

		name[i] = slash && slash[1] ? slash + 1 : w->runs[i]->dir;
	}
	if (w->nr_runs == 2 && !strcmp(name[0], name[1]))
		return run ? "B" : "A";
	return name[run];
}

const char *cmp_axis_value(const struct cmp_work *w, const struct cmp_item *it, unsigned axis,
			   char *buf)
{
	const struct rec_field *f = key_field(axis);

	if (!f) {
		snprintf(buf, REC_TEXT, "%.250s", run_name(w, it->run));
		return buf;
	}
	const char *p = (const char *)it->r + f->offset;

	if (f->type == REC_TYPE_TEXT)
		return p;
	snprintf(buf, REC_TEXT, "%" PRIu64, *(const uint64_t *)(const void *)p);
	return buf;
}

int cmp_axis_find(struct cmp_work *w, const char *name, size_t n)
{
	const char *names[CMP_MAX_AXES];
	char word[64];

	for (unsigned i = 0; i < CMP_MAX_AXES; i++) {
		names[i] = cmp_axis_name(i);
		if (strlen(names[i]) == n && !strncmp(names[i], name, n))
			return (int)i;
	}
	snprintf(word, sizeof(word), "%.*s", (int)n, name);
	const char *near = cmp_near(word, names, CMP_MAX_AXES);

	snprintf(w->err, w->len, "unknown axis '%s'; %s%s%s", word, near ? "did you mean '" : "",
		 near ? near
		      : "axes are variant workload params order threads placement memory run",
		 near ? "'?" : "");
	return -EINVAL;
}

/* The values that an axis has, each once, for a message. */
struct seen {
	char text[32][64];
	const char *names[32];
	size_t nr;
};

static void see(struct seen *s, const char *value)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!strncmp(s->text[i], value, sizeof(s->text[0]) - 1))
			return;
	if (s->nr == sizeof(s->text) / sizeof(s->text[0]))
		return;
	snprintf(s->text[s->nr], sizeof(s->text[0]), "%.63s", value);
	s->names[s->nr] = s->text[s->nr];
	s->nr++;
}

static int no_such_value(struct cmp_work *w, const char *filter, unsigned axis, const char *value)
{
	struct seen seen = { .nr = 0 };
	char buf[REC_TEXT], text[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < w->nr_items; i++)
		see(&seen, cmp_axis_value(w, &w->items[i], axis, buf));
	const char *near = cmp_near(value, seen.names, seen.nr);

	for (size_t i = 0; i < seen.nr && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", seen.names[i]);
	if (near)
		snprintf(w->err, w->len, "filter '%s': no sample has that %s; did you mean '%s'?",
			 filter, cmp_axis_name(axis), near);
	else
		snprintf(w->err, w->len, "filter '%s': no sample has that %s; there is%s", filter,
			 cmp_axis_name(axis), text);
	return -EINVAL;
}

/* A filter names an axis and a value that at least one sample has. */
static int check_filter(struct cmp_work *w, const char *filter)
{
	const char *equals = strchr(filter, '=');
	char buf[REC_TEXT];

	if (!equals) {
		snprintf(w->err, w->len, "filter '%s': want AXIS=VALUE", filter);
		return -EINVAL;
	}
	int axis = cmp_axis_find(w, filter, (size_t)(equals - filter));

	if (axis < 0)
		return axis;
	for (size_t i = 0; i < w->nr_items; i++)
		if (!strcmp(cmp_axis_value(w, &w->items[i], (unsigned)axis, buf), equals + 1))
			return 0;
	return no_such_value(w, filter, (unsigned)axis, equals + 1);
}

/* Of one axis any value matches, of several axes each must. */
static bool passes(const struct cmp_work *w, const struct cmp_item *it)
{
	bool asked[CMP_MAX_AXES] = { false }, met[CMP_MAX_AXES] = { false };
	char buf[REC_TEXT];

	for (unsigned i = 0; w->conf->filters && w->conf->filters[i]; i++) {
		const char *f = w->conf->filters[i];
		size_t n = strcspn(f, "=");

		for (unsigned a = 0; a < CMP_MAX_AXES; a++) {
			const char *name = cmp_axis_name(a);

			if (strlen(name) != n || strncmp(name, f, n) != 0)
				continue;
			asked[a] = true;
			met[a] |= !strcmp(cmp_axis_value(w, it, a, buf), f + n + 1);
		}
	}
	for (unsigned a = 0; a < CMP_MAX_AXES; a++)
		if (asked[a] && !met[a])
			return false;
	return true;
}

static bool is_simulated(const struct cmp_work *w, const struct cmp_item *it)
{
	return strchr(it->r->flags, 's') ||
	       json_is_true(json_object_get(w->runs[it->run]->manifest, "simulated"));
}

/* Simulated samples measure logic, real ones the machine: never in one table. */
static int check_kind(struct cmp_work *w)
{
	size_t simulated = 0;

	for (size_t i = 0; i < w->nr_items; i++)
		simulated += is_simulated(w, &w->items[i]);
	w->t->simulated = simulated > 0;
	if (!simulated || simulated == w->nr_items)
		return 0;
	snprintf(w->err, w->len,
		 "refused: %zu of %zu samples come from a simulated topology, the others from a "
		 "real machine; they measure different things (--force does not change that)",
		 simulated, w->nr_items);
	return -EPERM;
}

static int check_fingerprints(struct cmp_work *w)
{
	char text[512];

	if (w->nr_runs < 2)
		return 0;
	json_t *a = env_fingerprint(w->runs[0]->manifest);
	json_t *b = env_fingerprint(w->runs[1]->manifest);
	unsigned differ = env_fingerprint_diff(a, b, text, sizeof(text));

	json_decref(a);
	json_decref(b);
	if (!differ)
		return 0;
	if (w->conf->force) {
		cmp_note(w->t, "FORCED: the runs come from unlike machines: %s", text);
		return 0;
	}
	snprintf(w->err, w->len,
		 "refused: the runs come from unlike machines (--force compares them all the "
		 "same): %s",
		 text);
	return -EPERM;
}

static void take_latest(struct cmp_work *w)
{
	size_t room = 0;

	for (unsigned i = 0; i < w->nr_runs; i++)
		room += w->runs[i]->nr;
	const struct record **latest = cmp_zalloc(room, sizeof(struct record *));

	w->items = cmp_zalloc(room, sizeof(*w->items));
	w->nr_items = 0;
	for (unsigned i = 0; i < w->nr_runs; i++) {
		size_t nr = store_latest(w->runs[i], latest);

		w->superseded += w->runs[i]->nr - nr;
		for (size_t k = 0; k < nr; k++)
			w->items[w->nr_items++] = (struct cmp_item){ .r = latest[k], .run = i };
	}
	free(latest);
}

int cmp_select(struct cmp_work *w)
{
	size_t kept = 0;

	take_latest(w);
	if (!w->nr_items) {
		snprintf(w->err, w->len, "%.200s: no samples", w->runs[0]->dir);
		return -ENODATA;
	}
	for (unsigned i = 0; w->conf->filters && w->conf->filters[i]; i++) {
		int rc = check_filter(w, w->conf->filters[i]);

		if (rc)
			return rc;
	}
	for (size_t i = 0; i < w->nr_items; i++)
		if (passes(w, &w->items[i]))
			w->items[kept++] = w->items[i];
	w->nr_items = kept;
	if (!kept) {
		snprintf(w->err, w->len, "no sample passes all filters");
		return -ENODATA;
	}
	int rc = check_kind(w);

	return rc ? rc : check_fingerprints(w);
}
