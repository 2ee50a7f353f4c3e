/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/zonelist.h"

#include <string.h>

const char *const pga_list_distance_words[] = { "declared", "measured", NULL };

struct sizes {
	uint64_t low; /* DMA and DMA32, frames of RAM */
	uint64_t total;
	bool normal; /* has a Normal zone with RAM */
};

static void node_sizes(const struct pga_conf *c, unsigned node, struct sizes *s)
{
	struct pga_zone_size size;

	memset(s, 0, sizeof(*s));
	for (unsigned i = 0; i < c->nr_zones; i++) {
		if (c->zones[i].node != node)
			continue;
		pga_conf_zone_size(c, i, &size);
		s->total += size.present;
		if (c->zones[i].type < PGA_ZONE_NORMAL)
			s->low += size.present;
		if (c->zones[i].type == PGA_ZONE_NORMAL && size.present)
			s->normal = true;
	}
}

/*
 * Zone order spares low memory, node order stays local.  Node order is right
 * when some node could only allocate far away otherwise, when there is no low
 * memory to spare, or when low memory is most of all or most of a large node.
 */
enum pga_list_order pga_zonelist_order(const struct pga_conf *c)
{
	uint64_t low = 0, total = 0, average;
	struct sizes s;

	for (unsigned n = 0; n < c->nr_nodes; n++) {
		node_sizes(c, n, &s);
		if (!s.normal)
			return PGA_LIST_NODE;
		low += s.low;
		total += s.total;
	}
	if (!low || low > total / 2)
		return PGA_LIST_NODE;
	average = total / (c->nr_nodes + 1u);
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		node_sizes(c, n, &s);
		if (s.low && s.total > average && s.low > s.total * 70 / 100)
			return PGA_LIST_NODE;
	}
	return PGA_LIST_ZONE;
}

size_t pga_zonelist_entries(const struct pga_conf *c)
{
	return (size_t)c->nr_nodes * PGA_LISTS_PER_NODE * c->nr_zones;
}

struct facts {
	uint64_t has_cpu, has_mem; /* node masks */
	uint32_t load[PGA_MAX_NODES];
	bool zone_has_ram[PGA_MAX_ZONES];
};

static void learn(const struct pga_conf *c, struct facts *f)
{
	struct pga_zone_size size;

	memset(f, 0, sizeof(*f));
	for (unsigned i = 0; i < c->nr_cpus; i++)
		f->has_cpu |= 1ull << c->cpu_node[i];
	for (unsigned i = 0; i < c->nr_zones; i++) {
		pga_conf_zone_size(c, i, &size);
		f->zone_has_ram[i] = size.present > 0;
		if (size.present)
			f->has_mem |= 1ull << c->zones[i].node;
	}
}

/* What a list of @self and a place for @n in it cost; UINT64_MAX: it has none. */
static uint64_t cost(const struct pga_conf *c, const struct pga_node_rule *r, const struct facts *f,
		     unsigned self, unsigned n)
{
	uint64_t value = c->dist[self * c->nr_nodes + n];

	if (r->only_with_ram && !(f->has_mem >> n & 1))
		return UINT64_MAX;
	value += (n < self ? r->upper_first : 0) + (f->has_cpu >> n & 1 ? r->cpu_penalty : 0);
	return value * r->scale + f->load[n];
}

static int next_node(const struct pga_conf *c, const struct pga_node_rule *r, const struct facts *f,
		     unsigned self, uint64_t used)
{
	uint64_t best_value = UINT64_MAX;
	int best = -1;

	if (r->self_first && !(used >> self & 1))
		return (int)self;
	for (unsigned i = 0; i < c->nr_nodes; i++) {
		unsigned n = r->from_self || r->ring ? (self + i) % c->nr_nodes : i;
		uint64_t value;

		if (used >> n & 1)
			continue;
		value = r->ring ? i : cost(c, r, f, self, n);
		if (value < best_value) {
			best_value = value;
			best = (int)n;
		}
	}
	return best;
}

/* Loads persist from node to node. */
static unsigned order_nodes(const struct pga_conf *c, const struct pga_node_rule *r,
			    struct facts *f, unsigned self, uint8_t *nodes)
{
	unsigned nr = 0, before = self;
	uint64_t used = 0;
	int n;

	while ((n = next_node(c, r, f, self, used)) >= 0) {
		const uint16_t *dist = &c->dist[self * c->nr_nodes];

		if (dist[n] != dist[before])
			f->load[n] = (r->load_sums ? f->load[n] : 0) + c->nr_nodes - nr;
		used |= 1ull << n;
		before = (unsigned)n;
		nodes[nr++] = (uint8_t)n;
	}
	return nr;
}

static int find_zone(const struct pga_conf *c, const struct facts *f, unsigned node, unsigned type)
{
	for (unsigned i = 0; i < c->nr_zones; i++)
		if (c->zones[i].node == node && c->zones[i].type == type && f->zone_has_ram[i])
			return (int)i;
	return -1;
}

static unsigned fill(const struct pga_conf *c, const struct facts *f, const uint8_t *nodes,
		     unsigned nr_nodes, unsigned highest, bool by_zone, uint8_t *entry)
{
	unsigned types = highest + 1, nr = 0;

	for (unsigned i = 0; i < nr_nodes * types; i++) {
		unsigned node = by_zone ? i % nr_nodes : i / types;
		unsigned down = by_zone ? i / nr_nodes : i % types;
		int zone = find_zone(c, f, nodes[node], highest - down);

		if (zone >= 0)
			entry[nr++] = (uint8_t)zone;
	}
	return nr;
}

void pga_zonelist_build_by(const struct pga_conf *c, const struct pga_zonelist_rules *rules,
			   struct pga_zonelist *lists, uint8_t *entry)
{
	unsigned types = rules->nr_classes, per_node = PGA_LIST_KINDS * types;
	uint8_t nodes[PGA_MAX_NODES];
	uint32_t at = 0;
	struct facts f;

	learn(c, &f);
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		unsigned nr = order_nodes(c, &rules->node, &f, n, nodes);
		const uint8_t self = (uint8_t)n;

		for (unsigned i = 0; i < per_node; i++) {
			struct pga_zonelist *l = &lists[n * per_node + i];
			bool all = i / types == PGA_LIST_FALLBACK;

			l->at = at;
			l->nr = (uint16_t)fill(c, &f, all ? nodes : &self, all ? nr : 1,
					       rules->highest[i % types],
					       rules->order == PGA_LIST_ZONE, &entry[at]);
			l->first = l->nr ? entry[at] : 0;
			at += l->nr;
		}
	}
}

/*
 * Its own node is always first.  Higher numbers win over lower ones and nodes
 * without CPUs over others when the distance differs by no more than that; then
 * the node that fewer lists begin with; then the lower number.
 */
void pga_zonelist_build(const struct pga_conf *c, enum pga_list_order order,
			struct pga_zonelist *lists, uint8_t *entry)
{
	static const uint8_t highest[PGA_LIST_TYPES] = { PGA_ZONE_DMA, PGA_ZONE_DMA32,
							 PGA_ZONE_NORMAL, PGA_ZONE_MOVABLE };
	const struct pga_zonelist_rules rules = {
		.highest = highest,
		.nr_classes = PGA_LIST_TYPES,
		.order = order,
		.node = { .self_first = true,
			  .only_with_ram = true,
			  .upper_first = 1,
			  .cpu_penalty = 1,
			  .scale = 1ull << 32 },
	};

	pga_zonelist_build_by(c, &rules, lists, entry);
}
