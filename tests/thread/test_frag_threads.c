/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fragmentation pass with several threads, with daemons and with frames
 * that move: it knows who holds every frame.  For ThreadSanitizer too.
 */
#include "harness/engine/engine.h"
#include "harness/measure/frag.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_seed.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static unsigned nr_tests, failed;

static void report(bool ok, const char *workload, unsigned threads, const char *why)
{
	nr_tests++;
	failed += !ok;
	printf("%sok %u - %s, %u threads%s%s\n", ok ? "" : "not ", nr_tests, workload, threads,
	       *why ? ": " : "", why);
	fflush(stdout);
}

/* Frames of a claimed range have no request; elsewhere none may be unknown. */
static int look(const struct frag_state *s, char *why, size_t len)
{
	const struct wl_fragmap *m = &s->map;
	uint64_t unknown = m->used[WL_HELD_UNKNOWN];

	if (!s->has || !s->has_map || unknown || !m->frames[WL_FR_USED] ||
	    m->frames[WL_FR_FREE] != wl_frag_frames(&s->free)) {
		snprintf(why, len, "state %d, map %d, %llu frames unknown, %llu used", s->has,
			 s->has_map, (unsigned long long)unknown,
			 (unsigned long long)m->frames[WL_FR_USED]);
		return -EUCLEAN;
	}
	return 0;
}

static void try(const char *workload, unsigned threads)
{
	struct topo *t = t_topo("synthetic:numa:1 core:4 pu:1", NULL);
	struct engine_pass pass = { .kind = PASS_FRAG };
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, "linux-3.10", workload);
	cell.threads = threads;
	cell.memory.per_node = 32u << 20;
	int rc = engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why));

	if (!rc) {
		e.frag = frag_new(e.ops, &e.m->conf, 64);
		rc = e.frag ? engine_run(&e, &pass, why, sizeof(why)) : -ENOMEM;
		if (!rc)
			rc = look(&e.frag->state, why, sizeof(why));
		frag_free(e.frag);
		e.frag = NULL;
	}
	engine_close(&e);
	topo_free(t);
	report(!rc, workload, threads, rc ? why : "");
}

int main(void)
{
	static const char *const workloads[] = { "rand", "holes", "unmovable-drip", "highalloc" };

	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		try(workloads[i], 2);
		try(workloads[i], 4);
	}
	printf("1..%u\n", nr_tests);
	return failed ? 1 : 0;
}
