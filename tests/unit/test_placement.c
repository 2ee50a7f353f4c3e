/* SPDX-License-Identifier: GPL-2.0-only */
/* Placements: their texts, and each frame that they lead to. */
#include "harness/engine/placement.h"
#include "harness/measure/touch_cost.h"
#include "tests/support/t_cell.h"
#include "workloads/step.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES 4u
#define PER_NODE (64u << 20)
#define NODE_FRAMES (PER_NODE >> 12)

static const char four_nodes[] = "synthetic:numa:4 core:1 pu:1";
static const char distances[] = "10,21,31,28/21,10,21,38/31,21,10,38/28,38,38,10";
static char why[512];

/* An allocator on four nodes, driven request by request. */
struct rig {
	struct topo *t;
	struct bench_cell cell;
	struct machine_conf *m;
	struct placement placement;
	void *meta;
	struct pga *pga;
	struct wl_run run;
	struct wl_thread *threads;
	uint64_t on_node[NODES];
};

static void rig_up(struct rig *r, const char *variant, const char *placement, unsigned threads)
{
	struct pga_extent *ext = calloc(PGA_MAX_EXTENTS, sizeof(*ext));

	memset(r, 0, sizeof(*r));
	r->t = t_topo(four_nodes, distances);
	t_cell_make(&r->cell, variant, "bulk");
	r->cell.threads = threads;
	r->cell.memory.per_node = PER_NODE;
	const struct pga_ops *ops = r->cell.variant.ops;

	cr_assert_eq(machine_conf_make(&r->m, ops, r->cell.variant.policy, &r->cell, r->t, why,
				       sizeof(why)),
		     0, "%s", why);
	size_t bytes = pga_meta_bytes(
		ext, ops->meta_plan(&r->m->conf, ext, PGA_MAX_EXTENTS, why, sizeof(why)));

	r->meta = aligned_alloc(4096, bytes);
	memset(r->meta, 0, bytes);
	cr_assert_eq(ops->init(&r->pga, &r->m->conf, NULL, r->meta), 0);
	cr_assert_eq(placement_make(&r->placement, placement, r->m, why, sizeof(why)), 0, "%s",
		     why);
	r->threads = aligned_alloc(_Alignof(struct wl_thread), threads * sizeof(*r->threads));
	memset(r->threads, 0, threads * sizeof(*r->threads));
	r->run = (struct wl_run){ .wl = r->cell.wl,
				  .ops = ops,
				  .pga = r->pga,
				  .conf = &r->m->conf,
				  .param = r->cell.param,
				  .nr_threads = threads,
				  .threads = r->threads };
	for (unsigned i = 0; i < threads; i++) {
		struct wl_thread *t = &r->threads[i];

		t->run = &r->run;
		t->index = i;
		t->req = (struct pga_req){ .gfp = PGA_GFP_USER_MOVABLE,
					   .cpu = r->m->threads[i].cpu };
		t->served = calloc(NODES * NODES, sizeof(*t->served));
		placement_apply(&r->placement, r->m, t);
		ops->unpark(r->pga, t->req.cpu);
	}
	free(ext);
}

static void rig_down(struct rig *r)
{
	r->cell.variant.ops->fini(r->pga);
	for (unsigned i = 0; i < r->cell.threads; i++)
		free(r->threads[i].served);
	free(r->threads);
	free(r->meta);
	placement_free(&r->placement);
	machine_conf_free(r->m);
	topo_free(r->t);
}

static struct pga_res ask(struct rig *r, unsigned thread)
{
	struct wl_thread *t = &r->threads[thread];
	const struct wl_hot h = wl_hot(t);

	return wl_get_res(t, &h, WL_COUNT | (t->nr_nodes ? WL_PLACED : 0));
}

/* By the frame itself, not by what the allocator says of it. */
static unsigned node_of(const struct rig *r, pga_pfn_t pfn)
{
	unsigned n = 0;

	while (n < NODES && !(pfn >= r->m->node_mem[n].start && pfn < r->m->node_mem[n].end))
		n++;
	cr_assert_lt(n, NODES, "frame %u is on no node", pfn);
	return n;
}

/*
 * What the words mean, by themselves: the node that a request turns to first,
 * the nodes that come before all others, the nodes that it can get.
 */
struct meaning {
	const char *text;
	int first;	      /* -1: the CPU's; -2: as `turns` says */
	uint64_t before, may; /* masks of nodes; the nearest first in each */
	const char *turns;    /* digits: nodes in their order */
};

static const struct meaning meanings[] = {
	{ "local", -1, 0xf, 0xf, "" },
	{ "bind", -1, 0, 0, "" }, /* the CPU's node alone: masks depend on it */
	{ "bind:2", 2, 4, 4, "" },
	{ "bind:1-2", -1, 6, 6, "" },
	{ "bind:!0", -1, 14, 14, "" },
	{ "preferred", 0, 0xf, 0xf, "" },
	{ "preferred:3", 3, 0xf, 0xf, "" },
	{ "preferred-many:1,2", -1, 6, 0xf, "" },
	{ "preferred-many:3", -1, 8, 0xf, "" },
	{ "interleave", -2, 0xf, 0xf, "0123" },
	{ "interleave:all", -2, 0xf, 0xf, "0123" },
	{ "interleave:1,3", -2, 0xf, 0xf, "13" },
	{ "interleave:2", -2, 0xf, 0xf, "2" },
	{ "weighted-interleave:0=3,1=1", -2, 0xf, 0xf, "0001" },
	{ "weighted-interleave:2=2,0,3=3", -2, 0xf, 0xf, "022333" },
};

struct point {
	char variant[32];
	unsigned meaning, thread;
};

ParameterizedTestParameters(placement, each_frame)
{
	static struct point points[512];
	size_t nr = 0;

	for (int v = -1; v < 0 || pga_variants[v].name; v++) {
		const char *name = v < 0 ? "ledger" : pga_variants[v].name;

		if (v >= 0 && (~pga_variants[v].ops->caps & (PGA_CAP_REAL | PGA_CAP_NODES)))
			continue;
		for (unsigned i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
			for (unsigned thread = 0; thread < NODES; thread += 2, nr++) {
				cr_assert_lt(nr, sizeof(points) / sizeof(points[0]));
				snprintf(points[nr].variant, sizeof(points[nr].variant), "%s",
					 name);
				points[nr].meaning = i;
				points[nr].thread = thread;
			}
	}
	return cr_make_param_array(struct point, points, nr);
}

/* Kernels keep some frames of a node back; the ledger keeps none. */
static bool is_full(const struct rig *r, unsigned node)
{
	bool exact = !strcmp(r->cell.variant.name, "ledger");

	return r->on_node[node] >= (exact ? NODE_FRAMES : NODE_FRAMES - NODE_FRAMES / 16);
}

/* Kernels with a list of zones for each node alone refuse what the others serve elsewhere. */
static bool spills(const struct rig *r)
{
	uint16_t zones[PGA_MAX_ZONES];
	unsigned nr = r->run.ops->zonelist(r->pga, 0, false, zones, PGA_MAX_ZONES);

	for (unsigned i = 0; i < nr; i++)
		if (r->m->conf.zones[zones[i]].node)
			return true;
	return false;
}

/* Was the node right: no node that comes before it had room. */
static void judge(const struct rig *r, const struct meaning *m, unsigned from, unsigned got)
{
	const uint16_t *dist = &r->m->conf.dist[(size_t)from * NODES];

	for (unsigned n = 0; n < NODES; n++) {
		bool sooner = (m->before >> n & 1) && !(m->before >> got & 1);
		bool nearer = (m->before >> n & 1) == (m->before >> got & 1) && dist[n] < dist[got];

		if (n != got && (m->may >> n & 1) && (sooner || nearer))
			cr_assert(is_full(r, n), "%s: node %u while node %u has %lu of %u", m->text,
				  got, n, r->on_node[n], NODE_FRAMES);
	}
}

/* Shares by weight are exact until a node is full. */
static void judge_shares(const struct rig *r, const struct meaning *m, uint64_t asked)
{
	size_t period = strlen(m->turns);

	if (!period || asked % period)
		return;
	for (unsigned n = 0; n < NODES; n++) {
		uint64_t weight = 0;

		for (size_t i = 0; i < period; i++)
			weight += m->turns[i] == (char)('0' + n);
		cr_assert_eq(r->on_node[n] * period, asked * weight, "%s: node %u got %lu of %lu",
			     m->text, n, r->on_node[n], asked);
	}
}

/* Interleaved threads begin with different nodes of the sequence. */
static size_t first_turn(const char *turns, unsigned thread)
{
	size_t at = 0;
	unsigned nodes = 0;

	for (size_t i = 0; turns[i]; i++)
		nodes += !i || turns[i] != turns[i - 1];
	for (unsigned skip = thread % nodes; skip; skip--)
		for (char node = turns[at]; turns[at] == node;)
			at++;
	return at;
}

/* Until memory is refused: each frame is where the placement says. */
ParameterizedTest(struct point *p, placement, each_frame)
{
	struct meaning m = meanings[p->meaning];
	size_t turn = *m.turns ? first_turn(m.turns, p->thread) : 0;
	uint64_t asked = 0;
	bool some_full = false;
	struct rig r;

	rig_up(&r, p->variant, m.text, NODES);
	unsigned cpu_node = r.m->cpu_node[r.threads[p->thread].req.cpu];

	if (!m.may)
		m.may = m.before = 1ull << cpu_node;
	for (;;) {
		struct pga_res res = ask(&r, p->thread);

		if (res.pfn == PGA_NIL)
			break;
		unsigned got = node_of(&r, res.pfn);
		unsigned from = m.first == -2	? (unsigned)(m.turns[turn] - '0')
				: m.first == -1 ? cpu_node
						: (unsigned)m.first;

		cr_assert_eq(res.node, (int)got);
		cr_assert(m.may >> got & 1, "%s: frame %u of node %u", m.text, res.pfn, got);
		judge(&r, &m, from, got);
		r.on_node[got]++;
		asked++;
		turn = *m.turns && m.turns[turn + 1] ? turn + 1 : 0;
		for (unsigned n = 0; n < NODES; n++)
			some_full |= is_full(&r, n);
		if (!some_full)
			judge_shares(&r, &m, asked);
	}
	bool all = spills(&r), any = false;

	for (unsigned n = 0; n < NODES; n++) {
		bool full = is_full(&r, n);

		any |= full;
		cr_assert(m.may >> n & 1 ? full || !all : !full,
			  "%s: %s refused with %lu on node %u", p->variant, m.text, r.on_node[n],
			  n);
	}
	cr_assert(any, "%s: %s refused while no node is full", p->variant, m.text);
	rig_down(&r);
}

/* What the path pass counts of it. */
Test(placement, turns_and_servers_are_counted)
{
	struct wl_thread *t;
	struct rig r;

	rig_up(&r, "ledger", "weighted-interleave:1=3,3", 2);
	for (unsigned i = 0; i < 400; i++)
		ask(&r, 0);
	t = &r.threads[0];
	cr_expect_eq(t->in_turn, 400);
	cr_expect_eq(t->served[1 * NODES + 1], 300);
	cr_expect_eq(t->served[3 * NODES + 3], 100);
	rig_down(&r);
	rig_up(&r, "ledger", "preferred:1", 1);
	for (unsigned i = 0; i < NODE_FRAMES + 7; i++)
		ask(&r, 0);
	t = &r.threads[0];
	cr_expect_eq(t->in_turn, 0, "nothing is interleaved");
	cr_expect_eq(t->served[1 * NODES + 1], NODE_FRAMES);
	cr_expect_eq(t->served[1 * NODES + 0], 7, "the nearest with the lowest number");
	rig_down(&r);
}

Test(placement, threads_take_turns_with_the_parts)
{
	struct rig r;

	rig_up(&r, "ledger", "bind:2/interleave:0,1/local", 4);
	for (unsigned i = 0; i < 10; i++) {
		cr_expect_eq(ask(&r, 0).node, 2);
		cr_expect_eq(ask(&r, 1).node, (i + 1) % 2, "thread 1 begins with node 1");
		cr_expect_eq(ask(&r, 2).node, 2, "its own");
		cr_expect_eq(ask(&r, 3).node, 2, "the first part again");
	}
	rig_down(&r);
}

/* The first attempt of preferred-many neither waits nor warns nor uses reserves. */
Test(placement, a_first_attempt_is_modest)
{
	struct rig r;

	rig_up(&r, "ledger", "preferred-many:1,2", 1);
	const struct wl_thread *t = &r.threads[0];

	cr_expect_eq(t->req.gfp & PGA_GFP_WAIT, 0);
	cr_expect(t->req.gfp & PGA_GFP_NOWARN);
	cr_expect(t->req.gfp & PGA_GFP_NOMEMALLOC);
	cr_expect_eq(t->again, PGA_GFP_USER_MOVABLE);
	cr_expect_eq(t->ctx->nodemask[0], 6);
	rig_down(&r);
}

struct refusal {
	const char *text, *says;
	bool anywhere; /* on every machine */
};
static const struct refusal refusals[] = {
	{ "locl", "did you mean 'local'?", true },
	{ "weighted", "weighted-interleave", true },
	{ "local:0", "local takes no nodes", true },
	{ "bind:", "0,2-3", true },
	{ "bind:a", "0,2-3", true },
	{ "bind:1-", "0,2-3", true },
	{ "bind:3-1", "0,2-3", true },
	{ "bind:1,,2", "0,2-3", true },
	{ "bind:0x1", "0,2-3", true },
	{ "bind:99", "node 99", true },
	{ "preferred:0,1", "wants one node", true },
	{ "preferred-many", "preferred-many:0,2-3", true },
	{ "weighted-interleave", "weighted-interleave:0=3,1=1", true },
	{ "weighted-interleave:0=0", "1 to 255", true },
	{ "weighted-interleave:0=256", "1 to 255", true },
	{ "weighted-interleave:0=x", "1 to 255", true },
	{ "weighted-interleave:0=2,0=3", "node 0 is given twice", true },
	{ "interleave:0=2", "0,2-3", true },
	{ "local/", "wants one of", true },
	{ "local//bind", "wants one of", true },
	{ "bind:4", "node 4: the machine has nodes 0 to 3", false },
	{ "bind:+4", "node +4: the machine has nodes +0 to +3", false },
	{ "bind:!0-3", "no node with memory is left", false },
	{ "preferred:!0", "wants one node", false },
	{ "interleave:0-9", "node 4", false },
};

Test(placement, refusals)
{
	char text[PLACE_TEXT + 1] = "";
	struct rig r;

	rig_up(&r, "ledger", "", 1);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *f = &refusals[i];
		struct placement p;

		why[0] = '\0';
		cr_expect_eq(placement_check(f->text, why, sizeof(why)), f->anywhere ? -EINVAL : 0,
			     "%s: %s", f->text, why);
		cr_expect(!f->anywhere || strstr(why, f->says), "%s: %s", f->text, why);
		cr_expect_lt(placement_make(&p, f->text, r.m, why, sizeof(why)), 0, "%s", f->text);
		cr_expect(strstr(why, f->says), "%s: %s", f->text, why);
		placement_free(&p);
	}
	memset(text, 'x', sizeof(text) - 1);
	cr_expect_eq(placement_check(text, why, sizeof(why)), -EINVAL);
	cr_expect(strstr(why, "longer than"), "%s", why);
	rig_down(&r);
}

/* Nodes without memory do not count, and cannot be named. */
Test(placement, lists_of_nodes)
{
	static const struct {
		const char *text;
		uint64_t mask; /* of nodes 0 to 3, of which 1 has no memory */
		int rc;
	} rows[] = {
		{ "all", 0xd, 0 },     { "0", 1, 0 },
		{ "2-3", 0xc, 0 },     { "0,2-3", 0xd, 0 },
		{ "!0", 0xc, 0 },      { "!0,3", 4, 0 },
		{ "+1", 4, 0 },	       { "+0-1", 5, 0 },
		{ "!+1", 9, 0 },       { "1", 0, -ERANGE },
		{ "0-3", 0, -ERANGE }, { "+3", 0, -ERANGE },
		{ "4", 0, -ERANGE },   { "!0,2-3", 0, -ERANGE },
		{ "", 0, -EINVAL },    { "!", 0, -EINVAL },
		{ "0;1", 0, -EINVAL }, { "ALL", 0, -EINVAL },
		{ "+!1", 0, -EINVAL }, { "0 1", 0, -EINVAL },
	};
	const struct topo_node_set of = { .nr = 4, .usable = 0xd };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t mask = 0;

		cr_expect_eq(topo_parse_nodes(rows[i].text, &of, &mask, why, sizeof(why)),
			     rows[i].rc, "%s: %s", rows[i].text, why);
		cr_expect(rows[i].rc || mask == rows[i].mask, "%s: %lx", rows[i].text, mask);
	}
}

/* A bound thread's share is of the nodes that it can reach. */
Test(placement, shares_of_frames)
{
	static const struct {
		const char *text;
		uint64_t halves; /* of a node's frames, of two threads together */
	} rows[] = {
		{ "local", 8 },
		{ "bind", 4 },
		{ "interleave:1", 8 },
		{ "bind:2/bind:1-3", 1 + 5 },
		{ "bind:0-1/bind:3", 4 + 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_cell cell;
		struct bench_need need;
		struct topo *t = t_topo(four_nodes, distances);

		t_cell_make(&cell, "ledger", "bulk");
		t_cell_param(&cell, "fill", 50);
		strcpy(cell.placement, rows[i].text);
		cell.threads = 2;
		cell.memory.per_node = PER_NODE;
		cr_assert_eq(bench_need(&cell, t, &need, why, sizeof(why)), 0, "%s", why);
		/* bulk holds half of a thread's share, four bytes for each block. */
		cr_expect_eq(need.slots, rows[i].halves * NODE_FRAMES / 2 / 2 * 4, "%s: %lu",
			     rows[i].text, need.slots);
		topo_free(t);
	}
}

/* A whole pass of the ledger on four nodes: what is reported of it. */
Test(placement, a_pass_reports_its_places)
{
	static const struct {
		const char *text;
		uint64_t served01, in_turn, local; /* of a thread on node 0 */
		uint64_t exhausted;		   /* node 0, at which request */
		bool turns;
	} rows[] = {
		/* bulk takes half of four nodes: its own and one more. */
		{ "local", NODE_FRAMES, 0, NODE_FRAMES, NODE_FRAMES + 1, false },
		{ "interleave", 0, 2 * NODE_FRAMES, NODE_FRAMES / 2, 0, true },
		{ "bind", 0, 0, NODE_FRAMES / 2, 0, false },
		{ "weighted-interleave:0=3,1=1", NODE_FRAMES / 2, 3 * NODE_FRAMES / 2, NODE_FRAMES,
		  4 * NODE_FRAMES / 3 + 1, true },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct engine_pass pass = { .kind = PASS_PATHS };
		struct topo *t = t_topo(four_nodes, distances);
		const struct eng_places *p = &pass.places;
		struct touch_cost touch;
		struct bench_cell cell;
		struct engine e;

		t_cell_make(&cell, "ledger", "bulk");
		t_cell_param(&cell, "fill", 50);
		strcpy(cell.placement, rows[i].text);
		cell.memory.per_node = PER_NODE;
		cell.max_ops = 1;
		cr_assert_eq(engine_open(&e, &cell, t, 1, NULL, why, sizeof(why)), 0, "%s", why);
		cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
		touch_cost(&e, &touch);
		cr_expect(strstr(touch.why, "simulated"), "%s", touch.why);
		cr_expect(isnan(touch.local_ns) && isnan(touch.remote_ns));
		engine_close(&e);
		topo_free(t);
		cr_assert(p->counted);
		cr_expect_eq(p->nr_nodes, NODES);
		cr_expect_eq(p->served[1], rows[i].served01, "%s: %lu", rows[i].text, p->served[1]);
		cr_expect_eq(p->in_turn, rows[i].in_turn, "%s: %lu", rows[i].text, p->in_turn);
		cr_expect_eq(p->local, rows[i].local, "%s: %lu", rows[i].text, p->local);
		cr_expect_eq(p->node[0].exhausted_at, rows[i].exhausted, "%s: %lu", rows[i].text,
			     p->node[0].exhausted_at);
		cr_expect_eq(p->has_turns, rows[i].turns);
		for (unsigned n = 0; n < NODES; n++)
			cr_expect_eq(p->node[n].free, NODE_FRAMES, "all is given back at the end");
		cr_expect_float_eq(p->node[2].fu9, 1.0, 1e-9, "the ledger shows single frames");
	}
}
