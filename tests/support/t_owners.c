/* SPDX-License-Identifier: GPL-2.0-only */
#include "tests/support/t_owners.h"

#include <string.h>

void t_owned_defaults(struct t_owned *t)
{
	memset(t, 0, sizeof(*t));
	t->conf = (struct own_conf){
		.nr_handles = 16384,
		.nr_tasks = 4,
		.nr_files = 4,
		.no_device = true,
		.device = { .fd = -1 },
	};
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	struct t_owned *t = data;

	t->conf.conf = &in->conf;
	t->conf.seed = t_seed();
	t->conf.device.seed = t_seed();
	t->own = own_new(&t->conf, in->why, sizeof(in->why));
	if (!t->own)
		return -1;
	own_host(t->own, host);
	t->host = *host;
	return 0;
}

int t_owned_up(struct t_owned *t, const char *variant, const char *machine)
{
	int rc = t_up_with(&t->in, variant, machine, make_host, t);

	if (!rc)
		own_attach(t->own, t->in.ops, t->in.pga);
	return rc;
}

void t_owned_down(struct t_owned *t)
{
	t_down(&t->in);
	own_delete(t->own);
	t->own = NULL;
}

uint64_t t_owned_stat(struct t_owned *t, enum own_stat stat)
{
	uint64_t val[OWN_NR_STATS];

	own_stats(t->own, val);
	return val[stat];
}
