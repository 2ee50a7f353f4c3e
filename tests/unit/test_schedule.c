/* SPDX-License-Identifier: GPL-2.0-only */
/* The order of samples, and what a resumed run does again. */
#include "harness/matrix/schedule.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS 5
#define VARIANTS 3
#define SAMPLES 8

static struct matrix_cell cell[GROUPS * VARIANTS];
static struct matrix_cells cells = { GROUPS * VARIANTS, GROUPS, cell };

static void setup(void)
{
	memset(cell, 0, sizeof(cell));
	for (unsigned i = 0; i < GROUPS * VARIANTS; i++) {
		cell[i].group = i / VARIANTS;
		cell[i].supported = true;
		snprintf(cell[i].hash, sizeof(cell[i].hash), "%016x", i);
	}
}

Test(schedule, each_sample_once, .init = setup)
{
	unsigned seen[GROUPS * VARIANTS][SAMPLES] = { { 0 } };
	struct sched s;

	cr_assert_eq(sched_build(&s, &cells, SAMPLES, t_seed()), 0);
	cr_assert_eq(s.nr, GROUPS * VARIANTS * SAMPLES);
	for (size_t i = 0; i < s.nr; i++)
		seen[s.slot[i].cell][s.slot[i].sample]++;
	for (unsigned c = 0; c < GROUPS * VARIANTS; c++)
		for (unsigned k = 0; k < SAMPLES; k++)
			cr_expect_eq(seen[c][k], 1, "cell %u sample %u", c, k);
	sched_free(&s);
}

Test(schedule, variants_are_interleaved, .init = setup)
{
	struct sched s;

	cr_assert_eq(sched_build(&s, &cells, SAMPLES, t_seed()), 0);
	for (size_t g = 0; g < s.nr; g += VARIANTS * SAMPLES) {
		const struct sched_slot *slot = &s.slot[g];

		for (unsigned i = 0; i < VARIANTS * SAMPLES; i++) {
			unsigned k = i / VARIANTS, at = i % VARIANTS;

			/* a group is measured in one piece */
			cr_expect_eq(cell[slot[i].cell].group, cell[slot[0].cell].group);
			cr_expect_eq(slot[i].sample, k);
			/* forwards, then backwards */
			cr_expect_eq(slot[i].cell, slot[k % 2 ? VARIANTS - 1 - at : at].cell);
		}
	}
	sched_free(&s);
}

Test(schedule, a_function_of_the_seed, .init = setup)
{
	uint64_t seed = t_seed();
	struct sched a, b, c;
	bool differs = false;

	cr_assert_eq(sched_build(&a, &cells, SAMPLES, seed), 0);
	cr_assert_eq(sched_build(&b, &cells, SAMPLES, seed), 0);
	for (size_t i = 0; i < a.nr; i++)
		cr_expect_eq(a.slot[i].cell, b.slot[i].cell);
	for (uint64_t other = seed + 1; other < seed + 20 && !differs; other++) {
		cr_assert_eq(sched_build(&c, &cells, SAMPLES, other), 0);
		for (size_t i = 0; i < a.nr; i++)
			differs |= a.slot[i].cell != c.slot[i].cell;
		sched_free(&c);
	}
	cr_expect(differs, "twenty seeds gave one order");
	sched_free(&a);
	sched_free(&b);
}

Test(schedule, unsupported_cells_have_no_turn, .init = setup)
{
	struct sched s;

	cell[4].supported = false;
	cr_assert_eq(sched_build(&s, &cells, SAMPLES, t_seed()), 0);
	cr_expect_eq(s.nr, (GROUPS * VARIANTS - 1) * SAMPLES);
	for (size_t i = 0; i < s.nr; i++)
		cr_expect_neq(s.slot[i].cell, 4);
	sched_free(&s);
}

/* What is measured stays; what failed, is missing or has changed is done again. */
Test(schedule, resume, .init = setup)
{
	static const struct {
		const char *status;
		bool done;
	} rows[] = {
		{ "ok", true },		  { "invalid", true },	      { "crashed", false },
		{ "timeout", false },	  { "out-of-memory", false }, { "failed", false },
		{ "unsupported", false },
	};
	const size_t nr = sizeof(rows) / sizeof(rows[0]);
	struct record *r = calloc(nr + 1, sizeof(*r));
	const struct record *have[sizeof(rows) / sizeof(rows[0]) + 1];
	struct sched s;

	for (size_t i = 0; i <= nr; i++) {
		rec_init(&r[i]);
		snprintf(r[i].cell, sizeof(r[i].cell), "%s", cell[i].hash);
		snprintf(r[i].status, sizeof(r[i].status), "%s", i < nr ? rows[i].status : "ok");
		r[i].sample = 3;
		have[i] = &r[i];
	}
	snprintf(r[nr].cell, sizeof(r[nr].cell), "another hash");
	cr_assert_eq(sched_build(&s, &cells, SAMPLES, t_seed()), 0);
	cr_assert_eq(sched_resume(&s, &cells, have, nr + 1), 0);
	cr_expect_eq(s.nr_done, 2);
	for (size_t i = 0; i < s.nr; i++) {
		bool want =
			s.slot[i].sample == 3 && s.slot[i].cell < nr && rows[s.slot[i].cell].done;

		cr_expect_eq(s.slot[i].done, want, "cell %u sample %u", s.slot[i].cell,
			     s.slot[i].sample);
	}
	sched_free(&s);
	free(r);
}

Test(schedule, seeds)
{
	for (unsigned i = 0; i < 100; i++) {
		cr_expect_lt(sched_seed(1, i), 1ull << 53);
		cr_expect_eq(sched_seed(1, i), sched_seed(1, i));
		cr_expect_neq(sched_seed(1, i), sched_seed(2, i));
		for (unsigned j = 0; j < i; j++)
			cr_expect_neq(sched_seed(1, i), sched_seed(1, j));
	}
}

/* The nearest thing that was measured is the best guess. */
Test(schedule, times, .init = setup)
{
	struct sched_times t;
	struct sched s;

	cr_assert_eq(sched_times_init(&t, &cells), 0);
	cr_assert_eq(sched_build(&s, &cells, 2, 1), 0);
	sched_times_add(&t, 0, 1);
	sched_times_add(&t, 0, 3);
	sched_times_add(&t, 3, 8);
	cr_expect_float_eq(sched_estimate(&t, 0), 2, 1e-9, "own mean");
	cr_expect_float_eq(sched_estimate(&t, 1), 2, 1e-9, "mean of the group");
	cr_expect_float_eq(sched_estimate(&t, 4), 8, 1e-9, "mean of the group");
	cr_expect_float_eq(sched_estimate(&t, 9), 4, 1e-9, "mean of all");
	/* two groups were seen, three were not: 2 samples of 3 cells each */
	cr_expect_float_eq(sched_left(&t, &s, 0), 6 * 2 + 6 * 8 + 3 * 6 * 4, 1e-9);
	s.slot[s.nr - 1].done = true;
	double last = sched_estimate(&t, s.slot[s.nr - 1].cell);

	cr_expect_float_eq(sched_left(&t, &s, 0), 132 - last, 1e-9);
	sched_free(&s);
	sched_times_free(&t);
}
