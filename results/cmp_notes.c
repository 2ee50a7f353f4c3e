/* SPDX-License-Identifier: GPL-2.0-only */
/* Footnotes: what a reader of a comparison must know beside the numbers. */
#include "results/cmp_priv.h"
#include "results/stats_trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DETAILS 6
#define DRIFT_ROUNDS 8 /* fewer show no drift */

/* "repeat 0 1, linux-3.10" */
static void cell_name(const struct cmp_table *t, size_t row, unsigned col, char *text, size_t len)
{
	size_t used = 0;

	text[0] = 0;
	for (unsigned i = 0; i < t->nr_axes && used < len; i++)
		used += (size_t)snprintf(text + used, len - used, "%s%s", i ? " " : "",
					 t->rows[row].label[i][0] ? t->rows[row].label[i] : "-");
	if (used < len)
		snprintf(text + used, len - used, "%s%.90s", t->nr_axes ? ", " : "",
			 t->cols[col].label);
}

/* Appends "2 invalid, 1 crashed". */
static void statuses(const unsigned *n, char *text, size_t len)
{
	const char *comma = "";
	size_t used = strlen(text);

	for (unsigned s = 0; s < CMP_NR_STATUS && used < len; s++) {
		if (!n[s])
			continue;
		used += (size_t)snprintf(text + used, len - used, "%s%u %s", comma, n[s],
					 cmp_status_names[s]);
		comma = ", ";
	}
}

static unsigned total(const unsigned *n)
{
	unsigned sum = 0;

	for (unsigned s = 0; s < CMP_NR_STATUS; s++)
		sum += n[s];
	return sum;
}

/* What failed goes before what cannot be served: pass 0, pass 1. */
static bool told_in(const struct cmp_cell *c, unsigned pass)
{
	bool failed = total(c->status) > c->status[CMP_UNSUPPORTED];

	return total(c->status) && failed == (pass == 0);
}

static void note_cell(struct cmp_table *t, size_t i)
{
	const struct cmp_cell *c = &t->cells[i];
	char text[256] = "", name[200];

	cell_name(t, i / t->nr_cols, (unsigned)(i % t->nr_cols), name, sizeof(name));
	statuses(c->status, text, sizeof(text));
	cmp_note(t, "  %s: %s%s%s", name, text, c->reason ? ": " : "", c->reason ? c->reason : "");
}

/* Statuses do not depend on the metric: those of the first are told. */
static void note_excluded(struct cmp_table *t)
{
	unsigned all[CMP_NR_STATUS] = { 0 }, details = 0;
	size_t nr = t->nr_rows * t->nr_cols;
	char text[256] = "samples that do not count: ";

	for (size_t i = 0; i < nr; i++)
		for (unsigned s = 0; s < CMP_NR_STATUS; s++)
			all[s] += t->cells[i].status[s];
	if (!total(all))
		return;
	statuses(all, text, sizeof(text));
	cmp_note(t, "%s", text);
	for (size_t i = 0; i < 2 * nr; i++) {
		if (!told_in(&t->cells[i % nr], i < nr ? 0 : 1))
			continue;
		if (details++ == MAX_DETAILS) {
			cmp_note(t, "  ... and in further cells; --format json has them all");
			return;
		}
		note_cell(t, i % nr);
	}
}

static void note_nulls(struct cmp_table *t)
{
	for (unsigned m = 0; m < t->nr_metrics; m++) {
		size_t nulls = 0;
		const char *why = NULL;

		for (size_t r = 0; r < t->nr_rows; r++)
			for (unsigned c = 0; c < t->nr_cols; c++) {
				const struct cmp_cell *cell = cmp_at(t, m, r, c);

				nulls += cell->nulls;
				if (cell->nulls && cell->why)
					why = cell->why;
			}
		if (nulls)
			cmp_note(t, "samples without %s: %zu%s%s", t->metrics[m].name, nulls,
				 why ? ", " : "", why ? why : "");
	}
}

static void note_pooled(struct cmp_table *t)
{
	bool any = false;

	for (unsigned m = 0; m < t->nr_metrics; m++)
		any |= t->metrics[m].pooled;
	if (any)
		cmp_note(t, "latencies are those of all operations of a cell's samples together; "
			    "the spread and the test are of single samples");
}

static void note_few(struct cmp_table *t)
{
	size_t few = 0;

	for (size_t i = 0; i < t->nr_metrics * t->nr_rows * t->nr_cols; i++) {
		const struct cmp_cell *c = &t->cells[i];

		few += c->compared && (c->cmp.na < t->min_samples || c->cmp.nb < t->min_samples);
	}
	if (few)
		cmp_note(t,
			 "%zu of %zu comparisons have too few samples to be separated: %u a side "
			 "are needed for %zu comparisons at alpha %g",
			 few, t->family, t->min_samples, t->family, t->stats.alpha);
}

static void note_paired(struct cmp_table *t)
{
	if (t->paired)
		cmp_note(t,
			 "%zu of %zu comparisons are by pairs: the ratio is that of values of one "
			 "round, measured side by side, and need not be that of the medians",
			 t->paired, t->family);
}

static void note_mixed(struct cmp_work *w)
{
	char text[256] = "";
	size_t used = 0;

	for (unsigned a = 0; a < CMP_MAX_AXES; a++)
		if (w->mixed >> a & 1 && used < sizeof(text))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
						 used ? ", " : "", cmp_axis_name(a));
	if (used)
		cmp_note(
			w->t,
			"rows marked + mix unlike cells: %s varies inside them; add it to --row or "
			"--filter one value",
			text);
}

static void note_absent(struct cmp_table *t)
{
	size_t absent = 0;
	char name[200] = "";

	for (size_t i = 0; i < t->nr_rows * t->nr_cols; i++) {
		const struct cmp_cell *c = &t->cells[i];

		if (c->n || c->nulls || total(c->status) || t->cols[i % t->nr_cols].reference)
			continue;
		if (!absent++)
			cell_name(t, i / t->nr_cols, (unsigned)(i % t->nr_cols), name,
				  sizeof(name));
	}
	if (absent)
		cmp_note(t, "cells that were not run: %zu, the first is %s", absent, name);
}

/* The harness's own cost, from the field that each sample carries. */
static void note_null_cost(struct cmp_work *w)
{
	double *v = cmp_zalloc(w->nr_items, sizeof(*v));
	bool asked = false;
	size_t n = 0;

	for (unsigned m = 0; m < w->t->nr_metrics; m++)
		asked |= !strcmp(w->t->metrics[m].name, "ns_op") ||
			 !strcmp(w->t->metrics[m].name, "quiet_ns_op");
	for (size_t i = 0; asked && i < w->nr_items; i++)
		if (!strcmp(w->items[i].r->status, "ok") && !isnan(w->items[i].r->null_ns_op))
			v[n++] = w->items[i].r->null_ns_op;
	stats_sort(v, n);
	if (n)
		cmp_note(w->t,
			 "the harness's own share of ns_op (null variant): median %.3g ns, at most "
			 "%.3g ns; it is not subtracted",
			 stats_median(v, n), v[n - 1]);
	free(v);
}

/* Cells of the first metric along their rounds; p of drift is corrected over them by Holm. */
static void note_drift(struct cmp_table *t)
{
	size_t nr = t->nr_rows * t->nr_cols, drift = 0, warm = 0, worst = 0, first = 0;
	double *p = cmp_zalloc(nr, sizeof(*p)), *v = NULL;
	char name[200];

	for (size_t i = 0; i < nr; i++) {
		const struct cmp_cell *c = &t->cells[i];

		p[i] = (double)NAN;
		if (c->n < DRIFT_ROUNDS)
			continue;
		v = cmp_zalloc(c->n, sizeof(*v));
		for (size_t k = 0; k < c->n; k++)
			v[k] = c->rounds[k].value;
		p[i] = stats_mann_kendall(v, c->n);
		if (stats_warms_up(v, c->n) && !warm++)
			first = i;
		free(v);
	}
	stats_holm(p, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!(p[i] < t->stats.alpha))
			continue;
		worst = !drift++ || p[i] < p[worst] ? i : worst;
	}
	if (drift) {
		const struct cmp_cell *c = &t->cells[worst];

		v = cmp_zalloc(c->n, sizeof(*v));
		for (size_t k = 0; k < c->n; k++)
			v[k] = c->rounds[k].value;
		cell_name(t, worst / t->nr_cols, (unsigned)(worst % t->nr_cols), name,
			  sizeof(name));
		cmp_note(t,
			 "drift: %zu cell%s rise or fall along the rounds (Mann-Kendall, Holm); "
			 "most "
			 "surely %s, by %+.2g %% a round (Theil-Sen)",
			 drift, drift == 1 ? "" : "s", name,
			 100 * stats_theil_sen(v, c->n) / c->median);
		free(v);
	}
	if (warm) {
		cell_name(t, first / t->nr_cols, (unsigned)(first % t->nr_cols), name,
			  sizeof(name));
		cmp_note(t,
			 "warm-up: in %zu cell%s the first round is apart from all others, the "
			 "first "
			 "is %s; it counts like any other",
			 warm, warm == 1 ? "" : "s", name);
	}
	free(p);
}

/* Loudly: it is not the total that is shown and judged. */
static void note_quiet(struct cmp_work *w)
{
	double *v = cmp_zalloc(w->nr_items, sizeof(*v));
	bool asked = false;
	size_t n = 0;

	for (unsigned m = 0; m < w->t->nr_metrics; m++)
		asked |= !strcmp(w->t->metrics[m].name, "quiet_ns_op");
	for (size_t i = 0; asked && i < w->nr_items; i++)
		if (!strcmp(w->items[i].r->status, "ok") && !isnan(w->items[i].r->disturbed))
			v[n++] = w->items[i].r->disturbed;
	stats_sort(v, n);
	if (n)
		cmp_note(w->t,
			 "quiet_ns_op is ns_op without short disturbances: of the time of all "
			 "repeats %.2g %% is left out in the median sample, at most %.2g %%; with "
			 "everything in it: --metric ns_op",
			 100 * stats_median(v, n), 100 * v[n - 1]);
	free(v);
}

void cmp_notes(struct cmp_work *w)
{
	struct cmp_table *t = w->t;

	if (t->simulated)
		cmp_note(t, "simulated: the topology is not this machine; logic and contention are "
			    "measured, never remote access");
	note_mixed(w);
	note_paired(t);
	note_few(t);
	note_pooled(t);
	note_excluded(t);
	note_nulls(t);
	note_absent(t);
	if (t->lost)
		cmp_note(t, "cells without a sample that counts where the baseline has some: %zu",
			 t->lost);
	if (w->superseded)
		cmp_note(t, "samples superseded by later ones of the same cell: %zu",
			 w->superseded);
	for (unsigned i = 0; i < w->nr_runs; i++)
		if (w->runs[i]->warning[0])
			cmp_note(t, "%s", w->runs[i]->warning);
	note_drift(t);
	note_quiet(w);
	note_null_cost(w);
}
