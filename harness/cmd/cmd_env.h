/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_ENV_H
#define HARNESS_CMD_ENV_H

#include "harness/opt.h"

extern const struct opt_cmd opt_env;
int cmd_env(int argc, char **argv);

#endif
