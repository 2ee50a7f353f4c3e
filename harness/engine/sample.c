/* SPDX-License-Identifier: GPL-2.0-only */
/* One sample of a cell: its passes, in a fixed order. */
#include "harness/engine/sample.h"
#include "harness/kernel/events.h"
#include "harness/matrix/sizing.h"
#include "harness/measure/clock.h"
#include "harness/measure/frag.h"
#include "harness/measure/latency.h"
#include "harness/measure/path_meter.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct {
	int rc;
	const char *status;
} statuses[] = {
	{ -ENOMEM, "out-of-memory" },
	{ -EOPNOTSUPP, "unsupported" },
};

const struct bench_pass_info bench_passes[BENCH_NR_PASSES] = {
	[BENCH_TIME] = { "time", "nanoseconds per operation" },
	[BENCH_PATHS] = { "paths", "path shares, the allocator's statistics" },
	[BENCH_COSTS] = { "costs", "what a call of each path costs" },
	[BENCH_COUNTERS] = { "counters", "the counter groups of the matrix" },
	[BENCH_FRAG] = { "frag", "fragmentation, along the axis of operations" },
	[BENCH_LATENCY] = { "latency", "percentiles of single operations, by path" },
};

static int refuse(struct record *r, int rc, const char *why)
{
	const char *status = "failed";

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
		if (statuses[i].rc == rc)
			status = statuses[i].status;
	snprintf(r->status, sizeof(r->status), "%s", status);
	sample_note(r, "%s", why);
	return -1;
}

static int run_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	char why[200] = "";
	int rc = engine_run(e, p, why, sizeof(why));

	return rc ? refuse(r, rc, why) : 0;
}

static int count_group(struct engine *e, struct engine_pass *p, const char *name, struct record *r)
{
	struct cnt_group g;
	char why[200] = "";

	if (cnt_group_load(&g, name, why, sizeof(why)))
		return refuse(r, -EINVAL, why);
	struct sample_cost c;

	*p = (struct engine_pass){ .kind = PASS_COUNTERS, .group = &g };
	if (cnt_init(why, sizeof(why)))
		sample_note(r, "counters: %s", why);
	if (run_pass(e, p, r))
		return -1;
	sample_cost(e->cell->wl, p, &c);
	cnt_report(&g, &p->counters, (double)c.ops, r);
	cnt_package_report(&g, &p->packages, (double)c.ops, r);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The same workload on the null variant, on the same backing; median. */
static int null_cost(const struct engine *e, double *ns_op, char *why, size_t len)
{
	struct bench_cell cell = *e->cell;
	struct engine null;
	struct sample_cost c;
	double runs[SAMPLE_NULL_RUNS];
	int rc = pga_variant_parse(&cell.variant, "null", NULL, why, len);

	if (rc)
		return rc;
	cell.memory.follow = FOLLOW_NO;
	if (cell.max_ops > SAMPLE_NULL_OPS)
		cell.max_ops = SAMPLE_NULL_OPS;
	rc = engine_open(&null, &cell, e->topo, e->seed, e, why, len);
	for (unsigned i = 0; !rc && i < SAMPLE_NULL_RUNS; i++) {
		struct engine_pass p = { .kind = PASS_TIME };

		rc = engine_run(&null, &p, why, len);
		sample_cost(cell.wl, &p, &c);
		runs[i] = c.ns_op;
	}
	engine_close(&null);
	if (rc)
		return rc;
	qsort(runs, SAMPLE_NULL_RUNS, sizeof(runs[0]), by_value);
	*ns_op = runs[SAMPLE_NULL_RUNS / 2];
	return 0;
}

static void null_pass(struct engine *e, struct record *r)
{
	char why[200] = "";

	if (null_cost(e, &r->null_ns_op, why, sizeof(why)))
		sample_note(r, "null_ns_op: %s", why);
}

static int append_events(const struct engine *e, const struct record *r)
{
	const struct bench_cell *cell = e->cell;
	FILE *f = fopen(cell->events, "ae");

	if (!f)
		return -errno;
	fprintf(f, "# %s %s order %u, %u thread%s, sample %llu, seed %llu\n", cell->variant.name,
		cell->wl->name, cell->order, cell->threads, cell->threads == 1 ? "" : "s",
		(unsigned long long)r->sample + 1, (unsigned long long)r->seed);
	int rc = events_write(e->events, f);

	return fclose(f) && !rc ? -errno : rc;
}

/* The same work once more, told event by event; nothing of this pass is a result. */
static int event_pass(struct engine *e, struct record *r)
{
	struct engine_pass p = { .kind = PASS_TIME };

	if (!e->cell->events)
		return 0;
	e->events = events_new(e->m->conf.nr_cpus);
	if (!e->events)
		return refuse(r, -ENOMEM, "no memory for events");
	int rc = run_pass(e, &p, r), error = rc ? 0 : append_events(e, r);

	if (error)
		sample_note(r, "events: %s: %s", e->cell->events, strerror(-error));
	events_free(e->events);
	e->events = NULL;
	return rc;
}

/*
 * Each of these leaves in @p what it ran, kind and results; nothing when this
 * cell has nothing to measure in this way.
 */
static int time_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	struct engine_pass again = { .kind = PASS_TIME };
	struct quiet q;
	int rc;

	quiet_open(&q, e);
	p->kind = PASS_TIME;
	p->stretches = quiet_next(&q);
	rc = run_pass(e, p, r);
	for (bool more = !rc && quiet_done(&q, p); more && !rc; more = quiet_done(&q, &again)) {
		again.stretches = quiet_next(&q);
		rc = run_pass(e, &again, r);
		if (rc)
			break;
	}
	quiet_close(&q);
	if (rc)
		return -1;
	sample_time(e, p, r);
	sample_quiet(&q, r);
	sample_report(p, r);
	return 1;
}

static int path_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	p->kind = PASS_PATHS;
	if (run_pass(e, p, r))
		return -1;
	sample_paths(p, r);
	sample_report(p, r);
	struct touch_cost touch;

	touch_cost(e, &touch);
	sample_touch(&touch, r);
	return 1;
}

/* Without counters it goes on with the time-stamp counter alone. */
static int cost_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	struct cnt_group g;
	char why[256] = "";

	if (cnt_group_load(&g, PATH_GROUP, why, sizeof(why)))
		return refuse(r, -EINVAL, why);
	if (cnt_init(why, sizeof(why)) == -EINVAL)
		return refuse(r, -EINVAL, why);
	*p = (struct engine_pass){ .kind = PASS_COSTS, .group = &g };
	if (run_pass(e, p, r))
		return -1;
	sample_costs(p, r);
	p->group = NULL;
	return 1;
}

static int count_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	unsigned g = 0;

	for (; g < CELL_MAX_GROUPS && e->cell->groups[g]; g++)
		if (count_group(e, p, e->cell->groups[g], r))
			return -1;
	return g > 0;
}

/* The null variant hands out no real frames: nothing is fragmented by it. */
static int frag_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	if (!(e->ops->caps & PGA_CAP_REAL))
		return 0;
	e->frag = frag_new(e->ops, &e->m->conf, e->cell->frag_every);
	if (!e->frag)
		return refuse(r, -ENOMEM, "no memory for the fragmentation pass");
	p->kind = PASS_FRAG;
	int rc = run_pass(e, p, r);

	if (!rc)
		frag_report(e->frag, r);
	int error = !rc && e->cell->maps ? frag_maps(e->frag, r, e->cell->maps) : 0;

	if (error)
		sample_note(r, "memory map: %s: %s", e->cell->maps, strerror(-error));
	frag_free(e->frag);
	e->frag = NULL;
	return rc ? rc : 1;
}

/* After the fragmentation pass: it looks at the same points of the axis. */
static int latency_pass(struct engine *e, struct engine_pass *p, struct record *r)
{
	e->latency = latency_new(e->ops, e->m->conf.nr_cpus, e->cell->threads, e->seed, &r->series);
	if (!e->latency)
		return refuse(r, -ENOMEM, "no memory for the latency pass");
	p->kind = PASS_LATENCY;
	int rc = run_pass(e, p, r);

	if (!rc)
		latency_report(e->latency, r);
	latency_free(e->latency);
	e->latency = NULL;
	return rc ? rc : 1;
}

/* In this order.  -1 failed, 0 there was nothing to measure, 1 measured. */
static int (*const pass_fns[BENCH_NR_PASSES])(struct engine *e, struct engine_pass *p,
					      struct record *r) = {
	[BENCH_TIME] = time_pass,      [BENCH_PATHS] = path_pass, [BENCH_COSTS] = cost_pass,
	[BENCH_COUNTERS] = count_pass, [BENCH_FRAG] = frag_pass,  [BENCH_LATENCY] = latency_pass,
};

/* Proofs and target are those of the first pass that ran. */
static int passes(struct engine *e, struct record *r)
{
	unsigned set = e->cell->passes ? e->cell->passes : BENCH_ALL_PASSES;
	bool any = false;

	for (unsigned i = 0; i < BENCH_NR_PASSES; i++) {
		struct engine_pass p = { .kind = PASS_TIME };
		int rc = set & 1u << i ? pass_fns[i](e, &p, r) : 0;

		if (rc < 0)
			return -1;
		if (rc && !any) {
			sample_place(e, &p, r);
			sample_target(&p, r);
		}
		any |= rc > 0;
	}
	if (!any)
		return refuse(r, -EOPNOTSUPP, "none of the passes asked for measures this cell");
	if (set & 1u << BENCH_TIME)
		null_pass(e, r);
	else
		sample_note(r, "the time pass was not asked for");
	return event_pass(e, r);
}

int bench_sample(const struct bench_cell *cell, const struct topo *t, struct record *r)
{
	uint64_t start = clk_ns();
	struct noise_look before, after;
	struct bench_need need;
	struct engine e = { 0 };
	struct rusage usage;
	char why[200] = "";
	int rc = bench_need(cell, t, &need, why, sizeof(why));

	snprintf(r->status, sizeof(r->status), "ok");
	noise_look(&before);
	if (!rc)
		rc = engine_open(&e, cell, t, r->seed, NULL, why, sizeof(why));
	rc = rc ? refuse(r, rc, why) : passes(&e, r);
	noise_look(&after);
	sample_noise(&before, &after, r);
	engine_close(&e);
	r->elapsed_s = (double)(clk_ns() - start) / 1e9;
	if (!getrusage(RUSAGE_SELF, &usage))
		r->peak_mib = (double)usage.ru_maxrss / 1024;
	return rc;
}
