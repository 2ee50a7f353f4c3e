/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace file becomes operations on numbered blocks. */
#include "harness/trace/trace_load.h"
#include "core/pga.h"
#include "harness/trace/trace_file.h"
#include "harness/trace/trace_live.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LIVES (1u << 30)

struct load {
	struct wl_trace *trace;
	struct wl_trace_op *op;
	size_t room;
	struct trace_live *live;
	uint64_t first_ns, frames;
	bool begun;
	bool cpu_used[TRACE_MAX_CPUS];
};

static int append(struct load *l, const struct trace_event *e, uint32_t life, unsigned order,
		  enum wl_trace_kind kind)
{
	struct wl_trace *t = l->trace;

	if (t->nr_ops == l->room) {
		size_t room = l->room ? 2 * l->room : 4096;
		struct wl_trace_op *op = realloc(l->op, room * sizeof(*op));

		if (!op)
			return -ENOMEM;
		l->op = op;
		l->room = room;
	}
	if (!l->begun)
		l->first_ns = e->ns;
	l->begun = true;
	l->cpu_used[e->cpu] = true;
	l->op[t->nr_ops++] = (struct wl_trace_op){
		.ns = e->ns - l->first_ns,
		.life = life,
		.gfp = kind == WL_TRACE_ALLOC ? (uint16_t)(e->gfp + 1) : 0,
		.cpu = e->cpu,
		.order = (uint8_t)order,
		.kind = (uint8_t)kind,
	};
	return 0;
}

static int end_life(struct load *l, const struct trace_event *e, struct trace_block *b)
{
	int rc = append(l, e, b->life, b->order, WL_TRACE_FREE);

	l->frames -= (uint64_t)1 << b->order;
	trace_live_del(l->live, b);
	return rc;
}

static int add_alloc(struct load *l, const struct trace_event *e)
{
	struct wl_trace *t = l->trace;
	int rc = 0;

	if (e->pfn == TRACE_NO_PFN) {
		t->failed++;
		return 0;
	}
	struct trace_block *b = trace_live_find(l->live, e->pfn);

	if (b) {
		t->frees_assumed++;
		rc = end_life(l, e, b);
	}
	if (!rc && t->nr_lives >= MAX_LIVES)
		rc = -E2BIG;
	if (!rc)
		rc = trace_live_add(l->live, &(struct trace_block){ .pfn = e->pfn,
								    .life = t->nr_lives,
								    .left = 1u << e->order,
								    .order = e->order });
	if (!rc)
		rc = append(l, e, t->nr_lives++, e->order, WL_TRACE_ALLOC);
	l->frames += (uint64_t)1 << e->order;
	if (l->frames > t->peak_frames)
		t->peak_frames = l->frames;
	if (trace_live_count(l->live) > t->peak_blocks)
		t->peak_blocks = (uint32_t)trace_live_count(l->live);
	return rc;
}

static int add_free(struct load *l, const struct trace_event *e, uint32_t *prior)
{
	struct wl_trace *t = l->trace;
	struct trace_block *b = trace_live_find(l->live, e->pfn);
	uint32_t frames = 1u << e->order;

	if (b) {
		b->left -= frames < b->left ? frames : b->left;
		return b->left ? 0 : end_life(l, e, b);
	}
	if (t->nr_lives >= MAX_LIVES)
		return -E2BIG;
	++*prior;
	t->prior_frames += frames;
	return append(l, e, t->nr_lives++, e->order, WL_TRACE_FREE_PRIOR);
}

static int read_events(struct load *l, struct trace_reader *r, char *why, size_t len)
{
	struct trace_event e;
	uint32_t prior = 0;
	int rc;

	while ((rc = trace_next(r, &e, why, len)) > 0) {
		rc = e.kind == TRACE_ALLOC  ? add_alloc(l, &e)
		     : e.kind == TRACE_FREE ? add_free(l, &e, &prior)
					    : 0;
		if (rc) {
			snprintf(why, len, "%s: %s", l->trace->name,
				 rc == -E2BIG ? "more blocks than can be replayed" : "no memory");
			return rc;
		}
	}
	l->trace->peak_blocks += prior;
	return rc;
}

/* CPUs that recorded nothing leave no gap. */
static void number_cpus(struct load *l)
{
	uint16_t number[TRACE_MAX_CPUS] = { 0 };

	for (unsigned cpu = 0; cpu < TRACE_MAX_CPUS; cpu++)
		if (l->cpu_used[cpu])
			number[cpu] = (uint16_t)l->trace->nr_cpus++;
	for (size_t i = 0; i < l->trace->nr_ops; i++)
		l->op[i].cpu = number[l->op[i].cpu];
}

static int make_gfp(struct wl_trace *t, const struct trace_reader *r)
{
	unsigned nr = trace_nr_sets(r), unknown;
	uint32_t *gfp = calloc(nr + 1, sizeof(*gfp));

	if (!gfp)
		return -ENOMEM;
	gfp[0] = PGA_GFP_USER_MOVABLE;
	for (unsigned i = 0; i < nr; i++)
		gfp[i + 1] = trace_gfp(trace_set(r, i), &unknown);
	t->gfp = gfp;
	t->nr_gfp = nr + 1;
	return 0;
}

static int load_from(struct load *l, struct trace_reader *r, char *why, size_t len)
{
	int rc = read_events(l, r, why, len);

	if (rc)
		return rc;
	if (!l->trace->nr_ops) {
		snprintf(why, len, "%s: no allocation and no free in it", l->trace->name);
		return -EBADMSG;
	}
	number_cpus(l);
	l->trace->id = trace_sum(r);
	l->trace->lost = trace_end(r)->lost;
	rc = make_gfp(l->trace, r);
	if (rc)
		snprintf(why, len, "%s: no memory", l->trace->name);
	return rc;
}

int trace_load(struct wl_trace **out, FILE *f, const char *name, char *why, size_t len)
{
	struct trace_reader *r;
	int rc = trace_open(&r, f, name, why, len);

	*out = NULL;
	if (rc)
		return rc;
	struct load *l = calloc(1, sizeof(*l));

	rc = -ENOMEM;
	snprintf(why, len, "%s: no memory", name);
	if (l) {
		l->trace = calloc(1, sizeof(*l->trace));
		l->live = trace_live_new();
	}
	if (l && l->trace && l->live && (l->trace->name = strdup(name)))
		rc = load_from(l, r, why, len);
	trace_close(r);
	if (l) {
		trace_live_free(l->live);
		if (l->trace)
			l->trace->op = l->op;
		else
			free(l->op);
		if (rc)
			trace_unload(l->trace);
		else
			*out = l->trace;
	}
	free(l);
	return rc;
}

void trace_unload(struct wl_trace *trace)
{
	if (trace) {
		free((void *)trace->name);
		free((void *)trace->op);
		free((void *)trace->gfp);
	}
	free(trace);
}
