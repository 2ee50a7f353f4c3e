/* SPDX-License-Identifier: GPL-2.0-only */
/* Looking at an instance: lines of the series, and the state that counts. */
#include "harness/measure/clock.h"
#include "harness/measure/frag.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool frag_due(const struct frag *f)
{
	return !f->state.has && frag_requests(f) >= f->next;
}

void frag_phase_over(struct frag *f, const char *phase)
{
	struct rec_series *s = &f->series;
	uint64_t now = frag_requests(f), began = f->phase_at;

	f->phase_at = now;
	if (now == began || f->marks_over)
		return;
	if (s->nr_marks == REC_MAX_MARKS) {
		f->marks_over = true;
		s->nr_marks = 0;
		return;
	}
	snprintf(s->mark[s->nr_marks].name, sizeof(s->mark[0].name), "%.23s", phase);
	s->mark[s->nr_marks++].at = (double)began;
}

/* Every second point stays: the series covers as much, half as densely. */
static void thin_out(struct frag *f)
{
	struct rec_series *s = &f->series;

	for (unsigned p = 0; 2 * p + 1 < s->nr_points; p++)
		memcpy(s->point[p], s->point[2 * p + 1], sizeof(s->point[p]));
	s->nr_points /= 2;
	f->every *= 2;
	if (f->map)
		frag_map_thin(f->map);
}

static void put(struct rec_series *s, unsigned *col, const char *name, double value)
{
	snprintf(s->col[*col], sizeof(s->col[0]), "%s", name);
	s->point[s->nr_points][(*col)++] = value;
}

static double sum_of(_Atomic uint64_t count[PGA_MAX_TYPES][PGA_MAX_TYPES])
{
	uint64_t sum = 0;

	for (unsigned a = 0; a < PGA_MAX_TYPES; a++)
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			sum += atomic_load_explicit(&count[a][t], memory_order_relaxed);
	return (double)sum;
}

static double failures(const struct frag *f)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < f->conf->nr_cpus; c++)
		for (unsigned o = 0; o < PGA_MAX_ORDERS; o++)
			sum += __atomic_load_n(&f->cpu[c].failed[o], __ATOMIC_RELAXED);
	return (double)sum;
}

/* Time without that of samples; how many allocations were made, and not on the fast path. */
static void put_progress(struct frag *f, uint64_t now, unsigned *col)
{
	struct rec_series *s = &f->series;
	uint64_t allocs = 0, slow = 0;

	for (unsigned c = 0; c < f->conf->nr_cpus; c++) {
		allocs += __atomic_load_n(&f->cpu[c].allocs, __ATOMIC_RELAXED);
		slow += __atomic_load_n(&f->cpu[c].slow, __ATOMIC_RELAXED);
	}
	put(s, col, "seconds", (double)(now - f->start_ns - f->paused_ns) / 1e9);
	put(s, col, "allocations", (double)allocs);
	put(s, col, "slow", (double)slow);
}

/* What free lists show, at any time. */
static void put_lists(struct frag *f, uint64_t requests, unsigned *col)
{
	struct rec_series *s = &f->series;
	bool typed = f->ops->caps & PGA_CAP_MOBILITY;
	struct wl_frag_types types;
	struct wl_frag frag;
	char name[24];

	wl_frag_take(&frag, f->ops, f->pga, f->conf);
	wl_frag_take_types(&types, f->ops, f->pga, f->conf);
	put(s, col, "requests", (double)requests);
	put(s, col, "free", (double)wl_frag_frames(&frag));
	put(s, col, "Fu(9)", wl_frag_fu(&frag, FRAG_HUGE) / 1000.0);
	put(s, col, "Fi(9)", wl_frag_fi(&frag, FRAG_HUGE) / 1000.0);
	for (unsigned o = 0; o < f->conf->nr_orders; o++) {
		snprintf(name, sizeof(name), "free.%u", o);
		put(s, col, name, (double)frag.blocks[o]);
	}
	for (unsigned t = 0; typed && t <= PGA_MOVABLE; t++) {
		snprintf(name, sizeof(name), "pageblocks.%s", pga_types[t].name);
		put(s, col, name, (double)types.pageblocks[t]);
	}
	put(s, col, "steal", sum_of(f->events.steal));
	put(s, col, "claim", sum_of(f->events.claim));
	put(s, col, "failed", failures(f));
}

/* What the map of frames shows; @m NULL: it is not known now. */
static void put_map(struct frag *f, const struct wl_fragmap *m, unsigned *col)
{
	const double none = (double)NAN;
	struct rec_series *s = &f->series;
	uint64_t polluted = 0;

	for (unsigned t = 0; m && t <= PGA_MOVABLE; t++)
		polluted += m->polluted[t];
	put(s, col, "used", m ? (double)m->frames[WL_FR_USED] : none);
	put(s, col, "pcp", m ? (double)m->frames[WL_FR_PCP] : none);
	put(s, col, "pcp.huge", m ? (double)m->huge_parked : none);
	if (f->ops->caps & PGA_CAP_MOBILITY)
		put(s, col, "polluted", m ? (double)polluted : none);
	put(s, col, "hybrid", m ? (double)m->hybrid : none);
	put(s, col, "moves", m ? (double)m->moves : none);
	put(s, col, "free_huge", m ? wl_fragmap_free_huge(m) : none);
	put(s, col, "clean.2MiB", m ? wl_fragmap_clean(&m->spread[0]) : none);
	put(s, col, "clean.32MiB", m ? wl_fragmap_clean(&m->spread[1]) : none);
}

void frag_sample(struct frag *f, bool quiet)
{
	struct wl_fragmap *m = quiet && f->held ? malloc(sizeof(*m)) : NULL;
	uint64_t start = clk_ns(), requests = frag_requests(f);
	unsigned col = 0;

	if (f->series.nr_points + 1 >= f->max_points)
		thin_out(f);
	if (f->map)
		frag_map_begin(f->map, requests, m != NULL);
	if (m) {
		wl_fragmap_take_blocks(m, f->ops, f->pga, f->conf, f->held, frag_map_block, f->map);
		frag_map_end(f->map);
	}
	put_lists(f, requests, &col);
	put_progress(f, start, &col);
	put_map(f, m, &col);
	f->series.nr_cols = col;
	f->series.nr_points++;
	if (!m)
		snprintf(f->series.note, sizeof(f->series.note), "%s",
			 f->held ? "frames are only looked at while no other thread works on them"
				 : "more frames than a map is kept of");
	free(m);
	for (uint64_t now = frag_requests(f); f->next <= now;)
		f->next += (now - f->next) / f->every * f->every + f->every;
	/* Where others go on meanwhile their requests take this time. */
	if (quiet)
		f->paused_ns += clk_ns() - start;
}

static void add_cpu(struct frag_cpu *sum, const struct frag_cpu *c)
{
	sum->requests += c->requests;
	sum->remote_fragmented += c->remote_fragmented;
	sum->remote_full += c->remote_full;
	for (unsigned o = 0; o < PGA_MAX_ORDERS; o++) {
		bool first = c->failed[o] && (!sum->failed[o] || c->fail_ns[o] < sum->fail_ns[o]);

		sum->fail_ns[o] = first ? c->fail_ns[o] : sum->fail_ns[o];
		sum->fail_requests[o] = first ? c->fail_requests[o] : sum->fail_requests[o];
		sum->asked[o] += c->asked[o];
		sum->failed[o] += c->failed[o];
	}
}

/* The node whose score is highest is the one that the kernel would work on. */
static uint64_t highest_score(const struct frag *f)
{
	const struct pga_conf *conf = f->conf;
	uint64_t highest = 0;

	for (unsigned n = 0; n < conf->nr_nodes; n++) {
		uint64_t present = 0, score = 0;
		struct pga_zone_info info;

		for (unsigned z = 0; z < conf->nr_zones; z++) {
			f->ops->zone_info(f->pga, z, &info);
			present += conf->zones[z].node == n ? info.present : 0;
		}
		for (unsigned z = 0; z < conf->nr_zones; z++) {
			struct pga_zone_snap snap = { 0 };
			struct wl_frag frag = { { 0 } };

			if (conf->zones[z].node != n)
				continue;
			f->ops->zone_info(f->pga, z, &info);
			f->ops->zone_snap(f->pga, z, &snap);
			wl_frag_add(&frag, &snap);
			score += wl_frag_score(&frag, info.present, present);
		}
		highest = score > highest ? score : highest;
	}
	return highest;
}

void frag_take_state(struct frag *f)
{
	struct frag_state *s = &f->state;

	s->has = true;
	wl_frag_take(&s->free, f->ops, f->pga, f->conf);
	wl_frag_take_types(&s->types, f->ops, f->pga, f->conf);
	s->has_map = f->held != NULL;
	if (s->has_map) {
		wl_fragmap_take(&s->map, f->ops, f->pga, f->conf, f->held);
		s->has_mismatch = !wl_frag_mismatch(&s->mismatch, f->ops, f->pga);
	}
	for (unsigned c = 0; c < f->conf->nr_cpus; c++)
		add_cpu(&s->sum, &f->cpu[c]);
	for (unsigned a = 0; a < PGA_MAX_TYPES; a++)
		for (unsigned t = 0; t < PGA_MAX_TYPES; t++) {
			s->steal[a][t] = atomic_load(&f->events.steal[a][t]);
			s->claim[a][t] = atomic_load(&f->events.claim[a][t]);
		}
	s->fragmenting = atomic_load(&f->events.fragmenting);
	f->ops->stats(f->pga, -1, s->stats);
	s->score = highest_score(f);
	s->recovery = (struct frag_recovery){ .seconds = (double)NAN, .fu9 = (double)NAN };
}

static uint64_t probe(struct frag *f, uint16_t cpu, unsigned order, uint64_t max, bool *ok)
{
	pga_pfn_t *slots = malloc((max + 1) * sizeof(*slots));
	const struct pga_req req = {
		.gfp = (PGA_GFP_USER_MOVABLE & ~(uint32_t)PGA_GFP_WAIT) | PGA_GFP_NOWARN |
		       PGA_GFP_NO_KSWAPD,
		.cpu = cpu,
		.node = -1,
		.order = (uint8_t)order,
	};
	uint64_t got = 0;

	*ok &= slots != NULL;
	if (slots)
		got = wl_frag_probe(f->ops, f->pga, req, max, slots);
	free(slots);
	return got;
}

void frag_probe_now(struct frag *f, uint16_t cpu)
{
	struct frag_state *s = &f->state;

	s->has_probes = true;
	if (FRAG_HUGE >= f->conf->nr_orders || FRAG_HUGE >= f->ops->nr_orders)
		return;
	s->now_asked = wl_frag_frames(&s->free) >> FRAG_HUGE;
	s->now_served = probe(f, cpu, FRAG_HUGE, s->now_asked, &s->has_probes);
}

void frag_probe_user(struct frag *f, uint16_t cpu)
{
	f->state.user_frames = probe(f, cpu, 0, f->frames, &f->state.has_probes);
}
