/* SPDX-License-Identifier: GPL-2.0-only */
/* Epochs of a phase. */
#include "harness/engine/engine_epochs.h"

#include <math.h>
#include <stdlib.h>

/* A phase that is not `on` leaves the epochs of the last one that was. */
void epochs_start(struct epochs *e, bool on)
{
	if (on)
		*e = (struct epochs){ .batches = 1 };
	e->on = on;
}

static void merge_neighbours(struct epochs *e)
{
	for (unsigned i = 0; i < EPOCHS_MAX / 2; i++) {
		e->epoch[i].ns = e->epoch[2 * i].ns + e->epoch[2 * i + 1].ns;
		e->epoch[i].ops = e->epoch[2 * i].ops + e->epoch[2 * i + 1].ops;
	}
	for (unsigned i = EPOCHS_MAX / 2; i <= EPOCHS_MAX; i++)
		e->epoch[i].ns = e->epoch[i].ops = 0;
	e->nr = EPOCHS_MAX / 2;
	e->batches *= 2;
}

void epochs_add(struct epochs *e, uint64_t ns, uint64_t ops)
{
	if (!e->on)
		return;
	if (e->nr == EPOCHS_MAX)
		merge_neighbours(e);
	e->epoch[e->nr].ns += ns;
	e->epoch[e->nr].ops += ops;
	if (++e->in_last == e->batches) {
		e->in_last = 0;
		e->nr++;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double epochs_spread(const struct epochs *e)
{
	double v[EPOCHS_MAX];

	if (e->nr < EPOCHS_MIN)
		return NAN;
	for (unsigned i = 0; i < e->nr; i++)
		v[i] = (double)e->epoch[i].ns / (double)e->epoch[i].ops;
	qsort(v, e->nr, sizeof(v[0]), by_value);
	return (v[e->nr * 3 / 4] - v[e->nr / 4]) / v[e->nr / 2];
}
