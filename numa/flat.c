/* SPDX-License-Identifier: GPL-2.0-only */
/* This machine as one node, from what libc alone can tell. */
#include "numa/backend.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool topo_flat_serves(const char *spec)
{
	return !strcmp(spec, "flat") || !*spec;
}

int topo_flat_load(struct topo *t, const char *spec, char *err, size_t len)
{
	struct topo_priv *p = t->priv;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	unsigned os_node, nr_nodes = topo_nodes_online("", &os_node);
	size_t used = strlen(t->note);
	(void)spec;

	snprintf(t->source, sizeof(t->source), "flat");
	int rc = topo_alloc(t, 1, p->nr_real, err, len);

	if (rc)
		return rc;
	if (pages <= 0 || page <= 0) {
		snprintf(err, len, "topology flat: sysconf does not tell the size of memory");
		return -EIO;
	}
	for (unsigned i = 0; i < t->nr_cpus; i++)
		t->cpus[i] = (struct topo_cpu){ .os_index = p->real_cpus[i], .core = i };
	t->nr_cores = t->nr_cpus;
	t->nr_packages = 1;
	t->nodes[0] = (struct topo_node){
		.os_index = os_node,
		.has_cpus = true,
		.nr_cpus = t->nr_cpus,
		.size_bytes = (uint64_t)pages * (uint64_t)page,
	};
	bool sysfs = topo_node_usable("", os_node, TOPO_NO_LIMIT) != TOPO_NO_LIMIT;

	topo_set_memory(t, &t->nodes[0], sysfs ? topo_bound_name(TOPO_NODES) : "sysconf");
	if (nr_nodes > 1) {
		p->bind_refused = EOPNOTSUPP;
		t->nodes[0].mem_bytes = topo_spendable(&t->nodes[0].mem_bound);
		snprintf(t->note + used, sizeof(t->note) - used,
			 "%sthe flat view hides %u nodes: nothing is bound", used ? "; " : "",
			 nr_nodes);
	}
	return topo_dist_assume(t);
}
