/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: boot facts, operations and checks, one after the other. */
#include "harness/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

#define PV_DROP 1 /* record nothing for this line */

int bench_pv_diverged(run_t *run, int zone, const char *expected, const char *actual)
{
	fprintf(run->r->msg, "line %u: diverged after %" PRIu64 " operations\n", run->r->no,
		run->nr_ops);
	fprintf(run->r->msg, "expected: %s\nactual:   %s\nstate:\n", expected, actual);
	bench_pv_show(run, zone, run->r->msg);
	return -1;
}

/* --- operations --- */

static struct bench_pv_block *find_block(run_t *run, int64_t id)
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

int bench_pv_zone(run_t *run, int64_t *zone)
{
	return bench_pv_number(run->r, "zone", 0, (int64_t)run->m->nr_zones - 1, zone);
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

int bench_pv_answer(run_t *run, int zone, const char *got)
{
	const char *word;

	if (run->record) {
		snprintf(run->answer, sizeof(run->answer), "%s", got);
		return 0;
	}
	word = bench_pv_word(run->r);
	if (!word || strcmp(word, "=") != 0 || !*run->r->cursor)
		return bench_pv_malformed(run->r, "the answer is missing");
	return strcmp(run->r->cursor, got) != 0 ? bench_pv_diverged(run, zone, run->r->cursor, got)
						: 0;
}

static int op_alloc(run_t *run)
{
	int64_t id, cpu, node, order;
	struct bench_pv_block *block;
	struct pga_req req = { 0 };
	struct pga_res res;
	char got[80];

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id) || bench_pv_cpu(run, &cpu) ||
	    bench_pv_number(run->r, "node", -1, (int64_t)run->m->nr_nodes - 1, &node) ||
	    bench_pv_number(run->r, "order", 0, UINT8_MAX, &order) || bench_pv_gfp(run, &req.gfp))
		return -1;
	block = new_block(run, id);
	if (!block)
		return -1;
	req.cpu = (uint16_t)cpu;
	req.node = (int8_t)node;
	req.order = (uint8_t)order;
	run->ops->unpark(run->self, req.cpu);
	res = run->ops->alloc(run->self, req, NULL);
	run->ops->park(run->self, req.cpu);
	if (res.err)
		snprintf(got, sizeof(got), "fail");
	else
		snprintf(got, sizeof(got), "%u %u", res.pfn, res.zone);
	if (run->nr_moves)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), " m %zu", run->nr_moves);
	if (bench_pv_answer(run, res.err ? -1 : res.zone, got) || bench_pv_moves(run))
		return -1;
	if (res.err)
		return 0;
	block->pfn = res.pfn;
	block->order = req.order;
	block->live = true;
	bench_pv_own(run, block, req.gfp, req.cpu);
	run->live_blocks++;
	run->live_frames += 1ull << req.order;
	return 0;
}

static int op_free(run_t *run)
{
	struct bench_pv_block *block;
	int64_t id, cpu;
	const char *cold;

	if (bench_pv_number(run->r, "id", 0, INT64_MAX, &id) || bench_pv_cpu(run, &cpu))
		return -1;
	cold = bench_pv_word(run->r);
	if (cold && strcmp(cold, "cold") != 0)
		return bench_pv_malformed(run->r, "'%.40s' is not 'cold'", cold);
	block = find_block(run, id);
	if (run->record && block && !block->live)
		return PV_DROP;
	if (!block || !block->live)
		return bench_pv_malformed(run->r, "block %" PRId64 " is not allocated", id);
	if (bench_pv_disown(run, block, (unsigned)cpu))
		return bench_pv_malformed(run->r, "block %" PRId64 " is still worked on", id);
	run->ops->unpark(run->self, (unsigned)cpu);
	run->ops->free(run->self, block->pfn, block->order, (unsigned)cpu,
		       cold ? PGA_FREE_COLD : 0);
	run->ops->park(run->self, (unsigned)cpu);
	block->live = false;
	run->live_blocks--;
	run->live_frames -= 1ull << block->order;
	return bench_pv_end(run->r);
}

static int op_drain(run_t *run)
{
	int64_t cpu;

	if (bench_pv_cpu(run, &cpu))
		return -1;
	run->ops->drain(run->self, (unsigned)cpu, -1, 0, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_drain_all(run_t *run)
{
	for (unsigned c = 0; c < run->m->nr_cpus; c++)
		run->ops->drain(run->self, c, -1, 0, c);
	return bench_pv_end(run->r);
}

static int op_drain_zone(run_t *run)
{
	struct pga_zone_info info;
	int64_t cpu, zone;

	if (bench_pv_cpu(run, &cpu) || bench_pv_zone(run, &zone))
		return -1;
	run->ops->zone_info(run->self, (unsigned)zone, &info);
	run->ops->drain(run->self, (unsigned)cpu, (int)zone, info.pcp_batch, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_fold(run_t *run)
{
	int64_t cpu;

	if (bench_pv_cpu(run, &cpu))
		return -1;
	run->ops->tick(run->self, (unsigned)cpu);
	return bench_pv_end(run->r);
}

static int op_clock(run_t *run)
{
	int64_t ticks;

	if (bench_pv_number(run->r, "ticks", 0, INT32_MAX, &ticks))
		return -1;
	run->clock += (uint64_t)ticks;
	return bench_pv_end(run->r);
}

static int tune(run_t *run, const char *const *names, unsigned nr, const char *key)
{
	for (unsigned i = 0; i < nr; i++) {
		int t = pga_tunable_index(run->ops, names[i]);
		int64_t value;

		if (bench_pv_number(run->r, names[i], 0, run->ops->tunables[t].max, &value))
			return -1;
		if (run->ops->set(run->self, (unsigned)t, value))
			return bench_pv_malformed(run->r, "%s does not take %s", run->ops->name,
						  names[i]);
	}
	run->facts = key;
	return bench_pv_end(run->r);
}

static int op_min_free(run_t *run)
{
	static const char *const names[] = { "min_free_kbytes" };

	return tune(run, names, 1, "wmark");
}

static int op_ratios(run_t *run)
{
	static const char *const names[] = { "lowmem_reserve_ratio.dma",
					     "lowmem_reserve_ratio.dma32",
					     "lowmem_reserve_ratio.normal" };

	return tune(run, names, 3, "lowmem_reserve");
}

static int op_fraction(run_t *run)
{
	static const char *const names[] = { "percpu_pagelist_fraction" };

	return tune(run, names, 1, "pcp");
}

static int op_isolate(run_t *run)
{
	char got[16];
	int64_t pfn;
	int rc;

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn))
		return -1;
	rc = run->ops->isolate(run->self, (pga_pfn_t)pfn, 0);
	if (rc == -EINVAL)
		return bench_pv_malformed(run->r, "frame %" PRId64 " is in no zone", pfn);
	snprintf(got, sizeof(got), "%d", rc);
	return bench_pv_answer(run, -1, got);
}

static int op_unisolate(run_t *run)
{
	const char *letter;
	int64_t pfn;
	int type;

	if (bench_pv_number(run->r, "pfn", 0, UINT32_MAX, &pfn))
		return -1;
	letter = bench_pv_word(run->r);
	type = letter && *letter && !letter[1] ? bench_pv_letter(run->m, *letter) : -1;
	if (type < 0)
		return bench_pv_malformed(run->r, "unknown type '%.40s'", letter ? letter : "");
	run->ops->unisolate(run->self, (pga_pfn_t)pfn, run->m->type[type]);
	return bench_pv_end(run->r);
}

static int compare_hash(run_t *run)
{
	struct bench_pv_hashes h;
	char got[40];

	bench_pv_hash(run, &h);
	snprintf(got, sizeof(got), "%016" PRIx64 " %016" PRIx64, h.free, h.pcp);
	if (run->record) {
		fprintf(run->record, "H %s\n", got);
		return PV_DROP;
	}
	return strcmp(run->r->cursor, got) != 0 ? bench_pv_diverged(run, -1, run->r->cursor, got)
						: 0;
}

static int compare_lines(run_t *run, char *text)
{
	char *actual;

	while (bench_pv_line(run->r)) {
		actual = strsep(&text, "\n");
		if (!strcmp(run->r->line, "ENDCHECK"))
			return actual && *actual ? bench_pv_diverged(run, -1, "ENDCHECK", actual)
						 : 0;
		if (!actual || !*actual)
			return bench_pv_diverged(run, -1, run->r->line, "ENDCHECK");
		if (strcmp(run->r->line, actual) != 0)
			return bench_pv_diverged(run, -1, run->r->line, actual);
	}
	return bench_pv_malformed(run->r, "the file ends inside a check");
}

static int record_state(run_t *run, const char *line)
{
	bool recorded = run->r->line[strlen("CHECK")];

	while (recorded && bench_pv_line(run->r) && strcmp(run->r->line, "ENDCHECK") != 0)
		;
	fprintf(run->record, "%s\n", line);
	bench_pv_render(run, run->record);
	fprintf(run->record, "ENDCHECK\n");
	return PV_DROP;
}

static int check_state(run_t *run)
{
	char *text = NULL, line[96], why[256];
	size_t len;
	FILE *f;
	int rc;

	snprintf(line, sizeof(line), "CHECK %" PRIu64 " live %" PRIu64 " %" PRIu64, run->nr_ops,
		 run->live_blocks, run->live_frames);
	if (run->ops->check(run->self, why, sizeof(why)))
		return bench_pv_diverged(run, -1, "sound data structures", why);
	if (run->record)
		return record_state(run, line);
	if (strcmp(run->r->line, line) != 0)
		return bench_pv_malformed(run->r, "'%.60s' should be '%s'", run->r->line, line);
	f = open_memstream(&text, &len);
	if (!f)
		return bench_pv_malformed(run->r, "no memory");
	bench_pv_render(run, f);
	fclose(f);
	rc = compare_lines(run, text);
	free(text);
	return rc;
}

static const struct op {
	const char *key;
	int (*run)(run_t *run);
	bool counts; /* as an operation */
} ops[] = {
	{ "A", op_alloc, true },
	{ "F", op_free, true },
	{ "H", compare_hash, false },
	{ "V", op_fold, true },
	{ "D", op_drain, true },
	{ "DA", op_drain_all, true },
	{ "Z", op_drain_zone, true },
	{ "T", op_clock, true },
	{ "W", op_min_free, true },
	{ "R", op_ratios, true },
	{ "Q", op_fraction, true },
	{ "I", op_isolate, true },
	{ "U", op_unisolate, true },
	{ "CHECK", check_state, false },
	{ "KZ", bench_pv_compact_zone, true },
	{ "KN", bench_pv_compact_node, true },
	{ "KR", bench_pv_reset_node, true },
	{ "X", bench_pv_direct, true },
};

/* Facts follow as long as lines begin with their key. */
static int following_facts(run_t *run)
{
	const char *key = run->facts;
	unsigned nr = 0;

	run->facts = NULL;
	if (run->record) {
		bench_pv_facts(run, key, run->record);
		return 0;
	}
	while (run->r->next < run->r->end && !strncmp(run->r->next, key, strlen(key)) &&
	       run->r->next[strlen(key)] == ' ') {
		bench_pv_line(run->r);
		if (bench_pv_fact(run))
			return -1;
		nr++;
	}
	return nr ? 0 : bench_pv_malformed(run->r, "no lines '%s' follow", key);
}

/* The line of an operation as it was, up to its answer, and the answer. */
static void record_line(run_t *run, char *line)
{
	char *equals = strstr(line, " = ");

	if (equals)
		*equals = '\0';
	fprintf(run->record, *run->answer ? "%s = %s\n" : "%s\n", line, run->answer);
	*run->answer = '\0';
	bench_pv_record_moves(run);
}

static const struct op *find_op(run_t *run)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (bench_pv_is(run->r, ops[i].key))
			return &ops[i];
	return NULL;
}

static int operate(run_t *run)
{
	const struct op *op = find_op(run);
	char *line;
	int rc;

	if (!op && run->record && (bench_pv_is_fact(run->r) || bench_pv_is(run->r, "m")))
		return 0;
	if (!op)
		return bench_pv_malformed(run->r, "unknown operation '%.40s'", run->r->line);
	line = strdup(run->r->line);
	if (!line)
		return bench_pv_malformed(run->r, "no memory");
	rc = op->run(run);
	run->nr_ops += op->counts && !rc;
	if (!rc && run->record)
		record_line(run, line);
	if (!rc && run->facts)
		rc = following_facts(run);
	free(line);
	return rc < 0 ? rc : 0;
}

static int boot(run_t *run)
{
	while (bench_pv_line(run->r)) {
		int rc = bench_pv_is(run->r, "CHECK") ? check_state(run) : 0;

		if (rc)
			return -1;
		if (!strcmp(run->r->line, "OPS"))
			return 0;
		if (strcmp(run->r->line, "ENDCHECK") != 0 && bench_pv_fact(run))
			return -1;
	}
	return bench_pv_malformed(run->r, "the file ends before its operations");
}

static int operations(run_t *run)
{
	int64_t nr;

	while (bench_pv_line(run->r)) {
		if (!bench_pv_is(run->r, "END")) {
			if (operate(run))
				return -1;
			continue;
		}
		if (run->record) {
			fprintf(run->record, "END %" PRIu64 "\n", run->nr_ops);
			return 0;
		}
		if (bench_pv_number(run->r, "operations", (int64_t)run->nr_ops,
				    (int64_t)run->nr_ops, &nr))
			return -1;
		return bench_pv_line(run->r) ? bench_pv_malformed(run->r, "text after END") : 0;
	}
	return bench_pv_malformed(run->r, "the file ends before END");
}

int bench_pv_replay(run_t *run)
{
	run->lists = strstr(run->r->next, "\nfl ") || strstr(run->r->next, "\npl ");
	return boot(run) || operations(run) ? -1 : 0;
}

int bench_pv_record(run_t *run, const char *header)
{
	static char first[] = "CHECK";

	run->lists = strstr(header, "\n# lists\n");
	fprintf(run->record, "%sBOOT\n", header);
	bench_pv_facts(run, NULL, run->record);
	run->r->line = first;
	check_state(run);
	while (!run->r->line || strcmp(run->r->line, "OPS") != 0)
		if (!bench_pv_line(run->r))
			return bench_pv_malformed(run->r, "the script has no OPS");
	fprintf(run->record, "OPS\n");
	return operations(run);
}
