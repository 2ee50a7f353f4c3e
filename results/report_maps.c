/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map over time in a report: its data, which a script draws, with a
 * slider along the requests.  Memory with nodes: who asked where, who served.
 */
#include "results/cmp_priv.h"
#include "results/heatmap.h"
#include "results/places.h"
#include "results/rec_map.h"
#include "results/report_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)2 << 20) /* of all maps in a page */
#define MOST_NODE_MAPS 8u

/* The maps of a run, one for each cell that is shown, in the order of the records. */
struct gathered {
	json_t **map; /* [nr_latest]; NULL: it has none, or is not shown */
	unsigned nr, left_out;
};

static bool shown(const struct report *r, const struct record *rec)
{
	bool aims = false;

	for (size_t i = 0; i < r->nr_latest; i++)
		aims |= r->latest[i]->target[0] != 0;
	return !rec->sample && !strcmp(rec->status, "ok") && (!aims || rec->target[0]);
}

static void take_line(const struct report *r, struct gathered *g, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *cell = json_string_value(json_object_get(o, "cell"));
	json_int_t sample = json_integer_value(json_object_get(o, "sample"));

	for (size_t i = 0; cell && !sample && i < r->nr_latest; i++) {
		const struct record *rec = r->latest[i];

		if (strcmp(rec->cell, cell) != 0 || !shown(r, rec) ||
		    !json_array_size(json_object_get(o, "requests")))
			continue;
		json_decref(g->map[i]);
		g->map[i] = json_incref(o);
	}
	json_decref(o);
}

static void read_maps(const struct report *r, struct gathered *g)
{
	char path[sizeof(r->run->dir) + 32], *line = NULL;
	size_t room = 0, bytes = 0;

	g->map = cmp_zalloc(r->nr_latest, sizeof(json_t *));
	snprintf(path, sizeof(path), "%s/%s", r->run->dir, REC_MAP_FILE);
	FILE *f = fopen(path, "re");

	while (f && getline(&line, &room, f) > 0)
		take_line(r, g, line);
	if (f)
		fclose(f);
	free(line);
	for (size_t i = 0; i < r->nr_latest; i++) {
		if (!g->map[i])
			continue;
		bytes += json_dumpb(g->map[i], NULL, 0, JSON_COMPACT);
		if (bytes > MOST_BYTES) {
			json_decref(g->map[i]);
			g->map[i] = NULL;
			g->left_out++;
			continue;
		}
		g->nr++;
	}
}

static void release_maps(const struct report *r, struct gathered *g)
{
	for (size_t i = 0; i < r->nr_latest; i++)
		json_decref(g->map[i]);
	free(g->map);
}

/* Text that a script of the page holds: it must not end there. */
static void put_json(const json_t *o, FILE *f)
{
	char *text = json_dumps(o, JSON_COMPACT);

	for (const char *s = text ? text : "null"; *s; s++)
		if (*s == '<')
			fputs("\\u003c", f);
		else
			fputc(*s, f);
	free(text);
}

/* Colours by letter of the type and level of the fill; upper case: mixed. */
static json_t *colours(void)
{
	json_t *all = json_object();

	for (unsigned k = 0; k < REC_MAP_NR_KINDS; k++)
		for (unsigned mixed = 0; mixed < 2; mixed++) {
			char key[2] = { rec_map_looks[k].letter, 0 };
			json_t *levels = json_array();

			if (mixed)
				key[0] = (char)toupper(key[0]);
			for (unsigned fill = 0; fill <= REC_MAP_FULL; fill++) {
				const struct rec_map_cell c = { .kind = (uint8_t)k,
								.mixed = (uint8_t)mixed,
								.fill = (uint8_t)fill,
								.most = (uint8_t)fill };
				unsigned char rgb[3];

				rec_map_colour(&c, rgb);
				json_array_append_new(levels, json_sprintf("#%02x%02x%02x", rgb[0],
									   rgb[1], rgb[2]));
			}
			json_object_set_new(all, key, levels);
		}
	return all;
}

/* A map with what names it; of the file's members those that are drawn. */
static json_t *named(const struct record *rec, const json_t *map)
{
	static const char *const keep[] = { "block_frames", "blocks", "group", "zones",
					    "requests",	    "types",  "fill",  "note" };
	json_t *o = json_object();

	json_object_set_new(o, "variant", json_string(rec->variant));
	json_object_set_new(
		o, "row",
		json_sprintf("%s%s%s order %llu, %llu thread%s", rec->workload,
			     rec->params[0] ? " " : "", rec->params, (unsigned long long)rec->order,
			     (unsigned long long)rec->threads, rec->threads == 1 ? "" : "s"));
	for (unsigned i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		json_object_set(o, keep[i], json_object_get(map, keep[i]));
	return o;
}

static void legend(FILE *f)
{
	fputs("<p class=\"key\">", f);
	for (unsigned k = 0; k < REC_MAP_LOOKS; k++)
		if (k != REC_MAP_HOLE)
			fprintf(f, "<span><i style=\"background:#%02x%02x%02x\"></i>%s</span> ",
				rec_map_looks[k].rgb[0], rec_map_looks[k].rgb[1],
				rec_map_looks[k].rgb[2], rec_map_looks[k].name);
	fputs("</p>\n", f);
}

static void maps(const struct report *r, const struct gathered *g, FILE *f)
{
	const char *comma = "";

	fputs("<p>Every square is a pageblock, or a group of them, in ascending order of frames; "
	      "the paler the emptier. The first sample of each cell.</p>\n",
	      f);
	legend(f);
	fputs("<p><label>Workload <select id=\"map-row\"></select></label> <label>Requests "
	      "<input id=\"map-at\" type=\"range\" min=\"0\" max=\"100\" value=\"100\" "
	      "step=\"1\"></label> <output id=\"map-shown\"></output></p>\n"
	      "<div id=\"maps\"></div>\n<noscript><p>Drawn by the page's script.</p></noscript>\n"
	      "<script type=\"application/json\" id=\"map-data\">{\"colour\":",
	      f);
	json_t *all = colours();

	put_json(all, f);
	json_decref(all);
	fputs(",\"maps\":[", f);
	/* Variants in the order that the tables have. */
	for (unsigned c = 0; c <= r->time->nr_cols; c++)
		for (size_t i = 0; i < r->nr_latest; i++) {
			if (!g->map[i] || fig_colour(r->time, r->latest[i]->variant) != c)
				continue;
			json_t *one = named(r->latest[i], g->map[i]);

			fputs(comma, f);
			put_json(one, f);
			json_decref(one);
			comma = ",\n";
		}
	fputs("]}</script>\n", f);
	if (g->left_out)
		fprintf(f,
			"<p>%u more maps have no room in this page: timeline --map has them.</p>",
			g->left_out);
}

void report_maps(const struct report *r, FILE *f)
{
	struct gathered g = { 0 };

	fputs("<section class=\"fig\" id=\"map\"><h2>The memory map over time</h2>\n", f);
	read_maps(r, &g);
	if (g.nr)
		maps(r, &g, f);
	else
		fputs("<p class=\"missing\">Not shown: no sample that counts has a map: the pass "
		      "frag did not run.</p>",
		      f);
	release_maps(r, &g);
	if (g.nr)
		html_command("Figure", "timeline --map", r, f);
	fputs("</section>\n", f);
}

/* A quantity of all pairs of nodes, as the manifest keeps it; false: it has none. */
static bool pair_values(const json_t *pairs, const char *quantity, unsigned nr, double *value,
			const char **unit)
{
	size_t i;
	json_t *pair;
	bool any = false;

	for (unsigned k = 0; k < nr * nr; k++)
		value[k] = (double)NAN;
	json_array_foreach(pairs, i, pair)
	{
		json_int_t from = json_integer_value(json_object_get(pair, "from"));
		json_int_t to = json_integer_value(json_object_get(pair, "to"));
		json_t *q = json_object_get(pair, quantity), *v = json_object_get(q, "median");

		if (!json_is_number(v) || from < 0 || to < 0 || from >= nr || to >= nr)
			continue;
		value[(unsigned)from * nr + (unsigned)to] = json_number_value(v);
		*unit = json_string_value(json_object_get(q, "unit"));
		any = true;
	}
	return any && *unit;
}

/* What was measured between nodes before the run. */
static void measured(const struct report *r, FILE *f)
{
	static const char *const kinds[][2] = { { "latency", "idle latency" },
						{ "loaded_latency", "latency under load" },
						{ "read_one", "reading, one core" },
						{ "read_all", "reading, all cores" } };
	json_t *m = json_object_get(r->run->manifest, "measured");
	json_int_t nodes = json_integer_value(json_object_get(m, "nodes"));
	double value[PLACES_MAX_NODES * PLACES_MAX_NODES];
	unsigned nr = nodes > 1 && nodes <= PLACES_MAX_NODES ? (unsigned)nodes : 0;
	const char *unit = NULL;
	bool any = false;

	for (unsigned k = 0; nr && k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (!pair_values(json_object_get(m, "pairs"), kinds[k][0], nr, value, &unit))
			continue;
		const struct heatmap map = { .title = kinds[k][1],
					     .unit = unit,
					     .rows = "CPUs of node",
					     .columns = "memory of node",
					     .note = "",
					     .nr = nr,
					     .value = value };

		if (!any)
			fputs("<h3>The machine, measured before the run</h3>\n<div "
			      "class=\"maps\">",
			      f);
		any = true;
		heatmap_draw(&map, 1, f);
	}
	if (any)
		fputs("</div>\n", f);
}

/* The maps of the first cells; @p as many as there may be. Return: how many. */
static unsigned node_maps(const struct report *r, struct places *p, struct heatmap *map,
			  unsigned *left_out)
{
	size_t nr_latest, next = 0;
	const struct record **latest = places_latest(r->run, &nr_latest);
	struct places *more = cmp_zalloc(1, sizeof(*more));
	unsigned nr = 0;

	*left_out = 0;
	while (nr < MOST_NODE_MAPS && places_next(&p[nr], latest, nr_latest, &next)) {
		places_map(&p[nr], &map[nr]);
		nr++;
	}
	while (nr == MOST_NODE_MAPS && places_next(more, latest, nr_latest, &next))
		++*left_out;
	free(more);
	free(latest);
	return nr;
}

int report_nodes_svg(const struct report *r, const char *path, char *err, size_t len)
{
	struct places *p = cmp_zalloc(MOST_NODE_MAPS, sizeof(*p));
	struct heatmap map[MOST_NODE_MAPS];
	unsigned left_out, nr = node_maps(r, p, map, &left_out);
	int rc = nr ? heatmap_svg(map, nr, path, err, len) : 0;

	free(p);
	return rc;
}

void report_nodes(const struct report *r, FILE *f)
{
	struct places *p = cmp_zalloc(MOST_NODE_MAPS, sizeof(*p));
	struct heatmap map[MOST_NODE_MAPS];
	unsigned left_out, nr = node_maps(r, p, map, &left_out);

	fputs("<section class=\"fig nodes\" id=\"nodes\"><h2>Which node was asked, which "
	      "served</h2>\n",
	      f);
	if (nr) {
		fputs("<p>Share of the requests of each cell, by the node that was asked for and "
		      "the one that served.</p>\n<div class=\"maps\">",
		      f);
		for (unsigned i = 0; i < nr; i++)
			heatmap_draw(&map[i], 1, f);
		fputs("</div>\n", f);
	} else {
		fputs("<p class=\"missing\">Not shown: no sample that counts ran on several nodes."
		      "</p>\n",
		      f);
	}
	if (left_out)
		fprintf(f, "<p>%u more cells have no map here: places has them.</p>\n", left_out);
	measured(r, f);
	if (nr) {
		fputs("<p class=\"repro\">", f);
		html_command("Data", "places", r, f);
		fputs("Figure: <a href=\"figures/nodes.svg\">SVG</a>.</p>\n", f);
	}
	fputs("</section>\n", f);
	free(p);
}
