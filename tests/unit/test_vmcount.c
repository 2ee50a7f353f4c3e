/* SPDX-License-Identifier: GPL-2.0-only */
/* The closed forms of core/vmcount.h against the counters one step at a time. */
#include "core/vmcount.h"

#include <criterion/criterion.h>

Test(vmcount, a_change_is_kept_back_up_to_the_threshold)
{
	int64_t global = 100;
	int32_t diff = 0;

	pga_count_post(&global, &diff, 6, -6);
	cr_expect(global == 100 && diff == -6);
	pga_count_post(&global, &diff, 6, -1);
	cr_expect(global == 93 && diff == 0, "the whole difference goes over");
	pga_count_post(&global, &diff, 6, 1000);
	cr_expect(global == 1093 && diff == 0);
	pga_count_post(&global, &diff, 0, 1);
	cr_expect(global == 1094 && diff == 0, "threshold 0 is exact");
}

Test(vmcount, many_ones_are_as_one_by_one)
{
	for (int32_t t = 0; t <= 125; t += t < 9 ? 1 : 29)
		for (int32_t from = -t; from <= t; from++)
			for (uint32_t n = 0; n < 300; n += n < 20 ? 1 : 37) {
				int64_t global = 0, want = 0;
				int32_t diff = from, step = from;

				pga_count_post_ones(&global, &diff, t, n);
				for (uint32_t i = 0; i < n; i++)
					pga_count_post(&want, &step, t, 1);
				cr_assert(global == want && diff == step,
					  "threshold %d from %d by %u: %lld+%d, want %lld+%d", t,
					  from, n, (long long)global, diff, (long long)want, step);
			}
}

/* What a kernel CPU does at each event: wrap to minus half, not to zero. */
static int32_t event(int32_t diff, int32_t t)
{
	return ++diff > t ? -(t / 2) : diff;
}

Test(vmcount, pending_events_follow_from_their_number)
{
	for (int32_t t = 0; t <= 125; t++) {
		int32_t diff = 0;

		for (uint64_t n = 0; n < 1000; n++, diff = event(diff, t))
			cr_assert_eq(pga_events_pending(n, t), diff != 0,
				     "threshold %d, %llu events", t, (unsigned long long)n);
	}
}

Test(vmcount, a_fold_hands_over_once)
{
	int64_t global = 5;
	int32_t diff = -3;

	cr_expect(pga_count_fold(&global, &diff));
	cr_expect(global == 2 && diff == 0);
	cr_expect_not(pga_count_fold(&global, &diff));
}
