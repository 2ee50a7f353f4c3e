/* SPDX-License-Identifier: GPL-2.0-only */
/* Subcommands of zonebench, their exit codes, and how they speak to the user. */
#ifndef HARNESS_CMD_H
#define HARNESS_CMD_H

#include <stddef.h>

#define ZB_VERSION "0.1"

enum bench_exit {
	EXIT_OK = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_REGRESSION = 3,
	EXIT_INCONCLUSIVE = 4,
	EXIT_SKIPPED = 77,
};

struct bench_cmd {
	const char *name; /* NULL ends the table */
	const char *summary;
	/* argv[0] is the subcommand's name. Returns enum bench_exit. */
	int (*run)(int argc, char **argv);
};
extern const struct bench_cmd bench_cmds[]; /* harness/cmd/commands.c */

/** bench_err - one line "zonebench: ..." on stderr, newline added. */
void bench_err(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
