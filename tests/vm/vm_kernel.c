/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel: what the kernel's own policies do here, for comparison: interleaving
 * goes through the nodes in turn as zonebench's does, a preferred node that is
 * full spills to the nearest, preferred-many takes the nearest of its nodes.
 */
#include "tests/vm/vm.h"

#include <errno.h>
#include <numaif.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* Added in Linux 5.15. */
#ifndef MPOL_PREFERRED_MANY
#define MPOL_PREFERRED_MANY 5
#endif
#define MASK_BITS 64ul
#define RANGE (4 * VM_MIB)

static char *map(size_t len)
{
	void *addr = mmap(NULL, len, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == MAP_FAILED)
		vm_die("mmap of %zu bytes: %s", len, strerror(errno));
	return addr;
}

/* Small pages under a policy, all touched; NULL where the kernel lacks it. */
static char *touched(int mode, uint64_t nodes, size_t len)
{
	unsigned long mask = (unsigned long)nodes;
	char *addr = map(len);

	madvise(addr, len, MADV_NOHUGEPAGE);
	if (mbind(addr, len, mode, &mask, MASK_BITS, 0)) {
		munmap(addr, len);
		return NULL;
	}
	for (size_t off = 0; off < len; off += VM_PAGE)
		*(volatile char *)(addr + off) = 1;
	return addr;
}

static void interleaves(const struct vm_shape *shape)
{
	uint64_t nodes = vm_with_memory(shape);
	unsigned nr = (unsigned)__builtin_popcountll(nodes), out_of_turn = 0, before = 0;
	char *addr = touched(MPOL_INTERLEAVE, nodes, RANGE);
	struct vm_pages one;
	char text[64];

	if (!addr)
		vm_die("mbind refuses MPOL_INTERLEAVE");
	for (size_t off = 0; off < RANGE; off += VM_PAGE) {
		unsigned node = 0;

		vm_pages_count(addr + off, VM_PAGE, &one);
		while (node + 1 < shape->nr_nodes && !one.on[node])
			node++;
		uint64_t above = nodes & ~((2ull << before) - 1);

		if (off && node != (unsigned)__builtin_ctzll(above ? above : nodes))
			out_of_turn++;
		before = node;
	}
	snprintf(text, sizeof(text), "%u pages out of turn", out_of_turn);
	vm_check(!out_of_turn, text, "the kernel interleaves over %u nodes in turn, too", nr);
	munmap(addr, RANGE);
}

static void prefers_many(const struct vm_shape *shape, unsigned cpu, uint64_t nodes)
{
	uint64_t nearest = vm_nearest(shape, vm_node_of(shape, cpu), nodes);
	struct vm_pages pages;
	uint64_t good = 0;

	vm_run_on(cpu);
	char *addr = touched(MPOL_PREFERRED_MANY, nodes, RANGE);

	if (!addr) {
		vm_skip("this kernel lacks it", "preferred-many takes the nearest of its nodes");
		return;
	}
	vm_pages_count(addr, RANGE, &pages);
	for (unsigned n = 0; n < shape->nr_nodes; n++)
		good += nearest >> n & 1 ? pages.on[n] : 0;
	vm_check(good == RANGE / VM_PAGE, vm_pages_text(&pages),
		 "preferred-many of %#llx from CPU %u takes the nearest", (unsigned long long)nodes,
		 cpu);
	munmap(addr, RANGE);
}

/* Fill the smallest node and 32 MiB more: the rest must come from the nearest. */
static void spills(const struct vm_shape *shape)
{
	uint64_t members = vm_with_memory(shape), elsewhere = 0, nearest;
	unsigned node = (unsigned)__builtin_ctzll(members);
	struct vm_pages pages;

	for (unsigned n = 0; n < shape->nr_nodes; n++)
		if (shape->node[n].mib && shape->node[n].mib <= shape->node[node].mib)
			node = n;
	size_t len = (shape->node[node].mib + 32) * VM_MIB;
	char *addr = touched(MPOL_PREFERRED, 1ull << node, len);

	if (!addr)
		vm_die("mbind refuses MPOL_PREFERRED");
	vm_pages_count(addr, len, &pages);
	nearest = vm_nearest(shape, node, members & ~(1ull << node));
	for (unsigned n = 0; n < shape->nr_nodes; n++)
		elsewhere += n != node && !(nearest >> n & 1) ? pages.on[n] : 0;
	vm_check(pages.on[node] > len / VM_PAGE / 2 && pages.on[node] < len / VM_PAGE &&
			 !elsewhere && !pages.nowhere,
		 vm_pages_text(&pages), "the kernel spills from node %u to the nearest, too", node);
	munmap(addr, len);
}

void vm_prove_kernel(const struct vm_shape *shape, int argc, char **argv)
{
	uint64_t members = vm_with_memory(shape);

	(void)argc;
	(void)argv;
	interleaves(shape);
	for (unsigned cpu = 0; cpu < shape->nr_cpus; cpu++) {
		prefers_many(shape, cpu, members);
		prefers_many(shape, cpu, members & (members - 1));
	}
	spills(shape);
}
