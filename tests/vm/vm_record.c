/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record MATRIX RUN: every sample of a run lay where it was asked to lie, ran
 * where it was asked to run, and took no more memory than the plan announces.
 */
#include "core/linux24.h"
#include "harness/engine/machine_conf.h"
#include "harness/matrix/matrix_open.h"
#include "results/store.h"
#include "tests/vm/vm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	unsigned ok, refused;
	double most_mib, most_announced; /* of the sample that came nearest */
};

static const struct matrix_cell *cell_of(const struct matrix_job *job, const struct record *r)
{
	struct record *key = malloc(sizeof(*key));
	const struct matrix_cell *found = NULL;

	if (!key)
		vm_die("no memory");
	for (size_t i = 0; i < job->cells.nr && !found; i++) {
		matrix_key(&job->cells.cell[i], key);
		if (!rec_key_compare(key, r))
			found = &job->cells.cell[i];
	}
	free(key);
	return found;
}

/* Requests of spill go by distance: a node served only if nearer ones are fuller. */
static bool went_by_distance(const struct vm_shape *shape, const struct matrix_job *job,
			     const struct record *r)
{
	const struct topo *t = job->topo;
	double share[VM_MAX_NODES] = { 0 };
	const unsigned *dist = shape->node[t->nodes[0].os_index].dist;

	for (unsigned i = 0; i < r->nr_metrics; i++)
		for (unsigned n = 0; n < t->nr_nodes; n++) {
			char name[32];

			snprintf(name, sizeof(name), "share.node%u", n);
			if (!strcmp(name, r->metrics[i].name))
				share[t->nodes[n].os_index] = r->metrics[i].value;
		}
	for (unsigned far = 0; far < shape->nr_nodes; far++)
		for (unsigned near = 0; near < shape->nr_nodes; near++)
			if (dist[near] < dist[far] && shape->node[near].mib &&
			    share[far] > share[near])
				return false;
	return share[t->nodes[0].os_index] > 0.2;
}

/* A workload can refuse an allocator, when it sees it: in its own name, and in words. */
static bool says_no(const struct record *r)
{
	size_t len = strlen(r->workload);

	return !strcmp(r->status, "unsupported") && !strncmp(r->reason, r->workload, len) &&
	       !strncmp(r->reason + len, ": ", 2);
}

static const struct rec_value *place(const struct record *r, const char *name)
{
	for (unsigned i = 0; i < r->nr_places; i++)
		if (!strcmp(r->places[i].name, name))
			return &r->places[i];
	return NULL;
}

/* Daemons that have a node with CPUs, of all; NaN: the cell has none. */
static double daemons_at_home(const struct matrix_job *job, const struct matrix_cell *mc)
{
	struct machine_conf *m = NULL;
	unsigned home = 0;
	double share = (double)NAN;
	char why[200];

	if (machine_conf_make(&m, mc->cell.variant.ops, mc->cell.variant.policy, &mc->cell,
			      job->topo, why, sizeof(why)))
		vm_die("%s", why);
	for (unsigned i = 0; i < m->nr_daemons; i++)
		home += job->topo->nodes[m->daemons[i].node].has_cpus;
	if (m->nr_daemons)
		share = (double)home / m->nr_daemons;
	machine_conf_free(m);
	return share;
}

/* Daemons and per-CPU lists: the path pass, where it ran, saw them on their nodes. */
static void check_homes(const struct matrix_job *job, const struct matrix_cell *mc,
			const struct record *r, const char *name)
{
	const struct rec_value *daemons = place(r, "daemons.own_node");
	const struct rec_value *lists = place(r, "pcp.own_node");
	double want = daemons_at_home(job, mc);
	char text[128];

	if (!place(r, "local_share"))
		return;
	snprintf(text, sizeof(text), "%f of the daemons, wanted %f", daemons ? daemons->value : -1,
		 want);
	vm_check(isnan(want) ? !daemons : daemons && fabs(daemons->value - want) < 1e-9, text,
		 "%s: daemons on CPUs of their nodes, where these have any", name);
	/* linux-2.4 has no such lists. */
	if (mc->cell.variant.ops != &pga_linux24)
		vm_check(lists && lists->value >= 1, lists ? lists->note : "no value",
			 "%s: per-CPU lists on the nodes of their CPUs", name);
}

/*
 * Was it measured?  With daemons on threads a target can be missed: an emulator
 * on a busy machine stops any of its CPUs for as long as it likes, and requests
 * do not wait for ever.  Where everything lay and ran is proven all the same.
 */
static bool was_measured(const struct matrix_cell *mc, const struct record *r)
{
	return !strcmp(r->status, "ok") ||
	       (mc->cell.wl->needs_host && !strcmp(r->status, "invalid"));
}

static void check_sample(const struct vm_shape *shape, const struct matrix_job *job,
			 const struct record *r, struct tally *tally)
{
	const struct matrix_cell *mc = cell_of(job, r);
	char text[900], name[4 * REC_TEXT];

	snprintf(name, sizeof(name), "%s %s %s, %llu threads", r->variant, r->workload,
		 r->placement, (unsigned long long)r->threads);
	if (!mc) {
		vm_check(false, "the matrix has no such cell", "%s", name);
		return;
	}
	if (!mc->supported || says_no(r)) {
		vm_check(!strcmp(r->status, "unsupported"), r->status, "%s is refused: %s", name,
			 mc->supported ? r->reason : mc->reason);
		tally->refused++;
		return;
	}
	double announced = (double)mc->need.total / VM_MIB;

	snprintf(text, sizeof(text), "%s %s frames %f meta %f pins %f migrations %llu flags '%s'",
		 r->status, r->reason, r->frames_ok, r->meta_ok, r->pin_ok,
		 (unsigned long long)r->migrations, r->flags);
	vm_check(was_measured(mc, r) && r->frames_ok == 1 && r->meta_ok == 1 && r->pin_ok == 1 &&
			 !r->migrations && !strpbrk(r->flags, "smuo"),
		 text, "%s: every page on its node, every thread on its core", name);
	snprintf(text, sizeof(text), "%.1f MiB, announced %.1f", r->peak_mib, announced);
	vm_check(r->peak_mib > 0 && r->peak_mib <= announced, text,
		 "%s: peak memory within the plan", name);
	check_homes(job, mc, r, name);
	if (!strcmp(r->workload, "spill"))
		vm_check(went_by_distance(shape, job, r), r->target, "%s: by distance", name);
	tally->ok++;
	if (tally->most_announced == 0 ||
	    r->peak_mib / announced > tally->most_mib / tally->most_announced) {
		tally->most_mib = r->peak_mib;
		tally->most_announced = announced;
	}
}

void vm_prove_record(const struct vm_shape *shape, int argc, char **argv)
{
	struct matrix_opts options = { .seed = -1 };
	struct matrix_job job;
	struct tally tally = { 0 };
	struct run_data run;
	char err[768];

	if (argc != 2 || matrix_open(&job, &options, argv[0]))
		vm_die("record needs a matrix file and a run");
	if (store_read(&run, argv[1], err, sizeof(err)))
		vm_die("%s", err);
	for (size_t i = 0; i < run.nr; i++)
		check_sample(shape, &job, &run.records[i], &tally);
	printf("# %u samples on their nodes and cores, %u refused; at most %.1f of %.1f MiB\n",
	       tally.ok, tally.refused, tally.most_mib, tally.most_announced);
	vm_check(tally.ok > 0, "none", "samples were measured");
	store_release(&run);
	matrix_close(&job);
}
