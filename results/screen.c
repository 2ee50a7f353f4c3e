/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/screen.h"

#include "results/cmp_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Operations by path class and variant, all samples that count together. */
struct shares {
	const struct cmp_table *t; /* its columns are the variants */
	double *ops;		   /* [paths * cols], paths in the caller's order */
	double *all;		   /* [cols] */
	size_t nr_paths;
};

static unsigned col_of(const struct cmp_table *t, const char *variant)
{
	unsigned c = 0;

	while (c < t->nr_cols && strcmp(t->cols[c].label, variant) != 0)
		c++;
	return c;
}

static void add_record(struct shares *s, const struct screen_path *paths, const struct record *r)
{
	unsigned col = col_of(s->t, r->variant);

	if (strcmp(r->status, "ok") != 0 || col == s->t->nr_cols)
		return;
	for (unsigned i = 0; i < r->nr_paths; i++) {
		double ops = r->paths[i].value * (double)r->ops;
		size_t p = 0;

		while (p < s->nr_paths && strcmp(paths[p].name, r->paths[i].name) != 0)
			p++;
		if (p == s->nr_paths || isnan(ops))
			continue;
		s->ops[p * s->t->nr_cols + col] += ops;
		s->all[col] += ops;
	}
}

/* The null variant takes no path worth a column. */
static bool shown(const struct shares *s, unsigned col)
{
	return s->all[col] > 0 && strcmp(s->t->cols[col].label, "null") != 0;
}

static bool path_used(const struct shares *s, size_t path)
{
	for (unsigned c = 0; c < s->t->nr_cols; c++)
		if (shown(s, c) && s->ops[path * s->t->nr_cols + c] > 0)
			return true;
	return false;
}

static int col_width(const struct shares *s, unsigned col)
{
	int n = (int)strlen(s->t->cols[col].label);

	return n > 9 ? n : 9;
}

static void print_shares(const struct shares *s, const struct screen_path *paths, FILE *f)
{
	const struct cmp_table *t = s->t;
	int width = 14;
	bool line = false;

	fprintf(f,
		"\nWHAT AN ALLOCATION COSTS, BY PATH   share of operations, all workloads; fast "
		"path above the line, slow path below%s\n%-14s",
		t->simulated ? "; simulated" : "", "path");
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (shown(s, c))
			width += fprintf(f, "  %*s", col_width(s, c), t->cols[c].label);
	fputc('\n', f);
	for (size_t p = 0; p < s->nr_paths; p++) {
		if (!path_used(s, p))
			continue;
		if (paths[p].slow && !line) {
			for (int i = 0; i < width; i++)
				fputc('-', f);
			fputc('\n', f);
			line = true;
		}
		fprintf(f, "%-14s", paths[p].name);
		for (unsigned c = 0; c < t->nr_cols; c++)
			if (shown(s, c))
				fprintf(f, "  %*.4f%%", col_width(s, c) - 1,
					100 * s->ops[p * t->nr_cols + c] / s->all[c]);
		fputc('\n', f);
	}
	if (!line)
		fputs("slow path: never entered\n", f);
}

static void path_block(const struct run_data *run, const struct cmp_table *t,
		       const struct screen_path *paths, FILE *f)
{
	const struct record **latest = cmp_zalloc(run->nr, sizeof(struct record *));
	struct shares s = { .t = t };
	size_t nr = store_latest(run, latest);
	bool any = false;

	while (paths[s.nr_paths].name)
		s.nr_paths++;
	s.ops = cmp_zalloc(s.nr_paths * t->nr_cols, sizeof(*s.ops));
	s.all = cmp_zalloc(t->nr_cols, sizeof(*s.all));
	for (size_t i = 0; i < nr; i++)
		add_record(&s, paths, latest[i]);
	for (unsigned c = 0; c < t->nr_cols; c++)
		any |= shown(&s, c);
	if (any)
		print_shares(&s, paths, f);
	free(s.ops);
	free(s.all);
	free(latest);
}

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
	path_block(run, t, paths, f);
	rc = fragmentation_block(runs, style, flags, f, err, len);
	if (t->nr_notes)
		fputc('\n', f);
	for (size_t i = 0; i < t->nr_notes; i++)
		fprintf(f, "%s\n", t->notes[i]);
	sink_legend(flags, f);
	cmp_free(t);
	return rc;
}
