/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory map over time in a report: its data, which a script draws, with a
 * slider along the requests.
 */
#include "results/cmp_priv.h"
#include "results/rec_map.h"
#include "results/report_priv.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES ((size_t)2 << 20) /* of all maps in a page */

static bool shown(const struct report *r, const struct record *rec)
{
	bool aims = false;

	for (size_t i = 0; i < r->nr_latest; i++)
		aims |= r->latest[i]->target[0] != 0;
	return !rec->sample && !strcmp(rec->status, "ok") && (!aims || rec->target[0]);
}

/* A line of another program, or of a crash, may be anything. */
static bool is_map(json_t *o)
{
	struct rec_map m;
	int rc = rec_map_from_json(&m, o);
	bool any = !rc && m.nr_points;

	if (!rc)
		rec_map_release(&m);
	return any;
}

static void take_line(const struct report *r, struct report_map_set *g, const char *line)
{
	json_t *o = json_loads(line, 0, NULL);
	const char *cell = json_string_value(json_object_get(o, "cell"));
	json_int_t sample = json_integer_value(json_object_get(o, "sample"));

	for (size_t i = 0; cell && !sample && i < r->nr_latest; i++) {
		const struct record *rec = r->latest[i];

		if (strcmp(rec->cell, cell) != 0 || !shown(r, rec) || !is_map(o))
			continue;
		json_decref(g->map[i]);
		g->map[i] = json_incref(o);
	}
	json_decref(o);
}

void report_maps_gather(struct report *r)
{
	struct report_map_set *g = &r->maps;
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

void report_maps_release(struct report *r)
{
	for (size_t i = 0; i < r->nr_latest; i++)
		json_decref(r->maps.map[i]);
	free(r->maps.map);
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

void report_map_row(const struct record *rec, char *text, size_t len)
{
	snprintf(text, len, "%s%s%s order %llu, %llu thread%s", rec->workload,
		 rec->params[0] ? " " : "", rec->params, (unsigned long long)rec->order,
		 (unsigned long long)rec->threads, rec->threads == 1 ? "" : "s");
}

/* A map with what names it; of the file's members those that are drawn. */
static json_t *named(const struct record *rec, const json_t *map)
{
	static const char *const keep[] = { "block_frames", "blocks", "group", "zones",
					    "requests",	    "types",  "fill",  "note" };
	json_t *o = json_object();

	char row[REPORT_MAP_ROW];

	report_map_row(rec, row, sizeof(row));
	json_object_set_new(o, "variant", json_string(rec->variant));
	json_object_set_new(o, "row", json_string(row));
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

static void maps(const struct report *r, FILE *f)
{
	const struct report_map_set *g = &r->maps;
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

void report_maps(const struct report *r, const char *figures_why, FILE *f)
{
	fputs("<section class=\"fig\" id=\"map\"><h2>The memory map over time</h2>\n", f);
	if (r->maps.nr) {
		maps(r, f);
		fputs("<p class=\"repro\">", f);
		html_command("Figure", "timeline --map", r, f);
		if (!figures_why)
			html_figure("map", f);
		if (!figures_why && r->maps.nr > REPORT_MAX_MAPS)
			fprintf(f, " It has %u of the %u maps.", REPORT_MAX_MAPS, r->maps.nr);
		fputs("</p>\n", f);
	} else {
		fputs("<p class=\"missing\">Not shown: no sample that counts has a map: the pass "
		      "frag did not run.</p>",
		      f);
	}
	fputs("</section>\n", f);
}
