/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * follow MATRIX: pages of frames that a thread touches come to its node.  The
 * allocator gives out frames of one node, threads of others touch them; where
 * the pages are is read from /proc/self/numa_maps.
 */
#include "harness/engine/engine.h"
#include "harness/matrix/matrix_open.h"
#include "tests/vm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pages of a line of numa_maps on a node. */
static uint64_t pages_on(const char *line, unsigned os)
{
	char key[16];

	snprintf(key, sizeof(key), " N%u=", os);
	const char *at = strstr(line, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static uint64_t pages_in_all(const struct vm_shape *shape, const char *line)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < shape->nr_nodes; n++)
		sum += pages_on(line, n);
	return sum;
}

/* One thread: its node has all that it touched, and the kernel says so. */
static void judge_one(const struct vm_shape *shape, const struct engine *e,
		      const struct follow_sum *f, const char *name)
{
	unsigned cpu = e->topo->cpus[e->m->threads[0].real].os_index, last = 0;
	uint64_t near = vm_nearest(shape, vm_node_of(shape, cpu), vm_with_memory(shape));
	unsigned home = (unsigned)__builtin_ctzll(near);
	char line[512] = "", text[700];

	for (unsigned n = 0; n < e->m->conf.nr_nodes; n++)
		if (machine_frames_of(e->m, n))
			last = n;
	bool first = e->cell->memory.follow == FOLLOW_FIRST;
	char *at = e->frames.addr;

	if (!first)
		at += (size_t)e->m->node_mem[last].start << MACHINE_PAGE_SHIFT;
	bool known = vm_numa_maps(at, line, sizeof(line));
	uint64_t there = pages_on(line, home);

	snprintf(text, sizeof(text), "%llu moves, %llu on node %u; %s",
		 (unsigned long long)f->moves, (unsigned long long)there, home, line);
	if (first)
		vm_check(known && there > 100 && there == pages_in_all(shape, line), text,
			 "%s: the kernel finds all pages on the node of their first user", name);
	else
		vm_check(known && there > 100 && there == f->moves, text,
			 "%s: the kernel finds what was moved on the node of its user", name);
}

static void prove_cell(const struct vm_shape *shape, const struct matrix_job *job,
		       const struct matrix_cell *mc)
{
	const struct bench_cell *cell = &mc->cell;
	struct engine_pass pass = { .kind = PASS_TIME };
	struct engine e;
	char why[200] = "", name[160];

	snprintf(name, sizeof(name), "%s order %u, %u threads",
		 bench_follow_words[cell->memory.follow], cell->order, cell->threads);
	if (!mc->supported) {
		vm_check(false, mc->reason, "%s is supported", name);
		return;
	}
	int rc = engine_open(&e, cell, job->topo, 1, NULL, why, sizeof(why));

	/* Twice: the second pass begins where the first one did. */
	for (unsigned turn = 0; !rc && turn < 2; turn++)
		rc = engine_run(&e, &pass, why, sizeof(why));
	if (vm_check(!rc && !e.unbound, rc ? why : e.unbound_why, "%s runs", name)) {
		const struct follow_sum *f = &pass.follow;

		snprintf(why, sizeof(why), "errno %d, %llu failed, %u of %u on the last user's",
			 f->err, (unsigned long long)f->failed, f->on_last, f->sampled);
		vm_check(f->has && !f->err && !f->failed && f->sampled > 100 &&
				 (cell->memory.follow == FOLLOW_FIRST ? f->on_first : f->on_last) ==
					 f->sampled,
			 why, "%s: every page is on the node of its user", name);
		if (cell->threads == 1)
			judge_one(shape, &e, f, name);
	}
	engine_close(&e);
}

void vm_prove_follow(const struct vm_shape *shape, int argc, char **argv)
{
	struct matrix_opts options = { .seed = -1 };
	struct matrix_job job;

	if (argc != 1 || matrix_open(&job, &options, argv[0]))
		vm_die("follow needs a matrix file");
	for (size_t i = 0; i < job.cells.nr; i++)
		prove_cell(shape, &job, &job.cells.cell[i]);
	matrix_close(&job);
}
