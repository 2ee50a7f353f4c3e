/* SPDX-License-Identifier: GPL-2.0-only */
/* The sources of topologies, in the order in which they are tried. */
#include "numa/backend.h"

const struct topo_backend topo_backends[] = {
	{ "machine", "this machine, by hwloc", topo_machine_serves, topo_machine_load },
	{ "flat", "this machine as one node, without hwloc", topo_flat_serves, topo_flat_load },
	{ "synthetic", "hwloc's description of an invented machine", topo_synthetic_serves,
	  topo_synthetic_load },
	{ "xml", "a file that hwloc wrote on another machine", topo_xml_serves, topo_xml_load },
	{ .name = NULL },
};
