/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/means.h"

#include "results/cmp_priv.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 400u
#define NO_LINE SIZE_MAX

struct work {
	const struct cmp_table *t;
	unsigned metric;
	struct means *m;
	size_t *line[CMP_MAX_AXES]; /* [nr_rows], by axis; NULL: the axis is left out */
	double *sum;		    /* of logarithms; by line and column */
	double *drawn;		    /* the same of each resample; by line, column, resample */
	double *base, *other;	    /* [RESAMPLES], of one cell */
	double *room;		    /* as many as the samples of a cell */
	gsl_rng *rng;
};

/* Numbers in names count as numbers, as in the order of the rows. */
static int by_label(const void *x, const void *y, void *labels)
{
	const char *const *label = labels;

	return strverscmp(label[*(const size_t *)x], label[*(const size_t *)y]);
}

static void add_line(struct means *m, const char *axis, const char *label)
{
	if ((m->nr & (m->nr - 1)) == 0) { /* full at 0, 1, 2, 4, 8 ... */
		struct mean_line *more = cmp_zalloc(m->nr ? 2 * m->nr : 1, sizeof(*more));

		if (m->nr)
			memcpy(more, m->line, m->nr * sizeof(*more));
		free(m->line);
		m->line = more;
	}
	m->line[m->nr++] = (struct mean_line){ .axis = axis, .label = label };
}

/* Unless all rows have one label, or each row its own. */
static void add_axis(struct work *w, unsigned axis)
{
	const struct cmp_table *t = w->t;
	const char **label = cmp_zalloc(t->nr_rows, sizeof(*label));
	size_t *by = cmp_zalloc(t->nr_rows, sizeof(*by)), labels = 1;

	for (size_t r = 0; r < t->nr_rows; r++) {
		label[r] = t->rows[r].label[axis];
		by[r] = r;
	}
	qsort_r(by, t->nr_rows, sizeof(*by), by_label, label);
	for (size_t i = 1; i < t->nr_rows; i++)
		labels += strcmp(label[by[i]], label[by[i - 1]]) != 0;
	if (labels > 1 && labels < t->nr_rows) {
		w->line[axis] = cmp_zalloc(t->nr_rows, sizeof(*w->line[axis]));
		for (size_t i = 0; i < t->nr_rows; i++) {
			if (!i || strcmp(label[by[i]], label[by[i - 1]]) != 0)
				add_line(w->m, t->axes[axis], label[by[i]]);
			w->line[axis][by[i]] = w->m->nr - 1;
		}
	}
	free(by);
	free(label);
}

static bool is_judged(const struct cmp_table *t, unsigned col)
{
	return !t->cols[col].reference;
}

static bool takes_part(const struct cmp_table *t, unsigned metric, size_t row)
{
	for (unsigned c = 0; c < t->nr_cols; c++) {
		const struct cmp_cell *cell = cmp_at(t, metric, row, c);

		if (is_judged(t, c) && !(cell->n && cell->values[0] > 0 && cell->median > 0))
			return false;
	}
	return true;
}

/* Logarithms of the medians of samples of the same size, drawn with replacement. */
static void draw(struct work *w, const struct cmp_cell *c, double *out)
{
	gsl_rng_set(w->rng, stats_key_seed(w->t->stats.seed, c->key));
	for (unsigned b = 0; b < RESAMPLES; b++) {
		for (size_t i = 0; i < c->n; i++)
			w->room[i] = c->values[gsl_rng_uniform_int(w->rng, c->n)];
		stats_sort(w->room, c->n);
		out[b] = log(stats_median(w->room, c->n));
	}
}

static void add_flags(char flags[16], const char *more)
{
	char out[16] = "";
	size_t n = 0;

	for (const struct rec_flag *f = rec_flags; f->letter && n < 15; f++)
		if (strchr(flags, f->letter) || strchr(more, f->letter))
			out[n++] = f->letter;
	memcpy(flags, out, sizeof(out));
}

/* What a cell adds to one line, with its resamples in w->base and w->other. */
static void add_cell(struct work *w, size_t line, size_t row, unsigned col)
{
	const struct cmp_cell *base = cmp_at(w->t, w->metric, row, 0);
	const struct cmp_cell *c = cmp_at(w->t, w->metric, row, col);
	struct mean *mean = &w->m->line[line].col[col];
	size_t at = line * w->t->nr_cols + col;

	add_flags(mean->flags, base->flags);
	add_flags(mean->flags, c->flags);
	w->sum[at] += log(c->median / base->median);
	for (unsigned b = 0; col && b < RESAMPLES; b++)
		w->drawn[at * RESAMPLES + b] += w->other[b] - w->base[b];
}

/* Lines of a row: of all rows, and of its value of each axis that is shown. */
static size_t line_of(const struct work *w, unsigned k, size_t row)
{
	if (!k)
		return 0;
	return w->line[k - 1] ? w->line[k - 1][row] : NO_LINE;
}

static void add_row(struct work *w, size_t row)
{
	const struct cmp_table *t = w->t;
	bool counts = takes_part(t, w->metric, row);

	for (unsigned k = 0; k <= t->nr_axes; k++) {
		size_t line = line_of(w, k, row);

		if (line == NO_LINE)
			continue;
		w->m->line[line].of++;
		w->m->line[line].rows += counts;
		w->m->line[line].mixed |= counts && t->rows[row].mixed;
	}
	if (!counts)
		return;
	draw(w, cmp_at(t, w->metric, row, 0), w->base);
	for (unsigned c = 0; c < t->nr_cols; c++) {
		if (!is_judged(t, c))
			continue;
		if (c)
			draw(w, cmp_at(t, w->metric, row, c), w->other);
		for (unsigned k = 0; k <= t->nr_axes; k++)
			if (line_of(w, k, row) != NO_LINE)
				add_cell(w, line_of(w, k, row), row, c);
	}
}

/* Ten digits: what logarithms leave behind them differs from one C library to the next. */
static double ratio_of(double sum, size_t rows)
{
	char text[32];

	snprintf(text, sizeof(text), "%.10g", exp(sum / (double)rows));
	return strtod(text, NULL);
}

static void finish(struct work *w, size_t line, unsigned col)
{
	const struct mean_line *l = &w->m->line[line];
	size_t at = line * w->t->nr_cols + col;
	double *drawn = w->drawn + at * RESAMPLES, alpha = w->t->stats.alpha;
	struct mean *m = &l->col[col];

	m->value = m->lo = m->hi = (double)NAN;
	if (w->t->simulated)
		add_flags(m->flags, "s");
	if (!l->rows || !is_judged(w->t, col))
		return;
	m->value = ratio_of(w->sum[at], l->rows);
	if (w->t->metrics[w->metric].pooled)
		return;
	stats_sort(drawn, RESAMPLES);
	m->lo = ratio_of(stats_quantile(drawn, RESAMPLES, alpha / 2), l->rows);
	m->hi = ratio_of(stats_quantile(drawn, RESAMPLES, 1 - alpha / 2), l->rows);
}

/* Room for the sums of all lines, and for the samples of the largest cell. */
static void open_work(struct work *w)
{
	const struct cmp_table *t = w->t;
	size_t cells = w->m->nr * t->nr_cols, most = 1;

	for (size_t i = 0; i < t->nr_rows * t->nr_cols; i++) {
		size_t n = cmp_at(t, w->metric, 0, 0)[i].n;

		most = n > most ? n : most;
	}
	w->m->mean = cmp_zalloc(cells, sizeof(*w->m->mean));
	for (size_t l = 0; l < w->m->nr; l++)
		w->m->line[l].col = w->m->mean + l * t->nr_cols;
	w->sum = cmp_zalloc(cells, sizeof(*w->sum));
	w->drawn = cmp_zalloc(cells * RESAMPLES, sizeof(*w->drawn));
	w->base = cmp_zalloc(RESAMPLES, sizeof(*w->base));
	w->other = cmp_zalloc(RESAMPLES, sizeof(*w->other));
	w->room = cmp_zalloc(most, sizeof(*w->room));
	w->rng = gsl_rng_alloc(gsl_rng_mt19937);
}

static void close_work(struct work *w)
{
	gsl_rng_free(w->rng);
	free(w->room);
	free(w->other);
	free(w->base);
	free(w->drawn);
	free(w->sum);
	for (unsigned a = 0; a < CMP_MAX_AXES; a++)
		free(w->line[a]);
}

static bool says_something(const struct cmp_table *t, unsigned metric)
{
	const struct cmp_metric *m = &t->metrics[metric];
	unsigned judged = 0;
	bool any = false;

	for (unsigned c = 0; c < t->nr_cols; c++)
		judged += is_judged(t, c);
	for (size_t r = 0; r < t->nr_rows && !any; r++)
		any = cmp_at(t, metric, r, 0)->n > 0;
	return any && judged > 1 && t->nr_rows > 1 && m->better != '-' &&
	       !(m->group && !strcmp(m->group->name, "stats"));
}

void means_build(struct means *m, const struct cmp_table *t, unsigned metric)
{
	struct work w = { .t = t, .metric = metric, .m = m };
	bool any = false;

	*m = (struct means){ .nr = 0 };
	if (!says_something(t, metric))
		return;
	for (size_t r = 0; r < t->nr_rows && !any; r++)
		any = takes_part(t, metric, r);
	add_line(m, NULL, NULL);
	for (unsigned a = 0; any && a < t->nr_axes; a++)
		add_axis(&w, a);
	open_work(&w);
	for (size_t r = 0; r < t->nr_rows; r++)
		add_row(&w, r);
	for (size_t l = 0; l < m->nr; l++)
		for (unsigned c = 0; c < t->nr_cols; c++)
			finish(&w, l, c);
	close_work(&w);
}

void means_free(struct means *m)
{
	free(m->line);
	free(m->mean);
	*m = (struct means){ .nr = 0 };
}
