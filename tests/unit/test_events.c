/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: kept, counted, and written as perf script would. */
#include "harness/kernel/events.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *text;
static size_t text_len;

static void write_text(const struct events *ev)
{
	free(text);
	FILE *f = open_memstream(&text, &text_len);

	cr_assert_eq(events_write(ev, f), 0);
	fclose(f);
}

static void tell(struct events *ev, struct pga_event e)
{
	events_hook(ev, &e);
}

static unsigned lines(void)
{
	unsigned nr = 0;

	for (const char *c = text; *c; c++)
		nr += *c == '\n';
	return nr;
}

Test(events, lines_have_the_form_of_perf_script)
{
	struct events *ev = events_new(3);
	unsigned pid, cpu, us;
	unsigned long long s;
	char rest[200];

	tell(ev, (struct pga_event){ .id = PGA_EVENT_mm_compaction_begin,
				     .cpu = 2,
				     .a = 0x10,
				     .b = 0x20,
				     .c = 0x30,
				     .d = 0x40 });
	write_text(ev);
	cr_assert_eq(
		sscanf(text, "zonebench %u [%u] %llu.%6u: %199[^\n]", &pid, &cpu, &s, &us, rest), 5,
		"%s", text);
	cr_assert_eq(cpu, 2);
	cr_assert_str_eq(rest, "compaction:mm_compaction_begin: zone_start=0x10 "
			       "migrate_start=0x20 free_start=0x30 zone_end=0x40");
	cr_assert_eq(lines(), 1);
	events_free(ev);
}

/* Event, and the end of its line. */
static const struct {
	struct pga_event event;
	const char *end;
} forms[] = {
	{ { .id = PGA_EVENT_mm_page_alloc,
	    .pfn = 0x1f,
	    .order = 3,
	    .type = PGA_MOVABLE,
	    .a = PGA_GFP_WAIT | PGA_GFP_MOVABLE,
	    .b = PGA_PATH(PCP_HIT) | PGA_PATH(NEXT_ZONE) },
	  "kmem:mm_page_alloc: pfn=0x1f order=3 migratetype=2 gfp_flags=GFP_MOVABLE|GFP_WAIT "
	  "path=pcp_hit|next_zone" },
	{ { .id = PGA_EVENT_mm_page_alloc, .pfn = PGA_NIL, .b = PGA_PATH(FAIL) },
	  "kmem:mm_page_alloc: pfn=(nil) order=0 migratetype=0 gfp_flags=0 path=fail" },
	{ { .id = PGA_EVENT_mm_page_free, .pfn = 7, .order = 1 },
	  "kmem:mm_page_free: pfn=0x7 order=1" },
	{ { .id = PGA_EVENT_mm_page_pcpu_drain, .pfn = 9, .type = 1, .a = 31 },
	  "kmem:mm_page_pcpu_drain: pfn=0x9 order=0 count=31" },
	{ { .id = PGA_EVENT_mm_page_alloc_extfrag,
	    .pfn = 512,
	    .order = 1,
	    .type = 0,
	    .a = 9,
	    .b = 2,
	    .c = 1 },
	  "kmem:mm_page_alloc_extfrag: pfn=0x200 alloc_order=1 fallback_order=9 "
	  "alloc_migratetype=0 fallback_migratetype=2 change_ownership=1" },
	{ { .id = PGA_EVENT_mm_compaction_begin, .b = 1, .c = 2, .d = 3 },
	  "compaction:mm_compaction_begin: zone_start=0x0 migrate_start=0x1 free_start=0x2 "
	  "zone_end=0x3" },
	{ { .id = PGA_EVENT_mm_compaction_end, .a = (uint64_t)-1 },
	  "compaction:mm_compaction_end: status=-1" },
	{ { .id = PGA_EVENT_mm_compaction_migratepages, .a = 30, .b = 2 },
	  "compaction:mm_compaction_migratepages: nr_migrated=30 nr_failed=2" },
	{ { .id = PGA_EVENT_mm_vmscan_wakeup_kswapd, .zone = 2, .order = 4, .a = 1 },
	  "vmscan:mm_vmscan_wakeup_kswapd: nid=1 zid=2 order=4" },
	{ { .id = PGA_EVENT_mm_vmscan_kswapd_wake, .order = 4, .a = 1 },
	  "vmscan:mm_vmscan_kswapd_wake: nid=1 order=4" },
	{ { .id = PGA_EVENT_mm_vmscan_kswapd_sleep, .a = 3 },
	  "vmscan:mm_vmscan_kswapd_sleep: nid=3" },
	{ { .id = PGA_EVENT_mm_vmscan_direct_reclaim_begin, .order = 2, .a = PGA_GFP_IO },
	  "vmscan:mm_vmscan_direct_reclaim_begin: order=2 gfp_flags=GFP_IO" },
	{ { .id = PGA_EVENT_mm_vmscan_direct_reclaim_end, .a = 32 },
	  "vmscan:mm_vmscan_direct_reclaim_end: nr_reclaimed=32" },
	{ { .id = PGA_EVENT_oom_kill, .a = 100 }, "oom:oom_kill: frames=100" },
	{ { .id = PGA_EVENT_alloc_failure, .order = 5, .a = PGA_GFP_WAIT, .b = 12 },
	  "zonebench:alloc_failure: order=5 gfp_flags=GFP_WAIT free=12" },
};

Test(events, each_event_has_its_fields)
{
	bool told[PGA_NR_EVENTS] = { false };

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct events *ev = events_new(1);

		tell(ev, forms[i].event);
		write_text(ev);
		text[strlen(text) - 1] = '\0';
		char *end = strstr(text, ": ") + 2;

		cr_expect_str_eq(end, forms[i].end);
		told[forms[i].event.id] = true;
		events_free(ev);
	}
	for (unsigned i = 0; i < PGA_NR_EVENTS; i++)
		cr_expect(told[i], "%s has no line here", pga_event_infos[i].name);
}

Test(events, the_newest_are_kept_and_all_are_counted)
{
	struct events *ev = events_new(2);

	for (unsigned i = 0; i < EVENTS_KEPT + 5; i++)
		tell(ev, (struct pga_event){ .id = PGA_EVENT_mm_page_free, .pfn = i });
	tell(ev, (struct pga_event){ .id = PGA_EVENT_oom_kill, .cpu = 1, .a = 1 });
	cr_assert_eq(events_seen(ev, PGA_EVENT_mm_page_free), EVENTS_KEPT + 5);
	cr_assert_eq(events_seen(ev, PGA_EVENT_oom_kill), 1);
	cr_assert_eq(events_overwritten(ev), 5);
	write_text(ev);
	cr_assert(!strncmp(text, "# 5 older events are lost\n", 26), "%.40s", text);
	cr_assert_eq(lines(), 1 + EVENTS_KEPT + 1);
	cr_assert(strstr(text, "pfn=0x5 ") && !strstr(text, "pfn=0x4 "), "the oldest are gone");
	cr_assert(strstr(text, "oom_kill"));
	events_free(ev);
}

static struct events *told;

static int listen(struct t_instance *in, struct pga_host *host, void *data)
{
	(void)data;
	told = events_new(in->conf.nr_cpus);
	host->data = told;
	host->clock = NULL;
	host->event = events_hook;
	return told ? 0 : -1;
}

/* A CPU's lists and the blocks of other types: each use is one event. */
Test(events, linux_3_10_tells_fallbacks_and_drains)
{
	struct t_instance in = { .driver = -1 };
	uint64_t stats[PGA_NR_STATS];
	pga_pfn_t *pfn = calloc(16384, sizeof(*pfn));
	unsigned nr = 0;

	cr_assert_eq(t_up_with(&in, "linux-3.10", "one", listen, NULL), 0, "%s", in.why);
	for (; nr < 2000; nr++)
		pfn[nr] = t_alloc(&in, 1, -1, 0, PGA_GFP_KERNEL).pfn;
	for (unsigned i = 0; i < 10; i++)
		pfn[nr++] = t_alloc(&in, 1, -1, 0, PGA_GFP_SLAB_RECLAIMABLE).pfn;
	pga_pfn_t block = t_alloc(&in, 1, -1, 3, PGA_GFP_SLAB_RECLAIMABLE).pfn;

	cr_assert_neq(block, PGA_NIL);
	t_free(&in, 1, block, 3);
	while (nr)
		t_free(&in, 1, pfn[--nr], 0);
	in.ops->stats(in.pga, -1, stats);
	cr_assert_gt(stats[PGA_STAT_extfrag_steal] + stats[PGA_STAT_extfrag_claim], 0);
	cr_assert_eq(events_seen(told, PGA_EVENT_mm_page_alloc_extfrag),
		     stats[PGA_STAT_extfrag_steal] + stats[PGA_STAT_extfrag_claim]);
	cr_assert_gt(stats[PGA_STAT_pcp_drain], 0);
	cr_assert_eq(events_seen(told, PGA_EVENT_mm_page_pcpu_drain), stats[PGA_STAT_pcp_drain]);
	write_text(told);
	cr_assert(strstr(text, "[001]") && !strstr(text, "[000]"), "each is the CPU's own");
	cr_assert(strstr(text, "alloc_migratetype=0 fallback_migratetype=2 change_ownership=1"),
		  "%.400s", text);
	cr_assert_eq(in.ops->check(in.pga, in.why, sizeof(in.why)), 0, "%s", in.why);
	t_down(&in);
	events_free(told);
	free(pfn);
}

Test(events, traced_operations_tell_allocations_and_frees)
{
	struct t_instance in = { .driver = -1 };
	struct events *ev;

	cr_assert_eq(t_up(&in, "linux-3.10", "one"), 0, "%s", in.why);
	ev = events_new(in.conf.nr_cpus);
	in.ops = events_trace(ev, in.ops);
	struct pga_res res = t_alloc(&in, 1, -1, 2, PGA_GFP_KERNEL);

	cr_assert_eq(res.err, 0);
	t_free(&in, 1, res.pfn, 2);
	cr_assert_eq(events_seen(ev, PGA_EVENT_mm_page_alloc), 1);
	cr_assert_eq(events_seen(ev, PGA_EVENT_mm_page_free), 1);
	write_text(ev);
	char want[64];

	snprintf(want, sizeof(want), "[001]");
	cr_assert(strstr(text, want));
	snprintf(want, sizeof(want), "mm_page_free: pfn=0x%x order=2", res.pfn);
	cr_assert(strstr(text, want), "%s", text);
	cr_assert(strstr(text, "mm_page_alloc") < strstr(text, "mm_page_free"), "in order of time");
	t_down(&in);
	events_free(ev);
}
