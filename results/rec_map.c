/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory map over time: its file. */
#include "results/rec_map.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

uint8_t rec_map_level(uint64_t used, uint64_t frames)
{
	if (!used || used >= frames)
		return used ? REC_MAP_FULL : 0;
	return (uint8_t)(1 + used * (REC_MAP_FULL - 1) / frames);
}

enum text { TYPES, FILL, MOST, NR_TEXTS };
static const char *const text_names[NR_TEXTS] = { "types", "fill", "most" };

static char letter_of(const struct rec_map_cell *c, enum text which)
{
	char type = rec_map_looks[c->kind].letter;

	if (which == TYPES)
		return c->mixed ? (char)toupper(type) : type;
	return (char)('a' + (which == FILL ? c->fill : c->most));
}

/* Letters with their number of repetitions before them. */
static json_t *text_of(const struct rec_map_cell *cells, unsigned nr, enum text which)
{
	char *text = malloc((size_t)nr + 1), *p = text;

	if (!text)
		return NULL;
	for (unsigned i = 0, same; i < nr; i += same) {
		char letter = letter_of(&cells[i], which);

		for (same = 1; i + same < nr && letter_of(&cells[i + same], which) == letter;)
			same++;
		/* Never longer than the letters themselves. */
		if (same > 1)
			p += sprintf(p, "%u", same);
		*p++ = letter;
	}
	json_t *j = json_stringn(text, (size_t)(p - text));

	free(text);
	return j;
}

static json_t *map_json(const struct rec_map *m)
{
	json_t *zones = json_array(), *requests = json_array();
	json_t *o = json_pack("{s:s, s:I, s:I, s:i, s:I, s:i, s:b, s:s, s:o, s:o}", "cell", m->cell,
			      "sample", (json_int_t)m->sample, "seed", (json_int_t)m->seed,
			      "block_frames", (int)m->block_frames, "blocks", (json_int_t)m->blocks,
			      "group", (int)m->group, "typed", m->typed, "note", m->note, "zones",
			      zones, "requests", requests);
	int bad = !o;

	for (unsigned z = 0; z < m->nr_zones; z++)
		bad |= json_array_append_new(
			zones, json_pack("[s, i]", m->zone[z].name, (int)m->zone[z].first));
	for (unsigned p = 0; p < m->nr_points; p++)
		bad |= json_array_append_new(requests, json_integer((json_int_t)m->requests[p]));
	for (unsigned t = 0; t < (m->group > 1 ? NR_TEXTS : MOST); t++) {
		json_t *texts = json_array();

		for (unsigned p = 0; p < m->nr_points; p++)
			bad |= json_array_append_new(texts, text_of(m->at[p], m->nr_cells, t));
		bad |= json_object_set_new(o, text_names[t], texts);
	}
	if (!bad)
		return o;
	json_decref(o);
	return NULL;
}

/* What a crash left of a line is ended, so that the next one is whole. */
static bool ends_in_a_line(FILE *f)
{
	return fseek(f, -1, SEEK_END) || fgetc(f) == '\n';
}

static int write_line(const char *path, const json_t *o)
{
	FILE *f = fopen(path, "a+e");
	int rc = 0;

	if (!f)
		return -errno;
	errno = 0;
	if (!ends_in_a_line(f))
		fputc('\n', f);
	if (json_dumpf(o, f, JSON_COMPACT) || fputc('\n', f) == EOF || fflush(f))
		rc = errno ? -errno : -EIO;
	return fclose(f) && !rc ? -errno : rc;
}

int rec_map_append(const char *path, const struct rec_map *m)
{
	/* A limit of file sizes is an error here, and not a signal that ends the process. */
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	json_t *o = map_json(m);

	if (!o)
		return -ENOMEM;
	sigaction(SIGXFSZ, &ignore, &old);
	int rc = write_line(path, o);

	sigaction(SIGXFSZ, &old, NULL);
	json_decref(o);
	return rc;
}

static int kind_of(char letter)
{
	for (unsigned k = 0; k < REC_MAP_NR_KINDS; k++)
		if (rec_map_looks[k].letter == letter)
			return (int)k;
	return -1;
}

static bool put_letter(struct rec_map_cell *c, char letter, enum text which)
{
	int kind = kind_of((char)tolower(letter));

	if (which == TYPES) {
		c->kind = (uint8_t)kind;
		c->mixed = letter >= 'A' && letter <= 'Z';
		return kind >= 0;
	}
	if (letter < 'a' || letter > 'z')
		return false;
	*(which == FILL ? &c->fill : &c->most) = (uint8_t)(letter - 'a');
	return true;
}

/* @nr cells from their letters; false: the text is not such. */
static bool spread_out(struct rec_map_cell *cells, unsigned nr, const char *text, enum text which)
{
	unsigned done = 0;

	while (*text) {
		char *end = NULL;
		unsigned long times = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 1;

		text = end ? end : text;
		if (!*text || !times || times > nr - done)
			return false;
		for (; times; times--)
			if (!put_letter(&cells[done++], *text, which))
				return false;
		text++;
	}
	return done == nr;
}

static int read_point(struct rec_map *m, const json_t *o, size_t p)
{
	m->at[p] = calloc(m->nr_cells, sizeof(*m->at[p]));
	if (!m->at[p])
		return -ENOMEM;
	m->nr_points++;
	m->requests[p] =
		(double)json_integer_value(json_array_get(json_object_get(o, "requests"), p));
	for (unsigned t = 0; t < (m->group > 1 ? NR_TEXTS : MOST); t++) {
		const json_t *texts = json_object_get(o, text_names[t]);
		const char *text = json_string_value(json_array_get(texts, p));

		if (!text || !spread_out(m->at[p], m->nr_cells, text, t))
			return -EINVAL;
	}
	for (unsigned i = 0; m->group == 1 && i < m->nr_cells; i++)
		m->at[p][i].most = m->at[p][i].fill;
	return 0;
}

static int read_zones(struct rec_map *m, const json_t *zones)
{
	m->nr_zones = (unsigned)json_array_size(zones);
	if (!json_is_array(zones) || m->nr_zones > REC_MAP_ZONES)
		return -EINVAL;
	for (unsigned z = 0; z < m->nr_zones; z++) {
		const json_t *zone = json_array_get(zones, z);
		const char *name = json_string_value(json_array_get(zone, 0));
		json_int_t first = json_integer_value(json_array_get(zone, 1));

		if (!name || first < 0 || first >= m->nr_cells)
			return -EINVAL;
		snprintf(m->zone[z].name, sizeof(m->zone[z].name), "%s", name);
		m->zone[z].first = (unsigned)first;
	}
	return 0;
}

static int read_map(struct rec_map *m, json_t *o)
{
	json_int_t seed = 0, sample = 0, blocks = 0;
	int typed = 0, block_frames = 0, group = 0;
	const char *cell, *note;

	if (json_unpack(o, "{s:s, s:I, s:I, s:i, s:I, s:i, s:b, s:s}", "cell", &cell, "sample",
			&sample, "seed", &seed, "block_frames", &block_frames, "blocks", &blocks,
			"group", &group, "typed", &typed, "note", &note) ||
	    group < 1 || blocks < 1 || block_frames < 1)
		return -EINVAL;
	json_int_t cells = (blocks + group - 1) / group;
	size_t nr = json_array_size(json_object_get(o, "requests"));

	if (cells > REC_MAP_CELLS || nr > REC_MAX_POINTS)
		return -EINVAL;
	snprintf(m->cell, sizeof(m->cell), "%s", cell);
	snprintf(m->note, sizeof(m->note), "%s", note);
	m->sample = (uint64_t)sample;
	m->seed = (uint64_t)seed;
	m->blocks = (uint64_t)blocks;
	m->block_frames = (unsigned)block_frames;
	m->group = (unsigned)group;
	m->nr_cells = (unsigned)cells;
	m->typed = typed;
	int rc = read_zones(m, json_object_get(o, "zones"));

	for (size_t p = 0; p < nr && !rc; p++)
		rc = read_point(m, o, p);
	return rc;
}

int rec_map_from_json(struct rec_map *m, struct json_t *o)
{
	memset(m, 0, sizeof(*m));
	int rc = read_map(m, o);

	if (rc)
		rec_map_release(m);
	return rc;
}

/* Lines begin as they are written; the others need not be understood. */
static int read_lines(struct rec_map *m, FILE *f, const struct record *r)
{
	char begin[REC_TEXT + 64], *line = NULL;
	int rc = -ENOENT;
	size_t room = 0;

	snprintf(begin, sizeof(begin), "{\"cell\":\"%s\",\"sample\":%" PRIu64 ",", r->cell,
		 r->sample);
	while (getline(&line, &room, f) > 0 && rc != -ENOMEM) {
		if (strncmp(line, begin, strlen(begin)) != 0)
			continue;
		json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
		struct rec_map *got = calloc(1, sizeof(*got));
		int bad = !got ? -ENOMEM : o ? rec_map_from_json(got, o) : -EINVAL;

		if (bad) {
			rc = bad == -ENOMEM ? bad : rc;
		} else {
			rec_map_release(m);
			*m = *got;
			rc = 0;
		}
		free(got);
		json_decref(o);
	}
	free(line);
	return rc;
}

int rec_map_read(struct rec_map *m, const char *dir, const struct record *r, char *err, size_t len)
{
	char path[600];
	int rc;

	memset(m, 0, sizeof(*m));
	snprintf(path, sizeof(path), "%s/" REC_MAP_FILE, dir);
	FILE *f = fopen(path, "re");

	if (!f) {
		rc = -errno;
		snprintf(err, len, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = read_lines(m, f, r);
	fclose(f);
	if (rc) {
		rec_map_release(m);
		snprintf(err, len, "%s: %s", path,
			 rc == -ENOMEM ? "out of memory" : "it has no map of this sample");
	}
	return rc;
}

void rec_map_release(struct rec_map *m)
{
	for (unsigned p = 0; m && p < REC_MAX_POINTS; p++)
		free(m->at[p]);
	if (m)
		memset(m, 0, sizeof(*m));
}
