/* SPDX-License-Identifier: GPL-2.0-only */
/* From totals to the values of a record. */
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_formula.h"
#include "harness/counters/counter_package.h"

#include <math.h>
#include <string.h>

#define NOTE 96 /* bytes, as struct rec_value.note */

/* Inputs of one formula, and what they did to it. */
struct inputs {
	const struct cnt_group *g;
	const struct cnt_total *t;
	const struct cnt_package_total *pt; /* instead of t: of a package's events */
	unsigned package;		    /* index into pt->packages */
	double ops, share;
	const char *null_why; /* of the first input that is null */
	const char *remark;   /* of the first input that has one */
	const char *null_name;
};

static void use_event(struct inputs *in, unsigned e)
{
	if (!in->t->valid[e] && !in->null_why) {
		in->null_why = in->t->why[e];
		in->null_name = in->g->events[e].name;
	}
	if (in->t->valid[e] && in->t->why[e][0] && !in->remark)
		in->remark = in->t->why[e];
	if (in->t->valid[e] && in->t->running[e] < in->share)
		in->share = in->t->running[e];
}

static double use_package_event(struct inputs *in, unsigned e)
{
	double v = in->pt->valid[e] ? in->pt->value[e][in->package] : NAN;

	if (isnan(v) && !in->null_why) {
		in->null_why =
			in->pt->valid[e] ? "no counter of it in this package" : in->pt->why[e];
		in->null_name = in->g->package_events[e].name;
	}
	if (!isnan(v) && in->pt->why[e][0] && !in->remark)
		in->remark = in->pt->why[e];
	if (!isnan(v) && in->pt->running[e] < in->share)
		in->share = in->pt->running[e];
	return v;
}

static bool input(void *data, const char *name, size_t len, double *value)
{
	struct inputs *in = data;

	if (len == 3 && !strncmp(name, "ops", 3)) {
		*value = in->ops > 0 ? in->ops : NAN;
		if (in->ops <= 0 && !in->null_why)
			in->null_why = "no operations";
		return true;
	}
	for (unsigned e = 0; in->pt && e < in->g->nr_package_events; e++) {
		if (strlen(in->g->package_events[e].name) != len ||
		    strncmp(in->g->package_events[e].name, name, len) != 0)
			continue;
		*value = use_package_event(in, e);
		return true;
	}
	for (unsigned e = 0; in->t && e < in->g->nr_events; e++) {
		if (strlen(in->g->events[e].name) != len ||
		    strncmp(in->g->events[e].name, name, len) != 0)
			continue;
		*value = in->t->valid[e] ? in->t->value[e] : NAN;
		use_event(in, e);
		return true;
	}
	return false;
}

static void append(char *note, const char *text)
{
	size_t used = strlen(note);

	if (*text)
		snprintf(note + used, NOTE - used, "%s%s", used ? "; " : "", text);
}

/* The mark of a simulated counter comes first: notes are cut at their end. */
static void describe(const struct inputs *in, double v, char *note)
{
	char share[48];

	note[0] = '\0';
	if (cnt_simulated())
		append(note, cnt_backend()->mark);
	if (isnan(v)) {
		if (in->null_name)
			append(note, in->null_name);
		size_t used = strlen(note);

		snprintf(note + used, NOTE - used, "%s%s",
			 in->null_name ? ": " : (used ? "; " : ""),
			 in->null_why ? in->null_why : "division by zero");
		return;
	}
	if (in->share < 1) {
		snprintf(share, sizeof(share), "multiplexed, about %.0f %% of the time",
			 in->share * 100);
		append(note, share);
	}
	append(note, in->pt ? "whole package: others' work included" : "");
	append(note, in->remark ? in->remark : "");
}

static void report(struct record *r, const char *name, const char *formula, struct inputs in)
{
	char note[NOTE], err[128];
	double v;
	unsigned col;

	for (unsigned i = 0; i < r->nr_counters; i++)
		if (!strcmp(r->counters[i].name, name))
			return;
	if (cnt_formula_eval(formula, input, &in, &v, &col, err, sizeof(err)) && !in.null_why)
		in.null_why = err;
	describe(&in, v, note);
	rec_add(r->counters, &r->nr_counters, name, v, note);
	if (!isnan(v) && in.share < 1)
		rec_flag_set(r, 'x');
	if (!isnan(v) && cnt_simulated())
		rec_flag_set(r, 's');
}

void cnt_report(const struct cnt_group *g, const struct cnt_total *t, double ops, struct record *r)
{
	const struct inputs in = { .g = g, .t = t, .ops = ops, .share = 1 };

	for (unsigned i = 0; i < g->nr_metrics; i++)
		if (!g->metrics[i].package)
			report(r, g->metrics[i].name, g->metrics[i].formula, in);
	for (unsigned e = 0; e < g->nr_events; e++) {
		char name[CNT_NAME + 8], formula[CNT_NAME + 8];

		snprintf(name, sizeof(name), "%s_per_op", g->events[e].name);
		snprintf(formula, sizeof(formula), "%s/ops", g->events[e].name);
		report(r, name, formula, in);
	}
}

static void report_package(const struct cnt_group *g, const struct inputs *in, struct record *r)
{
	int id = in->pt->packages.id[in->package];

	for (unsigned i = 0; i < g->nr_metrics; i++) {
		char name[CNT_NAME];

		snprintf(name, sizeof(name), "%s.p%d", g->metrics[i].name, id);
		if (g->metrics[i].package)
			report(r, name, g->metrics[i].formula, *in);
	}
	for (unsigned e = 0; e < g->nr_package_events; e++) {
		const char *event = g->package_events[e].name;
		char name[CNT_NAME + 24], formula[CNT_NAME + 8];

		snprintf(name, sizeof(name), "%s_per_op.p%d", event, id);
		snprintf(formula, sizeof(formula), "%s/ops", event);
		report(r, name, formula, *in);
	}
}

void cnt_package_report(const struct cnt_group *g, const struct cnt_package_total *t, double ops,
			struct record *r)
{
	for (unsigned p = 0; p < t->packages.nr; p++) {
		const struct inputs in = { .g = g, .pt = t, .package = p, .ops = ops, .share = 1 };

		report_package(g, &in, r);
	}
}
