/* SPDX-License-Identifier: GPL-2.0-only */
/* Address ranges: reserved, bound to a node, populated. */
#include "numa/backend.h"

#include <errno.h>
#include <linux/mman.h>
#include <numaif.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define WORD_BITS (8 * sizeof(unsigned long))
#define NODE_WORDS (TOPO_MAX_NODES / WORD_BITS)

/* Populating looks at the free memory before each step of this size, and not
   at all for less than 1 MiB, which the margin covers. */
#define STEP (64 * MIB)
/* Never touch the last of what is free: the kernel itself needs some. */
#define MARGIN (16 * MIB)

/* Added in Linux 5.14; older kernels answer EINVAL. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t round_up(size_t len, size_t unit)
{
	return (len + unit - 1) / unit * unit;
}

/* Reserved huge pages: the pool must hold them, or the mapping is refused. */
static void *map_reserved(size_t len, size_t unit)
{
	int size = __builtin_ctzl(unit) << MAP_HUGE_SHIFT;

	return mmap(NULL, round_up(len, unit), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size, -1, 0);
}

/* Ordinary pages, the range beginning on a multiple of unit. */
static void *map_aligned(size_t len, size_t unit)
{
	size_t extra = unit - page_size();
	char *addr = mmap(NULL, len + extra, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (addr == MAP_FAILED)
		return addr;
	size_t before = (unit - (size_t)addr % unit) % unit;

	if (before)
		munmap(addr, before);
	if (extra - before)
		munmap(addr + before + len, extra - before);
	return addr + before;
}

/* Whether this kernel hands out transparent huge pages on advice. */
static bool thp_offered(void)
{
	char text[128];

	return topo_read_file("", "/sys/kernel/mm/transparent_hugepage/enabled", text,
			      sizeof(text)) > 0 &&
	       !strstr(text, "[never]");
}

static int map_transparent(struct topo_arena *a, size_t len)
{
	size_t unit = 2 * MIB, whole = round_up(len, unit);
	void *addr = thp_offered() ? map_aligned(whole, unit) : MAP_FAILED;

	if (addr == MAP_FAILED)
		return -ENOMEM;
	if (madvise(addr, whole, MADV_HUGEPAGE)) {
		munmap(addr, whole);
		return -ENOMEM;
	}
	a->addr = addr;
	a->len = whole;
	a->huge = TOPO_HUGE_2M;
	a->advised = true;
	return 0;
}

static int map_small(struct topo_arena *a, size_t len)
{
	size_t whole = round_up(len, page_size());
	void *addr = map_aligned(whole, page_size());

	if (addr == MAP_FAILED)
		return -errno;
	/* Refused only by kernels without huge pages. */
	madvise(addr, whole, MADV_NOHUGEPAGE);
	a->addr = addr;
	a->len = whole;
	return 0;
}

int topo_map(struct topo_arena *a, size_t len, enum topo_huge huge)
{
	static const size_t units[] = { [TOPO_HUGE_2M] = 2 * MIB, [TOPO_HUGE_1G] = 1024 * MIB };

	*a = (struct topo_arena){ .node = -1, .bind = TOPO_UNBOUND };
	if (!len || len > SIZE_MAX / 4)
		return -EINVAL;
	for (enum topo_huge try = huge; try > TOPO_HUGE_NO; try--) {
		void *addr = map_reserved(len, units[try]);

		if (addr == MAP_FAILED)
			continue;
		a->addr = addr;
		a->len = round_up(len, units[try]);
		a->huge = try;
		return 0;
	}
	if (huge != TOPO_HUGE_NO && !map_transparent(a, len))
		return 0;
	return map_small(a, len);
}

int topo_map_advised(struct topo_arena *a, size_t len)
{
	*a = (struct topo_arena){ .node = -1, .bind = TOPO_UNBOUND };
	if (!len || len > SIZE_MAX / 4)
		return -EINVAL;
	return map_transparent(a, len) ? map_small(a, len) : 0;
}

void topo_unmap(struct topo_arena *a)
{
	if (a->addr)
		munmap(a->addr, a->len);
	a->addr = NULL;
	a->len = 0;
}

enum topo_bind topo_bind_range(const struct topo *t, void *addr, size_t len, unsigned node,
			       int *why)
{
	unsigned long mask[NODE_WORDS] = { 0 };
	int unused = 0;

	why = why ? why : &unused;
	*why = 0;
	if (t->simulated)
		return TOPO_SIMULATED;
	*why = node < t->nr_nodes ? t->priv->bind_refused : EINVAL;
	if (*why)
		return TOPO_UNBOUND;
	unsigned os = t->nodes[node].os_index;

	if (os >= TOPO_MAX_NODES) {
		*why = EINVAL;
		return TOPO_UNBOUND;
	}
	mask[os / WORD_BITS] |= 1ul << os % WORD_BITS;
	/* The kernel reads one bit less than it is told. */
	if (mbind(addr, len, MPOL_BIND, mask, os + 2ul, MPOL_MF_MOVE | MPOL_MF_STRICT)) {
		*why = errno;
		return TOPO_UNBOUND;
	}
	return TOPO_BOUND;
}

enum topo_bind topo_bind(const struct topo *t, struct topo_arena *a, unsigned node)
{
	a->node = (int)node;
	a->bind = topo_bind_range(t, a->addr, a->len, node, &a->bind_errno);
	return a->bind;
}

/* Bytes of at most STEP that have no memory yet; all when mincore fails. */
static size_t bytes_absent(char *addr, size_t len)
{
	size_t page = page_size(), nr = len / page, absent = 0;
	unsigned char *present = malloc(nr);

	if (!present || mincore(addr, len, present)) {
		free(present);
		return len;
	}
	for (size_t i = 0; i < nr; i++)
		absent += !(present[i] & 1);
	free(present);
	return absent * page;
}

/*
 * Can a range be had without waking the out-of-memory killer?  The policy of
 * its first page stands for all of it.  Reserved huge pages are set aside
 * already, whatever is free.
 */
static bool fits(char *addr, size_t len)
{
	unsigned long nodes[NODE_WORDS] = { 0 };
	int mode = MPOL_DEFAULT;
	bool bound = !get_mempolicy(&mode, nodes, TOPO_MAX_NODES, addr, MPOL_F_ADDR) &&
		     mode == MPOL_BIND;
	uint64_t there = topo_touchable(nodes, bound ? NODE_WORDS : 0), need = MARGIN;

	for (size_t off = 0; off < len && need <= there; off += STEP)
		need += bytes_absent(addr + off, len - off < STEP ? len - off : STEP);
	return need <= there || need == MARGIN || topo_is_reserved(addr);
}

/* A write that changes nothing, whoever else writes. */
static void touch(char *addr, size_t len)
{
	for (size_t off = 0; off < len; off += page_size())
		__atomic_fetch_or(addr + off, 0, __ATOMIC_RELAXED);
}

static int populate_step(char *addr, size_t len)
{
	int rc;

	do {
		rc = madvise(addr, len, MADV_POPULATE_WRITE);
	} while (rc && (errno == EAGAIN || errno == EINTR));
	if (!rc)
		return 0;
	if (errno == EFAULT)
		return -ENOMEM; /* the pool of huge pages is empty on this node */
	if (errno != EINVAL && errno != ENOSYS && errno != EPERM)
		return -errno;
	touch(addr, len);
	return 0;
}

/* Whether the whole range is mapped: touching a hole would kill the process. */
static bool is_mapped(void *addr, size_t len)
{
	return !madvise(addr, len, MADV_NORMAL) || errno != ENOMEM;
}

int topo_populate(void *addr, size_t len)
{
	char *at = addr;

	if ((size_t)at % page_size() || len % page_size())
		return -EINVAL;
	if (len && !is_mapped(addr, len))
		return -ENOMEM;
	if (len >= MIB && !fits(at, len))
		return -ENOMEM;
	/* Others take memory too: look again before each further step. */
	for (size_t step; len; at += step, len -= step) {
		step = len < STEP ? len : STEP;
		if (at != addr && !fits(at, step))
			return -ENOMEM;
		int rc = populate_step(at, step);

		if (rc)
			return rc;
	}
	return 0;
}
