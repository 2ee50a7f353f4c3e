/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small tools of the owners: a spin lock that gives the core away after a
 * while, since its holder may share it, and seeded draws.
 */
#ifndef WORKLOADS_SPIN_H
#define WORKLOADS_SPIN_H

#include "core/lock.h"

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#define OWN_SPINS 256u /* polls before the core is given away */

struct own_spin {
	uint32_t held;
};

/* One more poll without success. */
static inline void own_spin_pause(unsigned *polls)
{
	if (++*polls % OWN_SPINS)
		pga_cpu_relax();
	else
		sched_yield();
}

static inline void own_spin_lock(struct own_spin *l)
{
	unsigned polls = 0;

	while (__atomic_exchange_n(&l->held, 1u, __ATOMIC_ACQUIRE))
		while (__atomic_load_n(&l->held, __ATOMIC_RELAXED))
			own_spin_pause(&polls);
}

static inline void own_spin_unlock(struct own_spin *l)
{
	__atomic_store_n(&l->held, 0u, __ATOMIC_RELEASE);
}

/** own_mix - a well-spread 64-bit value of x (the finaliser of splitmix64). */
static inline uint64_t own_mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/** own_draw - is number @nr of a seeded series among @ppm of a million? */
static inline bool own_draw(uint64_t seed, uint64_t nr, uint32_t ppm)
{
	return ppm && own_mix(seed + own_mix(nr)) % 1000000 < ppm;
}

#endif
