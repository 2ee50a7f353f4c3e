/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of what workloads reach share: one cell, one pass of it. */
#ifndef TESTS_UNIT_WORKLOAD_SUITE_H
#define TESTS_UNIT_WORKLOAD_SUITE_H

#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct bench_cell cell;
static struct engine_pass pass;

static inline void make(const char *variant, const char *workload)
{
	t_cell_make(&cell, variant, workload);
	cell.memory.per_node = 32u << 20;
	cell.daemons = DAEMONS_STEPPED;
}

/* The cell on @t, which is freed. */
static inline void run_on(struct topo *t)
{
	struct engine e;
	char why[256] = "";

	pass = (struct engine_pass){ .kind = PASS_PATHS };
	cr_assert_eq(engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, &pass, why, sizeof(why)), 0, "%s", why);
	engine_close(&e);
	topo_free(t);
}

static inline double metric(const char *name)
{
	for (unsigned v = 0; v < pass.target.nr_values; v++)
		if (!strcmp(pass.target.values[v].name, name))
			return pass.target.values[v].value;
	cr_assert_fail("no metric %s", name);
	return NAN;
}

#endif
