/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scenario files: what workloads/scenario.h plays, as text.  docs/MATRIX.md
 * describes them for users.
 *
 * Threads: one thread loads; what was loaded is constant.
 */
#ifndef HARNESS_SCENARIO_FILE_H
#define HARNESS_SCENARIO_FILE_H

#include "workloads/scenario.h"

#define SCENARIO_FILE_MAX (64u << 10) /* bytes */

/**
 * scenario_parse - from the text of a file
 * @s: all of it is written, except ops and what scn_make() derives
 * @path: for messages
 * @err: "FILE:LINE:COLUMN: key: value: what is wrong", with the nearest valid word
 * Return: 0; -EINVAL, -ENOMEM.
 */
int scenario_parse(struct scenario *s, const unsigned char *text, size_t size, const char *path,
		   char *err, size_t len);

/**
 * scenario_get - the workload that a file means
 * @name: as a matrix names it
 * @matrix: path of that matrix: the file is looked for in its folder, then in
 *          the folder "scenarios" beside that one
 * Each file is read once; what it means stays until the process ends.
 * Return: NULL with one line in @err.
 */
const struct wl_ops *scenario_get(const char *name, const char *matrix, char *err, size_t len);

#endif
