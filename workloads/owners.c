/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of handles: made, given out, filled, verified, deleted. */
#include "workloads/owners_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE 64u
#define LINE_WORDS (PGA_LINE / sizeof(uint64_t))

const struct own_stat_info own_stat_infos[OWN_NR_STATS] = {
#define X(id, text) [OWN_STAT_##id] = { "own." #id, text },
	OWN_STATS(X)
#undef X
};

static uint32_t frames_of(const struct pga_conf *conf)
{
	const struct pga_zone_conf *last = &conf->zones[conf->nr_zones - 1];
	uint32_t end = 0;

	for (const struct pga_zone_conf *z = conf->zones; z <= last; z++)
		if (z->start + z->span > end)
			end = z->start + z->span;
	return end;
}

static uint32_t groups_of(const struct own_conf *conf)
{
	return conf->nr_tasks + conf->nr_files + conf->conf->nr_cpus + conf->conf->nr_nodes;
}

/* Each CPU may keep some handles to itself. */
static uint32_t handles_of(const struct own_conf *conf)
{
	return conf->nr_handles + conf->conf->nr_cpus * 2 * OWN_BATCH;
}

uint64_t own_bytes(const struct own_conf *conf)
{
	uint64_t per_frame = sizeof(uint32_t) + (conf->backing ? 0 : sizeof(uint64_t));

	return sizeof(struct own) + handles_of(conf) * sizeof(struct own_handle) +
	       groups_of(conf) * sizeof(struct own_group) +
	       conf->conf->nr_cpus * sizeof(struct own_cpu) + frames_of(conf->conf) * per_frame;
}

static const char *conf_defect(const struct own_conf *conf)
{
	if (!conf->nr_handles || conf->nr_handles > UINT32_MAX / 2)
		return "nr_handles: 1 to 2^31";
	if (conf->nr_tasks > OWN_MAX_GROUPS || conf->nr_files > OWN_MAX_GROUPS)
		return "tasks and files: at most 4096 each";
	if (conf->device.fd >= 0 && !conf->no_device &&
	    (!conf->backing || conf->device.frame_bytes != 1u << conf->conf->page_shift))
		return "a device with a file needs backed frames of its own size";
	return NULL;
}

static void *zeroed(size_t nr, size_t size)
{
	void *p = aligned_alloc(PGA_LINE, (nr * size + PGA_LINE - 1) / PGA_LINE * PGA_LINE);

	if (p)
		memset(p, 0, nr * size);
	return p;
}

static bool take_memory(struct own *o)
{
	o->handle = calloc(o->nr_handles + 1ul, sizeof(*o->handle));
	o->group = zeroed(o->nr_groups, sizeof(*o->group));
	o->cpu = zeroed(o->conf.conf->nr_cpus, sizeof(*o->cpu));
	o->rmap = calloc(o->frames + 1ul, sizeof(*o->rmap));
	if (!o->conf.backing)
		o->tags = calloc(o->frames + 1ul, sizeof(*o->tags));
	if (!o->conf.no_device)
		o->dev = dev_new(&o->conf.device);
	return o->handle && o->group && o->cpu && o->rmap && (o->tags || o->conf.backing) &&
	       (o->dev || o->conf.no_device);
}

static void lay_out(struct own *o)
{
	const struct own_conf *conf = &o->conf;

	o->first_kernel = conf->nr_tasks + conf->nr_files;
	o->first_slab = o->first_kernel + conf->conf->nr_cpus;
	for (uint32_t g = 0; g < o->nr_groups; g++)
		o->group[g].head = o->group[g].tail = OWN_NONE;
	for (uint32_t c = 0; c < conf->conf->nr_cpus; c++)
		o->cpu[c].free = o->cpu[c].task = OWN_NONE;
	for (uint32_t h = 0; h < o->nr_handles; h++) {
		o->handle[h].pfn = PGA_NIL;
		o->handle[h].next = h + 1 < o->nr_handles ? h + 1 : OWN_NONE;
	}
	o->content = conf->backing ? conf->backing : (char *)o->tags;
	o->stride = conf->backing ? (size_t)1 << conf->conf->page_shift : sizeof(*o->tags);
	o->words = 1;
	if (conf->backing)
		o->words = (unsigned)(conf->content == OWN_PAGE ? o->stride / sizeof(uint64_t)
								: LINE_WORDS);
}

struct own *own_new(const struct own_conf *conf, char *why, size_t len)
{
	const char *defect = conf_defect(conf);
	struct own *o = defect ? NULL : zeroed(1, sizeof(*o));

	if (defect) {
		snprintf(why, len, "owners: %s", defect);
		return NULL;
	}
	if (o) {
		o->conf = *conf;
		if (!o->conf.patience)
			o->conf.patience = PATIENCE;
		o->nr_handles = handles_of(conf);
		o->nr_groups = groups_of(conf);
		o->frames = frames_of(conf->conf);
	}
	if (!o || !take_memory(o)) {
		own_delete(o);
		snprintf(why, len, "owners: no memory for %llu bytes",
			 (unsigned long long)own_bytes(conf));
		return NULL;
	}
	lay_out(o);
	return o;
}

void own_delete(struct own *o)
{
	if (!o)
		return;
	dev_free(o->dev);
	free(o->handle);
	free(o->group);
	free(o->cpu);
	free(o->rmap);
	free(o->tags);
	free(o);
}

void own_attach(struct own *o, const struct pga_ops *ops, struct pga *pga)
{
	o->ops = ops;
	o->pga = pga;
}

/* Words differ by a constant, so that a stray or shifted word is found. */
#define STEP 0x9e3779b97f4a7c15u

static uint64_t key_of(const struct own *o, uint32_t h, uint32_t ver)
{
	return own_mix(o->conf.seed ^ own_mix((uint64_t)h << 32 | ver));
}

void own_fill(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned order, uint32_t ver)
{
	uint64_t value = key_of(o, h, ver);

	for (uint32_t f = 0; f < 1u << order; f++) {
		uint64_t *word = (uint64_t *)(void *)own_bytes_of(o, pfn + f);

		for (unsigned w = 0; w < o->words; w++, value += STEP)
			word[w] = value;
	}
}

bool own_verify(struct own *o, uint32_t h, pga_pfn_t pfn, unsigned order, uint32_t ver)
{
	uint64_t value = key_of(o, h, ver), differs = 0;

	for (uint32_t f = 0; f < 1u << order; f++) {
		const uint64_t *word = (const uint64_t *)(const void *)own_bytes_of(o, pfn + f);

		for (unsigned w = 0; w < o->words; w++, value += STEP)
			differs |= word[w] ^ value;
	}
	if (differs)
		own_count(o, OWN_STAT_corrupt);
	return !differs;
}

void own_stats(struct own *o, uint64_t *val)
{
	for (unsigned s = 0; s < OWN_NR_STATS; s++) {
		val[s] = pga_load(&o->stat[s]);
		for (unsigned c = 0; c < o->conf.conf->nr_cpus; c++)
			val[s] += pga_load(&o->cpu[c].stat[s]);
	}
}

uint64_t own_frames(struct own *o)
{
	uint64_t frames = 0;

	for (uint32_t g = 0; g < o->nr_groups; g++)
		frames += pga_load(&o->group[g].frames);
	return frames;
}

uint64_t own_swapped(struct own *o)
{
	return pga_load(&o->swap_used);
}
