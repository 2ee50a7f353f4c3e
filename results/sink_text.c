/* SPDX-License-Identifier: GPL-2.0-only */
/* Formats for mail and for other programs: Markdown, CSV, LKML. */
#include "results/cmp_priv.h"
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

	fprintf(f, "**%s**%s%s%s, median; ratio to ", metric->name, metric->unit[0] ? " (" : "",
		metric->unit, metric->unit[0] ? ")" : "");
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

void sink_markdown(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	char flags[16];

	(void)style;
	for (unsigned m = 0; m < t->nr_metrics; m++)
		md_metric(t, m, f);
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
	fputs("\r\n", f);
}

void sink_csv(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	(void)style;
	for (unsigned a = 0; a < t->nr_axes; a++)
		fprintf(f, "%s,", t->axes[a]);
	fprintf(f,
		"%s,metric,unit,better,n,excluded,median,spread,baseline,ratio,ratio_low,"
		"ratio_high,p,p_holm,verdict,flags,mixed,reason\r\n",
		t->col_axis);
	for (unsigned m = 0; m < t->nr_metrics; m++)
		for (size_t r = 0; r < t->nr_rows; r++)
			for (unsigned c = 0; c < t->nr_cols; c++)
				csv_cell(t, m, r, c, f);
}

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

static void lkml_row(const struct cmp_table *t, unsigned m, size_t row, int labels, unsigned first,
		     unsigned end, FILE *f)
{
	char name[700], *line = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&line, &len);

	if (!out)
		return;
	row_name(t, row, name, sizeof(name));
	if ((int)strlen(name) > labels) /* on a line of its own */
		fprintf(f, "%s\n", name);
	fprintf(out, "%-*s", labels, (int)strlen(name) > labels ? "" : name);
	lkml_cell(cmp_at(t, m, row, 0), true, out);
	for (unsigned c = first; c < end; c++)
		lkml_cell(cmp_at(t, m, row, c), false, out);
	fclose(out);
	lkml_line(line, f);
	free(line);
}

/* Names of columns are often wider than the column: numbers stand for them. */
static void lkml_block(const struct cmp_table *t, unsigned m, int labels, unsigned first,
		       unsigned end, FILE *f)
{
	char number[16];

	fprintf(f, "%-*s  %*s", labels, "", LKML_VALUE, "[0]");
	for (unsigned c = first; c < end; c++) {
		snprintf(number, sizeof(number), "[%u]", c);
		fprintf(f, "%*s", c == first ? LKML_BASE : LKML_OTHER, number);
	}
	fputc('\n', f);
	for (size_t r = 0; r < t->nr_rows; r++)
		lkml_row(t, m, r, labels, first, end, f);
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

void sink_lkml(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	int labels = 0, most = LKML_WIDTH - LKML_BASE - LKML_OTHER;
	char name[700];

	(void)style;
	for (size_t r = 0; r < t->nr_rows; r++) {
		row_name(t, r, name, sizeof(name));
		int n = (int)strlen(name);

		labels = n > labels && n <= most ? n : labels;
	}
	for (unsigned c = 0; c < t->nr_cols; c++)
		fprintf(f, "[%u] %s%s\n", c, t->cols[c].label, c ? "" : " (baseline)");
	for (unsigned m = 0; m < t->nr_metrics; m++) {
		const struct cmp_metric *metric = &t->metrics[m];
		unsigned fit = (unsigned)(LKML_WIDTH - labels - LKML_BASE) / LKML_OTHER;

		fprintf(f, "%s%s%s%s, median, %s is better%s\n", m ? "" : "\n", metric->name,
			metric->unit[0] ? " in " : "", metric->unit, cmp_better(metric),
			t->simulated ? ", simulated" : "");
		for (unsigned c = 1; c == 1 || c < t->nr_cols; c += fit)
			lkml_block(t, m, labels, c, c + fit < t->nr_cols ? c + fit : t->nr_cols, f);
	}
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
