/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: blocks whose contents compaction moves, and the operations that do so. */
#include "harness/palvec/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

#define NOBODY 0u /* owners count from 1 */

int bench_pv_owners(run_t *run)
{
	uint64_t end = 0;

	if (strcmp(run->m->compaction, "on") != 0)
		return 0;
	for (uint32_t i = 0; i < run->m->nr_zones; i++) {
		const struct pga_zone_conf *z = &run->m->zone[i];

		end = (uint64_t)z->start + z->span > end ? (uint64_t)z->start + z->span : end;
	}
	run->nr_owners = end;
	if (end)
		run->owner = calloc(end, sizeof(*run->owner));
	return run->owner ? 0 : bench_pv_malformed(run->r, "no memory");
}

/* In these files every movable frame can move, whoever owns it. */
void bench_pv_own(run_t *run, const struct bench_pv_block *block, uint32_t gfp, unsigned cpu)
{
	if (!run->owner || block->order || !(gfp & PGA_GFP_MOVABLE))
		return;
	run->owner[block->pfn] = (uint32_t)(block - run->block) + 1;
	run->ops->lru_add(run->self, block->pfn, PGA_LRU_INACTIVE_ANON, cpu);
}

int bench_pv_disown(run_t *run, const struct bench_pv_block *block, unsigned cpu)
{
	if (!run->owner || block->order || run->owner[block->pfn] == NOBODY)
		return 0;
	run->owner[block->pfn] = NOBODY;
	return run->ops->lru_del(run->self, block->pfn, cpu);
}

int bench_pv_migrate(void *data, pga_pfn_t from, pga_pfn_t to, unsigned order)
{
	run_t *run = data;

	if (!run->owner || order || from >= run->nr_owners || to >= run->nr_owners ||
	    run->owner[from] == NOBODY || run->owner[to] != NOBODY)
		return -EAGAIN;
	if (run->nr_moves == run->max_moves) {
		size_t max = run->max_moves ? 2 * run->max_moves : 1024;
		struct bench_pv_move *more = realloc(run->move, max * sizeof(*more));

		if (!more)
			return -EAGAIN;
		run->move = more;
		run->max_moves = max;
	}
	run->move[run->nr_moves++] = (struct bench_pv_move){ from, to };
	run->owner[to] = run->owner[from];
	run->owner[from] = NOBODY;
	run->block[run->owner[to] - 1].pfn = to;
	return 0;
}

int bench_pv_moves(run_t *run)
{
	char want[64], got[64];

	if (run->record)
		return 0;
	for (size_t i = 0; i < run->nr_moves; i++) {
		snprintf(got, sizeof(got), "m %u %u", run->move[i].from, run->move[i].to);
		if (!bench_pv_line(run->r))
			return bench_pv_malformed(run->r, "the file ends inside its moves");
		snprintf(want, sizeof(want), "%s", run->r->line);
		if (strcmp(want, got) != 0)
			return bench_pv_diverged(run, -1, want, got);
	}
	run->nr_moves = 0;
	return 0;
}

void bench_pv_record_moves(run_t *run)
{
	for (size_t i = 0; i < run->nr_moves; i++)
		fprintf(run->record, "m %u %u\n", run->move[i].from, run->move[i].to);
	run->nr_moves = 0;
}

static int compare(run_t *run, int zone, const char *got)
{
	return bench_pv_answer(run, zone, got) ? -1 : bench_pv_moves(run);
}

static int need_owners(run_t *run)
{
	return run->owner ? 0
			  : bench_pv_malformed(run->r, "the header does not say 'compaction on'");
}

int bench_pv_compact_zone(run_t *run)
{
	int64_t cpu, zone, order, sync, result;
	struct pga_step_arg arg = { 0 };
	char got[64];

	if (need_owners(run) || bench_pv_cpu(run, &cpu) || bench_pv_zone(run, &zone) ||
	    bench_pv_number(run->r, "order", 0, (int64_t)run->m->max_order - 1, &order) ||
	    bench_pv_gfp(run, &arg.gfp) || bench_pv_number(run->r, "sync", 0, 1, &sync))
		return -1;
	arg.zone = (int)zone;
	arg.cpu = (uint16_t)cpu;
	arg.order = (int8_t)order;
	arg.sync = sync;
	result = bench_pv_step(run, "compact", &arg);
	snprintf(got, sizeof(got), "%" PRId64 " %zu", result, run->nr_moves);
	return compare(run, (int)zone, got);
}

int bench_pv_compact_node(run_t *run)
{
	struct pga_step_arg arg = { .zone = -1, .order = -1, .sync = true };
	int64_t cpu, node;
	char got[32];

	if (need_owners(run) || bench_pv_cpu(run, &cpu) ||
	    bench_pv_number(run->r, "node", 0, (int64_t)run->m->nr_nodes - 1, &node))
		return -1;
	arg.cpu = (uint16_t)cpu;
	arg.node = (uint16_t)node;
	bench_pv_step(run, "compact", &arg);
	snprintf(got, sizeof(got), "%zu", run->nr_moves);
	return compare(run, -1, got);
}

int bench_pv_reset_node(run_t *run)
{
	struct pga_step_arg arg = { .zone = -1 };
	int64_t node;

	if (need_owners(run) ||
	    bench_pv_number(run->r, "node", 0, (int64_t)run->m->nr_nodes - 1, &node))
		return -1;
	arg.node = (uint16_t)node;
	bench_pv_step(run, "reset_scanners", &arg);
	return bench_pv_end(run->r);
}

int bench_pv_direct(run_t *run)
{
	int tunable = pga_tunable_index(run->ops, "compaction");
	const char *const words[] = { "off", "on" };
	const struct pga_tunable *t;
	int64_t on, value = 0;

	if (need_owners(run) || bench_pv_number(run->r, "direct compaction", 0, 1, &on))
		return -1;
	if (tunable < 0)
		return bench_pv_malformed(run->r, "%s has no compaction", run->ops->name);
	t = &run->ops->tunables[tunable];
	while (t->words[value] && strcmp(t->words[value], words[on]) != 0)
		value++;
	if (run->ops->set(run->self, (unsigned)tunable, value))
		return bench_pv_malformed(run->r, "%s does not take it", run->ops->name);
	return bench_pv_end(run->r);
}

void bench_pv_render_compact(run_t *run, unsigned zi, const struct pga_zone_snap *s, FILE *f)
{
	const struct pga_zone_conf *z = &run->conf.zones[zi];
	uint64_t size = 1ull << run->conf.pageblock_order, end = (uint64_t)z->start + z->span;
	struct pga_frame_info info;

	if (!run->owner)
		return;
	fprintf(f, "skip %u", zi);
	for (uint64_t pfn = z->start; pfn < end; pfn = (pfn | (size - 1)) + 1) {
		run->ops->frame(run->self, (pga_pfn_t)pfn, &info);
		if (info.skip)
			fprintf(f, " %" PRIu64, pfn & ~(size - 1));
	}
	fprintf(f, "\ncompact %u %u %u %u %u %u %u\n", zi, s->compact.migrate, s->compact.free,
		s->compact.considered, s->compact.defer_shift, s->compact.order_failed,
		s->compact.flush);
}
