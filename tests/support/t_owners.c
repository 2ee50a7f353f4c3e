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

/* The CPU of a node that has @skip later ones of it; the first of the machine when it has none. */
static uint16_t last_cpu(const struct pga_conf *conf, unsigned node, unsigned skip)
{
	for (unsigned cpu = conf->nr_cpus; cpu--;)
		if (conf->cpu_node[cpu] == node && !skip--)
			return (uint16_t)cpu;
	return 0;
}

/* Each daemon on a CPU of its own of its node, from the last one downwards. */
static unsigned seat_daemons(struct t_owned *t)
{
	const struct pga_daemon *d = t->in.ops->daemons;
	const struct pga_conf *conf = &t->in.conf;
	unsigned nr = 0;

	for (unsigned i = 0; d && d[i].name; i++)
		for (unsigned node = 0; node < (d[i].global ? 1u : conf->nr_nodes); node++)
			if (nr < T_MAX_NODES)
				t->seats[nr++] = (struct machine_daemon){
					.cpu = last_cpu(conf, node, i),
					.node = (uint16_t)node,
					.daemon = (uint16_t)i,
				};
	return nr;
}

static int make_daemons(struct t_owned *t)
{
	const struct daemons_conf conf = {
		.mode = t->mode,
		.seats = t->seats,
		.nr_seats = seat_daemons(t),
		.hz = t->hz ? t->hz : t->in.conf.hz,
		.stop = &t->stop,
	};

	t->daemons = daemons_new(&conf);
	if (!t->daemons)
		return -1;
	daemons_env(t->daemons, &t->conf.env);
	return 0;
}

static int make_host(struct t_instance *in, struct pga_host *host, void *data)
{
	struct t_owned *t = data;

	if (t->with_daemons && make_daemons(t))
		return -1;
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

	if (rc)
		return rc;
	own_attach(t->own, t->in.ops, t->in.pga);
	return t->daemons ? daemons_start(t->daemons, t->in.ops, t->in.pga, t->own) : 0;
}

void t_owned_down(struct t_owned *t)
{
	daemons_free(t->daemons);
	t->daemons = NULL;
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
