/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparisons of synthetic runs, for tests. */
#ifndef TESTS_SUPPORT_T_COMPARE_H
#define TESTS_SUPPORT_T_COMPARE_H

#include "results/compare.h"
#include "tests/support/t_run.h"

/* Cells of all kinds, without chance: what is printed of them is the same everywhere. */
extern const struct t_cell t_golden[];
extern const unsigned t_nr_golden;

/** t_cmp_defaults - what `zonebench compare` does unasked. */
struct cmp_conf t_cmp_defaults(void);

/** t_cmp_build - compare; aborts with a message on failure. Owned by the caller. */
struct cmp_table *t_cmp_build(const struct run_data *run, const struct cmp_conf *conf);

#endif
