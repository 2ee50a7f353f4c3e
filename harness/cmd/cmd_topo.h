/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_TOPO_H
#define HARNESS_CMD_TOPO_H

#include "harness/opt.h"

extern const struct opt_cmd opt_topo;
/** cmd_topo - show the machine, or a simulated one. */
int cmd_topo(int argc, char **argv);

#endif
