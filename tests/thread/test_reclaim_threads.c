/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two threads own frames, touch, dirty and free them; at the same time kswapd
 * and direct reclaim work on the same lists.  A plain word for each frame is
 * written by whoever owns it, under the lock of its slot: a frame that two own
 * is found by its value, or by ThreadSanitizer.  Prints TAP.
 */
#include "core/linux310_reclaim.h"
#include "tests/support/t_instance.h"
#include "workloads/rng.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define OWNERS 2u
#define SLOTS 4096u
#define OPS 60000u	   /* at least, for each owner */
#define MOST_OPS 20000000u /* even if reclaim gets no turn */
#define EVICTIONS 2000u	   /* to be seen before the owners stop */
#define WRITES 50u
#define MACHINE "zone=0:DMA32:0+1024 zone=0:Normal:1024+2048 cpus=0,0,0,0"

struct slot {
	struct pga_lock lock;
	pga_pfn_t pfn; /* PGA_NIL: none */
	bool dirty, used;
};

struct stress {
	struct t_instance in;
	struct slot slot[SLOTS];
	_Atomic uint32_t *rmap; /* [in.end] slot + 1 of a frame; a hint until the slot is locked */
	uint32_t *word;		/* [in.end] slot + 1 of whoever owns the frame */
	atomic_uint running;
	atomic_ullong evicted, orphans, writes, faults;
	uint64_t seed;
};

struct worker {
	struct stress *s;
	unsigned cpu;
	struct rng rng;
	uint64_t reclaimed;
	pthread_t thread;
};

static struct slot *find(struct stress *s, pga_pfn_t pfn)
{
	uint32_t i = atomic_load_explicit(&s->rmap[pfn], memory_order_relaxed);
	struct slot *slot;

	if (!i)
		return NULL;
	slot = &s->slot[i - 1];
	pga_lock(&slot->lock);
	if (slot->pfn == pfn)
		return slot;
	pga_unlock(&slot->lock);
	return NULL;
}

/* The slot owns no frame any more; under its lock. */
static void leave(struct stress *s, struct slot *slot)
{
	uint32_t *word = &s->word[slot->pfn];

	if (*word != (uint32_t)(slot - s->slot) + 1)
		atomic_fetch_add(&s->faults, 1);
	*word = 0;
	atomic_store_explicit(&s->rmap[slot->pfn], 0, memory_order_relaxed);
	slot->pfn = PGA_NIL;
}

static bool host_referenced(void *data, pga_pfn_t pfn)
{
	struct slot *slot = find(data, pfn);
	bool used = slot && slot->used;

	if (slot) {
		slot->used = false;
		pga_unlock(&slot->lock);
	}
	return used;
}

static int host_evict(void *data, pga_pfn_t pfn)
{
	struct stress *s = data;
	struct slot *slot = find(s, pfn);
	int rc;

	if (!slot)
		return -EAGAIN;
	rc = slot->dirty ? -EBUSY : 0;
	if (!rc) {
		leave(s, slot);
		atomic_fetch_add(&s->evicted, 1);
	}
	pga_unlock(&slot->lock);
	return rc;
}

/* Completion comes before the answer. */
static int host_writeback(void *data, pga_pfn_t pfn)
{
	struct stress *s = data;
	struct slot *slot = find(s, pfn);

	if (!slot)
		return -EAGAIN;
	slot->dirty = false;
	s->in.ops->set_dirty(s->in.pga, pfn, false);
	pga_unlock(&slot->lock);
	atomic_fetch_add(&s->writes, 1);
	return -EINPROGRESS;
}

static enum pga_answer host_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	(void)data;
	(void)kind;
	(void)ticks;
	(void)cpu;
	sched_yield();
	return PGA_GO_ON;
}

static void host_wake(void *data, unsigned daemon, unsigned node)
{
	(void)data;
	(void)daemon;
	(void)node;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	struct stress *s = data;

	s->rmap = calloc(in->end, sizeof(*s->rmap));
	s->word = calloc(in->end, sizeof(*s->word));
	*host = (struct pga_host){
		.data = s,
		.referenced = host_referenced,
		.evict = host_evict,
		.writeback = host_writeback,
		.wait = host_wait,
		.wake = host_wake,
	};
	return s->rmap && s->word ? 0 : -ENOMEM;
}

static void fill(struct worker *w, struct slot *slot)
{
	static const enum pga_lru lists[] = { PGA_LRU_INACTIVE_FILE, PGA_LRU_ACTIVE_FILE,
					      PGA_LRU_INACTIVE_ANON, PGA_LRU_ACTIVE_ANON };
	struct stress *s = w->s;
	struct pga_req req = { .gfp = PGA_GFP_USER_MOVABLE, .cpu = (uint16_t)w->cpu, .node = -1 };
	struct pga_res res = s->in.ops->alloc(s->in.pga, req, NULL);
	bool taken;

	if (res.err) {
		sched_yield();
		return;
	}
	pga_lock(&slot->lock);
	taken = slot->pfn == PGA_NIL;
	if (taken) {
		if (s->word[res.pfn])
			atomic_fetch_add(&s->faults, 1);
		s->word[res.pfn] = (uint32_t)(slot - s->slot) + 1;
		slot->pfn = res.pfn;
		slot->dirty = slot->used = false;
		atomic_store_explicit(&s->rmap[res.pfn], (uint32_t)(slot - s->slot) + 1,
				      memory_order_relaxed);
		s->in.ops->lru_add(s->in.pga, res.pfn, lists[rng_below(&w->rng, 4)], w->cpu);
	}
	pga_unlock(&slot->lock);
	if (!taken)
		s->in.ops->free(s->in.pga, res.pfn, 0, w->cpu, 0);
}

static void let_go(struct worker *w, struct slot *slot)
{
	struct stress *s = w->s;
	pga_pfn_t pfn;
	int rc = -EBUSY;

	pga_lock(&slot->lock);
	pfn = slot->pfn;
	if (pfn != PGA_NIL) {
		leave(s, slot);
		rc = s->in.ops->lru_del(s->in.pga, pfn, w->cpu);
		if (rc == -EBUSY)
			atomic_fetch_add(&s->orphans, 1);
	}
	pga_unlock(&slot->lock);
	if (rc != -EBUSY)
		s->in.ops->free(s->in.pga, pfn, 0, w->cpu, 0);
}

static void use(struct worker *w, struct slot *slot)
{
	struct stress *s = w->s;

	pga_lock(&slot->lock);
	if (slot->pfn != PGA_NIL) {
		slot->used = true;
		s->in.ops->mark_accessed(s->in.pga, slot->pfn);
		if (rng_below(&w->rng, 3) == 0) {
			slot->dirty = true;
			s->in.ops->set_dirty(s->in.pga, slot->pfn, true);
		}
	}
	pga_unlock(&slot->lock);
}

static bool go_on(struct stress *s, unsigned op)
{
	if (op < OPS)
		return true;
	return op < MOST_OPS &&
	       (atomic_load(&s->evicted) < EVICTIONS || atomic_load(&s->writes) < WRITES);
}

static void *own(void *arg)
{
	struct worker *w = arg;
	struct stress *s = w->s;

	s->in.ops->unpark(s->in.pga, w->cpu);
	for (unsigned op = 0; go_on(s, op); op++) {
		struct slot *slot = &s->slot[rng_below(&w->rng, SLOTS)];
		unsigned dice = rng_below(&w->rng, 100);

		if (dice < 60)
			fill(w, slot);
		else if (dice < 80)
			let_go(w, slot);
		else
			use(w, slot);
	}
	s->in.ops->park(s->in.pga, w->cpu);
	atomic_fetch_sub(&s->running, 1);
	return NULL;
}

static void *kswapd(void *arg)
{
	struct worker *w = arg;
	struct stress *s = w->s;

	s->in.ops->unpark(s->in.pga, w->cpu);
	while (atomic_load(&s->running))
		if (!s->in.ops->daemons[0].step(s->in.pga, 0, w->cpu))
			sched_yield();
	s->in.ops->park(s->in.pga, w->cpu);
	return NULL;
}

static void *direct(void *arg)
{
	struct worker *w = arg;
	struct stress *s = w->s;
	struct pga_step_arg a = {
		.zone = -1, .cpu = (uint16_t)w->cpu, .order = -1, .gfp = PGA_GFP_KERNEL
	};

	s->in.ops->unpark(s->in.pga, w->cpu);
	while (atomic_load(&s->running)) {
		int64_t n = l310_step_reclaim(s->in.pga, &a);

		w->reclaimed += n > 0 ? (uint64_t)n : 0;
		s->in.ops->drain(s->in.pga, w->cpu, -1, 0, w->cpu);
		sched_yield();
	}
	s->in.ops->park(s->in.pga, w->cpu);
	return NULL;
}

static unsigned done, failed;

static void result(bool ok, const char *name, const char *why)
{
	done++;
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", done, name);
	if (!ok)
		printf("# %s\n", why);
}

static void run(struct stress *s)
{
	static void *(*const body[])(void *) = { own, own, kswapd, direct };
	struct worker w[4];

	atomic_store(&s->running, OWNERS);
	for (unsigned i = 0; i < 4; i++) {
		w[i] = (struct worker){ .s = s, .cpu = i };
		rng_seed(&w[i].rng, s->seed, i);
		pthread_create(&w[i].thread, NULL, body[i], &w[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(w[i].thread, NULL);
}

/* All back: what is left is exactly what was there at first. */
static bool all_back(struct stress *s, uint64_t before, char *why, size_t len)
{
	struct worker w = { .s = s };
	struct pga_zone_snap snap;
	uint64_t after = 0;

	for (unsigned i = 0; i < SLOTS; i++)
		let_go(&w, &s->slot[i]);
	t_drain_all(&s->in);
	for (unsigned z = 0; z < s->in.conf.nr_zones; z++) {
		s->in.ops->zone_snap(s->in.pga, z, &snap);
		after += snap.nr_free_exact;
	}
	snprintf(why, len, "%llu frames free before, %llu after", (unsigned long long)before,
		 (unsigned long long)after);
	return before == after && !s->in.ops->check(s->in.pga, why, len);
}

int main(void)
{
	struct stress *s = calloc(1, sizeof(*s));
	struct pga_zone_snap snap;
	uint64_t before = 0;
	char why[256];

	if (!s)
		return 1;
	s->seed = t_seed();
	for (unsigned i = 0; i < SLOTS; i++)
		s->slot[i].pfn = PGA_NIL;
	if (t_up_with(&s->in, "linux-3.10", MACHINE, make_host, s)) {
		printf("Bail out! %s\n", s->in.why);
		return 1;
	}
	for (unsigned z = 0; z < s->in.conf.nr_zones; z++) {
		s->in.ops->zone_snap(s->in.pga, z, &snap);
		before += snap.nr_free_exact;
	}
	run(s);
	snprintf(why, sizeof(why), "%llu frames had another owner than theirs",
		 (unsigned long long)atomic_load(&s->faults));
	result(!atomic_load(&s->faults), "no frame has two owners", why);
	result(!s->in.ops->check(s->in.pga, why, sizeof(why)), "the invariants hold", why);
	result(all_back(s, before, why, sizeof(why)), "every frame comes back", why);
	printf("# evicted %llu, written %llu, left to their isolator %llu\n",
	       (unsigned long long)atomic_load(&s->evicted),
	       (unsigned long long)atomic_load(&s->writes),
	       (unsigned long long)atomic_load(&s->orphans));
	result(atomic_load(&s->evicted) >= EVICTIONS && atomic_load(&s->writes) >= WRITES,
	       "reclaim evicted and wrote", "it had too little to do");
	t_down(&s->in);
	printf("1..%u\n%u passed, %u failed\n", done, done - failed, failed);
	free((void *)s->rmap);
	free(s->word);
	free(s);
	return failed ? 1 : 0;
}
