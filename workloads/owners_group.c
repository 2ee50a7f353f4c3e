/* SPDX-License-Identifier: GPL-2.0-only */
/* Groups of handles: linked, dropped as a whole, killed, shrunk. */
#include "workloads/owners_int.h"

#include <errno.h>

/* Handles that are taken off a group at a time, to keep its lock short. */
#define CHUNK 32u

/* Under the group's lock. */
static void append(struct own *o, struct own_group *g, uint32_t h)
{
	struct own_handle *e = &o->handle[h];

	e->next = OWN_NONE;
	e->prev = g->tail;
	if (g->tail == OWN_NONE)
		g->head = h;
	else
		o->handle[g->tail].next = h;
	g->tail = h;
	own_set(e, H_LINKED);
}

bool own_link(struct own *o, uint32_t h, unsigned group)
{
	struct own_group *g = &o->group[group];
	bool alive;

	own_spin_lock(&g->lock);
	alive = !g->killed;
	if (alive) {
		o->handle[h].group = (uint16_t)group;
		append(o, g, h);
	}
	own_spin_unlock(&g->lock);
	return alive;
}

/* Under the group's lock. */
static void take_off(struct own *o, struct own_group *g, uint32_t h)
{
	struct own_handle *e = &o->handle[h];

	if (e->prev == OWN_NONE)
		g->head = e->next;
	else
		o->handle[e->prev].next = e->next;
	if (e->next == OWN_NONE)
		g->tail = e->prev;
	else
		o->handle[e->next].prev = e->prev;
	own_clear(e, H_LINKED);
}

void own_unlink(struct own *o, uint32_t h)
{
	struct own_group *g = &o->group[o->handle[h].group];

	if (!own_is(&o->handle[h], H_LINKED))
		return;
	own_spin_lock(&g->lock);
	if (own_is(&o->handle[h], H_LINKED))
		take_off(o, g, h);
	own_spin_unlock(&g->lock);
}

static unsigned take_chunk(struct own *o, struct own_group *g, uint32_t *chunk)
{
	unsigned nr = 0;

	own_spin_lock(&g->lock);
	for (; nr < CHUNK && g->head != OWN_NONE; nr++) {
		chunk[nr] = g->head;
		take_off(o, g, g->head);
	}
	own_spin_unlock(&g->lock);
	return nr;
}

uint64_t own_group_exit(struct own *o, unsigned group, unsigned cpu)
{
	struct own_group *g = &o->group[group];
	uint32_t chunk[CHUNK];
	uint64_t frames = 0;
	unsigned nr;

	while ((nr = take_chunk(o, g, chunk)))
		for (unsigned i = 0; i < nr; i++)
			frames += own_forget(o, chunk[i], cpu);
	pga_store(&g->killed, 0u);
	return frames;
}

uint64_t own_task_exit(struct own *o, unsigned task, unsigned cpu)
{
	return own_group_exit(o, task, cpu);
}

uint64_t own_file_drop(struct own *o, unsigned file, unsigned cpu)
{
	return own_group_exit(o, o->conf.nr_tasks + file, cpu);
}

uint64_t own_take(struct own *o, uint32_t h, uint32_t mark, unsigned cpu)
{
	struct own_handle *e = own_lock(o, h);
	unsigned order = own_order_of(e);
	bool present = own_is(e, H_PRESENT);
	pga_pfn_t pfn = present ? own_detach(o, h, cpu) : PGA_NIL;

	own_drop_swap(o, e);
	own_set(e, mark);
	own_unlock(e);
	if (pfn != PGA_NIL)
		own_release(o, pfn, order, cpu);
	return present ? (uint64_t)1 << order : 0;
}

/*
 * The handles stay in the group, where their users may still take them off, so
 * the walk keeps the lock.
 */
uint64_t own_kill(struct own *o, unsigned task, unsigned cpu)
{
	struct own_group *g = &o->group[task];
	uint64_t frames = 0;

	own_spin_lock(&g->lock);
	pga_store(&g->killed, 1u);
	for (uint32_t h = g->head; h != OWN_NONE; h = o->handle[h].next)
		frames += own_take(o, h, H_DEAD, cpu);
	own_spin_unlock(&g->lock);
	own_count(o, OWN_STAT_kills);
	own_atomic_add(&o->stat[OWN_STAT_killed_frames], frames);
	return frames;
}

bool own_task_killed(struct own *o, unsigned task)
{
	return pga_load(&o->group[task].killed);
}

uint64_t own_task_score(struct own *o, unsigned task)
{
	return pga_load(&o->group[task].frames) + pga_load(&o->group[task].swap);
}

uint64_t own_task_frames(struct own *o, unsigned task)
{
	return pga_load(&o->group[task].frames);
}

uint64_t own_file_frames(struct own *o, unsigned file)
{
	return pga_load(&o->group[o->conf.nr_tasks + file].frames);
}

/* A block that was taken from a cache, to be freed. */
struct taken {
	pga_pfn_t pfn;
	unsigned order;
};

/* Take the oldest unused entries; one used since the last look goes to the end. */
static unsigned take_unused(struct own *o, struct own_group *g, struct taken *taken, uint64_t want,
			    uint64_t *looks)
{
	unsigned nr = 0;
	uint64_t frames = 0;

	own_spin_lock(&g->lock);
	for (; nr < CHUNK && frames < want && g->head != OWN_NONE && *looks; --*looks) {
		uint32_t h = g->head;
		struct own_handle *e = own_lock(o, h);
		bool used = e->pins || own_is(e, H_REF);

		take_off(o, g, h);
		own_clear(e, H_REF);
		if (used) {
			append(o, g, h);
		} else if (own_is(e, H_PRESENT)) {
			taken[nr].order = own_order_of(e);
			frames += (uint64_t)1 << taken[nr].order;
			taken[nr++].pfn = own_detach(o, h, 0);
		}
		own_unlock(e);
	}
	own_spin_unlock(&g->lock);
	return nr;
}

uint64_t own_shrink(struct own *o, unsigned node, uint64_t want, unsigned cpu)
{
	struct own_group *g = &o->group[o->first_slab + node];
	uint64_t looks = 2 * pga_load(&g->frames), frames = 0;
	struct taken taken[CHUNK];
	unsigned nr;

	while (frames < want && (nr = take_unused(o, g, taken, want - frames, &looks))) {
		for (unsigned i = 0; i < nr; i++) {
			frames += (uint64_t)1 << taken[i].order;
			own_release(o, taken[i].pfn, taken[i].order, cpu);
		}
	}
	own_atomic_add(&o->stat[OWN_STAT_shrunk], frames);
	return frames;
}

static uint32_t largest_task(struct own *o)
{
	uint32_t largest = OWN_NONE;
	uint64_t most = 0;

	for (uint32_t t = 0; t < o->conf.nr_tasks; t++) {
		uint64_t score = own_task_killed(o, t) ? 0 : own_task_score(o, t);

		if (score > most) {
			largest = t;
			most = score;
		}
	}
	return largest;
}

uint64_t own_oom_kill(struct own *o, unsigned cpu)
{
	uint64_t before = pga_load(&o->stat[OWN_STAT_kills]), frames = 0;

	own_spin_lock(&o->oom_lock);
	/* Somebody else's kill, while this one waited, may be enough. */
	if (pga_load(&o->stat[OWN_STAT_kills]) != before)
		frames = o->last_kill;
	for (uint32_t task; !frames && (task = largest_task(o)) != OWN_NONE;)
		o->last_kill = frames = own_kill(o, task, cpu);
	own_spin_unlock(&o->oom_lock);
	return frames;
}

void own_free_all(struct own *o, unsigned cpu)
{
	own_settle(o);
	for (unsigned g = 0; g < o->nr_groups; g++)
		own_group_exit(o, g, cpu);
}
