/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct pga_ops pga_skeleton;

static void die(const char *why)
{
	fprintf(stderr, "cell of a test: %s\n", why);
	abort();
}

void t_cell_make(struct bench_cell *cell, const char *variant, const char *workload)
{
	const struct pga_ops *extra = !strncmp(variant, "skeleton", 8)	      ? &pga_skeleton
				      : !strncmp(variant, "ledger-owned", 12) ? &t_ledger_owned
									      : &t_ledger;
	char why[256];

	memset(cell, 0, sizeof(*cell));
	if (pga_variant_parse(&cell->variant, variant, extra, why, sizeof(why)))
		die(why);
	cell->wl = wl_find(workload);
	if (!cell->wl)
		die(workload);
	wl_param_defaults(cell->wl, cell->param);
	cell->threads = cell->wl->min_threads;
	cell->memory = (struct bench_memory){ .per_node = 16u << 20, .backing = BACK_NONE };
	cell->device =
		(struct bench_device){ .latency = DEVICE_LATENCY, .bandwidth = DEVICE_BANDWIDTH };
	cell->max_ops = 20000;
	/* What a test asserts must not depend on how loaded the machine is. */
	cell->bound_ns = UINT64_MAX;
	cell->oversubscribe = true;
}

void t_cell_param(struct bench_cell *cell, const char *name, int64_t value)
{
	int i = wl_param_index(cell->wl, name);

	if (i < 0)
		die(name);
	cell->param[i] = value;
}

struct topo *t_topo(const char *spec, const char *distances)
{
	struct topo *t;
	char why[256];

	if (topo_load(&t, spec, distances, why, sizeof(why)))
		die(why);
	return t;
}
