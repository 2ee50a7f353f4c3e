/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: an allocator's state in the words of the format. */
#include "harness/palvec/palvec.h"

#include <inttypes.h>
#include <string.h>

#define FNV_BASIS 14695981039346656037ull
#define FNV_PRIME 1099511628211ull
#define LIST_END UINT64_MAX

#define SHOWN 8u /* entries of a list that a reader gets */

/* Where a walk over all lists stands. */
struct hashing {
	struct bench_pv_hashes *h;
	struct pga_list_entry list; /* the one being read */
	bool open;
};

static uint64_t *hash_of(struct hashing *s, const struct pga_list_entry *e)
{
	return e->cpu < 0 ? &s->h->free : &s->h->pcp;
}

static void feed(uint64_t *hash, uint64_t word)
{
	for (unsigned i = 0; i < 8; i++)
		*hash = (*hash ^ (word >> (8 * i) & 0xff)) * FNV_PRIME;
}

static bool same_list(const struct pga_list_entry *a, const struct pga_list_entry *b)
{
	return a->zone == b->zone && a->cpu == b->cpu && a->order == b->order && a->type == b->type;
}

static void hash_entry(void *data, const struct pga_list_entry *e)
{
	struct hashing *s = data;

	if (!s->open || !same_list(&s->list, e)) {
		uint64_t mid = e->cpu < 0 ? e->order : (uint64_t)e->cpu;

		if (s->open)
			feed(hash_of(s, &s->list), LIST_END);
		feed(hash_of(s, e),
		     (uint64_t)e->zone << 32 | mid << 16 | (uint8_t)pga_types[e->type].letter);
		s->open = true;
	}
	feed(hash_of(s, e), e->pfn);
	s->list = *e;
}

void bench_pv_hash(struct bench_pv_run *run, struct bench_pv_hashes *h)
{
	struct hashing s = { .h = h };

	*h = (struct bench_pv_hashes){ FNV_BASIS, FNV_BASIS };
	run->ops->walk_lists(run->self, hash_entry, &s);
	if (s.open)
		feed(hash_of(&s, &s.list), LIST_END);
}

static void render_buddy(struct bench_pv_run *run, unsigned zi, const struct pga_zone_snap *s,
			 FILE *f)
{
	const struct bench_pv_machine *m = run->m;

	fprintf(f, "buddy %u", zi);
	for (unsigned o = 0; o < m->max_order; o++) {
		uint32_t sum = 0;

		for (unsigned t = 0; t < PGA_MAX_TYPES; t++)
			sum += s->nr_blocks[t][o];
		fprintf(f, " %u", sum);
	}
	fprintf(f, "\n");
	for (unsigned t = 0; t < m->nr_types; t++) {
		const uint32_t *nr = s->nr_blocks[m->type[t]];
		uint32_t any = 0;

		for (unsigned o = 0; o < m->max_order; o++)
			any |= nr[o];
		if (!any)
			continue;
		fprintf(f, "types %u %c", zi, m->types[t]);
		for (unsigned o = 0; o < m->max_order; o++)
			fprintf(f, " %u", nr[o]);
		fprintf(f, "\n");
	}
}

static void render_pageblocks(struct bench_pv_run *run, unsigned zi, const struct pga_zone_snap *s,
			      FILE *f)
{
	const struct pga_zone_conf *z = &run->conf.zones[zi];
	uint64_t size = 1ull << run->conf.pageblock_order, end = (uint64_t)z->start + z->span;
	struct pga_frame_info info;
	unsigned last = 0, n = 0;

	fprintf(f, "blocks %u", zi);
	for (unsigned t = 0; t < run->m->nr_types; t++)
		fprintf(f, " %u", s->pageblocks[run->m->type[t]]);
	fprintf(f, "\npb %u", zi);
	for (uint64_t pfn = z->start; pfn < end; pfn = (pfn | (size - 1)) + 1) {
		run->ops->frame(run->self, (pga_pfn_t)pfn, &info);
		if (n && info.type != last) {
			fprintf(f, " %c*%u", pga_types[last].letter, n);
			n = 0;
		}
		last = info.type;
		n++;
	}
	fprintf(f, " %c*%u\n", pga_types[last].letter, n);
}

static void render_pcpcount(struct bench_pv_run *run, unsigned zi, FILE *f)
{
	fprintf(f, "pcpcount %u", zi);
	for (unsigned c = 0; c < run->m->nr_cpus; c++) {
		uint32_t n[PGA_MAX_TYPES];

		run->ops->pcp_count(run->self, c, zi, n);
		fprintf(f, " %u:%u/%u/%u", n[PGA_UNMOVABLE] + n[PGA_RECLAIMABLE] + n[PGA_MOVABLE],
			n[PGA_UNMOVABLE], n[PGA_RECLAIMABLE], n[PGA_MOVABLE]);
	}
	fprintf(f, "\n");
}

/* Lists of one zone (-1: all), at most `most` entries of each. */
struct listing {
	FILE *f;
	int zone;
	unsigned most, seen;
	struct pga_list_entry list;
	bool open;
};

static void list_entry(void *data, const struct pga_list_entry *e)
{
	struct listing *s = data;

	if (s->zone >= 0 && e->zone != s->zone)
		return;
	if (!s->open || !same_list(&s->list, e)) {
		if (s->open)
			fprintf(s->f, "\n");
		if (e->cpu < 0)
			fprintf(s->f, "fl %u %u %c", e->zone, e->order, pga_types[e->type].letter);
		else
			fprintf(s->f, "pl %u %d %c", e->zone, e->cpu, pga_types[e->type].letter);
		s->open = true;
		s->seen = 0;
	}
	s->list = *e;
	if (s->seen++ < s->most)
		fprintf(s->f, " %u", e->pfn);
	else if (s->seen == s->most + 1)
		fprintf(s->f, " ..");
}

static void render_lists(struct bench_pv_run *run, int zone, unsigned most, FILE *f)
{
	struct listing s = { .f = f, .zone = zone, .most = most };

	run->ops->walk_lists(run->self, list_entry, &s);
	if (s.open)
		fprintf(f, "\n");
}

static void render_zone(struct bench_pv_run *run, unsigned zi, FILE *f)
{
	uint64_t st[PGA_NR_STATS];
	struct pga_zone_snap s;

	run->ops->zone_snap(run->self, zi, &s);
	run->ops->stats(run->self, (int)zi, st);
	fprintf(f, "nr_free %u %" PRIu64, zi, s.nr_free);
	if (run->conf.nr_cma)
		fprintf(f, " cma %" PRIu64, s.nr_free_cma);
	if (!strcmp(run->m->vmstat, "percpu"))
		fprintf(f, " snap %" PRIu64, s.nr_free_exact);
	fprintf(f, "\n");
	render_buddy(run, zi, &s, f);
	render_pageblocks(run, zi, &s, f);
	render_pcpcount(run, zi, f);
	fprintf(f, "numa %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", zi,
		st[PGA_STAT_numa_hit], st[PGA_STAT_numa_miss], st[PGA_STAT_numa_foreign],
		st[PGA_STAT_numa_local], st[PGA_STAT_numa_other]);
	bench_pv_render_compact(run, zi, &s, f);
	if (run->lists)
		render_lists(run, (int)zi, UINT32_MAX, f);
}

void bench_pv_render(struct bench_pv_run *run, FILE *f)
{
	struct bench_pv_hashes h;

	for (unsigned zi = 0; zi < run->m->nr_zones; zi++)
		render_zone(run, zi, f);
	bench_pv_hash(run, &h);
	fprintf(f, "hash %016" PRIx64 " %016" PRIx64 "\n", h.free, h.pcp);
}

void bench_pv_show(struct bench_pv_run *run, int zone, FILE *f)
{
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? run->m->nr_zones : first + 1;

	for (unsigned zi = first; zi < end; zi++) {
		struct pga_zone_snap s;

		run->ops->zone_snap(run->self, zi, &s);
		fprintf(f, "nr_free %u %" PRIu64 " exact %" PRIu64 "\n", zi, s.nr_free,
			s.nr_free_exact);
		render_buddy(run, zi, &s, f);
		render_pcpcount(run, zi, f);
	}
	render_lists(run, zone, SHOWN, f);
}
