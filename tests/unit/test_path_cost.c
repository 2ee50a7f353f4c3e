/* SPDX-License-Identifier: GPL-2.0-only */
/* The cost of an allocation by path: what is timed, and how it is shown. */
#include "harness/measure/clock.h"
#include "harness/measure/path_meter.h"
#include "harness/measure/path_result.h"
#include "results/screen.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 64000u
#define SLOW_EVERY 100u
#define SLOW_TICKS 20000u /* against a bracket's tens */

static unsigned calls, frees;

/* Every hundredth request is slow: it lasts a number of ticks. */
static struct pga_res scripted(struct pga *self, struct pga_req req, const struct pga_ctx *ctx)
{
	uint64_t start = clk_tsc();

	(void)self, (void)req, (void)ctx;
	if (++calls % SLOW_EVERY)
		return (struct pga_res){ .path = PGA_PATH(PCP_HIT) };
	while (clk_has_tsc() && clk_tsc() - start < SLOW_TICKS)
		;
	return (struct pga_res){ .path = PGA_PATH(SPLIT) | PGA_PATH(RECLAIM) };
}

static void freed(struct pga *self, pga_pfn_t pfn, unsigned order, unsigned cpu, unsigned flags)
{
	(void)self, (void)pfn, (void)order, (void)cpu, (void)flags;
	frees++;
}

static const struct pga_ops script = { .name = "script", .alloc = scripted, .free = freed };

static void run(struct path_cost *c, const struct cnt_group *g, unsigned n)
{
	struct pga_ops measuring;
	struct path_meter meter;

	cr_assert_null(path_meter_open(&meter, g), "counters were not started");
	path_cost_wrap(&measuring, &script);
	cr_assert_str_eq(measuring.name, "script");
	cr_assert_eq(path_cost_open(c, &meter, &script, 50, 1), 0);
	cr_assert_eq(calls + frees, 0, "calibrating calls nothing");
	path_cost_start(c);
	for (unsigned i = 0; i < n; i++) {
		measuring.alloc(NULL, (struct pga_req){ 0 }, NULL);
		measuring.free(NULL, 0, 0, 0, 0);
	}
	path_cost_stop();
	measuring.alloc(NULL, (struct pga_req){ 0 }, NULL);
	measuring.free(NULL, 0, 0, 0, 0);
}

static const struct cnt_group one_event = {
	.nr_events = 1,
	.events = { { "instructions", 1, { "PAPI_TOT_INS" } } },
};

Test(path_cost, a_class_costs_what_its_allocations_last)
{
	struct path_cost c = { 0 };
	const struct path_cost *all[] = { &c, &c };
	struct path_result r;

	run(&c, &one_event, ROUNDS);
	cr_assert_eq(calls, ROUNDS + 1, "each request reaches the mechanism once");
	cr_assert_eq(frees, ROUNDS + 1);
	cr_assert_eq(c.nr_rows, 50, "no more windows are kept than there is room for");
	cr_assert_eq(path_result(&r, all, 2), 0);
	path_cost_close(&c);
	cr_assert_eq(r.timed[PGA_ST_SPLIT], 0, "an allocation counts in its class alone");
	cr_assert_eq(r.passed_timed[PGA_ST_SPLIT], r.timed[PGA_ST_RECLAIM]);
	/* Half of the windows hold 320 slow ones in each thread; fewer where a reading is dear. */
	cr_assert(r.timed[PGA_ST_RECLAIM] > 20 && r.timed[PGA_ST_RECLAIM] < 2 * 480, "%llu",
		  (unsigned long long)r.timed[PGA_ST_RECLAIM]);
	cr_assert(isnan(path_chosen(&r, PGA_ST_BUDDY, 0)->mean), "what never came has no cost");
	cr_assert(isnan(path_chosen(&r, PGA_ST_RECLAIM, 1)->mean));
	cr_assert_not_null(strstr(path_chosen(&r, PGA_ST_RECLAIM, 1)->why, "not started"), "%s",
			   path_chosen(&r, PGA_ST_RECLAIM, 1)->why);
	const struct path_value *slow = path_chosen(&r, PGA_ST_RECLAIM, 0);

	if (!clk_has_tsc()) {
		cr_assert_str_eq(slow->why, "no time-stamp counter");
		return;
	}
	cr_assert_eq(r.way[PGA_ST_RECLAIM][0], PATH_BRACKETED);
	cr_assert_geq(slow->mean, SLOW_TICKS - r.read[0]);
	cr_assert(slow->lo <= slow->mean && slow->mean <= slow->hi);
	cr_assert_lt(path_chosen(&r, PGA_ST_PCP_HIT, 0)->mean, slow->mean);
	cr_assert(r.frees_in && isfinite(r.condition), "a free follows each allocation");
}

static const struct t_cell cells[] = {
	{ .variant = "linux-3.10", .workload = "pressure", .median = 50, .n = 3 },
};

static char *print(struct run_data *run)
{
	static const struct screen_path paths[] = {
		{ "pcp_hit", false }, { "pcp_refill", false }, { "reclaim", true }, { NULL, false }
	};
	const struct sink_style style = { .width = 120 };
	char *text = NULL, err[256] = "";
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(screen_print(run, paths, &style, f, err, sizeof(err)), 0, "%s", err);
	fclose(f);
	return text;
}

/* The median of the samples, each with its weight, in the line of its class. */
Test(path_cost, the_screen_shows_what_was_measured)
{
	static const double ns[] = { 10, 900, 12 };
	struct run_data run;

	t_run_fill(&run, cells, 1, 1);
	cr_assert_eq(run.nr, 3);
	for (size_t i = 0; i < 3; i++) {
		struct record *r = &run.records[i];

		rec_add_cost(r, "pcp_hit.ns", ns[i], "regression; with its free");
		rec_add_cost(r, "pcp_hit.cycles", 2 * ns[i],
			     "bracketed; a reading takes 9 % of it");
		rec_add_cost(r, "pcp_hit.dtlb_misses", 0.0015, "bracketed");
		rec_add_cost(r, "pcp_hit.instructions", (double)NAN, "no PMU");
		rec_add_cost(r, "reclaim.ns", (double)NAN, "too rare");
	}
	char *text = print(&run), *hit = strstr(text, "pcp_hit"), *line = strstr(text, "-----"),
	     *slow = strstr(text, "\nreclaim");

	cr_assert(hit && line && slow && hit < line && line < slow, "%s", text);
	cr_assert_not_null(strstr(text, "share     ns/op  cycles/op   dTLB/kop     p99 ns \n"),
			   "%s", text);
	cr_assert_not_null(strstr(hit, "97.0000%        12r        24~     1.500      499.9 \n"),
			   "%s", text);
	cr_assert_not_null(strstr(slow, "1.0000%         -          -          -          - \n"),
			   "%s", text);
	cr_assert_not_null(strstr(slow, "\nr by regression: "), "%s", text);
	cr_assert_not_null(strstr(slow, "\n~ a reading takes more than 5 %"), "%s", text);
	cr_assert_not_null(strstr(slow, "\n- not known: too rare\n"), "%s", text);
	cr_assert_not_null(strstr(slow, "\ninstructions/op left out: no PMU\n"), "%s", text);
	free(text);
	store_release(&run);
}

/* The last line of the table, below a line of its own, with everything but a share. */
Test(path_cost, the_screen_shows_frees_apart)
{
	static const double ns[] = { 70, 80, 90 };
	struct run_data run;

	t_run_fill(&run, cells, 1, 1);
	for (size_t i = 0; i < 3; i++) {
		struct record *r = &run.records[i];

		rec_add_cost(r, "pcp_hit.ns", 10, "bracketed");
		rec_add_cost(r, "pcp_hit.cycles", 20, "bracketed");
		rec_add_cost(r, "free.ns", ns[i], "regression");
		rec_add_cost(r, "free.cycles", (double)NAN,
			     "keeps step with the allocations, in whose cost it is");
	}
	char *text = print(&run), *slow = strstr(text, "\nreclaim"), *line, *end;

	cr_assert_not_null(slow, "%s", text);
	line = strstr(slow, "\n----");
	cr_assert_not_null(line, "%s", text);
	end = strstr(line, "\nfree ");
	cr_assert_not_null(end, "%s", text);
	cr_expect(strchr(line + 1, '\n') == end, "nothing else is below that line: %s", text);
	cr_expect(strstr(end, "80r") && strstr(end, "80r") < strchr(end + 1, '\n'), "%s", text);
	cr_expect(!memchr(end, '%', strcspn(end + 1, "\n")), "a free has no share: %s", text);
	cr_expect_not_null(strstr(end, "\nfree: frees to a list of the CPU and to the buddy"), "%s",
			   text);
	cr_expect_not_null(strstr(end, "\n- not known of frees: keeps step with the allocations"),
			   "%s", text);
	cr_expect_null(strstr(text, "- not known: keeps step"), "%s", text);
	free(text);
	store_release(&run);
}

/* Variants are compared by what was measured in one way, where each has it. */
Test(path_cost, the_screen_compares_like_with_like)
{
	static const struct t_cell both[] = {
		{ .variant = "linux-2.4", .workload = "pressure", .median = 50, .n = 3 },
		{ .variant = "linux-3.10", .workload = "pressure", .median = 50, .n = 3 },
	};
	struct run_data run;

	t_run_fill(&run, both, 2, 1);
	for (size_t i = 0; i < run.nr; i++) {
		struct record *r = &run.records[i];
		bool odd = !strcmp(r->variant, "linux-3.10") && r->sample < 2;

		rec_add_cost(r, "pcp_hit.ns", odd ? 77 : 11, odd ? "bracketed" : "regression");
	}
	char *text = print(&run), *hit = strstr(text, "pcp_hit");

	cr_assert(hit && strstr(hit, "11r") && !strstr(hit, "77"), "%s", text);
	free(text);
	store_release(&run);
}

/* Too many columns for the screen: variants below each other. */
Test(path_cost, the_screen_is_as_wide_as_it_is)
{
	static const struct t_cell four[] = {
		{ .variant = "linux-2.4", .workload = "pressure", .median = 50, .n = 3 },
		{ .variant = "linux-2.6.9", .workload = "pressure", .median = 50, .n = 3 },
		{ .variant = "linux-3.10", .workload = "pressure", .median = 50, .n = 3 },
		{ .variant = "linux-3.10-nopcp", .workload = "pressure", .median = 50, .n = 3 },
	};
	struct run_data run;

	t_run_fill(&run, four, 4, 1);
	for (size_t i = 0; i < run.nr; i++) {
		struct record *r = &run.records[i];

		rec_add_cost(r, "pcp_hit.ns", 11, "bracketed");
		rec_add_cost(r, "pcp_hit.cycles", 22, "bracketed");
		rec_add_cost(r, "pcp_hit.instructions", 33, "bracketed");
		rec_add_cost(r, "pcp_hit.dtlb_misses", 0.044, "bracketed");
	}
	char *text = print(&run), *block = strstr(text, "WHAT AN ALL"), *line, *save = NULL;
	unsigned hits = 0;

	for (line = strtok_r(strchr(block, '\n') + 1, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, "the harness", 11) == 0)
			break;
		cr_expect_leq(strlen(line), 120, "%s", line);
		hits += !strncmp(line, "pcp_hit", 7);
	}
	cr_assert_eq(hits, 4, "a block for each variant, of which two do not fit");
	free(text);
	store_release(&run);
}

Test(path_cost, the_screen_has_no_columns_for_what_was_not_measured)
{
	struct run_data run;

	t_run_fill(&run, cells, 1, 1);
	char *text = print(&run);

	cr_assert_not_null(strstr(text, "pcp_hit"));
	cr_assert_null(strstr(text, "cycles/op"), "%s", text);
	free(text);
	store_release(&run);
}
