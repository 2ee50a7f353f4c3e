/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance's state in the text formats of Linux 3.10's /proc files, so that
 * tools and eyes that know those can read it.  Lines for which the allocator
 * seam has no data (LRU sizes, reclaim progress) are left out, never printed
 * as 0.  The instance should be quiet; otherwise the numbers of different
 * lines belong to different moments, as they do in the kernel.
 */
#ifndef HARNESS_PROCFS_H
#define HARNESS_PROCFS_H

#include "core/pga.h"

#include <stdio.h>

/**
 * bench_procfs_fn - print one file
 * @f: where to
 * @ops, @pga: the instance; @conf: what it was made from
 * Return: 0, or -EOPNOTSUPP when the mechanism has no zone_info or zone_snap.
 */
typedef int bench_procfs_fn(FILE *f, const struct pga_ops *ops, struct pga *pga,
			    const struct pga_conf *conf);

bench_procfs_fn bench_print_buddyinfo;	  /* free blocks by order */
bench_procfs_fn bench_print_pagetypeinfo; /* and by type; pageblocks by type */
bench_procfs_fn bench_print_zoneinfo;	  /* marks, counters, per-CPU lists */

#endif
