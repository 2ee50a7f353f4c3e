/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages that are somewhere else afterwards, or nowhere yet. */
#include "numa/backend.h"

#include <errno.h>
#include <numaif.h>
#include <string.h>
#include <sys/mman.h>

/* The kernel's answer, a node of its numbering or an errno, as ours. */
static int logical(const struct topo *t, int status)
{
	return status < 0 ? status : (int)topo_node_of_os(t, (unsigned)status);
}

/* One call; what it says nothing about keeps -EBUSY. */
static int ask(void **page, unsigned nr, const int *nodes, int *at)
{
	for (unsigned i = 0; i < nr; i++)
		at[i] = -EBUSY;
	long rc = move_pages(0, nr, page, nodes, at, nodes ? MPOL_MF_MOVE : 0);

	return rc < 0 ? -errno : rc > 0;
}

int topo_move(const struct topo *t, void **page, unsigned nr, int node, int *at)
{
	int nodes[TOPO_MOVE_MAX];

	if (t->simulated)
		return -EOPNOTSUPP;
	if (nr > TOPO_MOVE_MAX || node >= (int)t->nr_nodes)
		return -EINVAL;
	for (unsigned i = 0; i < nr; i++)
		nodes[i] = node < 0 ? 0 : (int)t->nodes[node].os_index;
	int rc = ask(page, nr, node < 0 ? NULL : nodes, at);

	/* When some stayed, the kernel need not have said which. */
	if (rc > 0)
		rc = ask(page, nr, NULL, at);
	for (unsigned i = 0; !rc && i < nr; i++)
		at[i] = logical(t, at[i]);
	return rc;
}

int topo_forget(void *addr, size_t len)
{
	int rc = mbind(addr, len, MPOL_PREFERRED, NULL, 0, 0) ? -errno : 0;

	return madvise(addr, len, MADV_DONTNEED) ? -errno : rc;
}
