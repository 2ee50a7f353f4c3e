/* SPDX-License-Identifier: GPL-2.0-only */
/* What counting costs on this machine, and whether it counts right. */
#include "harness/counters/counter_backend.h"
#include "harness/measure/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOP_ITERATIONS 1000000
#define WALK_LINES (1 << 20) /* 64 MiB: beyond the second-level TLB and most caches */
#define TOUCH_PAGES 512

#define READS 65 /* odd: the median is one of them */
#define STARTS 33

const char *const cnt_verdict_names[CNT_NR_VERDICTS] = {
	[CNT_COUNTS] = "counts",
	[CNT_REFUSED] = "refused",
	[CNT_LIES] = "lies",
	[CNT_UNCHECKED] = "unchecked",
};

/* What lay between two readings, without the cost of reading; time-stamp cycles. */
static double cycles_between(struct clk a, struct clk b)
{
	double cycles = (double)(b.tsc - a.tsc) - clk_cost()->empty_tsc;

	return cycles > 0 ? cycles : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t nr)
{
	size_t middle = nr / 2;

	qsort(v, nr, sizeof(*v), by_value);
	return v[middle];
}

/* NaN when the counters were lost on the way. */
static double time_reads(struct cnt_set *s)
{
	double took[READS];

	if (cnt_start(s))
		return NAN;
	for (size_t i = 0; i < READS; i++) {
		struct clk t = clk_read();

		if (cnt_set_read(s))
			return NAN;
		took[i] = cycles_between(t, clk_read());
	}
	return cnt_stop(s) ? NAN : median(took, READS);
}

static double time_starts(struct cnt_set *s)
{
	double took[STARTS];

	for (size_t i = 0; i < STARTS; i++) {
		struct clk t = clk_read();

		if (cnt_start(s) || cnt_stop(s))
			return NAN;
		took[i] = cycles_between(t, clk_read());
	}
	return median(took, STARTS);
}

/* Plain events of all kinds, the most common first. */
static const struct cnt_group common = {
	.nr_events = CNT_MAX_EVENTS,
	.events = { { "instructions", 2, { "PAPI_TOT_INS", "perf::INSTRUCTIONS" } },
		    { "cycles", 2, { "PAPI_TOT_CYC", "perf::CYCLES" } },
		    { "branches", 2, { "PAPI_BR_INS", "perf::BRANCHES" } },
		    { "branch_misses", 2, { "PAPI_BR_MSP", "perf::BRANCH-MISSES" } },
		    { "l1_misses", 2, { "PAPI_L1_DCM", "perf::L1-DCACHE-LOAD-MISSES" } },
		    { "l3_misses", 2, { "PAPI_L3_TCM", "perf::CACHE-MISSES" } },
		    { "l2_misses", 1, { "PAPI_L2_TCM" } },
		    { "dtlb_misses", 2, { "PAPI_TLB_DM", "perf::DTLB-LOAD-MISSES" } },
		    { "loads", 1, { "PAPI_LD_INS" } },
		    { "stores", 1, { "PAPI_SR_INS" } },
		    { "itlb_misses", 2, { "PAPI_TLB_IM", "perf::ITLB-LOAD-MISSES" } },
		    { "reference_cycles", 1, { "PAPI_REF_CYC" } } },
};

static void print_cycles(char *buf, size_t len, double cycles)
{
	if (isnan(cycles))
		snprintf(buf, len, "cost of a read unknown");
	else if (cycles < 1000)
		snprintf(buf, len, "one read ~%.0f cycles", cycles);
	else
		snprintf(buf, len, "one read ~%.0fk cycles", cycles / 1000);
}

void cnt_calibrate(struct cnt_machine *m)
{
	struct cnt_group pair = common;
	struct cnt_set *s;
	char cost[64];
	bool multiplexed;

	memset(m, 0, sizeof(*m));
	m->read_cycles = m->start_stop_cycles = NAN;
	if (cnt_backend())
		cnt_backend()->label(m->backend, sizeof(m->backend));
	m->ok = !cnt_init(m->line, sizeof(m->line));
	if (!m->ok)
		return;
	m->slots = cnt_slots(&common);
	pair.nr_events = 2;
	s = cnt_open(&pair, m->line, sizeof(m->line));
	m->ok = s && cnt_set_counted(s, &multiplexed);
	if (!m->ok)
		return;
	if (clk_has_tsc()) {
		m->read_cycles = time_reads(s);
		m->start_stop_cycles = time_starts(s);
	}
	cnt_close(s);
	print_cycles(cost, sizeof(cost), m->read_cycles);
	snprintf(m->line, sizeof(m->line), "%s, %u slot%s, %s", m->backend, m->slots,
		 m->slots == 1 ? "" : "s", cost);
}

static void work_loop(void)
{
	cnt_work_loop(LOOP_ITERATIONS);
}

static void work_walk(void)
{
	(void)cnt_work_walk(WALK_LINES); /* without memory the count stays below the range */
}

static void work_touch(void)
{
	(void)cnt_work_touch(TOUCH_PAGES);
}

enum work { LOOP, WALK, TOUCH };
static const struct {
	void (*run)(void);
	const char *text;
} works[] = {
	[LOOP] = { work_loop, "a loop of 1000000 iterations" },
	[WALK] = { work_walk, "a scattered walk over 1048576 cache lines" },
	[TOUCH] = { work_touch, "a first touch of 512 pages" },
};
#define LOOP_INSTRUCTIONS ((double)LOOP_ITERATIONS * CNT_LOOP_INSTRUCTIONS)

/*
 * What an event may count in a piece of work.  Exact counts get 1 %.  An
 * iteration of the loop is one cycle on common cores; a factor of ten either
 * way catches a counter that counts something else.  What prefetchers hide is
 * not known, so misses of a walk have a wide range that excludes 0.
 */
static const struct {
	const char *source;
	enum work work;
	double low, high;
} expectations[] = {
	{ "PAPI_TOT_INS", LOOP, LOOP_INSTRUCTIONS * 0.99, LOOP_INSTRUCTIONS * 1.01 },
	{ "perf::INSTRUCTIONS", LOOP, LOOP_INSTRUCTIONS * 0.99, LOOP_INSTRUCTIONS * 1.01 },
	{ "PAPI_BR_INS", LOOP, LOOP_ITERATIONS * 0.99, LOOP_ITERATIONS * 1.01 },
	{ "PAPI_BR_CN", LOOP, LOOP_ITERATIONS * 0.99, LOOP_ITERATIONS * 1.01 },
	{ "PAPI_BR_MSP", LOOP, 0, LOOP_ITERATIONS * 0.01 },
	{ "PAPI_TOT_CYC", LOOP, LOOP_ITERATIONS * 0.1, LOOP_ITERATIONS * 10 },
	{ "perf::CYCLES", LOOP, LOOP_ITERATIONS * 0.1, LOOP_ITERATIONS * 10 },
	{ "PAPI_REF_CYC", LOOP, LOOP_ITERATIONS * 0.001, LOOP_ITERATIONS * 10 },
	{ "PAPI_L1_DCM", WALK, WALK_LINES * 0.01, WALK_LINES * 20 },
	{ "PAPI_L2_TCM", WALK, WALK_LINES * 0.01, WALK_LINES * 20 },
	{ "PAPI_L3_TCM", WALK, 1, WALK_LINES * 20 },
	{ "PAPI_TLB_DM", WALK, 1, WALK_LINES * 20 },
	{ "PAPI_TLB_IM", WALK, 0, WALK_LINES * 0.01 },
	{ "perf::MAJOR-FAULTS", TOUCH, 0, TOUCH_PAGES * 0.01 },
	{ "perf::PAGE-FAULTS", TOUCH, TOUCH_PAGES * 0.99, TOUCH_PAGES * 1.01 },
};

static void expect(const struct cnt_event *e, struct cnt_check *c, enum work *work)
{
	*work = WALK;
	c->low = 0;
	c->high = INFINITY;
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		if (strcmp(expectations[i].source, e->source[0]) != 0)
			continue;
		*work = expectations[i].work;
		c->low = expectations[i].low;
		c->high = expectations[i].high;
		break;
	}
	c->work = works[*work].text;
}

void cnt_check_event(const struct cnt_event *e, struct cnt_check *c)
{
	struct cnt_group alone = { .nr_events = 1, .events = { *e } };
	struct cnt_total t;
	enum work work;

	memset(c, 0, sizeof(*c));
	expect(e, c, &work);
	char why[256];
	struct cnt_set *s = cnt_open(&alone, why, sizeof(why));

	if (s) {
		works[work].run(); /* the first time also pays for code and page tables */
		if (!cnt_start(s))
			works[work].run();
		cnt_stop(s);
		cnt_total_add(&t, s, true);
		cnt_close(s);
	} else {
		cnt_total_refuse(&t, &alone, why);
	}
	snprintf(c->note, sizeof(c->note), "%s", t.why[0]);
	c->got = t.valid[0] ? t.value[0] : NAN;
	c->verdict = CNT_REFUSED;
	if (t.valid[0] && !isfinite(c->high))
		c->verdict = CNT_UNCHECKED;
	else if (t.valid[0])
		c->verdict = c->got >= c->low && c->got <= c->high ? CNT_COUNTS : CNT_LIES;
}
