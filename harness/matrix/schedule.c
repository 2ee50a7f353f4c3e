/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/matrix/schedule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void shuffle(uint32_t *v, size_t nr, struct rng *rng)
{
	for (size_t i = nr; i > 1; i--) {
		size_t j = rng_below(rng, i);
		uint32_t swap = v[i - 1];

		v[i - 1] = v[j];
		v[j] = swap;
	}
}

/* Supported cells of one group. */
static size_t group_members(const struct matrix_cells *cells, uint32_t group, uint32_t *member)
{
	size_t nr = 0;

	for (size_t i = 0; i < cells->nr; i++)
		if (cells->cell[i].group == group && cells->cell[i].supported)
			member[nr++] = (uint32_t)i;
	return nr;
}

static void add_group(struct sched *s, uint32_t *member, size_t nr, unsigned samples,
		      struct rng *rng)
{
	shuffle(member, nr, rng);
	for (unsigned sample = 0; sample < samples; sample++)
		for (size_t i = 0; i < nr; i++)
			s->slot[s->nr++] = (struct sched_slot){
				.cell = member[sample % 2 ? nr - 1 - i : i],
				.sample = sample,
			};
}

int sched_build(struct sched *s, const struct matrix_cells *cells, unsigned samples, uint64_t seed)
{
	uint32_t *group = calloc(cells->nr_groups + 1, sizeof(*group));
	uint32_t *member = calloc(cells->nr + 1, sizeof(*member));
	struct rng rng;

	memset(s, 0, sizeof(*s));
	s->slot = calloc(cells->nr * samples + 1, sizeof(s->slot[0]));
	if (!group || !member || !s->slot) {
		free(group);
		free(member);
		sched_free(s);
		return -ENOMEM;
	}
	rng_seed(&rng, seed, 0);
	for (uint32_t g = 0; g < cells->nr_groups; g++)
		group[g] = g;
	shuffle(group, cells->nr_groups, &rng);
	for (uint32_t g = 0; g < cells->nr_groups; g++) {
		size_t nr = group_members(cells, group[g], member);

		/* A stream per group: a filter leaves the order of the others alone. */
		rng_seed(&rng, seed, group[g] + 1ull);
		add_group(s, member, nr, samples, &rng);
	}
	free(group);
	free(member);
	return 0;
}

int sched_append(struct sched *s, uint32_t cell, uint32_t sample)
{
	struct sched_slot *more = realloc(s->slot, (s->nr + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->slot = more;
	s->slot[s->nr++] = (struct sched_slot){ .cell = cell, .sample = sample };
	return 0;
}

void sched_free(struct sched *s)
{
	free(s->slot);
	memset(s, 0, sizeof(*s));
}

bool sched_finished(const char *status)
{
	return !strcmp(status, "ok") || !strcmp(status, "invalid");
}

static int compare_hashes(const void *a, const void *b)
{
	const struct record *const *ra = a, *const *rb = b;
	int order = strcmp((*ra)->cell, (*rb)->cell);

	if (order)
		return order;
	return ((*ra)->sample > (*rb)->sample) - ((*ra)->sample < (*rb)->sample);
}

int sched_resume(struct sched *s, const struct matrix_cells *cells,
		 const struct record *const *have, size_t nr)
{
	const struct record **sorted = calloc(nr + 1, sizeof(const struct record *));
	struct record *key = malloc(sizeof(*key));
	size_t kept = 0;

	if (!sorted || !key) {
		free(sorted);
		free(key);
		return -ENOMEM;
	}
	rec_init(key);
	for (size_t i = 0; i < nr; i++)
		if (sched_finished(have[i]->status))
			sorted[kept++] = have[i];
	qsort(sorted, kept, sizeof(const struct record *), compare_hashes);
	for (size_t i = 0; i < s->nr; i++) {
		const struct record *wanted = key;

		snprintf(key->cell, sizeof(key->cell), "%s", cells->cell[s->slot[i].cell].hash);
		key->sample = s->slot[i].sample;
		if (!bsearch(&wanted, sorted, kept, sizeof(const struct record *), compare_hashes))
			continue;
		s->nr_done += !s->slot[i].done;
		s->slot[i].done = true;
	}
	free(sorted);
	free(key);
	return 0;
}

uint64_t sched_seed(uint64_t seed, unsigned sample)
{
	struct rng rng;

	rng_seed(&rng, seed, 0x5eed0000ull + sample);
	return rng_next(&rng) >> 11; /* 53 bits: exact in every JSON reader */
}

int sched_times_init(struct sched_times *t, const struct matrix_cells *cells)
{
	memset(t, 0, sizeof(*t));
	t->cells = cells;
	t->cell = calloc(cells->nr + 1, sizeof(t->cell[0]));
	t->group = calloc(cells->nr_groups + 1, sizeof(t->group[0]));
	if (t->cell && t->group)
		return 0;
	sched_times_free(t);
	return -ENOMEM;
}

void sched_times_free(struct sched_times *t)
{
	free(t->cell);
	free(t->group);
	memset(t, 0, sizeof(*t));
}

void sched_times_add(struct sched_times *t, size_t cell, double seconds)
{
	struct sched_mean *means[] = { &t->all, &t->cell[cell],
				       &t->group[t->cells->cell[cell].group] };

	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++) {
		means[i]->sum += seconds;
		means[i]->nr++;
	}
}

/*
 * Before anything was measured: rough costs of populating memory and of one
 * operation, for each pass (time, paths, null, frag, latency, one for each counter group).
 */
static double prior(const struct matrix_cell *mc)
{
	const double start = 0.02, bytes_per_s = 2e9, s_per_op = 60e-9;
	double passes = 5;

	for (unsigned i = 0; mc->cell.groups[i]; i++)
		passes++;
	return start + passes * ((double)mc->need.total / bytes_per_s +
				 (double)mc->cell.max_ops * s_per_op);
}

double sched_estimate(const struct sched_times *t, size_t cell)
{
	const struct matrix_cell *mc = &t->cells->cell[cell];
	const struct sched_mean *means[] = { &t->cell[cell], &t->group[mc->group], &t->all };

	for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		if (means[i]->nr)
			return means[i]->sum / means[i]->nr;
	return prior(mc);
}

double sched_left(const struct sched_times *t, const struct sched *s, size_t from)
{
	double sum = 0;

	for (size_t i = from; i < s->nr; i++)
		if (!s->slot[i].done)
			sum += sched_estimate(t, s->slot[i].cell);
	return sum;
}
