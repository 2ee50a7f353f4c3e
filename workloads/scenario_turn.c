/* SPDX-License-Identifier: GPL-2.0-only */
/* Actors that wait for one another: to meet, and to take turns. */
#include "workloads/scenario_int.h"
#include "workloads/spin.h"

void scn_count_in(struct scn_act *act, struct scn_lane *l)
{
	if (l->met || l->cast->actor->background)
		return;
	l->met = true;
	atomic_fetch_add(&act->met, 1);
}

void scn_gather(struct scn_play *play, struct scn_act *act, struct scn_lane *l)
{
	const struct pga_ops *ops = play->run->ops;
	unsigned polls = 0;

	if (l->met)
		return;
	scn_count_in(act, l);
	if (ops->park)
		ops->park(play->run->pga, l->t->req.cpu);
	while (atomic_load(&act->met) < act->nr_front && !atomic_load(&act->over) &&
	       !atomic_load(&play->run->stop))
		own_spin_pause(&polls);
	if (ops->unpark)
		ops->unpark(play->run->pga, l->t->req.cpu);
}

void scn_turn_step(struct scn_act *act, struct scn_lane *l)
{
	unsigned turn = atomic_load_explicit(&act->turn, memory_order_acquire);

	/* turn grows by its last step alone, so each thread counts once in it. */
	if (l->budget && l->turn == turn)
		return;
	l->turn = turn;
	l->budget = 1;
	if (atomic_fetch_add(&act->stepped, 1) + 1 < act->nr_back)
		return;
	atomic_store(&act->stepped, 0);
	atomic_fetch_add(&act->turn, 1);
}

static bool goes_on(const struct scn_play *play, struct scn_act *act, const struct scn_lane *l)
{
	return atomic_load(&act->turn) != l->turn || atomic_load(&act->no_turns) ||
	       atomic_load(&act->over) || atomic_load(&play->run->stop);
}

static uint64_t wait_turn(struct scn_play *play, struct scn_act *act, struct scn_lane *l)
{
	const struct pga_ops *ops = play->run->ops;
	uint64_t begin = play->run->clock();
	unsigned polls = 0;

	l->waits++;
	if (ops->park)
		ops->park(play->run->pga, l->t->req.cpu);
	while (!goes_on(play, act, l))
		own_spin_pause(&polls);
	if (ops->unpark)
		ops->unpark(play->run->pga, l->t->req.cpu);
	return play->run->clock() - begin;
}

uint64_t scn_turn_wait(struct scn_play *play, struct scn_act *act, struct scn_lane *l)
{
	uint64_t waited = 0;

	if (!act->nr_back)
		return 0;
	if (!l->budget && !goes_on(play, act, l))
		waited = wait_turn(play, act, l);
	unsigned turn = atomic_load(&act->turn);

	if (turn != l->turn) {
		l->turn = turn;
		l->budget = SCN_BUDGET;
	}
	l->budget -= l->budget > 0;
	return waited;
}
