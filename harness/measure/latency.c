/* SPDX-License-Identifier: GPL-2.0-only */
/* Single operations between two readings of the counter. */
#include "harness/measure/latency.h"

#include "harness/matrix/sizing.h"
#include "harness/measure/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the wrapped operations, which know the instance alone, write to. */
static struct latency *measuring;
static __thread struct latency_thread *mine;

static uint32_t next_gap(struct latency_thread *t)
{
	return 1 + rng_below(&t->rng, LATENCY_GAP);
}

static uint64_t units_of(uint64_t ticks)
{
	return hist_units((double)ticks * measuring->tick_ns);
}

/* Between two operations; the median of an odd number of regions. */
static void calibrate(struct latency_thread *t)
{
	uint64_t empty[LATENCY_EMPTIES] = { 0 };

	for (unsigned i = 0; i < LATENCY_EMPTIES; i++) {
		uint64_t start = clk_serial(), ticks = clk_serial() - start;
		unsigned at = i;

		for (; at && empty[at - 1] > ticks; at--)
			empty[at] = empty[at - 1];
		empty[at] = ticks;
	}
	t->empty = empty[LATENCY_EMPTIES / 2];
	t->calibrate = LATENCY_CALIBRATE;
	hist_add(&t->empties, units_of(t->empty));
}

static bool open_threads(struct latency *l, uint64_t seed)
{
	for (unsigned i = 0; i < l->nr_threads; i++) {
		struct latency_thread *t = &l->thread[i];

		/* Another stream than the requests' own. */
		rng_seed(&t->rng, ~seed, i);
		t->gap = next_gap(t);
		if (!l->nr_points)
			continue;
		t->interval = calloc(l->nr_points, sizeof(*t->interval));
		if (!t->interval)
			return false;
	}
	return true;
}

_Static_assert(REC_MAX_POINTS * sizeof(struct latency_interval) + sizeof(struct latency_thread) <=
		       SIZING_PER_THREAD + (64 << 10),
	       "a thread's histograms are part of the plan");

static void *zeroed(size_t nr, size_t size, size_t align)
{
	void *p = aligned_alloc(align, nr * size);

	if (p)
		memset(p, 0, nr * size);
	return p;
}

struct latency *latency_new(const struct pga_ops *ops, unsigned nr_cpus, unsigned nr_threads,
			    uint64_t seed, const struct rec_series *series)
{
	struct latency *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->ops = ops;
	l->nr_cpus = nr_cpus;
	l->nr_threads = nr_threads;
	l->nr_points = series->nr_points;
	l->tick_ns = clk_tick_ns();
	for (unsigned p = 0; p < l->nr_points; p++)
		l->axis[p] = (uint64_t)series->point[p][0];
	l->cpu = zeroed(nr_cpus, sizeof(*l->cpu), _Alignof(struct latency_cpu));
	l->thread = zeroed(nr_threads, sizeof(*l->thread), _Alignof(struct latency_thread));
	if (l->cpu && l->thread && open_threads(l, seed))
		return l;
	latency_free(l);
	return NULL;
}

void latency_free(struct latency *l)
{
	if (!l)
		return;
	if (measuring == l)
		measuring = NULL;
	for (unsigned i = 0; l->thread && i < l->nr_threads; i++)
		free(l->thread[i].interval);
	free(l->thread);
	free(l->cpu);
	free(l);
}

/* Of one writer, but read by others meanwhile. */
static void count_request(unsigned cpu)
{
	uint64_t *count = &measuring->cpu[cpu].requests;

	__atomic_store_n(count, *count + 1, __ATOMIC_RELAXED);
}

static void note(struct latency_thread *t, unsigned class, uint64_t ticks)
{
	uint64_t units = units_of(ticks > t->empty ? ticks - t->empty : 0);

	if (t->counts)
		hist_add(&t->of[class], units);
	if (t->point < measuring->nr_points)
		hist_add(class == LATENCY_FREE ? &t->interval[t->point].free
					       : &t->interval[t->point].alloc,
			 units);
	if (--t->calibrate == 0)
		calibrate(t);
	t->gap = next_gap(t);
}

/* The turn of an operation; during one the gap is 0, so that none inside has its turn. */
static bool has_turn(struct latency_thread *t)
{
	return t && --t->gap == 0;
}

static struct pga_res timed_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	const struct pga_ops *ops = measuring->ops;
	struct latency_thread *t = mine;

	count_request(req.cpu);
	if (!has_turn(t))
		return ops->alloc(self, req, ctx);
	uint64_t start = clk_serial();
	struct pga_res res = ops->alloc(self, req, ctx);
	uint64_t end = clk_serial();

	note(t, pga_path_class(res.path), end - start);
	return res;
}

static void timed_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
		       unsigned flags)
{
	const struct pga_ops *ops = measuring->ops;
	struct latency_thread *t = mine;

	count_request(cpu);
	if (!has_turn(t)) {
		ops->free(self, pfn, order, cpu, flags);
		return;
	}
	uint64_t start = clk_serial();

	ops->free(self, pfn, order, cpu, flags);
	uint64_t end = clk_serial();

	note(t, LATENCY_FREE, end - start);
}

const struct pga_ops *latency_wrap(struct latency *l)
{
	measuring = l;
	l->wrapped = *l->ops;
	l->wrapped.alloc = timed_alloc;
	l->wrapped.free = timed_free;
	return &l->wrapped;
}

void latency_start(struct latency *l, unsigned thread, bool timed)
{
	mine = &l->thread[thread];
	mine->counts = timed;
	calibrate(mine);
	latency_tick(l, thread);
}

void latency_stop(void)
{
	mine = NULL;
}

void latency_tick(struct latency *l, unsigned thread)
{
	struct latency_thread *t = &l->thread[thread];
	uint64_t requests = 0;

	if (t->point == l->nr_points)
		return;
	for (unsigned c = 0; c < l->nr_cpus; c++)
		requests += __atomic_load_n(&l->cpu[c].requests, __ATOMIC_RELAXED);
	while (t->point < l->nr_points && requests >= l->axis[t->point])
		t->point++;
}
