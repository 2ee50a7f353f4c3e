/* SPDX-License-Identifier: GPL-2.0-only */
/* The first screen of a report: the answers in words, each with its figures. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>

/* Rows in which every variant that is judged has a value. */
static bool row_whole(const struct cmp_table *t, size_t row)
{
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (!t->cols[c].reference && !cmp_at(t, 0, row, c)->n)
			return false;
	return true;
}

static size_t count_word(const struct cmp_table *t, unsigned col, enum cmp_word word)
{
	size_t n = 0;

	for (size_t r = 0; r < t->nr_rows; r++)
		n += cmp_at(t, 0, r, col)->compared && cmp_at(t, 0, r, col)->word == word;
	return n;
}

/* Over whole rows: geometric mean of the medians' ratios to the baseline; or their mean. */
static double col_mean(const struct cmp_table *t, unsigned col, bool ratio, size_t *rows)
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

static unsigned best_col(const struct cmp_table *t, bool ratio, size_t *rows)
{
	unsigned best = t->nr_cols;
	double least = INFINITY;

	for (unsigned c = 0; c < t->nr_cols; c++) {
		double mean = t->cols[c].reference ? (double)NAN : col_mean(t, c, ratio, rows);
		double key = t->metrics[0].better == '>' && !ratio ? -mean : mean;

		if (key < least) {
			least = key;
			best = c;
		}
	}
	return best;
}

static void means(const struct cmp_table *t, bool ratio, FILE *f)
{
	enum cmp_word good = ratio ? CMP_FASTER : CMP_BETTER;
	enum cmp_word bad = ratio ? CMP_SLOWER : CMP_WORSE;
	char number[SINK_NUMBER];
	size_t rows;

	fputs("<table class=\"plain\"><tbody>", f);
	for (unsigned c = 0; c < t->nr_cols; c++) {
		if (t->cols[c].reference)
			continue;
		fputs("<tr><th>", f);
		html_text(t->cols[c].label, f);
		fprintf(f, "</th><td>%s%s</td><td>", ratio ? "&times;" : "",
			sink_number(number, col_mean(t, c, ratio, &rows)));
		if (c)
			fprintf(f, "%zu %s, %zu %s", count_word(t, c, good), cmp_words[good],
				count_word(t, c, bad), cmp_words[bad]);
		else
			fputs("baseline", f);
		fputs("</td></tr>", f);
	}
	fputs("</tbody></table>", f);
}

static unsigned judged(const struct cmp_table *t)
{
	unsigned n = 0;

	for (unsigned c = 0; c < t->nr_cols; c++)
		n += !t->cols[c].reference;
	return n;
}

/* The answer, with how many others are as good: inside the margin of "same". */
static void winner(const struct cmp_table *t, unsigned col, bool ratio, FILE *f)
{
	size_t rows;
	double best = col_mean(t, col, ratio, &rows);
	unsigned ties = 0;

	for (unsigned c = 0; c < t->nr_cols; c++)
		ties += c != col && !t->cols[c].reference &&
			fabs(col_mean(t, c, ratio, &rows) - best) <= t->stats.margin * fabs(best);
	fputs("<p class=\"answer\">", f);
	html_text(t->cols[col].label, f);
	if (ties)
		fprintf(f, ", with %u other%s within %g&nbsp;%%", ties, ties == 1 ? "" : "s",
			100 * t->stats.margin);
}

static void fastest(const struct cmp_table *t, FILE *f)
{
	size_t rows, all;
	unsigned c = best_col(t, true, &rows);

	fputs("<section class=\"card\"><h2>Who is fastest?</h2>", f);
	if (judged(t) < 2 || c == t->nr_cols) {
		fprintf(f, "<p class=\"answer\">Not told</p><p>%s.</p></section>",
			judged(t) < 2 ? "The run holds one variant: there is nothing to compare"
				      : "No row has a time of every variant");
		return;
	}
	col_mean(t, c, true, &all);
	winner(t, c, true, f);
	if (!t->words[CMP_FASTER] && !t->words[CMP_SLOWER])
		fputs(", but no row is separated", f);
	fputs("</p><p>has the lowest geometric mean of ns/op, as a ratio to ", f);
	html_text(t->cols[0].label, f);
	fprintf(f, ", over the %zu of %zu rows in which each variant has a time. ", all,
		t->nr_rows);
	fputs("Counted: rows that the rank test separates.</p>", f);
	means(t, true, f);
	fputs("</section>\n", f);
}

static void least_fragmented(const struct report *r, FILE *f)
{
	const struct cmp_table *t = r->nr_frag ? r->frag[0] : NULL;
	size_t rows = 0;
	unsigned c = t ? best_col(t, false, &rows) : 0;

	fputs("<section class=\"card\"><h2>Who fragments least?</h2>", f);
	if (!t || judged(t) < 2 || c == t->nr_cols) {
		fprintf(f, "<p class=\"answer\">Not told</p><p>%s.</p></section>",
			!t ? "No workload of this run states a target for fragmentation"
			: judged(t) < 2 ? "The run holds one variant: there is nothing to compare"
					: "No row has a value of every variant");
		return;
	}
	col_mean(t, c, false, &rows);
	winner(t, c, false, f);
	fputs("</p><p>has the best mean of ", f);
	html_text(t->metrics[0].name, f);
	fprintf(f,
		" over the %zu row%s in which each variant has it; %s is better. "
		"Other measures of fragmentation, in the table, may rank otherwise.</p>",
		rows, rows == 1 ? "" : "s", cmp_better(&t->metrics[0]));
	means(t, false, f);
	fputs("</section>\n", f);
}

/* Of the fast or of the slow classes together: operations, and their mean cost. */
static void half(const struct paths *s, unsigned col, bool slow, double *ops, double *ns)
{
	double timed = 0, sum = 0;

	*ops = 0;
	for (size_t p = 0; p < s->nr_paths; p++) {
		double cost = paths_median(s, p, col, PATHS_NS);

		if (s->path[p].slow != slow || s->passed[p])
			continue;
		*ops += paths_at(s, p, col)->ops;
		if (isnan(cost))
			continue;
		timed += paths_at(s, p, col)->ops;
		sum += cost * paths_at(s, p, col)->ops;
	}
	*ns = timed > 0 ? sum / timed : (double)NAN;
}

static void slow_line(const struct paths *s, unsigned col, FILE *f)
{
	double fast_ops, fast_ns, slow_ops, slow_ns;
	char number[SINK_NUMBER], again[SINK_NUMBER];

	half(s, col, false, &fast_ops, &fast_ns);
	half(s, col, true, &slow_ops, &slow_ns);
	fputs("<tr><th>", f);
	html_text(s->t->cols[col].label, f);
	fprintf(f, "</th><td>%s</td>", isnan(fast_ns) ? "-" : sink_number(number, fast_ns));
	if (!(slow_ops > 0))
		fputs("<td colspan=\"3\">never entered</td></tr>", f);
	else
		fprintf(f, "<td>%s</td><td>%s%s</td><td>%.2g</td></tr>",
			isnan(slow_ns) ? "-" : sink_number(number, slow_ns),
			slow_ns > 0 && fast_ns > 0 ? "&times;" : "-",
			slow_ns > 0 && fast_ns > 0 ? sink_number(again, slow_ns / fast_ns) : "",
			100 * slow_ops / s->all[col]);
}

static void slow_path(const struct report *r, FILE *f)
{
	const struct paths *s = &r->paths;
	double low = INFINITY, high = 0, fast, ops, ns, fast_ops;
	char a[SINK_NUMBER], b[SINK_NUMBER];
	bool entered = false, any = false;

	for (unsigned c = 0; c < r->time->nr_cols; c++) {
		if (!paths_shown(s, c))
			continue;
		any = true;
		half(s, c, false, &fast_ops, &fast);
		half(s, c, true, &ops, &ns);
		entered |= ops > 0;
		low = ns / fast < low ? ns / fast : low;
		high = ns / fast > high ? ns / fast : high;
	}
	fputs("<section class=\"card\"><h2>What does the slow path cost?</h2><p class=\"answer\">",
	      f);
	if (!any || !entered || !(high > 0))
		fprintf(f, "Not told</p><p>%s.</p>",
			!any ? "No sample holds the paths of its allocations"
			: !entered
				? "The slow path was never entered: no cell of this run ran short "
				  "of memory. The matrix slowpath.yaml goes there"
				: "The slow path was entered, and its cost was not measured");
	else if (high > low * 1.005)
		fprintf(f, "%s to %s times a fast one</p>", sink_number(a, low),
			sink_number(b, high));
	else
		fprintf(f, "%s times a fast one</p>", sink_number(a, high));
	if (any) {
		fputs("<table class=\"plain\"><thead><tr><th></th><th>fast, ns</th><th>slow, "
		      "ns</th><th>ratio</th><th>slow&nbsp;%</th></tr></thead><tbody>",
		      f);
		for (unsigned c = 0; c < r->time->nr_cols; c++)
			if (paths_shown(s, c))
				slow_line(s, c, f);
		fputs("</tbody></table>", f);
	}
	fputs("</section>\n", f);
}

void report_verdict(const struct report *r, FILE *f)
{
	fputs("<div class=\"cards\">\n", f);
	fastest(r->time, f);
	least_fragmented(r, f);
	slow_path(r, f);
	fputs("</div>\n", f);
}
