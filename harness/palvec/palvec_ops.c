/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: what the operations of all models are made of. */
#include "harness/palvec/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

struct bench_pv_block *bench_pv_find(run_t *run, int64_t id)
{
	size_t low = 0, high = run->nr_blocks;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (run->block[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low < run->nr_blocks && run->block[low].id == id ? &run->block[low] : NULL;
}

static struct bench_pv_block *new_block(run_t *run, int64_t id)
{
	if (run->nr_blocks && run->block[run->nr_blocks - 1].id >= id) {
		bench_pv_malformed(run->r, "id %" PRId64 " does not ascend", id);
		return NULL;
	}
	if (run->nr_blocks == run->max_blocks) {
		size_t max = run->max_blocks ? 2 * run->max_blocks : 1024;
		struct bench_pv_block *more = realloc(run->block, max * sizeof(*more));

		if (!more) {
			bench_pv_malformed(run->r, "no memory");
			return NULL;
		}
		run->block = more;
		run->max_blocks = max;
	}
	run->block[run->nr_blocks] = (struct bench_pv_block){ .id = id };
	return &run->block[run->nr_blocks++];
}

int bench_pv_cpu(run_t *run, int64_t *cpu)
{
	return bench_pv_number(run->r, "cpu", 0, (int64_t)run->m->nr_cpus - 1, cpu);
}

int bench_pv_gfp(run_t *run, uint32_t *flags)
{
	const char *name = bench_pv_word(run->r);

	for (unsigned i = 0; name && i < run->m->nr_gfps; i++) {
		if (strcmp(run->m->gfp[i].name, name) != 0)
			continue;
		*flags = run->m->gfp[i].flags;
		return 0;
	}
	return bench_pv_malformed(run->r, "unknown request class '%.40s'", name ? name : "");
}

int bench_pv_request(run_t *run, struct pga_req *req, struct bench_pv_block **block)
{
	int64_t id, cpu, node, order;
	uint32_t gfp;

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id) || bench_pv_cpu(run, &cpu) ||
	    bench_pv_number(run->r, "node", -1, (int64_t)run->m->nr_nodes - 1, &node) ||
	    bench_pv_number(run->r, "order", 0, UINT8_MAX, &order) || bench_pv_gfp(run, &gfp))
		return -1;
	*req = (struct pga_req){
		.gfp = gfp, .cpu = (uint16_t)cpu, .node = (int8_t)node, .order = (uint8_t)order
	};
	*block = new_block(run, id);
	return *block ? 0 : -1;
}

int bench_pv_live(run_t *run, struct bench_pv_block **block)
{
	int64_t id;

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id))
		return -1;
	*block = bench_pv_find(run, id);
	if (run->record && *block && !(*block)->live)
		return PV_DROP;
	if (!*block || !(*block)->live)
		return bench_pv_malformed(run->r, "block %" PRId64 " is not allocated", id);
	return 0;
}

void bench_pv_born(run_t *run, struct bench_pv_block *block, struct pga_req req, struct pga_res res)
{
	block->pfn = res.pfn;
	block->order = req.order;
	block->live = true;
	run->live_blocks++;
	run->live_frames += 1ull << req.order;
}

void bench_pv_died(run_t *run, struct bench_pv_block *block)
{
	block->live = false;
	run->live_blocks--;
	run->live_frames -= 1ull << block->order;
}

int bench_pv_free(run_t *run, struct bench_pv_block *block, unsigned cpu)
{
	const char *cold = bench_pv_word(run->r);

	if (cold && strcmp(cold, "cold") != 0)
		return bench_pv_malformed(run->r, "'%.40s' is not 'cold'", cold);
	run->ops->unpark(run->self, cpu);
	run->ops->free(run->self, block->pfn, block->order, cpu, cold ? PGA_FREE_COLD : 0);
	run->ops->park(run->self, cpu);
	bench_pv_died(run, block);
	return bench_pv_end(run->r);
}

int bench_pv_drain(run_t *run)
{
	int64_t cpu;

	if (bench_pv_cpu(run, &cpu))
		return -1;
	run->ops->drain(run->self, (unsigned)cpu, -1, 0, (unsigned)cpu);
	return bench_pv_end(run->r);
}

int bench_pv_tune(run_t *run, const char *const *names)
{
	for (; *names; names++) {
		int t = pga_tunable_index(run->ops, *names);
		int64_t value;

		if (t < 0)
			return bench_pv_malformed(run->r, "%s has no %s", run->ops->name, *names);
		if (bench_pv_number(run->r, *names, 0, run->ops->tunables[t].max, &value))
			return -1;
		if (run->ops->set(run->self, (unsigned)t, value))
			return bench_pv_malformed(run->r, "%s does not take %s", run->ops->name,
						  *names);
	}
	return bench_pv_end(run->r);
}

int64_t bench_pv_step(run_t *run, const char *name, const struct pga_step_arg *arg)
{
	int64_t result = -ENOSYS;

	for (const struct pga_step *s = run->ops->steps; s && s->name; s++) {
		if (strcmp(s->name, name) != 0)
			continue;
		run->ops->unpark(run->self, arg->cpu);
		result = s->run(run->self, arg);
		run->ops->park(run->self, arg->cpu);
	}
	return result;
}
