/* SPDX-License-Identifier: GPL-2.0-only */
/* Windows of calls, bracketed or counted. */
#include "harness/measure/path_cost.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define READS 129u	/* empty brackets of a calibration; odd: the median is one of them */
#define CALLS 1000u	/* calls of nothing, and */
#define TRIES 15u	/* how often */
#define LONG_CALL 10000 /* time-stamp cycles, against a millisecond without the CPU */

static const struct pga_ops *real;
static __thread struct path_cost *mine;

/* A linear congruential generator (Knuth's MMIX) is plenty for windows. */
static uint32_t next_random(struct path_cost *c)
{
	c->random = c->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(c->random >> 32);
}

/* Events lie outside of the time stamps, which so know nothing of their cost. */
static inline void read_begin(struct path_cost *c, long long *v)
{
	if (c->meter.nr && c->meter.read(c->meter.data, v + 1) < 0)
		c->lost = true;
	v[0] = (long long)c->meter.ticks();
}

static inline void read_end(struct path_cost *c, long long *v)
{
	v[0] = (long long)c->meter.ticks();
	if (c->meter.nr && c->meter.read(c->meter.data, v + 1) < 0)
		c->lost = true;
}

static void open_window(struct path_cost *c)
{
	double even = (double)next_random(c) / UINT32_MAX;

	c->left =
		(uint32_t)(PATH_WINDOW_MIN * pow((double)PATH_WINDOW_MAX / PATH_WINDOW_MIN, even));
	c->bracketing = next_random(c) < c->bracket_share;
	c->switches = c->meter.switches();
	if (c->bracketing)
		return;
	memset(c->n, 0, sizeof(c->n));
	read_begin(c, c->start);
}

/* Each window has the same chance to be among those that are kept (Vitter's R). */
static struct path_row *room(struct path_cost *c)
{
	uint64_t at = c->windows++;

	if (c->nr_rows < c->max_rows)
		return &c->row[c->nr_rows++];
	at = ((uint64_t)next_random(c) << 32 | next_random(c)) % (at + 1);
	return at < c->max_rows ? &c->row[at] : NULL;
}

static void keep_window(struct path_cost *c)
{
	long long v[PATH_LANES] = { 0 };

	read_end(c, v);
	struct path_row *row = NULL;

	if (c->meter.switches() != c->switches)
		c->switched++;
	else
		row = room(c);
	for (unsigned k = 0; row && k < PATH_KINDS; k++)
		row->n[k] = (uint16_t)c->n[k];
	for (unsigned l = 0; row && l < PATH_LANES; l++)
		row->total[l] = l <= c->meter.nr ? (float)(v[l] - c->start[l]) : 0;
}

static __attribute__((noinline)) void close_window(struct path_cost *c)
{
	if (!c->bracketing)
		keep_window(c);
	open_window(c);
}

/* Asked only of calls that last: to ask is a system call. */
static bool interrupted(struct path_cost *c, const long long *a, const long long *b)
{
	if (b[0] - a[0] < LONG_CALL)
		return false;
	uint64_t before = c->switches;

	c->switches = c->meter.switches();
	return c->switches != before;
}

static void add(struct path_sum *s, const long long *a, const long long *b, bool out)
{
	if (out) {
		s->interrupted++;
		return;
	}
	s->n++;
	for (unsigned l = 0; l < PATH_LANES; l++) {
		double d = (double)(b[l] - a[l]);

		s->sum[l] += d;
		s->squares[l] += d * d;
	}
}

static __attribute__((noinline)) struct pga_res bracketed_alloc(struct path_cost *c,
								struct pga *self,
								struct pga_req req,
								const struct pga_ctx *ctx)
{
	long long a[PATH_LANES] = { 0 }, b[PATH_LANES] = { 0 };

	read_begin(c, a);
	struct pga_res res = c->ops->alloc(self, req, ctx);

	read_end(c, b);
	bool out = interrupted(c, a, b);

	add(&c->kind[pga_path_class(res.path)], a, b, out);
	for (uint32_t path = res.path; path; path &= path - 1)
		add(&c->passed[__builtin_ctz(path)], a, b, out);
	return res;
}

static __attribute__((noinline)) void bracketed_free(struct path_cost *c, struct pga *self,
						     pga_pfn_t pfn, unsigned order, unsigned cpu,
						     unsigned flags)
{
	long long a[PATH_LANES] = { 0 }, b[PATH_LANES] = { 0 };

	read_begin(c, a);
	c->ops->free(self, pfn, order, cpu, flags);
	read_end(c, b);
	add(&c->kind[PATH_FREE], a, b, interrupted(c, a, b));
}

static struct pga_res measured_alloc(struct pga *self, struct pga_req req,
				     const struct pga_ctx *ctx)
{
	struct path_cost *c = mine;
	struct pga_res res;

	if (!c)
		return real->alloc(self, req, ctx);
	if (c->bracketing) {
		res = bracketed_alloc(c, self, req, ctx);
	} else {
		res = c->ops->alloc(self, req, ctx);
		c->n[pga_path_class(res.path)]++;
	}
	if (--c->left == 0)
		close_window(c);
	return res;
}

static void measured_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
			  unsigned flags)
{
	struct path_cost *c = mine;

	if (!c) {
		real->free(self, pfn, order, cpu, flags);
		return;
	}
	if (c->bracketing) {
		bracketed_free(c, self, pfn, order, cpu, flags);
	} else {
		c->ops->free(self, pfn, order, cpu, flags);
		c->n[PATH_FREE]++;
	}
	if (--c->left == 0)
		close_window(c);
}

void path_cost_wrap(struct pga_ops *wrapped, const struct pga_ops *ops)
{
	*wrapped = *ops;
	wrapped->alloc = measured_alloc;
	wrapped->free = measured_free;
	real = ops;
}

void path_cost_start(struct path_cost *c)
{
	mine = c;
	open_window(c);
}

void path_cost_stop(void)
{
	struct path_cost *c = mine;

	mine = NULL;
	if (!c || c->bracketing)
		return;
	for (unsigned k = 0; k < PATH_KINDS; k++)
		if (c->n[k]) {
			keep_window(c);
			return;
		}
}

/* A mechanism that does nothing, to see what counting its calls costs. */
static struct pga_res no_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	(void)self, (void)req, (void)ctx;
	return (struct pga_res){ .path = PGA_PATH(PCP_HIT) };
}

static void no_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	(void)self, (void)pfn, (void)order, (void)cpu, (void)flags;
}

static const struct pga_ops nothing = { .alloc = no_alloc, .free = no_free };

static void call_allocs(const struct pga_ops *volatile ops)
{
	for (unsigned i = 0; i < CALLS; i++)
		ops->alloc(NULL, (struct pga_req){ 0 }, NULL);
}

static void call_frees(const struct pga_ops *volatile ops)
{
	for (unsigned i = 0; i < CALLS; i++)
		ops->free(NULL, 0, 0, 0, 0);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median of @n values, sorted in place; @error its standard error, from the quartiles. */
static double median_of(double *v, unsigned n, double *error)
{
	qsort(v, n, sizeof(*v), by_value);
	/* Of a normal distribution: 1.349 deviations between quartiles, 1.253 for the median. */
	*error = (v[3 * n / 4] - v[n / 4]) / 1.349 * 1.253 / sqrt(n);
	return v[n / 2];
}

/* Events of user mode know no interruptions, and small counts have no useful median. */
static double mean_of(double *v, unsigned n, double *error)
{
	double sum = 0, squares = 0;

	for (unsigned i = 0; i < n; i++) {
		sum += v[i];
		squares += v[i] * v[i];
	}
	double mean = sum / n, variance = squares / n - mean * mean;

	*error = variance > 0 ? sqrt(variance / (n - 1)) : 0;
	return mean;
}

static void calibrate_reads(struct path_cost *c)
{
	static __thread double took[PATH_LANES][READS], ticks[READS];
	double error;

	for (unsigned i = 0; i < READS; i++) {
		long long a[PATH_LANES] = { 0 }, b[PATH_LANES] = { 0 };
		uint64_t before = c->meter.ticks();

		read_begin(c, a);
		read_end(c, b);
		ticks[i] = (double)(c->meter.ticks() - before) / 2;
		for (unsigned l = 0; l < PATH_LANES; l++)
			took[l][i] = (double)(b[l] - a[l]);
	}
	for (unsigned l = 0; l < PATH_LANES; l++)
		c->own.read[l] = (l ? mean_of : median_of)(took[l], READS, &c->own.read_error[l]);
	c->own.ticks = median_of(ticks, READS, &error);
}

/* What CALLS calls through @ops show; the least of some tries, by lane. */
static void least(struct path_cost *c, void (*call)(const struct pga_ops *volatile),
		  const struct pga_ops *ops, double *out)
{
	for (unsigned i = 0; i < TRIES; i++) {
		long long a[PATH_LANES] = { 0 }, b[PATH_LANES] = { 0 };

		read_begin(c, a);
		call(ops);
		read_end(c, b);
		for (unsigned l = 0; l < PATH_LANES; l++)
			if (!i || (double)(b[l] - a[l]) < out[l])
				out[l] = (double)(b[l] - a[l]);
	}
}

static void calibrate_calls(struct path_cost *c, void (*call)(const struct pga_ops *volatile),
			    double *own)
{
	struct path_cost idle = { .meter = c->meter, .ops = &nothing, .left = UINT32_MAX };
	const struct pga_ops counting = { .alloc = measured_alloc, .free = measured_free };
	double with[PATH_LANES], without[PATH_LANES];

	least(c, call, &nothing, without);
	mine = &idle;
	least(c, call, &counting, with);
	mine = NULL;
	for (unsigned l = 0; l < PATH_LANES; l++)
		own[l] = with[l] > without[l] ? (with[l] - without[l]) / CALLS : 0;
}

int path_cost_open(struct path_cost *c, const struct path_meter *meter, const struct pga_ops *ops,
		   size_t max_rows, uint64_t seed)
{
	c->meter = *meter;
	c->ops = ops;
	c->random = seed;
	c->max_rows = max_rows;
	c->row = calloc(max_rows, sizeof(*c->row));
	if (!c->row)
		return -ENOMEM;
	/* Its pages are there before anything is timed. */
	memset(c->row, 1, max_rows * sizeof(*c->row));
	calibrate_reads(c);
	calibrate_calls(c, call_allocs, c->own.alloc);
	calibrate_calls(c, call_frees, c->own.free);
	double share = 2 * c->own.ticks > PATH_BUDGET ? PATH_BUDGET / (2 * c->own.ticks) : 1;

	c->bracket_share = (uint32_t)(share * PATH_BRACKETED_SHARE * UINT32_MAX);
	return 0;
}

void path_cost_close(struct path_cost *c)
{
	free(c->row);
	c->row = NULL;
}
