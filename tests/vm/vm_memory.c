/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arenas: memory bound to each node from each CPU lies there, and nowhere else.
 * full: a node that is full answers with the documented error; nothing leaks.
 */
#include "numa/topo.h"
#include "tests/vm/vm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA (4 * VM_MIB)

static struct topo *load(void)
{
	char err[256];
	struct topo *t;

	if (topo_load(&t, NULL, NULL, err, sizeof(err)))
		vm_die("%s", err);
	return t;
}

/* The mapping's line names the policy and no node but this one. */
static bool maps_agree(const void *addr, unsigned os, char *line, size_t len)
{
	char policy[32], place[32];

	if (!vm_numa_maps(addr, line, len))
		return false;
	snprintf(policy, sizeof(policy), " bind:%u ", os);
	snprintf(place, sizeof(place), " N%u=", os);
	const char *at = strstr(line, " N");

	return strstr(line, policy) && at && !strncmp(at, place, strlen(place)) &&
	       !strstr(at + 2, " N");
}

/* Where the arena lies, by three ways: the code under test, and two others. */
static void check_place(const struct topo *t, const struct topo_arena *a, unsigned node,
			const char *how)
{
	unsigned os = t->nodes[node].os_index;
	uint64_t want = a->len / VM_PAGE;
	struct topo_proof proof;
	struct vm_pages pages;
	char line[512] = "", text[900];

	topo_prove(t, a->addr, a->len, node, (unsigned)want, &proof);
	vm_pages_count(a->addr, a->len, &pages);
	bool agree = maps_agree(a->addr, os, line, sizeof(line));

	snprintf(text, sizeof(text), "bind %d errno %d; proven %u of %u, errno %d; %s; %s", a->bind,
		 a->bind_errno, proof.on_node, proof.sampled, proof.err, vm_pages_text(&pages),
		 line);
	vm_check(a->bind == TOPO_BOUND && !proof.err && proof.on_node == want &&
			 pages.on[os] == want && agree,
		 text, "%s lies on node %u", how, os);
}

static void arena_on(const struct topo *t, unsigned node, enum topo_huge huge, const char *how)
{
	struct topo_proof untouched;
	struct topo_arena a;
	char name[96];

	if (topo_map(&a, ARENA, huge))
		vm_die("topo_map fails");
	topo_bind(t, &a, node);
	topo_prove(t, a.addr, a.len, node, 64, &untouched);
	snprintf(name, sizeof(name), "%s: untouched pages are nowhere", how);
	vm_check(untouched.absent == 64 && !untouched.err, "some are somewhere", "%s", name);
	int rc = topo_populate(a.addr, a.len);

	vm_check(!rc, strerror(-rc), "%s is populated", how);
	check_place(t, &a, node, how);
	topo_unmap(&a);
}

/* Pages that are there already are moved. */
static void moved_to(const struct topo *t, unsigned node, const char *how)
{
	struct topo_arena a;

	if (topo_map(&a, ARENA, TOPO_HUGE_NO) || topo_populate(a.addr, a.len))
		vm_die("an arena of %zu bytes is refused", ARENA);
	topo_bind(t, &a, node);
	check_place(t, &a, node, how);
	topo_unmap(&a);
}

static void refused_on(const struct topo *t, unsigned node)
{
	struct topo_arena a;
	char text[64];

	if (topo_map(&a, ARENA, TOPO_HUGE_NO))
		vm_die("topo_map fails");
	topo_bind(t, &a, node);
	snprintf(text, sizeof(text), "bind %d errno %d", a.bind, a.bind_errno);
	vm_check(a.bind == TOPO_UNBOUND && a.bind_errno == EINVAL, text,
		 "node %u without memory refuses to be bound to, with EINVAL",
		 t->nodes[node].os_index);
	topo_unmap(&a);
}

void vm_prove_arenas(const struct vm_shape *shape, int argc, char **argv)
{
	struct topo *t = load();
	char how[64];

	(void)argc;
	(void)argv;
	for (unsigned cpu = 0; cpu < shape->nr_cpus; cpu++) {
		vm_run_on(cpu);
		for (unsigned n = 0; n < t->nr_nodes; n++) {
			if (!shape->node[t->nodes[n].os_index].mib)
				continue;
			snprintf(how, sizeof(how), "arena from CPU %u", cpu);
			arena_on(t, n, TOPO_HUGE_NO, how);
			snprintf(how, sizeof(how), "arena of huge pages from CPU %u", cpu);
			arena_on(t, n, TOPO_HUGE_2M, how);
			snprintf(how, sizeof(how), "arena moved from CPU %u", cpu);
			moved_to(t, n, how);
		}
	}
	for (unsigned n = 0; n < t->nr_nodes; n++)
		if (!shape->node[t->nodes[n].os_index].mib)
			refused_on(t, n);
	topo_free(t);
}

/* What is there of the arena is on that node alone. */
static bool leaks_nothing(const struct topo_arena *a, unsigned os, char *line, size_t len)
{
	return !vm_numa_maps(a->addr, line, len) || !strstr(line, " N") ||
	       maps_agree(a->addr, os, line, len);
}

void vm_prove_full(const struct vm_shape *shape, int argc, char **argv)
{
	struct topo *t = load();
	char line[512] = "";

	(void)argc;
	(void)argv;
	for (unsigned n = 0; n < t->nr_nodes; n++) {
		unsigned os = t->nodes[n].os_index;
		struct topo_arena a;

		if (!shape->node[os].mib)
			continue;
		if (topo_map(&a, (shape->node[os].mib + 64) * VM_MIB, TOPO_HUGE_NO))
			vm_die("topo_map fails");
		topo_bind(t, &a, n);
		int rc = topo_populate(a.addr, a.len);

		vm_check(rc == -ENOMEM, rc ? strerror(-rc) : "it is populated",
			 "more than node %u holds is refused with ENOMEM", os);
		vm_check(leaks_nothing(&a, os, line, sizeof(line)), line,
			 "nothing of it leaks from node %u", os);
		topo_unmap(&a);
	}
	topo_free(t);
}

void vm_hold(const struct vm_shape *shape, int argc, char **argv)
{
	uint64_t set = 0;

	if (argc != 2 || !vm_list(argv[0], &set) || !set)
		vm_die("hold needs a node and the MiB that it leaves");
	unsigned os = (unsigned)__builtin_ctzll(set);
	struct topo *t = load();
	struct topo_arena a;

	for (unsigned n = 0; n < t->nr_nodes; n++) {
		uint64_t leave = strtoull(argv[1], NULL, 10) * VM_MIB;

		if (t->nodes[n].os_index != os || t->nodes[n].mem_bytes <= leave)
			continue;
		if (topo_map(&a, (size_t)(t->nodes[n].mem_bytes - leave), TOPO_HUGE_NO) ||
		    topo_bind(t, &a, n) != TOPO_BOUND || topo_populate(a.addr, a.len))
			vm_die("node %u cannot be filled", os);
		printf("held %zu MiB of node %u of %u\n", a.len / VM_MIB, os, shape->nr_nodes);
		fflush(stdout);
		while (getchar() != EOF)
			;
		topo_unmap(&a);
		topo_free(t);
		return;
	}
	vm_die("node %u has less than that", os);
}
