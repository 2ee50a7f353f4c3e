/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that fits a screen. */
#ifndef RESULTS_FOLD_H
#define RESULTS_FOLD_H

#include <stdio.h>

/**
 * fold_text - print @text with its line feeds, longer lines broken at blanks
 * @width: columns of the screen, 0 = no limit; a word that is longer stays whole
 * @used: columns that the first line has already
 * @indent: blanks before each line that a break begins
 */
void fold_text(const char *text, unsigned width, unsigned used, unsigned indent, FILE *f);

#endif
