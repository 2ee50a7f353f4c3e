/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_RUN_H
#define HARNESS_CMD_RUN_H

#include "harness/opt.h"

extern const struct opt_cmd opt_run;
/**
 * cmd_run - measure a matrix into a run directory
 * Return: EXIT_OK; EXIT_FAILED when a sample failed, none could be run, or the
 * results could not be stored; EXIT_USAGE; 128 + the number of the signal that
 * stopped it.
 */
int cmd_run(int argc, char **argv);

#endif
