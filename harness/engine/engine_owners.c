/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners and daemons around a pass. */
#include "harness/engine/engine_owners.h"
#include "harness/engine/daemons.h"
#include "harness/kernel/events.h"
#include "harness/matrix/sizing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void eng_owners_conf(const struct bench_cell *cell, const struct wl_run *run, struct own_conf *conf)
{
	*conf = (struct own_conf){
		.nr_handles = (uint32_t)run->frames,
		.nr_tasks = cell->threads,
		.nr_files = cell->threads,
		.device = { .latency = cell->device.latency,
			    .bandwidth = cell->device.bandwidth,
			    .error_ppm = cell->device.error_ppm,
			    .fd = -1,
			    .frame_bytes = 1u << run->conf->page_shift },
		.content = cell->memory.touch == WL_TOUCH_PAGE ? OWN_PAGE : OWN_LINE,
		.conf = run->conf,
	};
	if (cell->wl->owners)
		cell->wl->owners(run, conf);
}

static int conf_of(const struct engine *e, struct own_conf *conf)
{
	struct wl_run run = { .threads = sizing_threads(e->cell->threads) };

	if (!run.threads)
		return -ENOMEM;
	sizing_run(&run, e->cell, e->m);
	eng_owners_conf(e->cell, &run, conf);
	free(run.threads);
	conf->seed = e->seed;
	conf->device.seed = e->seed;
	conf->backing = e->cell->memory.touch == WL_TOUCH_NONE ? NULL : e->frames.addr;
	return 0;
}

static int open_file(struct engine *e, struct own_conf *conf, char *why, size_t len)
{
	e->device_fd = open(e->cell->device.file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (e->device_fd < 0) {
		snprintf(why, len, "device file %s: %s", e->cell->device.file, strerror(errno));
		return -EINVAL;
	}
	e->has_device = true;
	conf->device.fd = e->device_fd;
	return 0;
}

int eng_owners_up(struct engine *e, const atomic_bool *stop, char *why, size_t len)
{
	struct own_conf conf;
	const struct daemons_conf daemons = {
		.mode = e->cell->daemons,
		.topo = e->topo,
		.seats = e->m->daemons,
		.nr_seats = e->m->nr_daemons,
		.hz = e->m->conf.hz,
		.stop = stop,
	};

	if (!e->cell->wl->needs_host)
		return 0;
	e->daemons = daemons_new(&daemons);
	if (!e->daemons || conf_of(e, &conf)) {
		snprintf(why, len, "no memory for %u daemons", e->m->nr_daemons);
		return -ENOMEM;
	}
	daemons_env(e->daemons, &conf.env);
	if (e->events) {
		conf.env.event = events_hook;
		conf.env.event_data = e->events;
	}
	if (e->cell->device.file && open_file(e, &conf, why, len))
		return -EINVAL;
	e->own = own_new(&conf, why, len);
	return e->own ? 0 : -EINVAL;
}

int eng_owners_start(struct engine *e, const struct pga_ops *ops, char *why, size_t len)
{
	if (!e->own)
		return 0;
	own_attach(e->own, ops, e->pga);
	if (!daemons_start(e->daemons, e->ops, e->pga, e->own))
		return 0;
	snprintf(why, len, "threads for %u daemons could not be started", e->m->nr_daemons);
	return -EAGAIN;
}

int eng_owners_stop(struct engine *e, struct engine_pass *pass, char *why, size_t len)
{
	char what[160] = "";

	if (!e->own)
		return 0;
	daemons_stop(e->daemons);
	own_settle(e->own);
	own_stats(e->own, pass->own);
	pass->has_own = true;
	pass->daemon_steps = daemons_steps(e->daemons);
	pass->daemon_wakes = daemons_wakes(e->daemons);
	pass->daemons_placed = daemons_placed(e->daemons, &pass->daemon_seats);
	if (!own_check(e->own, what, sizeof(what)))
		return 0;
	snprintf(why, len, "owners: %s", what);
	return -EUCLEAN;
}

void eng_owners_clear(struct engine *e)
{
	if (e->own)
		own_free_all(e->own, e->m->threads[0].cpu);
}

void eng_owners_down(struct engine *e)
{
	daemons_free(e->daemons);
	own_delete(e->own);
	if (e->has_device)
		close(e->device_fd);
	e->has_device = false;
	e->daemons = NULL;
	e->own = NULL;
}
