/* SPDX-License-Identifier: GPL-2.0-only */
/* What comparisons are printed as: each format, and the closing screen of a run. */
#include "results/fold.h"
#include "results/screen.h"
#include "results/sinks.h"
#include "tests/support/t_compare.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static char err[1024];

/* The whole of what a function prints; the caller frees it. */
static char *printed(const struct cmp_table *t, const char *name)
{
	const struct sink_style style = { .means = true };
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	sink_find(name)->print(t, &style, f);
	fclose(f);
	return text;
}

/* ZB_GOLDEN=update writes the file anew: read the difference before keeping it. */
static void expect_golden(const char *text, const char *name)
{
	const char *update = getenv("ZB_GOLDEN");
	char path[256], *want = NULL;
	size_t room = 0;

	snprintf(path, sizeof(path), "tests/golden/sink/%s", name);
	FILE *f = fopen(path, update && !strcmp(update, "update") ? "w+" : "r");

	cr_assert_not_null(f, "%s", path);
	if (update && !strcmp(update, "update")) {
		fputs(text, f);
		rewind(f);
	}
	ssize_t n = getdelim(&want, &room, 0, f);

	fclose(f);
	cr_assert_gt(n, 0);
	cr_expect_str_eq(text, want, "%s differs: ZB_GOLDEN=update rewrites it", path);
	free(want);
}

Test(sinks, golden)
{
	static const char *const metrics[] = { "ns_op", "counter:dtlb_per_kop", NULL };
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	for (const struct sink *s = sinks; s->name; s++) {
		char *text = printed(t, s->name);

		expect_golden(text, s->name);
		free(text);
	}
	cmp_free(t);
	store_release(&run);
}

Test(sinks, screen_golden)
{
	static const struct screen_path paths[] = { { "pcp_hit", false }, { "pcp_refill", false },
						    { "split", false },	  { "compact_sync", true },
						    { "reclaim", true },  { NULL, false } };
	const struct sink_style style = { 0 };
	struct run_data run;
	char *text = NULL;
	size_t len = 0;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	for (size_t i = 0; i < run.nr; i++)
		if (!strcmp(run.records[i].workload, "rand"))
			run.records[i].fu9 = run.records[i].ns_op / 1000;
	FILE *f = open_memstream(&text, &len);

	cr_assert_eq(screen_print(&run, paths, &style, f, err, sizeof(err)), 0, "%s", err);
	fclose(f);
	expect_golden(text, "screen");
	free(text);
	store_release(&run);
}

Test(sinks, a_narrow_screen_repeats_the_baseline)
{
	struct cmp_conf conf = t_cmp_defaults();
	const struct sink_style style = { .width = 90 };
	struct run_data run;
	char *text = NULL;
	size_t len = 0, names = 0;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	FILE *f = open_memstream(&text, &len);

	sink_term(t, &style, f);
	fclose(f);
	for (const char *p = strstr(text, "  linux-2.4  "); p; p = strstr(p + 1, "  linux-2.4  "))
		names++;
	cr_expect_eq(names, 2, "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Characters of the longest line. */
static size_t widest(const char *text)
{
	size_t most = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		most = n > most ? n : most;
		text += n + (text[n] != 0);
	}
	return most;
}

Test(sinks, where_an_interval_has_no_room_ratios_stand_alone)
{
	const struct sink_style style = { .width = 66 };
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;
	char *text = NULL;
	size_t len = 0;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	FILE *f = open_memstream(&text, &len);

	sink_term(t, &(struct sink_style){ .width = style.width, .quiet = true }, f);
	fclose(f);
	cr_expect_leq(widest(text), style.width, "%s", text);
	cr_expect_null(strchr(text, '['), "%s", text);
	cr_expect_not_null(strstr(text, "x0.30  faster"), "%s", text);
	cr_expect_not_null(strstr(text, "(x1.04)"), "%s", text);
	cr_expect_not_null(strstr(text, "in parentheses: not"), "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Six variants of long names, one with a path of its own. */
static void fill_wide(struct run_data *run)
{
	static const char *const names[] = { "linux-3.10",
					     "linux-2.4",
					     "linux-2.6.9",
					     "linux-3.10-nogroup",
					     "linux-3.10,pcp.batch=511",
					     "null" };
	struct t_cell cells[12];

	for (unsigned i = 0; i < 12; i++)
		cells[i] = (struct t_cell){ names[i % 6],
					    i < 6 ? "repeat" : "unmovable-drip",
					    0,
					    2,
					    100 + 20 * (i % 6),
					    -0.02,
					    8,
					    NULL,
					    "n" };
	t_run_fill(run, cells, 12, 1);
	for (size_t i = 0; i < run->nr; i++)
		run->records[i].fu9 = run->records[i].ns_op / 1000;
}

Test(sinks, a_screen_fits_and_begins_with_the_answers)
{
	static const struct screen_path paths[] = { { "pcp_hit", false }, { "pcp_refill", false },
						    { "split", false },	  { "compact_sync", true },
						    { "reclaim", true },  { NULL, false } };
	static const char *const blocks[] = { "Who is fastest?",
					      "Who fragments least?",
					      "What does the slow path cost?",
					      "\nvariant ",
					      "\nWHO IS FASTER ",
					      "\nWHAT AN ALLOCATION COSTS",
					      "\nWHO FRAGMENTS LESS ",
					      NULL };
	struct run_data run;

	fill_wide(&run);
	for (unsigned width = 80; width <= 200; width += 20) {
		const struct sink_style style = { .width = width };
		char *text = NULL, *at;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		cr_assert_eq(screen_print(&run, paths, &style, f, err, sizeof(err)), 0, "%s", err);
		fclose(f);
		cr_expect_leq(widest(text), width, "%u columns:\n%s", width, text);
		at = text;
		for (unsigned i = 0; blocks[i] && at; i++) {
			at = strstr(at, blocks[i]);
			cr_expect_not_null(at, "no %s in its place:\n%s", blocks[i], text);
		}
		free(text);
	}
	store_release(&run);
}

static char *folded(const char *text, unsigned width, unsigned used, unsigned indent)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);

	fold_text(text, width, used, indent, f);
	fclose(f);
	return out;
}

Test(sinks, text_is_broken_at_blanks)
{
	static const struct {
		const char *text;
		unsigned width, used, indent;
		const char *want;
	} cases[] = {
		{ "one two three", 0, 0, 0, "one two three" },
		{ "one two three", 9, 0, 2, "one two\n  three" },
		{ "one two three", 9, 3, 0, "one\ntwo three" },
		{ "  one  two\nthree\n", 10, 0, 4, "  one  two\nthree\n" },
		{ "one-long-word and", 5, 0, 1, "one-long-word\n and" },
		{ "\xc3\xa4\xc3\xa4\xc3\xa4 one", 7, 0, 0, "\xc3\xa4\xc3\xa4\xc3\xa4 one" },
		{ "", 5, 0, 0, "" },
		{ "one ", 3, 0, 0, "one\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *got = folded(cases[i].text, cases[i].width, cases[i].used, cases[i].indent);

		cr_expect_str_eq(got, cases[i].want, "case %zu", i);
		free(got);
	}
}

Test(sinks, colour_only_when_asked)
{
	struct cmp_conf conf = t_cmp_defaults();
	const struct sink_style style = { .colour = true };
	struct run_data run;
	char *text = NULL;
	size_t len = 0;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	FILE *f = open_memstream(&text, &len);

	sink_term(t, &style, f);
	fclose(f);
	cr_expect_not_null(strstr(text, "\033[32mfaster\033[0m"));
	cr_expect_not_null(strstr(text, "\033[31mslower\033[0m"));
	free(text);
	text = printed(t, "term");
	cr_expect_null(strchr(text, '\033'));
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Fields of one RFC 4180 line; returns where the next begins. */
static char *csv_fields(char *line, char **field, unsigned *nr, unsigned max)
{
	char *in = line, *out = line;

	for (*nr = 0; *nr < max;) {
		bool quoted = *in == '"';

		field[(*nr)++] = out;
		in += quoted;
		while (*in &&
		       (quoted ? !(in[0] == '"' && in[1] != '"') : *in != ',' && *in != '\r')) {
			in += quoted && *in == '"';
			*out++ = *in++;
		}
		in += quoted;
		char end = *in;

		in += 1 + (end == '\r');
		*out++ = 0;
		if (end != ',')
			break;
	}
	return in;
}

Test(sinks, csv_survives_commas_and_quotes)
{
	const struct t_cell cells[] = {
		{ "linux-3.10,pcp.batch=16", "a \"b\" w", 0, 1, 100, -0.01, 8, NULL, NULL },
		{ "plain", "a \"b\" w", 0, 1, 120, -0.01, 8, NULL, NULL },
	};
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;
	char *head[32], *field[32];
	unsigned nr_head, nr;

	t_run_fill(&run, cells, 2, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	char *text = printed(t, "csv");
	char *line = csv_fields(text, head, &nr_head, 32);

	cr_assert_str_eq(head[3], "variant");
	line = csv_fields(line, field, &nr, 32);
	cr_expect_eq(nr, nr_head);
	cr_expect_str_eq(field[0], "a \"b\" w");
	cr_expect_str_eq(field[3], "linux-3.10,pcp.batch=16");
	line = csv_fields(line, field, &nr, 32);
	cr_expect_eq(nr, nr_head);
	cr_expect_str_eq(head[9], "median");
	cr_expect_eq(strtod(field[9], NULL), cmp_at(t, 0, 0, 1)->median);
	cr_expect_str_eq(head[17], "verdict");
	cr_expect_str_eq(field[17], "slower");
	cr_expect_eq(*line, 0);
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, lkml_keeps_to_72_columns)
{
	const struct t_cell cells[] = {
		{ "linux-3.10,pcp.batch=16,pcp.high=96", "a-workload-with-a-very-long-name-indeed",
		  10, 64, 123456, -0.01, 8, NULL, "nu" },
		{ "b", "a-workload-with-a-very-long-name-indeed", 10, 64, 9999999, -0.01, 8, NULL,
		  NULL },
		{ "c", "w", 0, 1, 1e-5, -0.01, 8, NULL, NULL },
		{ "b", "w", 0, 1, 1e12, -0.01, 8, NULL, NULL },
		{ "linux-3.10,pcp.batch=16,pcp.high=96", "w", 0, 1, 0, -0.01, 8, "out-of-memory",
		  NULL },
	};
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, cells, 5, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	char *text = printed(t, "lkml");

	for (char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		cr_expect_leq(n, 72, "%.*s", (int)n, p);
		p += n + 1;
	}
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Lines up to a number of columns, of a block that begins with a text; none without it. */
static void expect_narrow(const char *text, const char *begin, size_t columns)
{
	const char *p = strstr(text, begin);

	cr_assert_not_null(p, "%s", text);
	while (*p) {
		size_t n = strcspn(p, "\n");

		cr_expect_leq(n, columns, "%.*s", (int)n, p);
		p += n + (p[n] != 0);
	}
}

/* Six variants of long names, and ratios from 3e-6 to 3e11. */
Test(sinks, means_keep_to_their_columns)
{
	static const char *const names[] = { "a", "linux-3.10,pcp.batch=511", "c", "d", "e", "f",
					     "g" };
	const struct sink_style style = { .width = 90, .means = true };
	struct t_cell cells[28];
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;
	char *text;
	size_t len;

	for (unsigned i = 0; i < 28; i++)
		cells[i] =
			(struct t_cell){ names[i % 7],
					 i < 14 ? "a-workload-with-a-very-long-name-indeed" : "w",
					 0,
					 i / 7 % 2 ? 64 : 1,
					 i % 7 == 1   ? 1e-5
					 : i % 7 == 2 ? 1e12
						      : 3,
					 -0.01,
					 4,
					 NULL,
					 "nu" };
	t_run_fill(&run, cells, 28, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	text = printed(t, "lkml");
	expect_narrow(text, "\nns_op, geometric mean of the ratios to [0]", 72);
	cr_expect_not_null(strstr(text, "\nthreads 64"), "%s", text);
	cr_expect_not_null(strstr(text, "  x3.33e+11"), "%s", text);
	free(text);
	FILE *f = open_memstream(&text, &len);

	sink_term_means(t, &style, f);
	fclose(f);
	expect_narrow(text, "geometric means", 90);
	cr_expect_not_null(strstr(text, "[1.000 1.000] un") ?: strstr(text, "x1.000 un"), "%s",
			   text);
	cr_expect_not_null(strstr(text, "\nthreads   64 "), "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* As the closing screen of a run: no block unless it is asked for. */
Test(sinks, no_means_unasked)
{
	static const char *const names[] = { "term", "md", "csv", "json", "lkml" };
	const struct sink_style style = { 0 };
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *text = NULL;
		size_t len = 0;
		FILE *f = open_memstream(&text, &len);

		sink_find(names[i])->print(t, &style, f);
		fclose(f);
		cr_expect_null(strstr(text, "mean"), "%s", text);
		free(text);
	}
	cmp_free(t);
	store_release(&run);
}

Test(sinks, json_is_one_object_with_every_cell)
{
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);
	char *text = printed(t, "json");
	json_t *o = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

	cr_assert_not_null(o);
	const json_t *metric = json_array_get(json_object_get(o, "metrics"), 0);
	const json_t *rows = json_object_get(metric, "rows");

	cr_expect_eq(json_array_size(rows), 6);
	const json_t *cells = json_object_get(json_array_get(rows, 5), "cells");

	cr_expect_eq(json_array_size(cells), 3);
	const json_t *mean = json_array_get(json_object_get(o, "means"), 0);

	cr_expect(json_is_null(json_object_get(mean, "axis")));
	cr_expect_eq(json_integer_value(json_object_get(mean, "rows")), 4);
	cr_expect_eq(json_integer_value(json_object_get(mean, "rows_all")), 6);
	cr_expect_eq(json_array_size(json_object_get(mean, "ratios")), 1);
	cr_expect_eq(json_integer_value(json_object_get(o, "regressions")), 1);
	json_decref(o);
	free(text);
	cmp_free(t);
	store_release(&run);
}

/* Each direction goes to its own file, and what has no value to none. */
Test(sinks, trackers_get_what_has_a_value_by_direction)
{
	static const char *const metrics[] = { "ns_op", "mops", "counter:dtlb_per_kop", NULL };
	static const struct {
		const char *sink;
		bool ns, mops;
	} want[] = { { "github-smaller", true, false },
		     { "github-bigger", false, true },
		     { "bencher", true, true } };
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;

	conf.metrics = metrics;
	t_run_fill(&run, t_golden, t_nr_golden, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		char *text = printed(t, want[i].sink);
		json_t *o = json_loads(text, 0, NULL);

		cr_assert_not_null(o, "%s", text);
		cr_expect_eq(strstr(text, "ns_op") != NULL, want[i].ns, "%s", text);
		cr_expect_eq(strstr(text, "mops") != NULL, want[i].mops, "%s", text);
		cr_expect_null(strstr(text, "dtlb_per_kop"), "%s", text);
		cr_expect_null(strstr(text, "order=3 threads=1 variant=linux-3.10"), "crashed");
		cr_expect_null(strstr(text, "simulated"), "%s", text);
		cr_expect_eq(json_is_array(o) ? json_array_size(o) : json_object_size(o), 12);
		json_decref(o);
		free(text);
	}
	t->simulated = true;
	char *text = printed(t, "bencher");

	cr_expect_not_null(strstr(text, "\"simulated workload=repeat order=0"), "%s", text);
	free(text);
	cmp_free(t);
	store_release(&run);
}

Test(sinks, ten_thousand_rows)
{
	enum { ROWS = 10001 };
	struct t_cell *cells = calloc(2 * ROWS, sizeof(*cells));
	struct cmp_conf conf = t_cmp_defaults();
	struct run_data run;
	size_t lines = 0;

	conf.stats.resamples = 200;
	for (unsigned i = 0; i < 2 * ROWS; i++)
		cells[i] = (struct t_cell){
			i % 2 ? "b" : "a", "w", 0, 1 + i / 2, 100, -0.01, 1, NULL, NULL
		};
	t_run_fill(&run, cells, 2 * ROWS, 1);
	struct cmp_table *t = t_cmp_build(&run, &conf);

	cr_assert_eq(t->nr_rows, ROWS);
	char *text = printed(t, "csv");

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	cr_expect_eq(lines, 2 * ROWS + 2, "all cells and one mean, of all rows");
	free(text);
	text = printed(t, "term");
	cr_expect_not_null(strstr(text, "\nw         0      10001"));
	free(text);
	cmp_free(t);
	store_release(&run);
	free(cells);
}

Test(sinks, numbers_have_four_digits)
{
	const struct {
		double value;
		const char *text;
	} want[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 0.5, "0.5000" },
		{ 9.99949, "9.999" },
		{ 9.9999, "10.00" },
		{ 99.999, "100.0" },
		{ 123.456, "123.5" },
		{ 1234.5, "1234" },
		{ 12345678, "1.23e+07" },
		{ 0.0001234, "0.000123" },
		{ 0.05234, "0.05234" },
		{ -1.5, "-1.500" },
		{ (double)NAN, "-" },
	};
	char out[SINK_NUMBER];

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		cr_expect_str_eq(sink_number(out, want[i].value), want[i].text);
}
