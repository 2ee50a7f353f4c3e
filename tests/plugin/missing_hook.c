/* SPDX-License-Identifier: GPL-2.0-only */
/* The skeleton without one of its required hooks. */
#define pga_skeleton skeleton_base
#include "core/skeleton.c"

extern struct pga_ops pga_plugin_ops;
struct pga_ops pga_plugin_ops;

__attribute__((constructor)) static void drop_hook(void)
{
	pga_plugin_ops = skeleton_base;
	pga_plugin_ops.name = "missing-hook";
	pga_plugin_ops.alloc = NULL;
}
