/* SPDX-License-Identifier: GPL-2.0-only */
/* Event-group files: finding, reading, checking. */
#include "core/words.h"
#include "harness/counters/counter_formula.h"
#include "harness/counters/counters.h"
#include "harness/shipped.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (64u << 10) /* bytes of a group file */

/* Where a message points to. */
struct place {
	const char *path;
	unsigned line;
	char *err;
	size_t len;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct place *at, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	snprintf(at->err, at->len, "%s:%u: %s", at->path, at->line, text);
	return -EINVAL;
}

static int copy_word(const struct place *at, char *to, size_t size, const char *what,
		     const char *from)
{
	if (strlen(from) >= size)
		return bad(at, "%s '%s' is longer than %zu characters", what, from, size - 1);
	strcpy(to, from);
	return 0;
}

static int read_short(struct cnt_group *g, char *rest, const struct place *at)
{
	if (g->summary[0])
		return bad(at, "a second SHORT line");
	return copy_word(at, g->summary, sizeof(g->summary), "SHORT text", rest);
}

static int read_vendor(struct cnt_group *g, char *rest, const struct place *at)
{
	if (g->vendor[0])
		return bad(at, "a second VENDOR line");
	for (unsigned i = 0; i < CNT_NR_VENDORS; i++)
		if (!strcmp(rest, cnt_vendors[i]))
			return copy_word(at, g->vendor, sizeof(g->vendor), "vendor", rest);
	const char *near = pga_nearest(rest, cnt_vendors, CNT_NR_VENDORS);

	return bad(at, "unknown vendor '%s'; wants Intel, AMD or Arm%s%s%s", rest,
		   near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static int read_sources(struct cnt_event *e, char *list, const struct place *at)
{
	char *save = NULL;

	for (char *s = strtok_r(list, "|", &save); s; s = strtok_r(NULL, "|", &save)) {
		if (e->nr_sources == CNT_MAX_SOURCES)
			return bad(at, "event '%s' has more than %d sources", e->name,
				   CNT_MAX_SOURCES);
		if (copy_word(at, e->source[e->nr_sources++], CNT_NAME, "event", s))
			return -EINVAL;
	}
	return e->nr_sources ? 0 : bad(at, "event '%s' has no source after '='", e->name);
}

static bool is_event(const struct cnt_event *events, unsigned nr, const char *name, size_t len)
{
	for (unsigned i = 0; i < nr; i++)
		if (strlen(events[i].name) == len && !strncmp(events[i].name, name, len))
			return true;
	return false;
}

/* "NAME" or "NAME=SOURCE|SOURCE". */
static int read_event(const struct cnt_group *g, struct cnt_event *e, char *word,
		      const struct place *at)
{
	char *list = strchr(word, '=');

	if (list)
		*list++ = '\0';
	if (copy_word(at, e->name, sizeof(e->name), "event", word))
		return -EINVAL;
	if (!cnt_formula_is_name(e->name))
		return bad(at, "'%s' cannot be used in formulas; write NAME=%s", e->name, e->name);
	if (!strcmp(e->name, "ops"))
		return bad(at, "'ops' is the number of operations, not an event");
	if (is_event(g->events, g->nr_events, e->name, strlen(e->name)) ||
	    is_event(g->package_events, g->nr_package_events, e->name, strlen(e->name)))
		return bad(at, "event '%s' is listed twice", e->name);
	return read_sources(e, list ? list : word, at);
}

static int read_events(struct cnt_group *g, char *rest, const struct place *at)
{
	char *save = NULL;

	for (char *w = strtok_r(rest, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		if (g->nr_events == CNT_MAX_EVENTS)
			return bad(at, "more than %d events", CNT_MAX_EVENTS);
		if (read_event(g, &g->events[g->nr_events], w, at))
			return -EINVAL;
		g->nr_events++;
	}
	return 0;
}

static int read_package(struct cnt_group *g, char *rest, const struct place *at)
{
	char *save = NULL;

	for (char *w = strtok_r(rest, " \t", &save); w; w = strtok_r(NULL, " \t", &save)) {
		struct cnt_event *e = &g->package_events[g->nr_package_events];

		if (g->nr_package_events == CNT_MAX_PACKAGE_EVENTS)
			return bad(at, "more than %d events of packages", CNT_MAX_PACKAGE_EVENTS);
		if (read_event(g, e, w, at))
			return -EINVAL;
		for (unsigned i = 0; i < e->nr_sources; i++)
			if (!strchr(e->source[i], '/'))
				return bad(at,
					   "'%s' is no package's; wants PMU/EVENT/ as the kernel "
					   "names it",
					   e->source[i]);
		g->nr_package_events++;
	}
	return 0;
}

struct known {
	const struct cnt_group *g;
	bool thread, package; /* names of events of either kind were met */
};

/* While checking, every name is worth 1: only grammar and names matter. */
static bool is_known(void *data, const char *name, size_t len, double *value)
{
	struct known *k = data;
	bool thread = is_event(k->g->events, k->g->nr_events, name, len);
	bool package = is_event(k->g->package_events, k->g->nr_package_events, name, len);

	*value = 1;
	k->thread |= thread;
	k->package |= package;
	return thread || package || (len == 3 && !strncmp(name, "ops", 3));
}

static const char *nearest_name(const struct cnt_group *g, const char *at)
{
	const char *names[CNT_MAX_EVENTS + CNT_MAX_PACKAGE_EVENTS + 1] = { "ops" };
	unsigned nr = 1;
	char word[CNT_NAME];

	snprintf(word, sizeof(word), "%s", at);
	for (char *c = word; *c; c++)
		if (strchr("+-*/() \t", *c))
			*c = '\0';
	for (unsigned i = 0; i < g->nr_events; i++)
		names[nr++] = g->events[i].name;
	for (unsigned i = 0; i < g->nr_package_events; i++)
		names[nr++] = g->package_events[i].name;
	return pga_nearest(word, names, nr);
}

static int check_formula(const struct cnt_group *g, struct cnt_metric *m, const struct place *at)
{
	struct known k = { .g = g };
	char err[128];
	double v;
	unsigned col;
	int rc = cnt_formula_eval(m->formula, is_known, &k, &v, &col, err, sizeof(err));
	const char *near = rc == -ENOENT ? nearest_name(g, m->formula + col - 1) : NULL;

	if (near)
		return bad(at, "metric %s, character %u: %s; did you mean '%s'?", m->name, col, err,
			   near);
	if (rc)
		return bad(at, "metric %s, character %u: %s", m->name, col, err);
	if (k.thread && k.package)
		return bad(at, "metric %s mixes events of threads and of packages", m->name);
	m->package = k.package;
	return 0;
}

static int read_metric(struct cnt_group *g, char *rest, const struct place *at)
{
	char *formula = rest + strcspn(rest, " \t");

	if (*formula)
		*formula++ = '\0';
	formula += strspn(formula, " \t");
	if (!*rest || !*formula)
		return bad(at, "METRIC wants a name and a formula");
	if (g->nr_metrics == CNT_MAX_METRICS)
		return bad(at, "more than %d metrics", CNT_MAX_METRICS);
	struct cnt_metric *m = &g->metrics[g->nr_metrics];

	if (copy_word(at, m->name, sizeof(m->name), "metric", rest) ||
	    copy_word(at, m->formula, sizeof(m->formula), "formula", formula))
		return -EINVAL;
	for (unsigned i = 0; i < g->nr_metrics; i++)
		if (!strcmp(g->metrics[i].name, m->name))
			return bad(at, "metric '%s' is defined twice", m->name);
	g->nr_metrics++;
	return check_formula(g, m, at);
}

static int read_long(struct cnt_group *g, char *rest, const struct place *at)
{
	size_t used = strlen(g->prose);

	if (used + strlen(rest) + 2 > sizeof(g->prose))
		return bad(at, "LONG text beyond %zu characters", sizeof(g->prose) - 1);
	snprintf(g->prose + used, sizeof(g->prose) - used, "%s\n", rest);
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct cnt_group *g, char *rest, const struct place *at);
} keywords[] = {
	{ "SHORT", read_short },     { "VENDOR", read_vendor }, { "EVENTS", read_events },
	{ "PACKAGE", read_package }, { "METRIC", read_metric }, { "LONG", read_long },
};
#define NR_KEYWORDS (sizeof(keywords) / sizeof(keywords[0]))

static int unknown_keyword(const char *word, const struct place *at)
{
	const char *names[NR_KEYWORDS];

	for (size_t i = 0; i < NR_KEYWORDS; i++)
		names[i] = keywords[i].word;
	const char *near = pga_nearest(word, names, NR_KEYWORDS);

	if (near)
		return bad(at, "unknown word '%s'; did you mean '%s'?", word, near);
	return bad(at,
		   "unknown word '%s'; a line starts with SHORT, VENDOR, EVENTS, PACKAGE, METRIC, "
		   "LONG or #",
		   word);
}

static int read_line(struct cnt_group *g, char *line, const struct place *at)
{
	line += strspn(line, " \t");
	for (size_t n = strlen(line); n && strchr(" \t\r", line[n - 1]); n--)
		line[n - 1] = '\0';
	if (!*line || *line == '#')
		return 0;
	char *rest = line + strcspn(line, " \t");

	if (*rest)
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	for (size_t i = 0; i < NR_KEYWORDS; i++)
		if (!strcmp(line, keywords[i].word))
			return keywords[i].read(g, rest, at);
	return unknown_keyword(line, at);
}

int cnt_group_parse(struct cnt_group *g, const char *path, char *text, char *err, size_t len)
{
	struct place at = { .path = path, .err = err, .len = len };
	const char *file = strrchr(path, '/');

	memset(g, 0, sizeof(*g));
	file = file ? file + 1 : path;
	size_t stem = strlen(file);

	if (stem > 4 && !strcmp(file + stem - 4, ".txt"))
		stem -= 4;
	snprintf(g->name, sizeof(g->name), "%.*s", (int)stem, file);
	for (char *next, *line = text; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		at.line++;
		if (read_line(g, line, &at))
			return -EINVAL;
	}
	if (!g->summary[0])
		return bad(&at, "no SHORT line");
	if (!g->nr_events && !g->nr_package_events)
		return bad(&at, "no event in an EVENTS or PACKAGE line");
	return 0;
}

static const struct shipped groups = { .env = "ZB_COUNTERS",
				       .source = "harness/counters",
				       .installed = "counters" };

struct wanted {
	const char *name;
	char path[PATH_MAX + 128];
};

static bool holds_file(const char *folder, void *data)
{
	struct wanted *w = data;

	snprintf(w->path, sizeof(w->path), "%.*s/%s.txt", PATH_MAX, folder, w->name);
	return !access(w->path, R_OK);
}

struct found {
	unsigned nr;
	char (*names)[32];
};

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool collect(const char *folder, void *data)
{
	struct found *f = data;
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t stem = strlen(e->d_name);
		bool seen = false;

		if (stem <= 4 || stem - 4 >= 32 || strcmp(e->d_name + stem - 4, ".txt") != 0)
			continue;
		e->d_name[stem - 4] = '\0';
		for (unsigned i = 0; i < f->nr; i++)
			seen |= !strcmp(f->names[i], e->d_name);
		if (!seen && f->nr < CNT_MAX_GROUPS)
			strcpy(f->names[f->nr++], e->d_name);
	}
	if (d)
		closedir(d);
	return false;
}

unsigned cnt_group_names(char names[CNT_MAX_GROUPS][32])
{
	struct found f = { .names = names };

	shipped_each(&groups, collect, &f);
	qsort(names, f.nr, sizeof(names[0]), by_name);
	return f.nr;
}

static int no_such_group(const char *name, char *err, size_t len)
{
	char names[CNT_MAX_GROUPS][32];
	const char *list[CNT_MAX_GROUPS];
	unsigned nr = cnt_group_names(names);

	for (unsigned i = 0; i < nr; i++)
		list[i] = names[i];
	const char *near = pga_nearest(name, list, nr);

	if (near)
		snprintf(err, len, "unknown counter group '%s'; did you mean '%s'?", name, near);
	else if (nr)
		snprintf(err, len, "unknown counter group '%s'; zonebench counters list shows all",
			 name);
	else
		snprintf(err, len,
			 "counter group '%s' not found: no folder of groups; set ZB_COUNTERS",
			 name);
	return -ENOENT;
}

int cnt_group_load(struct cnt_group *g, const char *name, char *err, size_t len)
{
	struct wanted w = { .name = name };

	if (!*name || strchr(name, '/') || !shipped_each(&groups, holds_file, &w))
		return no_such_group(name, err, len);
	FILE *f = fopen(w.path, "re");
	char *text = malloc(FILE_MAX + 1);
	int rc = -EINVAL;

	if (!f || !text) {
		snprintf(err, len, "%s: %s", w.path, strerror(errno));
	} else {
		size_t n = fread(text, 1, FILE_MAX + 1, f);

		if (n > FILE_MAX || memchr(text, '\0', n)) {
			snprintf(err, len, "%s:1: not a text file of at most %u bytes", w.path,
				 FILE_MAX);
		} else {
			text[n] = '\0';
			rc = cnt_group_parse(g, w.path, text, err, len);
		}
	}
	free(text);
	if (f)
		fclose(f);
	return rc;
}
