/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario: workloads put together.  Its phases follow one another; in each
 * of them actors, every one a workload with its parameters on some of the
 * threads, run at once.  Memory that an actor keeps is still held in the phases
 * that follow: so one phase can age memory, and the next one measure in it.
 *
 * A scenario is a workload itself (ops), made from data; no file is read here.
 * Each of its phases is up to three of the engine:
 *   NAME: prepare  of a measured phase: what its actors do before their first
 *                  timed phase; not clocked
 *   NAME           the actors; clocked and counted when it is measured
 *   NAME: end      thread 0 alone: notes the state, gives back what is not kept
 *
 * A phase is over when each actor that is not in the background has done all
 * phases of its workload, or when a bound of it is reached; then everybody
 * stops where he is.  Threads of one actor meet between the phases of their
 * workload, parked; they never wait for another actor.
 *
 * The requests of a thread depend on the seed, its index and the scenario
 * alone; where they end depends on other threads when the phase has an actor in
 * the background, or a bound that the state of memory or the clock sets.
 *
 * Threads: as wl.h says.  An actor's workload sees a run of its own, whose
 * threads are numbered from 0.
 */
#ifndef WORKLOADS_SCENARIO_H
#define WORKLOADS_SCENARIO_H

#include "workloads/wl.h"

#define SCN_MAX_PHASES 6u
#define SCN_MAX_ACTORS 6u /* of a phase */
#define SCN_NAME 24u	  /* bytes of a name, NUL included */
#define SCN_REST 0u	  /* threads: all that no other actor of the phase has */

struct scn_actor {
	char name[SCN_NAME];
	const struct wl_ops *wl;
	int64_t param[WL_MAX_PARAMS];
	unsigned order;
	unsigned threads;	      /* SCN_REST: what is left */
	int node;		      /* its threads are on CPUs of this node; -1: anywhere */
	unsigned share;		      /* per cent of its threads' frames that it is told about */
	uint64_t ops;		      /* max_ops of its workload; 0: as the matrix says */
	int last;		      /* phase of its workload that it stops after; -1: does all */
	bool background;	      /* goes on until the others are done */
	bool keep;		      /* what it holds is held until the scenario ends */
	const struct wl_trace *trace; /* what its workload's parameter of type FILE names */
};

/* When a phase is over before its actors are; 0 or below 0: no such bound. */
struct scn_until {
	uint64_t ops;  /* of each thread */
	uint64_t ms;   /* of time */
	double fu9;    /* Fu(9) is at least so much, */
	double free;   /* while at least this share of memory is free; below 0: any */
	double steady; /* Fu(9) moves by less than so much while memory is used once over */
};

struct scn_phase {
	char name[SCN_NAME];
	bool measure;
	bool meet; /* the foreground meets after the first phase of its workloads: when those
		      fill memory, all of it has been in use before anybody gives back */
	struct scn_until until;
	unsigned nr_actors;
	struct scn_actor actor[SCN_MAX_ACTORS];
};

enum scn_part { SCN_PREPARE, SCN_RUN, SCN_END };

struct scenario {
	struct wl_ops ops; /* from scn_make */
	char name[64], summary[128];
	uint32_t version; /* of its text: changes with it */
	unsigned nr_phases;
	struct scn_phase phase[SCN_MAX_PHASES];
	/* What scn_make derives. */
	struct wl_phase table[3 * SCN_MAX_PHASES + 1];
	char label[3 * SCN_MAX_PHASES][SCN_NAME + 16];
	struct {
		uint8_t phase, part; /* enum scn_part */
	} step[3 * SCN_MAX_PHASES];
};

/**
 * scn_make - fill in ops and the phases of the engine
 * @s: name, summary, version and phases are given
 * Return: 0; -EINVAL with what is wrong in @why: no measured phase, a phase
 * whose actors are all in the background, a workload that must be alone.
 */
int scn_make(struct scenario *s, char *why, size_t len);

#endif
