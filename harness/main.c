/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench: dispatches to its subcommands. */
#include "core/variants.h"
#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "workloads/wl.h"

#include <stdio.h>
#include <string.h>

static void usage(FILE *f)
{
	fprintf(f, "usage: zonebench COMMAND [OPTION...]\n\n"
		   "Compares page-allocator policies on this machine.\n\n");
	for (const struct bench_cmd *c = bench_cmds; c->name; c++)
		fprintf(f, "  %-10s %s\n", c->name, c->summary);
	fprintf(f, "\nzonebench COMMAND --help describes a command.\n");
}

static int unknown(const char *word)
{
	const char *names[64];
	size_t nr = 0;

	for (const struct bench_cmd *c = bench_cmds; c->name && nr < 64; c++)
		names[nr++] = c->name;
	const char *near = pga_nearest(word, names, nr);

	if (near)
		bench_err("unknown command '%s'; did you mean '%s'?", word, near);
	else
		bench_err("unknown command '%s'; zonebench --help lists them", word);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	char why[256];

	if (pga_registry_check(why, sizeof(why)) || wl_registry_check(why, sizeof(why))) {
		bench_err("this build is broken: %s", why);
		return EXIT_FAILED;
	}
	if (argc < 2) {
		usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("zonebench %s\n", ZB_VERSION);
		return EXIT_OK;
	}
	for (const struct bench_cmd *c = bench_cmds; c->name; c++)
		if (!strcmp(argv[1], c->name))
			return c->run(argc - 1, argv + 1);
	return unknown(argv[1]);
}
