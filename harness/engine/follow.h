/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that follow the threads that touch their frames (memory: follow).
 * What a kernel's first touch does by itself, and its migration of pages on
 * the next touch or on use does on hints, is done here at the touch itself,
 * by one call of move_pages, counted and timed.
 *
 * A frame belongs to one thread at a time, and so does what is noted of it;
 * who hands it on hands this on too.
 */
#ifndef HARNESS_FOLLOW_H
#define HARNESS_FOLLOW_H

#include "harness/engine/machine_conf.h"

/* Of one pass. */
struct follow_sum {
	bool has;		/* the rest means something */
	uint64_t moves, failed; /* pages that moved, and that would not */
	double ns;		/* per page that was to move, moved or not; NaN: none was */
	unsigned sampled;	/* touched frames that were looked up, with a page */
	unsigned on_first;	/* of those: on the node of the first thread that touched it */
	unsigned on_last;	/* on the node of the last one */
	int err;		/* refusal of the call, 0; then nothing more was tried */
};

struct follow;

/** follow_bytes - memory of its notes. */
uint64_t follow_bytes(const struct machine_conf *m);

/**
 * follow_new - for one pass
 * @m: nodes of frames and of threads; @nr_threads of them
 * @base: address of frame 0
 * @placed: pages lie on their frames' nodes now; else it is not known where
 * Return: NULL without memory.
 */
struct follow *follow_new(enum bench_follow how, const struct topo *t, const struct machine_conf *m,
			  unsigned nr_threads, char *base, bool placed);
void follow_free(struct follow *f);

/** follow_mark - FOLLOW_NEXT: what thread @index touches from now on moves once; not 0. */
void follow_mark(struct follow *f, unsigned index, uint32_t mark);

/** follow_touch - struct wl_run's before_touch; @data is the struct follow. */
void follow_touch(void *data, const struct wl_thread *t, pga_pfn_t pfn, unsigned nr);

/** follow_gather - add up, and look some pages up; when all threads have ended. */
void follow_gather(struct follow *f, struct follow_sum *sum);

#endif
