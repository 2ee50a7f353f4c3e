/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/means.h"

#include "results/cmp_priv.h"

#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RESAMPLES 400u

const char *means_label(const struct cmp_table *t, unsigned axis, unsigned n)
{
	for (size_t r = 0; r < t->nr_rows; r++) {
		size_t before = 0;

		while (before < r &&
		       strcmp(t->rows[before].label[axis], t->rows[r].label[axis]) != 0)
			before++;
		if (before == r && !n--)
			return t->rows[r].label[axis];
	}
	return NULL;
}

static bool takes_part(const struct cmp_table *t, size_t row, unsigned col, unsigned axis,
		       const char *label)
{
	return (!label || !strcmp(t->rows[row].label[axis], label)) && cmp_at(t, 0, row, 0)->n &&
	       cmp_at(t, 0, row, col)->n && cmp_at(t, 0, row, 0)->values[0] > 0 &&
	       cmp_at(t, 0, row, col)->values[0] > 0;
}

/* Median of a sample of the same size, drawn with replacement. */
static double drawn(const struct cmp_cell *c, double *room, gsl_rng *rng)
{
	for (size_t i = 0; i < c->n; i++)
		room[i] = c->values[gsl_rng_uniform_int(rng, c->n)];
	stats_sort(room, c->n);
	return stats_median(room, c->n);
}

static size_t most_samples(const struct cmp_table *t)
{
	size_t most = 1;

	for (size_t i = 0; i < t->nr_metrics * t->nr_rows * t->nr_cols; i++)
		most = t->cells[i].n > most ? t->cells[i].n : most;
	return most;
}

struct mean means_of(const struct cmp_table *t, unsigned col, unsigned axis, const char *label)
{
	struct mean m = { .value = (double)NAN, .lo = (double)NAN, .hi = (double)NAN };
	double *room = cmp_zalloc(most_samples(t), sizeof(*room));
	double *mean = cmp_zalloc(RESAMPLES, sizeof(*mean)), sum = 0;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_rng_set(rng, (unsigned long)t->stats.seed);
	for (size_t r = 0; r < t->nr_rows; r++) {
		const struct cmp_cell *base = cmp_at(t, 0, r, 0), *c = cmp_at(t, 0, r, col);

		if (!takes_part(t, r, col, axis, label))
			continue;
		m.rows++;
		sum += log(c->median / base->median);
		for (unsigned b = 0; col && b < RESAMPLES; b++)
			mean[b] += log(drawn(c, room, rng) / drawn(base, room, rng));
	}
	if (m.rows) {
		m.value = exp(sum / (double)m.rows);
		stats_sort(mean, RESAMPLES);
		m.lo = exp(stats_quantile(mean, RESAMPLES, t->stats.alpha / 2) / (double)m.rows);
		m.hi = exp(stats_quantile(mean, RESAMPLES, 1 - t->stats.alpha / 2) /
			   (double)m.rows);
	}
	gsl_rng_free(rng);
	free(room);
	free(mean);
	return m;
}
