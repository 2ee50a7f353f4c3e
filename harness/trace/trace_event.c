/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of recorded events and of request flags. */
#include "harness/trace/trace_event.h"
#include "core/pga.h"

#include <string.h>

const struct trace_kind_info trace_kinds[TRACE_NR_KINDS] = {
	[TRACE_ALLOC] = { "kmem",
			  "mm_page_alloc",
			  TRACE_HAS_PFN | TRACE_HAS_ORDER | TRACE_HAS_TYPE | TRACE_HAS_GFP,
			  "order",
			  "migratetype",
			  "gfp_flags",
			  { NULL } },
	[TRACE_FREE] = { "kmem",
			 "mm_page_free",
			 TRACE_HAS_PFN | TRACE_HAS_ORDER,
			 "order",
			 NULL,
			 NULL,
			 { NULL } },
	[TRACE_EXTFRAG] = { "kmem",
			    "mm_page_alloc_extfrag",
			    TRACE_HAS_PFN | TRACE_HAS_ORDER | TRACE_HAS_TYPE,
			    "alloc_order",
			    "alloc_migratetype",
			    NULL,
			    { "fallback_order", "fallback_migratetype", "change_ownership" } },
	[TRACE_COMPACT_BEGIN] = { "compaction",
				  "mm_compaction_begin",
				  0,
				  NULL,
				  NULL,
				  NULL,
				  { "zone_start", "migrate_pfn", "free_pfn", "zone_end" } },
	[TRACE_COMPACT_END] = { "compaction",
				"mm_compaction_end",
				0,
				NULL,
				NULL,
				NULL,
				{ "zone_start", "migrate_pfn", "free_pfn", "status" } },
	[TRACE_COMPACT_TRY] = { "compaction",
				"mm_compaction_try_to_compact_pages",
				TRACE_HAS_ORDER | TRACE_HAS_GFP,
				"order",
				NULL,
				"gfp_mask",
				{ NULL } },
	[TRACE_COMPACT_MOVED] = { "compaction",
				  "mm_compaction_migratepages",
				  0,
				  NULL,
				  NULL,
				  NULL,
				  { "nr_migrated", "nr_failed" } },
	[TRACE_KSWAPD] = { "vmscan",
			   "mm_vmscan_wakeup_kswapd",
			   TRACE_HAS_ORDER,
			   "order",
			   NULL,
			   NULL,
			   { "nid" } },
	[TRACE_RECLAIM_BEGIN] = { "vmscan",
				  "mm_vmscan_direct_reclaim_begin",
				  TRACE_HAS_ORDER | TRACE_HAS_GFP,
				  "order",
				  NULL,
				  "gfp_flags",
				  { NULL } },
	[TRACE_RECLAIM_END] = { "vmscan",
				"mm_vmscan_direct_reclaim_end",
				0,
				NULL,
				NULL,
				NULL,
				{ "nr_reclaimed" } },
};

unsigned trace_nr_args(unsigned kind)
{
	unsigned nr = 0;

	while (nr < TRACE_MAX_ARGS && trace_kinds[kind].arg[nr])
		nr++;
	return nr;
}

/* Not a request flag: kswapd may be woken. */
#define WAKES (1u << 31)
_Static_assert(PGA_NR_GFP_BITS < 31, "a bit is left");

#define RECLAIM (PGA_GFP_WAIT | WAKES)
#define KERNEL (RECLAIM | PGA_GFP_IO | PGA_GFP_FS)
#define USER (KERNEL | PGA_GFP_HARDWALL)
#define HIGHUSER_MOVABLE (USER | PGA_GFP_HIGHMEM | PGA_GFP_MOVABLE)
#define HUGE_LIGHT \
	((HIGHUSER_MOVABLE & ~RECLAIM) | PGA_GFP_COMP | PGA_GFP_NOMEMALLOC | PGA_GFP_NOWARN)

/* Without leading underscores: kernels before 4.4 print single flags without them. */
static const struct {
	const char *name;
	uint32_t flags;
} gfp_names[] = {
	/* Compositions. */
	{ "GFP_TRANSHUGE", HUGE_LIGHT | PGA_GFP_WAIT },
	{ "GFP_TRANSHUGE_LIGHT", HUGE_LIGHT },
	{ "GFP_HIGHUSER_MOVABLE", HIGHUSER_MOVABLE },
	{ "GFP_HIGHUSER", USER | PGA_GFP_HIGHMEM },
	{ "GFP_USER", USER },
	{ "GFP_TEMPORARY", KERNEL | PGA_GFP_RECLAIMABLE },
	{ "GFP_KERNEL_ACCOUNT", KERNEL },
	{ "GFP_KERNEL", KERNEL },
	{ "GFP_NOFS", RECLAIM | PGA_GFP_IO },
	{ "GFP_ATOMIC", PGA_GFP_HIGH | WAKES },
	{ "GFP_NOIO", RECLAIM },
	{ "GFP_NOWAIT", WAKES | PGA_GFP_NOWARN },
	{ "GFP_RECLAIM", RECLAIM },
	/* Single flags of now. */
	{ "GFP_DMA", PGA_GFP_DMA },
	{ "GFP_HIGHMEM", PGA_GFP_HIGHMEM },
	{ "GFP_DMA32", PGA_GFP_DMA32 },
	{ "GFP_MOVABLE", PGA_GFP_MOVABLE },
	{ "GFP_RECLAIMABLE", PGA_GFP_RECLAIMABLE },
	{ "GFP_HIGH", PGA_GFP_HIGH },
	{ "GFP_IO", PGA_GFP_IO },
	{ "GFP_FS", PGA_GFP_FS },
	{ "GFP_ZERO", PGA_GFP_ZERO },
	{ "GFP_DIRECT_RECLAIM", PGA_GFP_WAIT },
	{ "GFP_KSWAPD_RECLAIM", WAKES },
	{ "GFP_NOWARN", PGA_GFP_NOWARN },
	{ "GFP_RETRY_MAYFAIL", PGA_GFP_REPEAT },
	{ "GFP_NOFAIL", PGA_GFP_NOFAIL },
	{ "GFP_NORETRY", PGA_GFP_NORETRY },
	{ "GFP_MEMALLOC", PGA_GFP_MEMALLOC },
	{ "GFP_COMP", PGA_GFP_COMP },
	{ "GFP_NOMEMALLOC", PGA_GFP_NOMEMALLOC },
	{ "GFP_HARDWALL", PGA_GFP_HARDWALL },
	{ "GFP_THISNODE", PGA_GFP_THISNODE },
	/* Single flags of kernels before. */
	{ "GFP_WAIT", RECLAIM },
	{ "GFP_REPEAT", PGA_GFP_REPEAT },
	{ "GFP_COLD", PGA_GFP_COLD },
	{ "GFP_NO_KSWAPD", PGA_GFP_NO_KSWAPD },
	{ "GFP_OTHER_NODE", PGA_GFP_OTHER_NODE },
	/* Known, and without a meaning for the mechanisms here. */
	{ "GFP_WRITE", 0 },
	{ "GFP_ACCOUNT", 0 },
	{ "GFP_ZEROTAGS", 0 },
	{ "GFP_SKIP_ZERO", 0 },
	{ "GFP_SKIP_KASAN", 0 },
	{ "GFP_SKIP_KASAN_POISON", 0 },
	{ "GFP_SKIP_KASAN_UNPOISON", 0 },
	{ "GFP_NOLOCKDEP", 0 },
	{ "GFP_NOTRACK", 0 },
	{ "GFP_NO_OBJ_EXT", 0 },
	{ "GFP_UNMAPPED", 0 },
	{ "none", 0 },
};

static bool lookup(const char *name, size_t len, uint32_t *flags)
{
	while (len && *name == '_') {
		name++;
		len--;
	}
	for (size_t i = 0; i < sizeof(gfp_names) / sizeof(gfp_names[0]); i++) {
		if (strlen(gfp_names[i].name) != len || memcmp(gfp_names[i].name, name, len) != 0)
			continue;
		*flags |= gfp_names[i].flags;
		return true;
	}
	return false;
}

uint32_t trace_gfp(const char *names, unsigned *unknown)
{
	uint32_t flags = 0;

	*unknown = 0;
	while (*names) {
		size_t len = strcspn(names, "|");

		if (len && !lookup(names, len, &flags))
			++*unknown;
		names += len + (names[len] == '|');
	}
	if (!(flags & WAKES))
		flags |= PGA_GFP_NO_KSWAPD;
	if (flags & PGA_GFP_NO_KSWAPD)
		flags &= ~WAKES;
	return flags & ~WAKES;
}
