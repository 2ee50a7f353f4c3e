/* SPDX-License-Identifier: GPL-2.0-only */
/* From the pass of costs to a record. */
#include "harness/counters/counter_backend.h"
#include "harness/engine/sample.h"
#include "harness/measure/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME 64 /* bytes, as struct rec_value.name */
#define FREE_NAME "free"

/* What a value is a value of, and how a reading becomes it. */
struct column {
	const char *name;
	unsigned lane;
	double scale;
	const char *remark; /* about the lane, in each note */
};

static const char *mark_of(unsigned lane)
{
	return lane && cnt_simulated() ? cnt_backend()->mark : "";
}

/* Joined by "; ", the empty ones left out. */
__attribute__((sentinel)) static void join(char *note, size_t len, ...)
{
	va_list ap;
	const char *part;

	note[0] = '\0';
	va_start(ap, len);
	while ((part = va_arg(ap, const char *))) {
		size_t at = strlen(note);

		if (*part)
			snprintf(note + at, len - at, "%s%s", at ? "; " : "", part);
	}
	va_end(ap);
}

static void add_value(struct record *r, const char *prefix, const char *path,
		      const struct column *c, const struct path_value *v, enum path_way way)
{
	char name[NAME], note[PATH_WHY];
	bool null = isnan(v->mean);

	snprintf(name, sizeof(name), "%s%s.%s", prefix, path, c->name);
	join(note, sizeof(note), mark_of(c->lane), null ? "" : path_way_names[way], v->why,
	     null ? "" : c->remark, (const char *)NULL);
	rec_add_cost(r, name, v->mean * c->scale, note);
	if (null || isnan(v->lo))
		return;
	snprintf(name, sizeof(name), "%s%s.%s.lo", prefix, path, c->name);
	rec_add_cost(r, name, v->lo * c->scale, "");
	snprintf(name, sizeof(name), "%s%s.%s.hi", prefix, path, c->name);
	rec_add_cost(r, name, v->hi * c->scale, "");
	if (c->lane && cnt_simulated())
		rec_flag_set(r, 's');
}

/* Of a lane that no thread has counted there is no value of any kind of call. */
static bool counted(const struct path_result *p, const struct cnt_group *g, const char *event)
{
	for (unsigned l = 1; l < PATH_LANES && l <= g->nr_events; l++)
		if (!strcmp(g->events[l - 1].name, event))
			return !p->why[l][0];
	return false;
}

/*
 * Nanoseconds and cycles come first.  Cycles are a core's where it counts
 * them, otherwise those of the time-stamp counter.
 */
static unsigned columns(const struct engine_pass *pass, struct column *c)
{
	const struct path_result *p = &pass->costs;
	const struct cnt_group *g = pass->group;
	unsigned nr = 0;

	c[nr++] = (struct column){ "ns", 0, pass->ns_per_tsc, "" };
	if (!counted(p, g, "cycles"))
		c[nr++] = (struct column){ "cycles", 0, 1, "time-stamp counter" };
	for (unsigned l = 1; l < PATH_LANES && l <= g->nr_events; l++)
		if (strcmp(g->events[l - 1].name, "cycles") != 0 || counted(p, g, "cycles"))
			c[nr++] = (struct column){ g->events[l - 1].name, l, 1, p->note[l] };
	return nr;
}

static void add_kind(struct record *r, const struct path_result *p, unsigned kind,
		     const struct column *c, unsigned nr)
{
	const char *path = kind == PATH_FREE ? FREE_NAME : pga_stages[kind].name;
	char name[NAME];

	for (unsigned i = 0; i < nr; i++)
		add_value(r, "", path, &c[i], path_chosen(p, kind, c[i].lane),
			  p->way[kind][c[i].lane]);
	snprintf(name, sizeof(name), "%s.timed", path);
	rec_add_cost(r, name, (double)p->timed[kind], "");
	snprintf(name, sizeof(name), "%s.interrupted", path);
	if (p->interrupted[kind])
		rec_add_cost(r, name, (double)p->interrupted[kind], "");
}

/* How it was measured, so that a reader can judge it. */
static void add_method(struct record *r, const struct engine_pass *pass)
{
	const struct path_result *p = &pass->costs;

	rec_add_cost(r, "reading.ns", p->ticks * pass->ns_per_tsc,
		     clk_has_tsc() ? "" : "no time-stamp counter");
	rec_add_cost(r, "bracket.ns", p->read[0] * pass->ns_per_tsc,
		     clk_has_tsc() ? "" : "no time-stamp counter");
	rec_add_cost(r, "regression.windows", (double)p->windows, "");
	rec_add_cost(r, "regression.switched", (double)p->switched, "");
	rec_add_cost(r, "regression.condition", p->condition,
		     !isnan(p->condition) ? isinf(p->condition) ? "infinite" : ""
		     : p->windows	  ? "too few windows hold the same paths"
					  : "no window was counted");
}

void sample_costs(const struct engine_pass *pass, struct record *r)
{
	const struct path_result *p = &pass->costs;
	struct column c[PATH_LANES + 1];
	unsigned nr = columns(pass, c);

	for (unsigned k = 0; k < PATH_KINDS; k++)
		if (p->seen[k])
			add_kind(r, p, k, c, nr);
	for (unsigned s = 0; s < PGA_NR_STAGES; s++)
		for (unsigned i = 0; p->passed_timed[s] && i < nr; i++)
			add_value(r, "stage.", pga_stages[s].name, &c[i], &p->passed[s][c[i].lane],
				  PATH_BRACKETED);
	add_method(r, pass);
}
