/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_COMPARE_H
#define HARNESS_CMD_COMPARE_H

#include "harness/opt.h"
#include "results/store.h"

#include <stdio.h>

extern const struct opt_cmd opt_compare;
int cmd_compare(int argc, char **argv);

/** compare_self_check - how often a run of a variant against itself raises an alarm; as below. */
int compare_self_check(const struct run_data *run, FILE *f);

/**
 * compare_print_run - the closing tables of a run: who is faster, shares by
 * path, who fragments less; the baseline is the manifest's
 * Return: EXIT_OK, or EXIT_FAILED after a message.
 */
int compare_print_run(const struct run_data *run, FILE *f);

#endif
