/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_pages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Support is linked into tests without Criterion, too; there and here abort fails the test. */
static void must(bool holds, const char *what, uint64_t value)
{
	if (holds)
		return;
	fprintf(stderr, "t_pages: %s (%llu)\n", what, (unsigned long long)value);
	abort();
}

static struct t_page *owned(struct t_pages *t, pga_pfn_t pfn)
{
	return pfn < t->in.end && t->page[pfn].owned ? &t->page[pfn] : NULL;
}

static uint64_t host_clock(void *data)
{
	return ((struct t_pages *)data)->in.ticks;
}

static bool host_referenced(void *data, pga_pfn_t pfn)
{
	struct t_pages *t = data;
	struct t_page *p = owned(t, pfn);
	bool used = p && (p->used || t->always_used);

	if (p)
		p->used = false;
	return used;
}

static int host_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	struct t_pages *t = data;
	struct t_page *p = owned(t, from);

	if (!p || p->pinned || p->writing || order)
		return -EAGAIN;
	t->page[to] = *p;
	p->owned = false;
	t->migrated++;
	return 0;
}

static int host_evict(void *data, pga_pfn_t pfn)
{
	struct t_pages *t = data;
	struct t_page *p = owned(t, pfn);

	if (!p)
		return -EAGAIN;
	p->asked++;
	if (p->orphan_on_evict) {
		t_page_free(t, pfn, (unsigned)t->in.driver);
		return -EAGAIN;
	}
	if (p->pinned || p->writing)
		return -EAGAIN;
	if (p->dirty)
		return -EBUSY;
	if (p->list < PGA_LRU_INACTIVE_FILE) {
		if (!t->swap)
			return -ENOSPC;
		t->swap--;
	}
	p->owned = false;
	t->evicted++;
	return 0;
}

static int host_writeback(void *data, pga_pfn_t pfn)
{
	struct t_pages *t = data;
	struct t_page *p = owned(t, pfn);

	must(p != NULL, "writeback of a frame that nobody owns", pfn);
	t->writes++;
	if (t->write == -EINPROGRESS)
		p->writing = true;
	if (!t->write)
		p->dirty = false;
	if (t->write_at_once)
		t_pages_written(t);
	return t->write;
}

static uint64_t host_shrinkable(void *data, unsigned node)
{
	(void)node;
	return ((struct t_pages *)data)->nr_cache;
}

static uint64_t host_shrink(void *data, unsigned node, uint64_t nr, unsigned cpu)
{
	struct t_pages *t = data;
	uint64_t n = 0;

	t->asked_nodes |= 1ull << node;
	t->shrinks++;
	t->asked_of_cache += nr;
	for (; !t->dead_shrinker && n < nr && t->nr_cache; n++)
		t->in.ops->free(t->in.pga, t->cache[--t->nr_cache], 0, cpu, 0);
	return n;
}

static uint64_t host_swap_room(void *data)
{
	return ((struct t_pages *)data)->swap;
}

static void host_flush(void *data, uint64_t nr, unsigned cpu)
{
	(void)nr;
	(void)cpu;
	((struct t_pages *)data)->flushes++;
}

static uint64_t host_oom_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
{
	struct t_pages *t = data;
	unsigned n = t->nr_victim;

	(void)gfp;
	(void)order;
	if (t->no_victim)
		return 0;
	t->kills++;
	while (t->nr_victim)
		t->in.ops->free(t->in.pga, t->victim[--t->nr_victim], 0, cpu, 0);
	return n;
}

static enum pga_answer host_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	struct t_pages *t = data;

	(void)cpu;
	t->waits++;
	t->waited[kind]++;
	t->in.ticks += ticks;
	t_pages_written(t);
	if (!t->waits_left)
		return PGA_GIVE_UP;
	t->waits_left--;
	return t->answer;
}

static void host_wake(void *data, unsigned daemon, unsigned node)
{
	struct t_pages *t = data;

	must(daemon < T_MAX_DAEMONS, "a daemon that is not there", daemon);
	t->wakes++;
	t->woken[daemon]++;
	t->woken_node = node;
}

static void host_event(void *data, const struct pga_event *event)
{
	((struct t_pages *)data)->events[event->id]++;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	struct t_pages *t = data;

	t->page = calloc(in->end, sizeof(*t->page));
	t->cache = calloc(in->end, sizeof(*t->cache));
	t->victim = calloc(in->end, sizeof(*t->victim));
	*host = (struct pga_host){
		.data = t,
		.clock = host_clock,
		.migrate = host_migrate,
		.referenced = host_referenced,
		.evict = host_evict,
		.writeback = host_writeback,
		.shrink = host_shrink,
		.shrinkable = host_shrinkable,
		.swap_room = host_swap_room,
		.flush = host_flush,
		.oom_kill = host_oom_kill,
		.wait = host_wait,
		.wake = t->no_daemons ? NULL : host_wake,
		.event = host_event,
	};
	return t->page && t->cache && t->victim ? 0 : -ENOMEM;
}

int t_pages_up(struct t_pages *t, const char *variant, const char *machine)
{
	int rc = t_up_with(&t->in, variant, machine, make_host, t);

	if (!rc)
		t_drive(&t->in, 0);
	return rc;
}

void t_pages_down(struct t_pages *t)
{
	t_down(&t->in);
	free(t->page);
	free(t->cache);
	free(t->victim);
}

pga_pfn_t t_page_add(struct t_pages *t, unsigned cpu, int node, enum pga_lru list)
{
	uint32_t gfp = t->gfp ? t->gfp : PGA_GFP_USER_MOVABLE;
	struct pga_res res = t_alloc(&t->in, cpu, node, 0, gfp | PGA_GFP_NOWARN);

	if (res.err)
		return PGA_NIL;
	t->page[res.pfn] = (struct t_page){ .owned = true, .list = list };
	t->in.ops->lru_add(t->in.pga, res.pfn, list, cpu);
	return res.pfn;
}

void t_pages_add(struct t_pages *t, unsigned cpu, int node, enum pga_lru list, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		must(t_page_add(t, cpu, node, list) != PGA_NIL, "no memory for one more", i);
}

int t_page_dirty(struct t_pages *t, pga_pfn_t pfn)
{
	t->page[pfn].dirty = true;
	return t->in.ops->set_dirty(t->in.pga, pfn, true);
}

void t_page_free(struct t_pages *t, pga_pfn_t pfn, unsigned cpu)
{
	t->page[pfn].owned = false;
	if (t->in.ops->lru_del(t->in.pga, pfn, cpu) != -EBUSY)
		t->in.ops->free(t->in.pga, pfn, 0, cpu, 0);
}

unsigned t_pages_written(struct t_pages *t)
{
	unsigned n = 0;

	for (pga_pfn_t pfn = 0; pfn < t->in.end && !t->deaf; pfn++) {
		struct t_page *p = owned(t, pfn);

		if (!p || !p->writing)
			continue;
		p->writing = p->dirty = false;
		t->in.ops->set_dirty(t->in.pga, pfn, false);
		n++;
	}
	return n;
}

uint64_t t_pages_owned(const struct t_pages *t)
{
	uint64_t n = 0;

	for (pga_pfn_t pfn = 0; pfn < t->in.end; pfn++)
		n += t->page[pfn].owned;
	return n;
}

void t_pages_free_all(struct t_pages *t)
{
	for (pga_pfn_t pfn = 0; pfn < t->in.end; pfn++)
		if (owned(t, pfn))
			t_page_free(t, pfn, (unsigned)t->in.driver);
	t_pages_check(t);
}

uint64_t t_pages_stat(struct t_pages *t, enum pga_stat stat)
{
	uint64_t val[PGA_NR_STATS];

	t->in.ops->stats(t->in.pga, -1, val);
	return val[stat];
}

uint64_t t_pages_list(struct t_pages *t, unsigned zone, enum pga_lru list)
{
	uint64_t count[PGA_NR_LRU];

	t->in.ops->lru_count(t->in.pga, zone, count);
	return count[list];
}

void t_pages_check(struct t_pages *t)
{
	uint64_t listed = 0;
	char why[256] = "";

	must(!t->in.ops->check(t->in.pga, why, sizeof(why)), why, 0);
	for (unsigned z = 0; z < t->in.conf.nr_zones; z++)
		for (unsigned l = 0; l < PGA_NR_LRU; l++)
			listed += t_pages_list(t, z, (enum pga_lru)l);
	must(listed == t_pages_owned(t), "frames on lists are not those owned", listed);
}

uint64_t t_pages_free_frames(struct t_pages *t, unsigned zone)
{
	struct pga_zone_snap snap;

	t->in.ops->zone_snap(t->in.pga, zone, &snap);
	return snap.nr_free_exact + t_pcp_frames(&t->in, zone);
}
