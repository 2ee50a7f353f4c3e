/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench places: which nodes were asked, which served, what is left of each. */
#include "harness/cmd/cmd_places.h"

#include "harness/cmd/cmd.h"
#include "harness/matrix/cell_filter.h"
#include "results/places.h"

#include <stdlib.h>

#define MOST_MAPS 32u /* of one drawing */

struct options {
	struct opt_list filter;
	const char *svg;
};

static const struct opt table[] = {
	CELL_FILTER_OPTION(struct options),
	{ .name = "svg",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct options, svg),
	  .arg = "FILE",
	  .help = "draw the heat maps of the cells that are left, at most 32" },
	{ .name = NULL },
};
const struct opt_cmd opt_places = {
	.name = "places",
	.args = "RUN",
	.summary = "Show, for each cell of a run on several nodes, which nodes its requests asked "
		   "for and which served them, what is left of each node, and what was proven of "
		   "where frames, lists, daemons and threads were. The numbers: compare, metrics "
		   "place:NAME.",
	.table = table,
	.min_args = 1,
	.max_args = 1,
};

/* The cells of a run that are shown. */
struct shown {
	const struct record **latest;
	size_t nr_latest;
	struct places *cell[MOST_MAPS];
	unsigned nr, left_out;
};

static int draw(const struct shown *s, const char *path)
{
	struct heatmap map[MOST_MAPS];
	char err[512];

	fflush(stdout);
	if (s->left_out) {
		bench_err("places: --svg %s: a drawing holds %u cells, here are %u: choose by "
			  "--filter",
			  path, MOST_MAPS, s->nr + s->left_out);
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < s->nr; i++)
		places_map(s->cell[i], &map[i]);
	if (heatmap_svg(map, s->nr, path, err, sizeof(err))) {
		bench_err("places: %s", err);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int show(struct shown *s, const struct run_data *run, const struct options *o)
{
	struct places *p = calloc(1, sizeof(*p));
	bool utf8 = term_utf8();

	s->latest = places_latest(run, &s->nr_latest);
	for (size_t next = 0; p && places_next(p, s->latest, s->nr_latest, &next);) {
		if (!cell_filter_fits(p->first, &o->filter))
			continue;
		if (s->nr + s->left_out)
			putchar('\n');
		places_print(p, s->latest, s->nr_latest, utf8, stdout);
		if (s->nr == MOST_MAPS) {
			s->left_out++;
			continue;
		}
		s->cell[s->nr++] = p;
		p = calloc(1, sizeof(*p));
	}
	free(p);
	if (!s->nr) {
		bench_err("places: %s: no sample that counts ran on several nodes with the pass "
			  "'paths', or the filter leaves none",
			  run->dir);
		return EXIT_FAILED;
	}
	return o->svg ? draw(s, o->svg) : EXIT_OK;
}

int cmd_places(int argc, char **argv)
{
	struct options o = { .svg = NULL };
	struct shown s = { .nr = 0 };
	struct run_data run;
	const char *dir;
	char err[1024];
	int rc = opt_parse(&opt_places, argc, argv, &o, &dir);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (!cell_filter_check("places", &o.filter))
		return EXIT_USAGE;
	if (store_read(&run, dir, err, sizeof(err))) {
		bench_err("places: %s", err);
		return EXIT_FAILED;
	}
	rc = show(&s, &run, &o);
	for (unsigned i = 0; i < s.nr; i++)
		free(s.cell[i]);
	free(s.latest);
	store_release(&run);
	return rc;
}
