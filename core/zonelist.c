/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/zonelist.h"

#include <string.h>

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

/*
 * The nearest node that is not yet used.  Higher numbers win over lower ones
 * and nodes without CPUs over others when the distance differs by no more than
 * that; then the node that fewer lists begin with; then the lower number.
 */
static int next_node(const struct pga_conf *c, const struct facts *f, unsigned self, uint64_t used)
{
	uint64_t best_value = UINT64_MAX;
	int best = -1;

	if (!(used >> self & 1))
		return (int)self;
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		uint64_t value;

		if (used >> n & 1 || !(f->has_mem >> n & 1))
			continue;
		value = (uint64_t)c->dist[self * c->nr_nodes + n] + (n < self ? 1u : 0u) +
			(f->has_cpu >> n & 1);
		value = value << 32 | f->load[n];
		if (value < best_value) {
			best_value = value;
			best = (int)n;
		}
	}
	return best;
}

/* Loads persist from node to node, so that equals take turns as second. */
static unsigned order_nodes(const struct pga_conf *c, struct facts *f, unsigned self,
			    uint8_t *nodes)
{
	unsigned nr = 0, before = self;
	uint64_t used = 0;
	int n;

	while ((n = next_node(c, f, self, used)) >= 0) {
		const uint16_t *dist = &c->dist[self * c->nr_nodes];

		if (dist[n] != dist[before])
			f->load[n] = c->nr_nodes - nr;
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

void pga_zonelist_build(const struct pga_conf *c, enum pga_list_order order,
			struct pga_zonelist *lists, uint8_t *entry)
{
	uint8_t nodes[PGA_MAX_NODES];
	uint32_t at = 0;
	struct facts f;

	learn(c, &f);
	for (unsigned n = 0; n < c->nr_nodes; n++) {
		unsigned nr = order_nodes(c, &f, n, nodes);

		for (unsigned i = 0; i < PGA_LISTS_PER_NODE; i++) {
			struct pga_zonelist *l = &lists[n * PGA_LISTS_PER_NODE + i];
			unsigned highest = i % PGA_LIST_TYPES, far = i < PGA_LIST_TYPES ? nr : 1;

			l->at = at;
			l->nr = (uint16_t)fill(c, &f, nodes, far, highest, order == PGA_LIST_ZONE,
					       &entry[at]);
			l->first = l->nr ? entry[at] : 0;
			at += l->nr;
		}
	}
}
