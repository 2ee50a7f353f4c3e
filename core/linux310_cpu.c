/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: parking, draining, and the periodic work of a CPU. */
#include "core/cpugate.h"
#include "core/linux310_int.h"

#include <errno.h>

#define REMOTE_IDLE_TICKS 3u /* quiet ticks before a remote zone's frames go back */

static void drain_lists(struct pga *self, struct l310_cpu *c, int zone, unsigned nr)
{
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? self->nr_zones : first + 1;

	for (unsigned i = first; i < end; i++)
		l310_release(self, &c->local[i], self->zone[i], nr ? nr : UINT32_MAX);
}

/* A request names neither zone nor number: it is served in full. */
void l310_serve(struct pga *self, struct l310_cpu *c)
{
	pga_store(&c->request, 0);
	drain_lists(self, c, -1, 0);
}

void l310_park(struct pga *self, unsigned cpu)
{
	struct l310_cpu *c = self->cpu[cpu];

	if (pga_load(&c->request))
		l310_serve(self, c);
	pga_gate_park(&c->state);
}

void l310_unpark(struct pga *self, unsigned cpu)
{
	pga_gate_unpark(&self->cpu[cpu]->state);
}

/*
 * A request that is made while the CPU parks stays until someone drains it or
 * it runs again.
 */
int l310_drain(struct pga *self, unsigned cpu, int zone, unsigned nr, unsigned by_cpu)
{
	struct l310_cpu *c = self->cpu[cpu];

	if (cpu == by_cpu) {
		drain_lists(self, c, zone, nr);
		return 0;
	}
	if (!pga_gate_take(&c->state)) {
		pga_store(&c->request, 1);
		return -EAGAIN;
	}
	if (pga_load(&c->request))
		l310_serve(self, c);
	drain_lists(self, c, zone, nr);
	pga_gate_leave(&c->state);
	return 0;
}

void l310_drain_all(struct pga *self, unsigned by_cpu)
{
	for (unsigned i = 0; i < self->nr_cpus; i++)
		l310_drain(self, i, -1, 0, by_cpu);
}

static bool fold_events(const struct l310_zone *z, struct l310_cpu *c)
{
	struct l310_local *l = &c->local[z->id];
	bool pending = false;

	for (unsigned k = 0; k < PGA_NR_NUMA; k++) {
		uint64_t now = l310_numa_count(c, z, (enum pga_numa)k);

		pending |= pga_events_pending(now - l->folded[k], z->threshold);
		l->folded[k] = now;
	}
	return pending;
}

static bool fold_counters(struct l310_zone *z, struct l310_local *l)
{
	bool folded;

	if (!pga_load(&l->diff_free) && !pga_load(&l->diff_cma))
		return false;
	pga_lock(&z->lock);
	folded = pga_count_fold(&z->nr_free, &l->diff_free);
	folded |= pga_count_fold(&z->nr_cma, &l->diff_cma);
	pga_unlock(&z->lock);
	return folded;
}

/* Frames of a remote zone that a CPU has stopped to use should not wait on its lists. */
static void expire_remote(struct pga *self, struct l310_cpu *c, struct l310_zone *z)
{
	struct l310_local *l = &c->local[z->id];

	if (!l->pcp.idle || !l->pcp.count)
		return;
	if (z->node == c->node) {
		l->pcp.idle = 0;
		return;
	}
	if (!--l->pcp.idle)
		l310_release(self, l, z, l->pcp.batch);
}

void l310_tick(struct pga *self, unsigned cpu)
{
	struct l310_cpu *c = self->cpu[cpu];

	if (pga_load(&c->request))
		l310_serve(self, c);
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l310_zone *z = self->zone[i];
		struct l310_local *l = &c->local[i];

		bool folded = fold_events(z, c);

		if (fold_counters(z, l) || folded)
			l->pcp.idle = REMOTE_IDLE_TICKS;
		expire_remote(self, c, z);
	}
}
