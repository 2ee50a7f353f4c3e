/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/wmark.h"

#include <criterion/criterion.h>

Test(wmark, min_free_is_a_root_between_limits)
{
	static const struct {
		uint64_t kbytes;
		uint32_t min_free;
	} cases[] = {
		{ 0, 128 },
		{ 1023, 128 },
		{ 1024, 128 },
		{ 16384, 512 },
		{ 16383, 511 },
		{ 32768, 724 },
		{ 1ull << 28, 65536 },
		{ (1ull << 28) - 1, 65535 },
		{ 1ull << 40, 65536 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(pga_min_free_kbytes(cases[i].kbytes), cases[i].min_free, "%llu KiB",
			     (unsigned long long)cases[i].kbytes);
}

Test(wmark, marks_are_shares)
{
	uint32_t mark[PGA_NR_WMARKS];

	pga_wmark_set(mark, 181, 4096, 8192);
	cr_expect_eq(mark[PGA_WMARK_MIN], 90);
	cr_expect_eq(mark[PGA_WMARK_LOW], 112);
	cr_expect_eq(mark[PGA_WMARK_HIGH], 135);
	pga_wmark_set(mark, 100, 0, 0);
	cr_expect_eq(mark[PGA_WMARK_HIGH], 0, "no memory at all");
}

Test(wmark, allowances_round_in_the_caller_s_disfavour)
{
	cr_expect_eq(pga_wmark_limit(101, false, false), 101);
	cr_expect_eq(pga_wmark_limit(101, true, false), 51);
	cr_expect_eq(pga_wmark_limit(101, false, true), 76);
	cr_expect_eq(pga_wmark_limit(101, true, true), 39);
}

Test(wmark, lists_of_a_cpu)
{
	static const struct {
		uint32_t managed, high, batch;
	} cases[] = {
		{ 300, 0, 1 },	  { 4096, 0, 1 },      { 8192, 6, 1 },	      { 12288, 18, 3 },
		{ 28672, 42, 7 }, { 131072, 186, 31 }, { 1u << 24, 186, 31 },
	};
	uint32_t high;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(pga_pcp_batch(cases[i].managed, 12, &high), cases[i].batch, "%u",
			     cases[i].managed);
		cr_expect_eq(high, cases[i].high, "%u", cases[i].managed);
	}
	cr_expect_eq(pga_pcp_fraction(4096, 8, 12, &high), 96);
	cr_expect_eq(high, 512);
	cr_expect_eq(pga_pcp_fraction(4096, 1000, 12, &high), 1);
	cr_expect_eq(high, 4);
	cr_expect_eq(pga_pcp_fraction(4096, 5000, 12, &high), 1);
	cr_expect_eq(high, 0);
}

Test(wmark, thresholds_grow_with_cpus_and_memory)
{
	cr_expect_eq(pga_stat_threshold(1, 8192, 12), 2);
	cr_expect_eq(pga_stat_threshold(6, 8192, 12), 6);
	cr_expect_eq(pga_stat_threshold(2, 32768, 12), 8);
	cr_expect_eq(pga_stat_threshold(2, 32767, 12), 4);
	cr_expect_eq(pga_stat_threshold(4096, 1u << 30, 12), 125);
}
