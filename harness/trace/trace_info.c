/* SPDX-License-Identifier: GPL-2.0-only */
/* Adding up what a trace holds. */
#include "harness/trace/trace_info.h"

#include <errno.h>
#include <string.h>

#define BUCKET_NS 100000000u
#define FIRST_TICK_NS 1000000u

static void tell_time(struct trace_info *info, const struct trace_event *e)
{
	if (!info->events++)
		info->first_ns = e->ns;
	uint64_t bucket = (e->ns - info->first_ns) / BUCKET_NS;

	info->last_ns = e->ns;
	info->bucket_nr = bucket == info->bucket ? info->bucket_nr + 1 : 1;
	info->bucket = bucket;
	if (info->bucket_nr > info->busiest)
		info->busiest = info->bucket_nr;
}

/* Half as many ticks of twice the length. */
static void halve_ticks(struct trace_info *info)
{
	for (unsigned i = 0; i < INFO_TICKS / 2; i++)
		info->tick[i] = info->tick[2 * i + 1];
	info->nr_ticks = INFO_TICKS / 2;
	info->tick_ns *= 2;
}

/* The frames that were live during the ticks that ended before this event. */
static void tell_ticks(struct trace_info *info, const struct trace_event *e)
{
	uint64_t at = e->ns - info->first_ns;

	while (at / info->tick_ns >= info->nr_ticks) {
		if (info->nr_ticks == INFO_TICKS)
			halve_ticks(info);
		else
			info->tick[info->nr_ticks++] = info->frames;
	}
	info->tick[info->nr_ticks - 1] = info->frames;
}

static void tell_life(struct trace_info *info, uint64_t ns)
{
	unsigned i = 0;

	for (uint64_t bound = 1000; i + 1 < INFO_DECADES && ns >= bound; bound *= 10)
		i++;
	info->lives[i]++;
}

static void tell_task(struct trace_info *info, const struct trace_event *e)
{
	unsigned i = (e->pid * 2654435761u) % INFO_TASKS;

	while (info->task[i].allocs && info->task[i].pid != e->pid)
		i = (i + 1) % INFO_TASKS;
	if (!info->task[i].allocs) {
		if (info->nr_tasks == INFO_TASKS - 1)
			return;
		info->nr_tasks++;
		info->task[i].pid = e->pid;
	}
	info->task[i].allocs++;
	info->task[i].frames += (uint64_t)1 << e->order;
}

static void end_block(struct trace_info *info, struct trace_block *b, const struct trace_event *e)
{
	tell_life(info, e->ns - b->ns);
	info->elsewhere += b->cpu != e->cpu;
	info->frames -= (uint64_t)1 << b->order;
	trace_live_del(info->live, b);
}

static int add_alloc(struct trace_info *info, const struct trace_event *e)
{
	if (e->pfn == TRACE_NO_PFN) {
		info->failed++;
		return 0;
	}
	struct trace_block *b = trace_live_find(info->live, e->pfn);

	if (b) {
		info->assumed++;
		end_block(info, b, e);
	}
	info->allocs[e->order]++;
	info->types[e->type]++;
	info->sets[e->gfp]++;
	tell_task(info, e);
	if (info->stolen_pfn[e->cpu] == e->pfn + 1)
		info->steal_sets[e->gfp]++;
	info->stolen_pfn[e->cpu] = 0;
	info->frames += (uint64_t)1 << e->order;
	if (info->frames > info->peak_frames) {
		info->peak_frames = info->frames;
		info->peak_ns = e->ns - info->first_ns;
	}
	return trace_live_add(info->live, &(struct trace_block){ .pfn = e->pfn,
								 .ns = e->ns,
								 .left = 1u << e->order,
								 .cpu = e->cpu,
								 .order = e->order });
}

static void add_free(struct trace_info *info, const struct trace_event *e)
{
	struct trace_block *b = trace_live_find(info->live, e->pfn);
	uint32_t frames = 1u << e->order;

	info->frees[e->order]++;
	if (!b) {
		info->prior++;
		info->prior_frames += frames;
		return;
	}
	b->left -= frames < b->left ? frames : b->left;
	if (b->left) {
		info->pieces++;
		return;
	}
	end_block(info, b, e);
}

static uint8_t small(int64_t v)
{
	return v >= 0 && v < 255 ? (uint8_t)v : 255;
}

static void add_steal(struct trace_info *info, const struct trace_event *e)
{
	struct info_steal s = { e->order,	  small(e->arg[0]), e->type,
				small(e->arg[1]), e->arg[2] > 0,    0 };

	info->stolen_pfn[e->cpu] = e->pfn + 1;
	for (unsigned i = 0; i < info->nr_steals; i++) {
		struct info_steal *t = &info->steal[i];

		if (t->order == s.order && t->fallback_order == s.fallback_order &&
		    t->type == s.type && t->fallback_type == s.fallback_type &&
		    t->claimed == s.claimed) {
			t->nr++;
			return;
		}
	}
	if (info->nr_steals == INFO_STEALS) {
		info->steals_untold++;
		return;
	}
	s.nr = 1;
	info->steal[info->nr_steals++] = s;
}

static uint64_t positive(int64_t v)
{
	return v > 0 ? (uint64_t)v : 0;
}

static int add_event(struct trace_info *info, const struct trace_event *e)
{
	int rc = 0;

	tell_time(info, e);
	info->kinds[e->kind]++;
	info->cpu_events[e->cpu]++;
	switch (e->kind) {
	case TRACE_ALLOC:
		rc = add_alloc(info, e);
		break;
	case TRACE_FREE:
		add_free(info, e);
		break;
	case TRACE_EXTFRAG:
		add_steal(info, e);
		break;
	case TRACE_COMPACT_END:
		info->status[e->arg[3] >= 0 && e->arg[3] < 15 ? e->arg[3] : 15]++;
		break;
	case TRACE_COMPACT_MOVED:
		info->moved += positive(e->arg[0]);
		info->not_moved += positive(e->arg[1]);
		break;
	case TRACE_RECLAIM_END:
		info->reclaimed += positive(e->arg[0]);
		break;
	default:
		break;
	}
	tell_ticks(info, e);
	return rc;
}

int trace_info_read(struct trace_info *info, struct trace_reader *r, char *why, size_t len)
{
	struct trace_event e;
	int rc = 1;

	memset(info, 0, sizeof(*info));
	info->tick_ns = FIRST_TICK_NS;
	info->live = trace_live_new();
	while (rc > 0 && info->live && (rc = trace_next(r, &e, why, len)) > 0)
		if (add_event(info, &e))
			rc = -ENOMEM;
	if (!info->live)
		rc = -ENOMEM;
	if (rc == -ENOMEM)
		snprintf(why, len, "no memory for the blocks that are live");
	if (info->live)
		info->end_blocks = trace_live_count(info->live);
	return rc;
}

void trace_info_close(struct trace_info *info)
{
	trace_live_free(info->live);
	info->live = NULL;
}
