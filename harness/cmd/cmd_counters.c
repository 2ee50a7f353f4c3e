/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench counters [list|check] */
#include "harness/cmd/cmd_counters.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_package.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	bool json;
	struct opt_list group;
};

static const struct opt table[] = {
	{ .name = "json",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, json),
	  .help = "print JSON instead of a table" },
	{ .name = "group",
	  .letter = 'g',
	  .type = OPT_LIST,
	  .offset = offsetof(struct options, group),
	  .arg = "NAME",
	  .help = "only this event group; may be given several times (default: all)" },
	{ .name = NULL },
};
const struct opt_cmd opt_counters = {
	.name = "counters",
	.args = "[list|check]",
	.summary = "What this machine can count, what a read costs, and why something is missing; "
		   "check counts known work (exit 0 right, 1 a counter lies, 77 no hardware "
		   "counters).",
	.table = table,
	.max_args = 1,
};

/* What became of one group as a whole. */
struct group_state {
	unsigned counted; /* events */
	double share;	  /* of the time that each is scheduled */
	struct cnt_total total;
	struct cnt_package_total packages;
	char why[256]; /* why none is counted */
};

/* The sinks of a subcommand: either prints text, or fills a JSON object. */
struct output {
	bool json;
	json_t *groups;
};

static json_t *number_or_null(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static void probe_packages(const struct cnt_group *g, struct cnt_package_total *t)
{
	struct cnt_package_set *s = cnt_package_open(g);

	cnt_package_total(s, t);
	cnt_package_close(s);
}

static void probe_group(const struct cnt_group *g, struct group_state *gs)
{
	struct cnt_set *s = cnt_open(g, gs->why, sizeof(gs->why));
	bool multiplexed;

	probe_packages(g, &gs->packages);

	gs->counted = 0;
	gs->share = 1;
	if (!cnt_group_fits(g, gs->why, sizeof(gs->why))) {
		cnt_total_refuse(&gs->total, g, gs->why);
		return;
	}
	if (!s) {
		/* Each event has a reason of its own: ask for them one by one. */
		for (unsigned e = 0; e < g->nr_events; e++) {
			struct cnt_group alone = { .nr_events = 1, .events = { g->events[e] } };
			struct cnt_set *one = cnt_open(&alone, gs->total.why[e], CNT_WHY);

			gs->total.valid[e] = one != NULL;
			cnt_close(one);
		}
		return;
	}
	gs->counted = cnt_set_counted(s, &multiplexed);
	gs->share = cnt_set_share(s);
	for (unsigned e = 0; e < g->nr_events; e++)
		gs->total.valid[e] = cnt_set_event(s, e, gs->total.why[e], CNT_WHY);
	cnt_close(s);
}

/* "p0 p1, " of the packages that have a counter of the event. */
static void print_packages(const struct cnt_package_total *t, unsigned e, bool works)
{
	const char *sep = "";

	for (unsigned p = 0; works && p < t->packages.nr; p++) {
		if (isnan(t->value[e][p]))
			continue;
		printf("%sp%d", sep, t->packages.id[p]);
		sep = " ";
	}
	printf("%s", works && t->why[e][0] ? ", " : "");
}

static void list_text(const struct cnt_group *g, const struct group_state *gs)
{
	printf("\n%s: %s\n", g->name, g->summary);
	for (unsigned e = 0; e < g->nr_events; e++) {
		const char *note = gs->total.why[e];

		printf("  %-16s %s%s%s\n", g->events[e].name, gs->total.valid[e] ? "works" : "no: ",
		       gs->total.valid[e] && *note ? ", " : "", note);
	}
	for (unsigned e = 0; e < g->nr_package_events; e++) {
		bool works = gs->packages.valid[e];

		printf("  %-16s %s", g->package_events[e].name,
		       works ? "works, the whole package: " : "no: ");
		print_packages(&gs->packages, e, works);
		printf("%s\n", gs->packages.why[e]);
	}
	if (gs->share < 1)
		printf("  multiplexed: each event counts about %.0f %% of the time (estimate)\n",
		       gs->share * 100);
	printf("  metrics:");
	for (unsigned m = 0; m < g->nr_metrics; m++)
		printf(" %s", g->metrics[m].name);
	printf("\n");
}

static void list_json(const struct cnt_group *g, const struct group_state *gs, json_t *groups)
{
	json_t *events = json_array(), *packages = json_array(), *metrics = json_object();

	for (unsigned e = 0; e < g->nr_package_events; e++)
		json_array_append_new(packages, json_pack("{s:s, s:b, s:s}", "name",
							  g->package_events[e].name, "works",
							  (int)gs->packages.valid[e], "note",
							  gs->packages.why[e]));
	for (unsigned e = 0; e < g->nr_events; e++)
		json_array_append_new(
			events, json_pack("{s:s, s:b, s:s}", "name", g->events[e].name, "works",
					  (int)gs->total.valid[e], "note", gs->total.why[e]));
	for (unsigned m = 0; m < g->nr_metrics; m++)
		json_object_set_new(metrics, g->metrics[m].name,
				    json_string(g->metrics[m].formula));
	json_array_append_new(groups,
			      json_pack("{s:s, s:s, s:o, s:o, s:o, s:f, s:s}", "name", g->name,
					"summary", g->summary, "events", events, "package_events",
					packages, "metrics", metrics, "running",
					gs->counted ? gs->share : 0.0, "prose", g->prose));
}

static int list_group(const struct cnt_group *g, const struct output *out)
{
	struct group_state gs = { 0 };

	probe_group(g, &gs);
	if (out->json)
		list_json(g, &gs, out->groups);
	else
		list_text(g, &gs);
	return EXIT_OK;
}

static void check_text(const struct cnt_event *e, const struct cnt_check *c)
{
	char range[64];

	if (isfinite(c->high))
		snprintf(range, sizeof(range), "%.0f to %.0f", c->low, c->high);
	else
		snprintf(range, sizeof(range), "nothing known");
	printf("  %-16s %-9s", e->name, cnt_verdict_names[c->verdict]);
	if (c->verdict == CNT_REFUSED)
		printf(" %s\n", c->note);
	else
		printf(" %.0f, expected %s, in %s%s%s\n", c->got, range, c->work,
		       *c->note ? "; " : "", c->note);
}

/* No work of a whole package is known: others' is in it. */
static void check_packages(const struct cnt_group *g, bool json, json_t *events)
{
	struct cnt_package_total t;

	probe_packages(g, &t);
	for (unsigned e = 0; e < g->nr_package_events; e++) {
		const char *verdict = cnt_verdict_names[t.valid[e] ? CNT_UNCHECKED : CNT_REFUSED];
		const char *name = g->package_events[e].name;

		if (!json)
			printf("  %-16s %-9s %s\n", name, verdict, t.why[e]);
		json_array_append_new(events,
				      json_pack("{s:s, s:s, s:n, s:n, s:n, s:s, s:s}", "name", name,
						"verdict", verdict, "got", "low", "high", "work",
						"", "note", t.why[e]));
	}
}

static int check_group(const struct cnt_group *g, const struct output *out)
{
	json_t *events = json_array();
	int rc = EXIT_OK;

	char why[CNT_WHY] = "";
	bool fits = cnt_group_fits(g, why, sizeof(why));

	if (!out->json)
		printf("\n%s: %s\n", g->name, g->summary);
	if (!out->json && !fits)
		printf("  left out: %s\n", why);
	for (unsigned e = 0; fits && e < g->nr_events; e++) {
		struct cnt_check c;

		cnt_check_event(&g->events[e], &c);
		if (c.verdict == CNT_LIES)
			rc = EXIT_FAILED;
		if (!out->json)
			check_text(&g->events[e], &c);
		json_array_append_new(
			events,
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:s}", "name", g->events[e].name,
				  "verdict", cnt_verdict_names[c.verdict], "got",
				  number_or_null(c.got), "low", number_or_null(c.low), "high",
				  number_or_null(c.high), "work", c.work, "note", c.note));
	}
	if (fits)
		check_packages(g, out->json, events);
	json_array_append_new(out->groups, json_pack("{s:s, s:s, s:o}", "name", g->name, "left_out",
						     why, "events", events));
	return rc;
}

static const struct action {
	const char *name;
	int (*group)(const struct cnt_group *g, const struct output *out);
	bool needs_hardware; /* exit 77 without */
} actions[] = {
	{ "list", list_group, false },
	{ "check", check_group, true },
};
#define NR_ACTIONS (sizeof(actions) / sizeof(actions[0]))

static const struct action *find_action(const char *word)
{
	const char *names[NR_ACTIONS];

	for (size_t i = 0; i < NR_ACTIONS; i++) {
		names[i] = actions[i].name;
		if (!strcmp(word, names[i]))
			return &actions[i];
	}
	const char *near = pga_nearest(word, names, NR_ACTIONS);

	bench_err("counters: unknown word '%s'; wants list or check%s%s%s", word,
		  near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static void print_machine(const struct cnt_machine *m, const struct output *out)
{
	if (out->json)
		return;
	printf("counters: %s%s\n", m->ok ? "" : "none: ", m->line);
	if (!isnan(m->start_stop_cycles))
		printf("one start and stop ~%.0f cycles of the time-stamp counter, one read of "
		       "two counters ~%.0f\n",
		       m->start_stop_cycles, m->read_cycles);
}

static void print_json(const struct cnt_machine *m, json_t *groups)
{
	json_t *root = json_pack("{s:b, s:b, s:s, s:s, s:i, s:o, s:o, s:O}", "available",
				 (int)m->ok, "simulated", (int)cnt_simulated(), "backend",
				 m->backend, "line", m->line, "slots", (int)m->slots, "read_cycles",
				 number_or_null(m->read_cycles), "start_stop_cycles",
				 number_or_null(m->start_stop_cycles), "groups", groups);

	json_dumpf(root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(root);
}

/* Loads all before counting any: a typing error must not cost a wait. */
static int load_groups(const struct options *o, struct cnt_group *g, unsigned *nr)
{
	char names[CNT_MAX_GROUPS][32], err[512];
	unsigned all = o->group.nr ? o->group.nr : cnt_group_names(names);

	for (*nr = 0; *nr < all; (*nr)++) {
		const char *name = o->group.nr ? o->group.item[*nr] : names[*nr];
		int rc = cnt_group_load(&g[*nr], name, err, sizeof(err));

		if (rc) {
			bench_err("counters: %s", err);
			return EXIT_USAGE;
		}
	}
	if (!all) {
		bench_err("counters: no event group found; set ZB_COUNTERS to their folder");
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int run_action(const struct action *a, const struct cnt_group *g, unsigned nr, bool json)
{
	struct output out = { .json = json, .groups = json_array() };
	struct cnt_machine m;
	int rc = EXIT_OK;
	char why[256];

	if (cnt_init(why, sizeof(why)) == -EINVAL) {
		bench_err("counters: %s", why);
		json_decref(out.groups);
		return EXIT_USAGE;
	}
	cnt_calibrate(&m);
	print_machine(&m, &out);
	for (unsigned i = 0; i < nr; i++)
		if (a->group(&g[i], &out) == EXIT_FAILED)
			rc = EXIT_FAILED;
	if (json)
		print_json(&m, out.groups);
	json_decref(out.groups);
	if (rc == EXIT_OK && a->needs_hardware && !m.ok)
		rc = EXIT_SKIPPED;
	return rc;
}

int cmd_counters(int argc, char **argv)
{
	struct options o = { 0 };
	const char *word = actions[0].name;
	int n = opt_parse(&opt_counters, argc, argv, &o, &word);

	if (n < 0)
		return n == -2 ? EXIT_OK : EXIT_USAGE;
	const struct action *a = find_action(word);

	if (!a)
		return EXIT_USAGE;
	struct cnt_group *g = calloc(CNT_MAX_GROUPS, sizeof(*g));
	unsigned nr;

	if (!g) {
		bench_err("counters: out of memory");
		return EXIT_FAILED;
	}
	int rc = load_groups(&o, g, &nr);

	if (rc == EXIT_OK)
		rc = run_action(a, g, nr, o.json);
	free(g);
	return rc;
}
