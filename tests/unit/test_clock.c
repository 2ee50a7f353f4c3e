/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/engine_epochs.h"
#include "harness/measure/clock.h"

#include <criterion/criterion.h>
#include <math.h>

Test(clock, runs_forward)
{
	struct clk last = clk_read();
	uint64_t cpu = clk_thread_ns();

	for (int i = 0; i < 100000; i++) {
		struct clk now = clk_read();

		cr_assert_geq(now.ns, last.ns);
		cr_assert_geq(now.tsc, last.tsc);
		last = now;
	}
	cr_assert_gt(clk_thread_ns(), cpu);
}

Test(clock, cost_of_reading_is_positive)
{
	const struct clk_cost *c = clk_cost();

	cr_assert_geq(c->empty_ns, 0);
	cr_assert_gt(c->read_ns, 0);
	cr_assert(!clk_has_tsc() || c->empty_tsc > 0);
	cr_assert_eq(c, clk_cost(), "measured once");
}

/* Against the other clock, over a while; the thread may be away between any two readings. */
Test(clock, a_tick_has_its_length)
{
	const uint64_t while_ns = 50000000;
	double tick = clk_tick_ns();

	cr_assert_gt(tick, 0);
	cr_assert_eq(tick, clk_tick_ns(), "measured once");
	uint64_t before = clk_ns(), ticks = clk_serial(), after = clk_ns();

	while (clk_ns() - after < while_ns)
		;
	double ns = (double)(clk_serial() - ticks) * tick;
	double at_most = (double)(clk_ns() - before);

	cr_assert_gt(ns, (double)while_ns * 0.999);
	cr_assert_lt(ns, at_most * 1.001);
}

Test(epochs, steady_work_has_no_spread)
{
	struct epochs e = { 0 };

	epochs_start(&e, true);
	for (int i = 0; i < 1000; i++)
		epochs_add(&e, 500, 100);
	cr_assert_leq(e.nr, EPOCHS_MAX);
	cr_assert_geq(e.nr, EPOCHS_MAX / 2);
	cr_assert_float_eq(epochs_spread(&e), 0.0, 1e-12);
}

Test(epochs, a_step_in_the_middle_is_seen)
{
	struct epochs e = { 0 };

	epochs_start(&e, true);
	for (int i = 0; i < 1000; i++)
		epochs_add(&e, i < 500 ? 500 : 1000, 100);
	cr_assert_gt(epochs_spread(&e), 0.4);
}

Test(epochs, too_few_say_nothing)
{
	struct epochs e = { 0 };

	epochs_start(&e, true);
	for (unsigned i = 0; i < EPOCHS_MIN - 1; i++)
		epochs_add(&e, 500, 100);
	cr_assert(isnan(epochs_spread(&e)));
	epochs_add(&e, 500, 100);
	cr_assert(!isnan(epochs_spread(&e)));
}

Test(epochs, a_phase_that_is_off_changes_nothing)
{
	struct epochs e = { 0 };

	epochs_start(&e, true);
	for (int i = 0; i < 100; i++)
		epochs_add(&e, 500, 100);
	epochs_start(&e, false);
	epochs_add(&e, 1, 1);
	cr_assert_float_eq(epochs_spread(&e), 0.0, 1e-12);
}
