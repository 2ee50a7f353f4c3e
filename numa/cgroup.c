/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory limits of the control groups that this process is in.  A machine can
 * mount both versions; every group from the process's own up to the root of
 * its mount counts, since the tightest one stops the process.
 */
#include "numa/limits.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 16384
#define V1_UNLIMITED (1ull << 62) /* version 1 writes "none" as a huge number */

static const struct version {
	const char *fs;		/* file system type in mountinfo */
	const char *controller; /* that it must carry, NULL = any */
	const char *limits[2];	/* "memory.high" throttles: as good as a limit */
	const char *usage;
	const char *cache; /* page cache that is dropped first, key of memory.stat */
} versions[] = {
	{ "cgroup2", NULL, { "memory.max", "memory.high" }, "memory.current", "inactive_file" },
	{ "cgroup",
	  "memory",
	  { "memory.limit_in_bytes", NULL },
	  "memory.usage_in_bytes",
	  "total_inactive_file" },
};

static FILE *open_under(const char *root, const char *path)
{
	char full[PATH_MAX];

	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		return NULL;
	return fopen(full, "re");
}

/* A file that holds one number; false for "max" or when it is not there. */
static bool read_number(const char *root, const char *dir, const char *file, uint64_t *value)
{
	char path[PATH_MAX], text[64];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path) ||
	    topo_read_file(root, path, text, sizeof(text)) <= 0 || text[0] < '0' || text[0] > '9')
		return false;
	*value = strtoull(text, NULL, 10);
	return true;
}

static uint64_t group_avail(const char *root, const struct version *v, const char *dir)
{
	char path[PATH_MAX], text[TEXT_MAX];
	uint64_t limit = TOPO_NO_LIMIT, usage = 0, cache = 0, value;

	for (unsigned i = 0; i < 2; i++)
		if (v->limits[i] && read_number(root, dir, v->limits[i], &value) &&
		    value < V1_UNLIMITED && value < limit)
			limit = value;
	if (limit == TOPO_NO_LIMIT)
		return TOPO_NO_LIMIT;
	read_number(root, dir, v->usage, &usage);
	if ((size_t)snprintf(path, sizeof(path), "%s/memory.stat", dir) < sizeof(path) &&
	    topo_read_file(root, path, text, sizeof(text)) > 0)
		topo_file_value(text, v->cache, &cache);
	usage -= cache < usage ? cache : usage;
	return usage < limit ? limit - usage : 0;
}

/* A comma-separated list that holds the word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ',') && (at[len] == ',' || at[len] == '\0'))
			return true;
	return false;
}

/*
 * The process's path within a hierarchy, from lines "7:cpu,memory:/a/b" and,
 * for version 2, "0::/a/b".
 */
static bool own_path(const char *root, const struct version *v, char *path, size_t len)
{
	FILE *f = open_under(root, "/proc/self/cgroup");
	char line[PATH_MAX];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		char *list = strchr(line, ':');
		char *name = list ? strchr(list + 1, ':') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (!name)
			continue;
		*name++ = '\0';
		list++;
		if (v->controller ? has_word(list, v->controller) : list[0] == '\0')
			found = (size_t)snprintf(path, len, "%s", name) < len;
	}
	fclose(f);
	return found;
}

/* Fields of a line of mountinfo that matter here; they point into the line. */
struct mount {
	char *root, *point, *type, *options;
};

static bool parse_mount(char *line, struct mount *m)
{
	char *save = NULL, *sep = strstr(line, " - ");

	if (!sep)
		return false;
	*sep = '\0';
	char *id = strtok_r(line, " ", &save), *parent = strtok_r(NULL, " ", &save);
	char *device = strtok_r(NULL, " ", &save);

	m->root = strtok_r(NULL, " ", &save);
	m->point = strtok_r(NULL, " ", &save);
	if (!id || !parent || !device || !m->root || !m->point)
		return false;
	m->type = strtok_r(sep + 3, " ", &save);
	char *source = strtok_r(NULL, " ", &save);

	m->options = strtok_r(NULL, " \n", &save);
	return m->type && source && m->options;
}

/*
 * Walk from the own group up to the mount point.  A container often mounts
 * only its own part of the hierarchy: that part's path is then taken off, and
 * a path from outside of what is mounted leaves the mount point itself.
 */
static uint64_t walk_up(const char *root, const struct version *v, const struct mount *m,
			const char *own)
{
	char dir[PATH_MAX];
	size_t part = strcmp(m->root, "/") == 0 ? 0 : strlen(m->root), base = strlen(m->point);
	bool inside = !strncmp(own, m->root, part) && (own[part] == '/' || !own[part]) &&
		      !strstr(own, "/..");
	uint64_t min = TOPO_NO_LIMIT;

	if ((size_t)snprintf(dir, sizeof(dir), "%s%s", m->point, inside ? own + part : "") >=
	    sizeof(dir))
		return TOPO_NO_LIMIT;
	for (;;) {
		uint64_t avail = group_avail(root, v, dir);
		char *slash = strrchr(dir, '/');

		if (avail < min)
			min = avail;
		if (strlen(dir) <= base || !slash)
			return min;
		*slash = '\0';
	}
}

static uint64_t version_avail(const char *root, const struct version *v)
{
	char own[PATH_MAX], line[2 * PATH_MAX];
	uint64_t min = TOPO_NO_LIMIT;

	if (!own_path(root, v, own, sizeof(own)))
		return TOPO_NO_LIMIT;
	FILE *f = open_under(root, "/proc/self/mountinfo");

	if (!f)
		return TOPO_NO_LIMIT;
	while (fgets(line, sizeof(line), f)) {
		struct mount m;

		if (!parse_mount(line, &m) || strcmp(m.type, v->fs) != 0 ||
		    (v->controller && !has_word(m.options, v->controller)))
			continue;
		uint64_t avail = walk_up(root, v, &m, own);

		if (avail < min)
			min = avail;
	}
	fclose(f);
	return min;
}

uint64_t topo_cgroup_avail(const char *root)
{
	uint64_t min = TOPO_NO_LIMIT;

	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		uint64_t avail = version_avail(root, &versions[i]);

		if (avail < min)
			min = avail;
	}
	return min;
}
