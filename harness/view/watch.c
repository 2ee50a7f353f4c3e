/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/watch.h"

#include "harness/matrix/schedule.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

int watch_open(struct watch *w, const char *dir)
{
	memset(w, 0, sizeof(*w));
	snprintf(w->dir, sizeof(w->dir), "%s", dir);
	w->record = malloc(sizeof(*w->record));
	return w->record ? 0 : -ENOMEM;
}

void watch_close(struct watch *w)
{
	for (size_t i = 0; i < w->nr; i++)
		free(w->cell[i].sample);
	free(w->cell);
	free(w->record);
	memset(w, 0, sizeof(*w));
}

/* A run writes its manifest before its first sample: there may be none yet. */
static void read_manifest(struct watch *w)
{
	char path[sizeof(w->dir) + 16];

	snprintf(path, sizeof(path), "%s/manifest.json", w->dir);
	json_t *manifest = json_load_file(path, 0, NULL);
	const char *name = json_string_value(json_object_get(manifest, "name"));
	json_int_t cells = json_integer_value(json_object_get(manifest, "cells"));
	json_int_t samples = json_integer_value(json_object_get(manifest, "samples"));

	snprintf(w->name, sizeof(w->name), "%s", name ? name : "");
	w->samples = samples > 0 ? (unsigned)samples : 0;
	w->wanted = cells > 0 ? (size_t)cells * w->samples : 0;
	json_decref(manifest);
}

/* Returns the bytes before placement and memory. */
static int describe(const struct record *r, char *text, size_t len)
{
	int brief = snprintf(text, len, "%s%s%s order %" PRIu64 ", %" PRIu64 " thread%s",
			     r->workload, *r->params ? " " : "", r->params, r->order, r->threads,
			     r->threads == 1 ? "" : "s");

	snprintf(text + brief, len - (size_t)brief, ", %s, %s", r->placement, r->memory);
	return brief;
}

static void add_flags(struct watch_cell *c, const char *flags)
{
	size_t nr = strlen(c->flags);

	for (; *flags && nr + 1 < sizeof(c->flags); flags++)
		if (!strchr(c->flags, *flags)) {
			c->flags[nr++] = *flags;
			c->flags[nr] = '\0';
		}
}

static struct watch_cell *cell_of(struct watch *w, const struct record *r)
{
	char load[sizeof(w->cell->load)];

	int brief = describe(r, load, sizeof(load));

	for (w->last = 0; w->last < w->nr; w->last++)
		if (!strcmp(w->cell[w->last].variant, r->variant) &&
		    !strcmp(w->cell[w->last].load, load))
			return &w->cell[w->last];
	if (w->nr == w->room) {
		size_t room = w->room ? 2 * w->room : 64;
		struct watch_cell *more = realloc(w->cell, room * sizeof(*more));

		if (!more)
			return NULL;
		w->cell = more;
		w->room = room;
	}
	struct watch_cell *c = &w->cell[w->nr++];

	memset(c, 0, sizeof(*c));
	snprintf(c->variant, sizeof(c->variant), "%s", r->variant);
	c->brief = brief;
	snprintf(c->load, sizeof(c->load), "%s", load);
	snprintf(c->hash, sizeof(c->hash), "%s", r->cell);
	return c;
}

/* The sample's place by its number, made when it is new. */
static struct watch_sample *sample_of(struct watch_cell *c, uint64_t number)
{
	unsigned i = 0;

	while (i < c->nr && c->sample[i].number < number)
		i++;
	if (i < c->nr && c->sample[i].number == number)
		return &c->sample[i];
	if (c->nr == c->room) {
		unsigned room = c->room ? 2 * c->room : 8;
		struct watch_sample *more = realloc(c->sample, room * sizeof(*more));

		if (!more)
			return NULL;
		c->sample = more;
		c->room = room;
	}
	memmove(&c->sample[i + 1], &c->sample[i], (c->nr - i) * sizeof(*c->sample));
	c->nr++;
	c->sample[i].number = number;
	return &c->sample[i];
}

static int add(struct watch *w, const struct record *r)
{
	struct watch_cell *c = cell_of(w, r);

	if (!c)
		return -ENOMEM;
	/* As in store_latest(): a changed cell's older records do not count. */
	if (strcmp(c->hash, r->cell) != 0) {
		c->nr = 0;
		*c->flags = '\0';
		snprintf(c->hash, sizeof(c->hash), "%s", r->cell);
	}
	c->unsupported = !strcmp(r->status, "unsupported");
	if (c->unsupported)
		return 0;
	struct watch_sample *s = sample_of(c, r->sample);

	if (!s)
		return -ENOMEM;
	s->finished = sched_finished(r->status);
	s->ns_op = r->ns_op;
	s->seconds = isfinite(r->elapsed_s) ? r->elapsed_s : 0;
	add_flags(c, r->flags);
	return 0;
}

static int read_lines(struct watch *w, FILE *f, char *err, size_t len)
{
	char *line = NULL, why[256];
	size_t size = 0;
	ssize_t got;
	int rc = 0;

	while (!rc && (got = getline(&line, &size, f)) > 0 && line[got - 1] == '\n') {
		line[got - 1] = '\0';
		w->line++;
		rc = rec_from_json(w->record, line, why, sizeof(why));
		if (rc)
			snprintf(err, len, "%s/samples.jsonl: line %zu: %s", w->dir, w->line, why);
		else if ((rc = add(w, w->record)))
			snprintf(err, len, "%s: out of memory", w->dir);
		w->at += got;
	}
	free(line);
	return rc;
}

static void sum_up(struct watch *w)
{
	w->finished = w->failed = 0;
	w->seconds = 0;
	for (size_t i = 0; i < w->nr; i++)
		for (unsigned s = 0; s < w->cell[i].nr; s++) {
			w->finished += w->cell[i].sample[s].finished;
			w->failed += !w->cell[i].sample[s].finished;
			w->seconds += w->cell[i].sample[s].seconds;
		}
}

int watch_read(struct watch *w, char *err, size_t len)
{
	char path[sizeof(w->dir) + 16];

	snprintf(path, sizeof(path), "%s/samples.jsonl", w->dir);
	FILE *f = fopen(path, "re");

	if (!f) {
		int rc = -errno;

		snprintf(err, len, "%s: not a run directory: samples.jsonl: %s", w->dir,
			 strerror(-rc));
		return rc;
	}
	/* Asked before reading: with no writer left, what is read is all. */
	bool writing = flock(fileno(f), LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;

	if (!writing)
		flock(fileno(f), LOCK_UN);
	read_manifest(w);
	int rc = fseeko(f, w->at, SEEK_SET) ? -errno : 0;

	if (rc)
		snprintf(err, len, "%s: %s", path, strerror(-rc));
	else
		rc = read_lines(w, f, err, len);
	fclose(f);
	sum_up(w);
	w->state = writing ? WATCH_RUNNING : watch_left(w) ? WATCH_STOPPED : WATCH_FINISHED;
	return rc;
}

size_t watch_left(const struct watch *w)
{
	size_t known = w->finished + w->failed;

	for (size_t i = 0; i < w->nr; i++)
		known += w->cell[i].unsupported ? w->samples : 0;
	return known < w->wanted ? w->wanted - known : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double watch_median(const struct watch_cell *c)
{
	double *value = malloc((c->nr + 1) * sizeof(*value)), median = NAN;
	unsigned nr = 0;

	for (unsigned i = 0; value && i < c->nr; i++)
		if (c->sample[i].finished && isfinite(c->sample[i].ns_op))
			value[nr++] = c->sample[i].ns_op;
	if (nr) {
		qsort(value, nr, sizeof(*value), by_value);
		median = (value[(nr - 1) / 2] + value[nr / 2]) / 2;
	}
	free(value);
	return median;
}
