/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocators from a shared object: --plugin FILE.so. */
#ifndef HARNESS_PLUGIN_H
#define HARNESS_PLUGIN_H

#include "core/pga.h"

/* The object that a plug-in exports: const struct pga_ops pga_plugin_ops. */
#define BENCH_PLUGIN_SYMBOL "pga_plugin_ops"

/**
 * bench_plugin_load - load a mechanism from a shared object
 * @file: path of the object; a name without '/' is meant in this directory
 * @ops: the mechanism, usable as the `extra` of pga_variant_parse()
 * @err: one line on failure; @len bytes
 *
 * The object stays loaded until the process ends.  Call it before other
 * threads exist: the constructors of the object run.
 * Return: 0; -ENOENT no such file; -ENOEXEC not a loadable object, or the
 * symbol is missing; -EINVAL another ABI, a defect of the vtable, or a name
 * that a variant of the table has.
 */
int bench_plugin_load(const char *file, const struct pga_ops **ops, char *err, size_t len);

#endif
