/* SPDX-License-Identifier: GPL-2.0-only */
/* How memory reaches an allocator at boot. */
#ifndef CORE_BOOT_H
#define CORE_BOOT_H

#include "core/conf.h"
#include "core/frame.h"

/**
 * pga_boot_fill - first state of every frame: HOLE, RESERVED, or TAIL for what
 * boot and CMA ranges will hand out; with the number of its zone
 *
 * A frame of no zone in a block that reaches into a zone counts as of zone 0
 * when that is DMA on node 0, the place that an untouched descriptor names.
 */
void pga_boot_fill(const struct pga_conf *conf, const struct pga_map *map);

typedef void (*pga_boot_fn)(void *data, unsigned zone, pga_pfn_t pfn, unsigned order);

/**
 * pga_boot_release - call @fn for each piece of the boot ranges
 *
 * In order of the ranges and ascending: aligned pieces of as many frames as a
 * word has bits, single frames before and after.  No piece crosses a zone.
 */
void pga_boot_release(const struct pga_conf *conf, pga_boot_fn fn, void *data);

#endif
