/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: its tunables, and the numbers that follow from them. */
#include "core/linux26_int.h"

#include <errno.h>

static const char *const nodes_words[] = { "distance", "ring", NULL };

#define FRAMES_MAX (1 << 24)

#define BOOL(text, on, note)                                                             \
	{                                                                                \
		.name = (text), .type = PGA_TUN_BOOL, .def = (on), .max = 1, .unit = "", \
		.help = (note)                                                           \
	}
#define INT(text, value, low, high, of, when, note)                                               \
	{                                                                                         \
		.name = (text), .type = PGA_TUN_INT, .def = (value), .min = (low), .max = (high), \
		.unit = (of), .help = (note), .runtime = (when)                                   \
	}
#define AT_INIT false
#define ANY_TIME true

const struct pga_tunable l26_tunables[L26_NR_TUNABLES + 1] = {
	[L26_PCP_ENABLE] = BOOL("pcp.enable", 1, "single frames go through per-CPU lists"),
	[L26_PCP_BATCH] = INT("pcp.batch", 0, 0, FRAMES_MAX, "frames", ANY_TIME,
			      "moved between CPU and zone at once; the lists hold 2 to 6 times as "
			      "many; 0 = from the zone size"),
	[L26_LIST_NODES] = { .name = "zonelist.nodes",
			     .type = PGA_TUN_WORD,
			     .max = L26_NODES_RING,
			     .words = nodes_words,
			     .unit = "",
			     .help = "other nodes by distance, or in a ring of their numbers as "
				     "without NUMA policy" },
	[L26_CPU_PENALTY] = INT("zonelist.cpu_penalty", 1, 0, INT32_MAX, "", AT_INIT,
				"distance that a node with CPUs counts as further away"),
	[L26_MAX_NODES] = INT("zonelist.max_nodes", PGA_MAX_NODES, 1, 1 << 16, "nodes", AT_INIT,
			      "that the kernel was built for: distances weigh so much more than "
			      "the turns of equals"),
	[L26_MIN_FREE] = INT("min_free_kbytes", 0, 0, INT32_MAX, "KiB", ANY_TIME,
			     "the marks follow from it; 0 = from the memory size"),
	[L26_LOWER_ZONE] = INT("lower_zone_protection", 0, 0, 1 << 20, "", ANY_TIME,
			       "low marks of the zones above that a zone keeps back from their "
			       "requests"),
	[L26_RECLAIM] = BOOL("reclaim", 1, "take frames back from their owners"),
	[L26_SWAPPINESS] = INT("swappiness", 60, 0, 100, "", ANY_TIME,
			       "readiness to unmap frames, before distress and their share count"),
	[L26_DIRTY_RATIO] = INT("dirty_ratio", 40, 0, 100, "%", ANY_TIME,
				"who dirties beyond this part of memory is told to pause"),
	[L26_OOM_PATIENCE] = BOOL("oom.patience", 1,
				  "kill only after ten failures in more than a second, and five "
				  "seconds after the last; no = at once, as without a clock"),
	[L26_DISTANCES] = { .name = "zonelist",
			    .type = PGA_TUN_WORD,
			    .max = PGA_LIST_MEASURED,
			    .words = pga_list_distance_words,
			    .unit = "",
			    .help = PGA_LIST_DISTANCE_HELP },
};

#define PCP_MOST_BYTES (256u << 10) /* that a batch may have, times 4 */

static uint32_t auto_batch(const struct pga *self, const struct l26_zone *z)
{
	uint32_t b = z->present / 1024, most = PCP_MOST_BYTES >> self->conf->page_shift;

	b = (b < most ? b : most) / 4;
	return b ? b : 1;
}

static void setup_local(struct l26_local *l, uint32_t batch)
{
	struct l26_set *hot = &l->set[L26_HOT], *cold = &l->set[L26_COLD];

	hot->low = 2 * batch;
	hot->high = 6 * batch;
	cold->low = 0;
	cold->high = 2 * batch;
	hot->batch = cold->batch = batch;
}

void l26_setup_pcp(struct pga *self)
{
	for (unsigned i = 0; i < self->nr_zones; i++) {
		uint32_t batch = (uint32_t)self->policy[L26_PCP_BATCH];

		batch = batch ? batch : auto_batch(self, self->zone[i]);
		for (unsigned c = 0; c < self->nr_cpus; c++)
			setup_local(&self->cpu[c]->local[i], batch);
	}
}

void l26_setup_lists(struct pga *self)
{
	static const uint8_t highest[L26_NR_CLASSES] = { PGA_ZONE_DMA, PGA_ZONE_NORMAL,
							 PGA_ZONE_HIGHMEM };
	const struct pga_zonelist_rules rules = {
		.highest = highest,
		.nr_classes = L26_NR_CLASSES,
		.order = PGA_LIST_NODE,
		.node = { .ring = self->policy[L26_LIST_NODES] == L26_NODES_RING,
			  .from_self = true,
			  .load_sums = true,
			  .cpu_penalty = (uint32_t)self->policy[L26_CPU_PENALTY],
			  .scale = (uint64_t)self->policy[L26_MAX_NODES] * self->nr_nodes },
	};

	pga_zonelist_build_by(self->conf, &rules, self->list, self->entry);
}

enum l26_class l26_class_of(uint32_t gfp)
{
	/* There is no DMA32 yet: who needs low addresses is sure of DMA only. */
	if (gfp & (PGA_GFP_DMA | PGA_GFP_DMA32))
		return L26_DMA;
	return gfp & PGA_GFP_HIGHMEM ? L26_HIGHMEM : L26_NORMAL;
}

const struct pga_zonelist *l26_list(const struct pga *self, unsigned node, uint32_t gfp)
{
	unsigned kind = gfp & PGA_GFP_THISNODE ? PGA_LIST_THISNODE : PGA_LIST_FALLBACK;

	return &self->list[(node * PGA_LIST_KINDS + kind) * L26_NR_CLASSES + l26_class_of(gfp)];
}

/* --- marks --- */

#define LEAST_KBYTES 128u
#define MOST_KBYTES 16384u
#define HIGHMEM_PART(n) ((n) / 1024) /* min mark of a HighMem zone, within these: */
#define HIGHMEM_LEAST 32u
#define HIGHMEM_MOST 128u

/*
 * Frames that lists of class Normal reach.  A zone counts once for each list that
 * it is in, so machines with many nodes keep more free.
 */
static uint64_t reached(const struct pga *self)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < self->nr_nodes; n++) {
		const struct pga_zonelist *l = l26_list(self, n, 0);

		for (unsigned i = 0; i < l->nr; i++)
			sum += self->zone[self->entry[l->at + i]]->present;
	}
	return sum;
}

static uint32_t auto_min_free(const struct pga *self)
{
	uint64_t kbytes = pga_root(reached(self) << self->conf->page_shift >> 10);

	return kbytes < LEAST_KBYTES ? LEAST_KBYTES
				     : (uint32_t)(kbytes > MOST_KBYTES ? MOST_KBYTES : kbytes);
}

static uint32_t highmem_min(const struct l26_zone *z)
{
	uint32_t min = HIGHMEM_PART(z->present);

	return min < HIGHMEM_LEAST ? HIGHMEM_LEAST : min > HIGHMEM_MOST ? HIGHMEM_MOST : min;
}

static uint32_t clamped(uint64_t v)
{
	return v > UINT32_MAX ? UINT32_MAX : (uint32_t)v;
}

/* From the highest class down: what a zone keeps back adds up over those above it. */
static void protect(struct pga *self, unsigned node)
{
	uint64_t above[L26_NR_CLASSES] = { 0 }, ratio = (uint64_t)self->policy[L26_LOWER_ZONE];
	struct l26_zone *of[L26_NR_CLASSES] = { NULL };

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->node == node)
			of[self->zone[i]->class] = self->zone[i];
	for (unsigned j = L26_NR_CLASSES; j-- > 0;) {
		for (unsigned t = 0; t < L26_NR_CLASSES; t++) {
			uint64_t keep = j < t ? above[t] : 0;

			above[t] = keep;
			if (!of[j])
				continue;
			of[j]->protection[t] = clamped(keep);
			if (of[j]->present)
				above[t] += of[j]->mark[PGA_WMARK_LOW] * ratio;
		}
	}
}

void l26_setup_marks(struct pga *self)
{
	uint64_t low_memory = 0, frames;

	for (unsigned i = 0; i < self->nr_zones; i++)
		if (self->zone[i]->class != L26_HIGHMEM)
			low_memory += self->zone[i]->present;
	self->min_free = self->policy[L26_MIN_FREE] ? (uint32_t)self->policy[L26_MIN_FREE]
						    : auto_min_free(self);
	frames = (uint64_t)self->min_free << 10 >> self->conf->page_shift;
	for (unsigned i = 0; i < self->nr_zones; i++) {
		struct l26_zone *z = self->zone[i];
		uint64_t min = z->class == L26_HIGHMEM
				       ? highmem_min(z)
				       : frames * z->present / (low_memory ? low_memory : 1);

		z->mark[PGA_WMARK_MIN] = clamped(min);
		z->mark[PGA_WMARK_LOW] = clamped(2 * min);
		z->mark[PGA_WMARK_HIGH] = clamped(3 * min);
	}
	for (unsigned n = 0; n < self->nr_nodes; n++)
		protect(self, n);
}

int l26_set(struct pga *self, unsigned idx, int64_t value)
{
	static void (*const setup[L26_NR_TUNABLES])(struct pga *) = {
		[L26_PCP_BATCH] = l26_setup_pcp,
		[L26_MIN_FREE] = l26_setup_marks,
		[L26_LOWER_ZONE] = l26_setup_marks,
	};

	if (idx >= L26_NR_TUNABLES || !l26_tunables[idx].runtime)
		return -EPERM;
	if (value < l26_tunables[idx].min || value > l26_tunables[idx].max)
		return -ERANGE;
	self->policy[idx] = value;
	if (setup[idx])
		setup[idx](self);
	return 0;
}

/* Per-zone values differ; zone_info() has them. */
int64_t l26_get(struct pga *self, unsigned idx)
{
	return idx == L26_MIN_FREE ? self->min_free : self->policy[idx];
}
