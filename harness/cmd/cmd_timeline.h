/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_TIMELINE_H
#define HARNESS_CMD_TIMELINE_H

#include "harness/opt.h"

extern const struct opt_cmd opt_timeline;
int cmd_timeline(int argc, char **argv);

#endif
