/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/stats_stop.h"

#include <math.h>

double stats_halfwidth(const double *log_ratio, size_t n, double level)
{
	double lo, hi;

	return stats_walsh_interval(log_ratio, n, level, &lo, &hi) ? expm1((hi - lo) / 2)
								   : (double)INFINITY;
}

/* Looks cost more and tell less as rounds grow; each is after as many forwards as backwards. */
static bool is_look(size_t n)
{
	return n % (n < 24 ? 2 : n < 48 ? 4 : 8) == 0;
}

enum stats_enough stats_stop_look(const struct stats_stop *s, const double *log_ratio, size_t n)
{
	if (n >= s->max)
		return STATS_MAX;
	if (n < s->min || !is_look(n))
		return STATS_MORE;
	return stats_halfwidth(log_ratio, n, s->level) <= s->halfwidth ? STATS_NARROW : STATS_MORE;
}
