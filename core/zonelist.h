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

/** pga_zonelist_order - which order DEFAULT means here: node or zone */
enum pga_list_order pga_zonelist_order(const struct pga_conf *conf);

/** pga_zonelist_entries - upper bound of the entries that build() writes */
size_t pga_zonelist_entries(const struct pga_conf *conf);

/**
 * pga_zonelist_build - all lists
 * @lists: [nr_nodes * PGA_LISTS_PER_NODE]
 * @entry: [pga_zonelist_entries()] zone numbers
 * @order: NODE or ZONE
 * Zones and nodes without RAM are in no list.
 */
void pga_zonelist_build(const struct pga_conf *conf, enum pga_list_order order,
			struct pga_zonelist *lists, uint8_t *entry);

#endif
