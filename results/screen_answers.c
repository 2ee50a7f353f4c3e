/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run says first: the answers in plain words, then one line for each variant. */
#include "results/cmp_priv.h"
#include "results/fold.h"
#include "results/screen_priv.h"
#include "results/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUESTION 30 /* columns, with the blanks behind it */

static void answer(const char *question, const struct verdict *v, const struct sink_style *style,
		   FILE *f)
{
	fprintf(f, "%-*s%s", QUESTION, question, style->colour ? "\033[1m" : "");
	fold_text(v->answer, style->width, QUESTION, QUESTION, f);
	fprintf(f, "%s\n%*s", style->colour ? "\033[0m" : "", QUESTION, "");
	fold_text(v->why, style->width, QUESTION, QUESTION, f);
	fputc('\n', f);
}

/* What the table of variants shows; a column without a number is left out. */
struct line {
	double mean; /* of the ratios of times */
	size_t faster, slower, same, open;
	double frag; /* mean of the first measure of fragmentation */
	struct verdict_slow slow;
};

enum {
	COL_MEAN,
	COL_FASTER,
	COL_SLOWER,
	COL_SAME,
	COL_OPEN,
	COL_FRAG,
	COL_SHARE,
	COL_FAST,
	COL_SLOW,
	NR_COLUMNS
};
static const char *const heads[NR_COLUMNS] = {
	[COL_MEAN] = "time",	[COL_FASTER] = "faster", [COL_SLOWER] = "slower",
	[COL_SAME] = "same",	[COL_OPEN] = "open",	 [COL_FRAG] = NULL, /* the metric */
	[COL_SHARE] = "slow %", [COL_FAST] = "fast ns",	 [COL_SLOW] = "slow ns",
};

static double value_of(const struct line *l, size_t col)
{
	switch (col) {
	case COL_MEAN:
		return l->mean;
	case COL_FASTER:
		return (double)l->faster;
	case COL_SLOWER:
		return (double)l->slower;
	case COL_SAME:
		return (double)l->same;
	case COL_OPEN:
		return (double)l->open;
	case COL_FRAG:
		return l->frag;
	case COL_SHARE:
		return 100 * l->slow.share;
	case COL_FAST:
		return l->slow.fast;
	default:
		return l->slow.slow;
	}
}

static void fill_line(struct line *l, const struct cmp_table *time, const struct cmp_table *frag,
		      unsigned c)
{
	size_t rows;

	l->mean = verdict_mean(time, c, true, &rows);
	l->faster = verdict_words(time, c, CMP_FASTER);
	l->slower = verdict_words(time, c, CMP_SLOWER);
	l->same = verdict_words(time, c, CMP_SAME);
	l->open = verdict_words(time, c, CMP_NOT_SEPARATED);
	l->frag = (double)NAN;
	for (unsigned k = 0; frag && k < frag->nr_cols; k++)
		if (!strcmp(frag->cols[k].label, time->cols[c].label))
			l->frag = verdict_mean(frag, k, false, &rows);
}

/* Counts of words would be the baseline's against itself: it has none. */
static const char *cell_text(char out[SINK_NUMBER], const struct line *l, size_t col, bool baseline)
{
	double v = value_of(l, col);

	if (isnan(v) || (baseline && col >= COL_FASTER && col <= COL_OPEN))
		snprintf(out, SINK_NUMBER, "-");
	else if (col == COL_MEAN)
		snprintf(out, SINK_NUMBER, "x%.*f", v < 9.995 ? 2 : 1, v);
	else if (col == COL_SHARE)
		snprintf(out, SINK_NUMBER, "%.2g", v);
	else
		sink_number(out, v);
	return out;
}

/* The table of variants: line 0 is its heading; a width of 0 leaves a column out. */
struct grid {
	const struct cmp_table *time;
	const struct line *line; /* [time->nr_cols] */
	const char *frag;	 /* heading of its column */
	int label, width[NR_COLUMNS];
};

static void widen(int *width, const char *text)
{
	int n = (int)strlen(text);

	*width = n > *width ? n : *width;
}

static void measure(struct grid *g)
{
	char text[SINK_NUMBER];
	bool any;

	for (size_t k = 0; k < NR_COLUMNS; k++) {
		any = false;
		for (unsigned c = 0; c < g->time->nr_cols; c++) {
			if (g->time->cols[c].reference)
				continue;
			any |= !isnan(value_of(&g->line[c], k));
			widen(&g->width[k], cell_text(text, &g->line[c], k, !c));
		}
		if (any)
			widen(&g->width[k], heads[k] ? heads[k] : g->frag);
		else
			g->width[k] = 0;
	}
	widen(&g->label, "variant");
	for (unsigned c = 0; c < g->time->nr_cols; c++)
		if (!g->time->cols[c].reference)
			widen(&g->label, g->time->cols[c].label);
}

static void print_grid(const struct grid *g, const struct sink_style *style, FILE *f)
{
	char text[SINK_NUMBER];
	int all = g->label, gap = 3;

	for (size_t k = 0; k < NR_COLUMNS; k++)
		all += g->width[k] ? g->width[k] + gap : 0;
	for (; style->width && all > (int)style->width && gap > 1; gap--)
		for (size_t k = 0; k < NR_COLUMNS; k++)
			all -= g->width[k] ? 1 : 0;
	for (unsigned line = 0; line <= g->time->nr_cols; line++) {
		unsigned c = line - 1;

		if (line && g->time->cols[c].reference)
			continue;
		fprintf(f, "%-*s", g->label, line ? g->time->cols[c].label : "variant");
		for (size_t k = 0; k < NR_COLUMNS; k++)
			if (g->width[k])
				fprintf(f, "%*s", gap + g->width[k],
					line	   ? cell_text(text, &g->line[c], k, !c)
					: heads[k] ? heads[k]
						   : g->frag);
		fputc('\n', f);
	}
}

static void variants(const struct cmp_table *time, const struct cmp_table *frag,
		     const struct line *line, const struct sink_style *style, FILE *f)
{
	const char *in_group = frag ? strchr(frag->metrics[0].name, ':') : NULL;
	struct grid g = { .time = time, .line = line, .frag = "" };
	char text[640];

	if (frag)
		g.frag = in_group ? in_group + 1 : frag->metrics[0].name;
	fputc('\n', f);
	measure(&g);
	print_grid(&g, style, f);
	snprintf(text, sizeof(text),
		 "time: geometric mean of %s as a ratio to %s; faster, slower, same, open: rows "
		 "that the rank test puts there, open ones it does not separate%s%s%s\n",
		 time->metrics[0].name, time->cols[0].label, g.width[COL_FRAG] ? "; " : "",
		 g.width[COL_FRAG] ? g.frag : "", g.width[COL_FRAG] ? ": mean of the medians" : "");
	fold_text(text, style->width, 0, 2, f);
	if (g.width[COL_SHARE])
		fold_text("slow %: allocations served on the slow path; fast ns, slow ns: one "
			  "allocation on each path, of samples that entered it\n",
			  style->width, 0, 2, f);
}

void screen_answers(const struct run_data *run, const struct cmp_table *time,
		    const struct cmp_table *frag, const struct screen_path *paths,
		    const struct sink_style *style, FILE *f)
{
	struct verdict_slow *slow = cmp_zalloc(time->nr_cols, sizeof(*slow));
	struct line *line = cmp_zalloc(time->nr_cols, sizeof(*line));
	struct verdict v;

	verdict_fastest(time, &v);
	answer("Who is fastest?", &v, style, f);
	verdict_fragments(frag, &v);
	answer("Who fragments least?", &v, style, f);
	verdict_slow(run, time, paths, &v, slow);
	answer("What does the slow path cost?", &v, style, f);
	for (unsigned c = 0; c < time->nr_cols; c++) {
		fill_line(&line[c], time, frag, c);
		line[c].slow = slow[c];
	}
	if (verdict_judged(time) > 1)
		variants(time, frag, line, style, f);
	free(line);
	free(slow);
}
