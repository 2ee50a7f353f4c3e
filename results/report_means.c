/* SPDX-License-Identifier: GPL-2.0-only */
/* Geometric means by axis, in a report. */
#include "results/means.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <math.h>

static void mean_cells(const struct cmp_table *t, unsigned axis, const char *label, FILE *f)
{
	char number[SINK_NUMBER], lo[SINK_NUMBER], hi[SINK_NUMBER];
	size_t rows = 0;

	for (unsigned c = 0; c < t->nr_cols; c++) {
		struct mean m = means_of(t, c, axis, label);

		rows = m.rows > rows ? m.rows : rows;
		if (t->cols[c].reference)
			continue;
		if (!m.rows)
			fputs("<td class=\"n\">-</td>", f);
		else if (!c)
			fputs("<td class=\"n\">1</td>", f);
		else
			fprintf(f, "<td class=\"n\">%s <small>[%s %s]</small></td>",
				sink_number(number, m.value), sink_number(lo, m.lo),
				sink_number(hi, m.hi));
	}
	fprintf(f, "<td class=\"n\">%zu</td></tr>\n", rows);
}

static void mean_row(const struct cmp_table *t, unsigned axis, const char *label, FILE *f)
{
	fputs("<tr><th scope=\"row\">", f);
	html_text(label ? t->axes[axis] : "all", f);
	fputs("</th><td>", f);
	html_text(label ? (label[0] ? label : "-") : "", f);
	fputs("</td>", f);
	mean_cells(t, axis, label, f);
}

void report_means(const struct report *r, FILE *f)
{
	const struct cmp_table *t = r->time;

	fputs("<section class=\"fig\" id=\"means\"><h2>Geometric means by axis</h2>\n", f);
	if (!t->nr_rows || t->nr_cols < 2) {
		fputs("<p class=\"missing\">Not shown: the run holds one variant.</p></section>\n",
		      f);
		return;
	}
	fprintf(f,
		"<p>Ratios of %s to the baseline, over all rows with that value of an axis, with "
		"their %g&nbsp;%% bootstrap interval. Lower is better. A mean hides what its rows "
		"disagree about; the tables have these.</p>\n<div class=\"scroll\"><table>"
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
	mean_row(t, 0, NULL, f);
	for (unsigned a = 0; a < t->nr_axes; a++)
		for (unsigned n = 0; means_label(t, a, 1) && means_label(t, a, n); n++)
			mean_row(t, a, means_label(t, a, n), f);
	fputs("</tbody></table></div>\n<p>", f);
	html_command("Data", "compare --format csv", r, f);
	fputs("</p></section>\n", f);
}
