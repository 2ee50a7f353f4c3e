/* SPDX-License-Identifier: GPL-2.0-only */
/* Aligned tables for a screen. */
#include "results/cmp_priv.h"
#include "results/fold.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell is a line of parts, each as wide as the widest of its column. */
enum part { PART_VALUE, PART_RATIO, PART_INTERVAL, PART_WORD, PART_FLAGS, NR_PARTS };
struct parts {
	char text[NR_PARTS][48];
};
struct column {
	int width[NR_PARTS];
	int all; /* the parts that are used, one blank between, or the heading */
};

/* Three digits; in parentheses where the test did not separate it from the baseline. */
static void brief_ratio(const struct cmp_cell *c, struct parts *p)
{
	bool open = c->word == CMP_NOT_SEPARATED;
	double r = c->cmp.ratio;

	snprintf(p->text[PART_RATIO], sizeof(p->text[0]), "%sx%.*f%s", open ? "(" : "",
		 r < 9.995   ? 2
		 : r < 99.95 ? 1
			     : 0,
		 r, open ? ")" : " ");
	if (open)
		p->text[PART_WORD][0] = 0;
}

static void parts_of(const struct cmp_cell *c, bool brief, struct parts *p)
{
	char number[SINK_NUMBER];

	memset(p, 0, sizeof(*p));
	if (!c->n) {
		snprintf(p->text[PART_VALUE], sizeof(p->text[0]), "%s", sink_reason(c));
		return;
	}
	snprintf(p->text[PART_VALUE], sizeof(p->text[0]), "%s", sink_number(number, c->median));
	snprintf(p->text[PART_FLAGS], sizeof(p->text[0]), "%s", c->flags);
	if (!c->compared)
		return;
	snprintf(p->text[PART_WORD], sizeof(p->text[0]), "%s", cmp_words[c->word]);
	if (isnan(c->cmp.ratio))
		return;
	if (brief) {
		brief_ratio(c, p);
		return;
	}
	int decimals = c->cmp.ratio < 10 ? 3 : c->cmp.ratio < 100 ? 2 : 1;

	snprintf(p->text[PART_RATIO], sizeof(p->text[0]), "x%.*f", decimals, c->cmp.ratio);
	if (!isnan(c->cmp.lo))
		snprintf(p->text[PART_INTERVAL], sizeof(p->text[0]), "[%.*f %.*f]", decimals,
			 c->cmp.lo, decimals, c->cmp.hi);
}

/* A reason is not a number: it may run over the parts that it leaves empty. */
static bool is_reason(const struct cmp_cell *c)
{
	return !c->n;
}

static void measure(const struct cmp_table *t, unsigned m, unsigned col, bool brief,
		    struct column *w)
{
	struct parts p;
	int sum = 0, reason = 0;

	memset(w, 0, sizeof(*w));
	for (size_t r = 0; r < t->nr_rows; r++) {
		const struct cmp_cell *c = cmp_at(t, m, r, col);

		parts_of(c, brief, &p);
		if (is_reason(c)) {
			int n = (int)strlen(p.text[PART_VALUE]);

			reason = n > reason ? n : reason;
			continue;
		}
		for (int i = 0; i < NR_PARTS; i++) {
			int n = (int)strlen(p.text[i]);

			w->width[i] = n > w->width[i] ? n : w->width[i];
		}
	}
	for (int i = 0; i < NR_PARTS; i++)
		sum += w->width[i] ? w->width[i] + (sum > 0) : 0;
	w->all = (int)strlen(t->cols[col].label);
	w->all = sum > w->all ? sum : w->all;
	w->all = reason > w->all ? reason : w->all;
}

static const char *colour_of(enum cmp_word word)
{
	switch (word) {
	case CMP_FASTER:
	case CMP_BETTER:
		return "\033[32m";
	case CMP_SLOWER:
	case CMP_WORSE:
		return "\033[31m";
	case CMP_NOT_SEPARATED:
		return "\033[2m";
	default:
		return NULL;
	}
}

/* No blanks at the end of a line: the last column is not padded. */
static void print_cell(const struct cmp_cell *c, const struct column *w, bool last,
		       const struct sink_style *style, FILE *f)
{
	struct parts p;
	int used = 0, owed = 0;
	const char *paint = style->colour ? colour_of(c->word) : NULL;

	parts_of(c, style->brief, &p);
	if (is_reason(c)) {
		used = fprintf(f, "%s", p.text[PART_VALUE]);
		fprintf(f, "%*s", last ? 0 : w->all - used, "");
		return;
	}
	for (int i = 0; i < NR_PARTS; i++) {
		int n = (int)strlen(p.text[i]), pad = w->width[i] - n;

		if (!w->width[i])
			continue;
		owed += used || owed ? 1 : 0;
		if (i == PART_VALUE || i == PART_RATIO)
			owed += pad;
		if (n) {
			used += fprintf(f, "%*s", owed, "");
			if (i == PART_WORD && paint)
				fprintf(f, "%s%s\033[0m", paint, p.text[i]);
			else
				fputs(p.text[i], f);
			used += n;
			owed = 0;
		} else {
			owed += i == PART_VALUE || i == PART_RATIO ? n : 0;
		}
		if (i != PART_VALUE && i != PART_RATIO)
			owed += pad;
	}
	fprintf(f, "%*s", last ? 0 : w->all - used, "");
}

static int label_width(const struct cmp_table *t, unsigned axis)
{
	size_t width = strlen(t->axes[axis]);

	for (size_t r = 0; r < t->nr_rows; r++) {
		size_t n = strlen(t->rows[r].label[axis]);

		width = n > width ? n : width;
	}
	return (int)width;
}

/* The columns first .. end - 1; in full, the baseline before them when it is not one. */
static void print_block(const struct cmp_table *t, unsigned m, const struct column *w,
			unsigned first, unsigned end, const struct sink_style *style, FILE *f)
{
	for (size_t r = 0; r <= t->nr_rows; r++) { /* line 0 is the heading */
		for (unsigned a = 0; a < t->nr_axes; a++)
			fprintf(f, "%-*s  ", label_width(t, a),
				r ? t->rows[r - 1].label[a] : t->axes[a]);
		if (t->nr_axes && r)
			fputs(t->rows[r - 1].mixed ? "+ " : "  ", f);
		else if (t->nr_axes)
			fputs("  ", f);
		for (unsigned k = first - (first && !style->brief); k < end; k++) {
			unsigned c = first && k < first ? 0 : k;
			bool last = k + 1 == end;

			if (!r)
				fprintf(f, "%-*s", last ? 0 : w[c].all, t->cols[c].label);
			else
				print_cell(cmp_at(t, m, r - 1, c), &w[c], last, style, f);
			fputs(last ? "\n" : "   ", f);
		}
	}
}

static void print_heading(const struct cmp_table *t, const struct cmp_metric *m,
			  const struct sink_style *style, FILE *f)
{
	char text[2 * REC_TEXT + 256], ratio[REC_TEXT + 64] = "";

	if (t->nr_cols > 1 && style->brief)
		snprintf(ratio, sizeof(ratio), "ratio to %s, in parentheses: not separated; ",
			 t->cols[0].label);
	else if (t->nr_cols > 1)
		snprintf(ratio, sizeof(ratio), "ratio to %s with %g %% interval; ",
			 t->cols[0].label, 100 * (1 - t->stats.alpha));
	snprintf(text, sizeof(text), "%s%s%s%s%s%s, %s; %s%s is better%s\n",
		 style->title ? style->title : "", style->title ? "   " : "", m->name,
		 m->unit[0] ? " (" : "", m->unit, m->unit[0] ? ")" : "", cmp_summary(m), ratio,
		 cmp_better(m), t->simulated ? "; simulated" : "");
	fold_text(text, style->width, 0, 2, f);
}

static int labels_width(const struct cmp_table *t)
{
	int width = t->nr_axes ? 2 : 0;

	for (unsigned a = 0; a < t->nr_axes; a++)
		width += label_width(t, a) + 2;
	return width;
}

/* Does each column find room beside the labels and the baseline? */
static bool fits(const struct cmp_table *t, const struct column *w, const struct sink_style *style)
{
	for (unsigned c = 1; c < t->nr_cols; c++)
		if (style->width && labels_width(t) + w[0].all + 3 + w[c].all > (int)style->width)
			return false;
	return true;
}

/* As many columns side by side as the screen takes; brief ones when not even one fits in full. */
static void print_metric(const struct cmp_table *t, unsigned m, const struct sink_style *given,
			 FILE *f)
{
	struct column *w = cmp_zalloc(t->nr_cols, sizeof(*w));
	struct sink_style style = *given;

	for (unsigned c = 0; c < t->nr_cols; c++)
		measure(t, m, c, style.brief, &w[c]);
	if (!style.brief && !fits(t, w, &style)) {
		style.brief = true;
		for (unsigned c = 0; c < t->nr_cols; c++)
			measure(t, m, c, true, &w[c]);
	}
	print_heading(t, &t->metrics[m], &style, f);
	for (unsigned first = 0, end; first < t->nr_cols; first = end) {
		int used = labels_width(t) + w[first].all;

		used += first && !style.brief ? w[0].all + 3 : 0;
		for (end = first + 1; end < t->nr_cols; end++) {
			used += 3 + w[end].all;
			if (style.width && used > (int)style.width)
				break;
		}
		if (first)
			fputc('\n', f);
		if (first == 0 && end == 1 && t->nr_cols > 1)
			end = 2; /* the baseline alone says nothing */
		print_block(t, m, w, first, end, &style, f);
	}
	free(w);
}

void sink_term(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	char flags[16];

	for (unsigned m = 0; m < t->nr_metrics; m++) {
		if (m)
			fputc('\n', f);
		print_metric(t, m, style, f);
	}
	if (style->means)
		sink_term_means(t, style, f);
	if (style->quiet)
		return;
	if (t->nr_notes)
		fputc('\n', f);
	for (size_t i = 0; i < t->nr_notes; i++)
		fprintf(f, "%s\n", t->notes[i]);
	sink_flags(t, flags);
	sink_legend(flags, f);
}
