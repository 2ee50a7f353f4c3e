/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/watch_print.h"

#include "harness/view/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADING "ns_op (ns), median"
#define SPARKS 8  /* samples in a sparkline: the last ones */
#define VALUE 16  /* columns of median, count and the blank between */
#define FLAGS 4	  /* columns of a blank and the flags */
#define BAR 30	  /* columns of the bar */
#define AROUND 10 /* lines that are not the table's, and the cursor's */

static const char *const blocks[SPARKS] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
static const char *const ascii[SPARKS] = { "_", ".", ",", "-", "=", "+", "*", "#" };

static const struct {
	const char *word, *colour;
} states[] = {
	[WATCH_RUNNING] = { "running", "\033[36m" },
	[WATCH_FINISHED] = { "finished", "\033[32m" },
	[WATCH_STOPPED] = { "stopped: nobody writes to it; run with -o goes on", "\033[33m" },
};

/* The loads and variants of the cells, each once, in the order of their first record. */
struct grid {
	const struct watch *w;
	size_t nr_rows, nr_cols;
	size_t *row, *col; /* a cell that has it */
	int load;	   /* columns of the widest load */
	bool where;	   /* loads differ by placement or memory */
	size_t width;	   /* of a cell */
	bool sparks;
};

static bool same_load(const struct watch_cell *a, const struct watch_cell *b)
{
	return !strcmp(a->load, b->load);
}

static bool same_variant(const struct watch_cell *a, const struct watch_cell *b)
{
	return !strcmp(a->variant, b->variant);
}

static size_t distinct(const struct watch *w,
		       bool (*same)(const struct watch_cell *, const struct watch_cell *),
		       size_t *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < w->nr; i++) {
		size_t k = 0;

		while (k < nr && !same(&w->cell[out[k]], &w->cell[i]))
			k++;
		if (k == nr)
			out[nr++] = i;
	}
	return nr;
}

static const struct watch_cell *at(const struct grid *g, size_t row, size_t col)
{
	for (size_t i = 0; i < g->w->nr; i++)
		if (same_load(&g->w->cell[i], &g->w->cell[g->row[row]]) &&
		    same_variant(&g->w->cell[i], &g->w->cell[g->col[col]]))
			return &g->w->cell[i];
	return NULL;
}

static void spark(const struct watch_cell *c, const char *const *glyph, FILE *f)
{
	unsigned from = c->nr > SPARKS ? c->nr - SPARKS : 0, shown = 0;
	double lo = INFINITY, hi = -INFINITY;

	for (unsigned i = from; i < c->nr; i++)
		if (isfinite(c->sample[i].ns_op)) {
			lo = fmin(lo, c->sample[i].ns_op);
			hi = fmax(hi, c->sample[i].ns_op);
		}
	for (unsigned i = from; i < c->nr; i++, shown++) {
		double share = hi > lo ? (c->sample[i].ns_op - lo) / (hi - lo) : 0.5;

		if (!isfinite(c->sample[i].ns_op))
			fputc(' ', f);
		else
			fputs(glyph[(unsigned)(share * (SPARKS - 1) + 0.5)], f);
	}
	fprintf(f, "%*s", (int)(SPARKS - shown), "");
}

static void print_cell(const struct grid *g, const struct watch_cell *c,
		       const struct watch_style *style, FILE *f)
{
	unsigned finished = 0;
	char count[32], value[32] = "-";
	size_t used = VALUE + FLAGS;

	for (unsigned i = 0; c && i < c->nr; i++)
		finished += c->sample[i].finished;
	double median = c ? watch_median(c) : NAN;

	snprintf(count, sizeof(count), "%u/%u", finished, g->w->samples);
	if (!c || c->unsupported) {
		fprintf(f, "  %-*s", (int)g->width, c ? "     unsupported" : "");
		return;
	}
	if (isfinite(median))
		snprintf(value, sizeof(value), "%.4g", median);
	fprintf(f, "  %9s %6s", value, count);
	if (g->sparks) {
		fputc(' ', f);
		spark(c, style->utf8 ? blocks : ascii, f);
		used += SPARKS + 1;
	}
	fprintf(f, " %-*.*s", FLAGS - 1, FLAGS - 1, c->flags);
	fprintf(f, "%*s", (int)(g->width - used), "");
}

static void set_width(struct grid *g)
{
	g->width = VALUE + FLAGS + (g->sparks ? SPARKS + 1 : 0);
	for (size_t c = 0; c < g->nr_cols; c++) {
		size_t name = strlen(g->w->cell[g->col[c]].variant);

		g->width = name > g->width ? name : g->width;
	}
}

/* Returns the columns that fit, at least one. */
static size_t fit(struct grid *g, unsigned width)
{
	const size_t load = (size_t)g->load;

	set_width(g);
	if (width && load + g->nr_cols * (g->width + 2) > width) {
		g->sparks = false;
		set_width(g);
	}
	if (!width || load + g->nr_cols * (g->width + 2) <= width)
		return g->nr_cols;
	size_t cols = width > load ? (width - load) / (g->width + 2) : 0;

	return cols ? cols : 1;
}

/* The first line to show, so that the last sample's is among @lines. */
static size_t first_row(const struct grid *g, size_t lines)
{
	size_t row = 0;

	while (row < g->nr_rows && !same_load(&g->w->cell[g->row[row]], &g->w->cell[g->w->last]))
		row++;
	return row < lines ? 0 : row - lines + 1;
}

/* Placement and memory are told where they tell loads apart. */
static int load_len(const struct grid *g, const struct watch_cell *c)
{
	return g->where ? (int)strlen(c->load) : c->brief;
}

static void print_grid(struct grid *g, const struct watch_style *style, FILE *f)
{
	size_t cols = fit(g, style->width), lines = g->nr_rows;

	if (style->height)
		lines = style->height > AROUND + 1 ? style->height - AROUND : 1;
	if (lines > g->nr_rows)
		lines = g->nr_rows;
	size_t first = first_row(g, lines);

	fprintf(f, "%-*s", g->load, HEADING);
	for (size_t c = 0; c < cols; c++)
		fprintf(f, "  %-*s", (int)g->width, g->w->cell[g->col[c]].variant);
	fputc('\n', f);
	for (size_t r = first; r < first + lines; r++) {
		const struct watch_cell *c = &g->w->cell[g->row[r]];

		fprintf(f, "%-*.*s", g->load, load_len(g, c), c->load);
		for (size_t k = 0; k < cols; k++)
			print_cell(g, at(g, r, k), style, f);
		fputc('\n', f);
	}
	if (cols < g->nr_cols)
		fprintf(f, "%zu more variant%s, in a wider window\n", g->nr_cols - cols,
			g->nr_cols - cols == 1 ? "" : "s");
	if (lines < g->nr_rows)
		fprintf(f, "%zu more load%s, in a higher window\n", g->nr_rows - lines,
			g->nr_rows - lines == 1 ? "" : "s");
}

static void print_legend(const struct grid *g, FILE *f)
{
	bool any = false;

	fputs("\nn/m: n of m samples measured", f);
	if (g->sparks)
		fprintf(f, "; the last %d as a line, lowest to highest of the cell", SPARKS);
	fputc('\n', f);
	for (const struct rec_flag *flag = rec_flags; flag->letter; flag++)
		for (size_t i = 0; i < g->w->nr; i++)
			if (strchr(g->w->cell[i].flags, flag->letter)) {
				fprintf(f, "%s%c %s", any ? ", " : "flags: ", flag->letter,
					flag->name);
				any = true;
				break;
			}
	if (any)
		fputc('\n', f);
}

static void print_bar(const struct watch *w, const struct watch_style *style, FILE *f)
{
	size_t done = w->finished + w->failed, left = watch_left(w), all = done + left;
	size_t full = all ? BAR * done / all : 0;
	char spent[32], rest[32];

	progress_time(w->seconds, spent, sizeof(spent));
	progress_time(done ? w->seconds / (double)done * (double)left : NAN, rest, sizeof(rest));
	fprintf(f, "%s[", style->colour ? states[w->state].colour : "");
	for (size_t i = 0; i < BAR; i++)
		fputc(i < full ? '#' : '-', f);
	fprintf(f, "]%s %zu/%zu", style->colour ? "\033[0m" : "", done, all);
	if (!w->wanted)
		fputs(" or more", f);
	fprintf(f, "   %s measured", spent);
	if (left)
		fprintf(f, ", about %s left", rest);
	if (w->failed)
		fprintf(f, "   %s%zu failed%s", style->colour ? "\033[31m" : "", w->failed,
			style->colour ? "\033[0m" : "");
	fputc('\n', f);
}

static void measure_loads(struct grid *g)
{
	const struct watch_cell *first = &g->w->cell[0];

	for (size_t i = 0; i < g->w->nr; i++) {
		const struct watch_cell *c = &g->w->cell[i];

		g->where |= strcmp(c->load + c->brief, first->load + first->brief) != 0;
	}
	for (size_t r = 0; r < g->nr_rows; r++) {
		int len = load_len(g, &g->w->cell[g->row[r]]);

		g->load = len > g->load ? len : g->load;
	}
}

void watch_print(const struct watch *w, const struct watch_style *style, FILE *f)
{
	struct grid g = { .w = w, .sparks = true, .load = sizeof(HEADING) - 1 };

	fprintf(f, "%s   matrix %s   %s\n", w->dir, *w->name ? w->name : "unknown",
		states[w->state].word);
	print_bar(w, style, f);
	if (!w->nr) {
		fputs("no sample yet\n", f);
		return;
	}
	g.row = calloc(2 * w->nr, sizeof(*g.row));
	if (!g.row) {
		fputs("no memory for the table\n", f);
		return;
	}
	g.col = g.row + w->nr;
	g.nr_rows = distinct(w, same_load, g.row);
	g.nr_cols = distinct(w, same_variant, g.col);
	measure_loads(&g);
	fputc('\n', f);
	print_grid(&g, style, f);
	print_legend(&g, f);
	free(g.row);
}
