/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/cmd/cmd_run_dir.h"

#include "results/env.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_dir_read(struct run_dir *d, const char *dir, char *err, size_t len)
{
	memset(d, 0, sizeof(*d));
	int rc = store_read(&d->data, dir, err, len);

	if (rc == -ENOENT)
		return 0;
	if (rc)
		return rc;
	d->latest = calloc(d->data.nr + 1, sizeof(const struct record *));
	if (!d->latest) {
		snprintf(err, len, "%s: out of memory", dir);
		store_release(&d->data);
		return -ENOMEM;
	}
	d->nr = store_latest(&d->data, d->latest);
	return 0;
}

void run_dir_release(struct run_dir *d)
{
	if (!d->latest)
		return;
	free(d->latest);
	store_release(&d->data);
	memset(d, 0, sizeof(*d));
}

void run_dir_times(const struct run_dir *d, const struct matrix_cells *cells,
		   struct sched_times *times)
{
	for (size_t i = 0; i < d->nr; i++) {
		const struct record *r = d->latest[i];

		if (!sched_finished(r->status) || !isfinite(r->elapsed_s))
			continue;
		for (size_t c = 0; c < cells->nr; c++)
			if (!strcmp(cells->cell[c].hash, r->cell)) {
				sched_times_add(times, c, r->elapsed_s);
				break;
			}
	}
}

bool run_dir_has(const struct run_dir *d, const struct matrix_cell *mc, const char *status)
{
	for (size_t i = 0; i < d->nr; i++)
		if (!strcmp(d->latest[i]->cell, mc->hash) && !strcmp(d->latest[i]->status, status))
			return true;
	return false;
}

int run_dir_check(const struct run_dir *d, const json_t *manifest, char *err, size_t len)
{
	const char *was, *is = json_string_value(json_object_get(manifest, "name"));
	char text[512];

	if (!d->data.manifest)
		return 0;
	was = json_string_value(json_object_get(d->data.manifest, "name"));
	if (was && is && strcmp(was, is) != 0) {
		snprintf(err, len, "%s holds matrix %s, not %s; name another directory, or --force",
			 d->data.dir, was, is);
		return -EINVAL;
	}
	json_t *before = env_fingerprint(d->data.manifest), *now = env_fingerprint(manifest);
	unsigned nr = env_fingerprint_diff(before, now, text, sizeof(text));

	json_decref(before);
	json_decref(now);
	if (!nr)
		return 0;
	snprintf(err, len, "%s was measured elsewhere (%s); name another directory, or --force",
		 d->data.dir, text);
	return -EINVAL;
}
