/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Medians for services that track benchmarks from commit to commit:
 * github-action-benchmark (customSmallerIsBetter, customBiggerIsBetter) and
 * Bencher (Bencher Metric Format).  Neither has a place for a value that is
 * missing: a cell without one is left out.  Neither tells simulated machines
 * from real ones: the name does.
 */
#include "results/sinks.h"

#include <jansson.h>
#include <stdarg.h>

#define NAME_LEN ((CMP_MAX_AXES + 2) * (REC_TEXT + 16))

/* "workload=repeat order=0 threads=1 variant=null": the same for the same cell in every run. */
static void name_cell(const struct cmp_table *t, size_t row, unsigned col, char *name)
{
	int n = snprintf(name, NAME_LEN, "%s", t->simulated ? "simulated " : "");

	for (unsigned a = 0; a < t->nr_axes; a++)
		n += snprintf(name + n, NAME_LEN - (size_t)n, "%s=%s ", t->axes[a],
			      t->rows[row].label[a]);
	snprintf(name + n, NAME_LEN - (size_t)n, "%s=%s%s", t->col_axis, t->cols[col].label,
		 t->rows[row].mixed ? " (mixes unlike cells)" : "");
}

static json_t *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static json_t *text(const char *format, ...)
{
	char out[NAME_LEN + 128];
	va_list ap;

	va_start(ap, format);
	vsnprintf(out, sizeof(out), format, ap);
	va_end(ap);
	return json_string(out);
}

static void put(json_t *o, FILE *f)
{
	json_dumpf(o, f, JSON_INDENT(1) | JSON_REAL_PRECISION(10));
	fputc('\n', f);
	json_decref(o);
}

/* All samples lie in range; extra is what the service shows beside the point. */
static json_t *github_cell(const struct cmp_table *t, unsigned m, size_t row, unsigned col)
{
	const struct cmp_cell *c = cmp_at(t, m, row, col);
	char name[NAME_LEN], low[SINK_NUMBER], high[SINK_NUMBER], ratio[SINK_NUMBER];

	name_cell(t, row, col, name);
	json_t *o = json_object(), *extra;

	if (c->compared)
		extra = text("n %zu, flags '%s', ratio to %s %s: %s", c->n, c->flags,
			     t->cols[0].label, sink_number(ratio, c->cmp.ratio),
			     cmp_words[c->word]);
	else
		extra = text("n %zu, flags '%s'", c->n, c->flags);
	json_object_set_new(o, "name", text("%s %s", name, t->metrics[m].name));
	json_object_set_new(o, "unit", json_string(t->metrics[m].unit));
	json_object_set_new(o, "value", json_real(c->median));
	json_object_set_new(o, "range",
			    text("%s to %s", sink_number(low, c->values[0]),
				 sink_number(high, c->values[c->n - 1])));
	json_object_set_new(o, "extra", extra);
	return o;
}

static void github(const struct cmp_table *t, char better, FILE *f)
{
	json_t *all = json_array();

	for (unsigned m = 0; m < t->nr_metrics; m++)
		for (size_t r = 0; t->metrics[m].better == better && r < t->nr_rows; r++)
			for (unsigned c = 0; c < t->nr_cols; c++)
				if (cmp_at(t, m, r, c)->n)
					json_array_append_new(all, github_cell(t, m, r, c));
	put(all, f);
}

void sink_github_smaller(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	(void)style;
	github(t, '<', f);
}

void sink_github_bigger(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	(void)style;
	github(t, '>', f);
}

/* What one cell has of all metrics; lower and upper are its least and greatest sample. */
static json_t *bencher_cell(const struct cmp_table *t, size_t row, unsigned col)
{
	json_t *measures = json_object();

	for (unsigned m = 0; m < t->nr_metrics; m++) {
		const struct cmp_cell *c = cmp_at(t, m, row, col);

		if (!c->n)
			continue;
		json_object_set_new(measures, t->metrics[m].name,
				    json_pack("{s:f, s:f, s:f}", "value", c->median, "lower_value",
					      c->values[0], "upper_value", c->values[c->n - 1]));
	}
	return measures;
}

void sink_bencher(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	json_t *all = json_object();
	char name[NAME_LEN];

	(void)style;
	for (size_t r = 0; r < t->nr_rows; r++)
		for (unsigned c = 0; c < t->nr_cols; c++) {
			json_t *measures = bencher_cell(t, r, c);

			name_cell(t, r, c, name);
			if (json_object_size(measures))
				json_object_set(all, name, measures);
			json_decref(measures);
		}
	put(all, f);
}
