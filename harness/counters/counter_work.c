/* SPDX-License-Identifier: GPL-2.0-only */
/* Work whose counts are known in advance, to test counters with. */
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#define LINE 64u /* bytes */

/* What a fake backend is told that one unit of each kind of work takes. */
#define FAKE_PER_LINE 8u
#define FAKE_PER_PAGE 10000u

static void simulate(uint64_t instructions)
{
	const struct cnt_backend *b = cnt_backend();

	if (b && b->simulate)
		b->simulate(instructions);
}

void cnt_work_loop(uint64_t n)
{
	simulate(n * CNT_LOOP_INSTRUCTIONS);
#if defined(__x86_64__)
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n) : : "cc");
#elif defined(__aarch64__)
	__asm__ volatile("1: subs %0, %0, #1\n\tb.ne 1b" : "+r"(n) : : "cc");
#else
/* cppcheck-suppress preprocessorErrorDirective */
#error "write the loop of CNT_LOOP_INSTRUCTIONS for this architecture"
#endif
}

int cnt_work_walk(uint64_t lines)
{
	/* An odd factor visits each line of a power of two once, in an order
	   that a prefetcher does not follow. */
	uint64_t nr = 1;

	while (nr < lines)
		nr *= 2;
	volatile char *p = mmap(NULL, nr * LINE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	for (uint64_t i = 0; i < nr; i++)
		p[((i * 0x9e3779b1u) & (nr - 1)) * LINE]++;
	munmap((void *)(uintptr_t)p, nr * LINE);
	simulate(nr * FAKE_PER_LINE);
	return 0;
}

int cnt_work_touch(uint64_t pages)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *p = mmap(NULL, pages * page, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	/* A huge page would take all in one fault; kernels without them refuse
	   the advice, and need none. */
	(void)madvise((void *)(uintptr_t)p, pages * page, MADV_NOHUGEPAGE);
	for (uint64_t i = 0; i < pages; i++)
		p[i * page] = 1;
	munmap((void *)(uintptr_t)p, pages * page);
	simulate(pages * FAKE_PER_PAGE);
	return 0;
}
