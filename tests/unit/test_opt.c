/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/opt.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

struct o {
	bool flag;
	const char *text;
	int64_t n;
	uint64_t size;
	int word;
	struct opt_list list;
};

static const char *const colours[] = { "red", "green", NULL };
static const struct opt table[] = {
	{ "flag", 'f', OPT_FLAG, offsetof(struct o, flag), NULL, "a flag", 0, 0, NULL },
	{ "text", 0, OPT_TEXT, offsetof(struct o, text), "T", "a text", 0, 0, NULL },
	{ "n", 'n', OPT_INT, offsetof(struct o, n), "N", "a number", 1, 9, NULL },
	{ "size", 0, OPT_SIZE, offsetof(struct o, size), "SIZE", "a size", 0, 1 << 30, NULL },
	{ "word", 0, OPT_WORD, offsetof(struct o, word), "WORD", "a word", 0, 0, colours },
	{ "item", 0, OPT_LIST, offsetof(struct o, list), "I", "an item", 0, 0, NULL },
	{ .name = NULL },
};
static const struct opt_cmd cmd = { "demo", "[FILE]", "A demonstration.", table, 0, 1 };

static int parse(struct o *out, const char **args, int argc, const char *const *argv)
{
	char *copy[16] = { 0 };

	for (int i = 0; i < argc; i++)
		copy[i] = strdup(argv[i]);
	int rc = opt_parse(&cmd, argc, copy, out, args);

	/* OPT_TEXT and arguments point into argv: leave them alive. */
	return rc;
}
#define PARSE(out, args, ...)                                                             \
	parse(out, args, (int)(sizeof((const char *[]){ __VA_ARGS__ }) / sizeof(char *)), \
	      (const char *[]){ __VA_ARGS__ })

Test(opt, every_type_reaches_its_field)
{
	struct o o = { 0 };
	const char *args[1] = { NULL };

	cr_assert_eq(PARSE(&o, args, "demo", "-f", "--text", "hello", "-n", "7", "--size=64MiB",
			   "--word", "green", "--item=a", "--item", "b", "file.yaml"),
		     1);
	cr_assert(o.flag);
	cr_assert_str_eq(o.text, "hello");
	cr_assert_eq(o.n, 7);
	cr_assert_eq(o.size, 64u << 20);
	cr_assert_eq(o.word, 1);
	cr_assert_eq(o.list.nr, 2);
	cr_assert_str_eq(o.list.item[1], "b");
	cr_assert_str_eq(args[0], "file.yaml");
}

Test(opt, bad_values_are_refused)
{
	const char *args[1];
	struct o o = { 0 };

	cr_redirect_stderr();
	cr_assert_eq(PARSE(&o, args, "demo", "-n", "10"), -1, "above the range");
	cr_assert_eq(PARSE(&o, args, "demo", "-n", "3x"), -1, "not a number");
	cr_assert_eq(PARSE(&o, args, "demo", "--size", "64Mi"), -1, "no such unit");
	cr_assert_eq(PARSE(&o, args, "demo", "--size", "2GiB"), -1, "above the range");
	cr_assert_eq(PARSE(&o, args, "demo", "--word", "blue"), -1, "no such word");
	cr_assert_eq(PARSE(&o, args, "demo", "--flog"), -1, "no such option");
	cr_assert_eq(PARSE(&o, args, "demo", "a", "b"), -1, "too many arguments");
	cr_assert_eq(o.n, 0, "a refused value is not stored");
}

Test(opt, unknown_option_names_the_nearest)
{
	const char *args[1];
	struct o o = { 0 };
	char line[256] = "";

	cr_redirect_stderr();
	cr_assert_eq(PARSE(&o, args, "demo", "--tex", "x"), 0, "a prefix is enough");
	cr_assert_eq(PARSE(&o, args, "demo", "--wrod", "red"), -1);
	fflush(stderr);
	FILE *err = cr_get_redirected_stderr();

	cr_assert_neq(fread(line, 1, sizeof(line) - 1, err), 0);
	cr_assert_not_null(strstr(line, "did you mean --word?"), "said: %s", line);
}

Test(opt, sizes)
{
	uint64_t n;

	cr_assert_eq(opt_size("4096", &n), 0);
	cr_assert_eq(n, 4096);
	cr_assert_eq(opt_size("64MB", &n), 0);
	cr_assert_eq(n, 64000000);
	cr_assert_eq(opt_size("1TiB", &n), 0);
	cr_assert_eq(n, 1ull << 40);
	cr_assert_eq(opt_size("-1", &n), -EINVAL);
	cr_assert_eq(opt_size("1.5GiB", &n), -EINVAL);
	cr_assert_eq(opt_size("99999999999TiB", &n), -ERANGE);
}
