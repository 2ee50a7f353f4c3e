/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside of numa/: the loops that measure memory. */
#ifndef NUMA_CHASE_H
#define NUMA_CHASE_H

#include <stddef.h>
#include <stdint.h>

#define CHASE_LINE 64u /* bytes between two pointers */

/**
 * chase_link - make one random cycle over all lines of a buffer
 * @bytes: a multiple of CHASE_LINE, at most 256 GiB
 * @seed: of the permutation
 * Sattolo's algorithm: every cycle that visits all lines is equally likely.
 * Return: 0 or -ENOMEM (4 bytes for each line, for the time of the call).
 */
int chase_link(void *buffer, size_t bytes, uint64_t seed);

/** chase_walk - follow the cycle @steps times; where it ended. */
void *chase_walk(void *at, size_t steps);

/* Each moves through the buffer once; @bytes: a multiple of 256, 32-byte aligned. */
enum chase_move { CHASE_READ, CHASE_WRITE, CHASE_MIXED, CHASE_NR };
/** chase_stream - bytes loaded and stored by the program. */
uint64_t chase_stream(void *buffer, size_t bytes, enum chase_move move);

#endif
