/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map over time, as the fragmentation pass takes it: one picture of
 * all pageblocks for each point of the series at which frames are looked at.
 *
 * Threads: as frag_sample(), of which these are parts.
 */
#ifndef HARNESS_FRAG_MAP_H
#define HARNESS_FRAG_MAP_H

#include "results/rec_map.h"
#include "workloads/fragmap.h"

struct frag_map;

/**
 * frag_map_new - for instances on @conf, which is kept
 * @typed: the mechanism has types of pageblocks
 * Return: NULL without memory.
 */
struct frag_map *frag_map_new(const struct pga_conf *conf, bool typed);
void frag_map_free(struct frag_map *m);

/** frag_map_begin - the next point of the series; without a picture if @looked is false. */
void frag_map_begin(struct frag_map *m, uint64_t requests, bool looked);
/** frag_map_block - a pageblock of the point that began; a wl_block_fn, @data is the map. */
void frag_map_block(void *data, const struct wl_tally *block);
/** frag_map_end - after the last pageblock of a point that is looked at. */
void frag_map_end(struct frag_map *m);
/** frag_map_thin - every second point stays, as in the series. */
void frag_map_thin(struct frag_map *m);

/**
 * frag_map_show - the points so far that have a picture
 * @out: cell, sample, seed and note are left as they are; the pictures stay the
 *       map's, so do not release it
 */
void frag_map_show(const struct frag_map *m, struct rec_map *out);

#endif
