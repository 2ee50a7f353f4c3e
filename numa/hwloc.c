/* SPDX-License-Identifier: GPL-2.0-only */
/* The three sources that hwloc reads: this machine, a description, a file. */
#include "numa/backend.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define SYNTHETIC "synthetic:"

bool topo_machine_serves(const char *spec)
{
	return !*spec;
}

bool topo_synthetic_serves(const char *spec)
{
	return !strncmp(spec, SYNTHETIC, strlen(SYNTHETIC));
}

bool topo_xml_serves(const char *spec)
{
	return *spec != '\0';
}

/* A fresh context; NULL when hwloc has no memory. */
static hwloc_topology_t new_context(void)
{
	hwloc_topology_t hw;

	if (hwloc_topology_init(&hw))
		return NULL;
	/* Discovery must not move the calling thread from CPU to CPU.  What is
	   forbidden is taken off below. */
	hwloc_topology_set_flags(hw, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING |
					     HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
	hwloc_topology_set_icache_types_filter(hw, HWLOC_TYPE_FILTER_KEEP_ALL);
	return hw;
}

/* Cut a view of this machine down to the CPUs that this process may use. */
static int restrict_cpus(hwloc_topology_t hw, const struct topo_priv *p)
{
	hwloc_bitmap_t set = hwloc_bitmap_alloc();
	int rc = -1;

	for (unsigned i = 0; set && i < p->nr_real; i++)
		hwloc_bitmap_set(set, p->real_cpus[i]);
	if (set)
		rc = hwloc_topology_restrict(hw, set, 0);
	hwloc_bitmap_free(set);
	return rc;
}

/*
 * Drop the nodes that are of no use to this process: without a CPU that it may
 * use, and with memory that it may not have.  hwloc does so itself only where
 * it finds the control groups mounted, and then drops nodes with CPUs, too.
 */
static int restrict_nodes(hwloc_topology_t hw)
{
	hwloc_bitmap_t keep = hwloc_bitmap_alloc();
	int nr = hwloc_get_nbobjs_by_type(hw, HWLOC_OBJ_NUMANODE), rc = -1;

	for (int i = 0; keep && i < nr; i++) {
		hwloc_obj_t obj = hwloc_get_obj_by_type(hw, HWLOC_OBJ_NUMANODE, (unsigned)i);
		bool own =
			topo_node_has_cpus("", obj->os_index) && !hwloc_bitmap_iszero(obj->cpuset);

		if (own || topo_node_allowed("", obj->os_index))
			hwloc_bitmap_set(keep, obj->os_index);
	}
	if (keep)
		rc = hwloc_topology_restrict(hw, keep, HWLOC_RESTRICT_FLAG_BYNODESET);
	hwloc_bitmap_free(keep);
	return rc;
}

/* Simulated topologies place their threads on this machine's CPUs. */
static void open_for_pinning(struct topo_priv *p)
{
	hwloc_topology_t hw = new_context();

	if (!hw)
		return;
	if (!hwloc_topology_load(hw) && hwloc_topology_is_thissystem(hw) && !restrict_cpus(hw, p))
		p->machine = hw;
	else
		hwloc_topology_destroy(hw);
}

/* The common end: takes hw over, loaded, and fills in t. */
static int take(struct topo *t, hwloc_topology_t hw, char *err, size_t len)
{
	t->simulated = !hwloc_topology_is_thissystem(hw);
	if (!t->simulated && restrict_cpus(hw, t->priv)) {
		snprintf(err, len, "topology %s: this process may use none of its CPUs", t->source);
		hwloc_topology_destroy(hw);
		return -EIO;
	}
	if (!t->simulated && restrict_nodes(hw))
		snprintf(t->note, sizeof(t->note), "nodes that are forbidden cannot be left out");
	int rc = topo_extract(t, hw, err, len);

	if (!rc && !t->simulated) {
		t->priv->machine = hw;
		return 0;
	}
	hwloc_topology_destroy(hw);
	if (!rc)
		open_for_pinning(t->priv);
	return rc;
}

int topo_machine_load(struct topo *t, const char *spec, char *err, size_t len)
{
	hwloc_topology_t hw = new_context();
	(void)spec;

	snprintf(t->source, sizeof(t->source), "this machine");
	if (!hw || hwloc_topology_load(hw)) {
		snprintf(err, len, "hwloc cannot discover this machine: %s", strerror(errno));
		if (hw)
			hwloc_topology_destroy(hw);
		return -EIO;
	}
	int rc = take(t, hw, err, len);

	if (!rc && t->simulated) {
		snprintf(t->source, sizeof(t->source), "HWLOC_* environment");
		snprintf(t->note, sizeof(t->note),
			 "HWLOC_XMLFILE, HWLOC_SYNTHETIC or the like replaced this machine");
	}
	return rc;
}

int topo_synthetic_load(struct topo *t, const char *spec, char *err, size_t len)
{
	hwloc_topology_t hw = new_context();

	snprintf(t->source, sizeof(t->source), "%s", spec);
	if (!hw || hwloc_topology_set_synthetic(hw, spec + strlen(SYNTHETIC)) ||
	    hwloc_topology_load(hw)) {
		snprintf(err, len,
			 "topology '%s': hwloc does not understand it; an example is "
			 "'synthetic:package:2 [numa(memory=1GiB)] core:4 pu:2'",
			 spec);
		if (hw)
			hwloc_topology_destroy(hw);
		return hw ? -EINVAL : -ENOMEM;
	}
	return take(t, hw, err, len);
}

int topo_xml_load(struct topo *t, const char *spec, char *err, size_t len)
{
	snprintf(t->source, sizeof(t->source), "%s", spec);
	if (access(spec, R_OK)) {
		int why = errno;

		snprintf(
			err, len,
			"topology '%s': %s; a topology is 'synthetic:TEXT', 'flat', or an XML file "
			"of hwloc",
			spec, strerror(why));
		return why == ENOENT ? -ENOENT : -EIO;
	}
	hwloc_topology_t hw = new_context();

	if (!hw || hwloc_topology_set_xml(hw, spec) || hwloc_topology_load(hw)) {
		snprintf(err, len, "topology '%s': not an XML file that hwloc can read", spec);
		if (hw)
			hwloc_topology_destroy(hw);
		return hw ? -EINVAL : -ENOMEM;
	}
	return take(t, hw, err, len);
}
