/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/words.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *const names[] = { "linux-3.10", NULL,	"linux-2.4",
				     "null",	   "pcp.batch", "pcp.high" };
#define NR (sizeof(names) / sizeof(names[0]))

Test(words, nearest_name)
{
	static const struct {
		const char *word, *near; /* NULL: nothing is near */
	} cases[] = {
		{ "linux-3.10", "linux-3.10" },
		{ "linux-3.1", "linux-3.10" },
		{ "lniux-2.4", "linux-2.4" },
		{ "nul", "null" },
		{ "pcp.hihg", "pcp.high" },
		{ "batch", NULL },
		{ "pcp_batch", "pcp.batch" },
		{ "", NULL },
		{ "x", NULL },
		{ "completely-else", NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *near = pga_nearest(cases[i].word, names, NR);

		if (cases[i].near)
			cr_expect(near && !strcmp(near, cases[i].near), "'%s' gives '%s'",
				  cases[i].word, near ? near : "(none)");
		else
			cr_expect_null(near, "'%s' gives '%s'", cases[i].word, near);
	}
}

Test(words, distance_may_be_half_the_word)
{
	const char *const one[] = { "abcd" };

	cr_expect_not_null(pga_nearest("abxy", one, 1), "2 of 4");
	cr_expect_null(pga_nearest("axyz", one, 1), "3 of 4");
	cr_expect_not_null(pga_nearest("abx", one, 1), "2 of 3: half is rounded up");
}

Test(words, ties_go_to_the_first)
{
	const char *const two[] = { "cat", "hat" };

	cr_expect_str_eq(pga_nearest("bat", two, 2), "cat");
}

Test(words, long_words_do_not_overrun)
{
	char word[4096];

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	const char *const same[] = { word };

	cr_expect_eq(pga_nearest(word, same, 1), word);
	cr_expect_null(pga_nearest("bbbb", same, 1));
	cr_expect_null(pga_nearest("bbbb", same, 0));
}
