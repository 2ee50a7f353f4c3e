/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the conformance suite share: the points that they are run
 * on, and operations that are judged as they are done.
 */
#ifndef TESTS_CONFORMANCE_SUITE_H
#define TESTS_CONFORMANCE_SUITE_H

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
static struct point points[MAX_POINTS];

static inline size_t add_points(size_t nr, const char *variant, const struct pga_ops *ops,
				uint32_t caps, const char *const *machines)
{
	if ((ops->caps & caps) != caps)
		return nr;
	for (; *machines && nr < MAX_POINTS; machines++) {
		if (!t_serves(ops, *machines))
			continue;
		snprintf(points[nr].variant, sizeof(points[nr].variant), "%s", variant);
		snprintf(points[nr].machine, sizeof(points[nr].machine), "%s", *machines);
		nr++;
	}
	return nr;
}

/* May a pageblock change its type?  Not where grouping by mobility is off. */
static inline bool groups(const char *variant)
{
	struct pga_variant v;
	char err[256];
	int i;

	if (pga_variant_parse(&v, variant, t_extra(), err, sizeof(err)))
		return false;
	i = pga_tunable_index(v.ops, "mobility");
	return i < 0 || strcmp(v.ops->tunables[i].words[v.policy[i]], "off") != 0;
}

/* Every variant with these capabilities on each of these machines. */
static inline struct criterion_test_params points_on(uint32_t caps, const char *const *machines)
{
	size_t nr = add_points(0, t_extra()->name, t_extra(), caps | PGA_CAP_REAL, machines);

	for (const struct pga_variant_row *r = t_rows(); r->name; r++)
		if (!(caps & PGA_CAP_MOBILITY) || groups(r->name))
			nr = add_points(nr, r->name, r->ops, caps | PGA_CAP_REAL, machines);
	return cr_make_param_array(struct point, points, nr);
}

/* Every variant with these capabilities on every machine. */
static inline struct criterion_test_params points_with(uint32_t caps)
{
	static const char *names[64];
	size_t nr = 0;

	for (const struct t_machine *m = t_machines; m->name && nr < 63; m++)
		names[nr++] = m->name;
	names[nr] = NULL;
	return points_on(caps, names);
}

/* Every assertion names the point and the seed. */
#define ok(cond, fmt, ...)                                                       \
	cr_assert(cond, "%s on %s, seed %llu: " fmt, f.in.variant.name, machine, \
		  (unsigned long long)t_seed(), ##__VA_ARGS__)
#define agrees(isolated) ok(t_oracle_agrees(&f.o, isolated), "%s", f.o.why)

static inline void up(const struct point *p, const char *machine)
{
	int rc = t_up(&f.in, p->variant, machine);

	if (rc == -EOPNOTSUPP)
		cr_skip_test("%s cannot serve %s: %s", p->variant, machine, f.in.why);
	ok(rc == 0, "%s", f.in.why);
	ok(t_oracle_init(&f.o, &f.in) == 0, "no memory");
	rng_seed(&f.rng, t_seed(), 0);
	agrees(0);
	/* Boot may have left frames on the lists of a CPU, where the end has none. */
	t_drain_all(&f.in);
	for (unsigned z = 0; z < f.in.conf.nr_zones; z++)
		t_free_blocks(&f.in, z, f.fresh[z]);
}

static inline struct pga_req request(unsigned cpu, int node, unsigned order, uint32_t gfp)
{
	return (struct pga_req){
		.gfp = gfp, .cpu = (uint16_t)cpu, .node = (int8_t)node, .order = (uint8_t)order
	};
}

/* One request; a success is judged at once. */
static inline bool take(struct pga_req req, const struct pga_ctx *ctx, const char *machine)
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
static inline bool take_or_justify(struct pga_req req, const struct pga_ctx *ctx,
				   const char *machine)
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

static inline void give(size_t i, unsigned cpu, unsigned flags)
{
	struct t_block b = t_oracle_gave(&f.o, i);

	t_drive(&f.in, cpu);
	f.in.ops->free(f.in.pga, b.pfn, b.order, cpu, b.order ? 0 : flags);
}

static inline unsigned any_cpu(void)
{
	return rng_below(&f.rng, f.in.conf.nr_cpus);
}

static inline void give_all(void)
{
	while (f.o.nr_live)
		give(rng_below(&f.rng, f.o.nr_live), any_cpu(), 0);
}

/* All frames back and all lists empty: the free blocks are those after init. */
static inline void end(const char *machine)
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

#endif
