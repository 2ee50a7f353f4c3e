/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the METRIC lines: + - * / ( ), numbers, names. */
#ifndef HARNESS_COUNTER_FORMULA_H
#define HARNESS_COUNTER_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

/**
 * cnt_formula_name - finds the value of a name of @len bytes
 * NaN is a value: it makes the result NaN.  Return: false for an unknown name.
 */
typedef bool (*cnt_formula_name)(void *data, const char *name, size_t len, double *value);

/**
 * cnt_formula_eval - value of a formula
 * @out: NaN when an input is NaN or something is divided by zero
 * @col: on error, where in @text, from 1
 * Return: 0; -EINVAL for bad grammar, -ENOENT for an unknown name, with @err.
 * Pure; any thread.
 */
int cnt_formula_eval(const char *text, cnt_formula_name find, void *data, double *out,
		     unsigned *col, char *err, size_t len);

/** cnt_formula_is_name - can @word be used as a name? */
bool cnt_formula_is_name(const char *word);

#endif
