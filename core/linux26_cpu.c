/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: parking and draining of a CPU's lists. */
#include "core/cpugate.h"
#include "core/linux26_int.h"

#include <errno.h>

/* Hot frames first; nr is per zone, 0 all. */
static void drain_lists(struct pga *self, struct l26_cpu *c, int zone, unsigned nr)
{
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? self->nr_zones : first + 1;

	for (unsigned i = first; i < end; i++) {
		struct l26_set *set = c->local[i].set;
		uint32_t left = nr ? nr : UINT32_MAX, hot = set[L26_HOT].count;

		l26_release(self, &set[L26_HOT], self->zone[i], left);
		if (left > hot)
			l26_release(self, &set[L26_COLD], self->zone[i], left - hot);
	}
}

/* A request names neither zone nor number: it is served in full. */
void l26_serve(struct pga *self, struct l26_cpu *c)
{
	pga_store(&c->request, 0);
	drain_lists(self, c, -1, 0);
}

void l26_park(struct pga *self, unsigned cpu)
{
	struct l26_cpu *c = self->cpu[cpu];

	if (pga_load(&c->request))
		l26_serve(self, c);
	pga_gate_park(&c->gate);
}

void l26_unpark(struct pga *self, unsigned cpu)
{
	pga_gate_unpark(&self->cpu[cpu]->gate);
}

/*
 * A request that is made while the CPU parks stays until someone drains it or
 * it runs again.
 */
int l26_drain(struct pga *self, unsigned cpu, int zone, unsigned nr, unsigned by_cpu)
{
	struct l26_cpu *c = self->cpu[cpu];

	if (cpu == by_cpu) {
		drain_lists(self, c, zone, nr);
		return 0;
	}
	if (!pga_gate_take(&c->gate)) {
		pga_store(&c->request, 1);
		return -EAGAIN;
	}
	if (pga_load(&c->request))
		l26_serve(self, c);
	drain_lists(self, c, zone, nr);
	pga_gate_leave(&c->gate);
	return 0;
}

/* Counters are exact and remote lists stay: there is only what others ask for. */
void l26_tick(struct pga *self, unsigned cpu)
{
	struct l26_cpu *c = self->cpu[cpu];

	if (pga_load(&c->request))
		l26_serve(self, c);
}
