/* SPDX-License-Identifier: GPL-2.0-only */
/* Geometric means by axis, in a report. */
#include "results/means.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <math.h>

static void mean_cell(const struct mean *m, bool base, FILE *f)
{
	char number[SINK_NUMBER], lo[SINK_NUMBER], hi[SINK_NUMBER];

	if (isnan(m->value))
		fputs("<td class=\"n\">-</td>", f);
	else if (base)
		fputs("<td class=\"n\">1</td>", f);
	else
		fprintf(f, "<td class=\"n\">%s <small>[%s %s]</small></td>",
			sink_number(number, m->value), sink_number(lo, m->lo),
			sink_number(hi, m->hi));
}

static void mean_row(const struct cmp_table *t, const struct mean_line *l, FILE *f)
{
	fputs("<tr><th scope=\"row\">", f);
	html_text(l->axis ? l->axis : "all", f);
	fputs("</th><td>", f);
	html_text(!l->axis ? "" : l->label[0] ? l->label : "-", f);
	fputs("</td>", f);
	for (unsigned c = 0; c < t->nr_cols; c++)
		if (!t->cols[c].reference)
			mean_cell(&l->col[c], !c, f);
	fprintf(f, "<td class=\"n\">%zu of %zu</td></tr>\n", l->rows, l->of);
}

void report_means(const struct report *r, FILE *f)
{
	const struct cmp_table *t = r->time;
	struct means means;

	fputs("<section class=\"fig\" id=\"means\"><h2>Geometric means by axis</h2>\n", f);
	means_build(&means, t, 0);
	if (!means.nr) {
		fputs("<p class=\"missing\">Not shown: the run holds one variant or one "
		      "row.</p></section>\n",
		      f);
		return;
	}
	fprintf(f,
		"<p>Ratios of %s to the baseline, over the rows with that value of an axis in "
		"which "
		"every variant has a value, with their %g&nbsp;%% bootstrap interval. Lower is "
		"better. A mean hides what its rows disagree about; the tables have "
		"these.</p>\n<div class=\"scroll\"><table>"
		"<thead><tr><th>axis</th><th>value</th>",
		t->metrics[0].name, 100 * (1 - t->stats.alpha));
	for (unsigned c = 0; c < t->nr_cols; c++) {
		if (t->cols[c].reference)
			continue;
		fputs("<th class=\"n\" scope=\"col\">", f);
		html_text(t->cols[c].label, f);
		fputs("</th>", f);
	}
	fputs("<th class=\"n\">rows</th></tr></thead><tbody>\n", f);
	for (size_t l = 0; l < means.nr; l++)
		mean_row(t, &means.line[l], f);
	means_free(&means);
	fputs("</tbody></table></div>\n<p>", f);
	html_command("Data", "compare --format csv", r, f);
	fputs("</p></section>\n", f);
}
