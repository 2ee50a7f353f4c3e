/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zonelists: in which order a request tries the zones.  One list for each
 * (node, kind, highest usable zone type), so that the first entry of a list is
 * the preferred zone and no entry has to be filtered at allocation.
 */
#ifndef CORE_ZONELIST_H
#define CORE_ZONELIST_H

#include "core/conf.h"

#define PGA_LIST_TYPES 4u /* highest type: DMA, DMA32, NORMAL, MOVABLE */

enum pga_list_kind {
	PGA_LIST_FALLBACK, /* all nodes, nearest first */
	PGA_LIST_THISNODE,
	PGA_LIST_KINDS
};
#define PGA_LISTS_PER_NODE (PGA_LIST_KINDS * PGA_LIST_TYPES)

enum pga_list_order { PGA_LIST_DEFAULT, PGA_LIST_NODE, PGA_LIST_ZONE };

/* 8 bytes. */
struct pga_zonelist {
	uint32_t at; /* first entry, index into the shared array of entries */
	uint16_t nr;
	uint16_t first; /* the preferred zone; only if nr */
};

static inline unsigned pga_zonelist_index(unsigned node, enum pga_list_kind kind, unsigned highest)
{
	return node * PGA_LISTS_PER_NODE + (unsigned)kind * PGA_LIST_TYPES + highest;
}

/** pga_zonelist_copy - up to @max zones of @l, as @entry names them. Return: how many @l has */
static inline unsigned pga_zonelist_copy(const struct pga_zonelist *l, const uint8_t *entry,
					 uint16_t *zones, unsigned max)
{
	for (unsigned i = 0; i < l->nr && i < max; i++)
		zones[i] = entry[l->at + i];
	return l->nr;
}

/*
 * Words of the tunable "zonelist" of mechanisms whose lists follow distances.
 * The mechanism itself takes conf->dist as it is; the owner of conf fills in
 * the distances that the policy asks for.
 */
enum pga_list_distances { PGA_LIST_DECLARED, PGA_LIST_MEASURED };
extern const char *const pga_list_distance_words[]; /* declared measured */
#define PGA_LIST_DISTANCE_HELP                                                      \
	"distances that order the nodes: as the firmware declares them, or by the " \
	"latency measured here"

/** pga_zonelist_order - which order DEFAULT means here: node or zone */
enum pga_list_order pga_zonelist_order(const struct pga_conf *conf);

/** pga_zonelist_entries - upper bound of the entries that build() writes */
size_t pga_zonelist_entries(const struct pga_conf *conf);

/**
 * pga_zonelist_build - all lists, as linux-3.10 orders nodes
 * @lists: [nr_nodes * PGA_LISTS_PER_NODE]
 * @entry: [pga_zonelist_entries()] zone numbers
 * @order: NODE or ZONE
 * Zones and nodes without RAM are in no list.
 */
void pga_zonelist_build(const struct pga_conf *conf, enum pga_list_order order,
			struct pga_zonelist *lists, uint8_t *entry);

/*
 * How the next node of a list is chosen: the one with the least
 * (distance + penalties) * scale + load that is not in it yet.  A node's load
 * counts the lists that it begins a new distance of, so that equals take turns.
 */
struct pga_node_rule {
	bool ring;	    /* not by distance at all: n, n + 1 .., wrapping */
	bool self_first;    /* the list's node is first, however near others are */
	bool only_with_ram; /* others take no position */
	bool from_self;	    /* of equals the first one counting from the list's node, not from 0 */
	bool load_sums;	    /* loads add up from list to list; else the last one counts */
	uint32_t upper_first; /* penalty of nodes with lower numbers */
	uint32_t cpu_penalty; /* of nodes with CPUs */
	uint64_t scale;
};

/* A mechanism's set of lists: for each node and kind one for each class of requests. */
struct pga_zonelist_rules {
	const uint8_t *highest; /* [nr_classes] highest zone type of a class */
	unsigned nr_classes;
	enum pga_list_order order; /* NODE or ZONE */
	struct pga_node_rule node;
};

/**
 * pga_zonelist_build_by - all lists, by the rules of a mechanism
 * @lists: [nr_nodes * PGA_LIST_KINDS * nr_classes], by node, kind and class
 * @entry: [nr_nodes * PGA_LIST_KINDS * nr_classes * nr_zones] suffice
 */
void pga_zonelist_build_by(const struct pga_conf *conf, const struct pga_zonelist_rules *rules,
			   struct pga_zonelist *lists, uint8_t *entry);

#endif
