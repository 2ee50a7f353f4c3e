/* SPDX-License-Identifier: GPL-2.0-only */
/* From what the passes measured to a record. */
#include "harness/engine/sample.h"
#include "harness/measure/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sample_note(struct record *r, const char *fmt, ...)
{
	size_t at = strlen(r->reason);
	va_list ap;

	if (at && at + 2 < sizeof(r->reason)) {
		strcpy(r->reason + at, "; ");
		at += 2;
	}
	va_start(ap, fmt);
	vsnprintf(r->reason + at, sizeof(r->reason) - at, fmt, ap);
	va_end(ap);
}

void sample_cost(const struct wl_ops *wl, const struct engine_pass *p, struct sample_cost *c)
{
	double ns = 0, tsc = 0, wall = 0, ns_of[WL_NR_OPS] = { 0 };
	uint64_t ops_of[WL_NR_OPS] = { 0 };

	for (unsigned i = 0; wl->phases[i].name; i++) {
		const struct engine_phase *v = &p->phase[i];

		if (!wl->phases[i].timed)
			continue;
		ns_of[wl->phases[i].op] += v->ns;
		ops_of[wl->phases[i].op] += v->ops;
		ns += v->ns;
		tsc += v->tsc;
		wall += v->wall_ns;
	}
	uint64_t allocs = ops_of[WL_OP_ALLOC], frees = ops_of[WL_OP_FREE];

	c->ops = ops_of[WL_OP_PAIR] + ops_of[WL_OP_MIX] + ops_of[WL_OP_HALF] / 2 +
		 (allocs > frees ? allocs : frees);
	c->ns_op = c->ops ? ns / (double)c->ops : NAN;
	c->tsc_op = c->ops && clk_has_tsc() ? tsc / (double)c->ops : NAN;
	c->mops = wall > 0 ? (double)c->ops * 1e3 / wall : NAN;
	c->ns_alloc = allocs ? ns_of[WL_OP_ALLOC] / (double)allocs : NAN;
	c->ns_free = frees ? ns_of[WL_OP_FREE] / (double)frees : NAN;
}

static double part(uint64_t of, uint64_t total)
{
	return total ? (double)of / (double)total : NAN;
}

static void add_proofs(const struct engine *e, const struct engine_pass *p, struct record *r)
{
	struct engine_proof proof;

	engine_prove(e, &proof);
	r->frames_ok = proof.frames_ok;
	r->meta_ok = proof.meta_ok;
	rec_add_place(r, "pcp.own_node", proof.pcp_ok,
		      isnan(proof.pcp_ok) ? *proof.why ? proof.why : "no caches of CPUs" : "");
	if (*proof.why)
		sample_note(r, "%s", proof.why);
	if (e->unbound || proof.frames_ok < 1 || proof.meta_ok < 1)
		rec_flag_set(r, 'u');
	if (e->unbound)
		sample_note(r, "%s", e->unbound_why);
	r->pin_ok = (double)p->pinned_ok / e->cell->threads;
	r->migrations = p->migrations;
	r->switches = p->switches;
	if (p->moved || r->pin_ok < 1)
		rec_flag_set(r, 'm');
	if (p->pin_errno)
		sample_note(r, "not pinned: %s", strerror(p->pin_errno));
}

void sample_report(const struct engine_pass *p, struct record *r)
{
	for (unsigned i = 0; i < p->report.nr; i++)
		rec_add(r->metrics, &r->nr_metrics, p->report.v[i].name, p->report.v[i].value,
			isnan(p->report.v[i].value) ? "it did not come to it" : "");
}

void sample_time(const struct engine *e, const struct engine_pass *p, struct record *r)
{
	struct sample_cost c;

	sample_cost(e->cell->wl, p, &c);
	r->ns_op = c.ns_op;
	r->ns_alloc = c.ns_alloc;
	r->ns_free = c.ns_free;
	r->mops = c.mops;
	r->tsc_op = c.tsc_op;
	r->ops = c.ops;
	r->fails = p->fails;
	if (p->off_cpu > SAMPLE_OFF_CPU_MAX || p->spread > SAMPLE_SPREAD_MAX)
		rec_flag_set(r, 'n');
	if (p->off_cpu > SAMPLE_OFF_CPU_MAX)
		snprintf(r->noise, sizeof(r->noise), "a thread was off its CPU for %.0f %%",
			 100 * p->off_cpu);
	else if (p->spread > SAMPLE_SPREAD_MAX)
		snprintf(r->noise, sizeof(r->noise),
			 "the middle half of the epochs spreads by %.0f %%", 100 * p->spread);
}

void sample_quiet(const struct quiet *q, struct record *r)
{
	r->repeats = q->repeats ? q->repeats : 1;
	r->disturbed = q->disturbed;
	r->slow_stretches = q->slow;
	r->quiet_ns_op = isnan(q->quiet_ns) || !r->ops ? r->ns_op : q->quiet_ns / (double)r->ops;
}

void sample_noise(const struct noise_look *a, const struct noise_look *b, struct record *r)
{
	struct noise n;

	noise_between(a, b, &n);
	r->steal = n.steal;
	r->others = n.others;
	r->pressure = n.pressure;
	r->core_ghz = n.core_ghz;
	size_t used = strlen(r->noise);

	snprintf(r->noise + used, sizeof(r->noise) - used, "%s%s", used && *n.why ? "; " : "",
		 n.why);
	if (n.noisy)
		rec_flag_set(r, 'n');
}

/* What came of the huge pages that the cell asks for; the arena may have fallen back. */
static void add_huge(const struct engine *e, struct record *r)
{
	static const char *const words[] = { "4 KiB", "2 MiB", "1 GiB" };
	enum topo_huge asked = e->cell->memory.huge;

	if (asked == TOPO_HUGE_NO || !e->frames.addr)
		return;
	int64_t bytes = topo_huge_bytes(e->frames.addr, e->frames.len);

	rec_add_place(r, "frames.huge", bytes < 0 ? NAN : (double)bytes / (1 << 20),
		      bytes < 0 ? "/proc/self/smaps can not be read" : "");
	if (e->frames.huge != asked || e->frames.advised)
		sample_note(r, "frames: pages of %s asked, %s%s came", words[asked],
			    e->frames.advised ? "transparent ones of " : "", words[e->frames.huge]);
}

/* Whether pages came to their users, and what it cost. */
static void add_follow(const struct engine *e, const struct follow_sum *f, struct record *r)
{
	const char *none = f->sampled ? "" : "no frame was touched";
	char refused[96] = "";

	if (!f->has)
		return;
	if (f->err) {
		snprintf(refused, sizeof(refused), "move_pages: %s", strerror(f->err));
		none = refused;
		sample_note(r, "pages can not follow: %s", refused);
	}
	rec_add_place(r, "follow.on_first", part(f->on_first, f->sampled), none);
	rec_add_place(r, "follow.on_last", part(f->on_last, f->sampled), none);
	if (e->cell->memory.follow == FOLLOW_FIRST)
		return;
	rec_add_place(r, "follow.moves", f->err ? NAN : (double)f->moves, refused);
	rec_add_place(r, "follow.failed", (double)f->failed, "");
	rec_add_place(r, "follow.ns", f->err ? NAN : f->ns,
		      f->err	     ? refused
		      : isnan(f->ns) ? "no page had to move"
				     : "");
}

void sample_place(const struct engine *e, const struct engine_pass *p, struct record *r)
{
	r->populate_s = e->populate_s;
	r->init_s = e->init_s;
	r->meta_huge = e->meta_huge;
	if (isnan(e->meta_huge))
		sample_note(r, "meta_huge: /proc/self/smaps can not be read");
	r->meta_bytes_frame = (double)e->meta_bytes / (double)e->m->frames;
	add_huge(e, r);
	add_follow(e, &p->follow, r);
	if (e->topo->simulated)
		rec_flag_set(r, 's');
	if (e->m->oversubscribed)
		rec_flag_set(r, 'o');
	add_proofs(e, p, r);
}

void sample_target(const struct engine_pass *p, struct record *r)
{
	const struct wl_target *t = &p->target;

	for (unsigned v = 0; v < t->nr_values; v++)
		rec_add(r->metrics, &r->nr_metrics, t->values[v].name, t->values[v].value, "");
	if (p->cut) {
		snprintf(r->status, sizeof(r->status), "invalid");
		sample_note(r, "phase %s cut off at its time bound of %llu s", p->cut_phase,
			    (unsigned long long)(p->bound_ns / 1000000000));
	}
	if (!t->has)
		return;
	r->fu9 = p->fu9;
	r->target_wanted = t->wanted;
	r->target_got = t->got;
	snprintf(r->target, sizeof(r->target), "%s", t->text);
	if (t->reached)
		return;
	snprintf(r->status, sizeof(r->status), "invalid");
	rec_flag_set(r, 't');
	sample_note(r, "target missed: %s", t->text);
}

static void add_path_shares(const struct engine_pass *p, struct record *r)
{
	uint64_t total = 0;
	char name[64];

	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		total += p->path[s];
	rec_add(r->stats, &r->nr_stats, "allocations", (double)total, "");
	for (unsigned s = 0; total && s < PGA_NR_STAGES; s++) {
		if (p->path[s])
			rec_add(r->paths, &r->nr_paths, pga_stages[s].name,
				(double)p->path[s] / (double)total, "");
		snprintf(name, sizeof(name), "stage.%s", pga_stages[s].name);
		if (p->stage[s])
			rec_add(r->stats, &r->nr_stats, name, (double)p->stage[s], "");
	}
}

/* What owners and daemons did, as far as it happened. */
static void add_owners(const struct engine_pass *p, struct record *r)
{
	if (!p->has_own)
		return;
	for (unsigned s = 0; s < OWN_NR_STATS; s++)
		if (p->own[s])
			rec_add(r->stats, &r->nr_stats, own_stat_infos[s].name, (double)p->own[s],
				"");
	rec_add(r->stats, &r->nr_stats, "daemon.wakes", (double)p->daemon_wakes, "");
	rec_add(r->stats, &r->nr_stats, "daemon.steps", (double)p->daemon_steps, "");
}

static void add_pairs(const struct eng_places *p, struct record *r)
{
	char name[64];

	for (unsigned i = 0; i < p->nr_nodes * p->nr_nodes; i++) {
		snprintf(name, sizeof(name), "asked%u.served%u", i / p->nr_nodes, i % p->nr_nodes);
		if (p->served[i])
			rec_add_place(r, name, (double)p->served[i], "");
	}
}

static void add_node(const struct eng_places *p, unsigned n, struct record *r)
{
	const struct eng_node *v = &p->node[n];
	char name[64];

	if (p->has_nodes) {
		snprintf(name, sizeof(name), "node%u.free", n);
		rec_add_place(r, name, (double)v->free, "");
		snprintf(name, sizeof(name), "node%u.Fu(9)", n);
		rec_add_place(r, name, v->fu9, isnan(v->fu9) ? "nothing is free" : "");
	}
	snprintf(name, sizeof(name), "node%u.exhausted", n);
	rec_add_place(r, name, v->exhausted_at ? (double)v->exhausted_at : NAN,
		      v->exhausted_at ? "" : "it served all that asked for it");
}

static void add_places(const struct engine_pass *pass, struct record *r)
{
	const struct eng_places *p = &pass->places;
	const char *none = p->total ? "" : "no request was served";
	uint64_t asked = 0;

	for (unsigned n = 0; n < p->nr_nodes; n++)
		asked += p->served[n * p->nr_nodes + n];
	rec_add_place(r, "local_share", part(p->local, p->total), none);
	rec_add_place(r, "remote_share", part(p->total - p->local, p->total), none);
	rec_add_place(r, "asked_share", part(asked, p->total), none);
	if (p->has_turns)
		rec_add_place(r, "interleave_hit", (double)p->in_turn, "");
	if (pass->daemon_seats)
		rec_add_place(r, "daemons.own_node", part(pass->daemons_placed, pass->daemon_seats),
			      "");
	for (unsigned n = 0; n < p->nr_nodes; n++)
		add_node(p, n, r);
	add_pairs(p, r);
}

void sample_touch(const struct touch_cost *c, struct record *r)
{
	rec_add_place(r, "touch.local.ns", c->local_ns, c->why);
	rec_add_place(r, "touch.remote.ns", c->remote_ns, c->why);
}

void sample_paths(const struct engine_pass *p, struct record *r)
{
	add_places(p, r);
	add_path_shares(p, r);
	for (unsigned s = 0; s < PGA_NR_STATS; s++)
		rec_add(r->stats, &r->nr_stats, pga_stat_infos[s].name, (double)p->stats[s], "");
	add_owners(p, r);
}
