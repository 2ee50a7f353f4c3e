/* SPDX-License-Identifier: GPL-2.0-only */
/* A plug-in that was built against a later seam. */
#include "core/pga.h"

extern const struct pga_ops pga_plugin_ops;
const struct pga_ops pga_plugin_ops = {
	.name = "wrong-abi",
	.summary = "built against a later seam",
	.abi = PGA_ABI + 1,
	.ops_size = sizeof(struct pga_ops),
};
