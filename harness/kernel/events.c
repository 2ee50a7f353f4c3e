/* SPDX-License-Identifier: GPL-2.0-only */
/* Rings of events, and their text. */
#include "harness/kernel/events.h"
#include "harness/measure/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_US 1000u
#define US_PER_S 1000000u

struct entry {
	uint64_t ns;
	struct pga_event event;
};

/* Written by the driver of its CPU alone. */
struct ring {
	uint64_t nr; /* entries ever written */
	uint64_t seen[PGA_NR_EVENTS];
	struct entry *entry; /* [EVENTS_KEPT] */
} __attribute__((aligned(128)));

struct events {
	unsigned nr_cpus;
	struct ring *ring; /* [nr_cpus] */
	struct pga_ops traced;
	const struct pga_ops *inner;
};

/* What the traced operations, which know the instance alone, write to. */
static struct events *traced;

struct events *events_new(unsigned nr_cpus)
{
	struct events *ev = calloc(1, sizeof(*ev));
	bool ok = ev != NULL;

	if (!ev)
		return NULL;
	ev->nr_cpus = nr_cpus;
	ev->ring = aligned_alloc(_Alignof(struct ring), nr_cpus * sizeof(*ev->ring));
	if (ev->ring)
		memset(ev->ring, 0, nr_cpus * sizeof(*ev->ring));
	for (unsigned c = 0; ev->ring && c < nr_cpus; c++) {
		ev->ring[c].entry = calloc(EVENTS_KEPT, sizeof(struct entry));
		ok &= ev->ring[c].entry != NULL;
	}
	if (ok && ev->ring)
		return ev;
	events_free(ev);
	return NULL;
}

void events_free(struct events *ev)
{
	if (!ev)
		return;
	for (unsigned c = 0; ev->ring && c < ev->nr_cpus; c++)
		free(ev->ring[c].entry);
	free(ev->ring);
	if (traced == ev)
		traced = NULL;
	free(ev);
}

void events_hook(void *data, const struct pga_event *event)
{
	struct events *ev = data;
	struct ring *r = &ev->ring[event->cpu];
	struct entry *e = &r->entry[r->nr++ % EVENTS_KEPT];

	r->seen[event->id]++;
	e->ns = clk_ns();
	e->event = *event;
}

static uint8_t type_of(uint32_t gfp)
{
	return gfp & PGA_GFP_MOVABLE	   ? PGA_MOVABLE
	       : gfp & PGA_GFP_RECLAIMABLE ? PGA_RECLAIMABLE
					   : PGA_UNMOVABLE;
}

static struct pga_res traced_alloc(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	struct pga_res res = traced->inner->alloc(self, req, ctx);

	events_hook(traced, &(struct pga_event){
				    .id = PGA_EVENT_mm_page_alloc,
				    .cpu = req.cpu,
				    .zone = res.zone,
				    .order = req.order,
				    .type = type_of(req.gfp),
				    .pfn = res.pfn,
				    .a = req.gfp,
				    .b = res.path,
			    });
	return res;
}

static void traced_free(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu,
			unsigned flags)
{
	events_hook(traced, &(struct pga_event){
				    .id = PGA_EVENT_mm_page_free,
				    .cpu = (uint16_t)cpu,
				    .order = (uint8_t)order,
				    .pfn = pfn,
			    });
	traced->inner->free(self, pfn, order, cpu, flags);
}

const struct pga_ops *events_trace(struct events *ev, const struct pga_ops *ops)
{
	ev->inner = ops;
	ev->traced = *ops;
	ev->traced.alloc = traced_alloc;
	ev->traced.free = traced_free;
	traced = ev;
	return &ev->traced;
}

uint64_t events_seen(const struct events *ev, enum pga_event_id id)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < ev->nr_cpus; c++)
		sum += ev->ring[c].seen[id];
	return sum;
}

uint64_t events_overwritten(const struct events *ev)
{
	uint64_t sum = 0;

	for (unsigned c = 0; c < ev->nr_cpus; c++)
		sum += ev->ring[c].nr > EVENTS_KEPT ? ev->ring[c].nr - EVENTS_KEPT : 0;
	return sum;
}

/* Where a field of the text comes from, and how it is written. */
enum source { END, PFN, ORDER, TYPE, ZONE, A, B, C, D };
enum form { DEC, HEX, GFP, PATH };
struct field {
	const char *name;
	enum source source;
	enum form form;
};

/* System and fields as the kernel's tracepoints name them. */
static const struct {
	const char *system;
	struct field field[8];
} texts[PGA_NR_EVENTS] = {
	[PGA_EVENT_mm_page_alloc] = { "kmem",
				      { { "pfn", PFN, HEX },
					{ "order", ORDER, DEC },
					{ "migratetype", TYPE, DEC },
					{ "gfp_flags", A, GFP },
					{ "path", B, PATH } } },
	[PGA_EVENT_mm_page_free] = { "kmem", { { "pfn", PFN, HEX }, { "order", ORDER, DEC } } },
	[PGA_EVENT_mm_page_pcpu_drain] = { "kmem",
					   { { "pfn", PFN, HEX },
					     { "order", ORDER, DEC },
					     { "count", A, DEC } } },
	[PGA_EVENT_mm_page_alloc_extfrag] = { "kmem",
					      { { "pfn", PFN, HEX },
						{ "alloc_order", ORDER, DEC },
						{ "fallback_order", A, DEC },
						{ "alloc_migratetype", TYPE, DEC },
						{ "fallback_migratetype", B, DEC },
						{ "change_ownership", C, DEC } } },
	[PGA_EVENT_mm_compaction_begin] = { "compaction",
					    { { "zone_start", A, HEX },
					      { "migrate_start", B, HEX },
					      { "free_start", C, HEX },
					      { "zone_end", D, HEX } } },
	[PGA_EVENT_mm_compaction_end] = { "compaction", { { "status", A, DEC } } },
	[PGA_EVENT_mm_compaction_migratepages] = { "compaction",
						   { { "nr_migrated", A, DEC },
						     { "nr_failed", B, DEC } } },
	[PGA_EVENT_mm_vmscan_wakeup_kswapd] = { "vmscan",
						{ { "nid", A, DEC },
						  { "zid", ZONE, DEC },
						  { "order", ORDER, DEC } } },
	[PGA_EVENT_mm_vmscan_kswapd_wake] = { "vmscan",
					      { { "nid", A, DEC }, { "order", ORDER, DEC } } },
	[PGA_EVENT_mm_vmscan_kswapd_sleep] = { "vmscan", { { "nid", A, DEC } } },
	[PGA_EVENT_mm_vmscan_direct_reclaim_begin] = { "vmscan",
						       { { "order", ORDER, DEC },
							 { "gfp_flags", A, GFP } } },
	[PGA_EVENT_mm_vmscan_direct_reclaim_end] = { "vmscan", { { "nr_reclaimed", A, DEC } } },
	[PGA_EVENT_oom_kill] = { "oom", { { "frames", A, DEC } } },
	[PGA_EVENT_alloc_failure] = { "zonebench",
				      { { "order", ORDER, DEC },
					{ "gfp_flags", A, GFP },
					{ "free", B, DEC } } },
};

static const char *const gfp_names[PGA_NR_GFP_BITS] = {
#define X(name, help) [PGA_GFP_BIT_##name] = "GFP_" #name,
	PGA_GFP_FLAGS(X)
#undef X
};

static void put_gfp(uint64_t gfp, FILE *f)
{
	const char *between = "";

	for (unsigned i = 0; i < PGA_NR_GFP_BITS; i++) {
		if (!(gfp >> i & 1))
			continue;
		fprintf(f, "%s%s", between, gfp_names[i]);
		between = "|";
	}
	if (!*between)
		fputc('0', f);
}

static void put_path(uint64_t path, FILE *f)
{
	const char *between = "";

	for (unsigned i = 0; i < PGA_NR_STAGES; i++) {
		if (!(path >> i & 1))
			continue;
		fprintf(f, "%s%s", between, pga_stages[i].name);
		between = "|";
	}
}

static uint64_t value_of(const struct pga_event *e, enum source source)
{
	const uint64_t values[] = {
		[END] = 0,  [PFN] = e->pfn, [ORDER] = e->order, [TYPE] = e->type, [ZONE] = e->zone,
		[A] = e->a, [B] = e->b,	    [C] = e->c,		[D] = e->d,
	};

	return values[source];
}

static void put_field(const struct pga_event *e, const struct field *field, FILE *f)
{
	uint64_t value = value_of(e, field->source);

	fprintf(f, " %s=", field->name);
	switch (field->form) {
	case DEC:
		fprintf(f, "%lld", (long long)value);
		break;
	case HEX:
		if (field->source == PFN && value == PGA_NIL)
			fputs("(nil)", f);
		else
			fprintf(f, "0x%llx", (unsigned long long)value);
		break;
	case GFP:
		put_gfp(value, f);
		break;
	case PATH:
		put_path(value, f);
		break;
	}
}

static void put_entry(const struct entry *e, FILE *f)
{
	uint64_t us = e->ns / NS_PER_US;
	const struct pga_event *event = &e->event;

	fprintf(f, "zonebench %5d [%03u] %5llu.%06llu: %s:%s:", (int)getpid(), event->cpu,
		(unsigned long long)(us / US_PER_S), (unsigned long long)(us % US_PER_S),
		texts[event->id].system, pga_event_infos[event->id].name);
	for (const struct field *field = texts[event->id].field; field->name; field++)
		put_field(event, field, f);
	fputc('\n', f);
}

/* Sorted in the place of the entries, which are larger. */
struct ref {
	const struct entry *e;
};

static int by_time(const void *a, const void *b)
{
	const struct entry *x = ((const struct ref *)a)->e, *y = ((const struct ref *)b)->e;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return (x > y) - (x < y);
}

int events_write(const struct events *ev, FILE *f)
{
	struct ref *sorted;
	size_t nr = 0, at = 0;

	for (unsigned c = 0; c < ev->nr_cpus; c++)
		nr += ev->ring[c].nr < EVENTS_KEPT ? ev->ring[c].nr : EVENTS_KEPT;
	sorted = malloc((nr + 1) * sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	for (unsigned c = 0; c < ev->nr_cpus; c++)
		for (size_t i = 0; i < EVENTS_KEPT && i < ev->ring[c].nr; i++)
			sorted[at++].e = &ev->ring[c].entry[i];
	qsort(sorted, nr, sizeof(*sorted), by_time);
	if (events_overwritten(ev))
		fprintf(f, "# %llu older events are lost\n",
			(unsigned long long)events_overwritten(ev));
	for (size_t i = 0; i < nr; i++)
		put_entry(sorted[i].e, f);
	free(sorted);
	return fflush(f) || ferror(f) ? -EIO : 0;
}
