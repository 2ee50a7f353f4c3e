/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/cmd/cmd.h"

#include <stdarg.h>
#include <stdio.h>

void bench_err(const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fprintf(stderr, "zonebench: %s\n", line);
}
