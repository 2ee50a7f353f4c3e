/* SPDX-License-Identifier: GPL-2.0-only */
/* The map of all frames, in one walk. */
#include "workloads/fragmap.h"

#include <errno.h>
#include <math.h>
#include <string.h>

const char *const wl_spread_names[WL_SPREADS] = { "2MiB", "32MiB", "1GiB" };

static const uint8_t spread_tally[WL_SPREADS] = { WL_T_HUGE, WL_T_32M, WL_T_1G };

#define NO_BLOCK UINT64_MAX

/* Of 2^shift bytes; a machine may have larger frames. */
static unsigned order_of(unsigned shift, unsigned page_shift)
{
	return shift > page_shift ? shift - page_shift : 0;
}

void wl_fragmap_start(struct wl_fragmap *m, unsigned page_shift, unsigned pageblock_order,
		      unsigned max_order)
{
	const unsigned orders[WL_T_NR] = {
		[WL_T_HUGE] = order_of(21, page_shift), /* 2 MiB */
		[WL_T_PAGEBLOCK] = pageblock_order,	[WL_T_32M] = order_of(25, page_shift),
		[WL_T_1G] = order_of(30, page_shift),	[WL_T_LARGEST] = max_order,
	};

	*m = (struct wl_fragmap){ .has_types = true, .has_held = true, .next = NO_BLOCK };
	m->huge_frames = 1u << orders[WL_T_HUGE];
	for (unsigned i = 0; i < WL_T_NR; i++) {
		m->tally[i].order = (uint8_t)orders[i];
		m->tally[i].block = NO_BLOCK;
	}
}

static uint32_t not_movable(const struct wl_tally *t)
{
	return t->by_class[WL_FR_RESERVED] + t->by_held[WL_HELD_UNKNOWN] +
	       t->by_held[WL_HELD_UNMOVABLE] + t->by_held[WL_HELD_RECLAIMABLE];
}

static void end_huge(struct wl_fragmap *m, const struct wl_tally *t)
{
	uint32_t size = 1u << t->order, is_free = t->by_class[WL_FR_FREE];
	uint32_t parked = t->by_class[WL_FR_PCP];
	unsigned bin = is_free == size ? WL_FILL_BINS - 1 : 1 + is_free * 8 / size;

	m->huge++;
	m->huge_free += is_free == size;
	m->huge_parked += parked && is_free + parked == size;
	m->fill[is_free ? bin : 0]++;
	m->by_used[size - is_free]++;
}

/* Types that requests have; a pageblock of another type is nobody's. */
static const uint8_t held_type[WL_HELD_NR] = {
	[WL_HELD_UNKNOWN] = PGA_MAX_TYPES,
	[WL_HELD_UNMOVABLE] = PGA_UNMOVABLE,
	[WL_HELD_RECLAIMABLE] = PGA_RECLAIMABLE,
	[WL_HELD_MOVABLE] = PGA_MOVABLE,
};

bool wl_tally_hybrid(const struct wl_tally *t)
{
	return t->by_held[WL_HELD_MOVABLE] &&
	       t->by_held[WL_HELD_UNMOVABLE] + t->by_held[WL_HELD_RECLAIMABLE];
}

static void end_pageblock(struct wl_fragmap *m, const struct wl_tally *t)
{
	uint32_t other = 0;
	/* The area of CMA is there for movable frames. */
	unsigned home = t->type == PGA_CMA ? PGA_MOVABLE : t->type;

	for (unsigned h = WL_HELD_UNMOVABLE; h < WL_HELD_NR; h++)
		other += held_type[h] == home ? 0 : t->by_held[h];
	m->blocks[t->type]++;
	m->polluted[t->type] += other > 0;
	m->hybrid += wl_tally_hybrid(t);
	if (m->on_block)
		m->on_block(m->data, t);
}

static void end_tally(struct wl_fragmap *m, unsigned which)
{
	struct wl_tally *t = &m->tally[which];
	bool whole = t->seen == 1u << t->order;

	if (t->block != NO_BLOCK) {
		if (which == WL_T_HUGE && whole)
			end_huge(m, t);
		if (which == WL_T_PAGEBLOCK)
			end_pageblock(m, t);
		if (which == WL_T_LARGEST && t->by_class[WL_FR_USED])
			m->footprint += t->seen;
		for (unsigned s = 0; s < WL_SPREADS; s++) {
			if (spread_tally[s] != which || !whole)
				continue;
			m->spread[s].regions++;
			m->spread[s].tainted += not_movable(t) > 0;
		}
	}
	*t = (struct wl_tally){ .order = t->order, .block = NO_BLOCK };
}

static void end_extent(struct wl_fragmap *m)
{
	if (!m->run)
		return;
	m->extents++;
	m->squares += (double)m->run * (double)m->run;
	m->longest = m->run > m->longest ? m->run : m->longest;
	m->run = 0;
}

/* A run that lies in one block of every tally. */
static void add_piece(struct wl_fragmap *m, uint64_t pfn, uint32_t nr, enum wl_frame_class class,
		      enum wl_held held, unsigned type)
{
	for (unsigned i = 0; i < WL_T_NR; i++) {
		struct wl_tally *t = &m->tally[i];

		if (t->block != pfn >> t->order)
			end_tally(m, i);
		t->block = pfn >> t->order;
		t->seen += nr;
		t->type = (uint8_t)type;
		t->by_class[class] += nr;
		if (class == WL_FR_USED)
			t->by_held[held] += nr;
	}
}

void wl_fragmap_add(struct wl_fragmap *m, uint64_t pfn, uint64_t nr, enum wl_frame_class class,
		    enum wl_held held, unsigned type)
{
	unsigned least = m->tally[WL_T_HUGE].order;

	for (unsigned i = 0; i < WL_T_NR; i++)
		least = m->tally[i].order < least ? m->tally[i].order : least;
	if (class != WL_FR_FREE || pfn != m->next)
		end_extent(m);
	m->next = pfn + nr;
	m->frames[class] += nr;
	m->used[held] += class == WL_FR_USED ? nr : 0;
	m->run += class == WL_FR_FREE ? nr : 0;
	while (nr) {
		uint64_t room = (1u << least) - (pfn & ((1u << least) - 1));
		uint32_t piece = (uint32_t)(nr < room ? nr : room);

		add_piece(m, pfn, piece, class, held, type);
		pfn += piece;
		nr -= piece;
	}
}

/*
 * As many huge frames as the free memory could fill are emptied, those with the
 * fewest used frames first; where their frames go does not matter to the count.
 */
static uint64_t required_moves(const struct wl_fragmap *m)
{
	uint64_t want = m->frames[WL_FR_FREE] / m->huge_frames, moves = 0;

	for (uint32_t used = 0; used <= m->huge_frames && want; used++) {
		uint64_t take = m->by_used[used] < want ? m->by_used[used] : want;

		moves += take * used;
		want -= take;
	}
	return moves;
}

void wl_fragmap_end(struct wl_fragmap *m)
{
	end_extent(m);
	for (unsigned i = 0; i < WL_T_NR; i++)
		end_tally(m, i);
	m->moves = required_moves(m);
}

static const uint8_t class_of[] = {
	[PGA_FRAME_HOLE] = WL_FR_NR,   [PGA_FRAME_RESERVED] = WL_FR_RESERVED,
	[PGA_FRAME_FREE] = WL_FR_FREE, [PGA_FRAME_TAIL] = WL_FR_USED,
	[PGA_FRAME_PCP] = WL_FR_PCP,   [PGA_FRAME_USED] = WL_FR_USED,
};

/* The block that begins at @pfn, piece by piece, as its pageblocks have types; its frames. */
static uint64_t add_block(struct wl_fragmap *m, const struct pga_ops *ops, struct pga *pga,
			  uint64_t pfn, const struct pga_frame_info *head, uint8_t held)
{
	bool block = head->state == PGA_FRAME_FREE || head->state == PGA_FRAME_USED;
	uint64_t size = block ? 1ull << head->order : 1, done = 0;
	unsigned order = m->tally[WL_T_PAGEBLOCK].order;
	struct pga_frame_info info = *head;

	while (done < size) {
		uint64_t room = (1ull << order) - ((pfn + done) & ((1ull << order) - 1));
		uint64_t piece = size - done < room ? size - done : room;

		if (done)
			ops->frame(pga, (pga_pfn_t)(pfn + done), &info);
		wl_fragmap_add(m, pfn + done, piece, (enum wl_frame_class)class_of[head->state],
			       (enum wl_held)held, info.type);
		done += piece;
	}
	return size;
}

void wl_fragmap_take(struct wl_fragmap *m, const struct pga_ops *ops, struct pga *pga,
		     const struct pga_conf *conf, const uint8_t *held)
{
	wl_fragmap_take_blocks(m, ops, pga, conf, held, NULL, NULL);
}

void wl_fragmap_take_blocks(struct wl_fragmap *m, const struct pga_ops *ops, struct pga *pga,
			    const struct pga_conf *conf, const uint8_t *held, wl_block_fn fn,
			    void *data)
{
	struct pga_frame_info info;

	wl_fragmap_start(m, conf->page_shift, conf->pageblock_order, conf->nr_orders - 1u);
	m->has_types = ops->caps & PGA_CAP_MOBILITY;
	m->has_held = held != NULL;
	m->on_block = fn;
	m->data = data;
	for (unsigned z = 0; z < conf->nr_zones; z++) {
		uint64_t end = (uint64_t)conf->zones[z].start + conf->zones[z].span;

		for (uint64_t pfn = conf->zones[z].start; pfn < end;) {
			ops->frame(pga, (pga_pfn_t)pfn, &info);
			if (class_of[info.state] == WL_FR_NR || info.zone != z)
				pfn++;
			else
				pfn += add_block(m, ops, pga, pfn, &info,
						 held ? held[pfn] : WL_HELD_UNKNOWN);
		}
	}
	wl_fragmap_end(m);
}

double wl_fragmap_free_huge(const struct wl_fragmap *m)
{
	uint64_t possible = m->frames[WL_FR_FREE] / m->huge_frames;

	return possible ? (double)m->huge_free / (double)possible : (double)NAN;
}

double wl_fragmap_clean(const struct wl_spread *s)
{
	return s->regions ? 1 - (double)s->tainted / (double)s->regions : (double)NAN;
}

double wl_fragmap_squares(const struct wl_fragmap *m)
{
	uint64_t frames = m->frames[WL_FR_FREE];

	return frames ? 1 - sqrt(m->squares) / (double)frames : (double)NAN;
}

double wl_fragmap_footprint(const struct wl_fragmap *m)
{
	uint64_t live = m->frames[WL_FR_USED];

	return live ? (double)m->footprint / (double)live : (double)NAN;
}

struct mismatch_walk {
	struct wl_mismatch *x;
	const struct pga_ops *ops;
	struct pga *pga;
};

static void look_at_entry(void *data, const struct pga_list_entry *entry)
{
	const struct mismatch_walk *w = data;
	struct pga_frame_info info;

	w->ops->frame(w->pga, entry->pfn, &info);
	if (info.type == entry->type)
		return;
	if (entry->cpu >= 0) {
		w->x->pcp_frames++;
		return;
	}
	w->x->free_blocks++;
	w->x->free_frames += 1ull << entry->order;
}

int wl_frag_mismatch(struct wl_mismatch *x, const struct pga_ops *ops, struct pga *pga)
{
	struct mismatch_walk w = { x, ops, pga };

	*x = (struct wl_mismatch){ 0 };
	if (!(ops->caps & PGA_CAP_MOBILITY) || !ops->walk_lists)
		return -EOPNOTSUPP;
	ops->walk_lists(pga, look_at_entry, &w);
	return 0;
}

uint64_t wl_frag_probe(const struct pga_ops *ops, struct pga *pga, struct pga_req req, uint64_t max,
		       pga_pfn_t *slots)
{
	uint64_t got = 0;

	while (got < max) {
		struct pga_res res = ops->alloc(pga, req, NULL);

		if (res.pfn == PGA_NIL)
			break;
		slots[got++] = res.pfn;
	}
	for (uint64_t i = 0; i < got; i++)
		ops->free(pga, slots[i], req.order, req.cpu, 0);
	return got;
}
