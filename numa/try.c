/* SPDX-License-Identifier: GPL-2.0-only */
/* What this machine lets this process do, found by doing it. */
#include "numa/backend.h"

#include <errno.h>
#include <pthread.h>

struct pin_job {
	const struct topo *t;
	struct topo_abilities *able;
};

static void *try_pin(void *data)
{
	struct pin_job *job = data;
	struct topo_pin_proof proof;

	job->able->pin = -topo_pin(job->t, 0);
	topo_pin_begin(job->t, 0, &proof);
	topo_pin_end(&proof);
	job->able->pin_proven = !job->able->pin && proof.asked == proof.seen && !proof.moved;
	return NULL;
}

static void try_bind(const struct topo *t, struct topo_abilities *able)
{
	struct topo_arena a;
	struct topo_proof proof;
	unsigned node = 0;

	while (node + 1 < t->nr_nodes && (!t->nodes[node].size_bytes || t->nodes[node].forbidden))
		node++;
	able->bind = able->prove = -topo_map(&a, 1, TOPO_HUGE_NO);
	if (able->bind)
		return;
	topo_bind(t, &a, node);
	able->bind = a.bind_errno;
	able->prove = -topo_populate(a.addr, a.len);
	if (!able->prove) {
		topo_prove(t, a.addr, a.len, node, 1, &proof);
		able->prove = proof.err;
		able->bind_proven = a.bind == TOPO_BOUND && proof.on_node == 1;
	}
	topo_unmap(&a);
}

void topo_try(const struct topo *t, struct topo_abilities *able)
{
	struct pin_job job = { t, able };
	pthread_t thread;

	*able = (struct topo_abilities){ 0 };
	if (!t->simulated)
		try_bind(t, able);
	/* Its own thread: the caller keeps its CPUs. */
	int rc = pthread_create(&thread, NULL, try_pin, &job);

	/* The thread writes able->pin itself: not to be overwritten with its start. */
	if (rc)
		able->pin = rc;
	else
		pthread_join(thread, NULL);
}
