/* SPDX-License-Identifier: GPL-2.0-only */
/* Arenas: bound, populated and proven, and every refusal on the way. */
#include "numa/topo.h"
#include "tests/support/t_deny.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define PAGES 64u
#define LEN (PAGES * 4096ul)

static struct topo *topo;

static void load(const char *spec)
{
	char err[512];

	cr_assert_eq(topo_load(&topo, spec, NULL, err, sizeof(err)), 0, "%s", err);
}

static void setup(void)
{
	load(NULL);
}

static void teardown(void)
{
	topo_free(topo);
}

/* Ends the test as skipped where this machine refuses what it is about. */
static void need_binding(void)
{
	struct topo_abilities able;

	topo_try(topo, &able);
	if (!able.bind_proven)
		cr_skip_test("this machine does not bind or prove: %s",
			     strerror(able.bind ? able.bind : able.prove));
}

static void need_filter(const char *spec)
{
	char err[256];

	if (t_deny(spec, err, sizeof(err)))
		cr_skip_test("%s", err);
}

static struct topo_arena map(size_t len, enum topo_huge huge)
{
	struct topo_arena a;

	cr_assert_eq(topo_map(&a, len, huge), 0);
	return a;
}

static struct topo_proof prove(const struct topo_arena *a, unsigned node, unsigned samples)
{
	struct topo_proof p;

	topo_prove(topo, a->addr, a->len, node, samples, &p);
	return p;
}

TestSuite(arena, .init = setup, .fini = teardown);

Test(arena, bound_and_proven)
{
	need_binding();
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);
	struct topo_proof p;

	cr_assert_eq(topo_bind(topo, &a, 0), TOPO_BOUND);
	cr_assert_eq(a.node, 0);
	p = prove(&a, 0, 1000);
	cr_assert_eq(p.sampled, PAGES, "untouched: %u", p.sampled);
	cr_assert_eq(p.absent, PAGES);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	p = prove(&a, 0, 1000);
	cr_assert_eq(p.err, 0);
	cr_assert_eq(p.on_node, PAGES);
	cr_assert_eq(p.absent + p.elsewhere, 0);
	p = prove(&a, 0, 7);
	cr_assert_eq(p.sampled, 7);
	cr_assert_eq(p.on_node, 7);
	topo_unmap(&a);
	cr_assert_null(a.addr);
}

/* Samples must reach both ends: one page at each end, none between. */
Test(arena, samples_are_spread)
{
	need_binding();
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);
	char *addr = a.addr;

	addr[0] = addr[LEN / 2] = 1;
	struct topo_proof p = prove(&a, 0, 2);

	cr_assert_eq(p.on_node, 2);
	topo_unmap(&a);
}

Test(arena, many_samples)
{
	need_binding();
	struct topo_arena a = map(4 * MIB, TOPO_HUGE_NO);

	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	struct topo_proof p = prove(&a, 0, 1000);

	cr_assert_eq(p.sampled, 1000);
	cr_assert_eq(p.absent, 0);
	topo_unmap(&a);
}

/* As if the memory had been asked for on another node than where it went. */
Test(arena, the_wrong_node_is_noticed)
{
	need_binding();
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);

	cr_assert_eq(topo_bind(topo, &a, 0), TOPO_BOUND);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	topo->nodes[0].os_index += 7;
	struct topo_proof p = prove(&a, 0, PAGES);

	cr_assert_eq(p.on_node, 0);
	cr_assert_eq(p.elsewhere, PAGES);
	topo_unmap(&a);
}

Test(arena, a_node_that_does_not_exist)
{
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);

	cr_assert_eq(topo_bind(topo, &a, topo->nr_nodes), TOPO_UNBOUND);
	cr_assert_eq(a.bind_errno, EINVAL);
	cr_assert_eq(prove(&a, topo->nr_nodes, 4).err, EINVAL);
	/* One that the kernel itself does not know. */
	topo->nodes[0].os_index = TOPO_MAX_NODES - 1;
	cr_assert_eq(topo_bind(topo, &a, 0), TOPO_UNBOUND);
	cr_assert_neq(a.bind_errno, 0);
	topo->nodes[0].os_index = TOPO_MAX_NODES;
	cr_assert_eq(topo_bind(topo, &a, 0), TOPO_UNBOUND);
	cr_assert_eq(a.bind_errno, EINVAL);
	topo_unmap(&a);
}

/* The binding must be strict: the kernel's own record of the policy says so. */
Test(arena, no_fallback)
{
	need_binding();
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);
	char line[512], want[32];
	bool found = false;

	topo_bind(topo, &a, 0);
	*(char *)a.addr = 1;
	FILE *f = fopen("/proc/self/numa_maps", "r");

	if (!f)
		cr_skip_test("no /proc/self/numa_maps");
	snprintf(want, sizeof(want), "%lx bind:%u ", (unsigned long)a.addr,
		 topo->nodes[0].os_index);
	while (fgets(line, sizeof(line), f))
		found = found || !strncmp(line, want, strlen(want));
	fclose(f);
	cr_assert(found, "no line '%s'", want);
	topo_unmap(&a);
}

Test(arena, parts_are_bound_apart)
{
	need_binding();
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);
	int why = -1;

	cr_assert_eq(topo_bind_range(topo, (char *)a.addr + 4096, 8192, 0, &why), TOPO_BOUND);
	cr_assert_eq(why, 0);
	cr_assert_eq(topo_bind_range(topo, a.addr, 4096, 0, NULL), TOPO_BOUND);
	cr_assert_eq(topo_bind_range(topo, (char *)a.addr + 1, 4096, 0, &why), TOPO_UNBOUND);
	cr_assert_eq(why, EINVAL);
	topo_unmap(&a);
}

Test(arena, lengths)
{
	struct topo_arena a;

	cr_assert_eq(topo_map(&a, 0, TOPO_HUGE_NO), -EINVAL);
	cr_assert_eq(topo_map(&a, SIZE_MAX, TOPO_HUGE_2M), -EINVAL);
	cr_assert_lt(topo_map(&a, SIZE_MAX / 8, TOPO_HUGE_NO), 0);
	cr_assert_null(a.addr);
	cr_assert_eq(topo_map(&a, 1, TOPO_HUGE_NO), 0);
	cr_assert_eq(a.len, 4096);
	cr_assert_eq(a.huge, TOPO_HUGE_NO);
	topo_unmap(&a);
}

Test(arena, populate_keeps_contents)
{
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);
	char *addr = a.addr;

	memset(addr + 4096, 0x5a, 4096);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	cr_assert_eq(addr[4096], 0x5a);
	cr_assert_eq(addr[8191], 0x5a);
	cr_assert_eq(addr[0], 0);
	cr_assert_eq(topo_populate(a.addr, a.len - 1), -EINVAL);
	cr_assert_eq(topo_populate(addr + 1, 4096), -EINVAL);
	topo_unmap(&a);
}

/* Far more than the machine has: refused at once, and this process lives. */
Test(arena, populate_refuses_what_does_not_fit)
{
	struct topo_arena a;

	if (topo_map(&a, (size_t)1 << 42, TOPO_HUGE_NO))
		cr_skip_test("4 TiB of address space are not to be had here");
	cr_assert_eq(topo_populate(a.addr, a.len), -ENOMEM);
	cr_assert_eq(prove(&a, 0, 16).on_node, 0);
	cr_assert_eq(topo_populate(a.addr, 4096), 0);
	munmap(a.addr, a.len);
	cr_assert_eq(topo_populate(a.addr, 4096), -ENOMEM);
}

Test(arena, huge_pages_by_what_came)
{
	struct topo_arena a = map(8 * MIB + 1, TOPO_HUGE_2M);

	cr_assert(a.huge == TOPO_HUGE_2M || a.huge == TOPO_HUGE_NO);
	cr_assert_geq(a.len, 8 * MIB + 1);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	int64_t huge = topo_huge_bytes(a.addr, a.len);

	cr_assert_geq(huge, 0);
	if (a.huge == TOPO_HUGE_2M) {
		cr_assert_eq((size_t)a.addr % (2 * MIB), 0);
		cr_assert_eq(a.len, 10 * MIB);
	} else {
		cr_assert_eq(huge, 0);
	}
	if (a.huge == TOPO_HUGE_2M && !a.advised)
		cr_assert_eq((size_t)huge, a.len);
	topo_unmap(&a);
}

Test(arena, advised_pages_are_never_reserved_ones)
{
	struct topo_arena a;

	cr_assert_eq(topo_map_advised(&a, 0), -EINVAL);
	cr_assert_eq(topo_map_advised(&a, 8 * MIB + 1), 0);
	cr_assert_eq(a.huge, a.advised ? TOPO_HUGE_2M : TOPO_HUGE_NO);
	cr_assert_geq(a.len, 8 * MIB + 1);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	if (!a.advised)
		cr_assert_eq(topo_huge_bytes(a.addr, a.len), 0);
	topo_unmap(&a);
}

Test(arena, no_huge_pages_when_none_are_asked)
{
	struct topo_arena a = map(8 * MIB, TOPO_HUGE_NO);

	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	cr_assert_eq(topo_huge_bytes(a.addr, a.len), 0);
	topo_unmap(&a);
}

static size_t unit_of(enum topo_huge huge)
{
	return huge == TOPO_HUGE_1G ? 1024 * MIB : huge == TOPO_HUGE_2M ? 2 * MIB : 4096;
}

/* Pages that the kernel's pool of this size has, or may add to it. */
static unsigned long reserved_pages(enum topo_huge huge)
{
	static const char *const files[] = { "free_hugepages", "nr_overcommit_hugepages" };
	unsigned long sum = 0, value;
	char path[128];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%zukB/%s",
			 unit_of(huge) / 1024, files[i]);
		FILE *f = fopen(path, "re");

		if (f && fscanf(f, "%lu", &value) == 1)
			sum += value;
		if (f)
			fclose(f);
	}
	return sum;
}

static bool transparent_offered(void)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	char text[128] = "[never]";

	if (f && !fgets(text, sizeof(text), f))
		snprintf(text, sizeof(text), "[never]");
	if (f)
		fclose(f);
	return !strstr(text, "[never]");
}

/* What came is said, begins on its boundary, and is memory. */
static void is_sound(struct topo_arena *a, size_t len)
{
	char *addr = a->addr;

	cr_assert_eq((size_t)addr % unit_of(a->huge), 0);
	cr_assert_eq(a->len, (len + unit_of(a->huge) - 1) / unit_of(a->huge) * unit_of(a->huge));
	if (a->huge == TOPO_HUGE_1G)
		return; /* a GiB is not taken from those who reserved it */
	cr_assert_eq(topo_populate(addr, a->len), 0);
	memset(addr, 0x5a, a->len);
	cr_assert_eq(addr[a->len - 1], 0x5a);
	int64_t huge = topo_huge_bytes(addr, a->len);

	cr_assert_geq(huge, 0);
	if (a->huge == TOPO_HUGE_NO)
		cr_assert_eq(huge, 0);
	else if (!a->advised)
		cr_assert_eq((size_t)huge, a->len);
}

/* Pages that nobody reserved do not come: the next smaller ones, or transparent ones do. */
Test(arena, huge_falls_back)
{
	static const size_t lengths[] = { 1, MIB, 6 * MIB + 1 };

	for (enum topo_huge asked = TOPO_HUGE_2M; asked <= TOPO_HUGE_1G; asked++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
			enum topo_huge most = asked;

			while (most > TOPO_HUGE_NO && !reserved_pages(most))
				most--;
			struct topo_arena a = map(lengths[i], asked);

			if (!a.advised)
				cr_assert_leq(a.huge, most);
			if (most == TOPO_HUGE_NO) {
				cr_assert_eq(a.advised, transparent_offered());
				cr_assert_eq(a.huge, a.advised ? TOPO_HUGE_2M : TOPO_HUGE_NO);
			}
			is_sound(&a, lengths[i]);
			topo_unmap(&a);
		}
}

/* The end of the line: no reserved ones, and advice is refused. */
Test(arena, huge_falls_back_to_small_pages)
{
	if (reserved_pages(TOPO_HUGE_2M) || reserved_pages(TOPO_HUGE_1G))
		cr_skip_test("huge pages are reserved here");
	need_filter("madvise:EINVAL");
	for (enum topo_huge asked = TOPO_HUGE_2M; asked <= TOPO_HUGE_1G; asked++) {
		struct topo_arena a = map(6 * MIB + 1, asked);

		cr_assert_eq(a.huge, TOPO_HUGE_NO);
		cr_assert(!a.advised);
		is_sound(&a, 6 * MIB + 1);
		topo_unmap(&a);
	}
}

static uint64_t resident_pages(void)
{
	unsigned long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	cr_assert(f && fscanf(f, "%lu %lu", &size, &resident) == 2);
	fclose(f);
	return resident;
}

/* Twice what the machine can give is address space alone, until it is touched. */
Test(arena, many_GiB_untouched)
{
	size_t len = (topo_spendable(NULL) / (1024 * MIB) + 16) * 2 * 1024 * MIB;
	uint64_t before = resident_pages();
	struct topo_arena a;

	if (topo_map(&a, len, TOPO_HUGE_NO))
		cr_skip_test("%zu GiB of address space are not to be had here", len / MIB / 1024);
	topo_bind(topo, &a, 0);
	cr_assert_eq(a.len, len);
	cr_assert_lt(resident_pages() - before, 256, "mapping and binding touch nothing");
	for (unsigned part = 0; part < 4; part++) {
		char *at = (char *)a.addr + len / 4 * part;

		cr_assert_eq(topo_populate(at, MIB), 0);
		at[MIB - 1] = 1;
	}
	cr_assert_geq(resident_pages() - before, 4 * MIB / 4096);
	cr_assert_lt(resident_pages() - before, 4 * MIB / 4096 + 512);
	topo_unmap(&a);
}

Test(arena, simulated_binds_nothing)
{
	topo_free(topo);
	load("synthetic:numa:4 core:1 pu:1");
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);

	cr_assert_eq(topo_bind(topo, &a, 3), TOPO_SIMULATED);
	cr_assert_eq(a.bind_errno, 0);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	struct topo_proof p = prove(&a, 3, PAGES);

	cr_assert(p.simulated);
	cr_assert_eq(p.sampled + p.on_node + p.elsewhere, 0);
	topo_unmap(&a);
}

static void check_refused_binding(const char *spec, int why)
{
	need_filter(spec);
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);

	cr_assert_eq(topo_bind(topo, &a, 0), TOPO_UNBOUND);
	cr_assert_eq(a.bind_errno, why);
	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	topo_unmap(&a);
}

Test(arena, mbind_eperm)
{
	check_refused_binding("mbind:EPERM", EPERM);
}

Test(arena, mbind_enosys)
{
	check_refused_binding("mbind:ENOSYS", ENOSYS);
}

Test(arena, mbind_einval)
{
	check_refused_binding("mbind:EINVAL", EINVAL);
}

static void check_refused_proof(const char *spec, int why)
{
	need_filter(spec);
	struct topo_arena a = map(LEN, TOPO_HUGE_NO);

	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	struct topo_proof p = prove(&a, 0, PAGES);

	cr_assert_eq(p.err, why);
	cr_assert_eq(p.on_node + p.elsewhere + p.absent, 0);
	topo_unmap(&a);
}

Test(arena, move_pages_eperm)
{
	check_refused_proof("move_pages:EPERM", EPERM);
}

Test(arena, move_pages_enosys)
{
	check_refused_proof("move_pages:ENOSYS", ENOSYS);
}

/* A kernel that cannot populate on request, and one that has no policies. */
Test(arena, populate_without_madvise)
{
	need_filter("madvise,get_mempolicy,set_mempolicy:EINVAL");
	struct topo_arena a = map(2 * MIB, TOPO_HUGE_NO);
	unsigned char present[512];
	unsigned nr = 0;

	cr_assert_eq(topo_populate(a.addr, a.len), 0);
	cr_assert_eq(mincore(a.addr, a.len, present), 0);
	for (unsigned i = 0; i < 512; i++)
		nr += present[i] & 1;
	cr_assert_eq(nr, 512);
	topo_unmap(&a);
}
