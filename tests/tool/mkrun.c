/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes a synthetic run directory for the shell tests:
 * mkrun DIR VARIANT:WORKLOAD:ORDER:THREADS:MEDIAN:SPREAD:N[:STATUS[:FLAGS]]...
 */
#include "tests/support/t_run.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CELLS 64

static void parse(char *text, struct t_cell *c)
{
	char *field[9] = { NULL };
	unsigned nr = 0;

	for (char *w = strsep(&text, ":"); w && nr < 9; w = strsep(&text, ":"))
		field[nr++] = w;
	if (nr < 7) {
		fprintf(stderr, "mkrun: a cell has 7 to 9 fields, this one %u\n", nr);
		exit(2);
	}
	*c = (struct t_cell){
		.variant = field[0],
		.workload = field[1],
		.order = (unsigned)atoi(field[2]),
		.threads = (unsigned)atoi(field[3]),
		.median = atof(field[4]),
		.spread = atof(field[5]),
		.n = (unsigned)atoi(field[6]),
		.status = field[7] && field[7][0] ? field[7] : NULL,
		.flags = field[8],
	};
}

int main(int argc, char **argv)
{
	struct t_cell cells[MAX_CELLS];
	const char *seed = getenv("ZB_SEED");
	unsigned nr = 0;

	if (argc < 3 || argc - 2 > MAX_CELLS) {
		fprintf(stderr, "usage: mkrun DIR CELL... (1 to %d cells)\n", MAX_CELLS);
		return 2;
	}
	for (int i = 2; i < argc; i++)
		parse(argv[i], &cells[nr++]);
	t_run_write(argv[1], cells, nr, seed ? strtoull(seed, NULL, 0) : 1);
	return 0;
}
