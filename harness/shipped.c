/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/shipped.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool shipped_each(const struct shipped *s, bool (*visit)(const char *folder, void *data),
		  void *data)
{
	const char *env = getenv(s->env);
	char exe[PATH_MAX], folder[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	unsigned depth = 0;

	if (env && *env && visit(env, data))
		return true;
	exe[n > 0 ? n : 0] = '\0';
	for (char *slash; (slash = strrchr(exe, '/')); depth++) {
		*slash = '\0';
		snprintf(folder, sizeof(folder), "%s/%s", exe, s->source);
		if (visit(folder, data))
			return true;
		snprintf(folder, sizeof(folder), "%s/share/zonebench/%s", exe, s->installed);
		if (depth == 1 && visit(folder, data))
			return true;
	}
	return visit(s->source, data);
}
