/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tenant: a neighbour has filled a part of a node, the level; then the measured
 * threads ask that node for memory.  What no longer fits comes from elsewhere.
 *
 * The closed form: of A frames asked for, a node with F free frames serves
 * min(A, F), give or take what it may keep back (wl_node_slack).
 */
#include "workloads/nodes.h"
#include "workloads/own_step.h"

#include <stdio.h>
#include <stdlib.h>

enum { P_NODE = WL_P_OWN, P_LEVEL, P_ASK };

static const struct wl_param params[] = {
	WL_COMMON_PARAMS,
	[P_NODE] = { "node", WL_INT, 0, 0, PGA_MAX_NODES - 1, NULL, "",
		     "node that the neighbour fills and that is asked" },
	[P_LEVEL] = { "level", WL_PERCENT, 75, 0, 100, NULL, "%",
		      "frames of the node that the neighbour takes, as far as it can" },
	[P_ASK] = { "ask", WL_PERCENT, 40, 1, 90, NULL, "%",
		    "frames of the node that all threads together ask for then" },
	{ .name = NULL },
};

enum { PH_OCCUPY, PH_ASK, PH_RELEASE, PH_DEPART };

static const struct wl_phase phases[] = {
	[PH_OCCUPY] = { "occupy", false, true, WL_OP_ALLOC },
	[PH_ASK] = { "ask", true, false, WL_OP_ALLOC },
	[PH_RELEASE] = { "release", true, false, WL_OP_FREE },
	[PH_DEPART] = { "depart", false, true, WL_OP_FREE },
	{ .name = NULL },
};

/* own[]: the neighbour's frames, in thread 0's first slots; it was refused; got, on the node. */
enum { OWN_TENANT, OWN_REFUSED, OWN_GOT, OWN_LOCAL };

struct level {
	uint64_t at_first, left; /* free frames of the node before and after the neighbour */
};

static uint64_t part(const struct wl_run *run, unsigned param)
{
	return wl_node_frames(run->conf, (unsigned)run->param[P_NODE]) *
	       (uint64_t)run->param[param] / 100;
}

static uint64_t nr_asked(const struct wl_run *run)
{
	return part(run, P_ASK) / run->nr_threads;
}

static size_t tenant_slots(const struct wl_run *run, unsigned index)
{
	uint64_t ask = nr_asked(run);

	return ask ? (size_t)(ask + (index ? 0 : part(run, P_LEVEL))) : 0;
}

static int tenant_setup(struct wl_run *run, char *why, size_t len)
{
	struct level *l;
	int rc = wl_shared_new(run, sizeof(struct level), why, len);

	if (rc)
		return rc;
	l = run->shared;
	l->at_first = l->left = wl_node_free(run, (unsigned)run->param[P_NODE]);
	for (unsigned i = 0; i < run->nr_threads; i++)
		run->threads[i].req.node = (int8_t)run->param[P_NODE];
	return 0;
}

/* The neighbour is bound to the node; a frame of another one is not for it. */
static uint64_t occupy(struct wl_thread *t)
{
	struct wl_run *run = t->run;
	struct pga_req req = t->req;
	uint64_t n = part(run, P_LEVEL) - t->own[OWN_TENANT], got = 0;

	req.gfp |= (uint32_t)PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN;
	if (n > WL_BATCH)
		n = WL_BATCH;
	while (got < n && !t->own[OWN_REFUSED]) {
		struct pga_res res = run->ops->alloc(run->pga, req, NULL);

		if (res.pfn != PGA_NIL && res.node == req.node) {
			t->slots[t->used++] = res.pfn;
			got++;
			continue;
		}
		t->own[OWN_REFUSED] = 1;
		if (res.pfn != PGA_NIL)
			run->ops->free(run->pga, res.pfn, 0, req.cpu, 0);
	}
	t->own[OWN_TENANT] += got;
	if (!got)
		((struct level *)run->shared)->left = wl_node_free(run, (unsigned)req.node);
	return got;
}

WL_INLINE uint64_t ask_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++) {
		struct pga_res res = wl_get_res(t, &h, mode);

		if (__builtin_expect(res.pfn == PGA_NIL, 0))
			continue;
		t->slots[t->used++] = res.pfn;
		t->own[OWN_GOT]++;
		t->own[OWN_LOCAL] += res.node == h.req.node;
	}
	return n;
}

/* The newest first, down to what the neighbour has. */
WL_INLINE uint64_t release_body(struct wl_thread *t, uint64_t n, unsigned mode)
{
	const struct wl_hot h = wl_hot(t);

	for (uint64_t i = 0; i < n; i++)
		wl_put(t, &h, t->slots[--t->used], mode);
	return n;
}

static uint64_t tenant_step(struct wl_thread *t, unsigned phase)
{
	uint64_t n;

	if (phase == PH_OCCUPY)
		return occupy(t);
	if (phase == PH_DEPART)
		return wl_drain_step(t);
	n = phase == PH_ASK ? nr_asked(t->run) - t->done : t->used - t->own[OWN_TENANT];
	if (n > WL_BATCH)
		n = WL_BATCH;
	if (!n)
		return 0;
	return phase == PH_ASK ? WL_SPECIALISE(ask_body, t, n) : WL_SPECIALISE(release_body, t, n);
}

static void tenant_target(struct wl_run *run, struct wl_target *target)
{
	const struct level *l = run->shared;
	uint64_t asked = nr_asked(run) * run->nr_threads, got = 0, local = 0;
	uint64_t slack = wl_node_slack(run, (unsigned)run->param[P_NODE]);
	uint64_t taken = run->threads[0].own[OWN_TENANT], level = part(run, P_LEVEL);
	uint64_t serves = l->left < asked ? l->left : asked;
	bool may_fail = !wl_falls_back(run, (unsigned)run->param[P_NODE]);
	bool filled = taken == level || taken + slack >= l->at_first;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		got += run->threads[i].own[OWN_GOT];
		local += run->threads[i].own[OWN_LOCAL];
	}
	target->has = true;
	target->wanted = 100.0 * (double)serves / (double)asked;
	target->got = 100.0 * (double)local / (double)asked;
	target->reached = filled && (got == asked || may_fail) && local + slack >= serves &&
			  local <= serves + slack;
	snprintf(target->text, sizeof(target->text),
		 "neighbour on %llu of %llu frames; node serves %.1f %% (closed form, +- %.1f), "
		 "got %.1f %%; %llu of %llu served",
		 (unsigned long long)taken, (unsigned long long)level, target->wanted,
		 100.0 * (double)slack / (double)asked, target->got, (unsigned long long)got,
		 (unsigned long long)asked);
	wl_metric(target, "local_share", target->got);
	wl_metric(target, "neighbour_frames", (double)taken);
}

const struct wl_ops wl_tenant = {
	.name = "tenant",
	.summary = "ask a node that a neighbour has filled to a level",
	.version = 1,
	.params = params,
	.phases = phases,
	.min_threads = 1,
	.threads_multiple = 1,
	.min_nodes = 2,
	.needs = PGA_CAP_REAL | PGA_CAP_NODES,
	.slots = tenant_slots,
	.setup = tenant_setup,
	.step = tenant_step,
	.target = tenant_target,
	.target_phase = PH_ASK,
	.teardown = wl_release_all,
};
