/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HARNESS_CMD_PLACES_H
#define HARNESS_CMD_PLACES_H

#include "harness/opt.h"

int cmd_places(int argc, char **argv);
extern const struct opt_cmd opt_places;

#endif
