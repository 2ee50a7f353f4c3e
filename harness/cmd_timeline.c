/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench timeline: how the samples of a run went, on one axis. */
#include "harness/cmd_timeline.h"

#include "harness/cell_filter.h"
#include "harness/cmd.h"
#include "harness/timeline.h"
#include "results/store.h"

#include <inttypes.h>
#include <stdlib.h>

struct options {
	struct opt_list filter;
	int64_t sample;
	const char *svg;
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
	  .help = "draw the one cell that is left, by gnuplot" },
	{ .name = NULL },
};
const struct opt_cmd opt_timeline = {
	.name = "timeline",
	.args = "RUN",
	.summary = "Show Fu(9), free memory, steals, slow path and throughput of a run's samples "
		   "along their requests, as the fragmentation pass saw them. The numbers: "
		   "compare --series.",
	.table = table,
	.min_args = 1,
	.max_args = 1,
};

static bool fits(const struct record *r, const struct options *o)
{
	return cell_filter_fits(r, &o->filter) && r->sample + 1 == (uint64_t)o->sample;
}

static int draw(const struct timeline *t, unsigned nr, const char *path)
{
	char err[512];

	if (nr != 1) {
		bench_err("timeline: --svg %s: a figure shows one cell; here are %u: choose by "
			  "--filter",
			  path, nr);
		return EXIT_USAGE;
	}
	if (timeline_svg(t, path, err, sizeof(err))) {
		bench_err("timeline: %s", err);
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int show(const struct run_data *run, const struct options *o)
{
	const struct record **latest = calloc(run->nr + 1, sizeof(const struct record *));
	struct timeline *t = malloc(sizeof(*t)), *last = malloc(sizeof(*last));
	size_t nr = latest ? store_latest(run, latest) : 0;
	unsigned shown = 0;
	int rc = EXIT_OK;

	bool utf8 = term_utf8();

	for (size_t i = 0; t && last && i < nr; i++) {
		if (!fits(latest[i], o) || timeline_make(t, latest[i]))
			continue;
		if (shown++)
			putchar('\n');
		timeline_print(t, utf8, stdout);
		*last = *t;
	}
	if (!shown) {
		bench_err("timeline: %s: no sample %" PRIi64
			  " that fits has a series: the pass 'frag' was not run, or the filter "
			  "leaves none",
			  run->dir, o->sample);
		rc = EXIT_FAILED;
	} else if (o->svg) {
		rc = draw(last, shown, o->svg);
	}
	free(latest);
	free(t);
	free(last);
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
