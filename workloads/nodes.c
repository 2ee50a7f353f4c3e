/* SPDX-License-Identifier: GPL-2.0-only */
#include "workloads/nodes.h"

uint64_t wl_node_frames(const struct pga_conf *conf, unsigned node)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < conf->nr_zones; z++)
		if (conf->zones[z].node == node)
			frames += conf->zones[z].span;
	return frames;
}

unsigned wl_node_of(const struct pga_conf *conf, pga_pfn_t pfn)
{
	unsigned z = 0;

	while (z + 1u < conf->nr_zones && pfn - conf->zones[z].start >= conf->zones[z].span)
		z++;
	return conf->zones[z].node;
}

uint64_t wl_node_free(const struct wl_run *run, unsigned node)
{
	uint64_t frames = 0;

	for (unsigned z = 0; z < run->conf->nr_zones; z++) {
		struct pga_zone_snap snap = { 0 };

		if (run->conf->zones[z].node != node)
			continue;
		run->ops->zone_snap(run->pga, z, &snap);
		frames += snap.nr_free_exact;
	}
	return frames;
}

static uint64_t zone_slack(const struct wl_run *run, unsigned zone)
{
	struct pga_zone_info info = { 0 };
	uint64_t reserve = 0;

	run->ops->zone_info(run->pga, zone, &info);
	for (unsigned t = 0; t < PGA_NR_ZONE_TYPES; t++)
		if (info.lowmem_reserve[t] > reserve)
			reserve = info.lowmem_reserve[t];
	return info.wmark[2] + reserve +
	       (uint64_t)run->conf->nr_cpus * (info.pcp_batch + info.stat_threshold);
}

uint64_t wl_node_slack(const struct wl_run *run, unsigned node)
{
	uint64_t slack = 0;

	for (unsigned z = 0; z < run->conf->nr_zones; z++)
		if (run->conf->zones[z].node == node)
			slack += zone_slack(run, z);
	return slack;
}

bool wl_node_is_full(const struct wl_run *run, unsigned node)
{
	for (unsigned z = 0; z < run->conf->nr_zones; z++) {
		struct pga_zone_snap snap = { 0 };

		if (run->conf->zones[z].node != node)
			continue;
		run->ops->zone_snap(run->pga, z, &snap);
		if (snap.nr_free_exact > zone_slack(run, z))
			return false;
	}
	return true;
}

bool wl_falls_back(const struct wl_run *run, unsigned node)
{
	uint16_t zones[PGA_MAX_ZONES];
	unsigned nr;

	if (!run->ops->zonelist)
		return true;
	nr = run->ops->zonelist(run->pga, node, false, zones, PGA_MAX_ZONES);
	for (unsigned i = 0; i < nr; i++)
		if (run->conf->zones[zones[i]].node != node)
			return true;
	return false;
}

unsigned wl_remote_shift(const struct wl_run *run, unsigned *nr_remote)
{
	unsigned best = 0;

	*nr_remote = 0;
	for (unsigned shift = 1; shift < run->nr_threads; shift++) {
		unsigned nr = 0;

		for (unsigned i = 0; i < run->nr_threads; i++)
			nr += wl_thread_node(&run->threads[i]) !=
			      wl_thread_node(&run->threads[(i + shift) % run->nr_threads]);
		if (nr > *nr_remote) {
			*nr_remote = nr;
			best = shift;
		}
	}
	return best;
}
