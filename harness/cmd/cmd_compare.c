/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench compare: two runs, or the cells of one, with verdicts. */
#include "harness/cmd/cmd_compare.h"

#include "core/pga.h"
#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "results/screen.h"
#include "results/selfcheck.h"
#include "results/series.h"
#include "results/sweep.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Words of all lists together, and the bytes that they take. */
#define MAX_WORDS CMP_MAX_METRICS

struct words {
	char text[2048];
	const char *item[MAX_WORDS + 1];
};

struct compare_opts {
	const char *row, *col, *baseline, *metric, *format;
	const char *alpha, *margin, *threshold;
	struct opt_list filter;
	int64_t seed, resamples;
	bool self_check, force, gate, series, sweep, no_means;
};

static const struct opt table[] = {
	{ .name = "row",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, row),
	  .arg = "AXIS,...",
	  .help = "axes of the rows (default: workload,order,threads and every other that "
		  "varies)" },
	{ .name = "col",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, col),
	  .arg = "AXIS",
	  .help = "axis of the columns (default: variant; run with two runs)" },
	{ .name = "baseline",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, baseline),
	  .arg = "NAME",
	  .help = "column that the others are compared with (default: the run's own, else the "
		  "first)" },
	{ .name = "metric",
	  .letter = 'm',
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, metric),
	  .arg = "NAME,...",
	  .help = "fields of docs/RESULTS.md, or counter: cost: frag: metric: path: stat: and a "
		  "NAME of "
		  "that group; vmstat: all counters of /proc/vmstat that moved (default: "
		  "quiet_ns_op where all samples have it, else ns_op)" },
	{ .name = "filter",
	  .type = OPT_LIST,
	  .offset = offsetof(struct compare_opts, filter),
	  .arg = "AXIS=VALUE",
	  .help = "only these cells; again for another value or axis" },
	{ .name = "format",
	  .letter = 'f',
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, format),
	  .arg = "NAME",
	  .help = "term, md, csv, json, lkml, github-smaller, github-bigger or bencher (default: "
		  "term; csv with --series)" },
	{ .name = "series",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, series),
	  .help = "do not compare: print the series of every sample, one line for each point" },
	{ .name = "sweep",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, sweep),
	  .help = "do not compare: print what `run --sweep` measured, throughput and 99th "
		  "percentiles of latency by the value of the tunable; the figures: report" },
	{ .name = "no-means",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, no_means),
	  .help = "no geometric means by axis after the tables" },
	{ .name = "alpha",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, alpha),
	  .arg = "P",
	  .help = "level of the rank test over all rows; the interval covers 1 - P (default: "
		  "0.05)" },
	{ .name = "margin",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, margin),
	  .arg = "X%",
	  .help = "a ratio inside this margin is the same (default: 2%)" },
	{ .name = "threshold",
	  .type = OPT_TEXT,
	  .offset = offsetof(struct compare_opts, threshold),
	  .arg = "X%",
	  .help = "a change up to this is no regression (default: 0%)" },
	{ .name = "self-check",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, self_check),
	  .help = "do not compare: print how often a run of 'run --self-check' raises a false "
		  "alarm, and finds what was made slower" },
	{ .name = "gate",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, gate),
	  .help = "exit with 3 for a regression, 4 for no evidence, with one run too" },
	{ .name = "force",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct compare_opts, force),
	  .help = "compare runs of unlike machines, with a note" },
	{ .name = "seed",
	  .type = OPT_INT,
	  .offset = offsetof(struct compare_opts, seed),
	  .arg = "N",
	  .help = "seed of the bootstrap (default: 1)",
	  .max = INT64_MAX },
	{ .name = "resamples",
	  .type = OPT_INT,
	  .offset = offsetof(struct compare_opts, resamples),
	  .arg = "N",
	  .help = "resamples of the bootstrap (default: 2000)",
	  .min = 200,
	  .max = 1000000 },
	{ .name = NULL },
};

const struct opt_cmd opt_compare = {
	.name = "compare",
	.args = "RUN [RUN]",
	.summary =
		"Compare the cells of a run by axes, or each cell of a run with the same cell of "
		"a second one.",
	.table = table,
	.min_args = 1,
	.max_args = 2,
};

/* "a,b" to a list; NULL stays NULL. 0, or -1 after a message. */
static int split(const char *option, const char *text, struct words *out)
{
	char *save = NULL;
	unsigned nr = 0;

	if (!text)
		return 0;
	if (strlen(text) >= sizeof(out->text)) {
		bench_err("compare: --%s is longer than %zu bytes", option, sizeof(out->text) - 1);
		return -1;
	}
	memcpy(out->text, text, strlen(text) + 1);
	for (char *w = strtok_r(out->text, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		if (nr == MAX_WORDS) {
			bench_err("compare: --%s has more than %d names", option, MAX_WORDS);
			return -1;
		}
		out->item[nr++] = w;
	}
	if (nr)
		return 0;
	bench_err("compare: --%s '%s' names nothing", option, text);
	return -1;
}

/* A share, with or without a percent sign: "2%" and "0.02" are the same. */
static int share(const char *option, const char *text, double max, double *out)
{
	char *end;

	if (!text)
		return 0;
	errno = 0;
	double v = strtod(text, &end);
	bool percent = *end == '%';

	if (end == text || errno || end[percent] || !isfinite(v) || v < 0 ||
	    v / (percent ? 100 : 1) > max) {
		bench_err("compare: --%s '%s': want a share of 0..%g, or percent", option, text,
			  max);
		return -1;
	}
	*out = v / (percent ? 100 : 1);
	return 0;
}

static int bad_format(const char *name)
{
	const char *names[16];
	size_t nr = 0;

	for (const struct sink *s = sinks; s->name && nr < 16; s++)
		names[nr++] = s->name;
	const char *near = pga_nearest(name, names, nr);

	bench_err("compare: unknown format '%s'; %s%s%s", name,
		  near ? "did you mean '"
		       : "formats are term md csv json lkml github-smaller github-bigger bencher",
		  near ? near : "", near ? "'?" : "");
	return EXIT_USAGE;
}

/* Colour and width belong to a screen, not to a file or a pipe. */
static struct sink_style style_of(FILE *f)
{
	const char *no_colour = getenv("NO_COLOR");
	struct sink_style style = { 0 };
	struct winsize size;

	if (!isatty(fileno(f)))
		return style;
	style.colour = !no_colour || !no_colour[0];
	if (!ioctl(fileno(f), TIOCGWINSZ, &size))
		style.width = size.ws_col;
	return style;
}

/* 3 outweighs 4: a regression is evidence. */
static int gate(const struct cmp_table *t)
{
	if (t->regressions || t->lost)
		return EXIT_REGRESSION;
	return t->words[CMP_NOT_SEPARATED] == t->family ? EXIT_INCONCLUSIVE : EXIT_OK;
}

static int exit_of(int rc)
{
	return rc == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static int sweep_runs(const struct run_data *const *runs, unsigned nr,
		      const struct sink_style *style)
{
	int code = EXIT_OK;

	setlocale(LC_CTYPE, "");
	for (unsigned i = 0; i < nr; i++)
		if (!sweep_print(runs[i], style, stdout)) {
			bench_err("compare: %s: no two variants differ in one number only: the run "
				  "was made without --sweep",
				  runs[i]->dir);
			code = EXIT_FAILED;
		}
	return code;
}

static int compare_runs(const struct compare_opts *o, const struct sink *sink,
			const struct cmp_conf *conf, const struct run_data *const *runs,
			unsigned nr)
{
	struct sink_style style = style_of(stdout);
	int code = EXIT_OK, rc;
	struct cmp_table *t;
	char err[1024] = "no run is given";

	style.means = !o->no_means;
	if (o->sweep)
		return sweep_runs(runs, nr, &style);
	if (o->self_check)
		rc = nr ? selfcheck_print(runs[0], &conf->stats, stdout, err, sizeof(err))
			: -ENODATA;
	else if (o->series)
		rc = series_print(runs, nr, conf, sink->name, stdout, err, sizeof(err));
	else
		rc = cmp_build(&t, runs, nr, conf, err, sizeof(err));
	if (rc) {
		bench_err("compare: %s", err);
		return exit_of(rc);
	}
	if (!o->series && !o->self_check) {
		sink->print(t, &style, stdout);
		code = nr == 2 || o->gate ? gate(t) : EXIT_OK;
		cmp_free(t);
	}
	if (fflush(stdout) || ferror(stdout)) {
		bench_err("compare: cannot write to standard output");
		return EXIT_FAILED;
	}
	return code;
}

static int load_and_compare(const struct compare_opts *o, const struct sink *sink,
			    const struct cmp_conf *conf, const char *const *dirs, unsigned nr)
{
	struct run_data data[CMP_MAX_RUNS];
	const struct run_data *runs[CMP_MAX_RUNS];
	char err[1024];
	unsigned loaded = 0;
	int code = EXIT_OK;

	for (; loaded < nr; loaded++) {
		runs[loaded] = &data[loaded];
		if (store_read(&data[loaded], dirs[loaded], err, sizeof(err))) {
			bench_err("compare: %s", err);
			code = EXIT_FAILED;
			break;
		}
	}
	if (code == EXIT_OK)
		code = compare_runs(o, sink, conf, runs, nr);
	for (unsigned i = 0; i < loaded; i++)
		store_release(&data[i]);
	return code;
}

int cmd_compare(int argc, char **argv)
{
	static struct words rows, metrics;
	struct compare_opts o = { .seed = 1, .resamples = 2000 };
	struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	const char *filters[OPT_LIST_MAX + 1] = { NULL };
	const char *dirs[CMP_MAX_RUNS];
	int nr = opt_parse(&opt_compare, argc, argv, &o, dirs);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (!o.format)
		o.format = o.series ? "csv" : "term";
	const struct sink *sink = sink_find(o.format);

	if (!sink)
		return bad_format(o.format);
	if (split("row", o.row, &rows) || split("metric", o.metric, &metrics) ||
	    share("alpha", o.alpha, 0.5, &conf.stats.alpha) ||
	    share("margin", o.margin, 1, &conf.stats.margin) ||
	    share("threshold", o.threshold, 10, &conf.threshold))
		return EXIT_USAGE;
	if (conf.stats.alpha < 1e-6) {
		bench_err("compare: --alpha '%s' is below 0.000001", o.alpha);
		return EXIT_USAGE;
	}
	for (unsigned i = 0; i < o.filter.nr; i++)
		filters[i] = o.filter.item[i];
	conf.stats.seed = (uint64_t)o.seed;
	conf.stats.resamples = (unsigned)o.resamples;
	conf.rows = o.row ? rows.item : NULL;
	conf.metrics = o.metric ? metrics.item : NULL;
	conf.filters = filters;
	conf.col = o.col;
	conf.baseline = o.baseline;
	conf.force = o.force;
	return load_and_compare(&o, sink, &conf, dirs, (unsigned)nr);
}

/* What a run ends with is read by people, also where it goes to a file or a pipe. */
static unsigned summary_width(void)
{
	const char *columns = getenv("COLUMNS");
	long n = columns ? strtol(columns, NULL, 10) : 0;

	return n >= 40 && n <= 10000 ? (unsigned)n : 100;
}

int compare_self_check(const struct run_data *run, FILE *f)
{
	const struct stats_conf conf = STATS_CONF_DEFAULT;
	char err[1024];

	if (!selfcheck_print(run, &conf, f, err, sizeof(err)))
		return EXIT_OK;
	bench_err("compare: %s", err);
	return EXIT_FAILED;
}

int compare_print_run(const struct run_data *run, FILE *f)
{
	struct sink_style style = style_of(f);
	struct screen_path paths[PGA_NR_STAGES + 1] = { { 0 } };
	char err[1024];

	for (unsigned i = 0; i < PGA_NR_STAGES; i++)
		paths[i] = (struct screen_path){ pga_stages[i].name, pga_stages[i].slow };
	style.width = style.width ? style.width : summary_width();
	if (!screen_print(run, paths, &style, f, err, sizeof(err))) {
		setlocale(LC_CTYPE, "");
		sweep_print(run, &style, f);
		return EXIT_OK;
	}
	bench_err("compare: %s", err);
	return EXIT_FAILED;
}
