/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zonebench list: the rows of every table.  Each kind is built as JSON rows of
 * one shape, {name, summary, reason, tunables|events}, and one printer shows
 * them; reason is null unless this machine or build cannot serve the row.
 */
#include "harness/cmd/cmd_list.h"

#include "core/variants.h"
#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "harness/counters/counter_package.h"
#include "harness/counters/counters.h"
#include "harness/engine/placement.h"
#include "harness/engine/plugin.h"
#include "harness/matrix/cell.h"
#include "harness/trace/trace_load.h"
#include "results/sinks.h"
#include "workloads/wl.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

struct options {
	const char *plugin;
	bool json;
};

static const struct opt table[] = {
	{ "plugin", 0, OPT_TEXT, offsetof(struct options, plugin), "FILE.so",
	  "show this allocator among the variants", 0, 0, NULL },
	{ "json", 'j', OPT_FLAG, offsetof(struct options, json), NULL, "print one JSON object", 0,
	  0, NULL },
	{ .name = NULL },
};
const struct opt_cmd opt_list = {
	.name = "list",
	.args = "[variants|workloads|counters|placements|sinks]",
	.summary = "List what a matrix can name, with parameters, defaults and ranges; what this "
		   "machine cannot serve is listed with the reason.",
	.table = table,
	.max_args = 1,
};

static json_t *row(const char *name, const char *summary, const char *reason)
{
	return json_pack("{s:s, s:s, s:s?}", "name", name, "summary", summary, "reason", reason);
}

/* A parameter of a variant or a workload; words only where it takes words. */
static json_t *parameter(const char *name, const char *type, const char *const *words,
			 const int64_t range[3], const char *unit, const char *help)
{
	json_t *p = json_pack("{s:s, s:s, s:s, s:s}", "name", name, "type", type, "unit", unit,
			      "help", help);

	if (!words) {
		json_object_set_new(p, "default", json_integer(range[0]));
		json_object_set_new(p, "min", json_integer(range[1]));
		json_object_set_new(p, "max", json_integer(range[2]));
		return p;
	}
	json_t *list = json_array();

	for (int64_t i = range[1]; i <= range[2]; i++)
		json_array_append_new(list, json_string(words[i]));
	json_object_set_new(p, "default", json_string(words[range[0]]));
	json_object_set_new(p, "words", list);
	return p;
}

static const char *const yes_no[] = { "no", "yes" };

static json_t *tunables(const struct pga_ops *ops, const int64_t *policy)
{
	static const char *const types[] = {
		[PGA_TUN_INT] = "integer", [PGA_TUN_BOOL] = "bool", [PGA_TUN_WORD] = "word"
	};
	json_t *list = json_array();

	for (size_t i = 0; ops->tunables[i].name; i++) {
		const struct pga_tunable *t = &ops->tunables[i];
		const int64_t range[] = { policy[i], t->min, t->max };
		const char *const *words = t->type == PGA_TUN_BOOL ? yes_no : t->words;
		json_t *p = parameter(t->name, types[t->type], words, range, t->unit, t->help);

		json_object_set_new(p, "runtime", json_boolean(t->runtime));
		json_array_append_new(list, p);
	}
	return list;
}

/* The defaults shown are those of the row, not of its mechanism. */
static void add_variant(json_t *rows, const char *name, const char *summary,
			const struct pga_ops *plugin)
{
	struct pga_variant v;
	char err[256];
	json_t *r;

	if (pga_variant_parse(&v, name, plugin, err, sizeof(err))) {
		json_array_append_new(rows, row(name, summary, err));
		return;
	}
	r = row(name, summary, NULL);
	json_object_set_new(r, "mechanism", json_string(v.ops->name));
	json_object_set_new(r, "orders", json_integer(v.ops->nr_orders));
	json_object_set_new(r, "tunables", tunables(v.ops, v.policy));
	json_array_append_new(rows, r);
}

static void list_variants(json_t *rows, const struct pga_ops *plugin)
{
	for (const struct pga_variant_row *r = pga_variants; r->name; r++)
		add_variant(rows, r->name, r->summary, plugin);
	if (plugin)
		add_variant(rows, plugin->name, plugin->summary, plugin);
}

static void list_workloads(json_t *rows, const struct pga_ops *plugin)
{
	static const char *const types[] = { [WL_INT] = "integer",
					     [WL_BYTES] = "bytes",
					     [WL_PERCENT] = "percent",
					     [WL_WORD] = "word",
					     [WL_FILE] = "file" };

	static const char *const default_file[] = { TRACE_DEFAULT, NULL };

	(void)plugin;
	for (const struct wl_ops *const *w = wl_table; *w; w++) {
		json_t *r = row((*w)->name, (*w)->summary, NULL), *list = json_array();

		for (const struct wl_param *p = (*w)->params; p->name; p++) {
			const int64_t range[] = { p->def, p->min, p->max };

			const char *const *words = p->type == WL_FILE ? default_file : p->words;

			json_array_append_new(list, parameter(p->name, types[p->type], words, range,
							      p->unit, p->help));
		}
		json_object_set_new(r, "version", json_integer((*w)->version));
		json_object_set_new(r, "order_axis", json_boolean((*w)->has_order));
		json_object_set_new(r, "tunables", list);
		json_array_append_new(rows, r);
	}
}

/* Does any event count, of threads or of packages? */
static bool group_works(const struct cnt_group *g, char *why, size_t len)
{
	struct cnt_set *s = cnt_open(g, why, len);
	struct cnt_package_set *packages = cnt_package_open(g);
	struct cnt_package_total t;
	bool works = s != NULL;

	cnt_package_total(packages, &t);
	for (unsigned e = 0; e < g->nr_package_events; e++)
		works |= t.valid[e];
	if (!works && !g->nr_events)
		snprintf(why, len, "%s", t.why[0]);
	cnt_package_close(packages);
	cnt_close(s);
	return works;
}

static void list_counters(json_t *rows, const struct pga_ops *plugin)
{
	char names[CNT_MAX_GROUPS][32], why[512];
	unsigned nr = cnt_group_names(names);
	struct cnt_group g;

	(void)plugin;
	cnt_init(why, sizeof(why)); /* a refusal is told by each group */
	for (unsigned i = 0; i < nr; i++) {
		if (cnt_group_load(&g, names[i], why, sizeof(why))) {
			json_array_append_new(rows, row(names[i], "", why));
			continue;
		}
		bool works = group_works(&g, why, sizeof(why));
		json_t *r = row(g.name, g.summary, works ? NULL : why), *events = json_array();

		for (unsigned e = 0; e < g.nr_events; e++)
			json_array_append_new(events, json_string(g.events[e].name));
		for (unsigned e = 0; e < g.nr_package_events; e++)
			json_array_append_new(events, json_string(g.package_events[e].name));
		json_object_set_new(r, "events", events);
		json_array_append_new(rows, r);
	}
}

static void list_placements(json_t *rows, const struct pga_ops *plugin)
{
	(void)plugin;
	for (int i = 0; i < PLACE_NR; i++)
		json_array_append_new(rows,
				      row(placement_infos[i].name, placement_infos[i].help, NULL));
}

static void list_sinks(json_t *rows, const struct pga_ops *plugin)
{
	(void)plugin;
	for (const struct sink *s = sinks; s->name; s++)
		json_array_append_new(rows, row(s->name, s->summary, NULL));
}

static const struct {
	const char *name;
	void (*list)(json_t *rows, const struct pga_ops *plugin);
} kinds[] = {
	{ "variants", list_variants }, { "workloads", list_workloads },
	{ "counters", list_counters }, { "placements", list_placements },
	{ "sinks", list_sinks },
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static void print_range(const json_t *p)
{
	const json_t *words = json_object_get(p, "words"), *def = json_object_get(p, "default");
	const char *unit = text_of(p, "unit");

	if (!words) {
		printf("%" JSON_INTEGER_FORMAT "..%" JSON_INTEGER_FORMAT "%s%s, default "
		       "%" JSON_INTEGER_FORMAT,
		       json_integer_value(json_object_get(p, "min")),
		       json_integer_value(json_object_get(p, "max")), *unit ? " " : "", unit,
		       json_integer_value(def));
		return;
	}
	for (size_t i = 0; i < json_array_size(words); i++)
		printf("%s%s", i ? "|" : "", json_string_value(json_array_get(words, i)));
	printf(", default %s", json_string_value(def));
}

static void print_tunable(const json_t *p)
{
	printf("      %-20s ", text_of(p, "name"));
	print_range(p);
	printf("%s\n      %-20s %s\n",
	       json_is_true(json_object_get(p, "runtime")) ? ", at run time too" : "", "",
	       text_of(p, "help"));
}

static void print_row(const json_t *r)
{
	const json_t *list = json_object_get(r, "tunables"), *events = json_object_get(r, "events");
	const json_t *version = json_object_get(r, "version");
	const char *reason = text_of(r, "reason");

	printf("  %-20s %s", text_of(r, "name"), text_of(r, "summary"));
	if (version)
		printf(" (version %" JSON_INTEGER_FORMAT ")", json_integer_value(version));
	putchar('\n');
	if (reason)
		printf("  %-20s not available: %s\n", "", reason);
	for (size_t i = 0; i < json_array_size(list); i++)
		print_tunable(json_array_get(list, i));
	for (size_t i = 0; i < json_array_size(events); i++)
		printf("%s%s%s",
		       i ? " " : "      events: ", json_string_value(json_array_get(events, i)),
		       i + 1 < json_array_size(events) ? "" : "\n");
}

static int unknown_kind(const char *word)
{
	const char *names[NR_KINDS];

	for (size_t i = 0; i < NR_KINDS; i++)
		names[i] = kinds[i].name;
	const char *near = pga_nearest(word, names, NR_KINDS);

	bench_err("list: no such table '%s'%s%s%s; valid: variants workloads counters placements "
		  "sinks",
		  word, near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

static void print_table(const char *kind, const json_t *rows, const char *gap)
{
	printf("%s%s\n", gap, kind);
	for (size_t i = 0; i < json_array_size(rows); i++)
		print_row(json_array_get(rows, i));
}

static int print(const json_t *all, bool json)
{
	const char *gap = "";

	for (size_t k = 0; !json && k < NR_KINDS; k++) {
		const json_t *rows = json_object_get(all, kinds[k].name);

		if (!rows)
			continue;
		print_table(kinds[k].name, rows, gap);
		gap = "\n";
	}
	if (json) {
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (fflush(stdout) || ferror(stdout)) {
		bench_err("list: cannot write the answer: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

int cmd_list(int argc, char **argv)
{
	const struct pga_ops *plugin = NULL;
	struct options o = { 0 };
	const char *args[1];
	json_t *all;
	char err[512];
	int rc = opt_parse(&opt_list, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (o.plugin && bench_plugin_load(o.plugin, &plugin, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_USAGE;
	}
	all = json_object();
	for (size_t i = 0; i < NR_KINDS; i++) {
		if (rc && strcmp(args[0], kinds[i].name) != 0)
			continue;
		json_t *rows = json_array();

		kinds[i].list(rows, plugin);
		json_object_set_new(all, kinds[i].name, rows);
	}
	rc = json_object_size(all) ? print(all, o.json) : unknown_kind(args[0]);
	json_decref(all);
	return rc;
}
