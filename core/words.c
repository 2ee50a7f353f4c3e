/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/words.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 63

/* Levenshtein's distance, one row at a time; words beyond WORD_MAX are cut. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], la = strnlen(a, WORD_MAX), lb = strnlen(b, WORD_MAX);

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

const char *pga_nearest(const char *word, const char *const *names, size_t nr)
{
	const char *near = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < nr; i++) {
		if (!names[i])
			continue;
		size_t d = edit_distance(word, names[i]);

		if (d < best) {
			best = d;
			near = names[i];
		}
	}
	return best <= (strlen(word) + 1) / 2 ? near : NULL;
}
