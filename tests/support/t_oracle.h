/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plain oracle: it knows of each frame whether it is absent, free or in use,
 * nothing of lists, caches or types, and judges what an allocator answers.
 */
#ifndef TESTS_T_ORACLE_H
#define TESTS_T_ORACLE_H

#include "tests/support/t_instance.h"

struct t_block {
	pga_pfn_t pfn;
	unsigned order;
};

struct t_oracle {
	struct t_instance *in;
	uint8_t *frames;      /* [in->end]: 'a'bsent, 'f'ree, 'u'sed */
	struct t_block *live; /* blocks in use, any order */
	size_t nr_live;
	uint64_t live_frames;
	uint64_t managed; /* frames that are not absent */
	uint64_t booted; /* of these, without CMA areas: old kernels do not count them as managed */
	uint64_t gone;	 /* frames allocated less freed, by the counters, when it began: some
			    mechanisms count what boot releases as freed */
	uint64_t allocations;
	char why[256]; /* the last objection */
};

/** t_oracle_init - for an instance fresh from t_up; 0 or -ENOMEM. */
int t_oracle_init(struct t_oracle *o, struct t_instance *in);
void t_oracle_fini(struct t_oracle *o);

/** t_oracle_took - judge a success and note the block; false with o->why. */
bool t_oracle_took(struct t_oracle *o, struct pga_req req, const struct pga_ctx *ctx,
		   struct pga_res res);
/** t_oracle_gave - forget live block number @i, about to be freed. */
struct t_block t_oracle_gave(struct t_oracle *o, size_t i);
/**
 * t_oracle_refused - judge a failure; false with o->why
 * All per-CPU lists must be empty.  A failure is right when no usable zone has
 * the frames of the request in free blocks of its order and above, beyond its
 * high mark and the largest reserve.
 */
bool t_oracle_refused(struct t_oracle *o, struct pga_req req, const struct pga_ctx *ctx,
		      struct pga_res res);
/**
 * t_oracle_agrees - everything that must hold whenever nothing runs
 * check() clean; frames counted; every frame's state; zone_snap equals a walk
 * over frames and lists; statistics balance.  @isolated: frames that isolation
 * took out of the free count.
 */
bool t_oracle_agrees(struct t_oracle *o, uint64_t isolated);

#endif
