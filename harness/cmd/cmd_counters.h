/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench counters. */
#ifndef HARNESS_CMD_COUNTERS_H
#define HARNESS_CMD_COUNTERS_H

#include "harness/opt.h"

extern const struct opt_cmd opt_counters;

/** cmd_counters - see opt_counters; returns enum bench_exit. */
int cmd_counters(int argc, char **argv);

#endif
