/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-3.10: single steps of the slow path, by name. */
#include "core/linux310_reclaim.h"

#include <errno.h>

static bool in_arg(const struct l310_zone *z, const struct pga_step_arg *arg)
{
	return arg->zone < 0 ? z->node == arg->node : z->id == arg->zone;
}

static bool valid(const struct pga *self, const struct pga_step_arg *arg)
{
	return arg->cpu < self->nr_cpus && arg->zone < self->nr_zones &&
	       (arg->zone >= 0 || arg->node < self->nr_nodes) && arg->order < self->nr_orders;
}

/* What one zone's run has found goes for the next one's, too. */
static int64_t compact(struct pga *self, const struct pga_step_arg *arg)
{
	struct pga_compact c = {
		.order = arg->order,
		.type = self->class[arg->gfp & L310_CLASS_BITS].type,
		.cpu = arg->cpu,
		.sync = arg->sync,
		.dying = arg->gfp & PGA_GFP_OOM_VICTIM,
	};
	int64_t best = PGA_COMPACT_SKIPPED;

	if (!valid(self, arg))
		return -EINVAL;
	for (unsigned i = 0; i < self->nr_zones; i++) {
		int64_t result;

		if (!in_arg(self->zone[i], arg))
			continue;
		c.at = l310_compact_place(self, self->zone[i]);
		result = pga_compact_run(&c);
		best = result > best ? result : best;
	}
	return best;
}

static int64_t reset_scanners(struct pga *self, const struct pga_step_arg *arg)
{
	int64_t nr = 0;

	if (!valid(self, arg))
		return -EINVAL;
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct pga_compact_place at = l310_compact_place(self, self->zone[i]);

		if (!in_arg(self->zone[i], arg) || !pga_load(&at.state->flush))
			continue;
		pga_compact_reset(&at);
		nr++;
	}
	return nr;
}

const struct pga_step l310_steps[] = {
	{ "compact",
	  "compact a zone, or all of a node, for a request of that order and gfp: 0 skipped, "
	  "2 stopped early, 3 complete; the best of the zones",
	  compact },
	{ "reset_scanners",
	  "clear positions and skip marks of zones whose scanners have met; how many zones",
	  reset_scanners },
	{ "reclaim", "reclaim a zone, or all of a node, by one batch: frames", l310_step_reclaim },
	{ "alloc_contig",
	  "take a range of one zone: what can move moves away; 0, -EBUSY something stays, -EAGAIN "
	  "another range is being taken, -ENOMEM no room elsewhere, -EINTR, -EINVAL",
	  l310_step_alloc_contig },
	{ "free_contig", "give a range back that alloc_contig took: 0", l310_step_free_contig },
	{ .name = NULL },
};
