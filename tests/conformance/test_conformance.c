/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every allocator must keep, whatever its policy: each variant of the
 * table that hands out real frames and the skeleton, or the plug-in alone that
 * $ZB_PLUGIN names, on each machine of t_machines.
 */
#include "tests/conformance/suite.h"

/* Machines are left out that have zones of types that a mechanism does not know. */
Test(conformance, every_variant_has_machines_with_several_zones_and_nodes)
{
	for (const struct pga_variant_row *r = t_rows(); r->name; r++) {
		unsigned zones = 0, nodes = 0;

		for (const struct t_machine *m = t_machines; m->name; m++) {
			if (!t_serves(r->ops, m->name) || t_conf(&f.in, m->text))
				continue;
			zones += f.in.conf.nr_zones > f.in.conf.nr_nodes;
			nodes += f.in.conf.nr_nodes > 1;
		}
		cr_assert(zones >= 3 && nodes >= 3, "%s: %u machines with zones, %u with nodes",
			  r->name, zones, nodes);
	}
}

/* Without watermarks every frame can be had, once. */
ParameterizedTestParameters(conformance, exhaust_and_refill)
{
	return points_with(0);
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
	return points_with(0);
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
	return points_with(PGA_CAP_NODES);
}
ParameterizedTest(struct point *p, conformance, strict_node)
{
	const char *machine = p->machine;
	const uint32_t gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_THISNODE;

	up(p, machine);
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
	return points_with(0);
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
	return points_with(0);
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
	return points_with(0);
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
	static const char *const machines[] = { "x86", "highmem", "four", NULL };

	return points_on(0, machines);
}
ParameterizedTest(struct point *p, conformance, set_tunables)
{
	const char *machine = p->machine;

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
			/* the lowest value may mean: choose yourself */
			if (f.in.ops->get && good[v] == t->max)
				ok(f.in.ops->get(f.in.pga, i) == t->max, "%s is %lld after set",
				   t->name, (long long)f.in.ops->get(f.in.pga, i));
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

static uint32_t own_zones(unsigned node)
{
	uint32_t zones = 0;

	for (unsigned z = 0; z < f.in.conf.nr_zones; z++)
		if (f.in.zones[z].node == node)
			zones |= 1u << z;
	return zones;
}

/* Does the mechanism keep every request to the node that it names? */
static bool confines(void)
{
	uint16_t list[PGA_MAX_ZONES];

	for (unsigned node = 0; node < f.in.conf.nr_nodes; node++) {
		unsigned nr = f.in.ops->zonelist(f.in.pga, node, false, list, PGA_MAX_ZONES);
		uint32_t seen = 0;

		while (nr)
			seen |= 1u << list[--nr];
		if (seen != own_zones(node))
			return false;
	}
	return true;
}

/*
 * Every zone of a list once; THISNODE stays at home, and so does every list of a
 * mechanism that confines requests to the node that they name.
 */
ParameterizedTestParameters(conformance, zonelists)
{
	return points_with(PGA_CAP_NODES);
}
ParameterizedTest(struct point *p, conformance, zonelists)
{
	const char *machine = p->machine;
	uint16_t list[PGA_MAX_ZONES];

	up(p, machine);
	const bool confined = confines();

	for (unsigned node = 0; node < f.in.conf.nr_nodes; node++) {
		for (int here = 0; here < 2; here++) {
			unsigned nr = f.in.ops->zonelist(f.in.pga, node, here, list, PGA_MAX_ZONES);
			uint32_t seen = 0, want = own_zones(node);

			for (unsigned z = 0; !here && !confined && z < f.in.conf.nr_zones; z++)
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

static uint64_t cached(unsigned cpu)
{
	uint32_t count[PGA_MAX_TYPES];
	uint64_t sum = 0;

	for (unsigned z = 0; f.in.ops->pcp_count && z < f.in.conf.nr_zones; z++) {
		memset(count, 0, sizeof(count));
		f.in.ops->pcp_count(f.in.pga, cpu, z, count);
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			sum += count[t];
	}
	return sum;
}

static uint64_t unserved(void)
{
	uint64_t v[PGA_NR_STATS];

	f.in.ops->stats(f.in.pga, -1, v);
	return v[PGA_STAT_drain_unserved];
}

/*
 * Lists of a parked CPU are emptied at once, no more of them than asked for;
 * a running CPU is asked, keeps its frames meanwhile, and serves at its next
 * call.
 */
ParameterizedTestParameters(conformance, drains)
{
	static const char *const machines[] = { "one", "two", "highmem-nodes", NULL };

	return points_on(PGA_CAP_THREADS, machines);
}
ParameterizedTest(struct point *p, conformance, drains)
{
	const char *machine = p->machine;
	uint64_t before;

	up(p, machine);
	const struct pga_ops *ops = f.in.ops;

	for (int i = 0; i < 100; i++)
		take(request(1, -1, 0, PGA_GFP_USER_MOVABLE), NULL, machine);
	while (f.o.nr_live)
		give(0, 1, 0);
	before = cached(1);
	t_drive(&f.in, 0); /* parks 1 */
	if (ops->drain && before) {
		ok(ops->drain(f.in.pga, 1, -1, 1, 0) == 0, "a parked CPU was not drained");
		ok(cached(1) < before && cached(1) + f.in.conf.nr_zones >= before,
		   "%llu frames cached, one of each zone drained, %llu left",
		   (unsigned long long)before, (unsigned long long)cached(1));
		before = cached(1);
		ops->unpark(f.in.pga, 1);
		ok(ops->drain(f.in.pga, 1, -1, 0, 0) == -EAGAIN, "a running CPU was drained");
		ok(cached(1) == before, "its frames went all the same");
		ok(unserved() > 0, "the request is not counted");
		agrees(0);
		f.in.driver = 1;
		ops->park(f.in.pga, 0);
		take(request(1, -1, 0, PGA_GFP_USER_MOVABLE), NULL, machine);
		give(0, 1, 0);
		ok(unserved() == 0, "a call of the CPU did not serve the request");
	}
	t_drain_all(&f.in);
	ok(cached(1) == 0 && cached(0) == 0, "frames are left after a drain of all");
	end(machine);
}
