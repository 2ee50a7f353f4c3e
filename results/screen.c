/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/screen.h"

#include "results/cmp_priv.h"
#include "results/fold.h"
#include "results/screen_priv.h"

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

/*
 * What tells how fragmented memory is, and what can still be had of it; the
 * first that a run has is its answer.  That is what cannot be mended any more,
 * where it is known: as long as memory is in use, Fu(9) is better for who mixes
 * all types in the same blocks.
 */
static const char *const fragmentation[] = {
	"metric:left_order9",  "fu9",
	"frag:Fu(9)",	       "frag:free_huge",
	"frag:polluted",       "frag:moves",
	"frag:success_now(9)", "metric:mixed_blocks",
	"metric:clean_blocks", "metric:avail_order9",
	"metric:success_load", "metric:success_second",
	"metric:success_rest", NULL,
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
static void metadata_line(const struct run_data *run, const struct cmp_table *t,
			  const struct sink_style *style, FILE *f)
{
	double low = 0, high = 0;
	char text[2048] = "";
	size_t n = 0;

	for (unsigned c = 0; c < t->nr_cols && n < sizeof(text); c++) {
		if (t->cols[c].reference || !metadata_range(run, &t->cols[c], &low, &high))
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %.4g", n ? ", " : "",
				      t->cols[c].label, low);
		if (high > low && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n, " to %.4g", high);
	}
	if (!n)
		return;
	unsigned used =
		(unsigned)fprintf(f, "\nWHAT THE BOOKKEEPING TAKES   metadata, bytes per frame%s: ",
				  t->simulated ? "; simulated" : "") -
		1;

	fold_text(text, style->width, used, 2, f);
	fputc('\n', f);
}

/* The first table of fragmentation in full, of the others the names, those that tell first. */
struct others {
	char telling[512], rest[512];
};

static void add_name(char *list, size_t len, const char *name)
{
	size_t n = strlen(list);

	snprintf(list + n, len - n, "%s%s", n ? ", " : "", name);
}

static bool separates(const struct cmp_table *t)
{
	return t->words[CMP_FASTER] || t->words[CMP_SLOWER] || t->words[CMP_BETTER] ||
	       t->words[CMP_WORSE];
}

static int fragmentation_others(const struct run_data *run, unsigned next, struct others *o,
				char *err, size_t len)
{
	struct cmp_table *t;
	int rc;

	memset(o, 0, sizeof(*o));
	while (!(rc = screen_frag_next(run, &next, &t, err, len)) && t) {
		const char *name = t->metrics[0].name;

		if (separates(t))
			add_name(o->telling, sizeof(o->telling), name);
		else
			add_name(o->rest, sizeof(o->rest), name);
		cmp_free(t);
	}
	return rc;
}

static int fragmentation_block(const struct run_data *run, const struct cmp_table *frag,
			       unsigned next, const struct sink_style *style, char flags[16],
			       FILE *f, char *err, size_t len)
{
	struct sink_style titled = *style;
	struct others o;
	char text[3072];

	fputc('\n', f);
	titled.title = "WHO FRAGMENTS LESS";
	sink_term(frag, &titled, f);
	merge_flags(flags, frag);
	int rc = fragmentation_others(run, next, &o, err, len);

	if (rc || !(o.telling[0] || o.rest[0]))
		return rc;
	snprintf(text, sizeof(text),
		 "variants differ also in: %s; are not told apart in: %s; each is "
		 "shown by: zonebench compare %s --metric NAME\n",
		 o.telling[0] ? o.telling : "none", o.rest[0] ? o.rest : "none", run->dir);
	fold_text(text, style->width, 0, 2, f);
	return 0;
}

/* Its tables are as wide as the screen; title and legend are folded to it. */
static void paths_block(const struct run_data *run, const struct cmp_table *t,
			const struct screen_path *paths, const struct sink_style *style, FILE *f)
{
	char *text = NULL;
	size_t len;
	FILE *m = open_memstream(&text, &len);

	if (!m)
		return;
	screen_paths(run, t, paths, style->width, m);
	fclose(m);
	fold_text(text, style->width, 0, 2, f);
	free(text);
}

static void notes_block(const struct cmp_table *t, const char *flags,
			const struct sink_style *style, FILE *f)
{
	if (t->nr_notes)
		fputc('\n', f);
	for (size_t i = 0; i < t->nr_notes; i++) {
		fold_text(t->notes[i], style->width, 0, 4, f);
		fputc('\n', f);
	}
	sink_legend(flags, f);
}

static int print_tables(const struct run_data *run, const struct cmp_table *t,
			const struct cmp_table *frag, unsigned next,
			const struct screen_path *paths, const struct sink_style *style, FILE *f,
			char *err, size_t len)
{
	const struct run_data *const runs[] = { run };
	struct sink_style titled = *style;
	char flags[16] = "";
	int rc = 0;

	fputc('\n', f);
	titled.title = "WHO IS FASTER";
	sink_term(t, &titled, f);
	merge_flags(flags, t);
	paths_block(run, t, paths, style, f);
	if (frag)
		rc = fragmentation_block(run, frag, next, style, flags, f, err, len);
	if (!rc && has_nodes(run)) {
		const char *title = "WHO STAYS LOCAL";

		rc = metric_table(runs, "place:local_share", NULL, &title, style, flags, f, err,
				  len);
		screen_places(run, style->width, f);
	}
	metadata_line(run, t, style, f);
	notes_block(t, flags, style, f);
	return rc;
}

int screen_print(const struct run_data *run, const struct screen_path *paths,
		 const struct sink_style *style, FILE *f, char *err, size_t len)
{
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	const struct run_data *const runs[] = { run };
	struct sink_style tables = *style;
	struct cmp_table *t, *frag;
	unsigned next = 0;
	int rc = cmp_build(&t, runs, 1, &conf, err, len);

	if (rc)
		return rc;
	tables.quiet = true;
	tables.brief = true;
	rc = screen_frag_next(run, &next, &frag, err, len);
	if (!rc) {
		screen_answers(run, t, frag, paths, &tables, f);
		rc = print_tables(run, t, frag, next, paths, &tables, f, err, len);
		cmp_free(frag);
	}
	cmp_free(t);
	return rc;
}
