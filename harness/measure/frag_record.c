/* SPDX-License-Identifier: GPL-2.0-only */
/* From the state that counts to the record: every value, or why it is null. */
#include "harness/measure/frag.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PAGE_WORDS 512u /* of 8 bytes in a frame of 4 KiB */

static const double none = (double)NAN;

static const char no_types[] = "the mechanism has no types";
static const char no_map[] = "more frames than a map is kept of";

/* A value under a name that is made up of @fmt; null if there is a reason why. */
__attribute__((format(printf, 4, 5))) static void add(struct record *r, double value,
						      const char *why, const char *fmt, ...)
{
	char name[64];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	rec_add_frag(r, name, *why ? none : value, why);
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : none;
}

static double percent(uint64_t part, uint64_t whole)
{
	return 100 * share(part, whole);
}

static void add_indices(const struct frag *f, struct record *r)
{
	const struct wl_frag *k = &f->state.free;
	const char *empty = wl_frag_frames(k) ? "" : "no memory is free";
	unsigned nr = f->conf->nr_orders;

	for (unsigned o = 0; o < nr; o++)
		add(r, wl_frag_fu(k, o) / 1000.0, "", "Fu(%u)", o);
	for (unsigned o = 0; o < nr; o++)
		add(r, wl_frag_fi(k, o) / 1000.0, "", "Fi(%u)", o);
	for (unsigned o = 0; o < nr; o++)
		add(r, wl_frag_fmfi(k, o), empty, "FMFI(%u)", o);
	add(r, wl_frag_extfrag(k, FRAG_HUGE), "", "extfrag(%u)", FRAG_HUGE);
	add(r, (double)f->state.score, "", "score");
	add(r, wl_frag_largest(k), empty, "largest");
	add(r, (double)wl_frag_frames(k), "", "free");
	for (unsigned o = 0; o < nr; o++)
		add(r, (double)k->blocks[o], "", "free.%u", o);
}

/* A mechanism without areas of CMA has no such blocks: nothing to tell. */
static bool type_shown(const struct frag *f, unsigned type)
{
	return type != PGA_CMA || f->conf->nr_cma;
}

static void add_types(const struct frag *f, struct record *r)
{
	const struct frag_state *s = &f->state;
	const char *why = f->ops->caps & PGA_CAP_MOBILITY ? "" : no_types;
	const char *map = *why ? why : s->has_map ? "" : no_map;
	const struct wl_fragmap *m = &s->map;

	for (unsigned t = 0; t < PGA_NR_TYPES; t++) {
		if (!type_shown(f, t))
			continue;
		for (unsigned o = 0; o < f->conf->nr_orders; o++)
			add(r, (double)s->types.blocks[t][o], why, "free.%s.%u", pga_types[t].name,
			    o);
		add(r, (double)s->types.pageblocks[t], why, "pageblocks.%s", pga_types[t].name);
	}
	add(r,
	    (double)(m->polluted[PGA_UNMOVABLE] + m->polluted[PGA_RECLAIMABLE] +
		     m->polluted[PGA_MOVABLE]),
	    map, "polluted");
	for (unsigned t = 0; t <= PGA_MOVABLE; t++)
		add(r, (double)m->polluted[t], map, "polluted.%s", pga_types[t].name);
	map = *why ? why : s->has_mismatch ? "" : s->has_map ? "it shows no lists" : no_map;
	add(r, (double)s->mismatch.free_blocks, map, "mismatch.blocks");
	add(r, (double)s->mismatch.free_frames, map, "mismatch.frames");
	add(r, (double)s->mismatch.pcp_frames, map, "mismatch.pcp");
}

static uint64_t sum_of(const uint64_t count[PGA_MAX_TYPES][PGA_MAX_TYPES])
{
	uint64_t sum = 0;

	for (unsigned a = 0; a < PGA_MAX_TYPES; a++)
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			sum += count[a][t];
	return sum;
}

static void add_fallbacks(const struct frag *f, struct record *r)
{
	const struct frag_state *s = &f->state;
	const char *why = f->ops->caps & PGA_CAP_MOBILITY ? "" : no_types;

	add(r, (double)sum_of(s->steal), why, "steal");
	add(r, (double)sum_of(s->claim), why, "claim");
	add(r, (double)s->fragmenting, why, "fragmenting");
	for (unsigned a = 0; a <= PGA_MOVABLE; a++)
		for (unsigned t = 0; t <= PGA_RESERVE; t++) {
			const char *asked = pga_types[a].name, *taken = pga_types[t].name;

			if (a == t)
				continue;
			add(r, (double)s->steal[a][t], why, "steal.%s>%s", asked, taken);
			add(r, (double)s->claim[a][t], why, "claim.%s>%s", asked, taken);
		}
}

static void add_map(const struct frag *f, struct record *r)
{
	const struct wl_fragmap *m = &f->state.map;
	const char *why = f->state.has_map ? "" : no_map;
	const char *full = *why ? why : m->frames[WL_FR_FREE] ? "" : "no memory is free";
	uint64_t possible = m->huge_frames ? m->frames[WL_FR_FREE] / m->huge_frames : 0;

	add(r, (double)m->frames[WL_FR_USED], why, "used");
	add(r, (double)m->hybrid, why, "hybrid");
	add(r, wl_fragmap_squares(m), full, "squares");
	add(r, (double)m->moves, why, "moves");
	add(r, wl_fragmap_free_huge(m),
	    *why       ? why
	    : possible ? ""
		       : "the free memory would not fill a huge frame",
	    "free_huge");
	for (unsigned b = 0; b < WL_FILL_BINS; b++)
		add(r, (double)m->fill[b], why, "fill.%u", b);
	for (unsigned i = 0; i < WL_SPREADS; i++) {
		const struct wl_spread *s = &m->spread[i];
		const char *no = *why ? why : s->regions ? "" : "memory holds no whole region";

		add(r, wl_fragmap_clean(s), no, "clean.%s", wl_spread_names[i]);
		add(r, (double)s->tainted, no, "tainted.%s", wl_spread_names[i]);
	}
	add(r, (double)m->frames[WL_FR_PCP], why, "pcp");
	add(r, (double)m->huge_parked, why, "pcp.huge");
	add(r, (double)m->used[WL_HELD_UNKNOWN], why, "unknown");
	why = *why ? why : m->frames[WL_FR_USED] ? "" : "no memory is in use";
	add(r, wl_fragmap_footprint(m), why, "robson");
	add(r, wl_fragmap_footprint(m) / wl_frag_robson(f->conf->nr_orders - 1u), why,
	    "robson.share");
}

/* The same share at every point of the series; the axis has them at like distances. */
static void add_mean(const struct frag *f, struct record *r)
{
	const struct rec_series *s = &f->series;
	unsigned col = 0, nr = 0;
	double sum = 0;

	while (col < s->nr_cols && strcmp(s->col[col], "free_huge") != 0)
		col++;
	for (unsigned p = 0; col < s->nr_cols && p < s->nr_points; p++) {
		if (isnan(s->point[p][col]))
			continue;
		sum += s->point[p][col];
		nr++;
	}
	add(r, nr ? sum / nr : none, nr ? "" : "no point of the series has it", "free_huge_mean");
}

static void add_requests(const struct frag *f, struct record *r)
{
	const struct frag_cpu *sum = &f->state.sum;

	add(r, (double)sum->requests, "", "requests");
	for (unsigned o = 0; o < PGA_MAX_ORDERS; o++) {
		const char *why = sum->failed[o] ? "" : "no request of this order failed";

		if (!sum->asked[o])
			continue;
		add(r, percent(sum->asked[o] - sum->failed[o], sum->asked[o]), "", "success(%u)",
		    o);
		add(r, (double)sum->fail_requests[o], why, "fail.requests(%u)", o);
		add(r, (double)sum->fail_ns[o] / 1e9, why, "fail.seconds(%u)", o);
	}
	bool alone = f->conf->nr_nodes == 1;

	add(r, (double)sum->remote_fragmented, alone ? "there is one node" : "",
	    "remote.fragmented");
	add(r, (double)sum->remote_full, alone ? "there is one node" : "", "remote.full");
}

static void add_probes(const struct frag *f, struct record *r)
{
	const struct frag_state *s = &f->state;
	const char *why = s->has_probes ? "" : "no memory for the question";
	const struct frag_recovery *c = &s->recovery;

	add(r, (double)s->user_frames, why, "user_frames");
	why = *why ? why : s->now_asked ? "" : "the free memory would not hold one";
	add(r, percent(s->now_served, s->now_asked), why, "success_now(%u)", FRAG_HUGE);
	add(r, c->seconds, isnan(c->seconds) ? c->why : "", "recovery");
	add(r, c->fu9, isnan(c->fu9) ? c->why : "", "recovery.Fu(%u)", FRAG_HUGE);
	add(r, (double)c->moved, isnan(c->fu9) ? c->why : "", "recovery.moved");
}

/*
 * Mel Gorman's model of the cost of compaction, in words of memory: a frame
 * descriptor has 8, the lock of an isolation is worth 20, a move copies the
 * frame and looks at two descriptors.
 */
static double compaction_cost(const uint64_t *stat)
{
	const double look = 8, lock = 20;

	return look * (double)(stat[PGA_STAT_compact_migrate_scanned] +
			       stat[PGA_STAT_compact_free_scanned]) +
	       (look + lock) * (double)stat[PGA_STAT_compact_isolated] +
	       2 * (look + PAGE_WORDS) * (double)stat[PGA_STAT_pgmigrate_success] +
	       2 * look * (double)stat[PGA_STAT_pgmigrate_fail];
}

static void add_slow_path(const struct frag *f, struct record *r)
{
	const uint64_t *stat = f->state.stats;
	uint64_t stalls = stat[PGA_STAT_compact_stall];
	uint64_t scanned = stat[PGA_STAT_compact_migrate_scanned];
	uint64_t tried = stat[PGA_STAT_pgmigrate_success] + stat[PGA_STAT_pgmigrate_fail];
	const char *why = f->ops->caps & PGA_CAP_RECLAIM ? "" : "the mechanism has no slow path";

	add(r, percent(stat[PGA_STAT_compact_success], stalls),
	    *why     ? why
	    : stalls ? ""
		     : "no request compacted",
	    "compact.success");
	add(r, percent(stat[PGA_STAT_pgmigrate_success], scanned),
	    *why      ? why
	    : scanned ? ""
		      : "nothing was compacted",
	    "compact.efficacy");
	add(r, percent(stat[PGA_STAT_pgmigrate_fail], tried),
	    *why    ? why
	    : tried ? ""
		    : "no frame was to move",
	    "compact.failed");
	add(r, compaction_cost(stat), why, "compact.cost");
	add(r, (double)stat[PGA_STAT_allocstall], why, "allocstall");
	add(r, none, "the mechanism does not boost its watermarks", "boost");
	add(r, none, "the mechanism does not wait so as not to fragment", "fragment_stall");
	add(r, none, "requests name orders: nothing is rounded up", "internal");
}

int frag_maps(const struct frag *f, const struct record *r, const char *path)
{
	struct rec_map m = { .sample = r->sample, .seed = r->seed };

	if (!f->map)
		return 0;
	snprintf(m.cell, sizeof(m.cell), "%s", r->cell);
	snprintf(m.note, sizeof(m.note), "%.95s", f->series.note);
	frag_map_show(f->map, &m);
	return m.nr_points ? rec_map_append(path, &m) : 0;
}

void frag_report(const struct frag *f, struct record *r)
{
	rec_series_copy(&r->series, &f->series);
	if (!f->state.has)
		return;
	add_indices(f, r);
	add_types(f, r);
	add_fallbacks(f, r);
	add_map(f, r);
	add_mean(f, r);
	add_requests(f, r);
	add_probes(f, r);
	add_slow_path(f, r);
}
