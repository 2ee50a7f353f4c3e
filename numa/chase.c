/* SPDX-License-Identifier: GPL-2.0-only */
#include "numa/chase.h"

#include <errno.h>
#include <stdlib.h>

typedef uint64_t vec __attribute__((vector_size(32)));

#define BLOCK 8u /* vectors of one turn of the loops: 256 bytes */

/* Marsaglia's xorshift, 64 bits: good enough to defeat a prefetcher. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

int chase_link(void *buffer, size_t bytes, uint64_t seed)
{
	size_t nr = bytes / CHASE_LINE;
	uint32_t *order = malloc(nr * sizeof(*order));
	uint64_t state = seed * 0x9e3779b97f4a7c15u | 1;
	char *base = buffer;

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		order[i] = (uint32_t)i;
	for (size_t i = nr; i-- > 1;) {
		size_t j = next_random(&state) % i;
		uint32_t swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	for (size_t i = 0; i < nr; i++)
		*(void **)(base + i * CHASE_LINE) = base + (size_t)order[i] * CHASE_LINE;
	free(order);
	return 0;
}

void *chase_walk(void *at, size_t steps)
{
	while (steps--)
		at = *(void *volatile *)at;
	return at;
}

static void read_through(const vec *v, size_t nr)
{
	vec sum[BLOCK] = { { 0 } };

	for (size_t i = 0; i < nr; i += BLOCK)
		for (unsigned k = 0; k < BLOCK; k++)
			sum[k] += v[i + k];
	for (unsigned k = 0; k < BLOCK; k++)
		__asm__ volatile("" : : "m"(sum[k]));
}

static void write_through(vec *v, size_t nr)
{
	const vec value = { nr, nr, nr, nr };

	for (size_t i = 0; i < nr; i += BLOCK)
		for (unsigned k = 0; k < BLOCK; k++)
			v[i + k] = value;
	__asm__ volatile("" : : "r"(v) : "memory");
}

static void add_through(vec *v, size_t nr)
{
	for (size_t i = 0; i < nr; i += BLOCK)
		for (unsigned k = 0; k < BLOCK; k++)
			v[i + k] += 1;
	__asm__ volatile("" : : "r"(v) : "memory");
}

uint64_t chase_stream(void *buffer, size_t bytes, enum chase_move move)
{
	size_t nr = bytes / (BLOCK * sizeof(vec)) * BLOCK;

	switch (move) {
	case CHASE_READ:
		read_through(buffer, nr);
		break;
	case CHASE_WRITE:
		write_through(buffer, nr);
		break;
	case CHASE_MIXED:
	case CHASE_NR:
		add_through(buffer, nr);
		break;
	}
	return nr * sizeof(vec) * (move == CHASE_MIXED ? 2 : 1);
}
