/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_VERIFY_H
#define HARNESS_CMD_VERIFY_H

#include "harness/opt.h"

extern const struct opt_cmd opt_verify;
int cmd_verify(int argc, char **argv);

#endif
