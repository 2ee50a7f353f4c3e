/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_WATCH_H
#define HARNESS_CMD_WATCH_H

#include "harness/opt.h"

extern const struct opt_cmd opt_watch;
int cmd_watch(int argc, char **argv);

#endif
