/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Threads that drive their own CPUs of one instance, allocate and free random
 * orders and hand blocks to each other.  A plain, unsynchronised word for each
 * frame is written by whoever holds it: two holders at a time are found by its
 * value, and an allocator that hands a frame on without ordering the memory
 * accesses is found by ThreadSanitizer.  Prints TAP.
 */
#include "tests/support/t_oracle.h"
#include "workloads/rng.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 4u
#define MAX_HELD 512u
#define RING 64u
#define OPS 200000u

/* Blocks from one thread to the next: one producer, one consumer. */
struct ring {
	_Atomic unsigned head, tail;
	struct t_block slot[RING];
};

struct worker {
	struct stress *s;
	unsigned index;
	struct rng rng;
	struct ring inbox;
	struct t_block held[MAX_HELD];
	unsigned nr_held;
	unsigned long allocated, passed;
	char fault[160]; /* "" = none */
	pthread_t thread;
};

struct stress {
	struct t_instance in;
	struct worker workers[MAX_THREADS];
	unsigned nr;
	pthread_barrier_t start;
	uint32_t *word; /* [in.end]: 0, or 1 + the holder's index */
};

static unsigned failed, done;

static void result(bool ok, const char *name, const char *why)
{
	done++;
	if (!ok) {
		failed++;
		printf("not ok %u - %s\n# %s\n", done, name, why);
		return;
	}
	printf("ok %u - %s\n", done, name);
}

/* Change the words of a block; a word that is not `from` is a fault. */
static void mark(struct worker *w, struct t_block b, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < 1u << b.order; i++) {
		uint32_t *word = &w->s->word[b.pfn + i];

		if (*word != from && !*w->fault)
			snprintf(w->fault, sizeof(w->fault),
				 "thread %u: frame %u of block %u order %u has word %u, not %u",
				 w->index, b.pfn + i, b.pfn, b.order, *word, from);
		*word = to;
	}
}

static bool push(struct ring *r, struct t_block b)
{
	unsigned head = atomic_load_explicit(&r->head, memory_order_relaxed);

	if (head - atomic_load_explicit(&r->tail, memory_order_acquire) == RING)
		return false;
	r->slot[head % RING] = b;
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

static bool pop(struct ring *r, struct t_block *b)
{
	unsigned tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

	if (tail == atomic_load_explicit(&r->head, memory_order_acquire))
		return false;
	*b = r->slot[tail % RING];
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release);
	return true;
}

static void give(struct worker *w, struct t_block b)
{
	mark(w, b, w->index + 1, 0);
	w->s->in.ops->free(w->s->in.pga, b.pfn, b.order, w->index, 0);
}

static void take(struct worker *w)
{
	static const uint32_t gfps[] = { PGA_GFP_USER_MOVABLE, PGA_GFP_KERNEL,
					 PGA_GFP_SLAB_RECLAIMABLE,
					 PGA_GFP_USER_MOVABLE | PGA_GFP_COLD };
	struct t_instance *in = &w->s->in;
	struct pga_req req = { .gfp = gfps[rng_below(&w->rng, 4)],
			       .cpu = (uint16_t)w->index,
			       .node = -1 };

	while (req.order + 1u < t_orders(in) && rng_below(&w->rng, 3) == 0)
		req.order++;
	struct pga_res res = in->ops->alloc(in->pga, req, NULL);

	if (res.err)
		return;
	w->held[w->nr_held] = (struct t_block){ res.pfn, req.order };
	mark(w, w->held[w->nr_held++], 0, w->index + 1);
	w->allocated++;
}

/* A block changes hands; the word goes with it. */
static void pass_on(struct worker *w, unsigned i)
{
	struct worker *next = &w->s->workers[(w->index + 1) % w->s->nr];

	mark(w, w->held[i], w->index + 1, next->index + 1);
	if (!push(&next->inbox, w->held[i])) {
		mark(w, w->held[i], next->index + 1, w->index + 1);
		return;
	}
	w->held[i] = w->held[--w->nr_held];
	w->passed++;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct pga_ops *ops = w->s->in.ops;
	struct pga *pga = w->s->in.pga;
	struct t_block b;

	pthread_barrier_wait(&w->s->start);
	ops->unpark(pga, w->index);
	for (unsigned op = 0; op < OPS && !*w->fault; op++) {
		unsigned dice = rng_below(&w->rng, 100);

		if (op % 1000 == 0 && ops->tick)
			ops->tick(pga, w->index);
		if (op % 500 == 0 && ops->drain)
			ops->drain(pga, rng_below(&w->rng, w->s->nr), -1, 0, w->index);
		if (op % 2000 == 0) {
			ops->park(pga, w->index);
			sched_yield();
			ops->unpark(pga, w->index);
		}
		while (pop(&w->inbox, &b))
			give(w, b);
		if (dice < 52 && w->nr_held < MAX_HELD)
			take(w);
		else if (w->nr_held && dice < 75)
			pass_on(w, rng_below(&w->rng, w->nr_held));
		else if (w->nr_held) {
			unsigned i = rng_below(&w->rng, w->nr_held);

			b = w->held[i];
			w->held[i] = w->held[--w->nr_held];
			give(w, b);
		}
	}
	while (w->nr_held)
		give(w, w->held[--w->nr_held]);
	ops->park(pga, w->index);
	return NULL;
}

static void run_threads(struct stress *s)
{
	pthread_barrier_init(&s->start, NULL, s->nr);
	for (unsigned i = 0; i < s->nr; i++) {
		s->workers[i].s = s;
		s->workers[i].index = i;
		rng_seed(&s->workers[i].rng, t_seed(), i);
	}
	for (unsigned i = 0; i < s->nr; i++)
		if (pthread_create(&s->workers[i].thread, NULL, work, &s->workers[i])) {
			perror("pthread_create");
			exit(1);
		}
	for (unsigned i = 0; i < s->nr; i++)
		pthread_join(s->workers[i].thread, NULL);
	pthread_barrier_destroy(&s->start);
}

/* What is still under way goes back; then the machine must be as it was. */
static bool wind_up(struct stress *s, uint32_t (*fresh)[PGA_MAX_ORDERS], struct t_oracle *o,
		    char *why, size_t len)
{
	unsigned long allocated = 0, passed = 0;
	uint32_t now[PGA_MAX_ORDERS];
	struct t_block b;

	for (unsigned i = 0; i < s->nr; i++) {
		struct worker *w = &s->workers[i];

		if (*w->fault) {
			snprintf(why, len, "%s", w->fault);
			return false;
		}
		t_drive(&s->in, i);
		while (pop(&w->inbox, &b))
			give(w, b);
		allocated += w->allocated;
		passed += w->passed;
	}
	t_drain_all(&s->in);
	if (!t_oracle_agrees(o, 0)) {
		snprintf(why, len, "%s", o->why);
		return false;
	}
	for (unsigned z = 0; z < s->in.conf.nr_zones; z++) {
		t_free_blocks(&s->in, z, now);
		if (memcmp(now, fresh[z], sizeof(now))) {
			snprintf(why, len, "zone %u: not the free blocks that init left", z);
			return false;
		}
	}
	if (allocated < OPS / 4 || (s->nr > 1 && !passed)) {
		snprintf(why, len, "only %lu allocations, %lu passed on", allocated, passed);
		return false;
	}
	return true;
}

static void stress(const char *variant, const char *machine)
{
	uint32_t fresh[T_MAX_ZONES][PGA_MAX_ORDERS];
	struct stress *s = calloc(1, sizeof(*s));
	struct t_oracle o = { 0 };
	char name[160], why[300] = "no memory";
	bool ok = false;
	int rc = s ? t_up(&s->in, variant, machine) : -ENOMEM;

	/* Not a machine of its time. */
	if (rc == -EOPNOTSUPP) {
		free(s);
		return;
	}
	snprintf(name, sizeof(name), "threads on %s, %s, seed %llu", variant, machine,
		 (unsigned long long)t_seed());
	if (!rc && !t_oracle_init(&o, &s->in)) {
		s->nr = s->in.conf.nr_cpus < MAX_THREADS ? s->in.conf.nr_cpus : MAX_THREADS;
		s->word = calloc(s->in.end, sizeof(*s->word));
		/* Some of what was handed over at boot may be on a CPU's lists. */
		t_drain_all(&s->in);
		for (unsigned z = 0; z < s->in.conf.nr_zones; z++)
			t_free_blocks(&s->in, z, fresh[z]);
		if (s->word) {
			run_threads(s);
			ok = wind_up(s, fresh, &o, why, sizeof(why));
		}
		free(s->word);
	} else if (s) {
		snprintf(why, sizeof(why), "%s", s->in.why);
	}
	result(ok, name, why);
	t_oracle_fini(&o);
	if (s)
		t_down(&s->in);
	free(s);
}

static void stress_machines(const char *variant)
{
	static const char *const machines[] = { "tiny", "x86",	   "two",
						"four", "highmem", "highmem-nodes" };

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		stress(variant, machines[i]);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (t_extra()->caps & PGA_CAP_REAL)
		stress_machines(t_extra()->name);
	for (const struct pga_variant_row *r = t_rows(); r->name; r++)
		if ((r->ops->caps & PGA_CAP_REAL) && (r->ops->caps & PGA_CAP_THREADS))
			stress_machines(r->name);
	printf("1..%u\n%u passed, %u failed\n", done, done - failed, failed);
	return failed != 0;
}
