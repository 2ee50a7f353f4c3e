/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/cmd/cmd_run_loop.h"

#include "harness/cmd/cmd.h"
#include "harness/engine/child.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SLACK ((uint64_t)256 << 20) /* bytes: libraries, stacks, sanitizers */

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int store_record(struct run_loop *loop, const struct record *r)
{
	char err[768];
	int rc = store_append(loop->store, r, err, sizeof(err));

	if (rc) {
		progress_clear(&loop->progress);
		bench_err("%s", err);
	}
	return rc;
}

int run_loop_skip(struct run_loop *loop, const struct run_dir *dir)
{
	struct record *r = malloc(sizeof(*r));
	int rc = r ? 0 : -ENOMEM;

	for (size_t i = 0; i < loop->job->cells.nr && !rc; i++) {
		const struct matrix_cell *mc = &loop->job->cells.cell[i];

		if (mc->supported)
			continue;
		loop->counts.skipped += loop->job->samples;
		if (run_dir_has(dir, mc, "unsupported"))
			continue;
		matrix_key(mc, r);
		snprintf(r->status, sizeof(r->status), "unsupported");
		snprintf(r->reason, sizeof(r->reason), "%s", mc->reason);
		if (loop->job->topo->simulated)
			rec_flag_set(r, 's');
		rc = store_record(loop, r);
	}
	free(r);
	return rc;
}

/* In the child.  The writer's lock is the parent's: let go of it. */
struct sample_arg {
	struct run_loop *loop;
	const struct matrix_cell *mc;
	bool extra; /* beyond the fixed rounds: time alone */
};

static void measure(void *data, struct record *r)
{
	struct sample_arg *a = data;
	struct bench_cell cell = a->mc->cell;

	store_close(a->loop->store);
	cell.events = a->extra ? NULL : a->loop->events;
	if (a->extra)
		cell.passes = 1u << BENCH_TIME;
	cell.maps = a->loop->maps;
	bench_sample(&cell, a->loop->job->topo, r);
	if (!*r->status) {
		snprintf(r->status, sizeof(r->status), "failed");
		snprintf(r->reason, sizeof(r->reason), "the sample gave no status");
	}
}

static struct child_limits limits_of(const struct matrix_job *job, const struct matrix_cell *mc)
{
	const struct bench_memory *memory = &mc->cell.memory;
	uint64_t sound = mc->need.total + mc->need.total / 4 + SLACK;
	uint64_t arenas =
		memory->backing == BACK_BOUND ? memory->per_node * job->topo->nr_nodes : 0;

	return (struct child_limits){
		.ms = job->m->time_limit_ms,
		.mapped = arenas + sound,
		.touched = sound - SLACK / 2,
	};
}

/* The machine may have less to give than when the plan was made. */
static bool fits_now(const struct matrix_cell *mc, struct record *r)
{
	const char *bound;
	uint64_t spendable = topo_spendable(&bound);

	if (mc->need.total <= spendable)
		return true;
	snprintf(r->status, sizeof(r->status), "out-of-memory");
	snprintf(r->reason, sizeof(r->reason),
		 "needs %.0f MiB; %.0f MiB may be spent now (bound: %s)",
		 (double)mc->need.total / (1 << 20), (double)spendable / (1 << 20), bound);
	return false;
}

static void describe(const struct run_loop *loop, const struct sched_slot *slot, char *text,
		     size_t len)
{
	const struct bench_cell *c = &loop->job->cells.cell[slot->cell].cell;
	char order[32] = "";

	if (c->wl->has_order)
		snprintf(order, sizeof(order), " order %u", c->order);
	unsigned most =
		slot->sample < loop->job->samples ? loop->job->samples : loop->job->m->samples_max;

	snprintf(text, len, "%s   %s%s   %u thread%s   sample %u/%u", c->variant.name, c->wl->name,
		 order, c->threads, c->threads == 1 ? "" : "s", slot->sample + 1, most);
}

static void count(struct run_loop *loop, const struct sched_slot *slot, const struct record *r)
{
	char what[256];

	if (sched_finished(r->status)) {
		loop->counts.computed++;
		loop->counts.invalid += !strcmp(r->status, "invalid");
		return;
	}
	if (!strcmp(r->status, "unsupported")) {
		loop->counts.skipped++;
		return;
	}
	loop->counts.failed++;
	progress_clear(&loop->progress);
	describe(loop, slot, what, sizeof(what));
	bench_err("%s: %s: %s", what, r->status, r->reason);
}

static int one_sample(struct run_loop *loop, size_t turn, struct record *r)
{
	const struct sched_slot *slot = &loop->sched.slot[turn];
	const struct matrix_cell *mc = &loop->job->cells.cell[slot->cell];
	struct child_limits limits = limits_of(loop->job, mc);
	struct sample_arg arg = { .loop = loop,
				  .mc = mc,
				  .extra = slot->sample >= loop->job->samples };
	double start = now_s();

	matrix_key(mc, r);
	r->sample = slot->sample;
	r->turn = turn;
	r->seed = sched_seed(loop->job->m->seed, slot->sample);
	int rc = fits_now(mc, r) ? child_run(measure, &arg, r, &limits) : 0;

	if (rc == -EINTR)
		return rc;
	if (!isfinite(r->elapsed_s))
		r->elapsed_s = now_s() - start;
	if (loop->job->topo->simulated)
		rec_flag_set(r, 's');
	rc = store_record(loop, r);
	if (rc)
		return rc;
	if (!arg.extra)
		sched_times_add(&loop->times, slot->cell, now_s() - start);
	until_note(&loop->until, slot->cell, r);
	count(loop, slot, r);
	return 0;
}

int run_loop(struct run_loop *loop)
{
	struct record *r = malloc(sizeof(*r));
	double start = now_s();
	size_t done = loop->sched.nr_done;
	char what[256];
	int rc = r ? 0 : -ENOMEM;

	for (size_t turn = 0; turn < loop->sched.nr && !rc; turn++) {
		struct sched_slot *slot = &loop->sched.slot[turn];

		if (slot->done)
			continue;
		if (child_stop_signal()) {
			rc = -EINTR;
			break;
		}
		describe(loop, slot, what, sizeof(what));
		progress_step(&loop->progress, ++done, what, now_s() - start,
			      sched_left(&loop->times, &loop->sched, turn));
		rc = one_sample(loop, turn, r);
		slot->done = !rc;
	}
	progress_clear(&loop->progress);
	free(r);
	return rc;
}

/* The slot of the fixed schedule that has this place; odd rounds run backwards. */
static uint32_t cell_at(const struct run_loop *loop, size_t fixed, unsigned round, size_t place)
{
	return loop->sched.slot[round % 2 ? fixed - 1 - place : place].cell;
}

/* One sample of @cell in round @round, in the place after all others. */
static int extra_sample(struct run_loop *loop, uint32_t cell, unsigned round, struct record *r,
			double spent)
{
	char what[256];
	int rc = sched_append(&loop->sched, cell, round);

	if (rc)
		return rc;
	describe(loop, &loop->sched.slot[loop->sched.nr - 1], what, sizeof(what));
	progress_step(&loop->progress, loop->sched.nr, what, spent,
		      (double)loop->job->m->budget_ms / 1e3 - spent);
	return one_sample(loop, loop->sched.nr - 1, r);
}

/*
 * One round through all groups, so that the budget is spread over them; first
 * who wants it, then the samples: what one says must not change the others' turn.
 * The fixed schedule has each cell job->samples times in a row of its group.
 */
static int extra_round(struct run_loop *loop, size_t fixed, unsigned round, struct record *r,
		       double start)
{
	double budget = (double)loop->job->m->budget_ms / 1e3;
	bool *seen = calloc(loop->job->cells.nr + 1, sizeof(*seen));
	bool *wanted = calloc(loop->job->cells.nr + 1, sizeof(*wanted));
	int rc = seen && wanted ? 0 : -ENOMEM;
	size_t nr = 0;

	for (size_t i = 0; !rc && i < loop->job->cells.nr; i++)
		nr += wanted[i] = until_needs(&loop->until, i, round);
	loop->progress.total = loop->sched.nr + nr;
	for (size_t i = 0; !rc && i < fixed; i++) {
		uint32_t cell = cell_at(loop, fixed, round, i);

		if (seen[cell])
			continue;
		seen[cell] = true;
		if (!wanted[cell])
			continue;
		if (child_stop_signal()) {
			rc = -EINTR;
		} else if (now_s() - start >= budget) {
			loop->out_of_budget = true;
			break;
		} else {
			rc = extra_sample(loop, cell, round, r, now_s() - start);
		}
	}
	free(seen);
	free(wanted);
	return rc;
}

int run_loop_until(struct run_loop *loop)
{
	struct record *r = malloc(sizeof(*r));
	size_t fixed = loop->sched.nr;
	double start = now_s();
	int rc = r ? 0 : -ENOMEM;

	for (unsigned round = loop->job->samples;
	     !rc && !loop->out_of_budget && round < loop->until.stop.max; round++)
		rc = extra_round(loop, fixed, round, r, start);
	progress_clear(&loop->progress);
	free(r);
	return rc;
}
