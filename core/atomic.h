/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Relaxed atomic accesses: no ordering, no tearing, and no cost over a plain
 * access.  pga_add is a load and a store, for words with one writer at a time.
 */
#ifndef CORE_ATOMIC_H
#define CORE_ATOMIC_H

#define PGA_LINE 64u /* bytes that travel together between CPUs */
#define PGA_LINE_ALIGNED __attribute__((aligned(PGA_LINE)))

#define pga_likely(x) __builtin_expect(!!(x), 1)
#define pga_unlikely(x) __builtin_expect(!!(x), 0)

#define pga_load(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define pga_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define pga_add(p, n) pga_store((p), pga_load(p) + (n))

#endif
