/* SPDX-License-Identifier: GPL-2.0-only */
/* Threads on CPUs: binding, and what the kernel says happened. */
#include "numa/backend.h"

#include <errno.h>
#include <sched.h>
#include <sys/resource.h>

#define MASK_CPUS 65536u /* above any kernel's NR_CPUS */
#define SCHED_MAX 8192	 /* /proc/thread-self/sched is about 2 KiB */

/* The real CPU behind a logical one, -1 if there is none. */
static int real_cpu(const struct topo *t, unsigned cpu)
{
	const struct topo_priv *p = t->priv;

	if (cpu >= t->nr_cpus)
		return -1;
	return (int)(t->simulated ? p->real_cpus[cpu % p->nr_real] : t->cpus[cpu].os_index);
}

static int pin_raw(unsigned os)
{
	size_t size = CPU_ALLOC_SIZE(MASK_CPUS);
	cpu_set_t *mask = CPU_ALLOC(MASK_CPUS);
	int rc = 0;

	if (!mask)
		return -ENOMEM;
	CPU_ZERO_S(size, mask);
	CPU_SET_S(os, size, mask);
	if (sched_setaffinity(0, size, mask))
		rc = -errno;
	CPU_FREE(mask);
	return rc;
}

static int pin_hwloc(hwloc_topology_t machine, unsigned os)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int rc = 0;

	if (!set || hwloc_bitmap_only(set, os))
		rc = -ENOMEM;
	else if (hwloc_set_cpubind(machine, set, HWLOC_CPUBIND_THREAD))
		rc = errno ? -errno : -EIO;
	hwloc_bitmap_free(set);
	return rc;
}

/* May the calling thread run on that CPU and on no other?  -1: the kernel does not say. */
static int pinned_to(int os)
{
	size_t size = CPU_ALLOC_SIZE(MASK_CPUS);
	cpu_set_t *mask = CPU_ALLOC(MASK_CPUS);
	int only = -1;

	if (!mask)
		return -1;
	CPU_ZERO_S(size, mask);
	if (os >= 0 && !sched_getaffinity(0, size, mask))
		only = CPU_COUNT_S(size, mask) == 1 && CPU_ISSET_S((size_t)os, size, mask);
	CPU_FREE(mask);
	return only;
}

/* A refusal that was reported as success is one all the same. */
int topo_pin(const struct topo *t, unsigned cpu)
{
	int os = real_cpu(t, cpu), rc;

	if (os < 0)
		return -EINVAL;
	rc = t->priv->machine ? pin_hwloc(t->priv->machine, (unsigned)os) : pin_raw((unsigned)os);
	return !rc && !pinned_to(os) ? -EIO : rc;
}

/* Times the thread changed its CPU so far; -1 where the kernel does not count. */
static long count_migrations(void)
{
	char text[SCHED_MAX];
	uint64_t nr;

	if (topo_read_file("", "/proc/thread-self/sched", text, sizeof(text)) <= 0)
		return -1;
	/* The field was called se.statistics.nr_migrations before Linux 3.7. */
	if (!topo_file_value(text, "se.nr_migrations", &nr) &&
	    !topo_file_value(text, "nr_migrations", &nr))
		return -1;
	return (long)nr;
}

static long count_switches(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) ? -1 : usage.ru_nivcsw;
}

void topo_pin_begin(const struct topo *t, unsigned cpu, struct topo_pin_proof *p)
{
	int os = real_cpu(t, cpu);

	p->asked = pinned_to(os) == 1 ? os : -1;
	p->migrations_begin = count_migrations();
	p->switches_begin = count_switches();
	p->seen_begin = p->seen = sched_getcpu();
	p->migrations = p->switches = 0;
	p->moved = p->asked >= 0 && p->asked != p->seen;
}

static long grown(long begin, long end)
{
	return begin < 0 || end < 0 ? -1 : end - begin;
}

void topo_pin_end(struct topo_pin_proof *p)
{
	p->seen = sched_getcpu();
	p->switches = grown(p->switches_begin, count_switches());
	p->migrations = grown(p->migrations_begin, count_migrations());
	p->moved = p->moved || p->seen != p->seen_begin || p->migrations > 0;
}
