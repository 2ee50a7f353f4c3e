/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/record.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct record a, b;
static char err[256];

static void round_trip(void)
{
	char *line = rec_to_json(&a);

	cr_assert_not_null(line);
	cr_assert_null(strchr(line, '\n'));
	cr_assert_eq(rec_from_json(&b, line, err, sizeof(err)), 0, "%s", err);
	free(line);
}

Test(record, the_key_has_the_axes_of_a_cell)
{
	unsigned nr = 0;

	for (const struct rec_field *f = rec_fields; f->name; f++)
		nr += f->direction == 'k';
	cr_assert_eq(nr, 7);
	cr_assert_eq(rec_field_find("ns_op")->direction, '<');
	cr_assert_eq(rec_field_find("mops")->direction, '>');
	cr_assert_null(rec_field_find("nonsense"));
}

Test(record, an_empty_record_survives)
{
	rec_init(&a);
	round_trip();
	cr_assert(isnan(b.ns_op) && isnan(b.meta_ok));
	cr_assert_eq(b.ops, 0);
	cr_assert_str_eq(b.variant, "");
	cr_assert_eq(b.nr_paths + b.nr_counters + b.nr_stats, 0);
}

Test(record, every_double_comes_back_bit_for_bit)
{
	const double hard[] = { 0.1,	    1.0 / 3,	  DBL_MIN,
				DBL_MAX,    DBL_TRUE_MIN, -0.0,
				1e15 + 0.5, 5e-324,	  123456789.123456789,
				2.0 };

	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		rec_init(&a);
		a.ns_op = hard[i];
		round_trip();
		cr_assert_eq(memcmp(&a.ns_op, &b.ns_op, sizeof(double)), 0, "%.17g", hard[i]);
	}
}

Test(record, every_whole_number_comes_back)
{
	const uint64_t hard[] = {
		0,	   1,	       (1ull << 53) - 1, 1ull << 53, (1ull << 53) + 1,
		INT64_MAX, 1ull << 63, UINT64_MAX
	};

	for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++) {
		rec_init(&a);
		a.seed = hard[i];
		round_trip();
		cr_assert_eq(b.seed, hard[i]);
	}
}

Test(record, infinity_is_null_not_a_number)
{
	rec_init(&a);
	a.ns_op = (double)INFINITY;
	round_trip();
	cr_assert(isnan(b.ns_op));
}

Test(record, groups_keep_order_values_and_notes)
{
	rec_init(&a);
	rec_add(a.counters, &a.nr_counters, "cycles", 12.5, "multiplexed 62 %");
	rec_add(a.counters, &a.nr_counters, "misses", (double)NAN, "refused");
	rec_add(a.paths, &a.nr_paths, "pcp_hit", 1, NULL);
	round_trip();
	cr_assert_eq(b.nr_counters, 2);
	cr_assert_str_eq(b.counters[0].name, "cycles");
	cr_assert_str_eq(b.counters[0].note, "multiplexed 62 %");
	cr_assert_eq(b.counters[0].value, 12.5);
	cr_assert(isnan(b.counters[1].value));
	cr_assert_str_eq(b.counters[1].note, "refused");
	cr_assert_str_eq(b.paths[0].note, "");
}

Test(record, a_copy_has_every_group)
{
	rec_init(&a);
	rec_add_cost(&a, "pcp_hit.ns", 4.5, "");
	rec_add(a.metrics, &a.nr_metrics, "success_rest", 87.5, "");
	rec_copy(&b, &a);
	cr_assert_eq(b.nr_costs + b.nr_metrics, 2);
	cr_assert_eq(b.costs[0].value, 4.5);
	cr_assert_eq(b.metrics[0].value, 87.5);
	rec_init(&b);
	round_trip();
	cr_assert_eq(b.metrics[0].value, 87.5);
}

Test(record, metrics_say_which_way_is_better)
{
	for (const struct rec_metric *m = rec_metrics; m->name; m++) {
		cr_assert_eq(rec_metric_find(m->name), m, "%s twice", m->name);
		cr_assert(strchr("<>-", m->better), "%s", m->name);
	}
	cr_assert_eq(rec_metric_find("success_rest")->better, '>');
	cr_assert_null(rec_metric_find("share.node0"));
}

static void expect_refusal(const char *name, json_t *value, const char *words)
{
	rec_init(&a);
	char *line = rec_to_json(&a);
	json_t *o = json_loads(line, 0, NULL);

	if (value)
		json_object_set_new(o, name, value);
	else
		json_object_del(o, name);
	free(line);
	line = json_dumps(o, 0);
	cr_expect_eq(rec_from_json(&b, line, err, sizeof(err)), -EINVAL, "%s", line);
	cr_expect_not_null(strstr(err, name), "%s: %s", name, err);
	cr_expect_not_null(strstr(err, words), "%s: %s", name, err);
	free(line);
	json_decref(o);
}

Test(record, fragmentation_and_its_series_survive)
{
	rec_init(&a);
	rec_add_frag(&a, "Fu(9)", 0.804, "");
	rec_add_frag(&a, "polluted", (double)NAN, "the mechanism has no types");
	a.series.nr_cols = 2;
	a.series.nr_points = 3;
	snprintf(a.series.note, sizeof(a.series.note), "why");
	a.series.nr_marks = 2;
	a.series.mark[0] = (struct rec_mark){ "fill", 0 };
	a.series.mark[1] = (struct rec_mark){ "punch", 8000 };
	snprintf(a.series.col[0], sizeof(a.series.col[0]), "requests");
	snprintf(a.series.col[1], sizeof(a.series.col[1]), "Fu(9)");
	for (unsigned p = 0; p < 3; p++) {
		a.series.point[p][0] = p * 4096;
		a.series.point[p][1] = p ? p / 3.0 : (double)NAN;
	}
	rec_copy(&b, &a);
	cr_assert_eq(b.series.nr_points, 3);
	cr_assert_eq(b.series.nr_marks, 2);
	cr_assert_str_eq(b.series.mark[1].name, "punch");
	cr_assert_eq(b.series.mark[1].at, 8000);
	cr_assert_eq(b.series.point[2][1], 2 / 3.0);
	rec_init(&b);
	round_trip();
	cr_assert_eq(b.nr_frag, 2);
	cr_assert_eq(b.frag[0].value, 0.804);
	cr_assert_str_eq(b.frag[1].note, "the mechanism has no types");
	cr_assert_eq(b.series.nr_cols, 2);
	cr_assert_eq(b.series.nr_points, 3);
	cr_assert_str_eq(b.series.note, "why");
	cr_assert_str_eq(b.series.col[1], "Fu(9)");
	cr_assert_eq(b.series.point[1][0], 4096);
	cr_assert(isnan(b.series.point[0][1]));
	cr_assert_eq(b.series.point[2][1], 2 / 3.0);
}

Test(record, a_damaged_series_is_refused)
{
	expect_refusal("series", json_integer(1), "must have columns");
	expect_refusal("series",
		       json_pack("{s:[s], s:s, s:[[f,f]]}", "columns", "x", "note", "", "points",
				 1.0, 2.0),
		       "a value for each column");
	expect_refusal("series", json_pack("{s:[], s:s, s:[]}", "columns", "note", "", "points"),
		       "1 to 48 columns");
	expect_refusal(
		"series",
		json_pack("{s:[s], s:s, s:[[s]]}", "columns", "x", "note", "", "points", "text"),
		"numbers or null");
}

Test(record, patterns_name_values_of_fragmentation)
{
	for (const struct rec_metric *m = rec_frag_metrics; m->name; m++)
		cr_assert(strchr("<>-", m->better), "%s", m->name);
	cr_assert_str_eq(rec_frag_find("Fu(10)")->name, "Fu(#)");
	cr_assert_str_eq(rec_frag_find("free.3")->name, "free.#");
	cr_assert_str_eq(rec_frag_find("free.Movable.3")->name, "free.@.#");
	cr_assert_str_eq(rec_frag_find("steal")->name, "steal");
	cr_assert_str_eq(rec_frag_find("steal.Movable>Unmovable")->name, "steal.@");
	cr_assert_null(rec_frag_find("Fu()"));
	cr_assert_null(rec_frag_find("Fu(9"));
	cr_assert_null(rec_frag_find("nonsense"));
}

Test(record, a_full_group_keeps_the_first_values)
{
	char name[16];

	rec_init(&a);
	for (int i = 0; i < REC_MAX_VALUES + 3; i++) {
		snprintf(name, sizeof(name), "v%d", i);
		rec_add(a.stats, &a.nr_stats, name, i, NULL);
	}
	cr_assert_eq(a.nr_stats, REC_MAX_VALUES);
	round_trip();
	cr_assert_str_eq(b.stats[REC_MAX_VALUES - 1].name, "v127");
}

Test(record, text_of_any_bytes_stays_valid_json)
{
	rec_init(&a);
	snprintf(a.reason, REC_TEXT, "quote \" backslash \\ newline \n umlaut \xc3\xbc");
	snprintf(a.target, REC_TEXT, "cut \xc3");
	round_trip();
	cr_assert_str_eq(b.reason, a.reason);
	cr_assert_str_eq(b.target, "cut ?");
}

Test(record, flags_are_set_once_and_sorted)
{
	rec_init(&a);
	rec_flag_set(&a, 't');
	rec_flag_set(&a, 's');
	rec_flag_set(&a, 't');
	cr_assert_str_eq(a.flags, "st");
	cr_assert_eq(rec_flags[7].letter, 0);
}

Test(record, a_copy_holds_all_that_is_defined)
{
	rec_init(&a);
	snprintf(a.variant, REC_TEXT, "linux-3.10");
	a.peak_mib = 7;
	rec_add(a.stats, &a.nr_stats, "pgfree", 3, NULL);
	rec_copy(&b, &a);
	cr_assert_eq(rec_key_compare(&a, &b), 0);
	cr_assert_eq(b.peak_mib, 7);
	cr_assert_str_eq(b.stats[0].name, "pgfree");
	b.order = 1;
	cr_assert_lt(rec_key_compare(&a, &b), 0);
	b.sample = 9;
	b.order = 0;
	cr_assert_eq(rec_key_compare(&a, &b), 0, "the sample is not part of the key");
}

/* Change one member of a good object and expect an error that names it. */

Test(record, defects_are_named)
{
	char *big = malloc(REC_TEXT + 1);

	memset(big, 'x', REC_TEXT);
	big[REC_TEXT] = 0;
	expect_refusal("ns_op", json_string("12"), "number or null");
	expect_refusal("ns_op", NULL, "missing");
	expect_refusal("variant", json_integer(1), "text");
	expect_refusal("variant", json_string(big), "longer");
	expect_refusal("ops", json_real(1.5), "whole number");
	expect_refusal("ops", json_integer(-1), "whole number");
	expect_refusal("ops", json_string("18446744073709551616"), "whole number");
	expect_refusal("ops", json_string("-1"), "whole number");
	expect_refusal("ops", json_null(), "whole number");
	expect_refusal("paths", json_array(), "object");
	expect_refusal("stats", NULL, "missing");
	expect_refusal("paths", json_pack("{s:i}", "x", 1), "paths.x");
	expect_refusal("paths", json_pack("{s:{s:i, s:i}}", "x", "value", 1, "other", 2),
		       "paths.x");
	expect_refusal("colour", json_string("red"), "unknown");
	expect_refusal("schema", json_integer(REC_SCHEMA + 1), "this build reads");
	expect_refusal("schema", NULL, "missing");
	free(big);
}

Test(record, what_is_no_object_is_refused)
{
	const char *const lines[] = { "", "[]", "{", "{\"a\":1,\"a\":2}", "nonsense", "{} {}" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		err[0] = 0;
		cr_expect_eq(rec_from_json(&b, lines[i], err, sizeof(err)), -EINVAL, "%s",
			     lines[i]);
		cr_expect_neq(err[0], 0);
	}
}

/* docs/RESULTS.md is what the table prints. */
Test(record, the_page_of_fields_is_current)
{
	char *text = NULL, *page = NULL;
	size_t len = 0, room = 0;
	FILE *f = open_memstream(&text, &len);

	rec_print_markdown(f);
	fclose(f);
	f = fopen("docs/RESULTS.md", "r");
	cr_assert_not_null(f, "docs/RESULTS.md is missing");
	ssize_t n = getdelim(&page, &room, 0, f);

	fclose(f);
	cr_assert_eq((size_t)n, len, "run: build/zonebench docs results > docs/RESULTS.md");
	cr_assert_eq(memcmp(text, page, len), 0,
		     "run: build/zonebench docs results > docs/RESULTS.md");
	free(text);
	free(page);
}
