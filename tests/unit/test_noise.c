/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/noise.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* One second on two CPUs of which half is idle, a third of a second of it ours. */
static const struct noise_look before = {
	.busy = 1000, .steal = 10, .all = 2000, .waited_us = 5e6, .own_s = 1, .core_ghz = 3, .ns = 0
};

static struct noise_look second(double busy, double steal)
{
	struct noise_look l = before;

	l.busy += busy;
	l.steal += steal;
	l.all += 200;
	l.own_s += 0.33;
	l.ns += 1000000000;
	return l;
}

Test(noise, a_quiet_second)
{
	struct noise_look after = second(33, 0);
	struct noise n;

	noise_between(&before, &after, &n);
	cr_expect_float_eq(n.others, 0, 1e-9);
	cr_expect_eq(n.steal, 0);
	cr_expect_eq(n.pressure, 0);
	cr_expect_eq(n.core_ghz, 3);
	cr_expect_not(n.noisy);
	cr_expect_str_empty(n.why);
}

Test(noise, others_and_the_hypervisor_are_told_apart)
{
	struct noise_look after = second(33 + 60, 7);
	struct noise n;

	noise_between(&before, &after, &n);
	cr_expect_float_eq(n.others, 0.3, 1e-9);
	cr_expect_float_eq(n.steal, 0.035, 1e-9);
	cr_expect(n.noisy);
	cr_expect_not_null(strstr(n.why, "other processes took 30 %"), "%s", n.why);
	cr_expect_not_null(strstr(n.why, "the hypervisor took"), "%s", n.why);
}

/* In 20 ms a tick of another process is no evidence of half the machine. */
Test(noise, few_ticks_are_no_evidence)
{
	struct noise_look after = before;
	struct noise n;

	after.busy += 2;
	after.all += 4;
	after.ns += 20000000;
	noise_between(&before, &after, &n);
	cr_expect_float_eq(n.others, 0.5, 1e-9);
	cr_expect_not(n.noisy, "%s", n.why);
}

Test(noise, waiting_tasks_and_a_slower_core)
{
	struct noise_look after = second(33, 0);
	struct noise n;

	after.waited_us += 250000;
	after.core_ghz = 2.4;
	noise_between(&before, &after, &n);
	cr_expect_float_eq(n.pressure, 0.25, 1e-9);
	cr_expect(n.noisy);
	cr_expect_not_null(strstr(n.why, "in 25 % of the time"), "%s", n.why);
	cr_expect_not_null(strstr(n.why, "3.00 to 2.40 GHz"), "%s", n.why);
}

Test(noise, what_is_missing_is_null_and_named)
{
	struct noise_look a = before, b = second(33, 0);
	struct noise n;

	a.waited_us = b.busy = b.all = b.steal = (double)NAN;
	noise_between(&a, &b, &n);
	cr_expect(isnan(n.others) && isnan(n.steal) && isnan(n.pressure));
	cr_expect_not(n.noisy);
	cr_expect_not_null(strstr(n.why, "no /proc/stat"), "%s", n.why);
	cr_expect_not_null(strstr(n.why, "no /proc/pressure/cpu"), "%s", n.why);
}

Test(noise, the_kernels_lines_are_read)
{
	struct noise_look l;

	cr_assert(noise_parse_stat("cpu  3 1 4 100 5 0 9 2 0 0\n", &l));
	cr_expect_eq(l.busy, 17);
	cr_expect_eq(l.steal, 2);
	cr_expect_eq(l.all, 124);
	cr_expect_not(noise_parse_stat("intr 1 2 3\n", &l));
	cr_expect_eq(noise_parse_pressure("some avg10=1.00 avg60=0.00 avg300=0.00 total=77\n"), 77);
	cr_expect(isnan(noise_parse_pressure("full avg10=1.00 total=77\n")));
	cr_expect(isnan(noise_parse_pressure("")));
}

Test(noise, this_machine_can_be_looked_at)
{
	struct noise_look a, b;
	struct noise n;

	noise_look(&a);
	noise_look(&b);
	noise_between(&a, &b, &n);
	cr_expect_gt(n.core_ghz, 0.01);
	cr_expect_lt(n.core_ghz, 20);
	cr_expect(isnan(n.others) || (n.others >= 0 && n.others <= 1.5), "%g", n.others);
}
