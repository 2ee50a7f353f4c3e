/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may touch a CPU's own lists: its driver while it runs, one drainer at a
 * time while it is parked.  The word changes by compare-and-swap, but for the
 * one who has the CPU, who stores.
 */
#ifndef CORE_CPUGATE_H
#define CORE_CPUGATE_H

#include "core/assert.h"
#include "core/atomic.h"
#include "core/lock.h"

enum pga_gate { PGA_GATE_PARKED, PGA_GATE_RUNNING, PGA_GATE_DRAINING };

static inline bool pga_gate_move(uint32_t *gate, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(gate, &from, to, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/** pga_gate_park - the driver leaves the CPU */
static inline void pga_gate_park(uint32_t *gate)
{
	pga_assert(1, pga_load(gate) == PGA_GATE_RUNNING);
	__atomic_store_n(gate, (uint32_t)PGA_GATE_PARKED, __ATOMIC_RELEASE);
}

/** pga_gate_unpark - drive the CPU; waits only for a drain that is already under way */
static inline void pga_gate_unpark(uint32_t *gate)
{
	while (!pga_gate_move(gate, PGA_GATE_PARKED, PGA_GATE_RUNNING))
		pga_cpu_relax();
}

/** pga_gate_take - drain a parked CPU. Return: may the caller? It calls pga_gate_leave() then */
static inline bool pga_gate_take(uint32_t *gate)
{
	return pga_gate_move(gate, PGA_GATE_PARKED, PGA_GATE_DRAINING);
}

static inline void pga_gate_leave(uint32_t *gate)
{
	__atomic_store_n(gate, (uint32_t)PGA_GATE_PARKED, __ATOMIC_RELEASE);
}

#endif
