/* SPDX-License-Identifier: GPL-2.0-only */
/* A scenario at work: each thread goes through the phases of its actor's workload. */
#include "workloads/fragindex.h"
#include "workloads/scenario_int.h"
#include "workloads/spin.h"

#include <math.h>

/*
 * The last to come does what is to be done at this point, then all go on; false:
 * no more is done here, by the phase's end or by one's own bound.
 */
static bool meet(struct scn_play *play, struct scn_act *act, struct scn_lane *l,
		 void (*then)(struct scn_cast *, unsigned), unsigned at)
{
	const struct pga_ops *ops = play->run->ops;
	struct scn_cast *c = l->cast;
	unsigned gate = atomic_load(&c->gate), polls = 0;

	if (atomic_fetch_add(&c->arrived, 1) + 1 == c->nr) {
		then(c, at);
		atomic_store(&c->arrived, 0);
		atomic_fetch_add(&c->gate, 1);
		return true;
	}
	if (ops->park)
		ops->park(play->run->pga, l->t->req.cpu);
	while (atomic_load(&c->gate) == gate && !atomic_load(&act->over) &&
	       !atomic_load(&c->broken) && !atomic_load(&play->run->stop))
		own_spin_pause(&polls);
	if (ops->unpark)
		ops->unpark(play->run->pga, l->t->req.cpu);
	return atomic_load(&c->gate) != gate;
}

static void after_phase(struct scn_cast *c, unsigned at)
{
	const struct wl_ops *wl = c->run.wl;

	if (c->lane[0].round + 1 < c->rounds)
		return;
	if (wl->target && wl->target_phase == at)
		wl->target(&c->run, &c->target);
	if (wl->late && wl->late_phase == at)
		wl->late(&c->run, &c->target);
}

static void enter(struct scn_lane *l, const struct wl_phase *p, bool clocked)
{
	unsigned mode = l->outer->mode;

	l->entered = true;
	l->t->done = 0;
	l->t->mode = clocked && p->timed ? mode : mode & ~WL_COUNT;
	l->begin = l->cast->run.clock();
}

static void leave(struct scn_lane *l, const struct wl_phase *p, bool clocked)
{
	l->entered = false;
	if (!clocked || !p->timed)
		return;
	l->ns += (double)(l->cast->run.clock() - l->begin);
	l->ops[p->op] += l->t->done;
}

static bool is_last(const struct scn_cast *c, unsigned at)
{
	return (int)at == c->actor->last || !c->run.wl->phases[at + 1].name;
}

/* Bounds that each thread sees for itself, and those of the one that looks. */
static void check_bounds(struct scn_play *play, struct scn_act *act, const struct scn_phase *phase,
			 struct scn_lane *l)
{
	bool looks = l == act->cast[0].lane && !phase->measure;

	if (phase->until.ms &&
	    play->run->clock() - atomic_load(&act->begin) >= phase->until.ms * 1000000)
		atomic_store(&act->over, true);
	if (!looks || l->steps - l->looked < SCN_LOOK)
		return;
	l->looked = l->steps;
	if (scn_look(play, act, phase, l->steps))
		atomic_store(&act->over, true);
}

static void finish(struct scn_act *act, struct scn_lane *l)
{
	l->done = true;
	scn_count_in(act, l);
	if (l->cast->actor->background)
		atomic_store(&act->no_turns, true);
	else if (atomic_fetch_sub(&act->working, 1) == 1)
		atomic_store(&act->over, true);
}

/* To the next phase of the workload; false: the thread's part is done. */
static bool advance(struct scn_play *play, struct scn_act *act, struct scn_lane *l)
{
	struct scn_cast *c = l->cast;

	if (meet(play, act, l, after_phase, l->at)) {
		bool last = is_last(c, l->at);

		l->at = last ? 0 : l->at + 1;
		l->round += last;
		if (l->round < c->rounds)
			return true;
	}
	finish(act, l);
	return false;
}

static uint64_t play_on(struct scn_play *play, unsigned nr, struct scn_lane *l, bool prepare)
{
	const struct scn_phase *phase = &play->s->phase[nr];
	const struct wl_ops *wl = l->cast->run.wl;
	struct scn_act *act = &play->act[nr];
	bool clocked = phase->measure && !prepare;

	while (!l->done) {
		const struct wl_phase *p = &wl->phases[l->at];
		bool enough = phase->until.ops && l->steps >= phase->until.ops;

		if (prepare && p->timed)
			return 0;
		if (!l->entered)
			enter(l, p, clocked);
		if (enough || atomic_load(&act->over)) {
			leave(l, p, clocked);
			atomic_store(&l->cast->broken, true);
			finish(act, l);
			return 0;
		}
		if (!prepare && !l->cast->actor->background)
			l->begin += scn_turn_wait(play, act, l);
		uint64_t n = p->single && l->t->index ? 0 : wl->step(l->t, l->at);

		if (n && !prepare && l->cast->actor->background)
			scn_turn_step(act, l);
		if (n) {
			l->t->done += n;
			if (prepare)
				return n;
			l->steps += n;
			check_bounds(play, act, phase, l);
			return n;
		}
		leave(l, p, clocked);
		if (phase->meet && !l->cast->actor->background)
			scn_gather(play, act, l);
		if (!advance(play, act, l))
			return 0;
	}
	return 0;
}

/* What the engine sums is the threads' that it knows. */
static void fold(struct scn_lane *l)
{
	l->outer->fails += l->t->fails;
	l->outer->in_turn += l->t->in_turn;
	for (unsigned s = 0; s < PGA_NR_STAGES; s++) {
		l->outer->path[s] += l->t->path[s];
		l->outer->stage[s] += l->t->stage[s];
	}
}

/* By thread 0; the CPUs of the others are parked. */
static void give_back(struct scn_play *play, struct scn_cast *c)
{
	const struct pga_ops *ops = play->run->ops;

	for (unsigned i = 0; ops->unpark && i < c->nr; i++)
		if (c->lane[i].outer->index)
			ops->unpark(play->run->pga, c->run.threads[i].req.cpu);
	c->run.wl->teardown(&c->run);
	c->set_up = false;
	for (unsigned i = 0; ops->park && i < c->nr; i++)
		if (c->lane[i].outer->index)
			ops->park(play->run->pga, c->run.threads[i].req.cpu);
}

static void end_phase(struct scn_play *play, unsigned nr)
{
	struct scn_act *act = &play->act[nr];

	for (unsigned a = 0; a < play->s->phase[nr].nr_actors; a++) {
		struct scn_cast *c = &act->cast[a];

		for (unsigned i = 0; i < c->nr; i++) {
			act->ops += c->lane[i].steps;
			fold(&c->lane[i]);
		}
	}
	scn_look_last(play, nr);
	for (unsigned a = 0; a < play->s->phase[nr].nr_actors; a++)
		if (!act->cast[a].actor->keep)
			give_back(play, &act->cast[a]);
}

uint64_t scn_step(struct wl_thread *t, unsigned step)
{
	struct scn_play *play = t->run->shared;
	unsigned nr = play->s->step[step].phase, part = play->s->step[step].part;
	struct scn_lane *l = play->lane_of[nr * t->run->nr_threads + t->index];
	uint64_t none = 0;

	if (part == SCN_END) {
		end_phase(play, nr);
		return 0;
	}
	if (part == SCN_RUN && !atomic_load_explicit(&play->act[nr].begin, memory_order_relaxed))
		atomic_compare_exchange_strong(&play->act[nr].begin, &none, t->run->clock());
	return l ? play_on(play, nr, l, part == SCN_PREPARE) : 0;
}

/* Least squares over what the ring holds. */
static double slope_of(const struct scn_act *act)
{
	double mx = 0, my = 0, xy = 0, xx = 0;

	for (unsigned i = 0; i < SCN_RING; i++) {
		mx += act->x[i] / SCN_RING;
		my += act->fu[i] / SCN_RING;
	}
	for (unsigned i = 0; i < SCN_RING; i++) {
		xy += (act->x[i] - mx) * (act->fu[i] - my);
		xx += (act->x[i] - mx) * (act->x[i] - mx);
	}
	return xx > 0 ? xy / xx : NAN;
}

static bool see(struct scn_play *play, struct scn_act *act, const struct scn_until *until)
{
	const struct wl_run *run = play->run;
	struct wl_frag frag;

	wl_frag_take(&frag, run->ops, run->pga, run->conf);
	act->fu9 = wl_frag_fu(&frag, 9) / 1000.0;
	act->free = (double)wl_frag_frames(&frag) / (double)run->frames;
	return until->fu9 > 0 && act->fu9 >= until->fu9 && act->free >= until->free;
}

bool scn_look(struct scn_play *play, struct scn_act *act, const struct scn_phase *phase,
	      uint64_t steps)
{
	double limit = phase->until.steady > 0 ? phase->until.steady : SCN_STEADY;
	unsigned at = act->looks % SCN_RING;

	bool reached = see(play, act, &phase->until);

	act->x[at] = (double)steps * play->run->nr_threads / (double)play->run->frames;
	act->fu[at] = act->fu9;
	if (++act->looks >= SCN_RING) {
		act->slope = slope_of(act);
		if (isnan(act->steady_at) && fabs(act->slope) < limit)
			act->steady_at = (double)steps;
		reached |= phase->until.steady > 0 && fabs(act->slope) < limit;
	}
	act->reached |= reached;
	return reached;
}

void scn_look_last(struct scn_play *play, unsigned phase)
{
	struct scn_act *act = &play->act[phase];

	act->reached |= see(play, act, &play->s->phase[phase].until);
}
