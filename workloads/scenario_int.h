/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of a scenario share while it runs. */
#ifndef WORKLOADS_SCENARIO_INT_H
#define WORKLOADS_SCENARIO_INT_H

#include "workloads/scenario.h"

#define SCN_RING 8u	/* looks that a slope is made of */
#define SCN_LOOK 1024u	/* operations of the looking thread between two */
#define SCN_STEADY 0.01 /* change of Fu(9) per memory used that counts as none */

/* One thread of an actor; written by its thread. */
struct scn_lane {
	struct scn_cast *cast;
	struct wl_thread *t, *outer; /* as its workload sees it; as the engine does */
	unsigned round, at;	     /* round and phase of its workload */
	bool entered;		     /* that phase has begun */
	bool done;		     /* all phases are over */
	uint64_t begin;		     /* when it began, ns */
	uint64_t steps;		     /* operations in this phase of the scenario */
	uint64_t looked;	     /* of them, at the last look */
	bool met;		     /* it has been where the foreground meets */
	unsigned turn, budget;	     /* the turn it is in; steps that are left to it there */
	uint64_t waits;		     /* for a turn */
	uint64_t ops[WL_NR_OPS];     /* of timed phases while measured */
	double ns;
} __attribute__((aligned(128)));

/* An actor at work. */
struct scn_cast {
	const struct scn_actor *actor;
	struct wl_run run;
	unsigned rounds, nr;
	struct scn_lane *lane; /* [nr] */
	unsigned first_lane;   /* in the play's */
	bool set_up;
	struct wl_target target;
	atomic_uint gate, arrived; /* where its threads meet */
	atomic_bool broken;	   /* one of them stopped at its bound: they meet no more */
};

/* A phase at work. */
struct scn_act {
	struct scn_cast cast[SCN_MAX_ACTORS];
	atomic_uint working;  /* threads of the foreground that are not done */
	unsigned nr_front;    /* their number at first, */
	atomic_uint met;      /* and how many came to where they meet, or never will */
	unsigned nr_back;     /* threads of the background */
	atomic_uint turn;     /* grows when each of these has made a step again, */
	atomic_uint stepped;  /* so many of them have in this turn */
	atomic_bool no_turns; /* one of them is done: nobody waits for it */
	atomic_bool over;
	_Atomic uint64_t begin; /* ns; 0: not begun */
	/* Of the looking thread, the first of the first actor; then of thread 0. */
	unsigned looks;
	double x[SCN_RING], fu[SCN_RING];
	double slope, steady_at; /* NaN: not known, not steady */
	bool reached;		 /* the bound that memory sets */
	double fu9, free;	 /* at the end; NaN */
	uint64_t ops;
};

struct scn_play {
	const struct scenario *s;
	struct wl_run *run;	   /* the engine's */
	struct wl_thread *threads; /* of all casts */
	struct scn_lane *lanes;	   /* the same number */
	struct scn_lane **lane_of; /* [nr_phases * nr_threads], NULL: idle */
	struct scn_act act[SCN_MAX_PHASES];
};

/**
 * scn_cast_all - who plays what on the threads of @run; free with scn_dismiss
 * Return: NULL without memory, or with the actor that finds no thread in @why.
 */
struct scn_play *scn_cast_all(const struct wl_run *run, char *why, size_t len);
void scn_dismiss(struct scn_play *play);

static inline const struct scenario *scn_of(const struct wl_run *run)
{
	return (const struct scenario *)run->wl; /* ops is its first member */
}

/** scn_step - ops.step of every scenario. */
uint64_t scn_step(struct wl_thread *t, unsigned step);
/*
 * What is measured beside a background is so only if the background runs: a
 * turn is over when each of its threads has made a step, and a thread of the
 * foreground makes at most SCN_BUDGET steps in it.  With a core for each thread
 * nobody waits; where threads share cores, or one is late, the foreground does,
 * and the time is not its own.
 */
#define SCN_BUDGET 64u
/** scn_turn_wait - by the foreground, before a step; ns that it waited. */
uint64_t scn_turn_wait(struct scn_play *play, struct scn_act *act, struct scn_lane *l);
/** scn_count_in - @l has come to where the foreground meets, or is done before. */
void scn_count_in(struct scn_act *act, struct scn_lane *l);
/** scn_gather - wait there for the others of all actors. */
void scn_gather(struct scn_play *play, struct scn_act *act, struct scn_lane *l);
/** scn_turn_step - by the background, after a step that did something. */
void scn_turn_step(struct scn_act *act, struct scn_lane *l);

/** scn_look - note Fu(9), by the looking thread; is the phase over by what it saw? */
bool scn_look(struct scn_play *play, struct scn_act *act, const struct scn_phase *phase,
	      uint64_t steps);
/** scn_look_last - at the end of a phase, quiet. */
void scn_look_last(struct scn_play *play, unsigned phase);

/** scn_cost, scn_report, scn_target - of wl_ops. */
void scn_cost(const struct wl_run *run, unsigned step, uint64_t *ops, double *ns);
void scn_report(const struct wl_run *run, unsigned parts, struct wl_report *report);
void scn_target(struct wl_run *run, struct wl_target *target);

#endif
