/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell and a machine in one line, for tests of the measurement. */
#ifndef TESTS_T_CELL_H
#define TESTS_T_CELL_H

#include "harness/matrix/cell.h"

/**
 * t_cell_make - a cell of @workload with its defaults
 * 16 MiB per node without backing, one thread, order 0, 20,000 operations, no
 * bound on the time of a phase.
 * @variant: for pga_variant_parse; "ledger", "ledger-owned" and "skeleton" are known too
 */
void t_cell_make(struct bench_cell *cell, const char *variant, const char *workload);
/** t_cell_param - set a parameter by name; fails the test when unknown. */
void t_cell_param(struct bench_cell *cell, const char *name, int64_t value);
/** t_topo - "" this machine, otherwise as topo_load; fails the test. */
struct topo *t_topo(const char *spec, const char *distances);

#endif
