/* SPDX-License-Identifier: GPL-2.0-only */
/* A barrier and a gate on futexes. */
#include "harness/engine/engine_barrier.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS 20000u

static void sleep_while(_Atomic uint32_t *word, uint32_t value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}

void eng_barrier_init(struct eng_barrier *b, unsigned nr, bool may_spin)
{
	b->nr = nr;
	b->spins = may_spin ? SPINS : 0;
	atomic_init(&b->arrived, 0);
	atomic_init(&b->sleepers, 0);
	atomic_init(&b->generation, 0);
}

/*
 * A sleeper announces itself before the kernel compares the generation, and
 * the last one moves the generation before it looks for sleepers: one of the
 * two sees the other.
 */
void eng_barrier_wait(struct eng_barrier *b)
{
	uint32_t generation = atomic_load(&b->generation);

	if (atomic_fetch_add(&b->arrived, 1) + 1 == b->nr) {
		atomic_store(&b->arrived, 0);
		atomic_fetch_add(&b->generation, 1);
		if (atomic_load(&b->sleepers))
			wake_all(&b->generation);
		return;
	}
	for (unsigned i = 0; i < b->spins; i++) {
		if (atomic_load_explicit(&b->generation, memory_order_acquire) != generation)
			return;
		relax();
	}
	atomic_fetch_add(&b->sleepers, 1);
	while (atomic_load(&b->generation) == generation)
		sleep_while(&b->generation, generation);
	atomic_fetch_sub(&b->sleepers, 1);
}

uint32_t eng_gate_wait(struct eng_gate *g)
{
	uint32_t state;

	while (!(state = atomic_load(&g->state)))
		sleep_while(&g->state, 0);
	return state;
}

void eng_gate_open(struct eng_gate *g, uint32_t state)
{
	atomic_store(&g->state, state);
	wake_all(&g->state);
}
