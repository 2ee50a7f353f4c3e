/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of workloads, and its check. */
#include "workloads/wl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

extern const struct wl_ops wl_repeat, wl_bulk, wl_rand, wl_outstanding, wl_prodcons, wl_spill,
	wl_holes, wl_highalloc, wl_pressure, wl_unmovable_drip, wl_oom, wl_cma, wl_local_vs_reclaim,
	wl_trace, wl_trace_owned, wl_ageing, wl_every_other, wl_hole_punch, wl_pin_first,
	wl_highorder_frag, wl_frag, wl_fill_sweep, wl_mixed, wl_kernel_build, wl_server_churn,
	wl_phase_shift, wl_order_fallback, wl_adversary, wl_antagonist, wl_inefficient_reader,
	wl_remote_free, wl_tenant, wl_node_churn, wl_tiering;

const struct wl_ops *const wl_table[] = {
	&wl_repeat,
	&wl_bulk,
	&wl_rand,
	&wl_outstanding,
	&wl_prodcons,
	&wl_spill,
	&wl_remote_free,
	&wl_tenant,
	&wl_node_churn,
	&wl_tiering,
	&wl_holes,
	&wl_highalloc,
	&wl_pressure,
	&wl_unmovable_drip,
	&wl_oom,
	&wl_cma,
	&wl_local_vs_reclaim,
	&wl_trace,
	&wl_trace_owned,
	&wl_ageing,
	&wl_every_other,
	&wl_hole_punch,
	&wl_pin_first,
	&wl_highorder_frag,
	&wl_frag,
	&wl_fill_sweep,
	&wl_mixed,
	&wl_kernel_build,
	&wl_server_churn,
	&wl_phase_shift,
	&wl_order_fallback,
	&wl_adversary,
	&wl_antagonist,
	&wl_inefficient_reader,
	NULL,
};

const struct wl_ops *wl_find(const char *name)
{
	for (const struct wl_ops *const *w = wl_table; *w; w++)
		if (!strcmp((*w)->name, name))
			return *w;
	return NULL;
}

int wl_param_index(const struct wl_ops *wl, const char *name)
{
	for (int i = 0; wl->params[i].name; i++)
		if (!strcmp(wl->params[i].name, name))
			return i;
	return -1;
}

void wl_param_defaults(const struct wl_ops *wl, int64_t *param)
{
	memset(param, 0, WL_MAX_PARAMS * sizeof(*param));
	for (unsigned i = 0; wl->params[i].name; i++)
		param[i] = wl->params[i].def;
}

static const char *params_defect(const struct wl_param *params)
{
	unsigned i = 0;

	for (const struct wl_param *p = params; p->name; p++, i++) {
		if (i == WL_MAX_PARAMS)
			return "too many parameters";
		if (!p->unit || !p->help)
			return "parameter without unit or help";
		if (p->def < p->min || p->def > p->max)
			return "default of a parameter outside its range";
		if ((p->type == WL_WORD) != (p->words != NULL))
			return "words of a parameter missing or stray";
		for (const struct wl_param *q = params; q < p; q++)
			if (!strcmp(p->name, q->name))
				return "two parameters of one name";
	}
	if (i < WL_P_OWN || strcmp(params[WL_P_TYPE].name, "type") != 0 ||
	    strcmp(params[WL_P_TOUCH_BY].name, "touch-by") != 0)
		return "the common parameters must come first";
	return NULL;
}

static const char *phases_defect(const struct wl_ops *wl)
{
	unsigned nr = 0, timed = 0;

	for (; wl->phases[nr].name; nr++) {
		if (nr == WL_MAX_PHASES)
			return "too many phases";
		timed += wl->phases[nr].timed;
	}
	if (!timed)
		return "no timed phase";
	if (wl->target && wl->target_phase >= nr)
		return "target after a phase that does not exist";
	return NULL;
}

static const char *row_defect(const struct wl_ops *const *row)
{
	const struct wl_ops *wl = *row;

	if (!wl->summary || !wl->params || !wl->phases || !wl->slots || !wl->step || !wl->teardown)
		return "a required member is missing";
	if (!wl->min_threads || !wl->threads_multiple || !wl->min_nodes)
		return "min_threads, threads_multiple and min_nodes start at 1";
	if (!wl->version)
		return "versions start at 1";
	for (const struct wl_ops *const *w = wl_table; w < row; w++)
		if (!strcmp((*w)->name, wl->name))
			return "the name is taken";
	const char *defect = params_defect(wl->params);

	return defect ? defect : phases_defect(wl);
}

int wl_registry_check(char *why, size_t len)
{
	for (const struct wl_ops *const *w = wl_table; *w; w++) {
		const char *defect = (*w)->name && *(*w)->name ? row_defect(w) : "no name";

		if (defect) {
			snprintf(why, len, "workload %s: %s", (*w)->name ? (*w)->name : "(unnamed)",
				 defect);
			return -EINVAL;
		}
	}
	return 0;
}
