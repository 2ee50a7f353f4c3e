/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of linux-2.4 and linux-2.6.9: operations.  A cached frame (2.4) may
 * be reclaimed by an operation, or be moved to another queue: such effects are
 * found after the operation and told with the block's id.
 */
#include "harness/palvec/palvec_legacy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;
typedef struct bench_pv_block block_t;
typedef struct bench_pv_legacy legacy_t;

/* --- effects --- */

static int add_effect(run_t *run, const block_t *block, const char *what)
{
	legacy_t *l = run->legacy;

	if (bench_pv_grow(run, (void **)&l->effect, l->nr_effects, &l->max_effects,
			  sizeof(*l->effect)))
		return -1;
	l->effect[l->nr_effects++] = (struct bench_pv_effect){ block->id, what };
	return 0;
}

int bench_pv_evict(void *data, pga_pfn_t pfn)
{
	run_t *run = data;
	legacy_t *l = run->legacy;
	block_t *block;

	if (pfn >= l->nr_owners || !l->owner[pfn])
		return -EAGAIN;
	block = &run->block[l->owner[pfn] - 1];
	if (add_effect(run, block, "gone"))
		return -EAGAIN;
	l->owner[pfn] = 0;
	block->cached = PV_PLAIN;
	bench_pv_died(run, block);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct bench_pv_effect *x = a, *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

/* Frames that were on a clean queue before the operation and are no longer. */
static int find_effects(run_t *run)
{
	static const char *const words[PV_ACTIVE + 1] = {
		[PV_DIRTY] = "dirty", [PV_ACTIVE] = "active"
	};
	legacy_t *l = run->legacy;
	size_t kept = 0;

	for (size_t i = 0; i < l->nr_clean; i++) {
		block_t *block = &run->block[l->clean[i]];
		struct pga_frame_info info;

		if (block->cached != PV_CLEAN)
			continue;
		run->ops->frame(run->self, block->pfn, &info);
		for (unsigned c = PV_DIRTY; c <= PV_ACTIVE; c++) {
			if (info.queue != l->queue[c])
				continue;
			block->cached = (uint8_t)c;
			if (add_effect(run, block, words[c]))
				return -1;
		}
		if (block->cached == PV_CLEAN)
			l->clean[kept++] = l->clean[i];
	}
	l->nr_clean = kept;
	if (l->nr_effects)
		qsort(l->effect, l->nr_effects, sizeof(*l->effect), by_id);
	return 0;
}

int bench_pv_effects(run_t *run)
{
	legacy_t *l = run->legacy;
	char got[64], want[64];
	size_t i = 0;

	if (find_effects(run))
		return -1;
	while (i < l->nr_effects ||
	       (run->r->next < run->r->end && !strncmp(run->r->next, "r ", 2))) {
		snprintf(got, sizeof(got), "no effect");
		if (i < l->nr_effects)
			snprintf(got, sizeof(got), "r %" PRId64 " %s", l->effect[i].id,
				 l->effect[i].what);
		if (!bench_pv_line(run->r))
			return bench_pv_malformed(run->r, "the file ends inside effects");
		snprintf(want, sizeof(want), "%s", run->r->line);
		if (strcmp(want, got) != 0)
			return bench_pv_diverged(run, -1, want, got);
		i++;
	}
	l->nr_effects = 0;
	return 0;
}

void bench_pv_record_effects(run_t *run)
{
	legacy_t *l = run->legacy;

	find_effects(run);
	for (size_t i = 0; i < l->nr_effects; i++)
		fprintf(run->record, "r %" PRId64 " %s\n", l->effect[i].id, l->effect[i].what);
	l->nr_effects = 0;
}

/* --- operations of both --- */

static int op_alloc(run_t *run)
{
	legacy_t *l = run->legacy;
	struct pga_req req;
	struct pga_res res;
	block_t *block;
	char got[40];

	if (bench_pv_request(run, &req, &block))
		return -1;
	l->limited = !req.order;
	l->sleeps = 0;
	l->gave_up = false;
	run->ops->unpark(run->self, req.cpu);
	res = run->ops->alloc(run->self, req, NULL);
	run->ops->park(run->self, req.cpu);
	if (res.err)
		snprintf(got, sizeof(got), l->gave_up ? "block" : "fail");
	else
		snprintf(got, sizeof(got), "%u %u", res.pfn, run->m->zi[res.zone]);
	if (bench_pv_answer(run, res.err ? -1 : res.zone, got))
		return -1;
	if (!res.err)
		bench_pv_born(run, block, req, res);
	return 0;
}

static int op_free(run_t *run)
{
	block_t *block;
	int64_t cpu;
	int rc = bench_pv_live(run, &block);

	if (rc)
		return rc;
	if (bench_pv_cpu(run, &cpu))
		return -1;
	if (block->cached) {
		run->legacy->owner[block->pfn] = 0;
		block->cached = PV_PLAIN;
		if (run->ops->lru_del(run->self, block->pfn, (unsigned)cpu))
			return bench_pv_malformed(run->r, "block %" PRId64 " is still worked on",
						  block->id);
	}
	return bench_pv_free(run, block, (unsigned)cpu);
}

/* --- operations of linux-2.6.9 --- */

static int op_set(run_t *run)
{
	static const char *const names[][2] = { { "min_free_kbytes", NULL },
						{ "lower_zone_protection", NULL } };
	static const char *const facts[] = { "wmark", "protection", NULL };
	const char *word = bench_pv_word(run->r);

	for (size_t i = 0; word && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(word, names[i][0]) != 0)
			continue;
		run->facts = facts;
		return bench_pv_tune(run, names[i]);
	}
	return bench_pv_malformed(run->r, "unknown setting '%.40s'", word ? word : "");
}

const struct bench_pv_op bench_pv_26_ops[] = {
	{ "A", op_alloc, true },
	{ "F", op_free, true },
	{ "D", bench_pv_drain, true },
	{ "W", op_set, true },
	{ "CHECK", bench_pv_check, false },
	{ "DUMP", bench_pv_dump, false },
	{ .key = NULL },
};

/* --- operations of linux-2.4 --- */

static int step(run_t *run, const char *name, pga_pfn_t pfn)
{
	const struct pga_step_arg arg = { .zone = -1, .order = -1, .range = { pfn, pfn + 1 } };
	int64_t rc = bench_pv_step(run, name, &arg);

	return rc < 0 ? bench_pv_malformed(run->r, "step %s of %s failed: %s", name, run->ops->name,
					   strerror((int)-rc))
		      : 0;
}

/* The block of the line, which is to be in this state. */
static int cached_block(run_t *run, block_t **block, enum bench_pv_cached state)
{
	int rc = bench_pv_live(run, block);

	if (rc)
		return rc;
	if (run->record && ((*block)->cached != state || (*block)->order))
		return PV_DROP;
	if ((*block)->cached != state)
		return bench_pv_malformed(run->r, "block %" PRId64 " is not %s", (*block)->id,
					  state ? bench_pv_queues[state]
						: "a page outside of the queues");
	if ((*block)->order)
		return bench_pv_malformed(run->r, "block %" PRId64 " is more than a page",
					  (*block)->id);
	return bench_pv_end(run->r);
}

/* The block goes from one state to another, by a step of the mechanism. */
static int move(run_t *run, enum bench_pv_cached from, enum bench_pv_cached to, const char *name)
{
	legacy_t *l = run->legacy;
	block_t *block;
	int rc = cached_block(run, &block, from);

	if (rc)
		return rc;
	if (step(run, name, block->pfn))
		return -1;
	block->cached = (uint8_t)to;
	l->owner[block->pfn] = (uint32_t)(block - run->block) + 1;
	if (to != PV_CLEAN)
		return 0;
	if (bench_pv_grow(run, (void **)&l->clean, l->nr_clean, &l->max_clean, sizeof(*l->clean)))
		return -1;
	l->clean[l->nr_clean++] = (size_t)(block - run->block);
	return 0;
}

static int op_clean(run_t *run)
{
	return move(run, PV_PLAIN, PV_CLEAN, "cache_clean");
}

static int op_dirty(run_t *run)
{
	return move(run, PV_PLAIN, PV_DIRTY, "cache_dirty");
}

static int op_laundered(run_t *run)
{
	return move(run, PV_DIRTY, PV_CLEAN, "laundered");
}

static int op_touch(run_t *run)
{
	block_t *block;
	int rc = cached_block(run, &block, PV_CLEAN);

	if (!rc)
		run->ops->mark_accessed(run->self, block->pfn);
	return rc;
}

static int op_modify(run_t *run)
{
	block_t *block;
	int rc = cached_block(run, &block, PV_CLEAN);

	if (!rc)
		run->ops->set_dirty(run->self, block->pfn, true);
	return rc;
}

static int op_kreclaimd(run_t *run)
{
	return bench_pv_end(run->r) ? -1 : step(run, "kreclaimd", 0);
}

static int op_second(run_t *run)
{
	return bench_pv_end(run->r) ? -1 : step(run, "second", 0);
}

const struct bench_pv_op bench_pv_24_ops[] = {
	{ "A", op_alloc, true },	  { "F", op_free, true },
	{ "C", op_clean, true },	  { "Y", op_dirty, true },
	{ "L", op_laundered, true },	  { "T", op_touch, true },
	{ "M", op_modify, true },	  { "K", op_kreclaimd, true },
	{ "S", op_second, true },	  { "CHECK", bench_pv_check, false },
	{ "DUMP", bench_pv_dump, false }, { .key = NULL },
};
