/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_DOCS_H
#define HARNESS_CMD_DOCS_H

#include "harness/opt.h"

extern const struct opt_cmd opt_docs;
int cmd_docs(int argc, char **argv);

#endif
