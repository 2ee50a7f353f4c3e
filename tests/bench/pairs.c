/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of `make bench`: linux-3.10 beside the null variant and a bare
 * list per core, in one run, repetitions interleaved, each in a process of its
 * own; medians, and the bars that the project sets itself.
 *
 * pairs                               the whole table
 * pairs VARIANT WORKLOAD ORDER OPS    one time pass, for instruction counts
 *
 * ZB_BENCH_REPS sets the repetitions, ZB_BENCH_MIB the frames in MiB.  Where it
 * is allowed the measuring processes run at real-time priority, so that
 * other programs do not interrupt them; ZB_BENCH_RT=no leaves that out.
 */
#include "harness/clock.h"
#include "harness/counters.h"
#include "harness/engine.h"
#include "harness/sample.h"
#include "results/stats.h"
#include "tests/support/t_bare.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_REPS 101u
#define PAIRS 2000000u
#define SETUP_SIZE (64ull << 30)
#define DUEL_ROUNDS 9u
#define HIGH_FAILS 20000u /* order-3 failures that are timed */

struct figures {
	bool ok, noisy, real_time;
	char why[128];
	double ns, null_ns, ns_alloc, ns_free, mops; /* per pair */
	double tsc;				     /* reference cycles per pair */
	double cycles, instructions;		     /* counted; NaN */
	double core_ghz;			     /* of the core just before */
	double init_s, populate_s, meta;	     /* setup row */
	double ratio;				     /* duel rows: to bare */
	double p99_ok, p99_fail, took;		     /* order-3 rows: ns, ns, blocks */
};

static struct topo *topo;
static uint64_t mib = 4096;

/*
 * Additions that each need the one before take one core cycle each: their rate
 * is the core's clock, which the time-stamp counter does not follow.
 */
static double core_ghz(void)
{
	double best = 0;

	for (int round = 0; round < 5; round++) {
		uint64_t x = 1, start = clk_ns(), ns;

		for (int i = 0; i < 20000; i++)
			__asm__ volatile(".rept 10\n\tadd %0, %0\n\t.endr" : "+r"(x));
		ns = clk_ns() - start;
		if (200000.0 / (double)ns > best)
			best = 200000.0 / (double)ns;
	}
	return best;
}

static bool make_cell(struct bench_cell *cell, const char *variant, const char *workload,
		      unsigned order, unsigned threads, char *why, size_t len)
{
	memset(cell, 0, sizeof(*cell));
	if (pga_variant_parse(&cell->variant, variant, &t_bare, why, len))
		return false;
	cell->wl = wl_find(workload);
	wl_param_defaults(cell->wl, cell->param);
	cell->order = order;
	cell->threads = threads;
	cell->memory = (struct bench_memory){ .per_node = mib << 20, .backing = BACK_NONE };
	cell->max_ops = PAIRS;
	return true;
}

static void measure_sample(const char *variant, const char *workload, unsigned order,
			   unsigned threads, struct figures *f)
{
	static struct record r;
	struct bench_cell cell;

	if (!make_cell(&cell, variant, workload, order, threads, f->why, sizeof(f->why)))
		return;
	cell.groups[0] = "cost";
	rec_init(&r);
	r.seed = 1;
	f->core_ghz = core_ghz();
	bench_sample(&cell, topo, &r);
	f->ok = !strcmp(r.status, "ok");
	f->noisy = strchr(r.flags, 'n') != NULL;
	snprintf(f->why, sizeof(f->why), "%.60s: %.60s", r.status, r.reason);
	f->ns = r.ns_op;
	f->null_ns = r.null_ns_op;
	f->ns_alloc = r.ns_alloc;
	f->ns_free = r.ns_free;
	f->mops = r.mops;
	f->tsc = r.tsc_op;
	for (unsigned i = 0; i < r.nr_counters; i++) {
		if (!strcmp(r.counters[i].name, "cycles_per_op"))
			f->cycles = r.counters[i].value;
		if (!strcmp(r.counters[i].name, "instructions_per_op"))
			f->instructions = r.counters[i].value;
	}
}

/* 64 GiB of frames, metadata populated beforehand. */
static void measure_setup(const char *variant, struct figures *f)
{
	struct bench_cell cell;
	struct engine e;

	if (!make_cell(&cell, variant, "repeat", 0, 1, f->why, sizeof(f->why)))
		return;
	cell.memory.per_node = SETUP_SIZE / (topo->nr_nodes ? topo->nr_nodes : 1);
	f->ok = !engine_open(&e, &cell, topo, 1, NULL, f->why, sizeof(f->why)) &&
		!engine_init(&e, f->why, sizeof(f->why));
	if (f->ok) {
		f->init_s = e.init_s;
		f->populate_s = e.populate_s;
		f->meta = (double)e.meta_bytes / (double)e.m->frames;
	}
	engine_close(&e);
}

/* One pass of a duel; ns per pair, or NaN when the thread was interrupted. */
static double duel_pass(struct engine *e, struct figures *f)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct sample_cost cost;

	f->ok = f->ok && !engine_run(e, &pass, f->why, sizeof(f->why));
	if (!f->ok || pass.off_cpu > SAMPLE_OFF_CPU_MAX)
		return NAN;
	sample_cost(e->cell->wl, &pass, &cost);
	return cost.ns_op;
}

/*
 * linux-3.10 and @other in turns of some 20 ms in one process, each turn from fresh
 * metadata on pages of the same kind.  A core has fast and slow times, for its
 * sibling's sake or its neighbours'; they last longer than two turns, so both
 * sides of a ratio see the same one.
 */
static void measure_duel(const char *workload, const char *other, struct figures *f)
{
	const char *const variants[2] = { "linux-3.10", other };
	double ratio[DUEL_ROUNDS], ns[2] = { NAN, NAN };
	struct bench_cell cell[2];
	struct engine e[2] = { 0 };
	unsigned nr = 0;

	f->ok = true;
	for (unsigned i = 0; f->ok && i < 2; i++)
		f->ok = make_cell(&cell[i], variants[i], workload, 0, 1, f->why, sizeof(f->why)) &&
			!engine_open(&e[i], &cell[i], topo, 1, NULL, f->why, sizeof(f->why));
	for (unsigned round = 0; f->ok && round < DUEL_ROUNDS; round++) {
		for (unsigned turn = 0; f->ok && turn < 2; turn++)
			ns[(round + turn) % 2] = duel_pass(&e[(round + turn) % 2], f);
		if (f->ok && !isnan(ns[0] / ns[1]))
			ratio[nr++] = ns[0] / ns[1];
	}
	if (f->ok && !nr)
		snprintf(f->why, sizeof(f->why), "every round was interrupted");
	f->ok = f->ok && nr;
	stats_sort(ratio, nr);
	f->ratio = f->ok ? stats_median(ratio, nr) : NAN;
	engine_close(&e[0]);
	engine_close(&e[1]);
}

/* Times one request in TSC cycles, what timing itself takes subtracted. */
static double timed_alloc(const struct engine *e, struct pga_req req, pga_pfn_t *pfn)
{
	uint64_t start = clk_tsc(), end;

	*pfn = e->ops->alloc(e->pga, req, NULL).pfn;
	end = clk_tsc();
	return fmax((double)(end - start) - clk_cost()->pair_tsc, 0);
}

/* Order-3 requests that may not wait, to exhaustion and beyond. */
static void time_high(const struct engine *e, double *cycles, size_t max, struct figures *f)
{
	struct pga_req req = { .gfp = PGA_GFP_MOVABLE, .node = -1, .order = 3 };
	struct clk a = clk_read(), b;
	size_t taken = 0, failed = 0;
	pga_pfn_t pfn = 0;
	double ns;

	while (taken < max && (cycles[taken] = timed_alloc(e, req, &pfn), pfn != PGA_NIL))
		taken++;
	b = clk_read();
	ns = (double)(b.ns - a.ns) / (double)(b.tsc - a.tsc);
	stats_sort(cycles, (unsigned)taken);
	f->took = (double)taken;
	f->p99_ok = taken ? stats_quantile(cycles, (unsigned)taken, 0.99) * ns : NAN;
	for (; failed < HIGH_FAILS && failed < max; failed++)
		cycles[failed] = timed_alloc(e, req, &pfn);
	stats_sort(cycles, (unsigned)failed);
	f->p99_fail = stats_quantile(cycles, (unsigned)failed, 0.99) * ns;
}

/* Single frames everywhere, a random half of them free again. */
static size_t fill_half(const struct engine *e, uint32_t *slots, size_t max)
{
	struct pga_req req = { .gfp = PGA_GFP_MOVABLE, .node = -1 };
	struct rng rng;
	size_t nr = 0;

	rng_seed(&rng, 1, 0);
	while (nr < max && (slots[nr] = e->ops->alloc(e->pga, req, NULL).pfn) != PGA_NIL)
		nr++;
	for (size_t left = nr; left > nr / 2; left--) {
		size_t k = (size_t)rng_below(&rng, left);

		e->ops->free(e->pga, slots[k], 0, 0, 0);
		slots[k] = slots[left - 1];
	}
	return nr;
}

/* @share: memory is the bench's by so much. */
static void measure_high(const char *variant, unsigned share, struct figures *f)
{
	struct bench_cell cell;
	uint32_t *slots = NULL;
	double *cycles = NULL;
	size_t frames = 0;
	struct engine e;

	if (!clk_has_tsc() || topo_pin(topo, 0) ||
	    !make_cell(&cell, variant, "repeat", 0, 1, f->why, sizeof(f->why)))
		return;
	cell.memory.per_node /= share;
	f->ok = !engine_open(&e, &cell, topo, 1, NULL, f->why, sizeof(f->why)) &&
		!engine_init(&e, f->why, sizeof(f->why));
	if (f->ok) {
		frames = (size_t)e.m->frames;
		slots = calloc(frames, sizeof(*slots));
		cycles = calloc(frames, sizeof(*cycles));
	}
	if (slots && cycles) {
		e.ops->unpark(e.pga, 0);
		fill_half(&e, slots, frames);
		time_high(&e, cycles, frames, f);
		e.ops->park(e.pga, 0);
	}
	f->ok = f->ok && slots && cycles;
	free(slots);
	free(cycles);
	engine_close(&e);
}

/* The list as plain code: no call, no request, no result. */
static void measure_plain(const char *pattern, struct figures *f)
{
	size_t nr = mib << 8, half = nr / 2;
	void *nodes = malloc(nr << T_BARE_SHIFT);
	struct t_bare_node *head, *n;
	struct t_bare_node **slots = malloc(half * sizeof(*slots));
	struct clk a, b;
	struct rng rng;
	double pairs = PAIRS;

	if (!nodes || !slots || topo_pin(topo, 0)) {
		snprintf(f->why, sizeof(f->why), "no memory, or not pinned");
		return;
	}
	memset(slots, 0, half * sizeof(*slots));
	head = t_bare_link(nodes, nr, T_BARE_SHIFT);
	f->core_ghz = core_ghz();
	rng_seed(&rng, 1, 0);
	a = clk_read();
	if (!strcmp(pattern, "repeat")) {
		for (unsigned i = 0; i < PAIRS; i++) {
			n = head;
			head = n->next;
			__asm__ volatile("" : "+r"(n)::"memory");
			n->next = head;
			head = n;
			__asm__ volatile("" : "+r"(head)::"memory");
		}
		b = clk_read();
	} else {
		struct clk pause, again;

		for (size_t i = 0; i < half; i++) {
			slots[i] = head;
			head = head->next;
		}
		pause = clk_read();
		for (size_t left = half; !strcmp(pattern, "rand") && left > 1; left--) {
			uint32_t k = rng_below(&rng, left);

			n = slots[left - 1];
			slots[left - 1] = slots[k];
			slots[k] = n;
		}
		again = clk_read();
		for (size_t i = 0; i < half; i++) {
			slots[i]->next = head;
			head = slots[i];
		}
		b = clk_read();
		b.ns -= again.ns - pause.ns;
		b.tsc -= again.tsc - pause.tsc;
		pairs = (double)half;
	}
	__asm__ volatile("" ::"r"(head) : "memory");
	f->ns = (double)(b.ns - a.ns) / pairs;
	f->tsc = (double)(b.tsc - a.tsc) / pairs;
	f->ok = true;
}

struct row {
	const char *variant, *workload;
	unsigned order, threads;
};

/* "plain" is the list as plain code, "bare" the same list called as an allocator. */
static const struct row rows[] = {
	{ "linux-3.10", "repeat", 0, 1 },
	{ "null", "repeat", 0, 1 },
	{ "bare", "repeat", 0, 1 },
	{ "plain", "repeat", 0, 1 },
	{ "linux-3.10", "repeat", 0, 2 },
	{ "bare,lists=2", "repeat", 0, 2 },
	{ "linux-3.10", "bulk", 0, 1 },
	{ "bare", "bulk", 0, 1 },
	{ "plain", "bulk", 0, 1 },
	{ "linux-3.10", "bulk", 3, 1 },
	{ "linux-3.10", "bulk", 9, 1 },
	{ "linux-3.10", "rand", 0, 1 },
	{ "bare", "rand", 0, 1 },
	{ "plain", "rand", 0, 1 },
	{ "linux-3.10", "rand", 3, 1 },
	{ "linux-3.10", "rand", 9, 1 },
	{ "linux-3.10", "duel bulk", 0, 1 },
	{ "linux-3.10", "duel rand", 0, 1 },
	{ "linux-3.10", "dense bulk", 0, 1 },
	{ "linux-3.10", "dense rand", 0, 1 },
	{ "linux-3.10", "wide bulk", 0, 1 },
	{ "linux-3.10", "wide rand", 0, 1 },
	{ "linux-3.10", "order-3 whole", 3, 1 },
	{ "linux-3.10", "order-3 quarter", 3, 1 },
	{ "linux-3.10", "setup", 0, 1 },
};

/* Has the row figures of its own, below the table of pairs? */
static bool is_apart(const struct row *row)
{
	return strchr(row->workload, ' ') || !strcmp(row->workload, "setup");
}

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Every thread of the process to come inherits it. */
static bool real_time(void)
{
	const struct sched_param p = { .sched_priority = 1 };
	const char *env = getenv("ZB_BENCH_RT");

	return !(env && !strcmp(env, "no")) && !sched_setscheduler(0, SCHED_FIFO, &p);
}

static void measure_row(const struct row *row, struct figures *f)
{
	if (!strcmp(row->workload, "setup"))
		measure_setup(row->variant, f);
	else if (!strncmp(row->workload, "duel ", 5))
		measure_duel(row->workload + 5, "bare", f);
	else if (!strncmp(row->workload, "dense ", 6))
		measure_duel(row->workload + 6, "bare,shift=3", f);
	else if (!strncmp(row->workload, "wide ", 5))
		measure_duel(row->workload + 5, "bare,shift=6", f);
	else if (!strncmp(row->workload, "order-3 ", 8))
		measure_high(row->variant, strcmp(row->workload, "order-3 whole") ? 4 : 1, f);
	else if (!strcmp(row->variant, "plain"))
		measure_plain(row->workload, f);
	else
		measure_sample(row->variant, row->workload, row->order, row->threads, f);
}

/* In a child, so that no repetition leaves anything to the next. */
static void measure_apart(const struct row *row, struct figures *f)
{
	int status = 0;
	pid_t pid;

	*f = (struct figures){ .cycles = NAN, .instructions = NAN };
	fflush(stdout);
	pid = fork();
	if (!pid) {
		f->real_time = real_time();
		measure_row(row, f);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status) {
		f->ok = false;
		snprintf(f->why, sizeof(f->why), "the measuring process ended with status %d",
			 status);
	}
}

typedef struct figures table[NR_ROWS];

static table *all;
static unsigned reps = 9;

static size_t row_of(const char *variant, const char *workload, unsigned order, unsigned threads)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if (!strcmp(rows[i].variant, variant) && !strcmp(rows[i].workload, workload) &&
		    rows[i].order == order && rows[i].threads == threads)
			return i;
	abort();
}

/* Was the row undisturbed in this repetition? */
static bool quiet(unsigned rep, size_t row)
{
	return all[rep][row].ok && !all[rep][row].noisy;
}

/*
 * Repetitions to judge rows by: those in which both were undisturbed, or all
 * when there is none such.  @b may be @a.
 */
static bool counts(unsigned rep, size_t a, size_t b)
{
	for (unsigned r = 0; r < reps; r++)
		if (quiet(r, a) && quiet(r, b))
			return quiet(rep, a) && quiet(rep, b);
	return all[rep][a].ok && all[rep][b].ok;
}

/* Values over the repetitions that count: how many, and sorted. */
static unsigned collect(size_t row, double (*value)(const struct figures *), double *v)
{
	unsigned nr = 0;

	for (unsigned r = 0; r < reps; r++) {
		double x = counts(r, row, row) ? value(&all[r][row]) : NAN;

		if (!isnan(x))
			v[nr++] = x;
	}
	stats_sort(v, nr);
	return nr;
}

static double median(size_t row, double (*value)(const struct figures *))
{
	double v[MAX_REPS];
	unsigned nr = collect(row, value, v);

	return nr ? stats_median(v, nr) : NAN;
}

static double value_ns(const struct figures *f)
{
	return f->ns;
}
static double value_null(const struct figures *f)
{
	return f->null_ns > 0 ? f->null_ns : NAN;
}
static double value_tsc(const struct figures *f)
{
	return f->tsc;
}
static double value_core(const struct figures *f)
{
	return f->ns * f->core_ghz;
}
static double value_cycles(const struct figures *f)
{
	return f->cycles;
}
static double value_instructions(const struct figures *f)
{
	return f->instructions;
}
static double value_init(const struct figures *f)
{
	return f->init_s;
}
static double value_populate(const struct figures *f)
{
	return f->populate_s;
}
static double value_meta(const struct figures *f)
{
	return f->meta;
}

static double value_ratio(const struct figures *f)
{
	return f->ratio;
}
static double value_high_ok(const struct figures *f)
{
	return f->p99_ok;
}
static double value_high_fail(const struct figures *f)
{
	return f->p99_fail;
}
static double value_took(const struct figures *f)
{
	return f->took;
}

static unsigned noisy_of(size_t row)
{
	unsigned nr = 0;

	for (unsigned r = 0; r < reps; r++)
		nr += all[r][row].ok && all[r][row].noisy;
	return nr;
}

static void cell(double x, int width, const char *fmt)
{
	char text[32] = "-";

	if (!isnan(x))
		snprintf(text, sizeof(text), fmt, x);
	printf(" %*s", width, text);
}

static void print_rows(void)
{
	printf("%-14s %-9s %5s %3s %9s %7s %9s %9s %9s %9s %9s %6s\n", "variant", "workload",
	       "order", "thr", "ns/pair", "spread", "TSC cyc", "core cyc~", "cycles", "instr",
	       "null ns", "noisy");
	for (size_t i = 0; i < NR_ROWS; i++) {
		double v[MAX_REPS];
		unsigned nr = collect(i, value_ns, v);

		if (is_apart(&rows[i]))
			continue;
		printf("%-14s %-9s %5u %3u", rows[i].variant, rows[i].workload, rows[i].order,
		       rows[i].threads);
		if (!nr) {
			printf("  not measured: %s\n", all[0][i].why);
			continue;
		}
		cell(stats_median(v, nr), 9, "%.2f");
		cell(100 * (stats_quantile(v, nr, 0.75) - stats_quantile(v, nr, 0.25)) /
			     stats_median(v, nr),
		     6, "%.1f");
		printf("%%");
		cell(median(i, value_tsc), 9, "%.1f");
		cell(median(i, value_core), 9, "%.1f");
		cell(median(i, value_cycles), 9, "%.1f");
		cell(median(i, value_instructions), 9, "%.1f");
		cell(median(i, value_null), 9, "%.2f");
		printf(" %3u/%u\n", noisy_of(i), reps);
	}
}

static void bar(const char *what, double got, double limit, bool at_most, const char *fmt)
{
	char text[64] = "-", wanted[64];

	snprintf(wanted, sizeof(wanted), fmt, limit);
	if (!isnan(got))
		snprintf(text, sizeof(text), fmt, got);
	printf("  %-62s %10s   %s %-8s  %s\n", what, text, at_most ? "at most " : "at least",
	       wanted,
	       isnan(got)				 ? "not measured"
	       : (at_most ? got <= limit : got >= limit) ? "met"
							 : "not met");
}

/* Median over the repetitions of a ratio taken inside each repetition. */
static double ratio(size_t a, size_t b)
{
	double v[MAX_REPS];
	unsigned nr = 0;

	for (unsigned r = 0; r < reps; r++)
		if (counts(r, a, b))
			v[nr++] = all[r][a].ns / all[r][b].ns;
	stats_sort(v, nr);
	return nr ? stats_median(v, nr) : NAN;
}

/* Operations per second of two threads against one, repeat order 0. */
static double speedup(const char *one, const char *two)
{
	size_t a = row_of(one, "repeat", 0, 1), b = row_of(two, "repeat", 0, 2);
	double v[MAX_REPS];
	unsigned nr = 0;

	for (unsigned r = 0; r < reps; r++)
		if (counts(r, a, b))
			v[nr++] = all[r][b].mops / all[r][a].mops;
	stats_sort(v, nr);
	return nr ? stats_median(v, nr) : NAN;
}

static void print_high(const char *workload, uint64_t size)
{
	size_t row = row_of("linux-3.10", workload, 3, 1);
	char what[80];

	snprintf(what, sizeof(what), "order 3, random half free, %llu MiB: p99 of %.0f taken, ns",
		 (unsigned long long)size, median(row, value_took));
	bar(what, median(row, value_high_ok), 2000, true, "%.0f");
	snprintf(what, sizeof(what), "order 3, random half free, %llu MiB: p99 of failures, ns",
		 (unsigned long long)size);
	bar(what, median(row, value_high_fail), 2000, true, "%.0f");
}

static void print_bars(void)
{
	size_t repeat = row_of("linux-3.10", "repeat", 0, 1);
	size_t setup = row_of("linux-3.10", "setup", 0, 1);
	double counted = median(repeat, value_cycles);
	const char *unit = isnan(counted) ? "repeat order 0: core cycles~ per pair, 1 thread"
					  : "repeat order 0: counted cycles per pair, 1 thread";

	printf("\nbars for linux-3.10\n");
	bar(unit, isnan(counted) ? median(repeat, value_core) : counted, 60, true, "%.1f");
	bar("repeat order 0: 2 threads against 1, share of what bare reaches",
	    speedup("linux-3.10", "linux-3.10") / speedup("bare", "bare,lists=2"), 0.97, false,
	    "%.3f");
	bar("bulk order 0: ratio to bare (16-byte descriptors), in turns",
	    median(row_of("linux-3.10", "duel bulk", 0, 1), value_ratio), 4, true, "%.2f");
	bar("rand order 0: ratio to bare (16-byte descriptors), in turns",
	    median(row_of("linux-3.10", "duel rand", 0, 1), value_ratio), 4, true, "%.2f");
	print_high("order-3 whole", mib);
	print_high("order-3 quarter", mib / 4);
	bar("metadata, bytes per frame, 64 GiB", median(setup, value_meta), 24, true, "%.2f");
	bar("setting up 64 GiB of frames, seconds, metadata populated before",
	    median(setup, value_init), 1, true, "%.3f");
	printf("\nfor reference\n");
	printf("  2 threads against 1: linux-3.10 %.2fx, bare %.2fx\n",
	       speedup("linux-3.10", "linux-3.10"), speedup("bare", "bare,lists=2"));
	printf("  ratio to the list as plain code: bulk %.2f, rand %.2f\n",
	       ratio(row_of("linux-3.10", "bulk", 0, 1), row_of("plain", "bulk", 0, 1)),
	       ratio(row_of("linux-3.10", "rand", 0, 1), row_of("plain", "rand", 0, 1)));
	printf("  ratio to a list of 8-byte links alone, in turns: bulk %.2f, rand %.2f\n",
	       median(row_of("linux-3.10", "dense bulk", 0, 1), value_ratio),
	       median(row_of("linux-3.10", "dense rand", 0, 1), value_ratio));
	printf("  ratio to a list through 64-byte descriptors, in turns: bulk %.2f, rand %.2f\n",
	       median(row_of("linux-3.10", "wide bulk", 0, 1), value_ratio),
	       median(row_of("linux-3.10", "wide rand", 0, 1), value_ratio));
	printf("  clock of the order-3 latencies: %.0f cycles, subtracted\n", clk_cost()->pair_tsc);
	printf("  populating the metadata of 64 GiB: %.3f s\n", median(setup, value_populate));
	if (!all[0][setup].ok)
		printf("  setup not measured: %s\n", all[0][setup].why);
}

static int one_pass(char **argv)
{
	struct engine_pass pass = { .kind = PASS_TIME };
	struct bench_cell cell;
	struct engine e;
	char why[256];
	int rc;

	if (!wl_find(argv[2]) ||
	    !make_cell(&cell, argv[1], argv[2], (unsigned)strtoul(argv[3], NULL, 0), 1, why,
		       sizeof(why))) {
		fprintf(stderr, "pairs: no such variant or workload: %s %s\n", argv[1], argv[2]);
		return 2;
	}
	cell.max_ops = strtoull(argv[4], NULL, 0);
	rc = engine_open(&e, &cell, topo, 1, NULL, why, sizeof(why));
	if (!rc)
		rc = engine_run(&e, &pass, why, sizeof(why));
	if (rc)
		fprintf(stderr, "pairs: %s\n", why);
	engine_close(&e);
	return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
	const char *env = getenv("ZB_BENCH_REPS"), *size = getenv("ZB_BENCH_MIB");
	struct cnt_machine machine = { 0 };
	char why[256] = "";

	if (size && strtoull(size, NULL, 0) >= 64)
		mib = strtoull(size, NULL, 0);
	if (env && strtoul(env, NULL, 0) >= 1 && strtoul(env, NULL, 0) <= MAX_REPS)
		reps = (unsigned)strtoul(env, NULL, 0);
	if (topo_load(&topo, NULL, NULL, why, sizeof(why))) {
		fprintf(stderr, "pairs: %s\n", why);
		return 1;
	}
	mib /= topo->nr_nodes ? topo->nr_nodes : 1;
	if (argc == 5)
		return one_pass(argv);
	all = mmap(NULL, reps * sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		   -1, 0);
	if (all == MAP_FAILED)
		return 1;
	if (!cnt_init(why, sizeof(why)))
		cnt_calibrate(&machine);
	printf("%llu MiB of frames per node without backing, %u interleaved repetitions, medians\n"
	       "TSC cyc: the time-stamp counter's; core cyc~: nanoseconds times the core's clock,\n"
	       "which a chain of dependent additions shows; cycles, instr: counted.\n"
	       "null ns: the same loop on the allocator that does nothing; noisy: repetitions in "
	       "which\n"
	       "something else ran.  counters: %s\n",
	       (unsigned long long)mib, reps, *why ? why : machine.line);
	fflush(stdout);
	for (unsigned r = 0; r < reps; r++)
		for (size_t i = 0; i < NR_ROWS; i++)
			measure_apart(&rows[r % 2 ? NR_ROWS - 1 - i : i],
				      &all[r][r % 2 ? NR_ROWS - 1 - i : i]);
	printf("real-time priority: %s\n\n", all[0][0].real_time ? "yes" : "no");
	print_rows();
	print_bars();
	return 0;
}
