/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench timeline: how the samples of a run went, on one axis. */
#include "harness/cmd_timeline.h"

#include "core/words.h"
#include "harness/cmd.h"
#include "harness/timeline.h"
#include "results/store.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct opt_list filter;
	int64_t sample;
	const char *svg;
};

static const struct opt table[] = {
	{ .name = "filter",
	  .letter = 'f',
	  .type = OPT_LIST,
	  .offset = offsetof(struct options, filter),
	  .arg = "KEY=VALUE",
	  .help = "only cells with this value of variant, workload, params, order, threads, "
		  "placement or memory; all that are given hold" },
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

/* The field that "KEY=VALUE" names, and its value. */
static const struct rec_field *field_of(const char *filter, const char **value)
{
	const char *names[16], *eq = strchr(filter, '='), *near;
	char key[64];
	size_t nr = 0;

	snprintf(key, sizeof(key), "%.*s", eq ? (int)(eq - filter) : 0, filter);
	for (const struct rec_field *k = rec_fields; k->name && nr < 16; k++) {
		if (k->direction != 'k')
			continue;
		if (eq && !strcmp(k->name, key)) {
			*value = eq + 1;
			return k;
		}
		names[nr++] = k->name;
	}
	near = pga_nearest(key, names, nr);
	bench_err("timeline: --filter %s: wants KEY=VALUE, KEY one of variant, workload, params, "
		  "order, threads, placement, memory%s%s%s",
		  filter, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static bool fits(const struct record *r, const struct options *o)
{
	for (unsigned i = 0; i < o->filter.nr; i++) {
		const char *value = NULL;
		const struct rec_field *k = field_of(o->filter.item[i], &value);
		const void *at = k ? (const char *)r + k->offset : NULL;
		char number[32];

		if (!k)
			return false;
		if (k->type == REC_TYPE_U64) {
			snprintf(number, sizeof(number), "%" PRIu64, *(const uint64_t *)at);
			at = number;
		}
		if (strcmp(at, value) != 0)
			return false;
	}
	return r->sample + 1 == (uint64_t)o->sample;
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

	setlocale(LC_CTYPE, "");
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");

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
	const char *dir, *value;
	struct run_data run;
	char err[1024];
	int rc = opt_parse(&opt_timeline, argc, argv, &o, &dir);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	for (unsigned i = 0; i < o.filter.nr; i++)
		if (!field_of(o.filter.item[i], &value))
			return EXIT_USAGE;
	if (store_read(&run, dir, err, sizeof(err))) {
		bench_err("timeline: %s", err);
		return EXIT_FAILED;
	}
	rc = show(&run, &o);
	store_release(&run);
	return rc;
}
