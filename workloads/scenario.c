/* SPDX-License-Identifier: GPL-2.0-only */
/* Scenarios: what they are made of, and who plays what on which thread. */
#include "workloads/owners.h"
#include "workloads/scenario_int.h"
#include "workloads/spin.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct wl_param params[] = { WL_COMMON_PARAMS, { .name = NULL } };

static int wrong(char *why, size_t len, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int wrong(char *why, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Which threads an actor has: @owner[i] is set to @actor; threads found. */
static unsigned choose(const struct wl_run *run, const struct scn_actor *actor, uint8_t *owner,
		       unsigned number)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < run->nr_threads; i++) {
		unsigned node = run->conf->cpu_node[run->threads[i].req.cpu];

		if (owner[i] || (actor->threads != SCN_REST && nr == actor->threads) ||
		    (actor->node >= 0 && node != (unsigned)actor->node))
			continue;
		owner[i] = (uint8_t)(number + 1);
		nr++;
	}
	return nr;
}

/* Named numbers of threads first, then whoever takes the rest. */
static int choose_all(const struct wl_run *run, const struct scn_phase *phase, uint8_t *owner,
		      char *why, size_t len)
{
	for (unsigned rest = 0; rest < 2; rest++) {
		for (unsigned a = 0; a < phase->nr_actors; a++) {
			const struct scn_actor *actor = &phase->actor[a];

			if ((actor->threads == SCN_REST) != rest)
				continue;
			unsigned nr = choose(run, actor, owner, a);

			if (!nr || (!rest && nr < actor->threads))
				return wrong(why, len,
					     "phase %s: %u threads are too few for actor %s%s",
					     phase->name, run->nr_threads, actor->name,
					     actor->node >= 0 ? " on its node" : "");
		}
	}
	return 0;
}

static void fill_cast(struct scn_play *play, unsigned phase, unsigned a, const uint8_t *owner)
{
	struct scn_cast *c = &play->act[phase].cast[a];
	const struct scn_actor *actor = &play->s->phase[phase].actor[a];
	const struct wl_run *run = play->run;

	c->actor = actor;
	c->run = (struct wl_run){
		.wl = actor->wl,
		.conf = run->conf,
		.param = actor->param,
		.order = actor->order,
		.frames = run->frames,
		.seed = own_mix(run->seed + own_mix(phase * SCN_MAX_ACTORS + a + 1)),
		.trace = actor->trace,
		.max_ops = actor->background ? UINT64_MAX / 4
			   : actor->ops	     ? actor->ops
					     : run->max_ops,
		.threads = &play->threads[c->first_lane],
	};
	c->lane = &play->lanes[c->first_lane];
	for (unsigned i = 0; i < run->nr_threads; i++) {
		if (owner[i] != a + 1)
			continue;
		struct scn_lane *l = &c->lane[c->nr];
		struct wl_thread *t = &c->run.threads[c->nr];

		*l = (struct scn_lane){ .cast = c, .t = t, .outer = &run->threads[i] };
		t->run = &c->run;
		t->index = c->nr++;
		t->frames = run->threads[i].frames * actor->share / 100;
		t->req = run->threads[i].req;
		play->lane_of[phase * run->nr_threads + i] = l;
	}
	c->run.nr_threads = c->nr;
}

static struct scn_play *new_play(const struct wl_run *run)
{
	const struct scenario *s = scn_of(run);
	size_t nr = (size_t)s->nr_phases * run->nr_threads;
	struct scn_play *play =
		aligned_alloc(_Alignof(struct scn_lane), (sizeof(*play) + 127) / 128 * 128);

	if (!play)
		return NULL;
	memset(play, 0, sizeof(*play));
	play->s = s;
	play->run = (struct wl_run *)run;
	play->threads = aligned_alloc(_Alignof(struct wl_thread), nr * sizeof(*play->threads));
	play->lanes = aligned_alloc(_Alignof(struct scn_lane), nr * sizeof(*play->lanes));
	play->lane_of = calloc(nr, sizeof(struct scn_lane *));
	if (play->threads && play->lanes && play->lane_of) {
		memset(play->threads, 0, nr * sizeof(*play->threads));
		return play;
	}
	scn_dismiss(play);
	return NULL;
}

struct scn_play *scn_cast_all(const struct wl_run *run, char *why, size_t len)
{
	struct scn_play *play = new_play(run);
	uint8_t *owner = calloc(run->nr_threads, 1);
	bool ok = play && owner;

	if (!ok)
		snprintf(why, len, "no memory for a scenario of %u threads", run->nr_threads);
	for (unsigned p = 0; ok && p < play->s->nr_phases; p++) {
		const struct scn_phase *phase = &play->s->phase[p];
		struct scn_act *act = &play->act[p];
		unsigned next = p * run->nr_threads;

		memset(owner, 0, run->nr_threads);
		ok = !choose_all(run, phase, owner, why, len);
		act->slope = act->steady_at = act->fu9 = act->free = NAN;
		for (unsigned a = 0; ok && a < phase->nr_actors; a++) {
			act->cast[a].first_lane = next;
			fill_cast(play, p, a, owner);
			next += act->cast[a].nr;
			act->working += phase->actor[a].background ? 0 : act->cast[a].nr;
			act->nr_front = act->working;
			act->nr_back += phase->actor[a].background ? act->cast[a].nr : 0;
		}
	}
	free(owner);
	if (ok)
		return play;
	scn_dismiss(play);
	return NULL;
}

void scn_dismiss(struct scn_play *play)
{
	if (!play)
		return;
	free(play->threads);
	free(play->lanes);
	free(play->lane_of);
	free(play);
}

/* What a thread holds of one phase may still be held in the next ones: all at once. */
static size_t scn_slots(const struct wl_run *run, unsigned index)
{
	char why[160];
	struct scn_play *play = scn_cast_all(run, why, sizeof(why));
	size_t sum = 1;

	for (unsigned p = 0; play && p < play->s->nr_phases; p++) {
		const struct scn_lane *l = play->lane_of[p * run->nr_threads + index];
		size_t nr = l ? l->cast->actor->wl->slots(&l->cast->run, l->t->index) : 0;

		if (l && !nr) {
			sum = 0;
			break;
		}
		sum += nr;
	}
	scn_dismiss(play);
	return sum;
}

/* Everybody's handles and groups side by side; what else an actor asks for, the last one. */
static void scn_owners(const struct wl_run *run, struct own_conf *conf)
{
	struct own_conf sum = *conf;
	char why[160];
	struct scn_play *play = scn_cast_all(run, why, sizeof(why));

	sum.nr_handles = sum.nr_tasks = sum.nr_files = 0;
	for (unsigned p = 0; play && p < play->s->nr_phases; p++) {
		for (unsigned a = 0; a < play->s->phase[p].nr_actors; a++) {
			struct scn_cast *c = &play->act[p].cast[a];
			struct own_conf one = *conf;

			if (!c->run.wl->needs_host)
				continue;
			if (c->run.wl->owners)
				c->run.wl->owners(&c->run, &one);
			c->run.first_task = sum.nr_tasks;
			c->run.first_file = sum.nr_files;
			one.nr_handles += sum.nr_handles;
			one.nr_tasks += sum.nr_tasks;
			one.nr_files += sum.nr_files;
			sum = one;
		}
	}
	scn_dismiss(play);
	*conf = sum;
}

/* The groups in the order of scn_owners(). */
static void number_groups(struct scn_play *play)
{
	unsigned tasks = 0, files = 0;

	for (unsigned p = 0; p < play->s->nr_phases; p++) {
		for (unsigned a = 0; a < play->s->phase[p].nr_actors; a++) {
			struct wl_run *run = &play->act[p].cast[a].run;
			struct own_conf one = { 0 };

			if (!run->wl->needs_host)
				continue;
			run->first_task = tasks;
			run->first_file = files;
			if (run->wl->owners)
				run->wl->owners(run, &one);
			tasks += one.nr_tasks;
			files += one.nr_files;
		}
	}
}

static void equip_thread(struct scn_lane *l)
{
	const struct wl_thread *outer = l->outer;
	struct wl_thread *t = l->t;
	const struct scn_actor *actor = l->cast->actor;
	uint32_t gfp = wl_type_gfp[actor->param[WL_P_TYPE]];

	t->req = outer->req;
	t->req.order = (uint8_t)actor->order;
	t->req.gfp = (gfp | outer->more) & ~outer->less;
	t->nr_nodes = outer->nr_nodes;
	t->next_node = outer->next_node;
	t->nodes = outer->nodes;
	t->ctx = outer->ctx;
	t->more = outer->more;
	t->less = outer->less;
	t->again = outer->again ? gfp : 0;
	t->served = outer->served;
	t->exhausted = outer->exhausted;
	rng_seed(&t->rng, l->cast->run.seed, t->index);
}

static void equip(struct scn_cast *c, const struct wl_run *run)
{
	struct wl_run *r = &c->run;

	r->ops = run->ops;
	r->pga = run->pga;
	r->own = run->own;
	r->touch = run->touch;
	r->backing = run->backing;
	r->backing_base = run->backing_base;
	r->held = run->held;
	r->clock = run->clock;
	for (unsigned i = 0; i < c->nr; i++)
		equip_thread(&c->lane[i]);
	c->rounds = c->actor->wl->rounds ? c->actor->wl->rounds(r) : 1;
}

static int share_slots(struct scn_play *play, char *why, size_t len)
{
	for (unsigned i = 0; i < play->run->nr_threads; i++) {
		struct wl_thread *outer = &play->run->threads[i];
		size_t at = 0;

		for (unsigned p = 0; p < play->s->nr_phases; p++) {
			struct scn_lane *l = play->lane_of[p * play->run->nr_threads + i];

			if (!l)
				continue;
			l->t->slots = outer->slots + at;
			l->t->nr_slots = l->cast->actor->wl->slots(&l->cast->run, l->t->index);
			at += l->t->nr_slots;
		}
		if (at > outer->nr_slots)
			return wrong(why, len, "thread %u has %zu slots; the scenario needs %zu", i,
				     outer->nr_slots, at);
	}
	return 0;
}

static int scn_setup(struct wl_run *run, char *why, size_t len)
{
	struct scn_play *play = scn_cast_all(run, why, len);

	run->shared = play;
	if (!play)
		return -EOPNOTSUPP;
	int rc = share_slots(play, why, len);

	number_groups(play);
	for (unsigned p = 0; !rc && p < play->s->nr_phases; p++) {
		for (unsigned a = 0; !rc && a < play->s->phase[p].nr_actors; a++) {
			struct scn_cast *c = &play->act[p].cast[a];

			equip(c, run);
			c->set_up = true;
			if (c->run.wl->setup)
				rc = c->run.wl->setup(&c->run, why, len);
		}
	}
	return rc;
}

static void scn_teardown(struct wl_run *run)
{
	struct scn_play *play = run->shared;

	for (unsigned p = 0; play && p < play->s->nr_phases; p++)
		for (unsigned a = 0; a < play->s->phase[p].nr_actors; a++)
			if (play->act[p].cast[a].set_up)
				play->act[p].cast[a].run.wl->teardown(&play->act[p].cast[a].run);
	scn_dismiss(play);
	run->shared = NULL;
}

static int check_phase(const struct scn_phase *phase, char *why, size_t len)
{
	unsigned working = 0, rest = 0;

	for (unsigned a = 0; a < phase->nr_actors; a++) {
		const struct scn_actor *actor = &phase->actor[a];

		if (actor->wl->alone || actor->wl->threads_multiple > 1)
			return wrong(why, len, "phase %s: %s must be alone", phase->name,
				     actor->wl->name);
		if (actor->wl->one_thread && actor->threads != 1)
			return wrong(why, len, "phase %s: %s wants threads: 1", phase->name,
				     actor->wl->name);
		for (unsigned b = 0; b < a; b++)
			if (!strcmp(phase->actor[b].name, actor->name))
				return wrong(why, len, "phase %s: two actors are called %s",
					     phase->name, actor->name);
		working += !actor->background;
		rest += actor->threads == SCN_REST;
	}
	if (!working)
		return wrong(why, len, "phase %s: all actors are in the background: it has no end",
			     phase->name);
	if (rest > 1)
		return wrong(why, len, "phase %s: two actors want the rest of the threads",
			     phase->name);
	if (phase->measure && phase->meet)
		return wrong(why, len, "phase %s: meet is for phases that are not measured",
			     phase->name);
	if (phase->measure && (phase->until.fu9 > 0 || phase->until.steady > 0))
		return wrong(why, len,
			     "phase %s: looking at memory costs time: a measured phase ends by ops "
			     "or seconds",
			     phase->name);
	return 0;
}

static unsigned add_step(struct scenario *s, unsigned nr, unsigned phase, enum scn_part part)
{
	static const char *const suffix[] = { ": prepare", "", ": end" };
	const struct scn_phase *p = &s->phase[phase];
	char name[SCN_NAME];

	memcpy(name, p->name, sizeof(name));
	snprintf(s->label[nr], sizeof(s->label[nr]), "%s%s", name, suffix[part]);
	s->step[nr].phase = (uint8_t)phase;
	s->step[nr].part = (uint8_t)part;
	s->table[nr] = (struct wl_phase){
		.name = s->label[nr],
		.timed = part == SCN_RUN && p->measure,
		.single = part == SCN_END,
		.op = WL_OP_MIX,
	};
	return nr + 1;
}

static void need(struct scenario *s, const struct scn_phase *phase)
{
	unsigned threads = 0;

	for (unsigned a = 0; a < phase->nr_actors; a++) {
		const struct wl_ops *wl = phase->actor[a].wl;

		s->ops.needs |= wl->needs | (phase->actor[a].order ? PGA_CAP_ORDERS : 0);
		s->ops.needs_host |= wl->needs_host;
		s->ops.has_placement &= wl->has_placement;
		if (wl->min_nodes > s->ops.min_nodes)
			s->ops.min_nodes = wl->min_nodes;
		threads += phase->actor[a].threads == SCN_REST ? wl->min_threads
							       : phase->actor[a].threads;
	}
	if (threads > s->ops.min_threads)
		s->ops.min_threads = threads;
}

int scn_make(struct scenario *s, char *why, size_t len)
{
	unsigned nr = 0;
	bool measured = false;

	s->ops = (struct wl_ops){
		.name = s->name,
		.summary = s->summary,
		.version = s->version,
		.params = params,
		.phases = s->table,
		.min_threads = 1,
		.threads_multiple = 1,
		.min_nodes = 1,
		.needs = PGA_CAP_REAL,
		.has_placement = true,
		.slots = scn_slots,
		.setup = scn_setup,
		.step = scn_step,
		.target = scn_target,
		.cost = scn_cost,
		.report = scn_report,
		.teardown = scn_teardown,
	};
	for (unsigned p = 0; p < s->nr_phases; p++) {
		const struct scn_phase *phase = &s->phase[p];

		if (check_phase(phase, why, len))
			return -EINVAL;
		need(s, phase);
		if (phase->measure)
			nr = add_step(s, nr, p, SCN_PREPARE);
		nr = add_step(s, nr, p, SCN_RUN);
		measured |= phase->measure;
		nr = add_step(s, nr, p, SCN_END);
		s->ops.target_phase = nr - 1;
	}
	s->table[nr] = (struct wl_phase){ .name = NULL };
	if (s->ops.needs_host)
		s->ops.owners = scn_owners;
	return measured ? 0 : wrong(why, len, "no phase is measured: one wants measure: true");
}
