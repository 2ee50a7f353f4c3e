/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_KERNEL_FRAG_H
#define HARNESS_CMD_KERNEL_FRAG_H

#include "harness/opt.h"

extern const struct opt_cmd opt_kernel_frag;
int cmd_kernel_frag(int argc, char **argv);

#endif
