/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of linux-2.4 and linux-2.6.9: an allocator's state in the words of the format. */
#include "harness/palvec/palvec_legacy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

#define FNV_BASIS 14695981039346656037ull
#define FNV_PRIME 1099511628211ull
#define SHOWN 8u /* entries of a list that a reader gets */
#define ALL SIZE_MAX

static void feed_byte(uint64_t *hash, uint8_t byte)
{
	*hash = (*hash ^ byte) * FNV_PRIME;
}

static void feed(uint64_t *hash, uint64_t word)
{
	for (unsigned i = 0; i < 8; i++)
		feed_byte(hash, (uint8_t)(word >> 8 * i));
}

/* --- lists --- */

/* Entries in the order of a walk; spans of them are read one after the other. */
struct walk {
	struct pga_list_entry *entry;
	size_t nr, max, at;
	bool full; /* no memory: a list is cut off, and differs */
};

struct span {
	const struct pga_list_entry *entry;
	size_t nr;
};

static void collect(void *data, const struct pga_list_entry *e)
{
	struct walk *w = data;

	if (w->nr == w->max) {
		size_t max = w->max ? 2 * w->max : 4096;
		struct pga_list_entry *more =
			w->full ? NULL : realloc(w->entry, max * sizeof(*more));

		w->full |= !more;
		if (!more)
			return;
		w->entry = more;
		w->max = max;
	}
	w->entry[w->nr++] = *e;
}

/* Where spans begin that a zone has, and the next one in it. */
static void seek(struct walk *w, unsigned zone)
{
	for (w->at = 0; w->at < w->nr && w->entry[w->at].zone != zone;)
		w->at++;
}

static struct span next_span(struct walk *w, unsigned zone, int cpu, unsigned key)
{
	struct span s = { w->entry + w->at, 0 };

	for (; w->at < w->nr; w->at++, s.nr++) {
		const struct pga_list_entry *e = &w->entry[w->at];

		if (e->zone != zone || e->cpu != cpu || (cpu < 0 ? e->order : e->type) != key)
			break;
	}
	return s;
}

/* A queue of cached frames; @zone -1: frames of all zones. */
static struct span queue_span(struct walk *w, int8_t queue, int zone)
{
	struct span s = { NULL, 0 };

	for (size_t i = 0; i < w->nr; i++) {
		const struct pga_list_entry *e = &w->entry[i];

		if (e->type + 1 != queue || (zone >= 0 && e->zone != zone))
			continue;
		if (!s.nr)
			s.entry = e;
		s.nr++;
	}
	return s;
}

static uint64_t hash_span(uint64_t hash, const struct span *s)
{
	feed(&hash, s->nr);
	for (size_t i = 0; i < s->nr; i++)
		feed(&hash, s->entry[i].pfn);
	return hash;
}

static void print_span(const struct span *s, size_t most, FILE *f)
{
	for (size_t i = 0; i < s->nr && i < most; i++)
		fprintf(f, " %u", s->entry[i].pfn);
	fprintf(f, s->nr > most ? " ..\n" : "\n");
}

/* --- check --- */

static uint64_t hash_maps(run_t *run, unsigned zone, unsigned first, unsigned end)
{
	uint64_t hash = FNV_BASIS;

	for (unsigned o = first; o < end; o++) {
		uint32_t bits = 0;
		const uint8_t *map = run->ops->pair_map(run->self, zone, o, &bits);

		feed(&hash, o);
		feed(&hash, bits);
		for (uint32_t i = 0; map && i < (bits + 7) / 8; i++)
			feed_byte(&hash, map[i]);
	}
	return hash;
}

static void render_zone(run_t *run, struct walk *lists, unsigned zone, FILE *f)
{
	unsigned top = run->m->max_order - 1;
	uint64_t hash = FNV_BASIS;
	struct pga_zone_snap snap;

	run->ops->zone_snap(run->self, zone, &snap);
	fprintf(f, "z %u %" PRIu64, run->m->zi[zone], snap.nr_free);
	seek(lists, zone);
	for (unsigned o = 0; o <= top; o++) {
		struct span s = next_span(lists, zone, -1, o);

		fprintf(f, " %u", snap.nr_blocks[0][o]);
		feed(&hash, o);
		hash = hash_span(hash, &s);
	}
	fprintf(f, " %016" PRIx64 " %016" PRIx64, hash, hash_maps(run, zone, 0, top));
}

static void render_event(FILE *f, const char *name, uint64_t value)
{
	fprintf(f, " %s=%" PRIu64, name, value);
}

void bench_pv_24_render(run_t *run, FILE *f)
{
	const struct bench_pv_legacy *l = run->legacy;
	struct walk lists = { 0 }, queues = { 0 };
	uint64_t st[PGA_NR_STATS];
	struct span active, dirty;

	run->ops->walk_lists(run->self, collect, &lists);
	run->ops->walk_queues(run->self, collect, &queues);
	run->ops->stats(run->self, -1, st);
	for (unsigned z = 0; z < run->m->nr_zones; z++) {
		struct span clean = queue_span(&queues, l->queue[PV_CLEAN], (int)z);

		render_zone(run, &lists, z, f);
		fprintf(f, " %016" PRIx64 "\n",
			hash_maps(run, z, run->m->max_order - 1, run->m->max_order));
		if (clean.nr)
			fprintf(f, "ic %u %zu %016" PRIx64 "\n", run->m->zi[z], clean.nr,
				hash_span(FNV_BASIS, &clean));
	}
	active = queue_span(&queues, l->queue[PV_ACTIVE], -1);
	dirty = queue_span(&queues, l->queue[PV_DIRTY], -1);
	fprintf(f, "vm %" PRIu64 " %zu %zu %016" PRIx64 " %016" PRIx64 "\nEVENTS",
		st[PGA_STAT_memory_pressure], active.nr, dirty.nr, hash_span(FNV_BASIS, &active),
		hash_span(FNV_BASIS, &dirty));
	render_event(f, "kswapd_wake", l->wakes[0]);
	render_event(f, "kswapd_wait", l->waits[PGA_WAIT_KSWAPD]);
	render_event(f, "bdflush_wake", l->wakes[2]);
	render_event(f, "kreclaimd_wake", l->wakes[1]);
	render_event(f, "launder", st[PGA_STAT_page_launder]);
	render_event(f, "try_to_free", st[PGA_STAT_allocstall]);
	render_event(f, "yield", l->waits[PGA_WAIT_YIELD]);
	render_event(f, "alloc_failed", st[PGA_STAT_alloc_failure]);
	render_event(f, "pages_reclaimed",
		     st[PGA_STAT_pgsteal_direct] + st[PGA_STAT_pgsteal_kswapd]);
	fprintf(f, "\n");
	free(lists.entry);
	free(queues.entry);
}

static void render_cpus(run_t *run, struct walk *lists, unsigned zone, FILE *f)
{
	for (unsigned c = 0; c < run->m->nr_cpus; c++) {
		uint64_t hash = FNV_BASIS;
		struct span s[2];

		for (unsigned cold = 0; cold < 2; cold++) {
			s[cold] = next_span(lists, zone, (int)c, cold);
			feed(&hash, cold);
			hash = hash_span(hash, &s[cold]);
		}
		if (s[0].nr + s[1].nr)
			fprintf(f, "p %u %u %zu %zu %016" PRIx64 "\n", run->m->zi[zone], c, s[0].nr,
				s[1].nr, hash);
	}
}

static void render_numa(run_t *run, FILE *f)
{
	for (unsigned z = 0; z < run->m->nr_zones; z++) {
		uint64_t st[PGA_NR_STATS];

		run->ops->stats(run->self, (int)z, st);
		fprintf(f, "numa %u %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
			run->m->zi[z], st[PGA_STAT_numa_hit], st[PGA_STAT_numa_miss],
			st[PGA_STAT_numa_foreign], st[PGA_STAT_numa_local],
			st[PGA_STAT_numa_other]);
	}
}

/* The kernel's counter has them, the mechanism's has not. */
static uint64_t boot_frames(const struct bench_pv_legacy *l)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < l->nr_freed; i++)
		sum += (uint64_t)l->freed[i].count << l->freed[i].order;
	return sum;
}

void bench_pv_26_render(run_t *run, FILE *f)
{
	uint64_t st[PGA_NR_STATS], given[PGA_NR_ZONE_TYPES] = { 0 };
	const struct bench_pv_legacy *l = run->legacy;
	struct walk lists = { 0 };
	char name[32];

	run->ops->walk_lists(run->self, collect, &lists);
	for (unsigned z = 0; z < run->m->nr_zones; z++) {
		render_zone(run, &lists, z, f);
		fprintf(f, "\n");
		render_cpus(run, &lists, z, f);
		run->ops->stats(run->self, (int)z, st);
		given[run->m->zone[z].type] += st[PGA_STAT_pgalloc];
	}
	if (!strcmp(run->m->variant, "numa"))
		render_numa(run, f);
	run->ops->stats(run->self, -1, st);
	fprintf(f, "EVENTS");
	for (unsigned n = 0; n < run->m->nr_nodes; n++) {
		snprintf(name, sizeof(name), "kswapd_wake_n%u", n);
		render_event(f, name, l->kswapd[n]);
	}
	render_event(f, "try_to_free", st[PGA_STAT_allocstall]);
	render_event(f, "congestion_wait", l->waits[PGA_WAIT_CONGESTION]);
	render_event(f, "alloc_failed", st[PGA_STAT_alloc_failure]);
	render_event(f, "pgalloc_dma", given[PGA_ZONE_DMA]);
	render_event(f, "pgalloc_normal", given[PGA_ZONE_NORMAL]);
	render_event(f, "pgalloc_high", given[PGA_ZONE_HIGHMEM]);
	render_event(f, "pgfree", st[PGA_STAT_pgfree] + boot_frames(l));
	fprintf(f, "\n");
	free(lists.entry);
}

/* --- dump --- */

static void print_lists(run_t *run, struct walk *lists, unsigned zone, size_t most, FILE *f)
{
	seek(lists, zone);
	for (unsigned o = 0; o < run->m->max_order; o++) {
		struct span s = next_span(lists, zone, -1, o);

		if (!s.nr)
			continue;
		fprintf(f, "list %u %u", run->m->zi[zone], o);
		print_span(&s, most, f);
	}
}

static void print_maps(run_t *run, unsigned zone, FILE *f)
{
	for (unsigned o = 0; o < run->m->max_order; o++) {
		uint32_t bits = 0;
		const uint8_t *map = run->ops->pair_map(run->self, zone, o, &bits);

		if (!map)
			continue;
		fprintf(f, "map %u %u %u ", run->m->zi[zone], o, bits);
		for (uint32_t i = 0; i < (bits + 7) / 8; i++)
			fprintf(f, "%02x", map[i]);
		fprintf(f, "\n");
	}
}

static void print_cpus(run_t *run, struct walk *lists, unsigned zone, size_t most, FILE *f)
{
	for (unsigned c = 0; c < run->m->nr_cpus; c++)
		for (unsigned cold = 0; cold < 2; cold++) {
			struct span s = next_span(lists, zone, (int)c, cold);

			if (!s.nr)
				continue;
			fprintf(f, "pcplist %u %u %s", run->m->zi[zone], c, cold ? "cold" : "hot");
			print_span(&s, most, f);
		}
}

static void print_zone(run_t *run, struct walk *lists, struct walk *queues, unsigned zone,
		       size_t most, FILE *f)
{
	struct span clean = queue_span(queues, run->legacy->queue[PV_CLEAN], (int)zone);

	print_lists(run, lists, zone, most, f);
	if (most == ALL)
		print_maps(run, zone, f);
	print_cpus(run, lists, zone, most, f);
	if (!clean.nr)
		return;
	fprintf(f, "iclist %u", run->m->zi[zone]);
	print_span(&clean, most, f);
}

static void walk(run_t *run, struct walk *lists, struct walk *queues)
{
	run->ops->walk_lists(run->self, collect, lists);
	if (run->ops->walk_queues)
		run->ops->walk_queues(run->self, collect, queues);
}

void bench_pv_legacy_dump(run_t *run, FILE *f)
{
	struct walk lists = { 0 }, queues = { 0 };

	walk(run, &lists, &queues);
	for (unsigned z = 0; z < run->m->nr_zones; z++)
		print_zone(run, &lists, &queues, z, ALL, f);
	free(lists.entry);
	free(queues.entry);
}

void bench_pv_legacy_show(run_t *run, int zone, FILE *f)
{
	struct walk lists = { 0 }, queues = { 0 };
	unsigned first = zone < 0 ? 0 : (unsigned)zone;
	unsigned end = zone < 0 ? run->m->nr_zones : first + 1;

	walk(run, &lists, &queues);
	for (unsigned z = first; z < end; z++) {
		render_zone(run, &lists, z, f);
		fprintf(f, "\n");
		print_zone(run, &lists, &queues, z, SHOWN, f);
	}
	free(lists.entry);
	free(queues.entry);
}
