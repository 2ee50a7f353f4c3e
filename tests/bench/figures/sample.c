/* SPDX-License-Identifier: GPL-2.0-only */
/* One variant, one workload, as a run measures it; the list as plain code. */
#include "harness/engine/sample.h"
#include "harness/measure/clock.h"
#include "tests/bench/figures/figures.h"
#include "tests/support/t_bare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETUP_SIZE (64ull << 30)

/*
 * Additions that each need the one before take one core cycle each: their rate
 * is the core's clock, which the time-stamp counter does not follow.
 */
double fig_core_ghz(void)
{
	double best = 0;

	for (int round = 0; round < 5; round++) {
		uint64_t x = 1, start = clk_ns(), ns;

		for (int i = 0; i < 20000; i++)
			__asm__ volatile(".rept 10\n\tadd %0, %0\n\t.endr" : "+r"(x));
		ns = clk_ns() - start;
		if (200000.0 / (double)ns > best)
			best = 200000.0 / (double)ns;
	}
	return best;
}

bool fig_cell(struct bench_cell *cell, const char *variant, const char *workload, unsigned order,
	      unsigned threads, char *why, size_t len)
{
	memset(cell, 0, sizeof(*cell));
	if (pga_variant_parse(&cell->variant, variant, &t_bare, why, len))
		return false;
	cell->wl = wl_find(workload);
	wl_param_defaults(cell->wl, cell->param);
	cell->order = order;
	cell->threads = threads;
	cell->memory = (struct bench_memory){ .per_node = fig.mib << 20, .backing = BACK_NONE };
	cell->max_ops = FIG_PAIRS;
	return true;
}

void fig_sample(const struct row *row, struct figures *f)
{
	static struct record r;
	struct bench_cell cell;

	if (!fig_cell(&cell, row->variant, row->workload, row->order, row->threads, f->why,
		      sizeof(f->why)))
		return;
	cell.groups[0] = "cost";
	rec_init(&r);
	r.seed = 1;
	f->core_ghz = fig_core_ghz();
	bench_sample(&cell, fig.topo, &r);
	f->ok = !strcmp(r.status, "ok");
	f->noisy = strchr(r.flags, 'n') != NULL;
	snprintf(f->why, sizeof(f->why), "%.60s: %.60s", r.status, r.reason);
	f->ns = r.ns_op;
	f->null_ns = r.null_ns_op;
	f->tsc = r.tsc_op;
	for (unsigned i = 0; i < r.nr_counters; i++) {
		if (!strcmp(r.counters[i].name, "cycles_per_op"))
			f->cycles = r.counters[i].value;
		if (!strcmp(r.counters[i].name, "instructions_per_op"))
			f->instructions = r.counters[i].value;
	}
}

/* 64 GiB of frames, metadata populated beforehand. */
void fig_setup(const struct row *row, struct figures *f)
{
	struct bench_cell cell;
	struct engine e;

	if (!fig_cell(&cell, row->variant, "repeat", 0, 1, f->why, sizeof(f->why)))
		return;
	cell.memory.per_node = SETUP_SIZE / (fig.topo->nr_nodes ? fig.topo->nr_nodes : 1);
	f->ok = !engine_open(&e, &cell, fig.topo, 1, NULL, f->why, sizeof(f->why)) &&
		!engine_init(&e, f->why, sizeof(f->why));
	if (f->ok) {
		f->init_s = e.init_s;
		f->populate_s = e.populate_s;
		f->meta = (double)e.meta_bytes / (double)e.m->frames;
	}
	engine_close(&e);
}

void fig_plain(const struct row *row, struct figures *f)
{
	size_t nr = fig.mib << 8, half = nr / 2;
	void *nodes = malloc(nr << T_BARE_SHIFT);
	struct t_bare_node *head, *n;
	struct t_bare_node **slots = malloc(half * sizeof(*slots));
	struct clk a, b;
	struct rng rng;
	double pairs = FIG_PAIRS;

	if (!nodes || !slots || topo_pin(fig.topo, 0)) {
		snprintf(f->why, sizeof(f->why), "no memory, or not pinned");
		return;
	}
	memset(slots, 0, half * sizeof(*slots));
	head = t_bare_link(nodes, nr, T_BARE_SHIFT);
	f->core_ghz = fig_core_ghz();
	rng_seed(&rng, 1, 0);
	a = clk_read();
	if (!strcmp(row->workload, "repeat")) {
		for (unsigned i = 0; i < FIG_PAIRS; i++) {
			n = head;
			head = n->next;
			__asm__ volatile("" : "+r"(n)::"memory");
			n->next = head;
			head = n;
			__asm__ volatile("" : "+r"(head)::"memory");
		}
		b = clk_read();
	} else {
		struct clk pause, again;

		for (size_t i = 0; i < half; i++) {
			slots[i] = head;
			head = head->next;
		}
		pause = clk_read();
		for (size_t left = half; !strcmp(row->workload, "rand") && left > 1; left--) {
			uint32_t k = rng_below(&rng, left);

			n = slots[left - 1];
			slots[left - 1] = slots[k];
			slots[k] = n;
		}
		again = clk_read();
		for (size_t i = 0; i < half; i++) {
			slots[i]->next = head;
			head = slots[i];
		}
		b = clk_read();
		b.ns -= again.ns - pause.ns;
		b.tsc -= again.tsc - pause.tsc;
		pairs = (double)half;
	}
	__asm__ volatile("" ::"r"(head) : "memory");
	f->ns = (double)(b.ns - a.ns) / pairs;
	f->tsc = (double)(b.tsc - a.tsc) / pairs;
	f->ok = true;
}
