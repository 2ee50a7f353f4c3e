/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every allocator must keep, whatever its policy: each variant of the
 * table that hands out real frames, and the skeleton, on each machine of
 * t_machines.
 */
#include "tests/support/t_oracle.h"
#include "workloads/rng.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct point {
	char variant[64], machine[32];
};

struct fixture {
	struct t_instance in;
	struct t_oracle o;
	struct rng rng;
	uint32_t fresh[T_MAX_ZONES][PGA_MAX_ORDERS]; /* free blocks after init */
};
static struct fixture f;

#define MAX_POINTS 1024
static struct point points[MAX_POINTS], variants[MAX_POINTS];

static size_t add_variant(size_t nr, const char *name)
{
	for (const struct t_machine *m = t_machines; m->name && nr < MAX_POINTS; m++, nr++) {
		snprintf(points[nr].variant, sizeof(points[nr].variant), "%s", name);
		snprintf(points[nr].machine, sizeof(points[nr].machine), "%s", m->name);
	}
	return nr;
}

static struct criterion_test_params all_points(void)
{
	size_t nr = add_variant(0, "skeleton");

	for (const struct pga_variant_row *r = pga_variants; r->name; r++)
		if (r->ops->caps & PGA_CAP_REAL)
			nr = add_variant(nr, r->name);
	return cr_make_param_array(struct point, points, nr);
}

static struct criterion_test_params all_variants(void)
{
	size_t nr = 0;

	snprintf(variants[nr++].variant, sizeof(variants[0].variant), "skeleton");
	for (const struct pga_variant_row *r = pga_variants; r->name && nr < MAX_POINTS; r++)
		if (r->ops->caps & PGA_CAP_REAL)
			snprintf(variants[nr++].variant, sizeof(variants[0].variant), "%s",
				 r->name);
	return cr_make_param_array(struct point, variants, nr);
}

/* Every assertion names the point and the seed. */
#define ok(cond, fmt, ...)                                                       \
	cr_assert(cond, "%s on %s, seed %llu: " fmt, f.in.variant.name, machine, \
		  (unsigned long long)t_seed(), ##__VA_ARGS__)
#define agrees(isolated) ok(t_oracle_agrees(&f.o, isolated), "%s", f.o.why)

static void up(const struct point *p, const char *machine)
{
	int rc = t_up(&f.in, p->variant, machine);

	if (rc == -EOPNOTSUPP)
		cr_skip_test("%s cannot serve %s: %s", p->variant, machine, f.in.why);
	ok(rc == 0, "%s", f.in.why);
	ok(t_oracle_init(&f.o, &f.in) == 0, "no memory");
	rng_seed(&f.rng, t_seed(), 0);
	agrees(0);
	for (unsigned z = 0; z < f.in.conf.nr_zones; z++)
		t_free_blocks(&f.in, z, f.fresh[z]);
}

static struct pga_req request(unsigned cpu, int node, unsigned order, uint32_t gfp)
{
	return (struct pga_req){
		.gfp = gfp, .cpu = (uint16_t)cpu, .node = (int8_t)node, .order = (uint8_t)order
	};
}

/* One request; a success is judged at once. */
static bool take(struct pga_req req, const struct pga_ctx *ctx, const char *machine)
{
	struct pga_res res;

	t_drive(&f.in, req.cpu);
	res = f.in.ops->alloc(f.in.pga, req, ctx);
	if (res.err)
		return false;
	ok(t_oracle_took(&f.o, req, ctx, res), "%s", f.o.why);
	return true;
}

/*
 * A failure may be due to frames on the lists of CPUs: empty them and ask
 * again; what fails then must be rightly refused.
 */
static bool take_or_justify(struct pga_req req, const struct pga_ctx *ctx, const char *machine)
{
	struct pga_res res;

	if (take(req, ctx, machine))
		return true;
	t_drain_all(&f.in);
	t_drive(&f.in, req.cpu);
	res = f.in.ops->alloc(f.in.pga, req, ctx);
	if (!res.err) {
		ok(t_oracle_took(&f.o, req, ctx, res), "%s", f.o.why);
		return true;
	}
	t_drain_all(&f.in);
	ok(t_oracle_refused(&f.o, req, ctx, res), "%s", f.o.why);
	return false;
}

static void give(size_t i, unsigned cpu, unsigned flags)
{
	struct t_block b = t_oracle_gave(&f.o, i);

	t_drive(&f.in, cpu);
	f.in.ops->free(f.in.pga, b.pfn, b.order, cpu, b.order ? 0 : flags);
}

static unsigned any_cpu(void)
{
	return rng_below(&f.rng, f.in.conf.nr_cpus);
}

static void give_all(void)
{
	while (f.o.nr_live)
		give(rng_below(&f.rng, f.o.nr_live), any_cpu(), 0);
}

/* All frames back and all lists empty: the free blocks are those after init. */
static void end(const char *machine)
{
	uint32_t now[PGA_MAX_ORDERS];

	give_all();
	agrees(0);
	t_drain_all(&f.in);
	agrees(0);
	for (unsigned z = 0; z < f.in.conf.nr_zones; z++) {
		ok(t_pcp_frames(&f.in, z) == 0, "zone %u: frames on CPU lists after a drain", z);
		t_free_blocks(&f.in, z, now);
		for (unsigned order = 0; order < PGA_MAX_ORDERS; order++)
			ok(now[order] == f.fresh[z][order],
			   "zone %u order %u: %u free blocks at the end, %u after init", z, order,
			   now[order], f.fresh[z][order]);
	}
	t_oracle_fini(&f.o);
	t_down(&f.in);
}

/* Without watermarks every frame can be had, once. */
ParameterizedTestParameters(conformance, exhaust_and_refill)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, exhaust_and_refill)
{
	const char *machine = p->machine;

	up(p, machine);
	for (int round = 0; round < 2; round++) {
		unsigned cpu = any_cpu();

		while (take(request(cpu, -1, 0, PGA_GFP_USER_MOVABLE | PGA_GFP_MEMALLOC), NULL,
			    machine))
			;
		ok(f.o.live_frames == f.o.managed, "%llu of %llu frames could be had",
		   (unsigned long long)f.o.live_frames, (unsigned long long)f.o.managed);
		agrees(0);
		give_all();
		t_drain_all(&f.in);
		agrees(0);
	}
	end(machine);
}

/* Each order until it fails, with ordinary requests of each type. */
ParameterizedTestParameters(conformance, exhaust_each_order)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, exhaust_each_order)
{
	static const uint32_t gfps[] = { PGA_GFP_USER_MOVABLE, PGA_GFP_KERNEL,
					 PGA_GFP_SLAB_RECLAIMABLE };
	const char *machine = p->machine;

	up(p, machine);
	for (unsigned order = t_orders(&f.in); order-- > 0;) {
		for (size_t g = 0; g < sizeof(gfps) / sizeof(gfps[0]); g++)
			while (take_or_justify(request(any_cpu(), -1, order, gfps[g]), NULL,
					       machine))
				;
		agrees(0);
		give_all();
		t_drain_all(&f.in);
		agrees(0);
	}
	end(machine);
}

/* A request for one node alone, or for a mask, never gets another node's frame. */
ParameterizedTestParameters(conformance, strict_node)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, strict_node)
{
	const char *machine = p->machine;
	const uint32_t gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_THISNODE;

	up(p, machine);
	if (!(f.in.ops->caps & PGA_CAP_NODES))
		cr_skip_test("%s does not tell nodes apart", p->variant);
	for (int node = 0; node < f.in.conf.nr_nodes; node++)
		while (take_or_justify(request(any_cpu(), node, 0, gfp), NULL, machine))
			;
	agrees(0);
	give_all();
	for (unsigned n = 0; n < f.in.conf.nr_nodes; n++) {
		const uint64_t mask[PGA_MAX_NODES / 64 + 1] = { 1ull << n };
		const struct pga_ctx ctx = { .nodemask = mask };

		while (take_or_justify(request(any_cpu(), -1, 0, PGA_GFP_USER_MOVABLE), &ctx,
				       machine))
			;
	}
	end(machine);
}

/* Frames taken on one CPU and freed on another come back whole. */
ParameterizedTestParameters(conformance, free_on_another_cpu)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, free_on_another_cpu)
{
	const char *machine = p->machine;

	up(p, machine);
	for (int round = 0; round < 20; round++) {
		unsigned from = any_cpu(), to = (from + 1) % f.in.conf.nr_cpus;

		for (int i = 0; i < 200; i++) {
			unsigned order = i % 4 ? 0 : rng_below(&f.rng, t_orders(&f.in));

			take(request(from, -1, order, PGA_GFP_USER_MOVABLE), NULL, machine);
		}
		while (f.o.nr_live)
			give(f.o.nr_live - 1, to, round & 1 ? PGA_FREE_COLD : 0);
		agrees(0);
	}
	end(machine);
}

/* Arguments out of range are refused, each with its errno, and change nothing. */
ParameterizedTestParameters(conformance, bad_requests)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, bad_requests)
{
	const char *machine = p->machine;

	up(p, machine);
	const struct pga_conf *c = &f.in.conf;
	const struct {
		struct pga_req req;
		int err;
	} bad[] = {
		{ request(0, -1, c->nr_orders, PGA_GFP_KERNEL), -EINVAL },
		{ request(0, -1, UINT8_MAX, PGA_GFP_KERNEL), -EINVAL },
		{ request(c->nr_cpus, -1, 0, PGA_GFP_KERNEL), -EINVAL },
		{ request(0, c->nr_nodes, 0, PGA_GFP_KERNEL), -EINVAL },
		{ request(0, -1, f.in.ops->nr_orders, PGA_GFP_KERNEL),
		  f.in.ops->nr_orders < c->nr_orders ? -EOPNOTSUPP : -EINVAL },
	};

	t_drive(&f.in, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pga_res res = f.in.ops->alloc(f.in.pga, bad[i].req, NULL);

		ok(res.err == bad[i].err && res.pfn == PGA_NIL && res.node == -1 &&
			   (res.path & PGA_PATH(FAIL)),
		   "bad request %zu: err %d, not %d; pfn %u, path %#x", i, res.err, bad[i].err,
		   res.pfn, res.path);
	}
	end(machine);
}

static struct pga_req random_request(void)
{
	static const uint32_t gfps[] = {
		PGA_GFP_USER_MOVABLE,
		PGA_GFP_USER_MOVABLE,
		PGA_GFP_USER_MOVABLE | PGA_GFP_COLD,
		PGA_GFP_KERNEL,
		PGA_GFP_KERNEL | PGA_GFP_DMA,
		PGA_GFP_KERNEL | PGA_GFP_DMA32 | PGA_GFP_COLD,
		PGA_GFP_SLAB_RECLAIMABLE,
		PGA_GFP_ATOMIC,
		PGA_GFP_ATOMIC | PGA_GFP_IN_IRQ,
		PGA_GFP_KERNEL | PGA_GFP_HIGHMEM,
		PGA_GFP_USER_MOVABLE | PGA_GFP_THISNODE,
		PGA_GFP_KERNEL | PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN,
		PGA_GFP_KERNEL | PGA_GFP_MEMALLOC,
		PGA_GFP_USER_MOVABLE | PGA_GFP_PF_MEMALLOC,
		PGA_GFP_KERNEL | PGA_GFP_NOMEMALLOC,
	};
	struct rng *r = &f.rng;
	unsigned order = 0, top = t_orders(&f.in) - 1;
	int node = (int)rng_below(r, f.in.conf.nr_nodes + 2u) - 1;

	while (order < top && rng_below(r, 3) == 0)
		order++;
	if (node == f.in.conf.nr_nodes)
		node = -1;
	return request(any_cpu(), node, order, gfps[rng_below(r, sizeof(gfps) / sizeof(gfps[0]))]);
}

/* A hundred thousand operations, the machine filling up and emptying in waves. */
ParameterizedTestParameters(conformance, random_against_oracle)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, random_against_oracle)
{
	const char *machine = p->machine;
	const uint64_t mask[PGA_MAX_NODES / 64 + 1] = { 1 };
	const struct pga_ctx masked = { .nodemask = mask };

	up(p, machine);
	for (unsigned op = 0; op < 100000; op++) {
		unsigned grow = op / 12500 % 2 ? 35 : 65, dice = rng_below(&f.rng, 1000);

		if (dice < 2)
			t_drain_all(&f.in);
		else if (dice < 4 && f.in.ops->tick)
			f.in.ops->tick(f.in.pga, (t_drive(&f.in, 0), 0u));
		else if (dice < 10 && f.o.nr_live == 0)
			f.in.ticks += 100;
		else if (rng_below(&f.rng, 100) >= grow && f.o.nr_live)
			give(rng_below(&f.rng, f.o.nr_live), any_cpu(),
			     dice & 1 ? PGA_FREE_COLD : 0);
		else if (op % 40 == 0)
			take_or_justify(random_request(), dice & 1 ? &masked : NULL, machine);
		else
			take(random_request(), dice % 16 ? NULL : &masked, machine);
		if (op % 5000 == 0)
			agrees(0);
	}
	agrees(0);
	end(machine);
}

/* Run-time tunables take every value of their range and no other. */
ParameterizedTestParameters(conformance, set_tunables)
{
	return all_variants();
}
ParameterizedTest(struct point *p, conformance, set_tunables)
{
	const char *machine = "x86";

	up(p, machine);
	for (unsigned i = 0; f.in.ops->tunables[i].name; i++) {
		const struct pga_tunable *t = &f.in.ops->tunables[i];
		const int64_t good[] = { t->min, t->max, t->def };
		int rc;

		if (!t->runtime) {
			if (f.in.ops->set)
				ok(f.in.ops->set(f.in.pga, i, t->def) == -EPERM,
				   "%s can be set after init", t->name);
			continue;
		}
		for (size_t v = 0; v < sizeof(good) / sizeof(good[0]); v++) {
			rc = f.in.ops->set(f.in.pga, i, good[v]);
			ok(rc == 0, "set %s to %lld: %d", t->name, (long long)good[v], rc);
			agrees(0);
			for (int n = 0; n < 300; n++)
				take_or_justify(random_request(), NULL, machine);
			agrees(0);
			give_all();
			t_drain_all(&f.in);
		}
		if (t->min > INT64_MIN)
			ok(f.in.ops->set(f.in.pga, i, t->min - 1) == -ERANGE, "%s below its range",
			   t->name);
		if (t->max < INT64_MAX)
			ok(f.in.ops->set(f.in.pga, i, t->max + 1) == -ERANGE, "%s above its range",
			   t->name);
	}
	end(machine);
}

/* Every zone of a list once, the own node first; THISNODE stays at home. */
ParameterizedTestParameters(conformance, zonelists)
{
	return all_points();
}
ParameterizedTest(struct point *p, conformance, zonelists)
{
	const char *machine = p->machine;
	uint16_t list[PGA_MAX_ZONES];

	up(p, machine);
	if (!(f.in.ops->caps & PGA_CAP_NODES))
		cr_skip_test("%s does not tell nodes apart", p->variant);
	for (unsigned node = 0; node < f.in.conf.nr_nodes; node++) {
		for (int here = 0; here < 2; here++) {
			unsigned nr = f.in.ops->zonelist(f.in.pga, node, here, list, PGA_MAX_ZONES);
			uint32_t seen = 0, want = 0;

			for (unsigned z = 0; z < f.in.conf.nr_zones; z++)
				if (!here || f.in.zones[z].node == node)
					want |= 1u << z;
			for (unsigned i = 0; i < nr; i++) {
				ok(list[i] < f.in.conf.nr_zones && !(seen >> list[i] & 1),
				   "node %u: zone %u is twice in the list", node, list[i]);
				seen |= 1u << list[i];
			}
			ok(seen == want, "node %u: zones %#x in list %d, not %#x", node, seen, here,
			   want);
		}
	}
	end(machine);
}
