/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the seam's enumerations, and the test of a mechanism's vtable. */
#include "core/pga.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct pga_stage_info pga_stages[PGA_NR_STAGES] = {
#define X(id, text, is_slow, note) \
	[PGA_ST_##id] = { .name = (text), .slow = (is_slow) != 0, .help = (note) },
	PGA_PATH_STAGES(X)
#undef X
};

const char *const pga_zone_type_names[PGA_NR_ZONE_TYPES] = {
	[PGA_ZONE_DMA] = "DMA",		[PGA_ZONE_DMA32] = "DMA32",
	[PGA_ZONE_NORMAL] = "Normal",	[PGA_ZONE_MOVABLE] = "Movable",
	[PGA_ZONE_HIGHMEM] = "HighMem",
};

const struct pga_type_info pga_types[PGA_NR_TYPES] = {
#define X(id, text, ch) [PGA_##id] = { .name = (text), .letter = (ch) },
	PGA_TYPES(X)
#undef X
};

const struct pga_stat_info pga_stat_infos[PGA_NR_STATS] = {
#define X(id, note) [PGA_STAT_##id] = { .name = #id, .help = (note) },
	PGA_STATS(X)
#undef X
};

const struct pga_event_info pga_event_infos[PGA_NR_EVENTS] = {
#define X(id, fa, fb, fc, fd) [PGA_EVENT_##id] = { .name = #id, .field = { fa, fb, fc, fd } },
	PGA_EVENTS(X)
#undef X
};

static int defect(char *why, size_t len, const char *ops, const char *what, const char *name)
{
	snprintf(why, len, "mechanism %s: %s%s", ops, what, name);
	return -EINVAL;
}

static int check_words(const struct pga_ops *ops, const struct pga_tunable *t, char *why,
		       size_t len)
{
	int64_t nr = 0;

	if ((t->type == PGA_TUN_WORD) != (t->words != NULL))
		return defect(why, len, ops->name, "words missing or stray for ", t->name);
	while (t->words && t->words[nr])
		nr++;
	if (t->type == PGA_TUN_WORD && (t->min < 0 || t->max >= nr))
		return defect(why, len, ops->name, "range beyond the words of ", t->name);
	if (t->type == PGA_TUN_BOOL && (t->min != 0 || t->max != 1))
		return defect(why, len, ops->name, "range is not 0..1 for ", t->name);
	return 0;
}

static int check_tunable(const struct pga_ops *ops, const struct pga_tunable *t, char *why,
			 size_t len)
{
	if (t->name[strcspn(t->name, "=, ")])
		return defect(why, len, ops->name, "'=', ',' or space in tunable ", t->name);
	if (!t->unit || !t->help)
		return defect(why, len, ops->name, "no unit or help for tunable ", t->name);
	if (t->type > PGA_TUN_WORD)
		return defect(why, len, ops->name, "unknown type of tunable ", t->name);
	if (t->def < t->min || t->def > t->max)
		return defect(why, len, ops->name, "default outside range of ", t->name);
	if (t->runtime && !ops->set)
		return defect(why, len, ops->name, "no set hook for run-time tunable ", t->name);
	for (const struct pga_tunable *o = ops->tunables; o < t; o++)
		if (!strcmp(o->name, t->name))
			return defect(why, len, ops->name, "two tunables are called ", t->name);
	return check_words(ops, t, why, len);
}

static int check_tunables(const struct pga_ops *ops, char *why, size_t len)
{
	unsigned nr = 0;

	for (const struct pga_tunable *t = ops->tunables; t->name; t++, nr++) {
		if (nr == PGA_MAX_TUNABLES)
			return defect(why, len, ops->name, "too many tunables", "");
		if (check_tunable(ops, t, why, len))
			return -EINVAL;
	}
	return 0;
}

int pga_ops_check(const struct pga_ops *ops, char *why, size_t len)
{
	if (ops->abi != PGA_ABI || ops->ops_size != sizeof(*ops)) {
		snprintf(why, len,
			 "built for ABI %u with %u bytes of ops; this zonebench has ABI %u and %zu",
			 ops->abi, ops->ops_size, PGA_ABI, sizeof(*ops));
		return -EINVAL;
	}
	if (!ops->name || !*ops->name || !ops->summary)
		return defect(why, len, "(unnamed)", "name or summary missing", "");
	if (ops->name[strspn(ops->name, "abcdefghijklmnopqrstuvwxyz0123456789.-_")])
		return defect(why, len, ops->name, "name has letters beyond a-z 0-9 . - _", "");
	if (!ops->nr_orders || ops->nr_orders > PGA_MAX_ORDERS)
		return defect(why, len, ops->name, "nr_orders out of range", "");
	if ((ops->nr_orders > 1) != !!(ops->caps & PGA_CAP_ORDERS))
		return defect(why, len, ops->name, "nr_orders and PGA_CAP_ORDERS disagree", "");
	const struct {
		const char *name;
		bool missing;
	} hooks[] = {
		{ "tunables", !ops->tunables },
		{ "meta_plan", !ops->meta_plan },
		{ "init", !ops->init },
		{ "fini", !ops->fini },
		{ "alloc", !ops->alloc },
		{ "free", !ops->free },
		{ "stats", !ops->stats },
		{ "check", !ops->check },
		{ "park", (ops->caps & PGA_CAP_THREADS) && !ops->park },
		{ "unpark", (ops->caps & PGA_CAP_THREADS) && !ops->unpark },
		{ "isolate", (ops->caps & PGA_CAP_ISOLATE) && !ops->isolate },
		{ "unisolate", (ops->caps & PGA_CAP_ISOLATE) && !ops->unisolate },
		{ "zone_types", (ops->caps & PGA_CAP_ZONES) && !ops->zone_types },
		{ "walk_queues", ops->queues && !ops->walk_queues },
		{ "put_page", ops->get_page && !ops->put_page },
		{ "zonelist", (ops->caps & PGA_CAP_NODES) && !ops->zonelist },
		{ "lru_add", (ops->caps & PGA_CAP_RECLAIM) && !ops->lru_add },
		{ "lru_del", (ops->caps & PGA_CAP_RECLAIM) && !ops->lru_del },
		{ "mark_accessed", (ops->caps & PGA_CAP_RECLAIM) && !ops->mark_accessed },
		{ "set_dirty", (ops->caps & PGA_CAP_RECLAIM) && !ops->set_dirty },
		{ "lru_count", (ops->caps & PGA_CAP_RECLAIM) && !ops->lru_count },
		{ "steps", (ops->caps & PGA_CAP_RECLAIM) && !ops->steps },
		{ "daemons", (ops->caps & PGA_CAP_RECLAIM) && !ops->daemons },
		{ "zone_info", (ops->caps & PGA_CAP_REAL) && !ops->zone_info },
		{ "zone_snap", (ops->caps & PGA_CAP_REAL) && !ops->zone_snap },
		{ "frame", (ops->caps & PGA_CAP_REAL) && !ops->frame },
	};

	for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++)
		if (hooks[i].missing)
			return defect(why, len, ops->name,
				      "required hook missing: ", hooks[i].name);
	return check_tunables(ops, why, len);
}
