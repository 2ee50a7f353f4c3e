/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of shapes, and questions to the kernel. */
#include "tests/vm/vm.h"

#include <numaif.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool vm_list(const char *text, uint64_t *set)
{
	*set = 0;
	if (!strcmp(text, "-"))
		return true;
	for (const char *at = text;; at++) {
		char *end;
		unsigned long first = strtoul(at, &end, 10), last = first;

		if (end == at)
			return false;
		at = end;
		if (*at == '-') {
			last = strtoul(at + 1, &end, 10);
			at = end;
		}
		if (last > 63 || first > last)
			return false;
		for (unsigned long i = first; i <= last; i++)
			*set |= 1ull << i;
		if (*at != ',')
			return *at == '\0';
	}
}

static bool add_node(struct vm_shape *shape, const char *cpus, unsigned mib, const char *dist)
{
	struct vm_node *n = &shape->node[shape->nr_nodes];
	const char *at = dist;

	if (shape->nr_nodes == VM_MAX_NODES || !vm_list(cpus, &n->cpus))
		return false;
	n->mib = mib;
	for (unsigned i = 0; i < VM_MAX_NODES; i++) {
		char *end;

		n->dist[i] = (unsigned)strtoul(at, &end, 10);
		if (*end != ',')
			break;
		at = end + 1;
	}
	shape->nr_nodes++;
	shape->nr_cpus += (unsigned)__builtin_popcountll(n->cpus);
	return true;
}

bool vm_shape_read(struct vm_shape *shape, const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	char line[256], of[32], cpus[32], dist[64];
	unsigned mib;

	*shape = (struct vm_shape){ 0 };
	while (f && fgets(line, sizeof(line), f)) {
		if (line[0] == '#' ||
		    sscanf(line, "%31s %31s %u %63s", of, cpus, &mib, dist) != 4 ||
		    strcmp(of, name) != 0)
			continue;
		if (!add_node(shape, cpus, mib, dist))
			vm_die("%s: cannot use: %s", path, line);
	}
	if (f)
		fclose(f);
	if (!shape->nr_nodes)
		vm_die("%s: no machine is called %s", path, name);
	return true;
}

unsigned vm_node_of(const struct vm_shape *shape, unsigned cpu)
{
	for (unsigned n = 0; n < shape->nr_nodes; n++)
		if (shape->node[n].cpus >> cpu & 1)
			return n;
	vm_die("the shape has no CPU %u", cpu);
}

uint64_t vm_with_memory(const struct vm_shape *shape)
{
	uint64_t set = 0;

	for (unsigned n = 0; n < shape->nr_nodes; n++)
		if (shape->node[n].mib)
			set |= 1ull << n;
	return set;
}

uint64_t vm_nearest(const struct vm_shape *shape, unsigned from, uint64_t allowed)
{
	unsigned best = 256;
	uint64_t set = 0;

	for (unsigned n = 0; n < shape->nr_nodes; n++) {
		unsigned far = shape->node[from].dist[n];

		if (!(allowed >> n & 1) || !shape->node[n].mib || far > best)
			continue;
		set = (far < best ? 0 : set) | 1ull << n;
		best = far;
	}
	return set;
}

void vm_run_on(unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		vm_die("sched_setaffinity to CPU %u is refused", cpu);
}

void vm_pages_count(const void *addr, size_t len, struct vm_pages *pages)
{
	*pages = (struct vm_pages){ 0 };
	for (size_t off = 0; off < len; off += VM_PAGE) {
		int node = -1;

		if (get_mempolicy(&node, NULL, 0, (char *)addr + off, MPOL_F_NODE | MPOL_F_ADDR) ||
		    node < 0 || node >= (int)VM_MAX_NODES)
			pages->nowhere++;
		else
			pages->on[node]++;
	}
}

const char *vm_pages_text(const struct vm_pages *pages)
{
	static char text[256];
	size_t at = (size_t)snprintf(text, sizeof(text), "pages");

	for (unsigned n = 0; n < VM_MAX_NODES; n++)
		if (pages->on[n])
			at += (size_t)snprintf(text + at, sizeof(text) - at, " node%u %llu", n,
					       (unsigned long long)pages->on[n]);
	snprintf(text + at, sizeof(text) - at, " nowhere %llu", (unsigned long long)pages->nowhere);
	return text;
}

bool vm_numa_maps(const void *addr, char *line, size_t len)
{
	FILE *f = fopen("/proc/self/numa_maps", "re");
	bool found = false;

	while (f && !found && fgets(line, (int)len, f))
		found = strtoull(line, NULL, 16) == (uintptr_t)addr;
	if (f)
		fclose(f);
	line[found ? strcspn(line, "\n") : 0] = '\0';
	return found;
}
