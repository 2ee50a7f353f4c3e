/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One option table per subcommand feeds the parser, --help, docs/OPTIONS.md
 * and the manifest.  Parsing itself is argp's.
 */
#ifndef HARNESS_OPT_H
#define HARNESS_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum opt_type {
	OPT_FLAG, /* bool *: set to true */
	OPT_TEXT, /* const char **: points into argv */
	OPT_INT,  /* int64_t *: decimal or 0x, inside min..max */
	OPT_SIZE, /* uint64_t *: bytes, suffixes KiB MiB GiB TiB (KB.. = powers of ten) */
	OPT_WORD, /* int *: index into words */
	OPT_LIST, /* struct opt_list *: may be given several times */
};

#define OPT_LIST_MAX 32
struct opt_list {
	unsigned nr;
	const char *item[OPT_LIST_MAX];
};

struct opt {
	const char *name; /* long option without dashes; NULL ends the table */
	char letter;	  /* short option, 0 = none */
	enum opt_type type;
	size_t offset;		  /* into the command's option struct */
	const char *arg;	  /* "N", "DIR"; NULL for flags */
	const char *help;	  /* unit and default in words */
	int64_t min, max;	  /* INT, SIZE */
	const char *const *words; /* WORD, NULL-terminated */
};

struct opt_cmd {
	const char *name;    /* "run" */
	const char *args;    /* "[MATRIX.yaml]"; "" */
	const char *summary; /* one line */
	const struct opt *table;
	unsigned min_args, max_args; /* positional arguments */
};

/**
 * opt_parse - parse argv by a table
 * @out: the command's option struct, holding the defaults on entry
 * @args: gets the positional arguments; [cmd->max_args]
 * Return: number of positional arguments; -1 after a message on stderr (the
 * caller returns EXIT_USAGE); -2 after --help (the caller returns EXIT_OK).
 */
int opt_parse(const struct opt_cmd *cmd, int argc, char **argv, void *out, const char **args);

/** opt_size - "64MiB" to bytes. 0, or -EINVAL / -ERANGE. */
int opt_size(const char *text, uint64_t *bytes);

/** opt_print_markdown - the table as docs/OPTIONS.md shows it. */
void opt_print_markdown(const struct opt_cmd *cmd, FILE *f);

/* Every command's table, for docs and the test that compares them. */
extern const struct opt_cmd *const opt_cmds[]; /* NULL-terminated */

#endif
