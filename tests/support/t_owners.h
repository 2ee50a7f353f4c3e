/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance whose frames belong to owners. */
#ifndef TESTS_T_OWNERS_H
#define TESTS_T_OWNERS_H

#include "harness/engine/daemons.h"
#include "tests/support/t_instance.h"
#include "workloads/owners.h"

struct t_owned {
	struct t_instance in;
	struct own_conf conf; /* filled in by the test, conf and seed by t_owned_up */
	struct own *own;
	struct pga_host host;
	/* The mechanism's daemons, if wanted, on the last CPUs of each node. */
	bool with_daemons;
	enum bench_daemons mode;
	uint32_t hz;	  /* ticks of a real second; 0 = as conf says */
	atomic_bool stop; /* waits shall end */
	struct daemons *daemons;
	struct machine_daemon seats[T_MAX_NODES];
};

/** t_owned_defaults - a configuration without faults: 4 tasks, 4 files, no device. */
void t_owned_defaults(struct t_owned *t);

/**
 * t_owned_up - as t_up, with t->conf's owners as the host
 * Return: as t_up; t->in.why says why not.
 */
int t_owned_up(struct t_owned *t, const char *variant, const char *machine);
void t_owned_down(struct t_owned *t);

/** t_owned_stat - one counter of the owners. */
uint64_t t_owned_stat(struct t_owned *t, enum own_stat stat);

#endif
