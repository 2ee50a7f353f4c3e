/* SPDX-License-Identifier: GPL-2.0-only */
/* The page allocator of Linux 2.6.9: bitmap buddies, zones with marks, hot and cold per-CPU lists.
 */
#ifndef CORE_LINUX26_H
#define CORE_LINUX26_H

#include "core/pga.h"

extern const struct pga_ops pga_linux26;

#endif
