/* SPDX-License-Identifier: GPL-2.0-only */
/* What the figures of a report show. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct fig_panel *fig_add(struct fig *fig)
{
	if (!fig->panel)
		fig->panel = cmp_zalloc(FIG_MAX_PANELS, sizeof(*fig->panel));
	if (fig->nr < FIG_MAX_PANELS)
		return &fig->panel[fig->nr++];
	fig->left_out++;
	return NULL;
}

void fig_put(struct fig_line *line, struct fig_point p)
{
	struct fig_point *grown = cmp_zalloc(line->nr + 1, sizeof(p));

	if (line->nr)
		memcpy(grown, line->point, line->nr * sizeof(p));
	grown[line->nr++] = p;
	free(line->point);
	line->point = grown;
}

void fig_free(struct fig *fig)
{
	for (unsigned p = 0; p < fig->nr; p++)
		for (unsigned l = 0; l < fig->panel[p].nr; l++)
			free(fig->panel[p].line[l].point);
	free(fig->panel);
}

struct fig_line *fig_line_of(struct fig_panel *p, const char *label, unsigned colour)
{
	for (unsigned l = 0; l < p->nr; l++)
		if (!strcmp(p->line[l].label, label))
			return &p->line[l];
	if (p->nr == FIG_MAX_LINES)
		return NULL;
	p->line[p->nr] = (struct fig_line){ .label = label, .colour = colour };
	return &p->line[p->nr++];
}

struct fig_panel *fig_panel_of(struct fig *fig, const char *title, const char *unit)
{
	for (unsigned p = 0; p < fig->nr; p++)
		if (!strcmp(fig->panel[p].title, title))
			return &fig->panel[p];
	struct fig_panel *new = fig_add(fig);

	if (new) {
		snprintf(new->title, sizeof(new->title), "%s", title);
		new->unit = unit;
	}
	return new;
}

/* A row's axes in words, without the threads; those as a number. */
static double row_title(const struct cmp_table *t, size_t row, char *title, size_t len)
{
	double threads = (double)NAN;
	size_t n = 0;

	title[0] = 0;
	for (unsigned a = 0; a < t->nr_axes; a++) {
		const char *label = t->rows[row].label[a];
		bool bare = !strcmp(t->axes[a], "workload") || !strcmp(t->axes[a], "params");

		if (!strcmp(t->axes[a], "threads"))
			threads = strtod(label, NULL);
		else if (label[0] && n < len)
			n += (size_t)snprintf(title + n, len - n, "%s%s%s", n ? " " : "",
					      bare ? "" : t->axes[a], bare ? "" : " ") +
			     (size_t)snprintf(title + strlen(title), len - strlen(title), "%s",
					      label);
	}
	return threads;
}

static void by_x(struct fig_line *line)
{
	for (size_t i = 1; i < line->nr; i++)
		for (size_t k = i; k && line->point[k].x < line->point[k - 1].x; k--) {
			struct fig_point p = line->point[k];

			line->point[k] = line->point[k - 1];
			line->point[k - 1] = p;
		}
}

static void time_figure(struct report *r)
{
	const struct cmp_table *t = r->time;
	struct fig *fig = &r->figs[FIG_TIME];
	char title[2 * REC_TEXT];

	for (size_t row = 0; row < t->nr_rows; row++) {
		double threads = row_title(t, row, title, sizeof(title));

		for (unsigned c = 0; c < t->nr_cols; c++) {
			const struct cmp_cell *cell = cmp_at(t, 0, row, c);
			struct fig_panel *p = cell->n ? fig_panel_of(fig, title, "ns/op") : NULL;
			struct fig_line *line = p ? fig_line_of(p, t->cols[c].label, c) : NULL;

			if (!line)
				continue;
			p->log = true;
			line->ideal = !t->cols[c].reference;
			fig_put(line,
				(struct fig_point){ isnan(threads) ? 1 : threads, cell->median,
						    stats_quantile(cell->values, cell->n, 0.25),
						    stats_quantile(cell->values, cell->n, 0.75) });
			by_x(line);
		}
	}
	snprintf(fig->why, sizeof(fig->why), "no sample has a time: see the statuses in the table");
}

/* A path's share of what the mean allocation costs; NaN: no cost was measured. */
static double contribution(const struct paths *s, size_t path, unsigned col)
{
	double cost = paths_median(s, path, col, PATHS_NS, NULL);

	return cost * paths_at(s, path, col)->ops / s->all[col];
}

static void paths_figure(struct report *r)
{
	const struct paths *s = &r->paths;
	struct fig *fig = &r->figs[FIG_PATHS];
	struct fig_panel *panel = NULL;
	unsigned colour = 0;

	fig->names = r->time;
	for (size_t p = 0; p < s->nr_paths; p++) {
		struct fig_line *line = NULL;

		if (s->passed[p] || !paths_used(s, p))
			continue;
		for (unsigned c = 0; c < r->time->nr_cols; c++) {
			double ns = paths_shown(s, c) ? contribution(s, p, c) : (double)NAN;

			if (!(ns > 0))
				continue;
			if (!panel)
				panel = fig_add(fig);
			panel->unit = "ns per allocation";
			if (!line)
				line = fig_line_of(panel, s->path[p].name, colour++);
			if (line)
				fig_put(line,
					(struct fig_point){ c, ns, (double)NAN, (double)NAN });
		}
	}
	snprintf(fig->why, sizeof(fig->why),
		 "no sample holds the cost of a path: the pass that times paths did not run");
}

unsigned fig_colour(const struct cmp_table *t, const char *variant)
{
	unsigned c = 0;

	while (c < t->nr_cols && strcmp(t->cols[c].label, variant) != 0)
		c++;
	return c;
}

static unsigned column(const struct rec_series *s, const char *name)
{
	unsigned c = 0;

	while (c < s->nr_cols && strcmp(s->col[c], name) != 0)
		c++;
	return c;
}

/* One sample of each cell: the points of different ones do not lie at the same requests. */
static void series_line(struct report *r, struct fig *fig, const struct record *rec,
			const char *name, const char *unit)
{
	const struct rec_series *s = &rec->series;
	unsigned col = column(s, name), at = column(s, "requests");
	char title[3 * REC_TEXT];

	if (rec->sample || strcmp(rec->status, "ok") != 0 || !s->nr_points || col == s->nr_cols ||
	    at == s->nr_cols)
		return;
	snprintf(title, sizeof(title), "%s%s%s order %llu, %llu thread%s", rec->workload,
		 rec->params[0] ? " " : "", rec->params, (unsigned long long)rec->order,
		 (unsigned long long)rec->threads, rec->threads == 1 ? "" : "s");
	struct fig_panel *p = fig_panel_of(fig, title, unit);
	struct fig_line *line =
		p ? fig_line_of(p, rec->variant, fig_colour(r->time, rec->variant)) : NULL;

	/* Variants go through the same phases; the first one's marks stand for all. */
	if (p && !p->nr_marks) {
		p->nr_marks = s->nr_marks;
		p->mark = s->mark;
	}
	for (unsigned i = 0; line && i < s->nr_points; i++)
		if (isfinite(s->point[i][col]))
			fig_put(line, (struct fig_point){ s->point[i][at], s->point[i][col],
							  (double)NAN, (double)NAN });
	if (line)
		by_x(line);
}

static void series_figure(struct report *r, struct fig *fig, const char *name, const char *unit)
{
	bool aims = false;

	/* Of workloads that aim at nothing fragmentation is no news. */
	for (size_t i = 0; i < r->nr_latest; i++)
		aims |= r->latest[i]->target[0] && r->latest[i]->series.nr_points;
	for (size_t i = 0; i < r->nr_latest; i++)
		if (!aims || r->latest[i]->target[0])
			series_line(r, fig, r->latest[i], name, unit);
	snprintf(fig->why, sizeof(fig->why), "no sample that counts has a series of %s", name);
}

void report_figures(struct report *r)
{
	static const struct fig empty[NR_FIGS] = {
		[FIG_TIME] = { .id = "time",
			       .data = "compare --format csv",
			       .title = "Time of an operation against threads",
			       .caption =
				       "Median over the samples; the short upright stroke is the "
				       "middle half of them. Dotted: perfect scaling, "
				       "the time of the fewest threads kept. Lower is better.",
			       .xlabel = "threads" },
		[FIG_SWEEP] = { .id = "sweep",
				.data = "compare --sweep",
				.title = "What the value of a tunable buys",
				.caption =
					"By the value that the variant has: median over the "
					"samples "
					"with its 95&nbsp;% interval as a band; a 99th percentile "
					"is "
					"that of all samples' operations together, its band a "
					"bootstrap interval over the samples. Dashed: the variant "
					"without the override.",
				.xlabel = "value" },
		[FIG_PATHS] = { .id = "paths",
				.data = "compare --metric path:pcp_hit,cost:pcp_hit.ns",
				.title = "What the mean allocation costs, by path",
				.caption = "Share of each path times the median cost of one "
					   "allocation on it, fast paths first.",
				.xlabel = "ns per allocation",
				.bars = true },
		[FIG_LATENCY] = { .id = "latency",
				  .data = "compare --metric latency:p99.alloc",
				  .title = "How long single operations take",
				  .caption = "Each point: so much of the operations on that path "
					     "took no longer. All samples and all cells of a "
					     "variant together, single operations timed at random, "
					     "the cost of timing subtracted. A curve ends where "
					     "fewer than ten operations lie beyond. Lower is "
					     "better.",
				  .xlabel = "percentile of the operations" },
		[FIG_FRAG] = { .id = "fragmentation",
			       .data = "compare --series",
			       .title = "Free memory that order 9 cannot use",
			       .caption = "Fu(9) along the requests: 0 none, 1 all of the free "
					  "memory. The first sample of each cell; strokes: where "
					  "its phases begin. Lower is better.",
			       .xlabel = "requests" },
		[FIG_POLLUTED] = { .id = "polluted",
				   .data = "compare --series",
				   .title = "Pageblocks with frames of another type",
				   .caption = "Along the requests, the first sample of each cell. "
					      "Lower is better.",
				   .xlabel = "requests" },
	};

	memcpy(r->figs, empty, sizeof(empty));
	time_figure(r);
	fig_sweep(r, &r->figs[FIG_SWEEP]);
	fig_latency(r, &r->figs[FIG_LATENCY]);
	paths_figure(r);
	series_figure(r, &r->figs[FIG_FRAG], "Fu(9)", "Fu(9)");
	series_figure(r, &r->figs[FIG_POLLUTED], "polluted", "pageblocks");
}
