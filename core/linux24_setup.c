/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.4: its tunables, and the numbers and lists that follow from them. */
#include "core/linux24_int.h"

#include <errno.h>

static const char *const nodes_words[] = { "flat", "discontig", "numa", NULL };

#define FRAMES_MAX (1 << 24)

#define BALANCE(text, value, low, of, note)                                        \
	{                                                                          \
		.name = (text), .type = PGA_TUN_INT, .def = (value), .min = (low), \
		.max = FRAMES_MAX, .unit = (of), .help = (note)                    \
	}
#define RATIO(zone, value) \
	BALANCE("balance.ratio." zone, value, 1, "", "the min mark is one in so many frames")
#define LEAST(zone) BALANCE("balance.min." zone, 10, 0, "frames", "the min mark is at least this")
#define MOST(zone) BALANCE("balance.max." zone, 255, 0, "frames", "the min mark is at most this")

const struct pga_tunable l24_tunables[L24_NR_TUNABLES + 1] = {
	[L24_NODES] = { .name = "nodes",
			.type = PGA_TUN_WORD,
			.def = L24_NUMA,
			.max = L24_NUMA,
			.words = nodes_words,
			.unit = "",
			.help = "where a request begins that names no node: the only one, the "
				"next in turn, the CPU's" },
	[L24_RATIO_DMA] = RATIO("dma", 32),
	[L24_RATIO_NORMAL] = RATIO("normal", 128),
	[L24_RATIO_HIGHMEM] = RATIO("highmem", 128),
	[L24_MIN_DMA] = LEAST("dma"),
	[L24_MIN_NORMAL] = LEAST("normal"),
	[L24_MIN_HIGHMEM] = LEAST("highmem"),
	[L24_MAX_DMA] = MOST("dma"),
	[L24_MAX_NORMAL] = MOST("normal"),
	[L24_MAX_HIGHMEM] = MOST("highmem"),
	[L24_PHYSPAGES] = { .name = "num_physpages",
			    .type = PGA_TUN_INT,
			    .max = UINT32_MAX,
			    .unit = "frames",
			    .help = "a quarter of it bounds the inactive target; 0 = all frames" },
	[L24_FLOOR] = { .name = "pressure.floor",
			.type = PGA_TUN_INT,
			.max = FRAMES_MAX,
			.unit = "",
			.help = "frees lower the memory pressure down to this; 0 = CPUs" },
	[L24_RECLAIM] = { .name = "reclaim",
			  .type = PGA_TUN_BOOL,
			  .def = 1,
			  .max = 1,
			  .unit = "",
			  .help = "write, unmap and deactivate frames; clean ones can be taken "
				  "in any case" },
	[L24_DIRTY_RATIO] = { .name = "dirty_ratio",
			      .type = PGA_TUN_INT,
			      .def = 40,
			      .max = 100,
			      .unit = "%",
			      .help = "bdflush is woken beyond this part of what buffers may fill, "
				      "who dirties beyond twice of it is told to pause",
			      .runtime = true },
	{ .name = NULL },
};

/* A class has the number of the type of its highest zone; so have its tunables. */
static enum l24_class class_of_type(unsigned type)
{
	return type == PGA_ZONE_DMA ? L24_DMA : type == PGA_ZONE_NORMAL ? L24_NORMAL : L24_HIGHMEM;
}

/* DMA32 came later: what such a request can take for sure is DMA. */
enum l24_class l24_class_of(uint32_t gfp)
{
	if (gfp & (PGA_GFP_DMA | PGA_GFP_DMA32))
		return L24_DMA;
	return gfp & PGA_GFP_HIGHMEM ? L24_HIGHMEM : L24_NORMAL;
}

static void set_marks(struct pga *self, struct l24_zone *z)
{
	const int64_t *p = self->policy;
	int64_t m = z->present / p[L24_RATIO_DMA + z->class];

	m = m < p[L24_MIN_DMA + z->class] ? p[L24_MIN_DMA + z->class] : m;
	m = m > p[L24_MAX_DMA + z->class] ? p[L24_MAX_DMA + z->class] : m;
	for (unsigned k = 0; k < PGA_NR_WMARKS && z->present; k++) {
		z->mark[k] = (uint32_t)m * (k + 1);
		self->pages[k] += z->mark[k];
	}
}

static void set_lists(struct pga *self, unsigned node)
{
	struct l24_node *n = &self->node[node];

	for (unsigned i = self->nr_zones; i-- > 0;) {
		const struct l24_zone *z = self->zone[i];

		if (z->node != node || !z->present)
			continue;
		n->present = true;
		for (unsigned c = z->class; c < L24_NR_CLASSES; c++)
			n->list[c].zone[n->list[c].nr++] = z->id;
	}
}

static void set_order(struct pga *self)
{
	const uint16_t *order = self->conf->node_order;

	for (unsigned i = 0; i < self->nr_nodes; i++) {
		unsigned node = order ? order[i] : i;

		if (!self->node[node].present)
			continue;
		self->place[node] = (uint8_t)self->nr_order;
		self->order[self->nr_order++] = (uint8_t)node;
	}
}

void l24_setup(struct pga *self)
{
	uint64_t present = 0;

	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l24_zone *z = self->zone[i];

		z->class = (uint8_t)class_of_type(self->conf->zones[i].type);
		set_marks(self, z);
		present += z->present;
	}
	for (unsigned n = 0; n < self->nr_nodes; n++)
		set_lists(self, n);
	set_order(self);
	self->physpages = self->policy[L24_PHYSPAGES] ? (uint32_t)self->policy[L24_PHYSPAGES]
						      : (uint32_t)present;
	self->floor = self->policy[L24_FLOOR] ? (uint32_t)self->policy[L24_FLOOR] : self->nr_cpus;
}

int l24_set(struct pga *self, unsigned idx, int64_t value)
{
	if (idx >= L24_NR_TUNABLES || !l24_tunables[idx].runtime)
		return -EPERM;
	if (value < l24_tunables[idx].min || value > l24_tunables[idx].max)
		return -ERANGE;
	self->policy[idx] = value;
	return 0;
}

int64_t l24_get(struct pga *self, unsigned idx)
{
	switch (idx) {
	case L24_PHYSPAGES:
		return self->physpages;
	case L24_FLOOR:
		return self->floor;
	default:
		return self->policy[idx];
	}
}
