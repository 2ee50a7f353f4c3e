/* SPDX-License-Identifier: GPL-2.0-only */
/* Measured distances: the loops, the arithmetic, one small measurement here. */
#include "numa/chase.h"
#include "numa/measure.h"
#include "tests/support/t_cell.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char why[512];

Test(measure, one_cycle_meets_every_line)
{
	for (size_t lines = 1; lines <= 4097; lines = lines * 3 + 1) {
		size_t bytes = lines * CHASE_LINE, steps = 0;
		char *buffer = aligned_alloc(CHASE_LINE, bytes);
		void *at = buffer;

		cr_assert_eq(chase_link(buffer, bytes, lines), 0);
		do {
			at = chase_walk(at, 1);
			cr_assert_eq(((char *)at - buffer) % CHASE_LINE, 0);
			steps++;
		} while (at != buffer && steps <= lines);
		cr_assert_eq(steps, lines, "back after %zu of %zu", steps, lines);
		cr_assert_eq(chase_walk(buffer, lines), buffer);
		free(buffer);
	}
}

/* Every byte is written, and what is said to be moved is. */
Test(measure, streams_move_all_of_it)
{
	const size_t bytes = 4096;
	uint64_t *buffer = aligned_alloc(256, bytes);

	memset(buffer, 0xff, bytes);
	cr_expect_eq(chase_stream(buffer, bytes, CHASE_READ), bytes);
	cr_expect_eq(buffer[7], UINT64_MAX, "a read changes nothing");
	cr_expect_eq(chase_stream(buffer, bytes, CHASE_WRITE), bytes);
	for (size_t i = 1; i < bytes / 8; i++)
		cr_expect_eq(buffer[i], buffer[0]);
	cr_expect_neq(buffer[0], UINT64_MAX);
	uint64_t before = buffer[0];

	cr_expect_eq(chase_stream(buffer, bytes, CHASE_MIXED), 2 * bytes);
	for (size_t i = 0; i < bytes / 8; i++)
		cr_expect_eq(buffer[i], before + 1);
	free(buffer);
}

/* Three nodes, the third without CPUs. */
static void invent(struct topo_measured *m)
{
	static const double latency[9] = { 80, 130, 300, 120, 100, 250, NAN, NAN, NAN };

	*m = (struct topo_measured){ .nr_nodes = 3, .buffer = 64 << 20, .seconds = 1.5 };
	strcpy(m->when, "2024-05-01T12:00:00Z");
	strcpy(m->huge, "2MiB");
	m->pair = calloc(9, sizeof(*m->pair));
	for (unsigned i = 0; i < 9; i++) {
		for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
			m->pair[i].value[q] = (struct topo_spread){ NAN, NAN, NAN, 0 };
		if (!isnan(latency[i]))
			m->pair[i].value[TOPO_LATENCY] =
				(struct topo_spread){ latency[i], latency[i] - 1, latency[i] + 2,
						      5 };
	}
	strcpy(m->pair[6].reason, "node 2 has no CPU to use");
	strcpy(m->pair[1].flags, "n");
}

Test(measure, distances_follow_latencies)
{
	static const uint16_t want[9] = { 10, 16, 38, 12, 10, 25, 38, 25, 10 };
	struct topo *t = t_topo("synthetic:numa:3 pu:1", NULL);
	struct topo_measured m;
	uint16_t dist[9];

	invent(&m);
	topo_measured_dist(&m, t, dist);
	for (unsigned i = 0; i < 9; i++)
		cr_expect_eq(dist[i], want[i], "%u to %u: %u", i / 3, i % 3, dist[i]);
	/* Nearer than the node itself is no distance; measured in no direction is declared. */
	m.pair[1].value[TOPO_LATENCY].median = 40;
	m.pair[0 * 3 + 2].value[TOPO_LATENCY].median = NAN;
	m.pair[3].value[TOPO_LATENCY].median = 1e6;
	topo_measured_dist(&m, t, dist);
	cr_expect_eq(dist[1], 12);
	cr_expect_eq(dist[2], 20);
	cr_expect_eq(dist[3], 254);
	topo_measured_free(&m);
	topo_free(t);
}

Test(measure, json_and_back)
{
	struct topo *t = t_topo("synthetic:numa:3 pu:1", NULL);
	struct topo_measured m, back;

	invent(&m);
	json_t *json = topo_measured_to_json(&m, t);

	cr_assert_not_null(json);
	cr_assert_eq(topo_measured_from_json(&back, json, 3), 0);
	for (unsigned i = 0; i < 9; i++) {
		const struct topo_spread *a = &m.pair[i].value[TOPO_LATENCY];
		const struct topo_spread *b = &back.pair[i].value[TOPO_LATENCY];

		cr_expect_eq(a->n, b->n);
		cr_expect(a->n ? a->median == b->median && a->p5 == b->p5 && a->p95 == b->p95
			       : isnan(b->median));
		cr_expect_eq(back.pair[i].value[TOPO_READ_ALL].n, 0);
	}
	cr_expect_str_eq(back.pair[6].reason, m.pair[6].reason);
	cr_expect_str_eq(back.pair[1].flags, "n");
	cr_expect_str_eq(back.when, m.when);
	const json_t *none = json_array_get(json_object_get(json, "pairs"), 6);

	cr_expect(json_is_null(json_object_get(none, "latency")), "null, never 0");
	topo_measured_free(&back);
	cr_expect_eq(topo_measured_from_json(&back, json, 2), -EINVAL, "of other nodes");
	json_object_del(json, "pairs");
	cr_expect_eq(topo_measured_from_json(&back, json, 3), -EINVAL);
	json_decref(json);
	topo_measured_free(&m);
	topo_free(t);
}

Test(measure, a_simulated_machine_is_refused)
{
	struct topo *t = t_topo("synthetic:numa:2 pu:1", NULL);
	struct topo_measure_plan plan;

	cr_expect_eq(topo_measure_plan(t, false, &plan, why, sizeof(why)), -EOPNOTSUPP);
	cr_expect(strstr(why, "simulated"), "%s", why);
	topo_free(t);
}

/* A small buffer and three readings: whatever the machine, figures or a reason. */
Test(measure, this_machine)
{
	struct topo *t = t_topo("", NULL);
	struct topo_measure_plan plan;
	struct topo_measured m;

	cr_assert_eq(topo_measure_plan(t, true, &plan, why, sizeof(why)), 0, "%s", why);
	cr_expect_geq(plan.pairs, 1);
	cr_expect_geq(plan.memory, 2 * plan.buffer);
	plan.buffer = 4 << 20;
	plan.repeats = 3;
	cr_assert_eq(topo_measure(t, &plan, &m, why, sizeof(why)), 0, "%s", why);
	for (unsigned i = 0; i < t->nr_nodes * t->nr_nodes; i++) {
		const struct topo_pair *p = &m.pair[i];

		for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++) {
			const struct topo_spread *v = &p->value[q];

			cr_expect(v->n || *p->reason, "%s: neither value nor reason",
				  topo_quantities[q].name);
			cr_expect(!v->n || (v->p5 > 0 && v->p5 <= v->median && v->median <= v->p95),
				  "%s: %g [%g %g]", topo_quantities[q].name, v->median, v->p5,
				  v->p95);
		}
	}
	topo_measured_free(&m);
	topo_free(t);
}
