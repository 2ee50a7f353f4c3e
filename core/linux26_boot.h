/* SPDX-License-Identifier: GPL-2.0-only */
/* linux-2.6.9: how memory reaches the allocator at boot. */
#ifndef CORE_LINUX26_BOOT_H
#define CORE_LINUX26_BOOT_H

#include "core/linux26_int.h"

/**
 * l26_boot - free what boot hands over, as the boot-time allocator does
 * Through the ordinary way, on CPU 0; each block is told as mm_page_free.
 */
void l26_boot(struct pga *self);

#endif
