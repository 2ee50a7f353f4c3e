/* SPDX-License-Identifier: GPL-2.0-only */
/* Where memory lies, as the kernel sees it. */
#include "numa/backend.h"

#include <errno.h>
#include <numaif.h>
#include <string.h>
#include <unistd.h>

#define BATCH 256u /* pages asked about in one call */

static void count(const struct topo *t, struct topo_proof *proof, const int *status, unsigned nr)
{
	int want = (int)t->nodes[proof->asked].os_index;

	for (unsigned i = 0; i < nr; i++) {
		if (status[i] == want)
			proof->on_node++;
		else if (status[i] >= 0)
			proof->elsewhere++;
		else
			proof->absent++; /* -ENOENT untouched, -EFAULT zero page or no mapping */
	}
	proof->sampled += nr;
}

void topo_prove(const struct topo *t, const void *addr, size_t len, unsigned node, unsigned samples,
		struct topo_proof *proof)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), first = (size_t)addr / page;
	size_t nr_pages = len ? ((size_t)addr + len - 1) / page - first + 1 : 0;
	unsigned nr = samples < nr_pages ? samples : (unsigned)nr_pages;

	*proof = (struct topo_proof){ .asked = node, .simulated = t->simulated };
	if (t->simulated)
		return;
	if (node >= t->nr_nodes) {
		proof->err = EINVAL;
		return;
	}
	for (unsigned done = 0; done < nr;) {
		unsigned batch = nr - done < BATCH ? nr - done : BATCH;
		void *pages[BATCH];
		int status[BATCH];

		for (unsigned i = 0; i < batch; i++) {
			size_t index = (size_t)((__uint128_t)(done + i) * nr_pages / nr);

			pages[i] = (void *)((first + index) * page);
			status[i] = -ENOENT;
		}
		if (move_pages(0, batch, pages, NULL, status, 0) < 0) {
			proof->err = errno;
			return;
		}
		count(t, proof, status, batch);
		done += batch;
	}
}

/* The part of [start, end) that lies in the range. */
static size_t overlap(const void *addr, size_t len, size_t start, size_t end)
{
	size_t from = (size_t)addr, to = from + len;

	from = from > start ? from : start;
	to = to < end ? to : end;
	return from < to ? to - from : 0;
}

int64_t topo_huge_bytes(const void *addr, size_t len)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	size_t inside = 0;
	uint64_t total = 0, huge = 0;

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		unsigned long start, end, kib;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2) {
			total += huge < inside ? huge : inside;
			inside = overlap(addr, len, start, end);
			huge = 0;
		} else if (sscanf(line, "AnonHugePages: %lu kB", &kib) == 1 ||
			   sscanf(line, "Private_Hugetlb: %lu kB", &kib) == 1) {
			huge += kib * 1024;
		}
	}
	fclose(f);
	return (int64_t)(total + (huge < inside ? huge : inside));
}

bool topo_is_reserved(const void *addr)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long page = (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
	char line[512];
	bool inside = false, reserved = false;

	while (f && !reserved && fgets(line, sizeof(line), f)) {
		unsigned long start, end, kib;

		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			inside = overlap(addr, 1, start, end) > 0;
		else if (inside && sscanf(line, "KernelPageSize: %lu kB", &kib) == 1)
			reserved = kib > page;
	}
	if (f)
		fclose(f);
	return reserved;
}
