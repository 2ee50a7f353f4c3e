/* SPDX-License-Identifier: GPL-2.0-only */
/* A comparison as one JSON object. */
#include "results/cmp_priv.h"
#include "results/means.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>

static json_t *number(double value)
{
	return isfinite(value) ? json_real(value) : json_null();
}

static json_t *cell_json(const struct cmp_table *t, const struct cmp_cell *c, unsigned col)
{
	json_t *o = json_object(), *excluded = json_object();

	json_object_set_new(o, t->col_axis, json_string(t->cols[col].label));
	json_object_set_new(o, "n", json_integer((json_int_t)c->n));
	json_object_set_new(o, "median", number(c->median));
	json_object_set_new(o, "spread", number(c->spread));
	json_object_set_new(o, "flags", json_string(c->flags));
	for (unsigned s = 0; s < CMP_NR_STATUS; s++)
		if (c->status[s])
			json_object_set_new(excluded, cmp_status_names[s],
					    json_integer(c->status[s]));
	if (c->nulls)
		json_object_set_new(excluded, "null", json_integer(c->nulls));
	json_object_set_new(o, "excluded", excluded);
	if (c->reason)
		json_object_set_new(o, "reason", json_string(c->reason));
	else if (!c->n && c->why)
		json_object_set_new(o, "reason", json_string(c->why));
	if (!c->compared)
		return o;
	json_object_set_new(o, "pairs",
			    c->cmp.paired ? json_integer((json_int_t)c->cmp.na) : json_null());
	json_object_set_new(o, "ratio", number(c->cmp.ratio));
	json_object_set_new(o, "ratio_interval",
			    json_pack("[o, o]", number(c->cmp.lo), number(c->cmp.hi)));
	json_object_set_new(o, "difference", number(c->cmp.diff));
	json_object_set_new(o, "difference_interval",
			    json_pack("[o, o]", number(c->cmp.diff_lo), number(c->cmp.diff_hi)));
	json_object_set_new(o, "p", number(c->cmp.p));
	json_object_set_new(o, "p_holm", number(c->cmp.p_holm));
	json_object_set_new(o, "verdict", json_string(cmp_words[c->word]));
	json_object_set_new(o, "regression", json_boolean(c->regression));
	return o;
}

static json_t *row_json(const struct cmp_table *t, unsigned m, size_t row)
{
	json_t *axes = json_object(), *cells = json_array();

	for (unsigned a = 0; a < t->nr_axes; a++)
		json_object_set_new(axes, t->axes[a], json_string(t->rows[row].label[a]));
	for (unsigned c = 0; c < t->nr_cols; c++)
		json_array_append_new(cells, cell_json(t, cmp_at(t, m, row, c), c));
	return json_pack("{s:o, s:b, s:o}", "axes", axes, "mixed", t->rows[row].mixed, "cells",
			 cells);
}

static json_t *metric_json(const struct cmp_table *t, unsigned m)
{
	json_t *rows = json_array();

	for (size_t r = 0; r < t->nr_rows; r++)
		json_array_append_new(rows, row_json(t, m, r));
	return json_pack("{s:s, s:s, s:s, s:o}", "name", t->metrics[m].name, "unit",
			 t->metrics[m].unit, "better", cmp_better(&t->metrics[m]), "rows", rows);
}

static json_t *mean_json(const struct cmp_table *t, const struct mean_line *l, const char *metric)
{
	json_t *ratios = json_array();

	for (unsigned c = 1; c < t->nr_cols; c++) {
		if (t->cols[c].reference)
			continue;
		const struct mean *m = &l->col[c];

		json_array_append_new(ratios, json_pack("{s:s, s:o, s:[o, o], s:s}", t->col_axis,
							t->cols[c].label, "ratio", number(m->value),
							"ratio_interval", number(m->lo),
							number(m->hi), "flags", m->flags));
	}
	return json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:b, s:o}", "metric", metric, "axis", l->axis,
			 "value", l->label, "rows", (json_int_t)l->rows, "rows_all",
			 (json_int_t)l->of, "mixed", l->mixed, "ratios", ratios);
}

/* Of all metrics, line by line; null for axis and value is over all rows. */
static json_t *means_json(const struct cmp_table *t)
{
	json_t *all = json_array();
	struct means means;

	for (unsigned m = 0; m < t->nr_metrics; m++) {
		means_build(&means, t, m);
		for (size_t l = 0; l < means.nr; l++)
			json_array_append_new(all,
					      mean_json(t, &means.line[l], t->metrics[m].name));
		means_free(&means);
	}
	return all;
}

void sink_json(const struct cmp_table *t, const struct sink_style *style, FILE *f)
{
	json_t *metrics = json_array(), *notes = json_array(), *words = json_object();

	for (unsigned m = 0; m < t->nr_metrics; m++)
		json_array_append_new(metrics, metric_json(t, m));
	for (size_t i = 0; i < t->nr_notes; i++)
		json_array_append_new(notes, json_string(t->notes[i]));
	for (unsigned w = CMP_NOT_COMPARED + 1; w < CMP_NR_WORDS; w++)
		json_object_set_new(words, cmp_words[w], json_integer((json_int_t)t->words[w]));
	json_t *o = json_pack(
		"{s:s, s:s, s:b, s:f, s:f, s:i, s:I, s:I, s:i, s:o, s:I, s:I, s:o, s:o}",
		"column_axis", t->col_axis, "baseline", t->cols[0].label, "simulated", t->simulated,
		"alpha", t->stats.alpha, "margin", t->stats.margin, "resamples",
		(int)t->stats.resamples, "seed", (json_int_t)t->stats.seed, "comparisons",
		(json_int_t)t->family, "samples_needed", (int)t->min_samples, "verdicts", words,
		"regressions", (json_int_t)t->regressions, "lost", (json_int_t)t->lost, "metrics",
		metrics, "notes", notes);

	if (style->means)
		json_object_set_new(o, "means", means_json(t));
	json_dumpf(o, f, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
	fputc('\n', f);
	json_decref(o);
}
