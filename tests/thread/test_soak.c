/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Soak: threads own, use, change, pin, free, exit and fault in frames of all
 * kinds and sizes with memory 95 % full, and
 * at times overfull, while the daemons run.  In the end
 * the allocator's invariants hold, all contents are what they should be, and
 * every frame is back.  With faults injected the same is true.  Stepped, one
 * thread, the same seed does the same on every run.
 *
 * ZB_SOAK_OPS sets the operations of the threaded runs.  Prints TAP.
 */
#include "tests/support/t_owners.h"
#include "workloads/rng.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_THREADS 2u
#define TASKS_EACH 3u
#define FILES_EACH 2u
#define FILL_PERCENT 95u
#define STRETCH 10000u
#ifdef __SANITIZE_THREAD__
#define DEFAULT_OPS 120000u
#else
#define DEFAULT_OPS 200000u
#endif
/* Time runs faster here than in a kernel: waits are not what is tested. */
#define TICKS_PER_SECOND 20000u
#define ENOUGH_OPS 50000u /* for memory to be overfull */
#define STEPPED_OPS 60000u
#define STEPPED_OPS_24 240000u /* it keeps less memory free, so it is full later */
#define MOST_ROUNDS 10u
/* The last CPU of each node is its daemon's; linux-2.4 has three daemons. */
#define ONE_NODE "zone=0:DMA32:0+4096 zone=0:Normal:4096+12288 cpus=0,0,0"
#define TWO_NODES "zone=0:Normal:0+8192 zone=1:Normal:8192+8192 cpus=0,1,0,1"
#define ONE_NODE_24 "zone=0:DMA:0+4096 zone=0:Normal:4096+12288 cpus=0,0,0,0,0"
#define TWO_NODES_24 "zone=0:DMA:0+8192 zone=1:Normal:8192+8192 cpus=0,1,0,0,0"
#define FRAMES 16384u

struct held {
	uint32_t handle;
	uint8_t kind;
	uint16_t group;
};

struct soak;
struct worker {
	struct soak *s;
	unsigned index;
	uint64_t ops, op;
	struct rng rng;
	struct held held[2 * FRAMES];
	unsigned nr;
	uint64_t allocated, failed, faulted, exits, killed;
	char fault[160]; /* "" = none */
	pthread_t thread;
};

struct soak {
	struct t_owned t;
	struct worker *workers; /* [nr] */
	unsigned nr;
	uint64_t managed;
	pthread_barrier_t start;
};

static unsigned failed, done;

static void result(bool ok, const char *name, const char *why)
{
	done++;
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", done, name);
	if (!ok)
		printf("# %s\n", why);
}

static void complain(struct worker *w, const char *what, uint32_t handle, int rc)
{
	if (!*w->fault)
		snprintf(w->fault, sizeof(w->fault), "thread %u: %s of handle %u: %d (%s)",
			 w->index, what, handle, rc, strerror(-rc));
}

static void forget(struct worker *w, unsigned i)
{
	w->held[i] = w->held[--w->nr];
}

static void take(struct worker *w)
{
	struct own_req req = { .node = -1, .cpu = (uint16_t)w->index };
	unsigned dice = rng_below(&w->rng, 100);
	uint32_t h;

	req.kind = (uint8_t)(dice < 50	 ? OWN_ANON
			     : dice < 80 ? OWN_FILE
			     : dice < 90 ? OWN_KERNEL
					 : OWN_SLAB);
	if (req.kind == OWN_ANON)
		req.group = (uint16_t)(w->index * TASKS_EACH + rng_below(&w->rng, TASKS_EACH));
	if (req.kind == OWN_FILE)
		req.group = (uint16_t)(w->index * FILES_EACH + rng_below(&w->rng, FILES_EACH));
	while (req.order < 4 && rng_below(&w->rng, 6) == 0)
		req.order++;
	if (req.kind == OWN_ANON && rng_below(&w->rng, 500) == 0) {
		req.order = 9;
		req.gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_COMP | PGA_GFP_NORETRY | PGA_GFP_NOWARN;
	}
	req.mlocked = rng_below(&w->rng, 50) == 0;
	struct pga_res res = own_alloc(w->s->t.own, &req, &h);

	if (res.err == -ENOMEM || res.err == -ENFILE || res.err == -ESRCH) {
		w->failed++;
		return;
	}
	if (res.err) {
		complain(w, "allocation", h, res.err);
		return;
	}
	w->held[w->nr++] = (struct held){ h, req.kind, req.group };
	w->allocated++;
}

/* The task is over: by itself, or because it was killed. */
static void exit_task(struct worker *w, unsigned task)
{
	for (unsigned i = w->nr; i--;)
		if (w->held[i].kind == OWN_ANON && w->held[i].group == task)
			forget(w, i);
	own_task_exit(w->s->t.own, task, w->index);
}

static void drop_file(struct worker *w, unsigned file)
{
	for (unsigned i = w->nr; i--;)
		if (w->held[i].kind == OWN_FILE && w->held[i].group == file)
			forget(w, i);
	own_file_drop(w->s->t.own, file, w->index);
}

static void bring_back(struct worker *w, unsigned i)
{
	int err = own_fault(w->s->t.own, w->held[i].handle, w->index).err;

	if (err && err != -ENOMEM && err != -ESRCH)
		complain(w, "fault", w->held[i].handle, err);
	w->faulted += !err;
}

static void use(struct worker *w, unsigned i, bool dirty)
{
	uint32_t h = w->held[i].handle;
	int rc = dirty ? own_dirty(w->s->t.own, h) : own_touch(w->s->t.own, h);

	if (rc == -ENOENT)
		bring_back(w, i);
	else if (rc && rc != -ESRCH)
		complain(w, dirty ? "change" : "use", h, rc);
}

/* Held still for a while: nothing may move or evict it meanwhile. */
static void pin(struct worker *w, unsigned i)
{
	struct own *o = w->s->t.own;
	uint32_t h = w->held[i].handle;

	if (own_pin(o, h))
		return;
	pga_pfn_t pfn = own_pfn(o, h);

	take(w);
	/* A kill may take even what is pinned. */
	if (own_present(o, h) && own_pfn(o, h) != pfn)
		complain(w, "pinned frame", h, -EFAULT);
	own_unpin(o, h);
}

static void look_for_killed(struct worker *w)
{
	for (unsigned t = w->index * TASKS_EACH; t < (w->index + 1) * TASKS_EACH; t++)
		if (own_task_killed(w->s->t.own, t)) {
			exit_task(w, t);
			w->killed++;
		}
}

static void rest(struct worker *w)
{
	const struct pga_ops *ops = w->s->t.in.ops;
	struct pga *pga = w->s->t.in.pga;

	if (ops->tick)
		ops->tick(pga, w->index);
	ops->park(pga, w->index);
	sched_yield();
	ops->unpark(pga, w->index);
}

/* Every fourth stretch of operations nobody minds how full memory is. */
static bool full(struct worker *w)
{
	unsigned percent = w->op / STRETCH % 4 == 3 ? 2 * 100 : FILL_PERCENT;

	return own_frames(w->s->t.own) * 100 >= w->s->managed * percent || w->nr + 2 >= 2 * FRAMES;
}

static void operate(struct worker *w)
{
	unsigned dice = rng_below(&w->rng, 1000);
	unsigned i = w->nr ? rng_below(&w->rng, w->nr) : 0;

	if (!w->nr || dice < (full(w) ? 200 : 450)) {
		if (w->nr + 2 < 2 * FRAMES)
			take(w);
	} else if (dice < 580) {
		own_free(w->s->t.own, w->held[i].handle, w->index);
		forget(w, i);
	} else if (dice < 800) {
		use(w, i, false);
	} else if (dice < 980) {
		use(w, i, w->held[i].kind != OWN_SLAB);
	} else if (dice < 998) {
		pin(w, i);
	} else if (rng_below(&w->rng, 20) == 0) {
		w->exits++;
		if (rng_below(&w->rng, 2))
			exit_task(w, w->index * TASKS_EACH + rng_below(&w->rng, TASKS_EACH));
		else
			drop_file(w, w->index * FILES_EACH + rng_below(&w->rng, FILES_EACH));
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	const struct pga_ops *ops = w->s->t.in.ops;

	pthread_barrier_wait(&w->s->start);
	ops->unpark(w->s->t.in.pga, w->index);
	for (; w->op < w->ops && !*w->fault; w->op++) {
		if (w->op % 256 == 0)
			look_for_killed(w);
		if (w->op % 4096 == 0)
			rest(w);
		operate(w);
	}
	ops->park(w->s->t.in.pga, w->index);
	return NULL;
}

static void prepare_threads(struct soak *s)
{
	for (unsigned i = 0; i < s->nr; i++) {
		s->workers[i].s = s;
		s->workers[i].index = i;
		rng_seed(&s->workers[i].rng, t_seed(), i);
	}
}

/* @ops more, shared out; threads go on where they were. */
static void run_threads(struct soak *s, uint64_t ops)
{
	pthread_barrier_init(&s->start, NULL, s->nr);
	for (unsigned i = 0; i < s->nr; i++)
		s->workers[i].ops += ops / s->nr;
	for (unsigned i = 0; i < s->nr; i++)
		if (pthread_create(&s->workers[i].thread, NULL, work, &s->workers[i])) {
			perror("pthread_create");
			exit(1);
		}
	for (unsigned i = 0; i < s->nr; i++)
		pthread_join(s->workers[i].thread, NULL);
	pthread_barrier_destroy(&s->start);
}

static uint64_t free_frames(struct soak *s)
{
	struct pga_zone_snap snap;
	uint64_t free = 0;

	for (unsigned z = 0; z < s->t.in.conf.nr_zones; z++) {
		s->t.in.ops->zone_snap(s->t.in.pga, z, &snap);
		free += snap.nr_free_exact;
	}
	return free;
}

static bool sound(struct soak *s, char *why, size_t len)
{
	for (unsigned i = 0; i < s->nr; i++)
		if (*s->workers[i].fault) {
			snprintf(why, len, "%s", s->workers[i].fault);
			return false;
		}
	return !own_check(s->t.own, why, len) && !s->t.in.ops->check(s->t.in.pga, why, len);
}

static bool balanced(struct soak *s, char *why, size_t len)
{
	uint64_t stats[PGA_NR_STATS] = { 0 }, free;
	struct t_instance *in = &s->t.in;

	t_drive(in, 0);
	own_free_all(s->t.own, 0);
	t_drain_all(in);
	in->ops->stats(in->pga, -1, stats);
	free = free_frames(s);
	if (free != s->managed || stats[PGA_STAT_pgalloc] != stats[PGA_STAT_pgfree]) {
		snprintf(why, len, "%llu of %llu frames are free; pgalloc %llu, pgfree %llu",
			 (unsigned long long)free, (unsigned long long)s->managed,
			 (unsigned long long)stats[PGA_STAT_pgalloc],
			 (unsigned long long)stats[PGA_STAT_pgfree]);
		return false;
	}
	if (own_frames(s->t.own) || own_swapped(s->t.own)) {
		snprintf(why, len, "owners still count %llu frames and %llu of swap",
			 (unsigned long long)own_frames(s->t.own),
			 (unsigned long long)own_swapped(s->t.own));
		return false;
	}
	return !own_check(s->t.own, why, len) && !in->ops->check(in->pga, why, len);
}

struct plan {
	const char *name;
	const char *machine; /* NULL: ONE_NODE */
	const char *variant; /* NULL: linux-3.10 */
	unsigned threads;
	enum bench_daemons mode;
	bool backed;
	uint32_t error_ppm;
	struct own_faults faults;
};

/* How hard it was; a soak that nothing happened in proves nothing. */
static bool busy(struct soak *s, const struct plan *p, uint64_t ops, char *why, size_t len)
{
	uint64_t own[OWN_NR_STATS], allocated = 0, lost = 0, exits = 0, killed = 0;

	own_stats(s->t.own, own);
	for (unsigned i = 0; i < s->nr; i++) {
		allocated += s->workers[i].allocated;
		lost += s->workers[i].failed;
		exits += s->workers[i].exits;
		killed += s->workers[i].killed;
	}
	printf("# %llu operations: %llu allocated, %llu failed, %llu exits, %llu killed;",
	       (unsigned long long)ops, (unsigned long long)allocated, (unsigned long long)lost,
	       (unsigned long long)exits, (unsigned long long)killed);
	for (unsigned i = 0; i < OWN_NR_STATS; i++)
		if (own[i])
			printf(" %s %llu", own_stat_infos[i].name + 4, (unsigned long long)own[i]);
	printf("; daemon steps %llu\n", (unsigned long long)daemons_steps(s->t.daemons));
	snprintf(why, len, "too little happened");
	if (ops < ENOUGH_OPS)
		return allocated > ops / 10;
	/* Who knows no mobility moves nothing. */
	return allocated > ops / 10 && own[OWN_STAT_evicted] &&
	       !own[OWN_STAT_migrated] == !(s->t.in.ops->caps & PGA_CAP_MOBILITY) &&
	       own[OWN_STAT_writes] && !own[OWN_STAT_write_errors] == !p->error_ppm &&
	       !daemons_steps(s->t.daemons) == (p->mode == DAEMONS_OFF);
}

static bool set_up(struct soak *s, const struct plan *p, char *why, size_t len)
{
	t_owned_defaults(&s->t);
	s->nr = p->threads;
	s->t.with_daemons = true;
	s->t.mode = p->mode;
	s->t.hz = TICKS_PER_SECOND;
	s->t.conf.nr_handles = 2 * FRAMES;
	s->t.conf.nr_tasks = MAX_THREADS * TASKS_EACH;
	s->t.conf.nr_files = MAX_THREADS * FILES_EACH;
	s->t.conf.swap_frames = FRAMES / 4;
	s->t.conf.no_device = false;
	s->t.conf.device.latency = 1;
	s->t.conf.device.bandwidth = 64;
	s->t.conf.device.error_ppm = p->error_ppm;
	s->t.conf.faults = p->faults;
	s->t.conf.content = OWN_PAGE;
	s->t.conf.backing = p->backed ? malloc((size_t)FRAMES << 12) : NULL;
	s->workers = calloc(s->nr, sizeof(*s->workers));
	if (!s->workers || (p->backed && !s->t.conf.backing)) {
		snprintf(why, len, "no memory");
		return false;
	}
	if (t_owned_up(&s->t, p->variant ? p->variant : "linux-3.10",
		       p->machine ? p->machine : ONE_NODE)) {
		snprintf(why, len, "%s", s->t.in.why);
		return false;
	}
	/* Boot may have left frames on the lists of a CPU. */
	if (s->t.in.ops->drain)
		s->t.in.ops->drain(s->t.in.pga, 0, -1, 0, 0);
	s->managed = free_frames(s);
	return true;
}

static void tear_down(struct soak *s)
{
	t_owned_down(&s->t);
	free(s->t.conf.backing);
	free(s->workers);
	free(s);
}

/* So far nothing is wrong, and too little has happened; looked at while no daemon runs. */
static bool goes_on(struct soak *s, const struct plan *p, uint64_t ops, char *why, size_t len)
{
	bool on;

	daemons_hold(s->t.daemons);
	on = sound(s, why, len) && !busy(s, p, ops, why, len);
	daemons_release(s->t.daemons);
	return on;
}

static void soak(const struct plan *p, uint64_t ops)
{
	struct soak *s = calloc(1, sizeof(*s));
	char name[160], why[300] = "no memory";
	unsigned rounds = 0;

	snprintf(name, sizeof(name), "%s, %llu operations, seed %llu", p->name,
		 (unsigned long long)ops, (unsigned long long)t_seed());
	if (!s || !set_up(s, p, why, sizeof(why))) {
		result(false, name, why);
		return;
	}
	/* What threads do to one another is chance: go on until it has been hard enough. */
	prepare_threads(s);
	do
		run_threads(s, ops);
	while (++rounds < MOST_ROUNDS && goes_on(s, p, rounds * ops, why, sizeof(why)));
	daemons_stop(s->t.daemons);
	own_settle(s->t.own);
	result(busy(s, p, rounds * ops, why, sizeof(why)) && sound(s, why, sizeof(why)) &&
		       balanced(s, why, sizeof(why)),
	       name, why);
	tear_down(s);
}

/* All that one run can be told from another by. */
struct print {
	uint64_t own[OWN_NR_STATS], pga[PGA_NR_STATS], lists, steps, ticks;
};

static void mix_entry(void *data, const struct pga_list_entry *e)
{
	uint64_t *hash = data, x = ((uint64_t)e->pfn << 32) ^ (uint64_t)(e->cpu + 1) << 16 ^
				   (uint64_t)e->zone << 12 ^ (uint64_t)e->order << 4 ^ e->type;

	*hash = (*hash ^ x) * 0x100000001b3u;
}

static bool fingerprint(const struct plan *p, uint64_t ops, struct print *print, char *why,
			size_t len)
{
	struct soak *s = calloc(1, sizeof(*s));
	bool ok = false;

	memset(print, 0, sizeof(*print));
	if (!s || !set_up(s, p, why, len))
		return false;
	prepare_threads(s);
	run_threads(s, ops);
	own_stats(s->t.own, print->own);
	s->t.in.ops->stats(s->t.in.pga, -1, print->pga);
	s->t.in.ops->walk_lists(s->t.in.pga, mix_entry, &print->lists);
	print->steps = daemons_steps(s->t.daemons);
	print->ticks = own_now(s->t.own);
	daemons_stop(s->t.daemons);
	own_settle(s->t.own);
	ok = busy(s, p, ops, why, len) && sound(s, why, len) && balanced(s, why, len);
	tear_down(s);
	return ok;
}

static void repeatable(const char *variant, const char *machine, uint64_t ops)
{
	const struct plan plan = { .name = "stepped",
				   .machine = machine,
				   .variant = variant,
				   .threads = 1,
				   .mode = DAEMONS_STEPPED };
	static struct print a, b;
	char why[300], name[80];
	bool ok = fingerprint(&plan, ops, &a, why, sizeof(why)) &&
		  fingerprint(&plan, ops, &b, why, sizeof(why));

	snprintf(name, sizeof(name), "%s, stepped daemons, one thread", variant);
	result(ok, name, why);
	snprintf(why, sizeof(why), "%llu and %llu evicted, %llu and %llu ticks",
		 (unsigned long long)a.own[OWN_STAT_evicted],
		 (unsigned long long)b.own[OWN_STAT_evicted], (unsigned long long)a.ticks,
		 (unsigned long long)b.ticks);
	snprintf(name, sizeof(name), "%s, one seed, one result", variant);
	result(ok && !memcmp(&a, &b, sizeof(a)), name, why);
}

int main(void)
{
	static const struct plan plans[] = {
		{ .name = "two threads, tags", .threads = 2, .mode = DAEMONS_THREADED },
		{ .name = "two threads, whole pages",
		  .threads = 2,
		  .mode = DAEMONS_THREADED,
		  .backed = true },
		{ .name = "two threads, faults injected",
		  .threads = 2,
		  .mode = DAEMONS_THREADED,
		  .error_ppm = 200000,
		  .faults = { .migrate_ppm = 300000, .evict_ppm = 100000, .dead_shrinker = true } },
		{ .name = "two threads, every write fails",
		  .threads = 2,
		  .mode = DAEMONS_THREADED,
		  .error_ppm = 1000000 },
		{ .name = "two threads on two nodes",
		  .machine = TWO_NODES,
		  .threads = 2,
		  .mode = DAEMONS_THREADED },
		{ .name = "two threads on two nodes, each reclaiming its own",
		  .machine = TWO_NODES,
		  .variant = "linux-3.10-zonereclaim",
		  .threads = 2,
		  .mode = DAEMONS_THREADED },
		{ .name = "two threads, stepped daemons", .threads = 2, .mode = DAEMONS_STEPPED },
		{ .name = "two threads, no daemons", .threads = 2, .mode = DAEMONS_OFF },
		{ .name = "linux-2.4, two threads",
		  .machine = ONE_NODE_24,
		  .variant = "linux-2.4",
		  .threads = 2,
		  .mode = DAEMONS_THREADED },
		{ .name = "linux-2.4, two threads on two nodes, faults injected",
		  .machine = TWO_NODES_24,
		  .variant = "linux-2.4",
		  .threads = 2,
		  .mode = DAEMONS_THREADED,
		  .backed = true,
		  .error_ppm = 200000,
		  .faults = { .evict_ppm = 100000, .dead_shrinker = true } },
		{ .name = "linux-2.4, two threads, stepped daemons",
		  .machine = ONE_NODE_24,
		  .variant = "linux-2.4",
		  .threads = 2,
		  .mode = DAEMONS_STEPPED },
		{ .name = "linux-2.6.9, two threads",
		  .machine = ONE_NODE_24,
		  .variant = "linux-2.6.9",
		  .threads = 2,
		  .mode = DAEMONS_THREADED },
		{ .name = "linux-2.6.9, two threads on two nodes, faults injected",
		  .machine = TWO_NODES_24,
		  .variant = "linux-2.6.9,lower_zone_protection=1",
		  .threads = 2,
		  .mode = DAEMONS_THREADED,
		  .backed = true,
		  .error_ppm = 200000,
		  .faults = { .evict_ppm = 100000, .dead_shrinker = true } },
		{ .name = "linux-2.6.9, two threads without per-CPU lists, no daemons",
		  .machine = ONE_NODE_24,
		  .variant = "linux-2.6.9-nopcp",
		  .threads = 2,
		  .mode = DAEMONS_OFF },
	};
	const char *env = getenv("ZB_SOAK_OPS");
	uint64_t ops = env ? strtoull(env, NULL, 10) : DEFAULT_OPS;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		soak(&plans[i], i && ops > DEFAULT_OPS ? DEFAULT_OPS / 2 : i ? ops / 2 : ops);
	repeatable("linux-3.10", ONE_NODE, STEPPED_OPS);
	repeatable("linux-2.4", ONE_NODE_24, STEPPED_OPS_24);
	repeatable("linux-2.6.9", ONE_NODE_24, STEPPED_OPS_24);
	printf("1..%u\n%u passed, %u failed\n", done, done - failed, failed);
	return failed != 0;
}
