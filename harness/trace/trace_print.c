/* SPDX-License-Identifier: GPL-2.0-only */
/* Printing the description of a trace. */
#include "harness/trace/trace_info.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_KIB 4u
#define ROWS_OF_TIME 20u
#define MOST 10u /* rows of the longer tables */

static double seconds(const struct trace_info *info)
{
	return (double)(info->last_ns - info->first_ns) / 1e9;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static uint64_t sum(const uint64_t *v, size_t nr)
{
	uint64_t s = 0;

	for (size_t i = 0; i < nr; i++)
		s += v[i];
	return s;
}

static double mib(uint64_t frames)
{
	return (double)frames * FRAME_KIB / 1024.0;
}

/*
 * The numbers of the first three types since Linux 4.4, which every trace with
 * an unknown kernel is taken to come from; before, 1 and 2 were the other way.
 */
static const char *type_name(const struct trace_reader *r, unsigned type)
{
	static const char *const names[] = { "unmovable", "movable", "reclaimable" };
	static _Thread_local char number[16];
	unsigned major = 6, minor = 0;
	char kernel[64];

	trace_fact(r, "kernel", kernel, sizeof(kernel));
	if (sscanf(kernel, "%u.%u", &major, &minor) < 2)
		major = 6;
	if ((major < 4 || (major == 4 && minor < 4)) && (type == 1 || type == 2))
		type = 3 - type;
	if (type < 3)
		return names[type];
	snprintf(number, sizeof(number), type == TRACE_TYPE_UNKNOWN ? "unknown" : "type %u", type);
	return number;
}

static void print_head(const struct trace_info *i, const struct trace_reader *r, FILE *out)
{
	const struct trace_totals *t = trace_end(r);
	double s = seconds(i), rate = s > 0 ? (double)i->events / s : 0;

	for (const char *line = trace_facts(r); *line;) {
		size_t n = strcspn(line, "\n"), key = strcspn(line, "=");

		fprintf(out, "%-12.*s%.*s\n", (int)key, line, (int)(n - key - 1), line + key + 1);
		line += n + (line[n] == '\n');
	}
	fprintf(out, "\nevents      %" PRIu64 " in %.3f s: %.0f/s; busiest 100 ms %.0f/s\n",
		i->events, s, rate, (double)i->busiest * 10);
	fprintf(out, "            lost by the recorder %" PRIu64 ", not understood %" PRIu64 "\n",
		t->lost, t->skipped);
	fprintf(out, "allocations %" PRIu64 ", failed %" PRIu64 ", frees %" PRIu64 "\n",
		sum(i->allocs, TRACE_MAX_ORDER + 1), i->failed, i->kinds[TRACE_FREE]);
	fprintf(out,
		"unmatched   frees of blocks never seen %" PRIu64 " (%.1f MiB); blocks live at the "
		"end %" PRIu64 " (%.1f MiB)\n",
		i->prior, mib(i->prior_frames), i->end_blocks, mib(i->frames));
	fprintf(out,
		"            frees that must be missing %" PRIu64 "; frees of a piece %" PRIu64
		"; freed by another CPU %" PRIu64 " (%.1f %%)\n",
		i->assumed, i->pieces, i->elsewhere,
		percent(i->elsewhere, sum(i->lives, INFO_DECADES)));
	fprintf(out, "live set    at most %.1f MiB, after %.3f s\n", mib(i->peak_frames),
		(double)i->peak_ns / 1e9);
}

static void print_orders(const struct trace_info *i, FILE *out)
{
	uint64_t all = sum(i->allocs, TRACE_MAX_ORDER + 1);

	fprintf(out, "\norder  allocations   share %%       frees\n");
	for (unsigned o = 0; o <= TRACE_MAX_ORDER; o++)
		if (i->allocs[o] || i->frees[o])
			fprintf(out, "%5u %12" PRIu64 " %9.3f %11" PRIu64 "\n", o, i->allocs[o],
				percent(i->allocs[o], all), i->frees[o]);
}

static void print_types(const struct trace_info *i, const struct trace_reader *r, FILE *out)
{
	uint64_t all = sum(i->types, TRACE_TYPE_UNKNOWN + 1);

	fprintf(out, "\ntype         allocations   share %%\n");
	for (unsigned t = 0; t <= TRACE_TYPE_UNKNOWN; t++)
		if (i->types[t])
			fprintf(out, "%-12s %11" PRIu64 " %9.3f\n", type_name(r, t), i->types[t],
				percent(i->types[t], all));
}

/* Index of the largest of v[] that is at most @below, or is equal and comes later; -1. */
static int next_largest(const uint64_t *v, unsigned nr, uint64_t below, int after)
{
	int best = -1;

	for (unsigned i = 0; i < nr; i++) {
		if (!v[i] || v[i] > below || (v[i] == below && (int)i <= after))
			continue;
		if (best < 0 || v[i] > v[best])
			best = (int)i;
	}
	return best;
}

static void print_sets(const struct trace_info *i, const struct trace_reader *r,
		       const uint64_t *count, const char *title, FILE *out)
{
	uint64_t all = sum(count, TRACE_MAX_GFP), below = UINT64_MAX;
	int set = -1;

	if (!all)
		return;
	(void)i;
	fprintf(out, "\n%s share %%  flags\n", title);
	for (unsigned row = 0; row < MOST; row++) {
		set = next_largest(count, trace_nr_sets(r), below, set);
		if (set < 0)
			break;
		below = count[set];
		fprintf(out, "%11" PRIu64 " %7.3f  %s\n", count[set], percent(count[set], all),
			trace_set(r, (unsigned)set));
	}
}

static void print_lives(const struct trace_info *i, FILE *out)
{
	static const char *const names[INFO_DECADES] = { "< 1 us", "< 10 us", "< 100 us",
							 "< 1 ms", "< 10 ms", "< 100 ms",
							 "< 1 s",  "< 10 s",  "longer" };
	uint64_t all = sum(i->lives, INFO_DECADES), so_far = 0;

	fprintf(out, "\nlifetime        blocks   share %%  up to here %%\n");
	for (unsigned d = 0; d < INFO_DECADES; d++) {
		so_far += i->lives[d];
		if (i->lives[d])
			fprintf(out, "%-9s %12" PRIu64 " %9.3f %13.3f\n", names[d], i->lives[d],
				percent(i->lives[d], all), percent(so_far, all));
	}
}

static void print_live(const struct trace_info *i, FILE *out)
{
	unsigned rows = i->nr_ticks < ROWS_OF_TIME ? i->nr_ticks : ROWS_OF_TIME;

	fprintf(out, "\n    time s  live MiB\n");
	for (unsigned row = 1; row <= rows; row++) {
		unsigned tick = i->nr_ticks * row / rows - 1;
		int bar = i->peak_frames ? (int)(40 * i->tick[tick] / i->peak_frames) : 0;

		fprintf(out, "%10.3f %9.1f  %.*s\n", (double)(tick + 1) * (double)i->tick_ns / 1e9,
			mib(i->tick[tick]), bar, "########################################");
	}
}

static void print_who(const struct trace_info *i, FILE *out)
{
	uint64_t below = UINT64_MAX;
	static _Thread_local uint64_t allocs[INFO_TASKS];
	int task = -1;

	fprintf(out, "\nCPU      events\n");
	for (unsigned c = 0; c < TRACE_MAX_CPUS; c++)
		if (i->cpu_events[c])
			fprintf(out, "%3u %11" PRIu64 "\n", c, i->cpu_events[c]);
	for (unsigned t = 0; t < INFO_TASKS; t++)
		allocs[t] = i->task[t].allocs;
	fprintf(out, "\n    task allocations       MiB   of %u tasks\n", i->nr_tasks);
	for (unsigned row = 0; row < MOST; row++) {
		task = next_largest(allocs, INFO_TASKS, below, task);
		if (task < 0)
			break;
		below = allocs[task];
		fprintf(out, "%8u %11" PRIu64 " %9.1f\n", i->task[task].pid, allocs[task],
			mib(i->task[task].frames));
	}
}

static void print_steals(const struct trace_info *i, const struct trace_reader *r, FILE *out)
{
	fprintf(out, "\nfallbacks to another type (mm_page_alloc_extfrag): %" PRIu64 "\n",
		i->kinds[TRACE_EXTFRAG]);
	if (!i->nr_steals)
		return;
	fprintf(out, "     events  order  for          from order  type         block\n");
	for (unsigned k = 0; k < i->nr_steals; k++) {
		const struct info_steal *s = &i->steal[k];

		fprintf(out, "%11" PRIu64 " %6u  %-12s", s->nr, s->order, type_name(r, s->type));
		fprintf(out, " %10u  %-12s %s\n", s->fallback_order, type_name(r, s->fallback_type),
			s->claimed ? "claimed" : "left");
	}
	if (i->steals_untold)
		fprintf(out, "%11" PRIu64 " of other kinds\n", i->steals_untold);
	print_sets(i, r, i->steal_sets, "  led up to", out);
}

static void print_slow(const struct trace_info *i, FILE *out)
{
	static const char *const status[16] = { "not suitable", "skipped",   "deferred",
						"no page",	"continue",  "complete",
						"partly",	"contended", "success" };

	fprintf(out,
		"\nkswapd woken %" PRIu64 ", direct reclaim %" PRIu64 " (%" PRIu64 " frames), "
		"direct compaction tried %" PRIu64 ", scans %" PRIu64 "\n",
		i->kinds[TRACE_KSWAPD], i->kinds[TRACE_RECLAIM_BEGIN], i->reclaimed,
		i->kinds[TRACE_COMPACT_TRY], i->kinds[TRACE_COMPACT_BEGIN]);
	for (unsigned s = 0; s < 16; s++)
		if (i->status[s])
			fprintf(out, "  scans ended: %s %" PRIu64 "\n", status[s] ? status[s] : "?",
				i->status[s]);
	if (i->kinds[TRACE_COMPACT_MOVED])
		fprintf(out, "  frames moved %" PRIu64 ", not movable %" PRIu64 "\n", i->moved,
			i->not_moved);
}

void trace_info_print(const struct trace_info *info, const struct trace_reader *r, FILE *out)
{
	print_head(info, r, out);
	if (!info->events)
		return;
	print_orders(info, out);
	print_types(info, r, out);
	print_sets(info, r, info->sets, "allocations", out);
	print_lives(info, out);
	print_live(info, out);
	print_who(info, out);
	print_steals(info, r, out);
	print_slow(info, out);
}
