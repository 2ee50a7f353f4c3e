/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of formats, and what they share. */
#include "results/sinks.h"

#include <math.h>
#include <string.h>

const struct sink sinks[] = {
	{ "term", "aligned tables for a screen", sink_term },
	{ "md", "Markdown tables", sink_markdown },
	{ "csv", "one line per cell and metric, RFC 4180; then the means, of their own kind",
	  sink_csv },
	{ "json", "everything, one object", sink_json },
	{ "lkml", "plain text in 72 columns for mail, changes in percent", sink_lkml },
	{ "github-smaller", "medians where less is better, for github-action-benchmark",
	  sink_github_smaller },
	{ "github-bigger", "medians where more is better, for github-action-benchmark",
	  sink_github_bigger },
	{ "bencher", "medians of all metrics, in Bencher Metric Format", sink_bencher },
	{ .name = NULL },
};

const struct sink *sink_find(const char *name)
{
	for (const struct sink *s = sinks; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

void sink_flags(const struct cmp_table *t, char out[16])
{
	size_t nr = t->nr_metrics * t->nr_rows * t->nr_cols, n = 0;

	for (const struct rec_flag *f = rec_flags; f->letter && n < 15; f++) {
		bool used = false;

		for (size_t i = 0; i < nr && !used; i++)
			used = strchr(t->cells[i].flags, f->letter) != NULL;
		if (used)
			out[n++] = f->letter;
	}
	out[n] = 0;
}

void sink_legend(const char *flags, FILE *f)
{
	const char *comma = "";

	if (!flags[0])
		return;
	fputs("flags: ", f);
	for (const struct rec_flag *g = rec_flags; g->letter; g++) {
		if (!strchr(flags, g->letter))
			continue;
		fprintf(f, "%s%c %s", comma, g->letter, g->name);
		comma = ", ";
	}
	fputc('\n', f);
}

const char *sink_number(char out[SINK_NUMBER], double value)
{
	double size = fabs(value);
	int decimals = 0;

	for (double limit = 999.95; decimals < 6 && size < limit; limit /= 10)
		decimals++;
	if (isnan(value))
		snprintf(out, SINK_NUMBER, "-");
	else if (size > 0 && (size >= 1e7 || size < 1e-3))
		snprintf(out, SINK_NUMBER, "%.3g", value);
	else if (value <= floor(value) && size < 1e7)
		snprintf(out, SINK_NUMBER, "%.0f", value);
	else
		snprintf(out, SINK_NUMBER, "%.*f", decimals, value);
	return out;
}

const char *sink_reason(const struct cmp_cell *c)
{
	if (c->nulls)
		return "null";
	return c->why ? c->why : "-";
}
