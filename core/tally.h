/* SPDX-License-Identifier: GPL-2.0-only */
/* What the checks of mechanisms have in common: where each frame of a zone is. */
#ifndef CORE_TALLY_H
#define CORE_TALLY_H

#include "core/conf.h"
#include "core/frame.h"

/* Frames of one zone by state; FREE and USED count whole blocks. */
struct pga_tally {
	uint64_t frames[PGA_FRAME_USED + 1];
};

/** pga_violated - put a line into @why. Return: -EUCLEAN */
int pga_violated(char *why, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/**
 * pga_tally_zone - count the frames of @zone, numbered @id, into @t
 * Each frame has to be in exactly one state, each block whole and inside the
 * zone.  Return: 0, or -EUCLEAN with the first violation in @why.
 */
int pga_tally_zone(const struct pga_map *map, const struct pga_zone_conf *zone, unsigned id,
		   unsigned nr_orders, struct pga_tally *t, char *why, size_t len);

/**
 * pga_tally_list - count the entries of a CPU's list of frames of zone @id into *@seen
 * No more than @max, the count of all of the CPU's lists of the zone.
 */
int pga_tally_list(const struct pga_map *map, unsigned id, pga_link_t head, uint32_t max,
		   uint32_t *seen, char *why, size_t len);

/* What a mechanism counts of one zone, in frames, to be held against a tally. */
struct pga_tally_sums {
	uint64_t listed;  /* in blocks on the buddy lists */
	uint64_t parked;  /* on CPUs' lists */
	uint64_t present; /* of the zone */
	uint64_t managed; /* of these, for use */
};

/** pga_tally_agrees - does each frame have its place in the sums? Return: as pga_tally_zone() */
int pga_tally_agrees(const struct pga_tally *t, const struct pga_tally_sums *s, unsigned id,
		     char *why, size_t len);

/** pga_walk_list - call @fn for each frame of a list, head first; @e has the rest */
void pga_walk_list(const struct pga_map *map, pga_link_t head, struct pga_list_entry e,
		   pga_list_fn fn, void *data);

#endif
