/* SPDX-License-Identifier: GPL-2.0-only */
/* --filter of the commands that show the cells of a run. */
#ifndef HARNESS_CELL_FILTER_H
#define HARNESS_CELL_FILTER_H

#include "harness/opt.h"
#include "results/record.h"

/* The row of an option table; @owner has a struct opt_list filter. */
#define CELL_FILTER_OPTION(owner)                                                          \
	{                                                                                  \
		.name = "filter", .letter = 'f', .type = OPT_LIST,                         \
		.offset = offsetof(owner, filter), .arg = "KEY=VALUE",                     \
		.help = "only cells with this value of variant, workload, params, order, " \
			"threads, "                                                        \
			"placement or memory; all that are given hold"                     \
	}

/** cell_filter_check - are they filters? Else false, after one line on stderr. */
bool cell_filter_check(const char *command, const struct opt_list *filter);

/** cell_filter_fits - does the record's cell have all values? @filter was checked. */
bool cell_filter_fits(const struct record *r, const struct opt_list *filter);

/** term_utf8 - does the terminal's locale show more than ASCII? For one thread. */
bool term_utf8(void);

#endif
