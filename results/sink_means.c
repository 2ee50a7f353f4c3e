/* SPDX-License-Identifier: GPL-2.0-only */
/* Geometric means by axis, for a screen. */
#include "results/cmp_priv.h"
#include "results/fold.h"
#include "results/means.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A mean is a ratio, set to the right, and what stands behind it. */
struct text {
	char ratio[32], rest[80];
};

struct column {
	int ratio, rest;
	int all; /* both, one blank between, or the heading */
};

struct grid {
	const struct cmp_table *t;
	struct means means;
	bool brief; /* no intervals */
	int axis, value, rows;
	struct column *col; /* [nr_cols] */
};

static int larger(int a, size_t b)
{
	return (int)b > a ? (int)b : a;
}

static void text_of(const struct mean *m, bool brief, struct text *out)
{
	int decimals = m->value < 10 ? 3 : m->value < 100 ? 2 : 1;

	*out = (struct text){ "-", "" };
	if (isnan(m->value))
		return;
	if (m->value < 1e5)
		snprintf(out->ratio, sizeof(out->ratio), "x%.*f", decimals, m->value);
	else
		snprintf(out->ratio, sizeof(out->ratio), "x%.3g", m->value);
	if (brief || isnan(m->lo))
		snprintf(out->rest, sizeof(out->rest), "%s", m->flags);
	else if (m->value < 1e5)
		snprintf(out->rest, sizeof(out->rest), "[%.*f %.*f]%s%s", decimals, m->lo, decimals,
			 m->hi, m->flags[0] ? " " : "", m->flags);
	else
		snprintf(out->rest, sizeof(out->rest), "[%.3g %.3g]%s%s", m->lo, m->hi,
			 m->flags[0] ? " " : "", m->flags);
}

static const char *value_of(const struct mean_line *l)
{
	if (!l->axis)
		return "";
	return l->label[0] ? l->label : "-";
}

static int rows_of(const struct mean_line *l, char *text, size_t len)
{
	return snprintf(text, len, "%zu of %zu", l->rows, l->of);
}

static void measure(struct grid *g)
{
	char rows[48];
	struct text x;

	g->axis = (int)strlen("axis");
	g->value = (int)strlen("value");
	g->rows = (int)strlen("rows");
	for (size_t i = 0; i < g->means.nr; i++) {
		const struct mean_line *l = &g->means.line[i];

		g->axis = larger(g->axis, l->axis ? strlen(l->axis) : 0);
		g->value = larger(g->value, strlen(value_of(l)));
		g->rows = larger(g->rows, (size_t)rows_of(l, rows, sizeof(rows)));
	}
	for (unsigned c = 1; c < g->t->nr_cols; c++) {
		struct column *w = &g->col[c];

		*w = (struct column){ .ratio = 0 };
		for (size_t i = 0; i < g->means.nr; i++) {
			text_of(&g->means.line[i].col[c], g->brief, &x);
			w->ratio = larger(w->ratio, strlen(x.ratio));
			w->rest = larger(w->rest, strlen(x.rest));
		}
		w->all =
			larger(w->ratio + (w->rest ? 1 + w->rest : 0), strlen(g->t->cols[c].label));
	}
}

/* The sign for mixed rows has two columns of its own, as in the table. */
static int labels_width(const struct grid *g)
{
	return g->axis + 2 + g->value + 2 + 2 + g->rows;
}

/* The first of the columns from @first on that finds no room beside the labels; at least one does.
 */
static unsigned block_end(const struct grid *g, unsigned first, unsigned width)
{
	int used = labels_width(g);
	unsigned end = first;
	bool any = false;

	for (; end < g->t->nr_cols; end++) {
		if (g->t->cols[end].reference)
			continue;
		used += 3 + g->col[end].all;
		if (any && width && used > (int)width)
			break;
		any = true;
	}
	return end;
}

static void print_mean(const struct grid *g, const struct mean_line *l, unsigned col, bool last,
		       FILE *f)
{
	const struct column *w = &g->col[col];
	struct text x;
	int used;

	text_of(&l->col[col], g->brief, &x);
	used = fprintf(f, "   %*s%s%s", w->ratio, x.ratio, x.rest[0] ? " " : "", x.rest) - 3;
	fprintf(f, "%*s", last ? 0 : w->all - used, "");
}

/* @l: NULL for the head */
static void print_line(const struct grid *g, const struct mean_line *l, unsigned first,
		       unsigned end, FILE *f)
{
	char rows[48] = "rows";

	if (l)
		rows_of(l, rows, sizeof(rows));
	fprintf(f, "%-*s  %-*s  %s%*s", g->axis,
		!l	  ? "axis"
		: l->axis ? l->axis
			  : "all",
		g->value, l ? value_of(l) : "value", l && l->mixed ? "+ " : "  ", g->rows, rows);
	while (end > first && g->t->cols[end - 1].reference)
		end--;
	for (unsigned c = first; c < end; c++) {
		if (g->t->cols[c].reference)
			continue;
		if (l)
			print_mean(g, l, c, c + 1 == end, f);
		else
			fprintf(f, "   %-*s", c + 1 == end ? 0 : g->col[c].all,
				g->t->cols[c].label);
	}
	fputc('\n', f);
}

static void print_heading(const struct grid *g, const struct cmp_metric *m, unsigned width, FILE *f)
{
	char text[2 * REC_TEXT + 320], interval[64] = "";

	if (!g->brief && !m->pooled)
		snprintf(interval, sizeof(interval), " with %g %% interval",
			 100 * (1 - g->t->stats.alpha));
	snprintf(text, sizeof(text),
		 "geometric means of %s by axis: ratio to %s%s, of the rows in which every %s has "
		 "values above 0; %s is better%s\n",
		 m->name, g->t->cols[0].label, interval, g->t->col_axis, cmp_better(m),
		 g->t->simulated ? "; simulated" : "");
	fold_text(text, width, 0, 2, f);
}

/* Without intervals when one of the columns finds no room beside the labels. */
static void print_metric(const struct cmp_table *t, unsigned m, const struct sink_style *style,
			 FILE *f)
{
	struct grid g = { .t = t, .brief = style->brief };

	means_build(&g.means, t, m);
	if (!g.means.nr)
		return;
	g.col = cmp_zalloc(t->nr_cols, sizeof(*g.col));
	measure(&g);
	for (unsigned c = 1; c < t->nr_cols; c++)
		g.brief |= style->width && !t->cols[c].reference &&
			   labels_width(&g) + 3 + g.col[c].all > (int)style->width;
	measure(&g);
	fputc('\n', f);
	print_heading(&g, &t->metrics[m], style->width, f);
	for (unsigned first = 1, end; first < t->nr_cols; first = end) {
		end = block_end(&g, first, style->width);
		if (first > 1)
			fputc('\n', f);
		print_line(&g, NULL, first, end, f);
		for (size_t l = 0; l < g.means.nr; l++)
			print_line(&g, &g.means.line[l], first, end, f);
	}
	free(g.col);
	means_free(&g.means);
}

void sink_term_means(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	for (unsigned m = 0; m < t->nr_metrics; m++)
		print_metric(t, m, style, f);
}
