/* SPDX-License-Identifier: GPL-2.0-only */
/* Manual pages, from the tables of commands and options. */
#ifndef HARNESS_DOCS_MAN_H
#define HARNESS_DOCS_MAN_H

#include <stddef.h>

/**
 * docs_man - write zonebench.1 and a zonebench-COMMAND.1 for each command
 * @dir: where to; made when it is not there, its parent is not
 * Return: 0, or -errno with one line in @err; pages before the failure stay.
 */
int docs_man(const char *dir, char *err, size_t len);

#endif
