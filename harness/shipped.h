/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the files that come with zonebench lie: matrices, event groups, traces. */
#ifndef HARNESS_SHIPPED_H
#define HARNESS_SHIPPED_H

#include <stdbool.h>

/* One kind of files. */
struct shipped {
	const char *env;       /* variable that names a folder to look into first */
	const char *source;    /* folder in the source tree, "harness/counters" */
	const char *installed; /* folder below share/zonebench */
};

/**
 * shipped_each - call @visit with each folder in turn until it returns true
 * The one that the variable names, those of the source tree around the binary,
 * the installed one beside the binary's folder, the one in the working
 * directory; whether they exist is the visitor's to find out.  Any thread.
 * Return: what the last call returned.
 */
bool shipped_each(const struct shipped *s, bool (*visit)(const char *folder, void *data),
		  void *data);

#endif
