/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/hist.h"

#include <math.h>

const struct hist_level hist_levels[HIST_NR_LEVELS] = {
	{ "p50", 2 }, { "p90", 10 }, { "p99", 100 }, { "p99.9", 1000 }, { "p99.99", 10000 },
};

/* In units. */
static uint64_t low_of(unsigned bucket)
{
	if (bucket < 2 * HIST_SUB)
		return bucket;
	unsigned shift = bucket / HIST_SUB - 1;

	return (uint64_t)(bucket - shift * HIST_SUB) << shift;
}

double hist_low(unsigned bucket)
{
	return (double)low_of(bucket) / HIST_PER_NS;
}

double hist_middle(unsigned bucket)
{
	return (double)(low_of(bucket) + low_of(bucket + 1) - 1) / (2 * HIST_PER_NS);
}

void hist_merge(struct hist *to, const struct hist *from)
{
	to->n += from->n;
	to->over += from->over;
	to->max = from->max > to->max ? from->max : to->max;
	for (unsigned b = 0; b < HIST_BUCKETS; b++)
		to->count[b] += from->count[b];
}

uint64_t hist_needs(const struct hist_level *level)
{
	return HIST_ABOVE * level->one_in;
}

double hist_max(const struct hist *h)
{
	return h->n ? (double)h->max / HIST_PER_NS : (double)NAN;
}

double hist_quantile(const struct hist *h, uint64_t one_in)
{
	uint64_t rank = h->n - h->n / one_in, seen = 0;

	if (!h->n)
		return (double)NAN;
	for (unsigned b = 0; b < HIST_BUCKETS; b++) {
		seen += h->count[b];
		if (seen < rank)
			continue;
		return hist_middle(b) < hist_max(h) ? hist_middle(b) : hist_max(h);
	}
	return hist_max(h);
}
