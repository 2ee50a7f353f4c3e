/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench trace. */
#ifndef HARNESS_CMD_TRACE_H
#define HARNESS_CMD_TRACE_H

#include "harness/opt.h"

extern const struct opt_cmd opt_trace;
int cmd_trace(int argc, char **argv);

#endif
