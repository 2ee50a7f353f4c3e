/* SPDX-License-Identifier: GPL-2.0-only */
/* The latency pass: what is timed, what comes of it, and that nothing is left out. */
#include "harness/engine/engine.h"
#include "harness/measure/clock.h"
#include "harness/measure/latency.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS 160000u
#define SHORT_NS 100u
#define STALL_NS 10000u
#define STALL_EVERY 200u

static struct record r, other;
static const struct rec_series no_series;

/* A mechanism of which each 200th allocation lasts a hundred times as long as the others. */
static unsigned allocs, frees;
static bool free_inside;
static const struct pga_ops *wrapped;

static void last(uint64_t ns)
{
	for (uint64_t start = clk_ns(); clk_ns() - start < ns;)
		;
}

static struct pga_res scripted_alloc(struct pga *self, struct pga_req req,
				     const struct pga_ctx *ctx)
{
	(void)ctx;
	allocs++;
	if (free_inside)
		wrapped->free(self, 0, 0, req.cpu, 0);
	if (allocs % STALL_EVERY) {
		last(SHORT_NS);
		return (struct pga_res){ .path = PGA_PATH(PCP_HIT) };
	}
	last(STALL_NS);
	return (struct pga_res){ .path = PGA_PATH(SPLIT) | PGA_PATH(RECLAIM) };
}

static void scripted_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
			  unsigned flags)
{
	(void)self, (void)pfn, (void)order, (void)cpu, (void)flags;
	frees++;
}

static const struct pga_ops script = { .name = "script",
				       .alloc = scripted_alloc,
				       .free = scripted_free };

static void pairs(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		wrapped->alloc(NULL, (struct pga_req){ 0 }, NULL);
		wrapped->free(NULL, 0, 0, 0, 0);
	}
}

static struct latency *measure(unsigned n, bool timed, const struct rec_series *series)
{
	struct latency *l = latency_new(&script, 1, 1, t_seed(), series);

	cr_assert_not_null(l);
	wrapped = latency_wrap(l);
	cr_assert_str_eq(wrapped->name, "script");
	latency_start(l, 0, timed);
	pairs(n);
	latency_stop();
	return l;
}

static const struct rec_value *value(const struct record *of, const char *name)
{
	for (unsigned i = 0; i < of->nr_latency; i++)
		if (!strcmp(of->latency[i].name, name))
			return &of->latency[i];
	cr_assert_fail("no value %s", name);
	return NULL;
}

static double got(const struct record *of, const char *name)
{
	const struct rec_value *v = value(of, name);

	cr_assert(!isnan(v->value), "%s is null: %s", name, v->note);
	return v->value;
}

static uint64_t in_buckets(const struct record *of, const char *class)
{
	static struct hist h;
	uint64_t n;

	memset(&h, 0, sizeof(h));
	cr_assert(rec_hist_add(&h, &of->hists, class), "no histogram of %s", class);
	n = h.over;
	for (unsigned b = 0; b < HIST_BUCKETS; b++)
		n += h.count[b];
	cr_assert_eq(n, h.n);
	return n;
}

Test(latency, a_stall_shows_in_the_percentile_that_it_belongs_to)
{
	struct latency *l = measure(ROUNDS, true, &no_series);

	rec_init(&r);
	latency_report(l, &r);
	latency_free(l);
	double stall = STALL_NS * (1 - HIST_ERROR) - got(&r, "empty");

	/* One in 200 is rarer than one in 100, and more frequent than one in 1000. */
	cr_assert_gt(got(&r, "p99.9.alloc"), stall);
	cr_assert_gt(got(&r, "p50.reclaim"), stall);
	cr_assert_geq(got(&r, "max.alloc"), got(&r, "p99.9.alloc"));
	cr_assert_lt(got(&r, "p50.alloc"), stall);
	cr_assert_gt(got(&r, "p50.alloc"), 0);
	double timed = got(&r, "timed.alloc"), slow = got(&r, "timed.reclaim");

	cr_assert(slow * STALL_EVERY > 0.5 * timed && slow * STALL_EVERY < 1.5 * timed,
		  "%g of %g timed are stalls (seed %llu)", slow, timed,
		  (unsigned long long)t_seed());
}

Test(latency, one_operation_in_eight_is_timed_and_each_is_in_one_bucket)
{
	struct latency *l = measure(ROUNDS, true, &no_series);

	cr_assert_eq(allocs, ROUNDS);
	cr_assert_eq(frees, ROUNDS);
	rec_init(&r);
	latency_report(l, &r);
	latency_free(l);
	double alloc = got(&r, "timed.alloc"), freed = got(&r, "timed.free");

	cr_assert_eq((double)in_buckets(&r, REC_HIST_ALLOC), alloc);
	cr_assert_eq((double)in_buckets(&r, REC_HIST_FREE), freed);
	cr_assert_eq(got(&r, "timed.pcp_hit") + got(&r, "timed.reclaim"), alloc);
	cr_assert_eq((double)(in_buckets(&r, "pcp_hit") + in_buckets(&r, "reclaim")), alloc);
	cr_assert_eq(got(&r, "every"), LATENCY_EVERY);
	cr_assert(fabs(alloc * LATENCY_EVERY / ROUNDS - 1) < 0.05, "%g allocations", alloc);
	cr_assert(fabs(freed * LATENCY_EVERY / ROUNDS - 1) < 0.05, "%g frees", freed);
	cr_assert_gt(got(&r, "tick"), 0);
	cr_assert_geq(got(&r, "empty"), 0);
}

Test(latency, a_percentile_of_too_few_is_null_and_says_so)
{
	struct latency *l = measure(4000, true, &no_series);
	char want[64];

	rec_init(&r);
	latency_report(l, &r);
	latency_free(l);
	snprintf(want, sizeof(want), "%.0f timed, needs 10000", got(&r, "timed.free"));
	cr_assert(isnan(value(&r, "p99.9.free")->value));
	cr_assert_str_eq(value(&r, "p99.9.free")->note, want);
	cr_assert_gt(got(&r, "p90.free"), -1);
}

/* Else the time of the inner reads would be part of the outer operation. */
Test(latency, nothing_is_timed_inside_of_what_is_timed)
{
	free_inside = true;
	struct latency *l = latency_new(&script, 1, 1, t_seed(), &no_series);

	wrapped = latency_wrap(l);
	latency_start(l, 0, true);
	for (unsigned i = 0; i < 8000; i++) {
		l->thread[0].gap = 1;
		uint64_t before = l->thread[0].of[LATENCY_FREE].n;

		wrapped->alloc(NULL, (struct pga_req){ 0 }, NULL);
		cr_assert_eq(l->thread[0].of[LATENCY_FREE].n, before);
		cr_assert_neq(l->thread[0].gap, 0);
	}
	latency_stop();
	cr_assert_eq(frees, 8000);
	cr_assert_eq(l->cpu[0].requests, 16000);
	latency_free(l);
}

Test(latency, untimed_phases_are_in_the_intervals_alone)
{
	struct rec_series *s = &other.series;

	rec_init(&other);
	s->nr_cols = 1;
	s->nr_points = 2;
	s->point[0][0] = 40000;
	s->point[1][0] = 60000;
	struct latency *l = measure(20000, false, s);

	latency_start(l, 0, true);
	cr_assert_eq(l->thread[0].point, 1, "the first interval is over");
	pairs(10);
	latency_tick(l, 0);
	cr_assert_eq(l->thread[0].point, 1);
	pairs(10000);
	latency_tick(l, 0);
	cr_assert_eq(l->thread[0].point, 2);
	pairs(10);
	latency_stop();
	latency_report(l, &other);
	cr_assert_eq(s->nr_cols, 3);
	cr_assert_str_eq(s->col[1], "p99.alloc");
	cr_assert_str_eq(s->col[2], "p99.free");
	cr_assert_gt(s->point[0][1], 0);
	cr_assert_geq(s->point[0][2], 0);
	const struct latency_thread *t = &l->thread[0];
	uint64_t in_last = t->interval[1].alloc.n + t->interval[1].free.n;
	double timed = got(&other, "timed.alloc") + got(&other, "timed.free");

	cr_assert(fabs((double)t->interval[0].alloc.n * LATENCY_EVERY / 20000 - 1) < 0.1);
	cr_assert_leq((double)in_last, timed, "what came later is in no interval");
	cr_assert_geq((double)in_last + 20, timed);
	latency_free(l);
}

Test(latency, neighbouring_intervals_are_taken_together_where_they_are_short)
{
	struct rec_series *s = &other.series;

	rec_init(&other);
	s->nr_cols = 1;
	s->nr_points = 10;
	for (unsigned p = 0; p < s->nr_points; p++)
		s->point[p][0] = (p + 1) * 4000;
	struct latency *l = measure(2000, true, s);

	/* Nothing is asked for in the second interval. */
	l->cpu[0].requests += 4000;
	latency_start(l, 0, true);
	for (unsigned p = 2; p < s->nr_points; p++, latency_tick(l, 0))
		pairs(2000);
	latency_stop();
	latency_report(l, &other);
	unsigned enough = 0;

	for (uint64_t timed = 0; timed < 1000; enough++)
		timed += l->thread[0].interval[enough].alloc.n;
	cr_assert_gt(enough, 3);
	for (unsigned p = 0; p < enough; p++)
		cr_assert(p == 1 ? isnan(s->point[p][1])
				 : s->point[p][1] >= s->point[0][1] &&
					   s->point[p][1] <= s->point[0][1],
			  "point %u", p);
	uint64_t left = 0;

	for (unsigned p = enough; p < s->nr_points; p++)
		left = (left < 1000 ? left : 0) + l->thread[0].interval[p].alloc.n;
	cr_assert_eq(isnan(s->point[9][1]) != 0, left < 1000, "%llu are left (seed %llu)",
		     (unsigned long long)left, (unsigned long long)t_seed());
	cr_assert_str_eq(s->note, "a p99 needs 1000 timed operations");
	latency_free(l);
}

static void sample_into(struct record *to, const struct bench_cell *cell)
{
	struct topo *t = t_topo("", NULL);

	rec_init(to);
	to->seed = t_seed();
	cr_assert_eq(bench_sample(cell, t, to), 0, "%s: %s", to->status, to->reason);
	topo_free(t);
}

/* What the pass adds does not change what the workload does. */
Test(latency, the_stream_is_that_of_the_time_pass)
{
	struct topo *t = t_topo("", NULL);
	struct engine_pass time = { .kind = PASS_TIME }, pass = { .kind = PASS_LATENCY };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", "rand");
	cr_assert_eq(engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &time, why, sizeof(why)), 0, "%s", why);
	e.latency = latency_new(e.ops, e.m->conf.nr_cpus, 1, e.seed, &no_series);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	for (unsigned i = 0; cell.wl->phases[i].name; i++)
		cr_assert_eq(time.phase[i].ops, pass.phase[i].ops);
	cr_assert_eq(time.fails, pass.fails);
	cr_assert_eq(memcmp(time.stats, pass.stats, sizeof(time.stats)), 0);
	latency_free(e.latency);
	e.latency = NULL;
	engine_close(&e);
	topo_free(t);
}

Test(latency, a_sample_has_percentiles_by_path)
{
	struct bench_cell cell;
	double sum = 0;

	t_cell_make(&cell, "linux-3.10", "repeat");
	cell.max_ops = 200000;
	cell.passes = 1u << BENCH_LATENCY;
	sample_into(&r, &cell);
	cr_assert_leq(got(&r, "p50.alloc"), got(&r, "p99.alloc"));
	cr_assert_leq(got(&r, "p99.alloc"), got(&r, "p99.9.alloc"));
	cr_assert_leq(got(&r, "p99.9.alloc"), got(&r, "max.alloc"));
	cr_assert_geq(got(&r, "p99.9.free"), 0);
	cr_assert(isnan(value(&r, "p99.99.alloc")->value));
	for (unsigned i = 0; i < r.nr_latency; i++) {
		const struct rec_value *v = &r.latency[i];

		cr_assert(!isnan(v->value) || *v->note, "%s is null without a reason", v->name);
		cr_assert(rec_latency_find(v->name), "%s has no meaning", v->name);
		if (!strncmp(v->name, "timed.", 6) && strcmp(v->name, "timed.alloc") != 0 &&
		    strcmp(v->name, "timed.free") != 0)
			sum += v->value;
	}
	cr_assert_eq(sum, got(&r, "timed.alloc"));
	cr_assert_eq((double)in_buckets(&r, REC_HIST_ALLOC), sum);
	cr_assert_eq((double)in_buckets(&r, REC_HIST_FREE), got(&r, "timed.free"));
	cr_assert_eq(r.series.nr_points, 0);
	cr_assert(isnan(r.ns_op), "no other pass was run");
}

Test(latency, the_same_seed_times_the_same_operations)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "rand");
	cell.passes = 1u << BENCH_LATENCY;
	sample_into(&r, &cell);
	sample_into(&other, &cell);
	cr_assert_eq(r.nr_latency, other.nr_latency);
	for (unsigned i = 0; i < r.nr_latency; i++) {
		cr_assert_str_eq(r.latency[i].name, other.latency[i].name);
		if (!strncmp(r.latency[i].name, "timed.", 6))
			cr_assert_eq(r.latency[i].value, other.latency[i].value, "%s",
				     r.latency[i].name);
	}
}

static unsigned col(const struct record *of, const char *name)
{
	unsigned c = 0;

	while (c < of->series.nr_cols && strcmp(of->series.col[c], name) != 0)
		c++;
	return c;
}

Test(latency, the_series_of_the_fragmentation_pass_gets_its_percentiles)
{
	struct bench_cell cell;
	unsigned known = 0;

	t_cell_make(&cell, "linux-3.10", "repeat");
	cell.max_ops = 400000;
	cell.frag_every = 40000;
	cell.passes = 1u << BENCH_FRAG;
	sample_into(&other, &cell);
	cr_assert_eq(col(&other, "p99.alloc"), other.series.nr_cols, "that pass was not run");
	cell.passes |= 1u << BENCH_LATENCY;
	sample_into(&r, &cell);
	cr_assert_eq(r.series.nr_points, other.series.nr_points);
	cr_assert_eq(r.series.nr_cols, other.series.nr_cols + 2);
	for (unsigned p = 0; p < r.series.nr_points; p++) {
		double p99 = r.series.point[p][col(&r, "p99.alloc")];

		cr_assert_eq(r.series.point[p][0], other.series.point[p][0]);
		cr_assert(!isnan(p99) || strstr(r.series.note, "a p99 needs 1000 timed"), "%s",
			  r.series.note);
		known += isnan(p99) ? 0 : 1;
		cr_assert(isnan(p99) || p99 >= 0);
	}
	cr_assert_gt(known, 1, "20,000 allocations in each interval");
}

Test(latency, several_threads_add_up)
{
	struct bench_cell cell;

	t_cell_make(&cell, "linux-3.10", "rand");
	cell.threads = 2;
	cell.oversubscribe = true;
	cell.memory.per_node = 64u << 20;
	cell.passes = 1u << BENCH_FRAG | 1u << BENCH_LATENCY;
	sample_into(&r, &cell);
	cr_assert_eq((double)in_buckets(&r, REC_HIST_ALLOC), got(&r, "timed.alloc"));
	cr_assert_eq((double)in_buckets(&r, REC_HIST_FREE), got(&r, "timed.free"));
	cr_assert_geq(got(&r, "p90.alloc"), got(&r, "p50.alloc"));
}

Test(latency, the_null_variant_has_a_floor_of_its_own)
{
	struct bench_cell cell;

	t_cell_make(&cell, "null", "bulk");
	cell.passes = 1u << BENCH_LATENCY;
	sample_into(&r, &cell);
	cr_assert_geq(got(&r, "p90.alloc"), 0);
}
