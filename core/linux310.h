/* SPDX-License-Identifier: GPL-2.0-only */
/* The page allocator of Linux 3.10: list buddies by mobility, zones, per-CPU pages. */
#ifndef CORE_LINUX310_H
#define CORE_LINUX310_H

#include "core/pga.h"

extern const struct pga_ops pga_linux310;

#endif
