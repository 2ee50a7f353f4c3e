/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of workloads, and its check. */
#include "workloads/wl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct wl_ops *const wl_table[] = {
	NULL,
};

const struct wl_ops *wl_find(const char *name)
{
	for (const struct wl_ops *const *w = wl_table; *w; w++)
		if (!strcmp((*w)->name, name))
			return *w;
	return NULL;
}

int wl_param_index(const struct wl_ops *wl, const char *name)
{
	for (int i = 0; wl->params[i].name; i++)
		if (!strcmp(wl->params[i].name, name))
			return i;
	return -1;
}

int wl_registry_check(char *why, size_t len)
{
	(void)why;
	(void)len;
	return 0;
}
