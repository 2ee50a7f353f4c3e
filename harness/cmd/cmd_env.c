/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench env: the environment of a measurement, and what may disturb it. */
#include "harness/cmd/cmd_env.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "harness/opt.h"
#include "results/env.h"

#include <stdlib.h>
#include <string.h>

struct env_opts {
	bool json;
};

static const struct opt table[] = {
	{ .name = "json",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct env_opts, json),
	  .help = "print one JSON object" },
	{ .name = NULL },
};

const struct opt_cmd opt_env = {
	.name = "env",
	.args = "[check]",
	.summary =
		"Show the environment of a measurement; check: what in it may disturb one, and the "
		"command that would change it. Nothing is changed.",
	.table = table,
	.max_args = 1,
};

/* A new array of objects: key, what, cure. */
static json_t *doubts_json(const struct env_doubt *d, unsigned nr)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < nr; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "key", d[i].key, "what",
						      d[i].what, "cure", d[i].cure));
	return list;
}

static int print_json(json_t *j)
{
	int rc = json_dumpf(j, stdout, JSON_INDENT(2));

	putchar('\n');
	json_decref(j);
	if (rc || fflush(stdout)) {
		bench_err("cannot write to standard output");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static void print_doubts(const struct env_doubt *d, unsigned nr)
{
	for (unsigned i = 0; i < nr; i++)
		printf("%s: %s\n    %s\n", d[i].key, d[i].what, d[i].cure);
	if (nr)
		printf("%u doubts; nothing was changed\n", nr);
	else
		printf("no doubts\n");
}

int cmd_env(int argc, char **argv)
{
	static const char *const words[] = { "check" };
	struct env_doubt doubts[ENV_MAX_DOUBTS];
	struct env_opts o = { false };
	const char *arg = NULL;
	int nr = opt_parse(&opt_env, argc, argv, &o, &arg);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (nr == 1 && strcmp(arg, words[0]) != 0) {
		bool near = pga_nearest(arg, words, 1) != NULL;

		bench_err("env: unknown word '%s'; %s'check'%s", arg,
			  near ? "did you mean " : "the only one is ", near ? "?" : "");
		return EXIT_USAGE;
	}

	json_t *env = env_capture();
	int rc = EXIT_OK;

	if (nr == 1) {
		unsigned n = env_doubts(env, doubts);

		if (o.json)
			rc = print_json(doubts_json(doubts, n));
		else
			print_doubts(doubts, n);
	} else if (o.json) {
		rc = print_json(json_incref(env));
	} else {
		env_print(env, stdout);
	}
	json_decref(env);
	return rc;
}
