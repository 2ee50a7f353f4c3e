/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/stretch.h"

#include <stdlib.h>

void stretch_start(struct stretches *s, uint64_t least)
{
	*s = (struct stretches){ .least = least };
}

static void merge_neighbours(struct stretches *s)
{
	for (unsigned i = 0; i < STRETCH_MAX / 2; i++) {
		s->v[i].ns = s->v[2 * i].ns + s->v[2 * i + 1].ns;
		s->v[i].ops = s->v[2 * i].ops + s->v[2 * i + 1].ops;
	}
	for (unsigned i = STRETCH_MAX / 2; i <= STRETCH_MAX; i++)
		s->v[i] = (struct stretch){ 0 };
	s->nr = STRETCH_MAX / 2;
	s->least *= 2;
}

void stretch_add(struct stretches *s, double ns, uint64_t ops)
{
	if (s->nr == STRETCH_MAX)
		merge_neighbours(s);
	s->v[s->nr].ns += ns;
	s->v[s->nr].ops += ops;
	s->nr += s->v[s->nr].ops >= s->least;
}

static bool cut_alike(const struct stretches *a, const struct stretches *b)
{
	for (unsigned i = 0; i <= a->nr; i++)
		if (a->v[i].ops != b->v[i].ops)
			return false;
	return a->nr == b->nr;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The middle one, of an even number the lower of both. */
static double pick(double *ns, unsigned nr, bool median)
{
	qsort(ns, nr, sizeof(*ns), by_value);
	return ns[median ? (nr - 1) / 2 : 0];
}

bool stretch_quiet(const struct stretches *s, unsigned step, unsigned nr, bool median, double slow,
		   struct stretch_sum *sum)
{
	double *ns = nr ? calloc(nr, sizeof(*ns)) : NULL;
	bool ok = ns;

	for (unsigned k = 1; ok && k < nr; k++)
		ok = cut_alike(s, s + (size_t)k * step);
	for (unsigned i = 0; ok && i <= s->nr; i++) {
		if (!s->v[i].ops)
			continue;
		for (unsigned k = 0; k < nr; k++)
			ns[k] = s[(size_t)k * step].v[i].ns;
		double quiet = pick(ns, nr, median);

		sum->ns += quiet;
		sum->all += nr;
		for (unsigned k = 0; k < nr; k++)
			sum->slow += ns[k] > slow * quiet;
	}
	free(ns);
	return ok;
}
