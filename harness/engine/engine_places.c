/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/engine_places.h"

#include "harness/engine/engine.h"

#include <math.h>

#define HUGE_ORDER 9u

void eng_places_nodes(struct eng_places *p, const struct engine *e)
{
	uint64_t large[PGA_MAX_NODES] = { 0 }, blocks[PGA_MAX_NODES] = { 0 };
	const struct pga_conf *conf = &e->m->conf;

	if (!(e->ops->caps & PGA_CAP_REAL))
		return;
	for (unsigned n = 0; n < conf->nr_nodes; n++)
		p->node[n].free = 0;
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		unsigned n = conf->zones[z].node;
		struct pga_zone_snap snap = { 0 };

		e->ops->zone_snap(e->pga, z, &snap);
		p->node[n].free += snap.nr_free_exact;
		for (unsigned type = 0; type < PGA_MAX_TYPES; type++) {
			for (unsigned k = 0; k < conf->nr_orders; k++) {
				uint64_t frames = (uint64_t)snap.nr_blocks[type][k] << k;

				blocks[n] += frames;
				large[n] += k >= HUGE_ORDER ? frames : 0;
			}
		}
	}
	for (unsigned n = 0; n < conf->nr_nodes; n++)
		p->node[n].fu9 =
			blocks[n] ? (double)(blocks[n] - large[n]) / (double)blocks[n] : NAN;
	p->has_nodes = true;
}

static void add_served(struct eng_places *p, const struct wl_thread *t)
{
	for (unsigned i = 0; i < p->nr_nodes * p->nr_nodes; i++) {
		p->served[i] += t->served[i];
		p->total += t->served[i];
	}
}

void eng_places_gather(struct eng_places *p, const struct wl_run *run)
{
	p->counted = true;
	p->nr_nodes = run->conf->nr_nodes;
	for (unsigned i = 0; i < run->nr_threads; i++) {
		const struct wl_thread *t = &run->threads[i];

		p->in_turn += t->in_turn;
		p->local += t->local;
		add_served(p, t);
		for (unsigned n = 0; n < p->nr_nodes; n++) {
			uint64_t at = t->exhausted[n], *least = &p->node[n].exhausted_at;

			if (at && (!*least || at < *least))
				*least = at;
		}
	}
}
