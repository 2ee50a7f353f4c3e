/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/plugin.h"
#include "core/variants.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_row(const char *name)
{
	for (const struct pga_variant_row *r = pga_variants; r->name; r++)
		if (!strcmp(r->name, name))
			return true;
	return false;
}

/*
 * The ABI number comes first in what is tested and lies at a fixed place, so
 * that an object of another ABI is refused before more of it is read.
 */
static int vet(const char *file, const struct pga_ops *ops, char *err, size_t len)
{
	char why[256];

	if (pga_ops_check(ops, why, sizeof(why))) {
		snprintf(err, len, "plug-in %s: %s", file, why);
		return -EINVAL;
	}
	if (is_row(ops->name)) {
		snprintf(err, len, "plug-in %s: its name '%s' is taken by a built-in variant", file,
			 ops->name);
		return -EINVAL;
	}
	return 0;
}

int bench_plugin_load(const char *file, const struct pga_ops **ops, char *err, size_t len)
{
	char path[PATH_MAX];
	void *object, *symbol;
	int rc;

	*ops = NULL;
	rc = snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);
	if (rc >= (int)sizeof(path) || access(path, R_OK)) {
		rc = rc >= (int)sizeof(path) ? ENAMETOOLONG : errno;
		snprintf(err, len, "plug-in %.200s: %s", file, strerror(rc));
		return -rc;
	}
	object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!object) {
		snprintf(err, len, "plug-in %s cannot be loaded: %s", file, dlerror());
		return -ENOEXEC;
	}
	symbol = dlsym(object, BENCH_PLUGIN_SYMBOL);
	if (!symbol) {
		snprintf(err, len, "plug-in %s does not export %s", file, BENCH_PLUGIN_SYMBOL);
		dlclose(object);
		return -ENOEXEC;
	}
	rc = vet(file, symbol, err, len);
	if (rc) {
		dlclose(object);
		return rc;
	}
	*ops = symbol;
	return 0;
}
