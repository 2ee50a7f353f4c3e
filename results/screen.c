/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/screen.h"

#include "results/cmp_priv.h"

#include <stdlib.h>
#include <string.h>

static bool has_values(const struct cmp_table *t)
{
	for (size_t i = 0; i < t->nr_metrics * t->nr_rows * t->nr_cols; i++)
		if (t->cells[i].n)
			return true;
	return false;
}

static void merge_flags(char flags[16], const struct cmp_table *t)
{
	char more[16], out[16];
	size_t n = 0;

	sink_flags(t, more);
	for (const struct rec_flag *g = rec_flags; g->letter && n < 15; g++)
		if (strchr(flags, g->letter) || strchr(more, g->letter))
			out[n++] = g->letter;
	out[n] = 0;
	memcpy(flags, out, sizeof(out));
}

static int fragmentation_block(const struct run_data *const *runs, const struct sink_style *style,
			       char flags[16], FILE *f, char *err, size_t len)
{
	static const char *const metrics[] = { "fu9", NULL };
	const struct cmp_conf conf = { .metrics = metrics,
				       .drop_empty = true,
				       .stats = STATS_CONF_DEFAULT };
	struct sink_style titled = *style;
	struct cmp_table *t;
	int rc = cmp_build(&t, runs, 1, &conf, err, len);

	if (rc)
		return rc;
	if (has_values(t)) {
		titled.title = "\nWHO FRAGMENTS LESS";
		titled.quiet = true;
		sink_term(t, &titled, f);
		merge_flags(flags, t);
	}
	cmp_free(t);
	return 0;
}

int screen_print(const struct run_data *run, const struct screen_path *paths,
		 const struct sink_style *style, FILE *f, char *err, size_t len)
{
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	const struct run_data *const runs[] = { run };
	struct sink_style titled = *style;
	struct cmp_table *t;
	char flags[16] = "";
	int rc = cmp_build(&t, runs, 1, &conf, err, len);

	if (rc)
		return rc;
	titled.title = "WHO IS FASTER";
	titled.quiet = true;
	sink_term(t, &titled, f);
	merge_flags(flags, t);
	screen_paths(run, t, paths, f);
	rc = fragmentation_block(runs, style, flags, f, err, len);
	if (t->nr_notes)
		fputc('\n', f);
	for (size_t i = 0; i < t->nr_notes; i++)
		fprintf(f, "%s\n", t->notes[i]);
	sink_legend(flags, f);
	cmp_free(t);
	return rc;
}
