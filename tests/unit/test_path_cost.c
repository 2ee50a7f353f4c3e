/* SPDX-License-Identifier: GPL-2.0-only */
/* The cost of an allocation by path: what is timed, and how it is shown. */
#include "harness/clock.h"
#include "harness/path_cost.h"
#include "results/screen.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 64000u
#define SLOW_EVERY 100u
#define SLOW_TICKS 20000u /* against a bracket's tens */

static unsigned calls;

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

static const struct pga_ops script = { .name = "script", .alloc = scripted };

static void run(struct path_cost *c, unsigned n)
{
	struct pga_ops measuring;

	path_cost_wrap(&measuring, &script);
	cr_assert_str_eq(measuring.name, "script");
	path_cost_start(c);
	for (unsigned i = 0; i < n; i++)
		measuring.alloc(NULL, (struct pga_req){ 0 }, NULL);
	path_cost_stop();
	measuring.alloc(NULL, (struct pga_req){ 0 }, NULL);
}

Test(path_cost, every_slow_one_and_a_share_of_the_hits_are_timed)
{
	struct path_cost c = { 0 };
	double share;

	run(&c, ROUNDS);
	cr_assert_eq(calls, ROUNDS + 1, "each request reaches the mechanism once");
	cr_assert_eq(c.timed[PGA_ST_RECLAIM], ROUNDS / SLOW_EVERY);
	cr_assert_eq(c.timed[PGA_ST_SPLIT], 0, "an allocation counts in its class alone");
	share = (double)c.timed[PGA_ST_PCP_HIT] * (PATH_COST_GAP + 1) / 2 / ROUNDS;
	cr_assert(share > 0.8 && share < 1.2, "%f of the expected hits", share);
}

Test(path_cost, a_class_costs_what_its_allocations_last)
{
	struct path_cost c = { 0 }, sum = { 0 };

	run(&c, ROUNDS);
	path_cost_add(&sum, &c);
	path_cost_add(&sum, &c);
	cr_assert(isnan(path_cost_mean(&sum, PGA_ST_BUDDY)), "what never came has no cost");
	if (!clk_has_tsc()) {
		cr_assert(isnan(path_cost_mean(&sum, PGA_ST_RECLAIM)));
		return;
	}
	cr_assert_float_eq(path_cost_mean(&sum, PGA_ST_RECLAIM), path_cost_mean(&c, PGA_ST_RECLAIM),
			   1e-6);
	cr_assert_geq(path_cost_mean(&c, PGA_ST_RECLAIM), SLOW_TICKS - clk_cost()->pair_tsc);
	cr_assert_lt(path_cost_mean(&c, PGA_ST_PCP_HIT), path_cost_mean(&c, PGA_ST_RECLAIM));
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

		rec_add(r->costs, &r->nr_costs, "pcp_hit.ns", ns[i], "");
		rec_add(r->costs, &r->nr_costs, "pcp_hit.cycles", 2 * ns[i], "");
		rec_add(r->costs, &r->nr_costs, "reclaim.ns", (double)NAN, "too rare");
	}
	char *text = print(&run), *hit = strstr(text, "pcp_hit"), *line = strstr(text, "-----"),
	     *slow = strstr(text, "\nreclaim");

	cr_assert(hit && line && slow && hit < line && line < slow, "%s", text);
	cr_assert(strstr(hit, "97.0000%") && strstr(hit, " 12 ") && strstr(hit, " 24\n"), "%s",
		  text);
	cr_assert(strstr(slow, "1.0000%          -          -\n"), "%s", text);
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
