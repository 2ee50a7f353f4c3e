/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench list. */
#ifndef HARNESS_CMD_LIST_H
#define HARNESS_CMD_LIST_H

#include "harness/opt.h"

extern const struct opt_cmd opt_list;

/** cmd_list - see opt_list; returns enum bench_exit. */
int cmd_list(int argc, char **argv);

#endif
