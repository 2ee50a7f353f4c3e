/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory with nodes in a report: who asked where, who served. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"

#include <math.h>
#include <stdlib.h>

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

void report_nodes_gather(struct report *r)
{
	struct report_node_set *s = &r->nodes;
	size_t nr_latest, next = 0;
	const struct record **latest = places_latest(r->run, &nr_latest);
	struct places *more = cmp_zalloc(1, sizeof(*more));

	s->places = cmp_zalloc(REPORT_MAX_NODE_MAPS, sizeof(*s->places));
	while (s->nr < REPORT_MAX_NODE_MAPS &&
	       places_next(&s->places[s->nr], latest, nr_latest, &next)) {
		places_map(&s->places[s->nr], &s->map[s->nr]);
		s->nr++;
	}
	while (s->nr == REPORT_MAX_NODE_MAPS && places_next(more, latest, nr_latest, &next))
		s->left_out++;
	free(more);
	free(latest);
}

void report_nodes_release(struct report *r)
{
	free(r->nodes.places);
}

int report_nodes_svg(const struct report *r, const char *path, char *err, size_t len)
{
	return r->nodes.nr ? heatmap_svg(r->nodes.map, r->nodes.nr, path, err, len) : 0;
}

void report_nodes(const struct report *r, const char *figures_why, FILE *f)
{
	const struct report_node_set *s = &r->nodes;

	fputs("<section class=\"fig nodes\" id=\"nodes\"><h2>Which node was asked, which "
	      "served</h2>\n",
	      f);
	if (s->nr) {
		fputs("<p>Share of the requests of each cell, by the node that was asked for and "
		      "the one that served.</p>\n<div class=\"maps\">",
		      f);
		for (unsigned i = 0; i < s->nr; i++)
			heatmap_draw(&s->map[i], 1, f);
		fputs("</div>\n", f);
	} else {
		fputs("<p class=\"missing\">Not shown: no sample that counts ran on several nodes."
		      "</p>\n",
		      f);
	}
	if (s->left_out)
		fprintf(f, "<p>%u more cells have no map here: places has them.</p>\n",
			s->left_out);
	measured(r, f);
	if (s->nr) {
		fputs("<p class=\"repro\">", f);
		html_command("Data", "places", r, f);
		fputs("Figure: <a href=\"figures/nodes.svg\">SVG</a>", f);
		if (!figures_why)
			fputs(", <a href=\"figures/nodes.pdf\">PDF</a>, this drawn by <code>cd "
			      "figures &amp;&amp; gnuplot nodes.gp</code>",
			      f);
		fputs(".</p>\n", f);
	}
	fputs("</section>\n", f);
}
