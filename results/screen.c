/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/screen.h"

#include "results/cmp_priv.h"

#include <math.h>
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

/* What tells how fragmented memory is, and what can still be had of it. */
static const char *const fragmentation[] = {
	"fu9",
	"frag:Fu(9)",
	"frag:free_huge",
	"frag:polluted",
	"frag:moves",
	"frag:success_now(9)",
	"metric:mixed_blocks",
	"metric:clean_blocks",
	"metric:avail_order9",
	"metric:left_order9",
	"metric:success_load",
	"metric:success_second",
	"metric:success_rest",
	NULL,
};

/* Workloads that say what they aim at: of others fragmentation is no news. */
struct aims {
	size_t nr;
	char text[32][sizeof("workload=") + REC_TEXT];
	const char *filter[33]; /* NULL-terminated */
};

static void find_aims(const struct run_data *run, struct aims *a)
{
	a->nr = 0;
	for (size_t i = 0; i < run->nr && a->nr < 32; i++) {
		const struct record *r = &run->records[i];
		size_t k = 0;

		if (!r->target[0] || !r->nr_frag)
			continue;
		snprintf(a->text[a->nr], sizeof(a->text[0]), "workload=%s", r->workload);
		while (k < a->nr && strcmp(a->text[k], a->text[a->nr]) != 0)
			k++;
		a->filter[a->nr] = a->text[a->nr];
		a->nr += k == a->nr;
	}
	a->filter[a->nr] = NULL;
}

static bool has_value(const struct rec_value *v, unsigned nr, const char *name)
{
	for (unsigned k = 0; k < nr; k++)
		if (!strcmp(v[k].name, name))
			return true;
	return false;
}

/* A comparison refuses the name of a metric that no sample has. */
static bool has_metric(const struct run_data *run, const struct aims *aims, const char *name)
{
	bool frag = !strncmp(name, "frag:", 5);

	if (!strcmp(name, "fu9"))
		return !aims->nr;
	if (frag && !aims->nr)
		return false;
	for (size_t i = 0; i < run->nr; i++) {
		const struct record *r = &run->records[i];

		if (frag ? r->target[0] && has_value(r->frag, r->nr_frag, name + 5)
			 : has_value(r->metrics, r->nr_metrics, name + 7))
			return true;
	}
	return false;
}

/* Only where there are several nodes is anything remote. */
static bool has_nodes(const struct run_data *run)
{
	for (size_t i = 0; i < run->nr; i++)
		if (has_value(run->records[i].places, run->records[i].nr_places, "node1.exhausted"))
			return true;
	return false;
}

/* One table for a metric, without rows that do not have it; @title for the first. */
static int metric_table(const struct run_data *const *runs, const char *metric,
			const char *const *filters, const char **title,
			const struct sink_style *style, char flags[16], FILE *f, char *err,
			size_t len)
{
	const char *const metrics[] = { metric, NULL };
	const struct cmp_conf conf = { .metrics = metrics,
				       .filters = filters,
				       .drop_empty = true,
				       .stats = STATS_CONF_DEFAULT };
	struct sink_style titled = *style;
	struct cmp_table *t;
	int rc = cmp_build(&t, runs, 1, &conf, err, len);

	if (rc)
		return rc;
	if (has_values(t)) {
		fputc('\n', f);
		titled.title = *title;
		titled.quiet = true;
		sink_term(t, &titled, f);
		merge_flags(flags, t);
		*title = NULL;
	}
	cmp_free(t);
	return 0;
}

static int fragmentation_block(const struct run_data *const *runs, const struct sink_style *style,
			       char flags[16], FILE *f, char *err, size_t len)
{
	const char *title = "WHO FRAGMENTS LESS";
	struct aims aims;
	int rc = 0;

	find_aims(runs[0], &aims);
	for (unsigned i = 0; fragmentation[i] && !rc; i++) {
		const char *name = fragmentation[i];

		if (has_metric(runs[0], &aims, name))
			rc = metric_table(runs, name,
					  strncmp(name, "frag:", 5) ? NULL : aims.filter, &title,
					  style, flags, f, err, len);
	}
	return rc;
}

int screen_frag_next(const struct run_data *run, unsigned *next, struct cmp_table **out, char *err,
		     size_t len)
{
	struct aims aims;

	find_aims(run, &aims);
	for (*out = NULL; fragmentation[*next] && !*out;) {
		const char *const metrics[] = { fragmentation[(*next)++], NULL };
		const struct cmp_conf conf = {
			.metrics = metrics,
			.filters = strncmp(metrics[0], "frag:", 5) ? NULL : aims.filter,
			.drop_empty = true,
			.stats = STATS_CONF_DEFAULT,
		};
		int rc = has_metric(run, &aims, metrics[0])
				 ? cmp_build(out, &run, 1, &conf, err, len)
				 : 0;

		if (rc)
			return rc;
		if (*out && !has_values(*out)) {
			cmp_free(*out);
			*out = NULL;
		}
	}
	return 0;
}

/* Metadata of a column's cells, in bytes per frame; false: no sample tells. */
static bool metadata_range(const struct run_data *run, const struct cmp_col *col, double *low,
			   double *high)
{
	bool any = false;

	for (size_t i = 0; i < run->nr; i++) {
		const struct record *r = &run->records[i];

		if (strcmp(r->variant, col->label) != 0 || isnan(r->meta_bytes_frame))
			continue;
		*low = any && *low < r->meta_bytes_frame ? *low : r->meta_bytes_frame;
		*high = any && *high > r->meta_bytes_frame ? *high : r->meta_bytes_frame;
		any = true;
	}
	return any;
}

/* Cells differ where lists of CPUs, or of what reclaim works on, are more or less. */
static void metadata_line(const struct run_data *run, const struct cmp_table *t, FILE *f)
{
	const char *before = "";
	double low = 0, high = 0;

	for (unsigned c = 0; c < t->nr_cols; c++) {
		if (t->cols[c].reference || !metadata_range(run, &t->cols[c], &low, &high))
			continue;
		if (!*before)
			fprintf(f, "\nWHAT THE BOOKKEEPING TAKES   metadata, bytes per frame%s: ",
				t->simulated ? "; simulated" : "");
		fprintf(f, "%s%s %.4g", before, t->cols[c].label, low);
		if (high > low)
			fprintf(f, " to %.4g", high);
		before = ", ";
	}
	if (*before)
		fputc('\n', f);
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
	if (!rc && has_nodes(run)) {
		const char *title = "WHO STAYS LOCAL";

		rc = metric_table(runs, "place:local_share", NULL, &title, style, flags, f, err,
				  len);
		screen_places(run, f);
	}
	metadata_line(run, t, f);
	if (t->nr_notes)
		fputc('\n', f);
	for (size_t i = 0; i < t->nr_notes; i++)
		fprintf(f, "%s\n", t->notes[i]);
	sink_legend(flags, f);
	cmp_free(t);
	return rc;
}
