/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/null.h"
#include "core/variants.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const colours[] = { "red", "green", "blue", NULL };
static const struct pga_tunable tunables[] = {
	{ "pcp.batch", PGA_TUN_INT, 31, 1, 1024, NULL, "frames", "h", false },
	{ "grouping", PGA_TUN_BOOL, 1, 0, 1, NULL, "", "h", false },
	{ "colour", PGA_TUN_WORD, 0, 0, 2, colours, "", "h", false },
	{ "offset", PGA_TUN_INT, 0, INT64_MIN, INT64_MAX, NULL, "", "h", false },
	{ .name = NULL },
};
static struct pga_ops ops; /* null with these tunables, called "mine" */
static struct pga_variant v;
static char err[256];

static void setup(void)
{
	ops = pga_null;
	ops.name = "mine";
	ops.tunables = tunables;
}

Test(variants, rows_and_registry_are_sound)
{
	char why[256] = "";

	cr_assert_eq(pga_registry_check(why, sizeof(why)), 0, "%s", why);
	for (const struct pga_variant_row *r = pga_variants; r->name; r++) {
		cr_assert_eq(pga_variant_parse(&v, r->name, NULL, err, sizeof(err)), 0, "%s", err);
		cr_expect_str_eq(v.name, r->name);
		cr_expect_eq(v.ops, r->ops);
	}
}

Test(variants, overrides, .init = setup)
{
	static const struct {
		const char *text;
		int64_t policy[4];
	} good[] = {
		{ "mine", { 31, 1, 0, 0 } },
		{ "mine,pcp.batch=16", { 16, 1, 0, 0 } },
		{ "mine,pcp.batch=16frames", { 16, 1, 0, 0 } },
		{ "mine,pcp.batch=0x10,grouping=no", { 16, 0, 0, 0 } },
		{ "mine,colour=blue,grouping=off,pcp.batch=1", { 1, 0, 2, 0 } },
		{ "mine,grouping=yes,pcp.batch=1024", { 1024, 1, 0, 0 } },
		{ "mine,offset=-5", { 31, 1, 0, -5 } },
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		cr_assert_eq(pga_variant_parse(&v, good[i].text, &ops, err, sizeof(err)), 0,
			     "%s: %s", good[i].text, err);
		cr_expect_arr_eq(v.policy, good[i].policy, sizeof(good[i].policy), "%s",
				 good[i].text);
		cr_expect_str_eq(v.name, good[i].text);
		cr_expect_eq(v.ops, &ops);
	}
}

Test(variants, errors_name_thing_value_range_and_neighbour, .init = setup)
{
	static const struct {
		const char *text, *err;
	} bad[] = {
		{ "mnie", "unknown variant 'mnie', did you mean 'mine'?" },
		{ "", "unknown variant ''; valid:" },
		{ "nul", "unknown variant 'nul', did you mean 'null'?" },
		{ "mine,pcp.btch=1", "mine has no tunable 'pcp.btch', did you mean 'pcp.batch'?" },
		{ "mine,z=1", "mine has no tunable 'z'; valid: pcp.batch grouping colour offset" },
		{ "null,z=1", "null has no tunable 'z'; there are none" },
		{ "mine,pcp.batch=0", "tunable pcp.batch of mine: 0 is outside 1..1024 frames" },
		{ "mine,pcp.batch=1025",
		  "tunable pcp.batch of mine: 1025 is outside 1..1024 frames" },
		{ "mine,pcp.batch=99999999999999999999",
		  "tunable pcp.batch of mine: 99999999999999999999 is outside 1..1024 frames" },
		{ "mine,pcp.batch=",
		  "tunable pcp.batch of mine: '' is not a number of 1..1024 frames" },
		{ "mine,pcp.batch= 5", "tunable pcp.batch of mine: ' 5' is not a number" },
		{ "mine,pcp.batch=16KiB", "tunable pcp.batch of mine: '16KiB' is not a number" },
		{ "mine,grouping=maybe", "tunable grouping of mine: 'maybe' is not one of its "
					 "words; valid: yes no on off" },
		{ "mine,colour=gren",
		  "tunable colour of mine: 'gren' is not one of its words, did you mean 'green'?" },
		{ "mine,pcp.batch", "'pcp.batch' for mine lacks '=VALUE'" },
		{ "mine,", "'' for mine lacks '=VALUE'" },
		{ "mine,,pcp.batch=1", "'' for mine lacks '=VALUE'" },
		{ "mine,pcp.batch=1,pcp.batch=2", "tunable pcp.batch of mine is given twice" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(pga_variant_parse(&v, bad[i].text, &ops, err, sizeof(err)), -EINVAL,
			     "'%s' was accepted", bad[i].text);
		cr_expect(!strncmp(err, bad[i].err, strlen(bad[i].err)), "'%s': %s", bad[i].text,
			  err);
		cr_expect_null(strchr(err, '\n'));
	}
}

Test(variants, a_text_too_long_is_refused, .init = setup)
{
	char text[300];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_expect_eq(pga_variant_parse(&v, text, &ops, err, sizeof(err)), -EINVAL);
	cr_expect(strstr(err, "longer than 127"), "%s", err);
}

Test(variants, tables_with_a_defect_are_refused, .init = setup)
{
	const struct {
		struct pga_variant_row rows[3];
		const char *words; /* NULL: sound */
	} tables[] = {
		{ { { "a", &ops, "", "s" }, { "b", &ops, "pcp.batch=2", "s" } }, NULL },
		{ { { "a", &ops, "", "s" }, { "a", &ops, "", "s" } }, "a is listed twice" },
		{ { { "a", NULL, "", "s" } }, "lacks its mechanism" },
		{ { { "a", &ops, NULL, "s" } }, "lacks its mechanism" },
		{ { { "a", &ops, "", NULL } }, "lacks its mechanism" },
		{ { { "a", &ops, "pcp.batch=0", "s" } }, "outside 1..1024 frames" },
		{ { { "a", &ops, "no.such=0", "s" } }, "no tunable 'no.such'" },
	};

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		int rc = pga_rows_check(tables[i].rows, err, sizeof(err));

		cr_expect_eq(rc, tables[i].words ? -EINVAL : 0, "table %zu", i);
		if (tables[i].words)
			cr_expect(strstr(err, tables[i].words), "table %zu: %s", i, err);
	}
	ops.alloc = NULL;
	const struct pga_variant_row broken[] = { { "a", &ops, "", "s" }, { .name = NULL } };

	cr_expect_eq(pga_rows_check(broken, err, sizeof(err)), -EINVAL);
	cr_expect(strstr(err, "required hook missing: alloc"), "%s", err);
}

Test(variants, index_of_a_tunable, .init = setup)
{
	cr_expect_eq(pga_tunable_index(&ops, "pcp.batch"), 0);
	cr_expect_eq(pga_tunable_index(&ops, "offset"), 3);
	cr_expect_eq(pga_tunable_index(&ops, "pcp"), -1);
}
