/* SPDX-License-Identifier: GPL-2.0-only */
/* The first screen of a report: the answers in words, each with its figures. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"
#include "results/sinks.h"
#include "results/verdict.h"

#include <math.h>
#include <stdlib.h>

static void answer(const char *question, const struct verdict *v, FILE *f)
{
	fprintf(f, "<section class=\"card\"><h2>%s</h2><p class=\"answer\">", question);
	html_text(v->answer, f);
	fputs("</p><p>", f);
	html_text(v->why, f);
	fputs("</p>", f);
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
			sink_number(number, verdict_mean(t, c, ratio, &rows)));
		if (c)
			fprintf(f, "%zu %s, %zu %s", verdict_words(t, c, good), cmp_words[good],
				verdict_words(t, c, bad), cmp_words[bad]);
		else
			fputs("baseline", f);
		fputs("</td></tr>", f);
	}
	fputs("</tbody></table>", f);
}

static void number_or_dash(double value, const char *before, FILE *f)
{
	char number[SINK_NUMBER];

	fprintf(f, "<td>%s%s</td>", isnan(value) ? "" : before,
		isnan(value) ? "-" : sink_number(number, value));
}

static void slow_line(const char *label, const struct verdict_slow *s, FILE *f)
{
	fputs("<tr><th>", f);
	html_text(label, f);
	fputs("</th>", f);
	if (!(s->share > 0)) {
		fputs("<td colspan=\"4\">served nobody</td></tr>", f);
		return;
	}
	number_or_dash(s->fast, "", f);
	number_or_dash(s->slow, "", f);
	number_or_dash(s->ratio, "&times;", f);
	fprintf(f, "<td>%.2g</td></tr>", 100 * s->share);
}

static void slow_card(const struct report *r, FILE *f)
{
	struct verdict_slow *cols = cmp_zalloc(r->time->nr_cols, sizeof(*cols));
	bool any = false;
	struct verdict v;

	verdict_slow(r->run, r->time, r->paths.path, &v, cols);
	answer("What does the slow path cost?", &v, f);
	for (unsigned c = 0; c < r->time->nr_cols; c++)
		any |= cols[c].share > 0;
	if (any) {
		fputs("<table class=\"plain\"><thead><tr><th>ns of "
		      "one</th><th>fast</th><th>slow</th>"
		      "<th>ratio</th><th>slow&nbsp;%</th></tr></thead><tbody>",
		      f);
		for (unsigned c = 0; c < r->time->nr_cols; c++)
			if (!isnan(cols[c].share) && !r->time->cols[c].reference)
				slow_line(r->time->cols[c].label, &cols[c], f);
		fputs("</tbody></table>", f);
	}
	fputs("</section>\n", f);
	free(cols);
}

void report_verdict(const struct report *r, FILE *f)
{
	struct verdict v;

	fputs("<div class=\"cards\">\n", f);
	verdict_fastest(r->time, &v);
	answer("Who is fastest?", &v, f);
	if (v.told)
		means(r->time, true, f);
	fputs("</section>\n", f);
	verdict_fragments(r->nr_frag ? r->frag[0] : NULL, &v);
	answer("Who fragments least?", &v, f);
	if (v.told)
		means(r->frag[0], false, f);
	fputs("</section>\n", f);
	slow_card(r, f);
	fputs("</div>\n", f);
}
