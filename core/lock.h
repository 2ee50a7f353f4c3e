/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A spin lock that waits on a plain load.  It is not fair: with tickets a
 * holder that the hypervisor has preempted stalls every later ticket too.
 */
#ifndef CORE_LOCK_H
#define CORE_LOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pga_lock {
	uint32_t held;
};

static inline void pga_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ __volatile__("yield");
#endif
}

static inline void pga_lock(struct pga_lock *l)
{
	while (__atomic_exchange_n(&l->held, 1u, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			pga_cpu_relax();
}

/** pga_trylock - take the lock unless somebody holds it. Return: is it taken now? */
static inline bool pga_trylock(struct pga_lock *l)
{
	return !__atomic_load_n(&l->held, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(&l->held, 1u, __ATOMIC_ACQUIRE);
}

static inline void pga_unlock(struct pga_lock *l)
{
	__atomic_store_n(&l->held, 0u, __ATOMIC_RELEASE);
}

#endif
