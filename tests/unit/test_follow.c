/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that follow their users, on a machine that got a node more than it has:
 * node 0 is none that the kernel knows, and all CPUs are on the others.
 */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_deny.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE 999u
#define FRAMES (4u << 20 >> 12)

static void *grown(void *old, size_t bytes, size_t more)
{
	char *new = malloc(bytes + more);

	cr_assert_not_null(new);
	memcpy(new + more, old, bytes);
	free(old);
	return new;
}

static struct topo *with_a_node_more(void)
{
	struct topo *t = t_topo("", NULL);
	unsigned nr = t->nr_nodes + 1;

	t->nodes = grown(t->nodes, t->nr_nodes * sizeof(t->nodes[0]), sizeof(t->nodes[0]));
	t->nodes[0] = t->nodes[1];
	t->nodes[0].os_index = NOWHERE;
	t->nodes[0].has_cpus = false;
	t->nodes[0].nr_cpus = 0;
	free(t->dist);
	t->dist = calloc((size_t)nr * nr, sizeof(t->dist[0]));
	cr_assert_not_null(t->dist);
	for (unsigned i = 0; i < nr * nr; i++)
		t->dist[i] = i % (nr + 1) ? 20 : 10;
	for (unsigned i = 0; i < t->nr_cpus; i++)
		t->cpus[i].node++;
	t->nr_nodes = nr;
	return t;
}

static void need_moves(const struct topo *t)
{
	struct topo_abilities able;

	topo_try(t, &able);
	if (able.prove)
		cr_skip_test("move_pages is refused: %s", strerror(able.prove));
}

/* A machine of 4 MiB a node, and frames that are memory. */
struct stage {
	struct topo *t;
	struct bench_cell cell;
	struct machine_conf *m;
	struct topo_arena a;
	struct wl_thread thread;
};

static void stage_open(struct stage *s)
{
	char why[256] = "";

	memset(s, 0, sizeof(*s));
	s->t = with_a_node_more();
	t_cell_make(&s->cell, "linux-3.10", "bulk");
	s->cell.memory.per_node = (uint64_t)FRAMES << 12;
	cr_assert_eq(machine_conf_make(&s->m, s->cell.variant.ops, s->cell.variant.policy, &s->cell,
				       s->t, why, sizeof(why)),
		     0, "%s", why);
	cr_assert_eq(topo_map(&s->a, (size_t)s->m->frames << 12, TOPO_HUGE_NO), 0);
}

static void stage_close(struct stage *s)
{
	topo_unmap(&s->a);
	machine_conf_free(s->m);
	topo_free(s->t);
}

static struct follow *on(struct stage *s, enum bench_follow how, bool placed)
{
	struct follow *f = follow_new(how, s->t, s->m, 1, s->a.addr, placed);

	cr_assert_not_null(f);
	follow_mark(f, 0, 1);
	return f;
}

static struct follow_sum sum_of(struct follow *f)
{
	struct follow_sum sum;

	follow_gather(f, &sum);
	cr_assert(sum.has);
	return sum;
}

/* Frames that are said to be on node 0 come to the thread's node, once. */
Test(follow, each_page_comes_once)
{
	static const enum bench_follow ways[] = { FOLLOW_NEXT, FOLLOW_USE };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct stage s;

		stage_open(&s);
		need_moves(s.t);
		struct follow *f = on(&s, ways[i], true);

		cr_assert_eq(topo_populate(s.a.addr, s.a.len), 0);
		for (unsigned turn = 0; turn < 3; turn++) {
			follow_touch(f, &s.thread, 0, FRAMES);
			follow_mark(f, 0, turn + 2);
		}
		struct follow_sum sum = sum_of(f);

		cr_assert_eq(sum.err, 0, "%s", strerror(sum.err));
		cr_assert_eq(sum.moves, FRAMES);
		cr_assert_eq(sum.failed, 0);
		cr_assert_gt(sum.ns, 0);
		cr_assert_eq(sum.sampled, FRAMES);
		cr_assert_eq(sum.on_first, FRAMES);
		cr_assert_eq(sum.on_last, FRAMES);
		follow_free(f);
		stage_close(&s);
	}
}

/* A page without memory will not move: on use it is tried each time, else once a mark. */
Test(follow, a_mark_allows_one_try)
{
	static const struct {
		enum bench_follow how;
		unsigned same_mark, next_mark; /* tries in all */
	} ways[] = { { FOLLOW_FIRST, 0, 0 }, { FOLLOW_NEXT, 1, 2 }, { FOLLOW_USE, 2, 3 } };

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct follow_sum sum;
		struct stage s;

		stage_open(&s);
		need_moves(s.t);
		struct follow *f = on(&s, ways[i].how, true);

		follow_touch(f, &s.thread, 5, 1);
		follow_touch(f, &s.thread, 5, 1);
		sum = sum_of(f);
		cr_assert_eq(sum.failed, ways[i].same_mark);
		follow_mark(f, 0, 2);
		follow_touch(f, &s.thread, 5, 1);
		sum = sum_of(f);
		cr_assert_eq(sum.failed, ways[i].next_mark);
		cr_assert_eq(sum.moves, 0);
		cr_assert_eq(sum.sampled, 0, "no page is there to be looked up");
		follow_free(f);
		stage_close(&s);
	}
}

/* Given back and taken anew by the first write. */
Test(follow, first_touch_places_the_page)
{
	struct stage s;

	stage_open(&s);
	need_moves(s.t);
	struct follow *f = on(&s, FOLLOW_FIRST, false);
	char *addr = s.a.addr;

	memset(addr, 1, s.a.len);
	int rc = topo_forget(addr, s.a.len);

	cr_assert(rc == 0 || rc == -EPERM || rc == -ENOSYS, "%s", strerror(-rc));
	for (unsigned i = 0; i < FRAMES; i += 2) {
		cr_assert_eq(addr[(size_t)i << 12], 0);
		follow_touch(f, &s.thread, i, 1);
		addr[(size_t)i << 12] = 1;
	}
	struct follow_sum sum = sum_of(f);

	cr_assert_eq(sum.err, 0);
	cr_assert_eq(sum.moves + sum.failed, 0);
	cr_assert(isnan(sum.ns));
	cr_assert_eq(sum.sampled, FRAMES / 2);
	if (s.t->nr_nodes == 2)
		cr_assert_eq(sum.on_first, FRAMES / 2);
	follow_free(f);
	stage_close(&s);
}

Test(follow, a_refusal_is_told_and_not_repeated)
{
	struct stage s;
	char err[256];

	stage_open(&s);
	cr_assert_eq(topo_populate(s.a.addr, s.a.len), 0);
	if (t_deny("move_pages:EPERM", err, sizeof(err)))
		cr_skip_test("%s", err);
	struct follow *f = on(&s, FOLLOW_USE, true);

	follow_touch(f, &s.thread, 0, 8);
	follow_touch(f, &s.thread, 0, 8);
	struct follow_sum sum = sum_of(f);

	cr_assert_eq(sum.err, EPERM);
	cr_assert_eq(sum.moves, 0);
	cr_assert_eq(sum.failed, 8);
	cr_assert_eq(sum.sampled, 0);
	follow_free(f);
	stage_close(&s);
}

Test(follow, moves_are_refused_where_they_mean_nothing)
{
	struct topo *t = t_topo("synthetic:numa:2 pu:1", NULL);
	void *page[1] = { &t };
	int at;

	cr_assert_eq(topo_move(t, page, 1, 0, &at), -EOPNOTSUPP);
	topo_free(t);
	t = t_topo("", NULL);
	cr_assert_eq(topo_move(t, page, TOPO_MOVE_MAX + 1, 0, &at), -EINVAL);
	cr_assert_eq(topo_move(t, page, 1, (int)t->nr_nodes, &at), -EINVAL);
	topo_free(t);
}

static double place(const struct record *r, const char *name, const char **why)
{
	for (unsigned i = 0; i < r->nr_places; i++)
		if (!strcmp(r->places[i].name, name)) {
			*why = r->places[i].note;
			return r->places[i].value;
		}
	*why = "not there";
	return NAN;
}

/* A whole sample: frames of the node that is none, threads on one that is. */
static struct record *sample(enum bench_follow how)
{
	static struct record r;
	struct topo *t = with_a_node_more();
	struct bench_cell cell;

	need_moves(t);
	t_cell_make(&cell, "linux-3.10", "bulk");
	cell.memory.backing = BACK_BOUND;
	cell.memory.touch = WL_TOUCH_PAGE;
	cell.memory.follow = how;
	strcpy(cell.placement, "preferred:0");
	rec_init(&r);
	r.seed = 1;
	cr_assert_eq(bench_sample(&cell, t, &r), 0, "%s: %s", r.status, r.reason);
	cr_assert_str_eq(r.status, "ok", "%s", r.reason);
	topo_free(t);
	return &r;
}

Test(follow, a_record_tells_moves_and_places)
{
	static const enum bench_follow ways[] = { FOLLOW_FIRST, FOLLOW_NEXT, FOLLOW_USE };
	const char *why;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct record *r = sample(ways[i]);

		cr_assert_eq(place(r, "follow.on_last", &why), 1, "%s", why);
		cr_assert(isnan(r->frames_ok));
		cr_assert(strstr(r->reason, "follow users"), "%s", r->reason);
		cr_assert(isnan(place(r, "touch.local.ns", &why)));
		if (ways[i] == FOLLOW_FIRST)
			continue;
		cr_assert_gt(place(r, "follow.moves", &why), 100, "%s", why);
		cr_assert_eq(place(r, "follow.failed", &why), 0);
		cr_assert_gt(place(r, "follow.ns", &why), 0);
	}
}

Test(follow, a_sample_without_move_pages_goes_on)
{
	const char *why;
	char err[256];
	struct topo *t = t_topo("", NULL);

	need_moves(t);
	topo_free(t);
	if (t_deny("move_pages:EPERM", err, sizeof(err)))
		cr_skip_test("%s", err);
	static struct record r;
	struct bench_cell cell;

	t = with_a_node_more();
	t_cell_make(&cell, "linux-3.10", "bulk");
	cell.memory.backing = BACK_BOUND;
	cell.memory.touch = WL_TOUCH_LINE;
	cell.memory.follow = FOLLOW_USE;
	strcpy(cell.placement, "preferred:0");
	rec_init(&r);
	cr_assert_eq(bench_sample(&cell, t, &r), 0, "%s", r.reason);
	cr_assert(isnan(place(&r, "follow.moves", &why)));
	cr_assert(strstr(why, "move_pages: Operation not permitted"), "%s", why);
	cr_assert(strstr(r.reason, "pages can not follow"), "%s", r.reason);
	topo_free(t);
}

/* What can not be had is unsupported, with the reason. */
Test(follow, where_it_means_nothing)
{
	static const struct {
		const char *topo, *workload, *why;
	} cells[] = {
		{ "synthetic:numa:1 pu:1", "bulk", "simulated" },
		{ "synthetic:numa:2 pu:1", "bulk", "simulated" },
		{ "flat", "bulk", "one node with memory" },
		{ "", "pressure", "owners" },
	};

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		struct topo *t = t_topo(cells[i].topo, NULL);
		struct bench_cell cell;
		struct bench_need need;
		char why[256] = "";

		t_cell_make(&cell, "linux-3.10", cells[i].workload);
		cell.memory.backing = BACK_BOUND;
		cell.memory.touch = WL_TOUCH_PAGE;
		cell.memory.follow = FOLLOW_USE;
		cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), -EOPNOTSUPP, "%s", why);
		cr_assert(strstr(why, cells[i].why), "%s", why);
		topo_free(t);
	}
}
