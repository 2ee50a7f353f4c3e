/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenarios by the names that matrices give them. */
#include "harness/matrix/scenario_file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that were read, for as long as the process lives. */
static struct loaded {
	struct loaded *next;
	char path[PATH_MAX];
	struct scenario s;
} * loaded;

/* A part of a path that is a folder is followed by '/'. */
static FILE *open_in(char *path, size_t len, const char *matrix, const char *sub, const char *name)
{
	const char *slash = *name == '/' ? NULL : strrchr(matrix, '/');

	snprintf(path, len, "%.*s%s%s", slash ? (int)(slash - matrix) + 1 : 0, matrix, sub, name);
	return fopen(path, "re");
}

static struct scenario *read_file(FILE *f, struct loaded *l, char *err, size_t len)
{
	unsigned char *text = malloc(SCENARIO_FILE_MAX);
	size_t size = text ? fread(text, 1, SCENARIO_FILE_MAX, f) : 0;
	char why[200];
	int rc = -ENOMEM;

	if (!text)
		snprintf(err, len, "scenario %s: no memory", l->path);
	else if (ferror(f) || size == SCENARIO_FILE_MAX)
		snprintf(err, len, "scenario %s: %s", l->path,
			 ferror(f) ? "can not be read" : "larger than 64 KiB");
	else
		rc = scenario_parse(&l->s, text, size, l->path, err, len);
	free(text);
	if (rc)
		return NULL;
	if (!scn_make(&l->s, why, sizeof(why)))
		return &l->s;
	snprintf(err, len, "%s:1:1: scenario %s: %s", l->path, l->s.name, why);
	return NULL;
}

/* Two files of one name would be one row of the results. */
static int taken(const struct loaded *l, char *err, size_t len)
{
	for (const struct loaded *o = loaded; o; o = o->next)
		if (!strcmp(o->s.name, l->s.name)) {
			snprintf(err, len, "%s: name: %s: %s has this name too", l->path, l->s.name,
				 o->path);
			return -EEXIST;
		}
	return 0;
}

const struct wl_ops *scenario_get(const char *name, const char *matrix, char *err, size_t len)
{
	struct loaded *l = calloc(1, sizeof(*l));
	FILE *f = NULL;
	int why = ENOMEM;

	if (l) {
		f = open_in(l->path, sizeof(l->path), matrix, "", name);
		why = errno;
	}
	if (!f && l && why == ENOENT && *name != '/')
		f = open_in(l->path, sizeof(l->path), matrix, "../scenarios/", name);
	if (!f) {
		snprintf(err, len, "scenario %s: %s, nor in ../scenarios beside %s", name,
			 strerror(why), matrix);
		free(l);
		return NULL;
	}
	for (const struct loaded *o = loaded; o; o = o->next)
		if (!strcmp(o->path, l->path)) {
			fclose(f);
			free(l);
			return &o->s.ops;
		}
	bool ok = read_file(f, l, err, len) && !taken(l, err, len);

	fclose(f);
	if (!ok) {
		free(l);
		return NULL;
	}
	l->next = loaded;
	loaded = l;
	return &l->s.ops;
}
