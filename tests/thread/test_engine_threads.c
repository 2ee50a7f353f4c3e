/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine under load: every workload with several threads, all passes, on
 * the ledger, on every mechanism that can serve it, and in turn on one of the
 * variants derived from these: under ThreadSanitizer all with all take too long.
 * For races, and for the promises that the workloads make about parking.
 */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_ledger.h"
#include "tests/support/t_seed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned nr_tests, failed;

static void report(bool ok, const char *variant, const struct wl_ops *wl, unsigned threads,
		   const char *why)
{
	nr_tests++;
	failed += !ok;
	printf("%sok %u - %s on %s, %u threads%s%s\n", ok ? "" : "not ", nr_tests, wl->name,
	       variant, threads, *why ? ": " : "", why);
	fflush(stdout);
}

/*
 * How threads take turns decides where blocks lie: the share of free memory that
 * is lost is certain with one thread alone (tests/unit/test_fragmenters.c).
 */
static void lower_goal(struct bench_cell *cell)
{
	int goal = wl_param_index(cell->wl, "goal");

	if (goal >= 0)
		cell->param[goal] = cell->wl->params[goal].min;
}

static void try(const char *variant, const struct wl_ops *wl, unsigned threads)
{
	struct topo *t = t_topo(wl->min_nodes > 1 ? "synthetic:numa:2 core:2 pu:1"
						  : "synthetic:numa:1 core:4 pu:1",
				NULL);
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, variant, wl->name);
	cell.threads = threads;
	cell.memory.per_node = 32u << 20;
	lower_goal(&cell);
	int rc = engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why));

	for (unsigned kind = PASS_TIME; !rc && kind <= PASS_PATHS; kind++) {
		struct engine_pass pass = { .kind = (enum engine_pass_kind)kind };

		rc = engine_run(&e, &pass, why, sizeof(why));
		if (!rc && pass.target.has && !pass.target.reached) {
			snprintf(why, sizeof(why), "%s", pass.target.text);
			rc = -EUCLEAN;
		}
		if (!rc && !strcmp(variant, "ledger") && t_ledger_log.parked_calls) {
			snprintf(why, sizeof(why), "a parked CPU was called");
			rc = -EUCLEAN;
		}
	}
	engine_close(&e);
	topo_free(t);
	if (rc != -EOPNOTSUPP)
		report(!rc, variant, wl, threads, rc ? why : "");
}

/* The variants that only change a policy, one after the other. */
static const char *next_derived(void)
{
	static const struct pga_variant_row *v = pga_variants;
	const char *name;

	while (!v->name || !*v->policy)
		v = v->name ? v + 1 : pga_variants;
	name = v->name;
	v++;
	return name;
}

int main(void)
{
	for (const struct wl_ops *const *w = wl_table; *w; w++) {
		/* Owners and daemons are the same for all: the variant with all of it will do. */
		if ((*w)->needs_host) {
			try("linux-3.10", *w, 2);
			try("linux-3.10", *w, 4);
			continue;
		}
		for (unsigned threads = 2; threads <= 4; threads += 2) {
			try("ledger", *w, threads);
			for (const struct pga_variant_row *v = pga_variants; v->name; v++)
				if (!*v->policy)
					try(v->name, *w, threads);
		}
		try(next_derived(), *w, 2);
	}
	printf("1..%u\n", nr_tests);
	return failed ? 1 : 0;
}
