/* SPDX-License-Identifier: GPL-2.0-only */
/* Distances measured: buffers, threads, readings. */
#include "numa/measure.h"

#include "numa/backend.h"
#include "numa/chase.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MIB (1ull << 20)
#define MIN_BUFFER (4 * MIB)
#define MAX_BUFFER (256 * MIB)
#define QUICK_BUFFER (64 * MIB)
#define DEFAULT_BUFFER (64 * MIB) /* where no cache is known */
#define MAX_THREADS 64u		  /* of one node */
#define MAX_REPEATS 31u
#define FULL_SECONDS 60.0 /* of all pairs together */
#define QUICK_SECONDS 1.0
#define NOISY 0.25	   /* p5 to p95 against the median of the latency */
#define OFF_CPU 0.05	   /* share of a reading that a thread did not run */
#define STREAM_CHUNK MIB   /* between two looks at the flag */
#define READING_NS 8000000 /* of one reading of the bandwidth */
#define WALK 20000u	   /* steps of one reading of the latency */

const struct topo_quantity_info topo_quantities[TOPO_NR_QUANTITIES] = {
	[TOPO_LATENCY] = { "latency", "ns", "idle latency of one load" },
	[TOPO_LOADED] = { "loaded_latency", "ns", "latency while the node's other CPUs read" },
	[TOPO_READ_ONE] = { "read_one", "GB/s", "read, one thread" },
	[TOPO_WRITE_ONE] = { "write_one", "GB/s", "write, one thread" },
	[TOPO_MIXED_ONE] = { "mixed_one", "GB/s", "read and write in turn, one thread" },
	[TOPO_READ_ALL] = { "read_all", "GB/s", "read, all CPUs of the node" },
	[TOPO_WRITE_ALL] = { "write_all", "GB/s", "write, all CPUs of the node" },
	[TOPO_MIXED_ALL] = { "mixed_all", "GB/s", "read and write in turn, all CPUs of the node" },
};

/* One reading: some threads, of which the first may chase. */
struct reading {
	const struct topo *t;
	pthread_mutex_t lock; /* ready, gate */
	pthread_cond_t change;
	unsigned ready; /* threads at the gate */
	enum { SHUT, OPEN, GIVEN_UP } gate;
	atomic_bool stop;
	enum chase_move move;
};
struct runner {
	struct reading *r;
	pthread_t thread;
	unsigned cpu;
	char *buffer; /* where it streams, or where its chase stands */
	size_t bytes;
	bool chases;
	double value; /* ns per step, or bytes per ns */
	bool off, moved;
};

/* What is measured now. */
struct bench {
	const struct topo *t;
	struct topo_arena chase, load;
	char *at; /* of the chase: it goes on, and meets no line twice for long */
	unsigned cpus[MAX_THREADS], nr_cpus;
	bool off, moved;
};

static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static double walk(struct runner *w)
{
	uint64_t begin = now_ns(CLOCK_MONOTONIC);

	w->buffer = chase_walk(w->buffer, WALK);
	return (double)(now_ns(CLOCK_MONOTONIC) - begin) / WALK;
}

static double stream(struct runner *w)
{
	uint64_t begin = now_ns(CLOCK_MONOTONIC), bytes = 0, end;

	size_t at = 0;

	/* Once at least: with more threads than CPUs the end may come before the begin. */
	do {
		size_t n = w->bytes - at < STREAM_CHUNK ? w->bytes - at : STREAM_CHUNK;

		bytes += chase_stream(w->buffer + at, n, w->r->move);
		at = at + n < w->bytes ? at + n : 0;
		end = now_ns(CLOCK_MONOTONIC);
	} while (end == begin || (!atomic_load_explicit(&w->r->stop, memory_order_relaxed) &&
				  end - begin < 4ull * READING_NS));
	return (double)bytes / (double)(end - begin);
}

/* All threads of a reading begin together, or none. */
static bool pass_gate(struct reading *r)
{
	pthread_mutex_lock(&r->lock);
	r->ready++;
	pthread_cond_broadcast(&r->change);
	while (r->gate == SHUT)
		pthread_cond_wait(&r->change, &r->lock);
	bool go = r->gate == OPEN;

	pthread_mutex_unlock(&r->lock);
	return go;
}

static void open_gate(struct reading *r, unsigned nr, bool give_up)
{
	pthread_mutex_lock(&r->lock);
	while (r->ready < nr && !give_up)
		pthread_cond_wait(&r->change, &r->lock);
	r->gate = give_up ? GIVEN_UP : OPEN;
	pthread_cond_broadcast(&r->change);
	pthread_mutex_unlock(&r->lock);
}

/* The thread that chases ends the reading; without one the caller does. */
static void *run(void *arg)
{
	struct runner *w = arg;
	struct topo_pin_proof pin;
	int rc = topo_pin(w->r->t, w->cpu);

	topo_pin_begin(w->r->t, w->cpu, &pin);
	if (!pass_gate(w->r))
		return NULL;
	if (w->chases)
		walk(w); /* until all are at work, and page tables are cached */
	uint64_t begin = now_ns(CLOCK_MONOTONIC), cpu = now_ns(CLOCK_THREAD_CPUTIME_ID);

	w->value = w->chases ? walk(w) : stream(w);
	double wall = (double)(now_ns(CLOCK_MONOTONIC) - begin);
	double ran = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - cpu);

	if (w->chases)
		atomic_store(&w->r->stop, true);
	topo_pin_end(&pin);
	w->off = wall - ran > OFF_CPU * wall;
	w->moved = rc || pin.moved;
	return NULL;
}

static int start(struct reading *r, struct runner *w, unsigned nr)
{
	const struct timespec reading = { .tv_nsec = READING_NS };
	unsigned started = 0;
	int rc = 0;

	while (started < nr && !rc) {
		rc = pthread_create(&w[started].thread, NULL, run, &w[started]);
		started += !rc;
	}
	open_gate(r, started, rc);
	if (!rc && !w[0].chases)
		nanosleep(&reading, NULL);
	if (!w[0].chases)
		atomic_store(&r->stop, true);
	for (unsigned i = 0; i < started; i++)
		pthread_join(w[i].thread, NULL);
	return rc ? -EAGAIN : 0;
}

/* Bytes of the buffer that one of the threads streams through. */
static size_t share_of(const struct bench *b, unsigned streams)
{
	size_t share = streams > 1 ? b->load.len / streams : b->load.len;

	return share > STREAM_CHUNK ? share / STREAM_CHUNK * STREAM_CHUNK : STREAM_CHUNK;
}

/* @chases: the first CPU chases, the others of @nr stream. */
static int read_once(struct bench *b, bool chases, unsigned nr, enum chase_move move, double *value)
{
	struct reading r = { .t = b->t,
			     .lock = PTHREAD_MUTEX_INITIALIZER,
			     .change = PTHREAD_COND_INITIALIZER,
			     .move = move };
	struct runner w[MAX_THREADS] = { { 0 } };
	size_t share = share_of(b, nr - chases);
	int rc;

	for (unsigned i = 0; i < nr; i++) {
		bool first = chases && !i;

		w[i] = (struct runner){
			.r = &r,
			.cpu = b->cpus[i],
			.chases = first,
			.buffer = first ? b->at
					: (char *)b->load.addr + share * (i - chases) % b->load.len,
			.bytes = share
		};
	}
	rc = start(&r, w, nr);
	if (rc)
		return rc;
	b->at = chases ? w[0].buffer : b->at;
	*value = 0;
	for (unsigned i = 0; i < nr; i++) {
		*value += chases && i ? 0 : w[i].value;
		b->off |= w[i].off;
		b->moved |= w[i].moved;
	}
	return 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The nearest rank. */
static double quantile(const double *sorted, unsigned n, double q)
{
	return sorted[(unsigned)(q * (n - 1) + 0.5)];
}

static const struct {
	bool chases, all;
	enum chase_move move;
} ways[TOPO_NR_QUANTITIES] = {
	[TOPO_LATENCY] = { true, false, CHASE_READ },
	[TOPO_LOADED] = { true, true, CHASE_READ },
	[TOPO_READ_ONE] = { false, false, CHASE_READ },
	[TOPO_WRITE_ONE] = { false, false, CHASE_WRITE },
	[TOPO_MIXED_ONE] = { false, false, CHASE_MIXED },
	[TOPO_READ_ALL] = { false, true, CHASE_READ },
	[TOPO_WRITE_ALL] = { false, true, CHASE_WRITE },
	[TOPO_MIXED_ALL] = { false, true, CHASE_MIXED },
};

static int take(struct bench *b, enum topo_quantity q, unsigned repeats, struct topo_spread *out)
{
	double value[MAX_REPEATS] = { 0 };

	for (unsigned i = 0; i < repeats; i++) {
		int rc = read_once(b, ways[q].chases, ways[q].all ? b->nr_cpus : 1, ways[q].move,
				   &value[i]);

		if (rc)
			return rc;
	}
	qsort(value, repeats, sizeof(value[0]), by_value);
	*out = (struct topo_spread){ .median = quantile(value, repeats, 0.5),
				     .p5 = quantile(value, repeats, 0.05),
				     .p95 = quantile(value, repeats, 0.95),
				     .n = repeats };
	return 0;
}

static int make_buffer(const struct topo *t, struct topo_arena *a, uint64_t bytes, unsigned node,
		       struct topo_pair *p)
{
	int rc = topo_map(a, bytes, TOPO_HUGE_2M);

	if (rc)
		return rc;
	if (topo_bind(t, a, node) != TOPO_BOUND) {
		if (t->nr_nodes > 1) {
			snprintf(p->reason, sizeof(p->reason), "memory not bound to node %u: %s",
				 node, strerror(a->bind_errno));
			return -EOPNOTSUPP;
		}
		strcpy(p->flags, "u"); /* there is no other node to be on */
	}
	rc = topo_populate(a->addr, a->len);
	if (rc)
		snprintf(p->reason, sizeof(p->reason), "node %u: no memory for %llu MiB", node,
			 (unsigned long long)(bytes / MIB));
	return rc ? -EOPNOTSUPP : 0;
}

static void flag(struct topo_pair *p, const struct bench *b)
{
	const struct topo_spread *l = &p->value[TOPO_LATENCY];

	if (b->moved)
		strcat(p->flags, "m");
	if (b->off || l->p95 - l->p5 > NOISY * l->median)
		strcat(p->flags, "n");
}

static int measure_pair(struct bench *b, const struct topo_measure_plan *plan, unsigned to,
			struct topo_pair *p)
{
	int rc = make_buffer(b->t, &b->chase, plan->buffer, to, p);

	b->off = b->moved = false;
	b->at = b->chase.addr;
	if (!rc)
		rc = make_buffer(b->t, &b->load, plan->buffer, to, p);
	if (!rc)
		rc = chase_link(b->chase.addr, plan->buffer, to + 1);
	for (unsigned q = 0; !rc && q < TOPO_NR_QUANTITIES; q++) {
		if (q == TOPO_LOADED && b->nr_cpus < 2)
			snprintf(p->reason, sizeof(p->reason),
				 "loaded_latency: the node has one CPU, and none to load it");
		else
			rc = take(b, (enum topo_quantity)q, plan->repeats, &p->value[q]);
	}
	if (!rc)
		flag(p, b);
	return rc == -EOPNOTSUPP ? 0 : rc;
}

static void gather_cpus(struct bench *b, unsigned node)
{
	b->nr_cpus = 0;
	for (unsigned smt = 0; smt < b->t->nr_cpus && b->nr_cpus < MAX_THREADS; smt++)
		for (unsigned i = 0; i < b->t->nr_cpus && b->nr_cpus < MAX_THREADS; i++)
			if (b->t->cpus[i].node == node && b->t->cpus[i].smt == smt)
				b->cpus[b->nr_cpus++] = i;
}

static void no_values(struct topo_pair *p)
{
	for (unsigned q = 0; q < TOPO_NR_QUANTITIES; q++)
		p->value[q] = (struct topo_spread){ NAN, NAN, NAN, 0 };
}

static int measure_if_usable(struct bench *b, const struct topo_measure_plan *plan, unsigned from,
			     unsigned to, struct topo_pair *p)
{
	no_values(p);
	gather_cpus(b, from);
	if (b->nr_cpus && b->t->nodes[to].mem_bytes)
		return measure_pair(b, plan, to, p);
	if (!b->nr_cpus)
		snprintf(p->reason, sizeof(p->reason), "node %u has no CPU to use", from);
	else
		snprintf(p->reason, sizeof(p->reason), "node %u has no memory", to);
	return 0;
}

static int measure_all(const struct topo *t, const struct topo_measure_plan *plan,
		       struct topo_measured *m)
{
	static const char *const huge[] = { "no", "2MiB", "1GiB" };

	for (unsigned from = 0; from < t->nr_nodes; from++) {
		for (unsigned to = 0; to < t->nr_nodes; to++) {
			struct topo_pair *p = &m->pair[(size_t)from * t->nr_nodes + to];
			struct bench b = { .t = t };
			int rc = measure_if_usable(&b, plan, from, to, p);

			if (b.chase.addr)
				snprintf(m->huge, sizeof(m->huge), "%s", huge[b.chase.huge]);
			topo_unmap(&b.chase);
			topo_unmap(&b.load);
			if (rc)
				return rc;
		}
	}
	return 0;
}

int topo_measure(const struct topo *t, const struct topo_measure_plan *plan,
		 struct topo_measured *m, char *why, size_t len)
{
	uint64_t begin = now_ns(CLOCK_MONOTONIC);
	time_t wall = time(NULL);
	struct tm utc;

	*m = (struct topo_measured){ .nr_nodes = t->nr_nodes,
				     .buffer = plan->buffer,
				     .quick = plan->quick };
	snprintf(m->note, sizeof(m->note), "%s", plan->note);
	if (gmtime_r(&wall, &utc))
		strftime(m->when, sizeof(m->when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	m->pair = calloc((size_t)t->nr_nodes * t->nr_nodes, sizeof(*m->pair));
	int rc = m->pair ? measure_all(t, plan, m) : -ENOMEM;

	m->seconds = (double)(now_ns(CLOCK_MONOTONIC) - begin) / 1e9;
	if (!rc)
		return 0;
	snprintf(why, len, "measuring the machine: %s", strerror(-rc));
	topo_measured_free(m);
	return rc;
}

void topo_measured_free(struct topo_measured *m)
{
	free(m->pair);
	m->pair = NULL;
}

/* Four times the largest cache, if that is known and not beyond reason. */
static uint64_t buffer_size(const struct topo *t, uint64_t most, uint64_t *cache)
{
	uint64_t bytes = DEFAULT_BUFFER;

	*cache = 0;
	for (unsigned i = 0; i < t->nr_caches; i++)
		*cache = t->caches[i].bytes > *cache ? t->caches[i].bytes : *cache;
	while (bytes < 4 * *cache && bytes < most)
		bytes *= 2;
	return bytes;
}

static double seconds_of(const struct topo *t, unsigned repeats, uint64_t buffer)
{
	double readings = TOPO_NR_QUANTITIES * repeats * (READING_NS / 1e9 + 0.001);

	/* Filling the buffers: about a microsecond for each KiB, at worst. */
	(void)t;
	return readings + 2 * (double)buffer / 1024 * 1e-6;
}

int topo_measure_plan(const struct topo *t, bool quick, struct topo_measure_plan *plan, char *why,
		      size_t len)
{
	uint64_t least = topo_spendable(NULL), cache;
	unsigned from = 0, to = 0;

	*plan = (struct topo_measure_plan){ .quick = quick };
	if (t->simulated) {
		snprintf(why, len, "%s is simulated: only this machine can be measured", t->source);
		return -EOPNOTSUPP;
	}
	for (unsigned n = 0; n < t->nr_nodes; n++) {
		from += t->nodes[n].nr_cpus > 0;
		to += t->nodes[n].mem_bytes > 0;
		if (t->nodes[n].mem_bytes && t->nodes[n].mem_bytes < least)
			least = t->nodes[n].mem_bytes;
	}
	plan->pairs = from * to;
	plan->buffer = buffer_size(t, quick ? QUICK_BUFFER : MAX_BUFFER, &cache);
	/* The permutation takes a sixteenth of a buffer; half of what there is, at most. */
	while (plan->buffer >= MIN_BUFFER && 5 * plan->buffer > least)
		plan->buffer /= 2;
	if (plan->buffer < MIN_BUFFER || !plan->pairs) {
		snprintf(why, len, "%llu MiB may be touched on the smallest node: too little",
			 (unsigned long long)(least / MIB));
		return -EOPNOTSUPP;
	}
	plan->memory = 2 * plan->buffer + plan->buffer / 16;
	if (plan->buffer < 2 * cache)
		snprintf(plan->note, sizeof(plan->note),
			 "buffers of %llu MiB beside a cache of %llu MiB: latencies are partly the "
			 "cache's",
			 (unsigned long long)(plan->buffer / MIB),
			 (unsigned long long)(cache / MIB));
	for (plan->repeats = MAX_REPEATS; plan->repeats > 5; plan->repeats -= 2)
		if (plan->pairs * seconds_of(t, plan->repeats, plan->buffer) <=
		    (quick ? QUICK_SECONDS : FULL_SECONDS))
			break;
	plan->seconds = plan->pairs * seconds_of(t, plan->repeats, plan->buffer);
	return 0;
}
