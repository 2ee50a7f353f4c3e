/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two CPUs allocate, use and free movable frames while a third compacts, waits
 * for nobody, claims contiguous ranges and gives them back: no contents are
 * lost, no frame is lost, and nothing is corrupt.  Prints TAP.
 */
#include "tests/support/t_instance.h"
#include "workloads/rng.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MACHINE "zone=0:Normal:0+8192 cma=4096+2048 cpus=0,0,0"
#define FRAMES 8192u
#define AREA 4096u
#define WORKERS 2u
#define HANDLES 5000u /* of one worker; two thirds of them have a frame */
#define OPS 60000u
#define MOVES 500u
#define MOVER WORKERS /* CPU */

/* All of it under the lock. */
struct handle {
	pthread_mutex_t lock;
	pga_pfn_t pfn; /* PGA_NIL: none */
	uint64_t token;
};

static struct {
	struct t_instance in;
	struct handle handle[WORKERS][HANDLES];
	_Atomic(struct handle *) owner[FRAMES];
	_Atomic uint64_t contents[FRAMES];
	_Atomic unsigned running, moves, lost;
	unsigned compactions, claims;
} s;

static int on_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	struct handle *h = atomic_load(&s.owner[from]);
	int rc = -EAGAIN;

	(void)data;
	(void)order;
	if (!h)
		return rc;
	pthread_mutex_lock(&h->lock);
	if (h->pfn == from) {
		atomic_store(&s.contents[to], atomic_load(&s.contents[from]));
		atomic_store(&s.owner[to], h);
		atomic_store(&s.owner[from], NULL);
		h->pfn = to;
		s.moves++;
		rc = 0;
	}
	pthread_mutex_unlock(&h->lock);
	return rc;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	(void)in;
	(void)data;
	*host = (struct pga_host){ .migrate = on_migrate };
	return 0;
}

static void get(struct handle *h, unsigned cpu, uint64_t token)
{
	const struct pga_req req = { .gfp = PGA_GFP_USER_MOVABLE | PGA_GFP_NOWARN,
				     .cpu = (uint16_t)cpu,
				     .node = -1 };
	struct pga_res res = s.in.ops->alloc(s.in.pga, req, NULL);

	if (res.err)
		return;
	pthread_mutex_lock(&h->lock);
	h->pfn = res.pfn;
	h->token = token;
	atomic_store(&s.contents[res.pfn], token);
	atomic_store(&s.owner[res.pfn], h);
	s.in.ops->lru_add(s.in.pga, res.pfn, PGA_LRU_ACTIVE_ANON, cpu);
	pthread_mutex_unlock(&h->lock);
}

static void put(struct handle *h, unsigned cpu)
{
	pga_pfn_t pfn;
	int rc;

	pthread_mutex_lock(&h->lock);
	pfn = h->pfn;
	s.lost += atomic_load(&s.contents[pfn]) != h->token;
	atomic_store(&s.owner[pfn], NULL);
	rc = s.in.ops->lru_del(s.in.pga, pfn, cpu);
	h->pfn = PGA_NIL;
	pthread_mutex_unlock(&h->lock);
	if (!rc)
		s.in.ops->free(s.in.pga, pfn, 0, cpu, 0);
}

static pga_pfn_t pfn_of(struct handle *h)
{
	pga_pfn_t pfn;

	pthread_mutex_lock(&h->lock);
	pfn = h->pfn;
	pthread_mutex_unlock(&h->lock);
	return pfn;
}

static void *work(void *arg)
{
	unsigned cpu = (unsigned)(uintptr_t)arg;
	struct rng rng;

	rng_seed(&rng, t_seed(), cpu);
	s.in.ops->unpark(s.in.pga, cpu);
	/* However the machine schedules: until the mover has had its turns, within bounds. */
	for (unsigned i = 0; i < OPS || (s.moves < MOVES && i < 100 * OPS); i++) {
		struct handle *h = &s.handle[cpu][rng_below(&rng, HANDLES)];

		if (pfn_of(h) == PGA_NIL)
			get(h, cpu, (uint64_t)cpu << 32 | (i + 1));
		else if (rng_below(&rng, 2))
			put(h, cpu);
	}
	for (unsigned i = 0; i < HANDLES; i++)
		if (pfn_of(&s.handle[cpu][i]) != PGA_NIL)
			put(&s.handle[cpu][i], cpu);
	s.in.ops->park(s.in.pga, cpu);
	s.running--;
	return NULL;
}

static int64_t step(const char *name, struct pga_step_arg arg)
{
	const struct pga_step *p = s.in.ops->steps;

	arg.cpu = MOVER;
	while (strcmp(p->name, name) != 0)
		p++;
	return p->run(s.in.pga, &arg);
}

/* At least one round, however fast the others are. */
static void *move(void *arg)
{
	struct rng rng;

	(void)arg;
	rng_seed(&rng, t_seed(), MOVER);
	s.in.ops->unpark(s.in.pga, MOVER);
	do {
		pga_pfn_t start = AREA + rng_below(&rng, 1024),
			  end = start + 1 + rng_below(&rng, 512);
		struct pga_step_arg range = { .range = { start, end } };

		step("compact", (struct pga_step_arg){ .order = -1, .sync = true });
		step("compact", (struct pga_step_arg){ .order = 9, .gfp = PGA_GFP_USER_MOVABLE });
		step("reset_scanners", (struct pga_step_arg){ .zone = -1 });
		s.compactions++;
		if (!step("alloc_contig", range)) {
			s.claims++;
			step("free_contig", range);
		}
	} while (s.running);
	s.in.ops->park(s.in.pga, MOVER);
	return NULL;
}

static unsigned nr, failed;

static void result(bool ok, const char *name)
{
	failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++nr, name);
}

int main(void)
{
	uint64_t stat[PGA_NR_STATS];
	pthread_t thread[WORKERS + 1];
	char why[256] = "";

	t_seed();
	if (t_up_with(&s.in, "linux-3.10", MACHINE, make_host, NULL)) {
		printf("Bail out! %s\n", s.in.why);
		return 1;
	}
	for (unsigned w = 0; w < WORKERS; w++)
		for (unsigned i = 0; i < HANDLES; i++) {
			pthread_mutex_init(&s.handle[w][i].lock, NULL);
			s.handle[w][i].pfn = PGA_NIL;
		}
	s.running = WORKERS;
	for (uintptr_t w = 0; w < WORKERS; w++)
		pthread_create(&thread[w], NULL, work, (void *)w);
	pthread_create(&thread[WORKERS], NULL, move, NULL);
	for (unsigned w = 0; w <= WORKERS; w++)
		pthread_join(thread[w], NULL);
	t_drain_all(&s.in);
	s.in.ops->stats(s.in.pga, -1, stat);
	printf("# %u compactions, %u frames moved, %u ranges taken\n", s.compactions, s.moves,
	       s.claims);
	result(s.moves > 0, "frames moved while their owners used and freed them");
	result(s.lost == 0, "no contents are lost");
	result(s.in.ops->check(s.in.pga, why, sizeof(why)) == 0, "sound in the end");
	result(stat[PGA_STAT_pgalloc] == stat[PGA_STAT_pgfree], "every frame is back");
	if (*why)
		printf("# %s\n", why);
	printf("1..%u\n%u passed, %u failed\n", nr, nr - failed, failed);
	t_down(&s.in);
	return failed != 0;
}
