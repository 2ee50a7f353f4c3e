/* SPDX-License-Identifier: GPL-2.0-only */
/* The page allocator of Linux 2.4.0: bitmap buddies, three queues of cached pages. */
#ifndef CORE_LINUX24_H
#define CORE_LINUX24_H

#include "core/pga.h"

extern const struct pga_ops pga_linux24;

/**
 * pga_linux24_report - the free-area report: free memory, the queues, and for each
 * zone its free blocks by order, as text of several lines
 * @self: an instance of pga_linux24; any thread, exact only when quiet
 * @buf: gets the text, cut off at @len - 1 characters
 * Return: characters of the whole text.
 */
size_t pga_linux24_report(struct pga *self, char *buf, size_t len);

#endif
