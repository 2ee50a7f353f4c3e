/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces by name: where they lie, and their numbers in this process. */
#include "core/words.h"
#include "harness/shipped.h"
#include "harness/trace/trace_load.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_TRACES 64u
#define MAX_LISTED 64u
#define SUFFIX ".zbt"

/* Number 0 is the default's. */
static struct wl_trace *loaded[MAX_TRACES];
static unsigned nr_loaded = 1;

static const struct shipped traces = { .env = "ZB_TRACES",
				       .source = "workloads/traces",
				       .installed = "traces" };

struct wanted {
	const char *name;
	char *path;
	size_t size;
};

static bool holds(const char *folder, void *data)
{
	struct wanted *w = data;
	int n = snprintf(w->path, w->size, "%s/%s" SUFFIX, folder, w->name);

	return n > 0 && (size_t)n < w->size && !access(w->path, R_OK);
}

struct listing {
	unsigned nr;
	char name[MAX_LISTED][64];
};

static bool list_folder(const char *folder, void *data)
{
	struct listing *l = data;
	DIR *d = opendir(folder);

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t n = strlen(e->d_name), stem = n - strlen(SUFFIX);

		if (n <= strlen(SUFFIX) || strcmp(e->d_name + stem, SUFFIX) != 0 || stem >= 64)
			continue;
		if (l->nr < MAX_LISTED)
			snprintf(l->name[l->nr++], 64, "%.*s", (int)stem, e->d_name);
	}
	if (d)
		closedir(d);
	return false;
}

static int unknown(const char *text, char *why, size_t len)
{
	struct listing *l = calloc(1, sizeof(*l));
	const char *names[MAX_LISTED];
	const char *near = NULL;

	if (l) {
		shipped_each(&traces, list_folder, l);
		for (unsigned i = 0; i < l->nr; i++)
			names[i] = l->name[i];
		near = pga_nearest(text, names, l->nr);
	}
	if (near)
		snprintf(why, len, "unknown trace '%s'; did you mean '%s'?", text, near);
	else
		snprintf(why, len, "unknown trace '%s'; a file is named with its path (./%s)", text,
			 text);
	free(l);
	return -ENOENT;
}

static bool is_path(const char *text)
{
	size_t n = strlen(text), s = strlen(SUFFIX);

	return strchr(text, '/') || (n > s && !strcmp(text + n - s, SUFFIX));
}

int trace_path(const char *text, char *path, size_t size, char *why, size_t len)
{
	struct wanted w = { text, path, size };

	if (!is_path(text))
		return *text && shipped_each(&traces, holds, &w) ? 0 : unknown(text, why, len);
	snprintf(path, size, "%s", text);
	if (!access(path, R_OK))
		return 0;
	snprintf(why, len, "%s: %s", text, strerror(errno));
	return -ENOENT;
}

static int load_number(unsigned number, const char *text, char *why, size_t len)
{
	char path[PATH_MAX + 128];
	int rc = trace_path(text, path, sizeof(path), why, len);
	FILE *f = rc ? NULL : fopen(path, "re");

	if (rc)
		return rc;
	if (f)
		return trace_load(&loaded[number], f, text, why, len);
	snprintf(why, len, "%s: %s", path, strerror(errno));
	return -EIO;
}

int trace_number(const char *text, int64_t *number, char *why, size_t len)
{
	*number = 0;
	if (!strcmp(text, TRACE_DEFAULT))
		return trace_get(0, why, len) ? 0 : -ENOENT;
	for (unsigned i = 1; i < nr_loaded; i++) {
		*number = (int64_t)i;
		if (!strcmp(loaded[i]->name, text))
			return 0;
	}
	if (nr_loaded == MAX_TRACES) {
		snprintf(why, len, "more than %u traces", MAX_TRACES - 1);
		return -E2BIG;
	}
	*number = (int64_t)nr_loaded;
	int rc = load_number(nr_loaded, text, why, len);

	nr_loaded += !rc;
	return rc;
}

const struct wl_trace *trace_get(int64_t number, char *why, size_t len)
{
	if (!number && !loaded[0] && load_number(0, TRACE_DEFAULT, why, len))
		return NULL;
	if (number >= 0 && number < (int64_t)nr_loaded)
		return loaded[number];
	snprintf(why, len, "no trace number %lld", (long long)number);
	return NULL;
}
