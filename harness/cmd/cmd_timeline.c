/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench timeline: how the samples of a run went, on one axis. */
#include "harness/cmd/cmd_timeline.h"

#include "harness/cmd/cmd.h"
#include "harness/matrix/cell_filter.h"
#include "harness/view/map_draw.h"
#include "harness/view/timeline.h"
#include "results/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Lines that are not rows of a map: head, legend, axis, prompt. */
#define OTHER_LINES 8u

struct options {
	struct opt_list filter;
	int64_t sample;
	const char *svg;
	bool map, no_colour;
};

static const struct opt table[] = {
	CELL_FILTER_OPTION(struct options),
	{ .name = "sample",
	  .type = OPT_INT,
	  .offset = offsetof(struct options, sample),
	  .arg = "N",
	  .help = "this sample of each cell (default 1)",
	  .min = 1,
	  .max = 1000000 },
	{ .name = "svg",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct options, svg),
	  .arg = "FILE",
	  .help = "draw the one cell that is left; by gnuplot without --map" },
	{ .name = "map",
	  .letter = 'm',
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, map),
	  .help = "the memory map over time instead: every pageblock by type and fill" },
	{ .name = "no-color",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, no_colour),
	  .help = "no colours; the environment variable NO_COLOR does the same" },
	{ .name = NULL },
};
const struct opt_cmd opt_timeline = {
	.name = "timeline",
	.args = "RUN",
	.summary = "Show Fu(9), free memory, steals, slow path, p99 of allocations and throughput "
		   "of a run's samples "
		   "along their requests, as the passes frag and latency saw them. compare prints "
		   "the numbers of the series.",
	.table = table,
	.min_args = 1,
	.max_args = 1,
};

static bool fits(const struct record *r, const struct options *o)
{
	return cell_filter_fits(r, &o->filter) && r->sample + 1 == (uint64_t)o->sample;
}

/* What is shown of a run, and of the last sample that was shown. */
struct view {
	const struct run_data *run;
	const struct options *o;
	struct timeline t, last;
	struct rec_map map;
	struct map_style style;
	unsigned shown;
	char why[1024]; /* the last sample that has no map */
};

static unsigned env_number(const char *name)
{
	const char *text = getenv(name);
	unsigned long n = text ? strtoul(text, NULL, 10) : 0;

	return n > 10000 ? 0 : (unsigned)n;
}

/* Of the screen; a file gets what fits in a letter. */
static struct map_style style_now(const struct options *o)
{
	const char *none = getenv("NO_COLOR");
	bool terminal = isatty(STDOUT_FILENO);
	struct winsize size = { .ws_col = 0 };
	struct map_style s = {
		.width = env_number("COLUMNS"),
		.rows = env_number("LINES"),
		.colour = terminal && !o->no_colour && !(none && *none),
		.utf8 = term_utf8(),
	};

	if (terminal)
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	s.width = s.width ? s.width : size.ws_col ? size.ws_col : 80;
	s.rows = s.rows ? s.rows : size.ws_row ? size.ws_row : 40;
	s.rows = s.rows > OTHER_LINES ? s.rows - OTHER_LINES : 1;
	return s;
}

static void show_sample(struct view *v, const struct record *r)
{
	if (!fits(r, v->o) || timeline_make(&v->t, r))
		return;
	if (v->o->map) {
		struct rec_map m;

		if (rec_map_read(&m, v->run->dir, r, v->why, sizeof(v->why)))
			return;
		rec_map_release(&v->map);
		v->map = m;
	}
	if (v->shown++)
		putchar('\n');
	if (v->o->map) {
		timeline_head(&v->t, stdout);
		map_print(&v->map, &v->style, stdout);
	} else {
		timeline_print(&v->t, v->style.utf8, stdout);
	}
	v->last = v->t;
}

static int draw_map(const struct view *v, const char *path, char *err, size_t len)
{
	char title[4 * REC_TEXT];
	FILE *f = fopen(path, "we");
	int rc = f ? 0 : -errno;

	if (f) {
		timeline_title(v->last.r, title, sizeof(title));
		map_svg(&v->map, title, f);
		rc = ferror(f) ? -EIO : 0;
		if (fclose(f) && !rc)
			rc = -errno;
	}
	if (rc)
		snprintf(err, len, "%s: %s", path, strerror(-rc));
	return rc;
}

static int draw(const struct view *v)
{
	const char *path = v->o->svg;
	char err[512];

	if (v->shown != 1) {
		bench_err("timeline: --svg %s: a figure shows one cell; here are %u: choose by "
			  "--filter",
			  path, v->shown);
		return EXIT_USAGE;
	}
	if (v->o->map ? draw_map(v, path, err, sizeof(err))
		      : timeline_svg(&v->last, path, err, sizeof(err))) {
		bench_err("timeline: %s", err);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int show(const struct run_data *run, const struct options *o)
{
	const struct record **latest = calloc(run->nr + 1, sizeof(const struct record *));
	struct view *v = calloc(1, sizeof(*v));
	size_t nr = latest ? store_latest(run, latest) : 0;
	int rc = EXIT_OK;

	if (v) {
		v->run = run;
		v->o = o;
		v->style = style_now(o);
	}
	for (size_t i = 0; v && i < nr; i++)
		show_sample(v, latest[i]);
	if (!v || !v->shown) {
		if (v && *v->why)
			bench_err("timeline: %s", v->why);
		else
			bench_err("timeline: %s: no sample %" PRIi64
				  " that fits has a series: the pass 'frag' was not run, or the "
				  "filter leaves none",
				  run->dir, o->sample);
		rc = EXIT_FAILED;
	} else if (o->svg) {
		rc = draw(v);
	}
	if (v)
		rec_map_release(&v->map);
	free(latest);
	free(v);
	return rc;
}

int cmd_timeline(int argc, char **argv)
{
	struct options o = { .sample = 1 };
	const char *dir;
	struct run_data run;
	char err[1024];
	int rc = opt_parse(&opt_timeline, argc, argv, &o, &dir);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (!cell_filter_check("timeline", &o.filter))
		return EXIT_USAGE;
	if (store_read(&run, dir, err, sizeof(err))) {
		bench_err("timeline: %s", err);
		return EXIT_FAILED;
	}
	rc = show(&run, &o);
	store_release(&run);
	return rc;
}
