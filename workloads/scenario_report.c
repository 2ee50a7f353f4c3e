/* SPDX-License-Identifier: GPL-2.0-only */
/* What a scenario has to tell: costs, shares of paths, targets, by phase and actor. */
#include "workloads/own_step.h"
#include "workloads/scenario_int.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static uint64_t ops_of(const uint64_t *ops)
{
	uint64_t allocs = ops[WL_OP_ALLOC], frees = ops[WL_OP_FREE];

	return ops[WL_OP_PAIR] + ops[WL_OP_HALF] / 2 + (allocs > frees ? allocs : frees);
}

/* Of all threads of an actor: operations, and their time in ns. */
static uint64_t cast_cost(const struct scn_cast *c, double *ns)
{
	uint64_t sum[WL_NR_OPS] = { 0 };

	*ns = 0;
	for (unsigned i = 0; i < c->nr; i++) {
		*ns += c->lane[i].ns;
		for (unsigned k = 0; k < WL_NR_OPS; k++)
			sum[k] += c->lane[i].ops[k];
	}
	return ops_of(sum);
}

void scn_cost(const struct wl_run *run, unsigned step, uint64_t *ops, double *ns)
{
	const struct scn_play *play = run->shared;
	unsigned phase = play->s->step[step].phase;

	*ops = 0;
	*ns = 0;
	for (unsigned a = 0; a < play->s->phase[phase].nr_actors; a++) {
		double part;

		*ops += cast_cost(&play->act[phase].cast[a], &part);
		*ns += part;
	}
}

static void tell(struct wl_report *r, double value, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void tell(struct wl_report *r, double value, const char *fmt, ...)
{
	va_list ap;

	if (r->nr == WL_MAX_REPORT)
		return;
	va_start(ap, fmt);
	vsnprintf(r->v[r->nr].name, sizeof(r->v[0].name), fmt, ap);
	va_end(ap);
	r->v[r->nr++].value = value;
}

static void tell_time(const char *phase, const struct scn_cast *c, bool beside, struct wl_report *r)
{
	const char *actor = c->actor->name;
	uint64_t fails = 0, waits = 0;
	double ns;
	uint64_t ops = cast_cost(c, &ns);

	for (unsigned i = 0; i < c->nr; i++) {
		fails += c->lane[i].t->fails;
		waits += c->lane[i].waits;
	}
	tell(r, (double)ops, "%s.%s.ops", phase, actor);
	tell(r, ops ? ns / (double)ops : NAN, "%s.%s.ns_op", phase, actor);
	tell(r, ns > 0 ? (double)ops * c->nr * 1e3 / ns : NAN, "%s.%s.mops", phase, actor);
	tell(r, (double)fails, "%s.%s.fails", phase, actor);
	if (beside)
		tell(r, (double)waits, "%s.%s.waits", phase, actor);
}

static void tell_paths(const char *phase, const struct scn_cast *c, struct wl_report *r)
{
	uint64_t path[PGA_NR_STAGES] = { 0 }, total = 0, slow = 0;

	for (unsigned i = 0; i < c->nr; i++)
		for (unsigned s = 0; s < PGA_NR_STAGES; s++) {
			path[s] += c->lane[i].t->path[s];
			total += c->lane[i].t->path[s];
			slow += pga_stages[s].slow ? c->lane[i].t->path[s] : 0;
		}
	if (total)
		tell(r, (double)slow / (double)total, "%s.%s.slow", phase, c->actor->name);
	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		if (path[s])
			tell(r, (double)path[s] / (double)total, "%s.%s.path.%s", phase,
			     c->actor->name, pga_stages[s].name);
}

void scn_report(const struct wl_run *run, unsigned parts, struct wl_report *report)
{
	const struct scn_play *play = run->shared;

	for (unsigned p = 0; p < play->s->nr_phases; p++) {
		const struct scn_phase *phase = &play->s->phase[p];
		const struct scn_act *act = &play->act[p];

		if (parts & WL_REPORT_TIME) {
			tell(report, (double)act->ops, "%s.steps", phase->name);
			tell(report, act->fu9, "%s.fu9", phase->name);
			tell(report, act->free, "%s.free", phase->name);
		}
		if ((parts & WL_REPORT_TIME) && !phase->measure) {
			tell(report, act->slope, "%s.fu9_slope", phase->name);
			tell(report, act->steady_at, "%s.steady_at", phase->name);
		}
		for (unsigned a = 0; phase->measure && a < phase->nr_actors; a++) {
			if (parts & WL_REPORT_TIME)
				tell_time(phase->name, &act->cast[a],
					  act->nr_back && !phase->actor[a].background, report);
			if (parts & WL_REPORT_PATHS)
				tell_paths(phase->name, &act->cast[a], report);
		}
	}
}

static size_t add_text(struct wl_target *t, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static size_t add_text(struct wl_target *t, size_t at, const char *fmt, ...)
{
	va_list ap;

	if (at + 1 >= sizeof(t->text))
		return at;
	va_start(ap, fmt);
	int n = vsnprintf(t->text + at, sizeof(t->text) - at, fmt, ap);

	va_end(ap);
	return at + (size_t)n;
}

/* The first bound that names a number is the one of the record. */
static size_t add_bound(struct wl_target *target, const struct scn_phase *phase,
			const struct scn_act *act, size_t at)
{
	if (phase->until.fu9 <= 0)
		return at;
	if (!target->has) {
		target->wanted = phase->until.fu9;
		target->got = act->fu9;
		target->reached = true;
	}
	target->has = true;
	target->reached &= act->reached;
	return add_text(target, at, "%s%s: Fu(9) >= %.2f at %.0f %% free, got %.3f at %.1f %%",
			at ? "; " : "", phase->name, phase->until.fu9, 100 * phase->until.free,
			act->fu9, 100 * act->free);
}

static size_t add_steady(struct wl_target *target, const struct scn_phase *phase,
			 const struct scn_act *act, size_t at)
{
	if (phase->until.steady <= 0)
		return at;
	if (!target->has) {
		target->wanted = phase->until.steady;
		target->got = fabs(act->slope);
		target->reached = true;
	}
	target->has = true;
	target->reached &= !isnan(act->steady_at);
	return add_text(target, at, "%s%s: Fu(9) steady to %.3g, slope %.3g", at ? "; " : "",
			phase->name, phase->until.steady, act->slope);
}

/* A workload's own target counts where it is measured and ran to its end. */
static size_t add_cast(struct wl_target *target, const struct scn_phase *phase,
		       const struct scn_cast *c, size_t at)
{
	const struct wl_target *own = &c->target;

	if (!phase->measure || !own->has)
		return at;
	for (unsigned v = 0; v < own->nr_values; v++)
		wl_metric(target, own->values[v].name, own->values[v].value);
	if (!target->has) {
		target->wanted = own->wanted;
		target->got = own->got;
		target->reached = true;
	}
	target->has = true;
	target->reached &= own->reached;
	return add_text(target, at, "%s%s.%s: %s", at ? "; " : "", phase->name, c->actor->name,
			own->text);
}

void scn_target(struct wl_run *run, struct wl_target *target)
{
	const struct scn_play *play = run->shared;
	size_t at = 0;

	for (unsigned p = 0; p < play->s->nr_phases; p++) {
		const struct scn_phase *phase = &play->s->phase[p];
		const struct scn_act *act = &play->act[p];

		at = add_bound(target, phase, act, at);
		at = add_steady(target, phase, act, at);
		for (unsigned a = 0; a < phase->nr_actors; a++)
			at = add_cast(target, phase, &act->cast[a], at);
	}
}
