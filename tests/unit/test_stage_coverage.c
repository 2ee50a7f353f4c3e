/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each stage of a path and each way out of the slow path is reached, on purpose,
 * on linux-3.10, and on linux-2.4 and linux-2.6.9 what they have of them: the tables name the
 * workload, or the request in a scripted state, that reaches it.  A stage or a
 * way without a row fails.
 */
#include "harness/engine/engine.h"
#include "tests/support/t_cell.h"
#include "tests/support/t_instance.h"
#include "tests/support/t_seed.h"
#include "workloads/owners.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* --- stages, by workloads --- */

static const char two_nodes[] = "synthetic:numa:2 core:1 pu:1";

struct reach {
	enum pga_stage stage;
	const char *variant, *workload, *topo;
	unsigned order;
	enum bench_daemons daemons;
	struct {
		const char *name;
		int64_t value;
	} param[4];
};

static const struct reach reaches[] = {
	{ PGA_ST_PCP_HIT, "linux-3.10", "repeat", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_PCP_REFILL, "linux-3.10", "bulk", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_BUDDY, "linux-3.10", "rand", "", 3, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_SPLIT, "linux-3.10", "bulk", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_STEAL,
	  "linux-3.10",
	  "unmovable-drip",
	  "",
	  0,
	  DAEMONS_STEPPED,
	  { { "fill", 80 } } },
	{ PGA_ST_CLAIM, "linux-3.10", "bulk", "", 0, DAEMONS_STEPPED, { { "type", 1 } } },
	{ PGA_ST_RESERVE, "linux-3.10", "holes", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_NEXT_ZONE, "linux-3.10", "spill", two_nodes, 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_REMOTE_NODE, "linux-3.10", "spill", two_nodes, 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_RETRY_MIN, "linux-3.10", "pressure", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_COMPACT_ASYNC, "linux-3.10", "highalloc", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_COMPACT_SYNC,
	  "linux-3.10",
	  "highalloc",
	  "",
	  0,
	  DAEMONS_STEPPED,
	  { { "gfp", 2 } } },
	{ PGA_ST_RECLAIM_LOCAL,
	  "linux-3.10-zonereclaim",
	  "local-vs-reclaim",
	  two_nodes,
	  0,
	  DAEMONS_STEPPED,
	  { { 0 } } },
	{ PGA_ST_RECLAIM, "linux-3.10", "pressure", "", 0, DAEMONS_OFF, { { 0 } } },
	{ PGA_ST_WAIT, "linux-3.10", "oom", "", 0, DAEMONS_OFF, { { 0 } } },
	{ PGA_ST_OOM, "linux-3.10", "oom", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_FAIL, "linux-3.10", "holes", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_BUDDY, "linux-2.4", "rand", "", 3, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_SPLIT, "linux-2.4", "bulk", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_LIMIT, "linux-2.4", "pressure", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_RETRY_MIN, "linux-2.4", "oom", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_CLEAN, "linux-2.4", "pressure", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_LAUNDER, "linux-2.4", "highalloc", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_NO_WATERMARK, "linux-2.4", "highalloc", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_FAIL, "linux-2.4", "holes", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_PCP_HIT, "linux-2.6.9", "repeat", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_PCP_REFILL, "linux-2.6.9", "bulk", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_BUDDY, "linux-2.6.9", "rand", "", 3, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_SPLIT, "linux-2.6.9", "bulk", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_NEXT_ZONE, "linux-2.6.9", "spill", two_nodes, 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_REMOTE_NODE, "linux-2.6.9", "spill", two_nodes, 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_RETRY_MIN, "linux-2.6.9", "pressure", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_RECLAIM, "linux-2.6.9", "pressure", "", 0, DAEMONS_OFF, { { 0 } } },
	{ PGA_ST_OOM, "linux-2.6.9", "oom", "", 0, DAEMONS_STEPPED, { { 0 } } },
	{ PGA_ST_FAIL, "linux-2.6.9", "holes", "", 0, DAEMONS_STEPPED, { { 0 } } },
};
#define NR_REACHES (sizeof(reaches) / sizeof(reaches[0]))

ParameterizedTestParameters(coverage, a_workload_reaches_the_stage)
{
	static int rows[NR_REACHES];

	for (size_t i = 0; i < NR_REACHES; i++)
		rows[i] = (int)i;
	return cr_make_param_array(int, rows, NR_REACHES);
}

static void run(const struct reach *r, struct engine_pass *pass)
{
	struct topo *t = t_topo(r->topo, NULL);
	struct bench_cell cell;
	struct engine e;
	char why[256] = "";

	t_cell_make(&cell, r->variant, r->workload);
	cell.order = r->order;
	cell.daemons = r->daemons;
	cell.memory.per_node = 32u << 20;
	for (size_t i = 0; i < 4 && r->param[i].name; i++)
		t_cell_param(&cell, r->param[i].name, r->param[i].value);
	cr_assert_eq(engine_open(&e, &cell, t, t_seed(), NULL, why, sizeof(why)), 0, "%s", why);
	cr_assert_eq(engine_run(&e, pass, why, sizeof(why)), 0, "%s", why);
	engine_close(&e);
	topo_free(t);
}

ParameterizedTest(int *row, coverage, a_workload_reaches_the_stage)
{
	const struct reach *r = &reaches[*row];
	struct engine_pass pass = { .kind = PASS_PATHS };

	run(r, &pass);
	cr_assert_gt(pass.stage[r->stage], 0, "%s on %s did not reach %s; %s", r->workload,
		     r->variant, pga_stages[r->stage].name, pass.target.text);
	cr_assert(!pass.target.has || pass.target.reached, "%s", pass.target.text);
	cr_assert(!pass.cut);
}

/* One thread and stepped daemons: nothing depends on time. */
ParameterizedTestParameters(coverage, stepped_mode_repeats_itself)
{
	static int rows[NR_REACHES];
	size_t nr = 0;

	for (size_t i = 0; i < NR_REACHES; i++)
		if (wl_find(reaches[i].workload)->needs_host)
			rows[nr++] = (int)i;
	return cr_make_param_array(int, rows, nr);
}

ParameterizedTest(int *row, coverage, stepped_mode_repeats_itself)
{
	struct reach r = reaches[*row];
	struct engine_pass first = { .kind = PASS_PATHS }, second = { .kind = PASS_PATHS };

	r.daemons = DAEMONS_STEPPED;
	run(&r, &first);
	run(&r, &second);
	cr_assert_arr_eq(first.path, second.path, sizeof(first.path));
	cr_assert_arr_eq(first.stats, second.stats, sizeof(first.stats));
	cr_assert_arr_eq(first.own, second.own, sizeof(first.own));
	cr_assert_eq(first.target.nr_values, second.target.nr_values);
	for (unsigned v = 0; v < first.target.nr_values; v++)
		cr_assert_eq(first.target.values[v].value, second.target.values[v].value, "%s",
			     first.target.values[v].name);
}

/* --- ways out of the slow path, and what no workload reaches, by requests --- */

/* What the host answers; a NULL hook is left out. */
struct script {
	bool can_kill;
	uint64_t killed; /* what a kill claims to have freed */
	enum pga_answer answer;
};

static uint64_t scripted_kill(void *data, uint32_t gfp, unsigned order, unsigned cpu)
{
	(void)gfp, (void)order, (void)cpu;
	return ((const struct script *)data)->killed;
}

static enum pga_answer scripted_wait(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	(void)kind, (void)ticks, (void)cpu;
	return ((const struct script *)data)->answer;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	const struct script *s = data;

	(void)in;
	host->data = data;
	host->clock = NULL;
	host->wait = scripted_wait;
	if (s->can_kill)
		host->oom_kill = scripted_kill;
	return 0;
}

enum state { FULL, CHECKERED, NORMAL_FULL };

struct request {
	const char *name; /* of the stage or the statistic */
	const char *variant;
	int stage, stat; /* one of them, the other -1 */
	enum state state;
	uint32_t gfp;
	unsigned order, times;
	bool dumping_core;
	struct script script;
};
#define WAY_OF(stat, variant) #stat, variant, -1, PGA_STAT_##stat
#define STAGE_OF(id, variant) #id, variant, PGA_ST_##id, -1
#define WAY(stat) WAY_OF(stat, "linux-3.10")
#define STAGE(id) STAGE_OF(id, "linux-3.10")
#define WAY_24(stat) WAY_OF(stat, "linux-2.4")
#define STAGE_24(id) STAGE_OF(id, "linux-2.4")
#define WAY_26(stat) WAY_OF(stat, "linux-2.6.9")
#define STAGE_26(id) STAGE_OF(id, "linux-2.6.9")
#define THP                                                                           \
	(PGA_GFP_USER_MOVABLE | PGA_GFP_COMP | PGA_GFP_NOMEMALLOC | PGA_GFP_NORETRY | \
	 PGA_GFP_NOWARN | PGA_GFP_NO_KSWAPD)

#define NOBODY                        \
	{                             \
		false, 0, PGA_GIVE_UP \
	}
#define FUTILE                       \
	{                            \
		true, 0, PGA_GIVE_UP \
	}
#define KILLER                       \
	{                            \
		true, 1, PGA_GIVE_UP \
	}

#define PATIENT                     \
	{                           \
		false, 0, PGA_GO_ON \
	}

static const struct request requests[] = {
	{ STAGE(NO_WATERMARK), FULL, PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, 0, 1, false, NOBODY },
	{ WAY(slow_thisnode), FULL, PGA_GFP_THISNODE | PGA_GFP_NORETRY | PGA_GFP_NOWARN, 0, 1,
	  false, NOBODY },
	{ WAY(slow_no_wait), FULL, 0, 0, 1, false, NOBODY },
	{ WAY(slow_in_reclaim), FULL, PGA_GFP_WAIT | PGA_GFP_PF_MEMALLOC | PGA_GFP_NOMEMALLOC, 0, 1,
	  false, NOBODY },
	{ WAY(slow_victim), FULL, PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM | PGA_GFP_NOMEMALLOC, 0, 1,
	  false, KILLER },
	{ WAY(slow_deferred), CHECKERED, THP, 4, 8, false, NOBODY },
	{ WAY(slow_oom_off), FULL, PGA_GFP_KERNEL, 0, 1, false, NOBODY },
	{ WAY(slow_core_dump), FULL, PGA_GFP_KERNEL, 0, 1, true, KILLER },
	{ WAY(slow_costly), FULL, PGA_GFP_KERNEL, 4, 1, false, KILLER },
	{ WAY(slow_lowmem), FULL, PGA_GFP_KERNEL | PGA_GFP_DMA, 0, 1, false, KILLER },
	{ WAY(slow_no_victim), FULL, PGA_GFP_KERNEL, 0, 1, false, FUTILE },
	{ WAY(slow_no_retry), FULL, PGA_GFP_KERNEL | PGA_GFP_NORETRY, 0, 1, false, KILLER },
	{ WAY(slow_gave_up), FULL, PGA_GFP_KERNEL, 0, 1, false, KILLER },
	{ STAGE_24(NEXT_ZONE), NORMAL_FULL, 0, 0, 1, false, NOBODY },
	{ STAGE_24(RECLAIM), FULL, PGA_GFP_WAIT, 0, 1, false, NOBODY },
	{ STAGE_24(WAIT), FULL, PGA_GFP_KERNEL, 0, 1, false, NOBODY },
	{ STAGE_24(LAUNDER), FULL, PGA_GFP_KERNEL, 2, 1, false, NOBODY },
	{ STAGE_24(NO_WATERMARK), FULL, PGA_GFP_PF_MEMALLOC, 0, 1, false, NOBODY },
	{ WAY_24(slow_no_wait), FULL, 0, 0, 1, false, NOBODY },
	{ WAY_24(slow_in_reclaim), FULL, PGA_GFP_PF_MEMALLOC, 9, 1, false, NOBODY },
	{ WAY_24(slow_costly), FULL, PGA_GFP_KERNEL, 9, 1, false, PATIENT },
	{ WAY_24(slow_gave_up), FULL, PGA_GFP_KERNEL, 0, 1, false, NOBODY },
	{ STAGE_26(NO_WATERMARK), FULL, PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, 0, 1, false, NOBODY },
	{ STAGE_26(WAIT), FULL, PGA_GFP_KERNEL, 0, 1, false, KILLER },
	{ WAY_26(slow_no_wait), FULL, 0, 0, 1, false, NOBODY },
	{ WAY_26(slow_in_reclaim), FULL, PGA_GFP_KERNEL | PGA_GFP_PF_MEMALLOC, 10, 1, false,
	  NOBODY },
	{ WAY_26(slow_victim), FULL, PGA_GFP_KERNEL | PGA_GFP_OOM_VICTIM, 10, 1, false, KILLER },
	{ WAY_26(slow_oom_off), FULL, PGA_GFP_KERNEL, 0, 1, false, NOBODY },
	{ WAY_26(slow_no_victim), FULL, PGA_GFP_KERNEL, 0, 1, false, FUTILE },
	{ WAY_26(slow_no_retry), FULL, PGA_GFP_KERNEL | PGA_GFP_NORETRY, 0, 1, false, KILLER },
	{ WAY_26(slow_gave_up), FULL, PGA_GFP_KERNEL, 0, 1, false, KILLER },
};
#define NR_REQUESTS (sizeof(requests) / sizeof(requests[0]))

#define FRAMES 8192u
#define LOW_FRAMES 512u
static pga_pfn_t held[FRAMES];

static unsigned fill(struct t_instance *in, unsigned nr, uint32_t gfp)
{
	while (nr < FRAMES) {
		struct pga_res res = t_alloc(in, 0, -1, 0, gfp | PGA_GFP_HIGH | PGA_GFP_NOWARN);

		if (res.pfn == PGA_NIL)
			break;
		held[nr++] = res.pfn;
	}
	return nr;
}

/* All that requests at the min mark can get, of low memory too; or every other frame of it. */
static void set_state(struct t_instance *in, enum state state)
{
	unsigned nr = fill(in, 0, 0);

	if (state != NORMAL_FULL)
		nr = fill(in, nr, PGA_GFP_DMA);
	/* Low memory again, that was taken when the rest was full. */
	for (unsigned i = nr; state == NORMAL_FULL && i-- > nr - LOW_FRAMES;)
		t_free(in, 0, held[i], 0);
	for (unsigned i = 0; state == CHECKERED && i < nr; i++)
		if (held[i] & 1)
			t_free(in, 0, held[i], 0);
	if (state == CHECKERED)
		t_drain_all(in);
}

ParameterizedTestParameters(coverage, a_request_reaches_it)
{
	static int rows[NR_REQUESTS];

	for (size_t i = 0; i < NR_REQUESTS; i++)
		rows[i] = (int)i;
	return cr_make_param_array(int, rows, NR_REQUESTS);
}

ParameterizedTest(int *row, coverage, a_request_reaches_it)
{
	static struct t_instance in;
	const struct request *r = &requests[*row];
	const struct pga_req req = { .gfp = r->gfp, .node = -1, .order = (uint8_t)r->order };
	const struct pga_ctx ctx = { .dumping_core = r->dumping_core };
	struct script script = r->script;
	uint64_t before[PGA_NR_STATS] = { 0 }, after[PGA_NR_STATS] = { 0 };
	uint32_t path = 0;

	cr_assert_eq(t_up_with(&in, r->variant, "zone=0:DMA:0+1024 zone=0:Normal:1024+7168 cpus=0",
			       make_host, &script),
		     0, "%s", in.why);
	set_state(&in, r->state);
	t_drive(&in, 0);
	in.ops->stats(in.pga, -1, before);
	for (unsigned i = 0; i < r->times; i++)
		path |= in.ops->alloc(in.pga, req, &ctx).path;
	in.ops->stats(in.pga, -1, after);
	if (r->stat >= 0)
		cr_assert_gt(after[r->stat], before[r->stat], "%s was not counted", r->name);
	else
		cr_assert(path & 1u << r->stage, "path %x", path);
	cr_assert_eq(in.ops->check(in.pga, in.why, sizeof(in.why)), 0, "%s", in.why);
	t_down(&in);
}

/* --- the tables are complete --- */

Test(coverage, every_stage_has_a_row)
{
	for (int s = 0; s < PGA_NR_STAGES; s++) {
		bool found = false;

		for (size_t i = 0; i < NR_REACHES; i++)
			found |= (int)reaches[i].stage == s;
		for (size_t i = 0; i < NR_REQUESTS; i++)
			found |= requests[i].stage == s;
		cr_assert(found, "nothing is said to reach the stage %s", pga_stages[s].name);
	}
}

/* What linux-2.6.9 has of all that. */
static const uint32_t stages_26 = PGA_PATH(PCP_HIT) | PGA_PATH(PCP_REFILL) | PGA_PATH(BUDDY) |
				  PGA_PATH(SPLIT) | PGA_PATH(NEXT_ZONE) | PGA_PATH(REMOTE_NODE) |
				  PGA_PATH(RETRY_MIN) | PGA_PATH(NO_WATERMARK) | PGA_PATH(RECLAIM) |
				  PGA_PATH(WAIT) | PGA_PATH(OOM) | PGA_PATH(FAIL);
static const enum pga_stat ways_26[] = { PGA_STAT_slow_no_wait,	  PGA_STAT_slow_in_reclaim,
					 PGA_STAT_slow_victim,	  PGA_STAT_slow_oom_off,
					 PGA_STAT_slow_no_victim, PGA_STAT_slow_no_retry,
					 PGA_STAT_slow_gave_up };

Test(coverage, every_stage_and_way_out_of_linux_26_has_a_row)
{
	uint32_t reached = 0;
	uint64_t left = 0;

	for (size_t i = 0; i < NR_REACHES; i++)
		if (!strcmp(reaches[i].variant, "linux-2.6.9"))
			reached |= 1u << reaches[i].stage;
	for (size_t i = 0; i < NR_REQUESTS; i++) {
		const struct request *r = &requests[i];

		if (strcmp(r->variant, "linux-2.6.9") != 0)
			continue;
		if (r->stage >= 0)
			reached |= 1u << r->stage;
		for (size_t w = 0; w < sizeof(ways_26) / sizeof(ways_26[0]); w++)
			left |= (uint64_t)(r->stat == (int)ways_26[w]) << w;
	}
	cr_expect_eq(reached, stages_26, "%x instead of %x", reached, stages_26);
	for (size_t w = 0; w < sizeof(ways_26) / sizeof(ways_26[0]); w++)
		cr_expect(left >> w & 1, "nothing is said to reach the way out %s",
			  pga_stat_infos[ways_26[w]].name);
}

Test(coverage, every_way_out_has_a_row)
{
	for (int s = 0; s < PGA_NR_STATS; s++) {
		bool found = strncmp(pga_stat_infos[s].name, "slow_", 5) != 0;

		for (size_t i = 0; i < NR_REQUESTS; i++)
			found |= requests[i].stat == s;
		cr_assert(found, "nothing is said to reach the way out %s", pga_stat_infos[s].name);
	}
}
