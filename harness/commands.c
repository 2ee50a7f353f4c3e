/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of subcommands. */
#include "harness/cmd.h"
#include "harness/opt.h"

#include <stdarg.h>
#include <stdio.h>

const struct bench_cmd bench_cmds[] = {
	{.name = NULL},
};

const struct opt_cmd *const opt_cmds[] = {
	NULL,
};

void bench_err(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "zonebench: %s\n", line);
}
