/* SPDX-License-Identifier: GPL-2.0-only */
/* The fragmentation pass: its values, its series, and that it repeats. */
#include "harness/engine/engine.h"
#include "harness/measure/frag.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_instance.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static struct record r, other;

static void sample_into(struct record *to, const struct bench_cell *cell)
{
	struct topo *t = t_topo("", NULL);

	rec_init(to);
	to->seed = t_seed();
	cr_assert_eq(bench_sample(cell, t, to), 0, "%s: %s", to->status, to->reason);
	topo_free(t);
}

static void sample(const struct bench_cell *cell)
{
	sample_into(&r, cell);
}

static const struct rec_value *value(const char *name)
{
	for (unsigned i = 0; i < r.nr_frag; i++)
		if (!strcmp(r.frag[i].name, name))
			return &r.frag[i];
	cr_assert_fail("no value %s", name);
	return NULL;
}

static double got(const char *name)
{
	const struct rec_value *v = value(name);

	cr_assert(!isnan(v->value), "%s is null: %s", name, v->note);
	return v->value;
}

static unsigned col(const char *name)
{
	unsigned c = 0;

	while (c < r.series.nr_cols && strcmp(r.series.col[c], name) != 0)
		c++;
	cr_assert_lt(c, r.series.nr_cols, "no column %s", name);
	return c;
}

static double stat_of(const char *name)
{
	for (unsigned i = 0; i < r.nr_stats; i++)
		if (!strcmp(r.stats[i].name, name))
			return r.stats[i].value;
	return NAN;
}

/* The workload has a closed form: one frame in four is kept, all else is free. */
Test(frag, holes)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "holes");
	cell.memory.per_node = 64u << 20;
	sample(&cell);
	cr_assert_float_eq(got("Fu(9)"), r.fu9, 1e-9, "the state that counts is the target's");
	cr_assert_float_eq(got("used"), 16384 / 4.0, 256);
	cr_assert_float_eq(got("moves"), got("free") / 512 * 128, 512);
	cr_assert_float_eq(got("hybrid"), 0, 0);
	cr_assert_float_eq(got("unknown"), 0, 0);
	cr_assert_float_eq(got("clean.2MiB"), 1, 0);
	cr_assert_float_eq(got("success_now(9)"), 0, 0);
	cr_assert_gt(got("user_frames"), got("free") / 2);
	cr_assert_leq(got("user_frames"), got("free") + got("pcp"));
	cr_assert(isnan(value("recovery")->value));
	cr_assert(strstr(value("recovery")->note, "no owner"));
	cr_assert(isnan(value("clean.1GiB")->value));
	cr_assert_gt(got("fail.requests(0)"), 16384 / 2, "memory was filled up");
	cr_assert_gt(got("fail.seconds(0)"), 0);
}

static double sum(const char *prefix)
{
	double s = 0;

	for (unsigned i = 0; i < r.nr_frag; i++)
		if (!strncmp(r.frag[i].name, prefix, strlen(prefix)))
			s += r.frag[i].value;
	return s;
}

/* What is counted in several ways comes out the same. */
static void check_consistency(void)
{
	double frames = 0, blocks = 0;
	char name[32];

	for (unsigned o = 0; o < 11; o++) {
		snprintf(name, sizeof(name), "free.%u", o);
		frames += ldexp(got(name), (int)o);
		blocks += got(name);
	}
	cr_assert_float_eq(frames, got("free"), 0);
	cr_assert_float_eq(blocks,
			   sum("free.Unmovable.") + sum("free.Reclaimable.") +
				   sum("free.Movable.") + sum("free.Reserve.") +
				   sum("free.Isolate."),
			   0);
	cr_assert_float_eq(sum("steal."), got("steal"), 0);
	cr_assert_float_eq(sum("claim."), got("claim"), 0);
	cr_assert_float_eq(got("pageblocks.Movable") + got("pageblocks.Unmovable") +
				   got("pageblocks.Reclaimable") + got("pageblocks.Reserve"),
			   32, 0);
	cr_assert_float_eq(sum("fill."), 32, 0, "all huge frames are in a bin");
	cr_assert_float_eq(got("used") + got("free") + got("pcp"), 16384, 0);
}

Test(frag, unmovable_drip)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "unmovable-drip");
	cell.memory.per_node = 64u << 20;
	cell.daemons = DAEMONS_STEPPED;
	sample(&cell);
	check_consistency();
	cr_assert_gt(got("steal") + got("claim"), 0);
	cr_assert_leq(got("fragmenting"), got("steal") + got("claim"));
	cr_assert_float_eq(got("steal"), stat_of("extfrag_steal"), 0,
			   "the mechanism's own count is that of the same stream");
	cr_assert_float_eq(got("claim"), stat_of("extfrag_claim"), 0);
	cr_assert_gt(got("polluted"), 0);
	cr_assert_gt(got("hybrid"), 0);
	cr_assert_geq(got("tainted.2MiB"), got("hybrid"));
	cr_assert_gt(got("recovery.moved"), 0, "owners let their frames move");
	cr_assert_lt(got("recovery.Fu(9)"), got("Fu(9)"));
	if (got("recovery.Fu(9)") < FRAG_RECOVERED / 1000.0)
		cr_assert_gt(got("recovery"), 0);
	else
		cr_assert(isnan(value("recovery")->value));
}

Test(frag, the_series)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "unmovable-drip");
	cell.memory.per_node = 64u << 20;
	cell.daemons = DAEMONS_STEPPED;
	cell.passes = 1u << BENCH_FRAG;
	cell.frag_every = 1;
	sample(&cell);
	cr_assert_gt(r.series.nr_points, FRAG_POINTS / 4, "%u points", r.series.nr_points);
	cr_assert_leq(r.series.nr_points, FRAG_POINTS);
	cr_assert_eq(col("requests"), 0, "the axis comes first");
	unsigned last = r.series.nr_points - 1;
	double widest = 0;

	for (unsigned p = 1; p <= last; p++) {
		double step = r.series.point[p][0] - r.series.point[p - 1][0];

		cr_assert_geq(step, 0, "point %u", p);
		widest = step > widest ? step : widest;
	}
	cr_assert_lt(widest, r.series.point[last][0] / 4, "the points cover the axis");
	cr_assert_float_eq(r.series.point[last][0], got("requests"), 0);
	cr_assert_float_eq(r.series.point[last][col("Fu(9)")], got("Fu(9)"), 0);
	cr_assert_float_eq(r.series.point[last][col("moves")], got("moves"), 0);
	cr_assert(isnan(r.ns_op), "time was not asked for");
	cr_assert(strstr(r.reason, "time pass"), "%s", r.reason);
	cr_assert_gt(r.target[0], 0, "the target is stated without a time pass too");
}

/* One thread, stepped daemons: times apart, everything repeats. */
Test(frag, the_same_seed_gives_the_same_values)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "unmovable-drip");
	cell.memory.per_node = 64u << 20;
	cell.daemons = DAEMONS_STEPPED;
	cell.passes = 1u << BENCH_FRAG;
	sample_into(&other, &cell);
	sample(&cell);
	cr_assert_eq(r.nr_frag, other.nr_frag);
	for (unsigned i = 0; i < r.nr_frag; i++) {
		const struct rec_value *a = &r.frag[i], *b = &other.frag[i];
		const struct rec_metric *known = rec_frag_find(a->name);

		cr_assert_not_null(known, "%s is not described", a->name);
		cr_assert_str_eq(a->name, b->name);
		cr_assert(isnan(a->value) == isnan(b->value), "%s", a->name);
		if (!isnan(a->value) && strcmp(known->unit, "s") != 0)
			cr_assert_eq(a->value, b->value, "%s", a->name);
		cr_assert(!isnan(a->value) || a->note[0], "%s is null for no reason", a->name);
	}
	cr_assert_eq(r.series.nr_points, other.series.nr_points);
	for (unsigned p = 0; p < r.series.nr_points; p++)
		for (unsigned c = 0; c < r.series.nr_cols; c++)
			if (strcmp(r.series.col[c], "seconds") != 0)
				cr_assert(!memcmp(&r.series.point[p][c], &other.series.point[p][c],
						  sizeof(double)),
					  "%s of point %u", r.series.col[c], p);
}

/* What the pass adds does not change what the workload does. */
Test(frag, the_stream_is_that_of_the_time_pass)
{
	struct topo *t = t_topo("", NULL);
	struct engine_pass time = { .kind = PASS_TIME }, frag = { .kind = PASS_FRAG };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", "rand");
	cr_assert_eq(engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &time, why, sizeof(why)), 0, "%s", why);
	e.frag = frag_new(e.ops, &e.m->conf, 0);
	cr_assert_eq(engine_run(&e, &frag, why, sizeof(why)), 0, "%s", why);
	for (unsigned i = 0; cell.wl->phases[i].name; i++)
		cr_assert_eq(time.phase[i].ops, frag.phase[i].ops);
	cr_assert_eq(time.fails, frag.fails);
	cr_assert_eq(e.frag->state.sum.requests, time.phase[0].ops,
		     "the state that counts is that before the frees");
	frag_free(e.frag);
	e.frag = NULL;
	engine_close(&e);
	topo_free(t);
}

Test(frag, without_types_what_needs_them_is_null)
{
	struct bench_cell cell;

	t_cell_make(&cell, "skeleton", "bulk");
	sample(&cell);
	cr_assert(isnan(value("polluted")->value));
	cr_assert_str_eq(value("polluted")->note, "the mechanism has no types");
	cr_assert(isnan(value("free.Movable.0")->value));
	cr_assert(isnan(value("steal")->value));
	cr_assert(!isnan(got("Fu(0)")) && !isnan(got("hybrid")) && !isnan(got("moves")));
}

Test(frag, the_null_variant_is_not_looked_at)
{
	struct bench_cell cell;
	struct topo *t = t_topo("", NULL);

	t_cell_make(&cell, "null", "bulk");
	sample(&cell);
	cr_assert_eq(r.nr_frag, 0);
	cr_assert_gt(r.ns_op, 0);
	cell.passes = 1u << BENCH_FRAG;
	rec_init(&r);
	cr_assert_eq(bench_sample(&cell, t, &r), -1);
	cr_assert_str_eq(r.status, "unsupported");
	topo_free(t);
}

/* Between two phases all is known; while others work, what free lists show. */
Test(frag, several_threads)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "rand");
	cell.threads = 2;
	cell.memory.per_node = 64u << 20;
	cell.frag_every = 1;
	sample(&cell);
	cr_assert_float_eq(got("unknown"), 0, 0);
	cr_assert_float_eq(got("used") + got("free") + got("pcp"), 16384, 0);
	cr_assert_gt(got("used"), 0);
	cr_assert(isnan(r.series.point[0][col("used")]));
	cr_assert(!isnan(r.series.point[0][col("free")]));
	cr_assert(strstr(r.series.note, "thread"), "%s", r.series.note);
}

/*
 * A node that has the memory, in single frames, and one that has none: blocks
 * that come from the other node have two different reasons.
 */
Test(frag, why_a_block_is_remote)
{
	static struct t_instance in;
	static pga_pfn_t taken[4097];
	const struct pga_req here = { .gfp = (PGA_GFP_USER_MOVABLE & ~(uint32_t)PGA_GFP_WAIT) |
					     PGA_GFP_THISNODE | PGA_GFP_MEMALLOC,
				      .node = 0 };
	struct pga_req any = here;
	unsigned nr = 0;

	cr_assert_eq(
		t_up(&in, "linux-3.10", "zone=0:Normal:0+4096 zone=1:Normal:4096+4096 cpus=0,1"), 0,
		"%s", in.why);
	struct frag *f = frag_new(in.ops, &in.conf, 0);
	const struct pga_ops *ops = frag_wrap(f, in.pga);

	any.gfp = PGA_GFP_USER_MOVABLE & ~(uint32_t)PGA_GFP_WAIT;
	t_drive(&in, 0);
	while ((taken[nr] = ops->alloc(in.pga, here, NULL).pfn) != PGA_NIL)
		nr++;
	cr_assert_eq(f->cpu[0].failed[0], 1);
	cr_assert_eq(f->cpu[0].fail_requests[0], nr + 1);
	any.order = 3;
	cr_assert_geq(ops->alloc(in.pga, any, NULL).pfn, 4096);
	cr_assert_eq(f->cpu[0].remote_full, 1);
	cr_assert_eq(f->cpu[0].remote_fragmented, 0);
	for (unsigned i = 0; i < nr; i++)
		if (taken[i] % 2)
			ops->free(in.pga, taken[i], 0, 0, 0);
	cr_assert_geq(ops->alloc(in.pga, any, NULL).pfn, 4096);
	cr_assert_eq(f->cpu[0].remote_full, 1);
	cr_assert_eq(f->cpu[0].remote_fragmented, 1);
	cr_assert_eq(frag_requests(f), nr + 3 + nr / 2);
	frag_free(f);
	t_down(&in);
}
