/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of linux-2.4 and linux-2.6.9: policy, machine and environment.  In
 * that environment nothing is reclaimed, daemons sleep and being woken is only
 * counted, and the sleeps of one request are limited.
 */
#include "harness/palvec/palvec_legacy.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;
typedef struct bench_pv_legacy legacy_t;

const char *const bench_pv_queues[PV_ACTIVE + 1] = {
	[PV_CLEAN] = "inactive_clean",
	[PV_DIRTY] = "inactive_dirty",
	[PV_ACTIVE] = "active",
};

int bench_pv_grow(run_t *run, void **array, size_t nr, size_t *max, size_t size)
{
	size_t room = *max ? 2 * *max : 256;
	void *more;

	if (nr < *max)
		return 0;
	more = realloc(*array, room * size);
	if (!more)
		return bench_pv_malformed(run->r, "no memory");
	*array = more;
	*max = room;
	return 0;
}

/* --- policy --- */

/* A header's value of a tunable; word NULL: the number. */
struct setting {
	const char *name, *word;
	int64_t value;
};

static int apply(run_t *run, const struct setting *s)
{
	int i = pga_tunable_index(run->ops, s->name);
	const struct pga_tunable *t = &run->ops->tunables[i];
	int64_t value = s->value;

	if (i < 0)
		return bench_pv_malformed(run->r, "header: %s has no tunable %s", run->ops->name,
					  s->name);
	if (s->word)
		for (value = t->min; value <= t->max && strcmp(t->words[value], s->word) != 0;)
			value++;
	if (value < t->min || value > t->max)
		return bench_pv_malformed(
			run->r, "header: tunable %s of %s does not take '%.40s' (%" PRId64 ")",
			s->name, run->ops->name, s->word ? s->word : "", s->value);
	run->variant.policy[i] = value;
	return 0;
}

/* How linux-2.6.9 orders nodes, by variant. */
static const struct {
	const char *variant, *word;
} orders[] = {
	{ "numa", "distance" },
	{ "discontig", "ring" },
};

static int policy_26(run_t *run)
{
	const struct bench_pv_machine *m = run->m;
	const char *word = NULL;

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (!strcmp(orders[i].variant, m->variant))
			word = orders[i].word;
	if (!word)
		return bench_pv_malformed(run->r, "header: unknown variant '%.40s'", m->variant);
	const struct setting settings[] = {
		{ "zonelist.nodes", word, 0 },
		{ "zonelist.cpu_penalty", NULL, m->cpu_penalty },
		{ "zonelist.max_nodes", NULL, m->max_numnodes },
		{ "reclaim", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (apply(run, &settings[i]))
			return -1;
	return 0;
}

static int policy_24(run_t *run)
{
	const struct bench_pv_machine *m = run->m;
	const struct setting settings[] = {
		{ "nodes", m->variant, 0 },
		{ "balance.ratio.dma", NULL, m->ratio[0] },
		{ "balance.ratio.normal", NULL, m->ratio[1] },
		{ "balance.ratio.highmem", NULL, m->ratio[2] },
		{ "balance.min.dma", NULL, m->least[0] },
		{ "balance.min.normal", NULL, m->least[1] },
		{ "balance.min.highmem", NULL, m->least[2] },
		{ "balance.max.dma", NULL, m->most[0] },
		{ "balance.max.normal", NULL, m->most[1] },
		{ "balance.max.highmem", NULL, m->most[2] },
		{ "num_physpages", NULL, m->physpages },
		{ "pressure.floor", NULL, m->pressure_floor },
		{ "reclaim", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (apply(run, &settings[i]))
			return -1;
	return 0;
}

/* --- machine --- */

static int set_up(run_t *run, int (*policy)(run_t *run))
{
	char why[200];

	if (pga_variant_parse(&run->variant, run->m->model->variant, NULL, why, sizeof(why)))
		return bench_pv_malformed(run->r, "header: %s", why);
	run->ops = run->variant.ops;
	if (policy(run))
		return -1;
	bench_pv_conf(run);
	run->conf.pageblock_order = (uint8_t)(run->m->max_order - 1);
	run->conf.long_bits = (uint8_t)run->m->long_bits;
	run->conf.node_order = run->m->nr_node_order ? run->m->node_order : NULL;
	run->legacy = calloc(1, sizeof(*run->legacy));
	return run->legacy ? 0 : bench_pv_malformed(run->r, "no memory");
}

static int set_up_24(run_t *run)
{
	return set_up(run, policy_24);
}

static int set_up_26(run_t *run)
{
	return set_up(run, policy_26);
}

/* --- environment --- */

static void event(void *data, const struct pga_event *e)
{
	run_t *run = data;
	legacy_t *l = run->legacy;
	struct bench_pv_freed *last = l->nr_freed ? &l->freed[l->nr_freed - 1] : NULL;

	if (l->booted || e->id != PGA_EVENT_mm_page_free)
		return;
	if (last && last->order == e->order &&
	    last->pfn + (uint64_t)last->count * (1u << last->order) == e->pfn) {
		last->count++;
		return;
	}
	if (bench_pv_grow(run, (void **)&l->freed, l->nr_freed, &l->max_freed, sizeof(*l->freed)) ||
	    !l->freed)
		return;
	l->freed[l->nr_freed++] =
		(struct bench_pv_freed){ .pfn = e->pfn, .count = 1, .order = e->order };
}

static void wake(void *data, unsigned daemon, unsigned node)
{
	legacy_t *l = ((run_t *)data)->legacy;

	if (daemon < PV_NR_DAEMONS)
		l->wakes[daemon]++;
	if (!daemon && node < PV_MAX_NODES)
		l->kswapd[node]++;
}

/* Sleeps that the header's limit is about. */
static bool counts(const legacy_t *l, enum pga_wait kind)
{
	return kind == PGA_WAIT_CONGESTION ||
	       (l->limited && (kind == PGA_WAIT_KSWAPD || kind == PGA_WAIT_FREED));
}

static enum pga_answer wait_hook(void *data, enum pga_wait kind, uint32_t ticks, unsigned cpu)
{
	run_t *run = data;
	legacy_t *l = run->legacy;

	(void)ticks;
	(void)cpu;
	if (kind < PV_NR_WAITS)
		l->waits[kind]++;
	if (!counts(l, kind) || ++l->sleeps != run->m->retry_limit)
		return PGA_GO_ON;
	if (run->m->retry_oom)
		return PGA_NOW_MEMALLOC;
	l->gave_up = true;
	return PGA_GIVE_UP;
}

static void host(run_t *run, struct pga_host *h)
{
	(void)run;
	h->event = event;
	h->wake = wake;
	h->wait = wait_hook;
	h->evict = bench_pv_evict;
}

/* --- start and stop --- */

static int set(run_t *run, const char *name, int64_t value)
{
	int i = pga_tunable_index(run->ops, name);

	if (value < 0)
		return 0;
	if (i < 0 || run->ops->set(run->self, (unsigned)i, value))
		return bench_pv_malformed(run->r, "%s does not take %s %" PRId64, run->ops->name,
					  name, value);
	return 0;
}

static int make_owners(run_t *run)
{
	legacy_t *l = run->legacy;
	uint64_t end = 1;

	for (uint32_t i = 0; i < run->m->nr_zones; i++) {
		const struct pga_zone_conf *z = &run->m->zone[i];

		end = (uint64_t)z->start + z->span > end ? (uint64_t)z->start + z->span : end;
	}
	l->nr_owners = end;
	l->owner = calloc(end, sizeof(*l->owner));
	return l->owner ? 0 : bench_pv_malformed(run->r, "no memory");
}

static int started(run_t *run)
{
	legacy_t *l = run->legacy;
	int i = pga_tunable_index(run->ops, "min_free_kbytes");

	l->booted = true;
	if (i >= 0)
		l->auto_min_free = run->ops->get(run->self, (unsigned)i);
	for (unsigned c = PV_CLEAN; c <= PV_ACTIVE; c++)
		for (int8_t q = 0; run->ops->queues && run->ops->queues[q]; q++)
			if (!strcmp(run->ops->queues[q], bench_pv_queues[c]))
				l->queue[c] = (int8_t)(q + 1);
	return make_owners(run) || set(run, "min_free_kbytes", run->m->set_min_free) ||
			       set(run, "lower_zone_protection", run->m->set_protection)
		       ? -1
		       : 0;
}

static void stop(run_t *run)
{
	legacy_t *l = run->legacy;

	if (!l)
		return;
	free(l->freed);
	free(l->owner);
	free(l->clean);
	free(l->effect);
	free(l);
}

const struct bench_pv_model bench_pv_linux24 = {
	.model = "linux-2.4.0",
	.variant = "linux-2.4",
	.keys = bench_pv_24_keys,
	.complete = bench_pv_24_complete,
	.set_up = set_up_24,
	.host = host,
	.started = started,
	.stop = stop,
	.ops = bench_pv_24_ops,
	.facts = bench_pv_24_facts,
	.render = bench_pv_24_render,
	.dump = bench_pv_legacy_dump,
	.show = bench_pv_legacy_show,
	.effect = "r",
	.effects = bench_pv_effects,
	.record_effects = bench_pv_record_effects,
};

const struct bench_pv_model bench_pv_linux26 = {
	.model = "linux-2.6.9",
	.variant = "linux-2.6.9",
	.keys = bench_pv_26_keys,
	.complete = bench_pv_26_complete,
	.set_up = set_up_26,
	.host = host,
	.started = started,
	.stop = stop,
	.ops = bench_pv_26_ops,
	.facts = bench_pv_26_facts,
	.render = bench_pv_26_render,
	.dump = bench_pv_legacy_dump,
	.show = bench_pv_legacy_show,
	.effect = "r",
	.effects = bench_pv_effects,
	.record_effects = bench_pv_record_effects,
};
