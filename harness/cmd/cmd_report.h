/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_REPORT_H
#define HARNESS_CMD_REPORT_H

#include "harness/opt.h"

extern const struct opt_cmd opt_report;
/** cmd_report - zonebench report RUN; an enum bench_exit. */
int cmd_report(int argc, char **argv);

#endif
