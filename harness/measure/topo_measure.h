/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Measured distances where they are kept: one file for each machine, by what
 * identifies it, in results/runs/ of the working directory, or $ZB_MEASURED.
 * Runs save them in their manifest, and zonelist=measured orders nodes by them.
 */
#ifndef HARNESS_TOPO_MEASURE_H
#define HARNESS_TOPO_MEASURE_H

#include "numa/measure.h"

/** measure_keep - write the file; 0 or -errno with one line in @err. */
int measure_keep(const struct topo_measured *m, const struct topo *t, char *err, size_t len);

/**
 * measure_load - read the file
 * Fills in t->dist_measured when it is there.
 * Return: the file's JSON (new reference), or NULL with the reason in @why.
 */
struct json_t *measure_load(struct topo *t, char *why, size_t len);

/**
 * measure_once - measure briefly, in a child, unless the file is there
 * A simulated topology and a refusal leave nothing behind.
 */
void measure_once(const struct topo *t);

/** measure_heatmaps - latency and bandwidth, node by node; only with several nodes. */
void measure_heatmaps(const struct topo_measured *m, bool utf8, FILE *f);
/** measure_svg - the same as SVG, for one node too; as heatmap_svg. */
int measure_svg(const struct topo_measured *m, const char *path, char *err, size_t len);

#endif
