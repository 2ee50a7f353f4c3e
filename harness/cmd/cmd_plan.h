/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_PLAN_H
#define HARNESS_CMD_PLAN_H

#include "harness/opt.h"

extern const struct opt_cmd opt_plan;
/**
 * cmd_plan - the cells of a matrix, their time and memory, what is skipped
 * Return: EXIT_OK; EXIT_FAILED when a cell needs more memory than there is, or
 * none can be run; EXIT_USAGE.
 */
int cmd_plan(int argc, char **argv);

#endif
