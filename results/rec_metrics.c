/* SPDX-License-Identifier: GPL-2.0-only */
/* What the values of open-ended groups mean. */
#include "results/record.h"

#include <ctype.h>
#include <string.h>

/* clang-format off */
const struct rec_metric rec_metrics[] = {
	{ "success_load", "%", "requests of the high order served while other work goes on", '>' },
	{ "success_second", "%", "the same, asked again at once", '>' },
	{ "success_rest", "%", "the same, with the other work ended", '>' },
	{ "mixed_blocks", "blocks", "pageblocks that hold movable and other frames", '<' },
	{ "clean_blocks", "%", "pageblocks without a frame that cannot move", '>' },
	{ "avail_order9", "%", "memory that is free in blocks of order 9 and above", '>' },
	{ "left_order9", "%", "the same, when all frames that can move have been freed", '>' },
	{ "hit_share", "%", "reads that the page cache served", '>' },
	{ "local_share", "%", "frames that came from the local node", '>' },
	{ "remote_frees", "%", "frees of frames of another node than the CPU's", '-' },
	{ "pcp_frames", "frames", "frames on lists of CPUs", '-' },
	{ "pcp_foreign", "frames", "frames on lists of CPUs of other nodes than their own", '<' },
	{ "local_after_move", "%", "a thread's frames that are local after it moved", '>' },
	{ "replaced_elsewhere", "frames", "new frames that were not local", '<' },
	{ "neighbour_frames", "frames", "frames that a neighbour holds on the node", '-' },
	{ "hot_on_fast", "%", "hot pages that lie on the fast node at the end", '>' },
	{ "hot_on_fast_first", "%", "the same, before the first access", '-' },
	{ "served_fast", "%", "accesses served by the fast node", '>' },
	{ "accesses_fast", "accesses", "accesses served by the fast node", '-' },
	{ "accesses_slow", "accesses", "accesses served by others", '-' },
	{ "promoted", "pages", "pages moved to the fast node", '-' },
	{ "demoted", "pages", "pages moved from the fast node", '-' },
	{ "promote_refused", "pages", "promotions for which there was no room", '<' },
	{ "claimed_ranges", "%", "contiguous ranges that could be claimed", '>' },
	{ "kills", "tasks", "tasks that were killed for want of memory", '-' },
	{ "evicted", "frames", "frames that reclaim took from their owners", '-' },
	{ "moved", "frames", "frames that were moved", '-' },
	{ "free_huge", "", "wholly free huge frames, of those that the free frames would fill", '>' },
	{ "free_huge_first", "", "the same, after the first iteration", '>' },
	{ "free_huge_mean", "", "the same, mean over iterations", '>' },
	{ "two_finger_moves", "frames", "frames to move until all free memory is in huge frames", '<' },
	{ "two_finger_moves_first", "frames", "the same, after the first iteration", '<' },
	{ "polluted_blocks", "blocks", "huge frames that hold one that cannot move", '<' },
	{ "polluted_blocks_first", "blocks", "the same, after the first iteration", '<' },
	{ "polluted_least", "blocks", "the fewest that could hold all that cannot move", '-' },
	{ "polluted_least_first", "blocks", "the same, after the first iteration", '-' },
	{ "order9_got", "blocks", "blocks of order 9 that requests really got, asked for at once", '>' },
	{ "order9_got_first", "blocks", "the same, after the first iteration", '>' },
	{ "obtainable", "%", "memory that single frames could be had of at all", '>' },
	{ "refused", "requests", "requests that were refused on the way", '<' },
	{ "blocks_expected", "blocks", "blocks of the order that the free lists hold", '>' },
	{ "blocks_got", "blocks", "blocks of the order that requests got until there were none", '>' },
	{ "burst_success", "%", "huge pages of bursts that could be had", '>' },
	{ "fallback_share", "%", "buffers made of single frames for want of a larger block", '<' },
	{ "footprint_ratio", "", "aligned blocks of the highest order in use / memory held at most", '<' },
	{ "footprint_of_bound", "%", "the same, of Robson's bound", '<' },
	{ "available_bytes", "bytes", "memory that user space got while kernel pages turned over", '>' },
	{ "available_share", "%", "the same, of all memory", '>' },
	{ "available_huge", "%", "of that memory, in huge pages", '>' },
	{ .name = NULL },
};

const struct rec_metric rec_frag_metrics[] = {
	{ "Fu(#)", "", "unusable free space index of an order, as the kernel computes it", '<' },
	{ "Fi(#)", "", "fragmentation index of an order, as the kernel computes it; -1: a request "
		       "would be served", '-' },
	{ "FMFI(#)", "", "FreeBSD's fragmentation index of an order", '-' },
	{ "extfrag(9)", "%", "free memory that is useless for order 9, whole per cent", '<' },
	{ "score", "", "score for proactive compaction, of the node with the highest", '<' },
	{ "largest", "", "1 - largest free block / free memory", '<' },
	{ "squares", "", "1 - root of the sum of squared free extents / free memory", '<' },
	{ "free", "frames", "free frames, without those on lists of CPUs", '-' },
	{ "used", "frames", "allocated frames", '-' },
	{ "free.#", "blocks", "free blocks of an order", '-' },
	{ "free.@.#", "blocks", "free blocks of a type and an order", '-' },
	{ "pageblocks.@", "blocks", "pageblocks of a type", '-' },
	{ "polluted", "blocks", "pageblocks for unmovable, reclaimable or movable frames with an "
				"allocated one of another type", '<' },
	{ "polluted.@", "blocks", "the same, of one type of pageblocks", '<' },
	{ "hybrid", "blocks", "pageblocks with movable and other allocated frames, whatever their "
			      "type", '<' },
	{ "steal", "events", "fallbacks that left the pageblock's type", '<' },
	{ "claim", "events", "fallbacks that changed the pageblock's type", '<' },
	{ "fragmenting", "events", "fallbacks to a block smaller than a pageblock", '<' },
	{ "steal.@", "events", "steals by types, ASKED>TAKEN", '<' },
	{ "claim.@", "events", "claims by types, ASKED>TAKEN", '<' },
	{ "mismatch.blocks", "blocks", "free blocks on a list of another type than their pageblock's",
	  '<' },
	{ "mismatch.frames", "frames", "frames in these", '<' },
	{ "mismatch.pcp", "frames", "frames on a CPU's list of another type than their pageblock's",
	  '<' },
	{ "success(#)", "%", "requests of an order that were served, of those made", '>' },
	{ "success_now(9)", "%", "requests of order 9 served at once, of those that the free memory "
				 "would hold; the caller does not wait", '>' },
	{ "user_frames", "frames", "frames that user space could get at once", '>' },
	{ "compact.success", "%", "direct compactions after which the request was served", '>' },
	{ "compact.efficacy", "%", "frames migrated, of those looked at by the migrate scanner",
	  '>' },
	{ "compact.failed", "%", "frames that did not let migrate, of those tried", '<' },
	{ "compact.cost", "words", "cost of compaction in memory words, by Gorman's model", '<' },
	{ "moves", "frames", "frames to move until all free memory is in huge frames", '<' },
	{ "free_huge", "share", "wholly free huge frames, of those that the free memory would fill",
	  '>' },
	{ "free_huge_mean", "share", "the same, mean over the points of the series", '>' },
	{ "fill.#", "huge frames", "huge frames by free frames: 0 none, 1 to 8 eighths (1 to 63, 64 to "
				   "127, ..., 448 to 511), 9 all", '-' },
	{ "clean.@", "share", "regions of a size without a frame that cannot be moved", '>' },
	{ "tainted.@", "regions", "regions of a size with such a frame", '<' },
	{ "internal", "share", "memory that blocks hold beyond what was asked for", '<' },
	{ "robson", "", "memory in largest blocks in use / memory in use", '<' },
	{ "robson.share", "", "the same, of Robson's worst case", '<' },
	{ "fail.requests(#)", "requests", "requests until the first of an order failed", '>' },
	{ "fail.seconds(#)", "s", "time until the first of an order failed, samples not counted", '>' },
	{ "recovery", "s", "time of a compaction of all nodes that brought Fu(9) below 0.5", '<' },
	{ "recovery.Fu(9)", "", "Fu(9) after that compaction", '<' },
	{ "recovery.moved", "frames", "frames that it moved", '<' },
	{ "boost", "events", "boosts of watermarks after fragmenting fallbacks", '<' },
	{ "allocstall", "events", "requests that entered direct reclaim", '<' },
	{ "fragment_stall", "events", "requests that waited so as not to fragment", '<' },
	{ "remote.fragmented", "requests", "requests served by a remote node although the preferred one "
					   "had the memory: Fi >= 0.5", '<' },
	{ "remote.full", "requests", "requests served by a remote node for want of memory", '-' },
	{ "pcp", "frames", "frames parked on lists of CPUs", '<' },
	{ "pcp.huge", "huge frames", "huge frames that would be free, were it not for these lists",
	  '<' },
	{ "unknown", "frames", "allocated frames whose request is not known", '-' },
	{ "requests", "requests", "allocations and frees up to here", '-' },
	{ .name = NULL },
};

const struct rec_metric rec_place_metrics[] = {
	{ "local_share", "share", "requests served by the node of their CPU", '>' },
	{ "remote_share", "share", "requests served by another node", '<' },
	{ "asked_share", "share", "requests served by the node that they asked for: named, or their "
				  "CPU's", '>' },
	{ "interleave_hit", "requests", "requests served by the node whose turn it was", '-' },
	{ "asked#.served#", "requests", "requests that asked for a node, by the node that served; "
					"pairs that occurred", '-' },
	{ "node#.free", "frames", "free frames of a node, at the workload's target or end", '-' },
	{ "node#.Fu(9)", "", "share of these in blocks below order 9; null when none is free", '<' },
	{ "node#.exhausted", "requests", "requests of a thread until the node that it asked for did "
					 "not serve; null when it always did", '>' },
	{ "touch.local.ns", "ns", "a write to one line of a frame of the own node, in random order",
	  '<' },
	{ "touch.remote.ns", "ns", "the same, mean of the other nodes", '<' },
	{ "frames.huge", "MiB", "of the frames, on huge pages; with hugepages alone", '-' },
	{ "follow.on_first", "share", "sampled touched frames whose page is on the node of the "
				      "first thread that touched it; with memory: follow", '-' },
	{ "follow.on_last", "share", "the same, of the last thread", '>' },
	{ "follow.moves", "pages", "pages that were moved to the node of who touched them", '-' },
	{ "follow.failed", "pages", "pages that would not move", '<' },
	{ "follow.ns", "ns", "a call of move_pages, by the pages that were to move", '<' },
	{ "pcp.own_node", "share", "sampled pages of per-CPU caches found on their CPU's node", '>' },
	{ "daemons.own_node", "share", "daemons that ran on a CPU of their node and no other", '>' },
	{ .name = NULL },
};

/* What a class costs is shared by an event's name, whichever the group of events has. */
const struct rec_metric rec_cost_metrics[] = {
	{ "@.timed", "calls", "calls that were bracketed", '-' },
	{ "@.interrupted", "calls", "bracketed calls that were left out: the thread lost its CPU in them",
	  '-' },
	{ "reading.ns", "ns", "a reading of all lanes", '-' },
	{ "bracket.ns", "ns", "what an empty bracket shows; it is subtracted", '-' },
	{ "regression.windows", "windows", "windows whose calls were counted", '-' },
	{ "regression.switched", "windows", "others, thrown away: the thread lost its CPU in them",
	  '-' },
	{ "regression.condition", "", "condition number of the regression", '-' },
	{ "@.ns", "ns", "time of one call of a class", '<' },
	{ "@.cycles", "cycles", "cycles of one; of the time-stamp counter if the note says so", '<' },
	{ "@.@", "events", "events of one: instructions, dtlb_misses, cache_misses", '<' },
	{ "@.@.lo", "", "lower limit of the 95 % interval of one of these", '-' },
	{ "@.@.hi", "", "upper limit", '-' },
	{ "stage.@.ns", "ns", "time of one allocation that passed a stage, whatever its class", '<' },
	{ "stage.@.cycles", "cycles", "cycles of one", '<' },
	{ "stage.@.@", "events", "events of one", '<' },
	{ "stage.@.@.lo", "", "lower limit of the 95 % interval of one of these", '-' },
	{ "stage.@.@.hi", "", "upper limit", '-' },
	{ .name = NULL },
};

const struct rec_metric rec_latency_metrics[] = {
	{ "p#.@", "ns", "percentile: so many per cent of the operations took no longer", '<' },
	{ "p#.#.@", "ns", "the same: p99.9.free", '<' },
	{ "max.@", "ns", "the longest of those that were timed", '<' },
	{ "timed.@", "operations", "operations that were timed", '-' },
	{ "every", "operations", "one in so many is timed, at random gaps", '-' },
	{ "empty", "ns", "what a region without an operation takes; it is subtracted", '-' },
	{ "tick", "ns", "what the counter can tell apart", '-' },
	{ .name = NULL },
};
/* clang-format on */

static bool fits(const char *pattern, const char *name)
{
	for (; *pattern; pattern++) {
		const char *start = name;

		if (*pattern == '#')
			while (isdigit((unsigned char)*name))
				name++;
		else if (*pattern == '@')
			while (*name && *name != '.' && *name != '(')
				name++;
		else if (*pattern == *name)
			name++;
		if (name == start)
			return false;
	}
	return !*name;
}

static const struct rec_metric *find(const struct rec_metric *m, const char *name)
{
	while (m->name && !fits(m->name, name))
		m++;
	return m->name ? m : NULL;
}

const struct rec_metric *rec_metric_find(const char *name)
{
	return find(rec_metrics, name);
}

const struct rec_metric *rec_frag_find(const char *name)
{
	return find(rec_frag_metrics, name);
}

const struct rec_metric *rec_place_find(const char *name)
{
	return find(rec_place_metrics, name);
}

const struct rec_metric *rec_cost_find(const char *name)
{
	return find(rec_cost_metrics, name);
}

const struct rec_metric *rec_latency_find(const char *name)
{
	return find(rec_latency_metrics, name);
}
