/* SPDX-License-Identifier: GPL-2.0-only */
/* Figures of a report from what lies behind single values: sweeps, latencies. */
#include "results/cmp_priv.h"
#include "results/hist.h"
#include "results/report_priv.h"
#include "results/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the variant without the override has, across the panel. */
static void sweep_level(struct fig_panel *p, const struct sweep *s, struct sweep_value v)
{
	struct fig_line *line = fig_line_of(p, "default", 6);

	if (!line)
		return;
	line->level = true;
	line->band = v.hi > v.lo;
	for (unsigned i = 0; i < s->nr; i++)
		if (!isnan(s->at[i].x))
			fig_put(line, (struct fig_point){ s->at[i].x, v.value, v.lo, v.hi });
}

static void sweep_panel(const struct sweep_data *d, const struct sweep *s, unsigned row,
			const struct sweep_metric *m, struct fig *fig)
{
	struct fig_panel *p = NULL;
	struct fig_line *line = NULL;
	char title[3 * REC_TEXT], name[2 * REC_TEXT];

	sweep_row_name(d, row, name, sizeof(name));
	snprintf(title, sizeof(title), "%s: %s", m->title, name);
	for (unsigned i = 0; i < s->nr; i++) {
		struct sweep_value v = sweep_at(d, row, s->at[i].variant, m);

		if (isnan(v.value))
			continue;
		p = p ? p : fig_add(fig);
		if (!p)
			return;
		if (isnan(s->at[i].x)) {
			sweep_level(p, s, v);
			continue;
		}
		line = line ? line : fig_line_of(p, s->base, 0);
		line->band = true;
		fig_put(line, (struct fig_point){ s->at[i].x, v.value, v.lo, v.hi });
	}
	if (!p)
		return;
	snprintf(p->title, sizeof(p->title), "%s", title);
	snprintf(p->xlabel, sizeof(p->xlabel), "%s", s->tunable);
	p->unit = m->unit;
	p->logx = true;
	p->log = m->hist != NULL;
}

void fig_sweep(const struct report *r, struct fig *fig)
{
	const struct sweep_data *d = &r->sweeps;

	for (unsigned s = 0; s < d->nr; s++)
		for (unsigned row = 0; row < d->nr_rows; row++)
			for (const struct sweep_metric *m = sweep_metrics; m->id; m++)
				sweep_panel(d, &d->of[s], row, m, fig);
	snprintf(fig->why, sizeof(fig->why),
		 "no two variants of the run differ in one number only; run --sweep makes such");
}

/* Levels from the median on, about eight for each nine. */
static const unsigned steps[] = { 10, 13, 18, 24, 32, 42, 56, 75 };

static void latency_line(struct fig_line *line, const struct hist *h)
{
	uint64_t nine = 1;

	for (unsigned n = 0; n < 9; n++, nine *= 10)
		for (unsigned i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
			double one_in = (double)nine * steps[i] / 10;

			if (nine < 2 && steps[i] < 24)
				continue;
			if (one_in * HIST_ABOVE > (double)h->n)
				return;
			/* At the median itself the axis begins. */
			if (!line->nr)
				one_in = 2;
			fig_put(line, (struct fig_point){ log10(one_in),
							  hist_quantile(h, (uint64_t)one_in),
							  (double)NAN, (double)NAN });
		}
}

static void latency_panel(const struct report *r, const char *path, const char *title,
			  struct fig *fig)
{
	struct hist *sum = cmp_zalloc(r->time->nr_cols, sizeof(*sum));

	for (size_t i = 0; i < r->nr_latest; i++) {
		unsigned c = fig_colour(r->time, r->latest[i]->variant);

		if (c < r->time->nr_cols && !strcmp(r->latest[i]->status, "ok"))
			rec_hist_add(&sum[c], &r->latest[i]->hists, path);
	}
	for (unsigned c = 0; c < r->time->nr_cols; c++) {
		struct fig_panel *p;
		struct fig_line *line;

		if (r->time->cols[c].reference || sum[c].n < (uint64_t)2 * HIST_ABOVE * 10)
			continue;
		p = fig_panel_of(fig, title, "ns");
		line = p ? fig_line_of(p, r->time->cols[c].label, c) : NULL;
		if (!line)
			continue;
		p->log = p->nines = true;
		latency_line(line, &sum[c]);
	}
	free(sum);
}

void fig_latency(const struct report *r, struct fig *fig)
{
	char title[128];

	latency_panel(r, REC_HIST_ALLOC, "all allocations", fig);
	latency_panel(r, REC_HIST_FREE, "frees", fig);
	for (size_t p = 0; r->paths.path[p].name; p++) {
		snprintf(title, sizeof(title), "%s (%s path)", r->paths.path[p].name,
			 r->paths.path[p].slow ? "slow" : "fast");
		latency_panel(r, r->paths.path[p].name, title, fig);
	}
	snprintf(fig->why, sizeof(fig->why),
		 "no sample holds enough single operations: the latency pass did not run");
}
