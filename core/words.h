/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the user: nearest valid name for a misspelt one. */
#ifndef CORE_WORDS_H
#define CORE_WORDS_H

#include <stddef.h>

/**
 * pga_nearest - the name with the smallest edit distance
 * @word: what the user wrote
 * @names: @nr valid names, NULL entries are skipped
 * Return: one of @names, or NULL when none is close (distance above half of
 * the word's length, rounded up).
 */
const char *pga_nearest(const char *word, const char *const *names, size_t nr);

#endif
