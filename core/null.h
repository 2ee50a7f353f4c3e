/* SPDX-License-Identifier: GPL-2.0-only */
/* The null mechanism: see core/null.c. */
#ifndef CORE_NULL_H
#define CORE_NULL_H

#include "core/pga.h"

extern const struct pga_ops pga_null;

#endif
