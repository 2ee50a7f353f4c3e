/* SPDX-License-Identifier: GPL-2.0-only */
#include "core/assert.h"

#include <stdio.h>
#include <stdlib.h>

void pga_assert_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "zonebench: %s:%d: violated: %s\n", file, line, what);
	abort();
}
