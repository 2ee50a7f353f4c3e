/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_compare.h"

#include <stdio.h>
#include <stdlib.h>

const struct t_cell t_golden[] = {
	{ "linux-2.4", "repeat", 0, 1, 100, -0.02, 8, NULL, NULL },
	{ "linux-3.10", "repeat", 0, 1, 30, -0.02, 8, NULL, "n" },
	{ "null", "repeat", 0, 1, 1.5, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "repeat", 0, 2, 110, -0.005, 8, NULL, NULL },
	{ "linux-3.10", "repeat", 0, 2, 110.5, -0.005, 8, NULL, NULL },
	{ "null", "repeat", 0, 2, 1.5, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "bulk", 9, 1, 800, -0.02, 8, NULL, NULL },
	{ "linux-3.10", "bulk", 9, 1, 900, -0.02, 8, NULL, NULL },
	{ "linux-2.4", "bulk", 10, 1, 0, 0, 2, "unsupported", NULL },
	{ "linux-3.10", "bulk", 10, 1, 950, -0.02, 8, NULL, "mu" },
	{ "linux-2.4", "rand", 0, 1, 50, -0.1, 8, NULL, NULL },
	{ "linux-3.10", "rand", 0, 1, 52, -0.1, 5, NULL, NULL },
	{ "linux-2.4", "rand", 3, 1, 50, -0.01, 8, NULL, NULL },
	{ "linux-3.10", "rand", 3, 1, 0, 0, 8, "crashed", NULL },
};
const unsigned t_nr_golden = sizeof(t_golden) / sizeof(t_golden[0]);

struct cmp_conf t_cmp_defaults(void)
{
	return (struct cmp_conf){ .stats = STATS_CONF_DEFAULT };
}

struct cmp_table *t_cmp_build(const struct run_data *run, const struct cmp_conf *conf)
{
	const struct run_data *const runs[] = { run };
	struct cmp_table *t;
	char err[1024];

	if (!cmp_build(&t, runs, 1, conf, err, sizeof(err)))
		return t;
	fprintf(stderr, "%s\n", err);
	abort();
}
