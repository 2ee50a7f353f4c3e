/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * places MATRIX: for each cell the engine runs the workload over memory that is
 * bound to the real nodes; each frame that an allocation gave is then looked up
 * in the kernel's page tables.  A table says where each placement must put it.
 */
#include "harness/engine/engine.h"
#include "harness/kernel/events.h"
#include "harness/matrix/matrix_open.h"
#include "tests/vm/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One block that was handed out. */
struct given {
	unsigned cpu;  /* the kernel's number, of who asked */
	unsigned node; /* the kernel's number, of where it is */
};

struct place {
	const struct vm_shape *shape;
	const struct topo *t;
	const struct bench_cell *cell;
	uint64_t members; /* nodes that may be asked for frames */
	unsigned weight[VM_MAX_NODES];
	struct given *given;
	size_t nr, room;
	size_t astray; /* pages that are not on the node the allocator means */
};

static bool on_nearest(const struct place *p, size_t i)
{
	unsigned home = vm_node_of(p->shape, p->given[i].cpu);

	return vm_nearest(p->shape, home, p->members) >> p->given[i].node & 1;
}

static bool on_own(const struct place *p, size_t i)
{
	return p->given[i].node == vm_node_of(p->shape, p->given[i].cpu);
}

static bool on_first(const struct place *p, size_t i)
{
	return p->given[i].node == (unsigned)__builtin_ctzll(p->members);
}

/* What the same CPU got before; NULL for its first. */
static const struct given *previous(const struct place *p, const struct given *g)
{
	unsigned cpu = g->cpu;

	while (g-- > p->given)
		if (g->cpu == cpu)
			return g;
	return NULL;
}

static unsigned next_member(uint64_t members, unsigned node)
{
	uint64_t above = members & ~((2ull << node) - 1);

	return (unsigned)__builtin_ctzll(above ? above : members);
}

/*
 * A node gets as many blocks in a row as its weight says, then the next one
 * has its turn.  The first turn of a CPU may be one that began before.
 */
static bool in_turn(const struct place *p, size_t i)
{
	const struct given *g = &p->given[i], *before = previous(p, g), *at = before;
	unsigned row = 0;

	if (!before)
		return p->members >> g->node & 1;
	while (at && at->node == before->node && row <= p->weight[before->node]) {
		row++;
		at = previous(p, at);
	}
	if (row < p->weight[before->node] && at)
		return g->node == before->node;
	if (row < p->weight[before->node] && g->node == before->node)
		return true;
	return g->node == next_member(p->members, before->node);
}

/* With a list of nodes, as with "bind:!0", or without. */
static const struct row {
	const char *name;
	bool list;
	const char *means;
	bool (*right)(const struct place *p, size_t i);
} rows[] = {
	{ "local", false, "the CPU's node, or the nearest with memory", on_nearest },
	{ "bind", false, "the CPU's node", on_own },
	{ "bind", true, "the nearest of the nodes that are named", on_nearest },
	{ "preferred", false, "the first node with memory", on_first },
	{ "preferred", true, "the node that is named", on_first },
	{ "preferred-many", true, "the nearest of the nodes that are named", on_nearest },
	{ "interleave", false, "the nodes with memory in turn", in_turn },
	{ "interleave", true, "the nodes that are named in turn", in_turn },
	{ "weighted-interleave", true, "the nodes in turn, so many in a row", in_turn },
};

/* "all", "!0", "0,2", "0=3,2=1": the nodes, and how many blocks in a row each gets. */
static void read_nodes(struct place *p, const char *text)
{
	uint64_t listed = 0;
	char *end;

	for (unsigned n = 0; n < VM_MAX_NODES; n++)
		p->weight[n] = 1;
	p->members = vm_with_memory(p->shape);
	if (!text || !strcmp(text, "all"))
		return;
	if (*text == '!') {
		p->members &= ~(1ull << strtoul(text + 1, NULL, 10));
		return;
	}
	for (const char *at = text; *at; at = *end ? end + 1 : end) {
		unsigned long node = strtoul(at, &end, 10);

		if (end == at || node >= VM_MAX_NODES)
			vm_die("cannot read the nodes of %s", text);
		listed |= 1ull << node;
		if (*end == '=')
			p->weight[node] = (unsigned)strtoul(end + 1, &end, 10);
	}
	p->members = listed;
}

static const struct row *find_row(struct place *p, const char *placement)
{
	const char *colon = strchr(placement, ':');
	size_t len = strcspn(placement, ":");

	read_nodes(p, colon ? colon + 1 : NULL);
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++)
		if (strlen(rows[r].name) == len && !strncmp(rows[r].name, placement, len) &&
		    rows[r].list == (colon != NULL))
			return &rows[r];
	return NULL;
}

static void look_up(struct place *p, const struct engine *e, unsigned cpu, unsigned long pfn,
		    unsigned order)
{
	const char *at = (const char *)e->frames.addr + pfn * VM_PAGE;
	struct vm_pages pages;
	unsigned node = 0;

	while (node + 1 < e->m->conf.nr_nodes &&
	       (pfn < e->m->node_mem[node].start || pfn >= e->m->node_mem[node].end))
		node++;
	vm_pages_count(at, VM_PAGE << order, &pages);
	p->astray += (1u << order) - pages.on[p->t->nodes[node].os_index];
	if (p->nr == p->room) {
		p->room = p->room ? 2 * p->room : 4096;
		p->given = realloc(p->given, p->room * sizeof(*p->given));
		if (!p->given)
			vm_die("no memory");
	}
	p->given[p->nr++] = (struct given){ p->t->cpus[cpu].os_index, p->t->nodes[node].os_index };
}

/* The events of a pass, as the text that users get. */
static void read_events(struct place *p, const struct engine *e)
{
	FILE *f = tmpfile();
	char line[512];

	if (!f || events_write(e->events, f) || events_overwritten(e->events))
		vm_die("the events of the pass are not whole");
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		unsigned cpu, order;
		unsigned long pfn;

		if (sscanf(line, "zonebench %*d [%u] %*s kmem:mm_page_alloc: pfn=%lx order=%u",
			   &cpu, &pfn, &order) == 3)
			look_up(p, e, cpu, pfn, order);
	}
	fclose(f);
}

static void judge(struct place *p, const char *cell)
{
	const struct row *row = find_row(p, p->cell->placement);
	char text[160];
	size_t wrong = 0;

	snprintf(text, sizeof(text), "%zu blocks, %zu pages elsewhere", p->nr, p->astray);
	vm_check(p->nr > 100 && !p->astray, text, "%s: frames are on the node of their arena",
		 cell);
	if (!row) {
		vm_check(false, "the table has no such row", "%s", cell);
		return;
	}
	for (size_t i = 0; i < p->nr; i++)
		wrong += !row->right(p, i);
	snprintf(text, sizeof(text), "%zu of %zu are not", wrong, p->nr);
	vm_check(!wrong, text, "%s: frames are on %s", cell, row->means);
}

static void prove_cell(const struct vm_shape *shape, const struct matrix_job *job,
		       const struct matrix_cell *mc)
{
	const struct bench_cell *cell = &mc->cell;
	struct place p = { .shape = shape, .t = job->topo, .cell = cell };
	struct engine_pass pass = { .kind = PASS_TIME };
	struct engine e;
	char why[200] = "", name[160];

	snprintf(name, sizeof(name), "%s order %u, %u threads", cell->placement, cell->order,
		 cell->threads);
	if (!mc->supported) {
		vm_skip(mc->reason, name);
		return;
	}
	int rc = engine_open(&e, cell, job->topo, 1, NULL, why, sizeof(why));

	e.events = rc ? NULL : events_new(e.m->conf.nr_cpus);
	if (!rc)
		rc = engine_run(&e, &pass, why, sizeof(why));
	if (vm_check(!rc && !e.unbound, rc ? why : e.unbound_why, "%s runs", name)) {
		read_events(&p, &e);
		judge(&p, name);
	}
	events_free(e.events);
	e.events = NULL;
	engine_close(&e);
	free(p.given);
}

void vm_prove_places(const struct vm_shape *shape, int argc, char **argv)
{
	struct matrix_opts options = { .seed = -1 };
	struct matrix_job job;

	if (argc != 1 || matrix_open(&job, &options, argv[0]))
		vm_die("places needs a matrix file");
	for (size_t i = 0; i < job.cells.nr; i++)
		prove_cell(shape, &job, &job.cells.cell[i]);
	matrix_close(&job);
}
