/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables as the change logs of kernel patches have them: 72 columns, the
 * baseline first, the change in per cent, counters by their names in
 * /proc/vmstat.  Of one metric the rows are cells; counters are set below each
 * other, one block for each cell.
 */
#include "results/cmp_priv.h"
#include "results/means.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LKML_WIDTH 72
#define LKML_VALUE 11
#define LKML_CHANGE 11		   /* "(+1234.5%)*" */
#define LKML_BASE (2 + LKML_VALUE) /* two blanks before each column */
#define LKML_OTHER (LKML_BASE + 1 + LKML_CHANGE)

/* "repeat-0-1", as in the tables of kernel change logs. */
static void row_name(const struct cmp_table *t, size_t row, char *text, size_t len)
{
	size_t used = 0;

	text[0] = 0;
	for (unsigned a = 0; a < t->nr_axes && used < len; a++)
		if (t->rows[row].label[a][0])
			used += (size_t)snprintf(text + used, len - used, "%s%.100s",
						 used ? "-" : "", t->rows[row].label[a]);
	if (used < len && t->rows[row].mixed)
		snprintf(text + used, len - used, "+");
}

static bool is_separated(enum cmp_word w)
{
	return w == CMP_FASTER || w == CMP_SLOWER || w == CMP_BETTER || w == CMP_WORSE;
}

static void lkml_cell(const struct cmp_cell *c, bool base, FILE *f)
{
	char number[SINK_NUMBER], change[48] = "";

	if (!c->n) {
		fprintf(f, "  %*.*s", LKML_VALUE, LKML_VALUE, sink_reason(c));
		if (!base)
			fprintf(f, "%*s", 1 + LKML_CHANGE, "");
		return;
	}
	fprintf(f, "  %*s", LKML_VALUE, sink_number(number, c->median));
	if (base)
		return;
	if (c->compared && !isnan(c->cmp.ratio))
		snprintf(change, sizeof(change), "(%+.1f%%)%s", 100 * (c->cmp.ratio - 1),
			 is_separated(c->word) ? "*" : "");
	else if (c->compared && is_separated(c->word))
		snprintf(change, sizeof(change), "*");
	fprintf(f, " %-*s", LKML_CHANGE, change);
}

/* A printed line, without the blanks at its end. */
static void lkml_line(char *line, FILE *f)
{
	size_t n = strlen(line);

	while (n && line[n - 1] == ' ')
		n--;
	fprintf(f, "%.*s\n", (int)n, line);
}

/* Columns that a block shows beside the baseline, after labels of that width. */
struct block {
	const struct cmp_table *t;
	int labels;
	unsigned first, end;
};

static void lkml_row(const struct block *b, const char *name, unsigned m, size_t row, FILE *f)
{
	const struct cmp_table *t = b->t;
	int labels = b->labels;
	char *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return;
	if ((int)strlen(name) > labels) /* on a line of its own */
		fprintf(f, "%s\n", name);
	fprintf(out, "%-*s", labels, (int)strlen(name) > labels ? "" : name);
	lkml_cell(cmp_at(t, m, row, 0), true, out);
	for (unsigned c = b->first; c < b->end; c++)
		lkml_cell(cmp_at(t, m, row, c), false, out);
	fclose(out);
	lkml_line(line, f);
	free(line);
}

/* Names of columns are often wider than the column: numbers stand for them. */
static void lkml_head(const struct block *b, FILE *f)
{
	char number[16];

	fprintf(f, "%-*s  %*s", b->labels, "", LKML_VALUE, "[0]");
	for (unsigned c = b->first; c < b->end; c++) {
		snprintf(number, sizeof(number), "[%u]", c);
		fprintf(f, "%*s", c == b->first ? LKML_BASE : LKML_OTHER, number);
	}
	fputc('\n', f);
}

/* Prose broken at blanks. */
static void lkml_wrap(const char *text, FILE *f)
{
	while (*text) {
		size_t n = strlen(text), cut = n;

		if (n > LKML_WIDTH) {
			for (cut = LKML_WIDTH; cut && text[cut] != ' '; cut--)
				;
			cut = cut ? cut : strcspn(text, " ");
		}
		fprintf(f, "%.*s\n", (int)cut, text);
		text += cut;
		text += strspn(text, " ");
	}
}

/* References at the end, the null variant, say nothing to a reader of patches. */
static unsigned shown_cols(const struct cmp_table *t)
{
	unsigned n = t->nr_cols;

	while (n > 1 && t->cols[n - 1].reference)
		n--;
	return n;
}

/* The next columns that fit, with their head; false: there are no more. */
static bool next_block(struct block *b, FILE *f)
{
	unsigned fit = (unsigned)(LKML_WIDTH - b->labels - LKML_BASE) / LKML_OTHER;
	unsigned nr = shown_cols(b->t);

	if (b->first && b->end >= nr)
		return false;
	if (b->first)
		fputc('\n', f);
	b->first = b->first ? b->end : 1;
	b->end = b->first + fit < nr ? b->first + fit : nr;
	lkml_head(b, f);
	return true;
}

static bool is_counter(const struct cmp_metric *m)
{
	return m->group && !strcmp(m->group->name, "stats");
}

static int widest(int width, const char *name)
{
	const int most = LKML_WIDTH - LKML_BASE - LKML_OTHER;
	int n = (int)strlen(name);

	return n > width && n <= most ? n : width;
}

/* One metric of every cell. */
static void lkml_metric(const struct cmp_table *t, unsigned m, FILE *f)
{
	const struct cmp_metric *metric = &t->metrics[m];
	struct block b = { .t = t };
	char name[700];

	for (size_t r = 0; r < t->nr_rows; r++) {
		row_name(t, r, name, sizeof(name));
		b.labels = widest(b.labels, name);
	}
	fprintf(f, "\n%s%s%s, %s, %s is better%s\n", metric->name, metric->unit[0] ? " in " : "",
		metric->unit, cmp_summary(metric), cmp_better(metric),
		t->simulated ? ", simulated" : "");
	while (next_block(&b, f)) {
		for (size_t r = 0; r < t->nr_rows; r++) {
			row_name(t, r, name, sizeof(name));
			lkml_row(&b, name, m, r, f);
		}
	}
}

/* All counters of one cell. */
static void lkml_counters(const struct cmp_table *t, size_t row, FILE *f)
{
	struct block b = { .t = t };
	char name[700];

	for (unsigned m = 0; m < t->nr_metrics; m++)
		if (is_counter(&t->metrics[m]))
			b.labels = widest(b.labels, t->metrics[m].in_group);
	row_name(t, row, name, sizeof(name));
	fprintf(f, "\n%s, median of each counter%s\n", name, t->simulated ? ", simulated" : "");
	while (next_block(&b, f)) {
		for (unsigned m = 0; m < t->nr_metrics; m++)
			if (is_counter(&t->metrics[m]))
				lkml_row(&b, t->metrics[m].in_group, m, row, f);
	}
}

/* "workload bulk", "all" */
static void mean_name(const struct mean_line *l, char *text, size_t len)
{
	snprintf(text, len, "%s%s%.600s%s", l->axis ? l->axis : "all", l->axis ? " " : "",
		 !l->axis      ? ""
		 : l->label[0] ? l->label
			       : "-",
		 l->mixed ? "+" : "");
}

/* The change in per cent; a ratio where that would be too long. */
static void lkml_mean(const struct mean *m, FILE *f)
{
	char text[SINK_NUMBER] = "-";

	if (m->value < 1000)
		snprintf(text, sizeof(text), "%+.1f%%", 100 * (m->value - 1));
	else if (!isnan(m->value))
		snprintf(text, sizeof(text), "x%.3g", m->value);
	fprintf(f, "  %*s", LKML_VALUE, text);
}

/* @l: NULL for the head */
static void lkml_mean_line(const struct block *b, const struct mean_line *l, FILE *f)
{
	char name[700] = "", rows[48] = "rows", *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return;
	if (l) {
		mean_name(l, name, sizeof(name));
		snprintf(rows, sizeof(rows), "%zu of %zu", l->rows, l->of);
	}
	if ((int)strlen(name) > b->labels) { /* on a line of its own */
		fprintf(f, "%s\n", name);
		name[0] = 0;
	}
	fprintf(out, "%-*s  %*s", b->labels, name, LKML_VALUE, rows);
	for (unsigned c = b->first; c < b->end; c++)
		if (l) {
			lkml_mean(&l->col[c], out);
		} else {
			snprintf(rows, sizeof(rows), "[%u]", c);
			fprintf(out, "  %*s", LKML_VALUE, rows);
		}
	fclose(out);
	lkml_line(line, f);
	free(line);
}

/* What kernel change logs give: the change of the mean, and of how many rows it is. */
static void lkml_means(const struct cmp_table *t, unsigned m, FILE *f)
{
	const struct cmp_metric *metric = &t->metrics[m];
	struct block b = { .t = t };
	struct means means;
	char text[700];

	means_build(&means, t, m);
	for (size_t l = 0; l < means.nr; l++) {
		mean_name(&means.line[l], text, sizeof(text));
		b.labels = widest(b.labels, text);
	}
	if (means.nr) {
		fputc('\n', f);
		snprintf(text, sizeof(text),
			 "%s, geometric mean of the ratios to [0], rows that all have, %s is "
			 "better%s",
			 metric->name, cmp_better(metric), t->simulated ? ", simulated" : "");
		lkml_wrap(text, f);
	}
	for (b.first = 1; means.nr && b.first < shown_cols(t); b.first = b.end) {
		unsigned fit = (unsigned)(LKML_WIDTH - b.labels - LKML_BASE) / LKML_BASE;

		if (b.first > 1)
			fputc('\n', f);
		b.end = b.first + fit < shown_cols(t) ? b.first + fit : shown_cols(t);
		lkml_mean_line(&b, NULL, f);
		for (size_t l = 0; l < means.nr; l++)
			lkml_mean_line(&b, &means.line[l], f);
	}
	means_free(&means);
}

void sink_lkml(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	unsigned counters = 0;
	char name[700];

	for (unsigned c = 0; c < shown_cols(t); c++)
		fprintf(f, "[%u] %s%s\n", c, t->cols[c].label, c ? "" : " (baseline)");
	for (unsigned m = 0; m < t->nr_metrics; m++)
		if (is_counter(&t->metrics[m]))
			counters++;
		else
			lkml_metric(t, m, f);
	for (size_t r = 0; counters && r < t->nr_rows; r++)
		lkml_counters(t, r, f);
	for (unsigned m = 0; style->means && m < t->nr_metrics; m++)
		lkml_means(t, m, f);
	fputc('\n', f);
	snprintf(name, sizeof(name),
		 "* differs from the baseline: p < %g, rank test, Holm-corrected for %zu "
		 "comparisons, and the bootstrap interval of the ratio agrees",
		 t->stats.alpha, t->family);
	lkml_wrap(name, f);
	for (size_t i = 0; i < t->nr_notes; i++)
		lkml_wrap(t->notes[i], f);
	sink_flags(t, name);
	char *legend = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&legend, &len);

	if (!out)
		return;
	sink_legend(name, out);
	fclose(out);
	legend[strcspn(legend, "\n")] = 0;
	lkml_wrap(legend, f);
	free(legend);
}
