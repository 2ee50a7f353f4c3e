/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: events of what happens under a zone's lock, told without it. */
#include "core/events.h"
#include "core/linux310_int.h"

/* The CPU that lists belong to; only events ask, which may take their time. */
static uint16_t cpu_of(const struct pga *self, const struct l310_zone *z,
		       const struct l310_local *l)
{
	uint16_t cpu = 0;

	while (cpu + 1 < self->nr_cpus && l != &self->cpu[cpu]->local[z->id])
		cpu++;
	return cpu;
}

void l310_tell_fallback(struct pga *self, struct l310_zone *z, const struct l310_local *l)
{
	struct pga_event event = z->fallback;

	if (!z->untold)
		return;
	z->untold = false;
	pga_unlock(&z->lock);
	event.cpu = cpu_of(self, z, l);
	self->host.event(self->host.data, &event);
	pga_lock(&z->lock);
}

void l310_tell_drain(struct pga *self, const struct l310_zone *z, const struct l310_local *l,
		     pga_link_t at, uint32_t count)
{
	pga_emit(&self->host, .id = PGA_EVENT_mm_page_pcpu_drain, .cpu = cpu_of(self, z, l),
		 .zone = z->id, .pfn = pga_pfn(&self->map, at), .a = count);
}
