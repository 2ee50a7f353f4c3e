/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

unsigned verdict_judged(const struct cmp_table *t)
{
	unsigned n = 0;

	for (unsigned c = 0; c < t->nr_cols; c++)
		n += !t->cols[c].reference;
	return n;
}

/* Rows in which every variant that is judged has a value. */
static bool row_whole(const struct cmp_table *t, size_t row)
{
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (!t->cols[c].reference && !cmp_at(t, 0, row, c)->n)
			return false;
	return true;
}

size_t verdict_words(const struct cmp_table *t, unsigned col, enum cmp_word word)
{
	size_t n = 0;

	for (size_t r = 0; r < t->nr_rows; r++)
		n += cmp_at(t, 0, r, col)->compared && cmp_at(t, 0, r, col)->word == word;
	return n;
}

double verdict_mean(const struct cmp_table *t, unsigned col, bool ratio, size_t *rows)
{
	double sum = 0;

	*rows = 0;
	for (size_t r = 0; r < t->nr_rows; r++) {
		double v = cmp_at(t, 0, r, col)->median, base = cmp_at(t, 0, r, 0)->median;

		if (!row_whole(t, r) || (ratio && !(v > 0 && base > 0)))
			continue;
		sum += ratio ? log(v / base) : v;
		++*rows;
	}
	if (!*rows)
		return (double)NAN;
	return ratio ? exp(sum / (double)*rows) : sum / (double)*rows;
}

static unsigned best_col(const struct cmp_table *t, bool ratio)
{
	unsigned best = t->nr_cols;
	double least = INFINITY;
	size_t rows;

	for (unsigned c = 0; c < t->nr_cols; c++) {
		double mean = t->cols[c].reference ? (double)NAN : verdict_mean(t, c, ratio, &rows);
		double key = t->metrics[0].better == '>' && !ratio ? -mean : mean;

		if (key < least) {
			least = key;
			best = c;
		}
	}
	return best;
}

/* The best, and how many others are as good: inside the margin of "same". */
static void winner(const struct cmp_table *t, unsigned col, bool ratio, struct verdict *v)
{
	size_t rows, n;
	double best = verdict_mean(t, col, ratio, &rows);
	unsigned ties = 0;

	for (unsigned c = 0; c < t->nr_cols; c++)
		ties += c != col && !t->cols[c].reference &&
			fabs(verdict_mean(t, c, ratio, &rows) - best) <=
				t->stats.margin * fabs(best);
	v->told = true;
	n = (size_t)snprintf(v->answer, sizeof(v->answer), "%s", t->cols[col].label);
	if (ties)
		n += (size_t)snprintf(v->answer + n, sizeof(v->answer) - n,
				      ", with %u other%s within %g %%", ties, ties == 1 ? "" : "s",
				      100 * t->stats.margin);
	if (!t->words[CMP_FASTER] && !t->words[CMP_SLOWER] && !t->words[CMP_BETTER] &&
	    !t->words[CMP_WORSE])
		snprintf(v->answer + n, sizeof(v->answer) - n, ", but no row is separated");
	else if (col && !verdict_words(t, col, CMP_FASTER) && !verdict_words(t, col, CMP_BETTER))
		snprintf(v->answer + n, sizeof(v->answer) - n, ", but no row separates it from %s",
			 t->cols[0].label);
}

static void __attribute__((format(printf, 2, 3))) not_told(struct verdict *v, const char *fmt, ...)
{
	va_list ap;

	*v = (struct verdict){ .answer = "Not told" };
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
}

static const char one_variant[] = "The run holds one variant: there is nothing to compare.";

void verdict_fastest(const struct cmp_table *t, struct verdict *v)
{
	unsigned c = best_col(t, true);
	size_t rows;

	if (verdict_judged(t) < 2 || c == t->nr_cols) {
		not_told(v, "%s",
			 verdict_judged(t) < 2 ? one_variant
					       : "No row has a time of every variant.");
		return;
	}
	winner(t, c, true, v);
	verdict_mean(t, c, true, &rows);
	snprintf(v->why, sizeof(v->why),
		 "has the lowest geometric mean of %s, as a ratio to %s, over the %zu of %zu "
		 "rows in which each variant has a time. Counted: rows that the rank test "
		 "separates.",
		 t->metrics[0].name, t->cols[0].label, rows, t->nr_rows);
}

void verdict_fragments(const struct cmp_table *t, struct verdict *v)
{
	unsigned c = t ? best_col(t, false) : 0;
	size_t rows;

	if (!t || verdict_judged(t) < 2 || c == t->nr_cols) {
		not_told(v, "%s",
			 !t ? "No workload of this run states a target for fragmentation."
			 : verdict_judged(t) < 2 ? one_variant
						 : "No row has a value of every variant.");
		return;
	}
	winner(t, c, false, v);
	verdict_mean(t, c, false, &rows);
	snprintf(v->why, sizeof(v->why),
		 "has the best mean of %s over the %zu row%s in which each variant has it; %s is "
		 "better. Other measures of fragmentation, in the tables, may rank otherwise.",
		 t->metrics[0].name, rows, rows == 1 ? "" : "s", cmp_better(&t->metrics[0]));
}
