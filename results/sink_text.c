/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats for other programs: Markdown, CSV. */
#include "results/cmp_priv.h"
#include "results/means.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A bar would end a Markdown cell. */
static void md_text(const char *text, FILE *f)
{
	for (; *text; text++) {
		if (*text == '|')
			fputc('\\', f);
		fputc(*text, f);
	}
}

static void md_cell(const struct cmp_cell *c, FILE *f)
{
	char number[SINK_NUMBER];

	fputs(" | ", f);
	if (!c->n) {
		fputs(sink_reason(c), f);
		return;
	}
	fputs(sink_number(number, c->median), f);
	if (c->compared && !isnan(c->cmp.ratio) && !isnan(c->cmp.lo))
		fprintf(f, " x%.3f [%.3f %.3f]", c->cmp.ratio, c->cmp.lo, c->cmp.hi);
	if (c->compared)
		fprintf(f, " %s", cmp_words[c->word]);
	if (c->flags[0])
		fprintf(f, " %s", c->flags);
}

static void md_metric(const struct cmp_table *t, unsigned m, FILE *f)
{
	const struct cmp_metric *metric = &t->metrics[m];

	fprintf(f, "**%s**%s%s%s, %s; ratio to ", metric->name, metric->unit[0] ? " (" : "",
		metric->unit, metric->unit[0] ? ")" : "", cmp_summary(metric));
	md_text(t->cols[0].label, f);
	fprintf(f, " with %g %% interval; %s is better%s\n\n|", 100 * (1 - t->stats.alpha),
		cmp_better(metric), t->simulated ? "; simulated" : "");
	for (unsigned a = 0; a < t->nr_axes; a++)
		fprintf(f, " %s |", t->axes[a]);
	for (unsigned c = 0; c < t->nr_cols; c++) {
		fputc(' ', f);
		md_text(t->cols[c].label, f);
		fputs(" |", f);
	}
	fputs("\n|", f);
	for (unsigned i = 0; i < t->nr_axes + t->nr_cols; i++)
		fputs("---|", f);
	fputc('\n', f);
	for (size_t r = 0; r < t->nr_rows; r++) {
		for (unsigned a = 0; a < t->nr_axes; a++) {
			fputs(a ? " | " : "| ", f);
			md_text(t->rows[r].label[a], f);
			if (a + 1 == t->nr_axes && t->rows[r].mixed)
				fputs(" +", f);
		}
		for (unsigned c = 0; c < t->nr_cols; c++)
			md_cell(cmp_at(t, m, r, c), f);
		fputs(" |\n", f);
	}
	fputc('\n', f);
}

static void md_mean(const struct mean *m, FILE *f)
{
	fputs(" | ", f);
	if (isnan(m->value)) {
		fputc('-', f);
		return;
	}
	fprintf(f, "x%.3f", m->value);
	if (!isnan(m->lo))
		fprintf(f, " [%.3f %.3f]", m->lo, m->hi);
	if (m->flags[0])
		fprintf(f, " %s", m->flags);
}

static void md_mean_line(const struct cmp_table *t, const struct mean_line *l, FILE *f)
{
	fprintf(f, "| %s | ", l->axis ? l->axis : "all");
	md_text(!l->axis ? "" : l->label[0] ? l->label : "-", f);
	fprintf(f, "%s | %zu of %zu", l->mixed ? " +" : "", l->rows, l->of);
	for (unsigned c = 1; c < t->nr_cols; c++)
		if (!t->cols[c].reference)
			md_mean(&l->col[c], f);
	fputs(" |\n", f);
}

static void md_means(const struct cmp_table *t, unsigned m, FILE *f)
{
	const struct cmp_metric *metric = &t->metrics[m];
	struct means means;

	means_build(&means, t, m);
	if (!means.nr)
		return;
	fprintf(f, "Geometric means of **%s** by axis: ratio to ", metric->name);
	md_text(t->cols[0].label, f);
	if (!metric->pooled)
		fprintf(f, " with %g %% interval", 100 * (1 - t->stats.alpha));
	fprintf(f, ", of the rows in which every %s has values above 0; %s is better%s\n\n",
		t->col_axis, cmp_better(metric), t->simulated ? "; simulated" : "");
	fputs("| axis | value | rows |", f);
	for (unsigned c = 1; c < t->nr_cols; c++) {
		if (t->cols[c].reference)
			continue;
		fputc(' ', f);
		md_text(t->cols[c].label, f);
		fputs(" |", f);
	}
	fputs("\n|---|---|---|", f);
	for (unsigned c = 1; c < t->nr_cols; c++)
		fputs(t->cols[c].reference ? "" : "---|", f);
	fputc('\n', f);
	for (size_t l = 0; l < means.nr; l++)
		md_mean_line(t, &means.line[l], f);
	fputc('\n', f);
	means_free(&means);
}

void sink_markdown(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	char flags[16];

	for (unsigned m = 0; m < t->nr_metrics; m++)
		md_metric(t, m, f);
	for (unsigned m = 0; style->means && m < t->nr_metrics; m++)
		md_means(t, m, f);
	for (size_t i = 0; i < t->nr_notes; i++) {
		fputs("* ", f);
		md_text(t->notes[i], f);
		fputc('\n', f);
	}
	sink_flags(t, flags);
	if (flags[0])
		fputs("* ", f);
	sink_legend(flags, f);
}

/* RFC 4180: quotes around what holds a quote, a comma or a line end. */
void sink_csv_text(const char *text, FILE *f)
{
	if (!strpbrk(text, "\",\r\n")) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', f);
		fputc(*text, f);
	}
	fputc('"', f);
}

/* An empty field is null; 17 digits give every double back. */
void sink_csv_number(double value, FILE *f)
{
	fputc(',', f);
	if (!isnan(value))
		fprintf(f, "%.17g", value);
}

static void csv_cell(const struct cmp_table *t, unsigned m, size_t row, unsigned col, FILE *f)
{
	const struct cmp_cell *c = cmp_at(t, m, row, col);
	const double none = (double)NAN;
	unsigned excluded = c->nulls;

	for (unsigned s = 0; s < CMP_NR_STATUS; s++)
		excluded += c->status[s];
	for (unsigned a = 0; a < t->nr_axes; a++) {
		sink_csv_text(t->rows[row].label[a], f);
		fputc(',', f);
	}
	sink_csv_text(t->cols[col].label, f);
	fputc(',', f);
	sink_csv_text(t->metrics[m].name, f);
	fprintf(f, ",%s,%s,%zu,%u", t->metrics[m].unit, cmp_better(&t->metrics[m]), c->n, excluded);
	sink_csv_number(c->median, f);
	sink_csv_number(c->spread, f);
	fputc(',', f);
	sink_csv_text(t->cols[0].label, f);
	sink_csv_number(c->compared ? c->cmp.ratio : none, f);
	sink_csv_number(c->compared ? c->cmp.lo : none, f);
	sink_csv_number(c->compared ? c->cmp.hi : none, f);
	sink_csv_number(c->compared ? c->cmp.p : none, f);
	sink_csv_number(c->compared ? c->cmp.p_holm : none, f);
	fprintf(f, ",%s,%s,%s,", cmp_words[c->word], c->flags, t->rows[row].mixed ? "mixed" : "");
	sink_csv_text(!c->n && c->why ? c->why : "", f);
	fputs(",cell,,\r\n", f);
}

/* Axes that a mean is taken over hold a star; what only cells have is empty. */
static void csv_mean(const struct cmp_table *t, unsigned m, const struct mean_line *l, unsigned col,
		     FILE *f)
{
	const struct mean *mean = &l->col[col];

	for (unsigned a = 0; a < t->nr_axes; a++) {
		sink_csv_text(t->axes[a] == l->axis ? l->label : "*", f);
		fputc(',', f);
	}
	sink_csv_text(t->cols[col].label, f);
	fputc(',', f);
	sink_csv_text(t->metrics[m].name, f);
	fprintf(f, ",%s,%s,,,,,", t->metrics[m].unit, cmp_better(&t->metrics[m]));
	sink_csv_text(t->cols[0].label, f);
	sink_csv_number(mean->value, f);
	sink_csv_number(mean->lo, f);
	sink_csv_number(mean->hi, f);
	fprintf(f, ",,,,%s,%s,%s,mean,%zu,%zu\r\n", mean->flags, l->mixed ? "mixed" : "",
		l->rows ? "" : "no row has all columns above 0", l->rows, l->of);
}

static void csv_means(const struct cmp_table *t, unsigned m, FILE *f)
{
	struct means means;

	means_build(&means, t, m);
	for (size_t l = 0; l < means.nr; l++)
		for (unsigned c = 1; c < t->nr_cols; c++)
			if (!t->cols[c].reference)
				csv_mean(t, m, &means.line[l], c, f);
	means_free(&means);
}

void sink_csv(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	for (unsigned a = 0; a < t->nr_axes; a++)
		fprintf(f, "%s,", t->axes[a]);
	fprintf(f,
		"%s,metric,unit,better,n,excluded,median,spread,baseline,ratio,ratio_low,"
		"ratio_high,p,p_holm,verdict,flags,mixed,reason,kind,rows,rows_all\r\n",
		t->col_axis);
	for (unsigned m = 0; m < t->nr_metrics; m++)
		for (size_t r = 0; r < t->nr_rows; r++)
			for (unsigned c = 0; c < t->nr_cols; c++)
				csv_cell(t, m, r, c, f);
	for (unsigned m = 0; style->means && m < t->nr_metrics; m++)
		csv_means(t, m, f);
}
