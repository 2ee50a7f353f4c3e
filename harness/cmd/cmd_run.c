/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench run: measure a matrix into a run directory. */
#include "harness/cmd/cmd_run.h"

#include "harness/cmd/cmd.h"
#include "harness/cmd/cmd_compare.h"
#include "harness/cmd/cmd_run_loop.h"
#include "harness/counters/counters.h"
#include "harness/engine/child.h"
#include "harness/measure/topo_measure.h"
#include "results/rec_map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CALIBRATE_MS 20000
#define CALIBRATE_MEM ((uint64_t)256 << 20) /* bytes */

static const struct opt table[] = {
	MATRIX_OPTIONS,
	{ "force", 0, OPT_FLAG, offsetof(struct matrix_opts, force), NULL,
	  "go on in a directory that holds another matrix or another machine's results", 0, 0,
	  NULL },
	{ "self-check", 0, OPT_FLAG, offsetof(struct matrix_opts, self_check), NULL,
	  "measure the baseline against itself, and against itself made 5 % slower; the time pass "
	  "alone",
	  0, 0, NULL },
	{ "events", 0, OPT_TEXT, offsetof(struct matrix_opts, events), "FILE",
	  "write the allocator's events to FILE, in the form of perf script; takes a pass of its "
	  "own in each sample",
	  0, 0, NULL },
	{ "no-color", 0, OPT_FLAG, offsetof(struct matrix_opts, no_colour), NULL,
	  "no colours; the environment variable NO_COLOR does the same", 0, 0, NULL },
	{ .name = NULL },
};
const struct opt_cmd opt_run = {
	.name = "run",
	.args = "[MATRIX.yaml]",
	.summary = "Measure a matrix, the default one when no file is named, and compare. One that "
		   "comes with zonebench is found by its name: generations. A run that was stopped "
		   "or failed in parts is resumed by naming its directory.",
	.table = table,
	.max_args = 1,
};

/* What this machine counts, found out in a child that owns the library's state. */
static void calibrate(void *arg, struct record *r)
{
	struct cnt_machine machine = { .ok = false };

	(void)arg;
	if (!cnt_init(machine.line, sizeof(machine.line)))
		cnt_calibrate(&machine);
	snprintf(r->status, sizeof(r->status), "%s", machine.ok ? "ok" : "refused");
	snprintf(r->reason, sizeof(r->reason), "%s", machine.line);
	snprintf(r->target, sizeof(r->target), "%s", machine.ok ? machine.backend : "none");
}

static const char *env_text(const struct matrix_job *job, const char *key)
{
	const char *text = json_string_value(json_object_get(job->env, key));

	return text ? text : "unknown";
}

static void print_header(const struct matrix_job *job, const struct record *counters)
{
	const struct topo *t = job->topo;
	bool vm = json_is_true(json_object_get(job->env, "virtual_machine"));

	printf("zonebench %s   %s, %u core%s, %u node%s%s   Linux %s\n", ZB_VERSION,
	       env_text(job, "cpu_model"), t->nr_cores, t->nr_cores == 1 ? "" : "s", t->nr_nodes,
	       t->nr_nodes == 1 ? "" : "s", vm ? " (virtual machine)" : "",
	       env_text(job, "kernel"));
	printf("counters: %s\n", *counters->reason ? counters->reason : "unknown");
	if (t->simulated)
		printf("simulated topology %s: no binding, and no claim about remote access\n",
		       t->source);
	if (*t->note)
		printf("note: %s\n", t->note);
}

static void default_dir(const struct matrix_job *job, char *dir, size_t len)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	snprintf(dir, len, "results/runs/%s-%s", job->m->name, stamp);
}

static json_t *file_text(const char *path)
{
	json_t *text = NULL;
	char *buf = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "re");

	if (f && getdelim(&buf, &size, '\0', f) >= 0)
		text = json_string(buf);
	free(buf);
	if (f)
		fclose(f);
	return text ? text : json_null();
}

/* The manifest, with this start added to the ones before. */
static json_t *make_manifest(const struct matrix_job *job, const struct record *counters,
			     const struct run_dir *dir, int argc, char **argv)
{
	json_t *before = json_object_get(dir->data.manifest, "starts");
	json_t *starts = json_is_array(before) ? json_deep_copy(before) : json_array();
	json_t *words = json_array(), *manifest = json_object();

	for (int i = 0; i < argc; i++)
		json_array_append_new(words, json_string(argv[i]));
	json_array_append_new(starts,
			      json_pack("{s:O, s:o}", "time", json_object_get(job->env, "time"),
					"arguments", words));
	json_object_set_new(manifest, "schema", json_integer(REC_SCHEMA));
	json_object_set_new(manifest, "version", json_string(ZB_VERSION));
	json_object_set_new(manifest, "name", json_string(job->m->name));
	json_object_set_new(manifest, "baseline", json_string(job->m->baseline));
	json_object_set_new(manifest, "seed", json_integer((json_int_t)job->m->seed));
	json_object_set_new(manifest, "samples", json_integer(job->samples));
	json_object_set_new(manifest, "cells", json_integer((json_int_t)job->cells.nr));
	json_object_set_new(manifest, "topology", json_string(job->topo->source));
	json_object_set_new(manifest, "simulated", json_boolean(job->topo->simulated));
	json_object_set_new(manifest, "counter_backend", json_string(counters->target));
	json_object_set_new(manifest, "counters", json_string(counters->reason));
	json_object_set_new(manifest, "matrix", file_text(job->path));
	json_object_set(manifest, "env", job->env);
	if (job->measured)
		json_object_set(manifest, "measured", job->measured);
	else
		json_object_set_new(manifest, "measured",
				    json_pack("{s:s}", "reason", job->not_measured));
	json_object_set_new(manifest, "starts", starts);
	return manifest;
}

static void print_counts(const struct run_counts *c)
{
	printf("computed %zu, reused %zu, failed %zu, skipped %zu\n", c->computed, c->reused,
	       c->failed, c->skipped);
	if (c->invalid)
		printf("%zu of the computed samples missed their target: status invalid, not "
		       "compared\n",
		       c->invalid);
}

/* From the files, not from memory: what was written is what is shown. */
static int print_tables(const char *dir, bool self_check)
{
	struct run_data data;
	char err[512];

	if (store_read(&data, dir, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_FAILED;
	}
	putchar('\n');
	int code = compare_print_run(&data, stdout);

	if (code == EXIT_OK && self_check) {
		putchar('\n');
		code = compare_self_check(&data, stdout);
	}

	store_release(&data);
	return code;
}

static int finish(struct run_loop *loop, const char *dir, int rc)
{
	const char *self = program_invocation_name;

	print_counts(&loop->counts);
	if (loop->until.value)
		until_print(&loop->until, loop->out_of_budget, stdout);
	fflush(stdout);
	if (rc == -EINTR) {
		bench_err("stopped by SIG%s; what was finished is kept; %s run with the same "
			  "options and -o %s goes on",
			  sigabbrev_np(child_stop_signal()), self, dir);
		return 128 + child_stop_signal();
	}
	if (rc)
		return EXIT_FAILED;
	if (loop->counts.computed + loop->counts.reused && print_tables(dir, loop->self_check))
		return EXIT_FAILED;
	printf("\n%s/   samples.jsonl   manifest.json\n"
	       "next, with intervals: %s compare %s\n",
	       dir, self, dir);
	if (loop->counts.computed + loop->counts.reused == 0) {
		bench_err("nothing was measured");
		return EXIT_FAILED;
	}
	return loop->counts.failed ? EXIT_FAILED : EXIT_OK;
}

/* What earlier starts measured counts, rounds beyond the fixed ones too. */
static int prepare_until(struct run_loop *loop, const struct run_dir *old)
{
	const struct matrix_cells *cells = &loop->job->cells;

	if (!until_wanted(loop->job))
		return 0;
	if (until_open(&loop->until, loop->job))
		return -ENOMEM;
	for (size_t i = 0; i < old->nr; i++)
		for (size_t c = 0; c < cells->nr; c++)
			if (!strcmp(cells->cell[c].hash, old->latest[i]->cell))
				until_note(&loop->until, c, old->latest[i]);
	return 0;
}

static int prepare(struct run_loop *loop, const struct run_dir *old)
{
	const struct matrix_job *job = loop->job;
	int rc = sched_build(&loop->sched, &job->cells, job->samples, job->m->seed);

	if (!rc)
		rc = sched_times_init(&loop->times, &job->cells);
	if (!rc)
		rc = sched_resume(&loop->sched, &job->cells, old->latest, old->nr);
	if (!rc)
		rc = prepare_until(loop, old);
	if (rc) {
		bench_err("run: out of memory");
		return rc;
	}
	run_dir_times(old, &job->cells, &loop->times);
	loop->counts.reused = loop->sched.nr_done;
	return 0;
}

/* Open the directory, and take over what it holds. */
static int open_dir(struct run_loop *loop, const struct matrix_opts *o, const char *dir,
		    const struct record *counters, struct run_dir *old, int argc, char **argv)
{
	char err[768];

	if (store_create(&loop->store, dir, err, sizeof(err)) ||
	    run_dir_read(old, dir, err, sizeof(err))) {
		bench_err("%s", err);
		return EXIT_FAILED;
	}
	json_t *manifest = make_manifest(loop->job, counters, old, argc, argv);
	int rc = EXIT_OK;

	if (!o->force && run_dir_check(old, manifest, err, sizeof(err)))
		rc = EXIT_USAGE;
	else if (store_manifest_set(loop->store, manifest, err, sizeof(err)))
		rc = EXIT_FAILED;
	json_decref(manifest);
	if (rc != EXIT_OK)
		bench_err("%s", err);
	else if (prepare(loop, old))
		rc = EXIT_FAILED;
	return rc;
}

/* Why each comparison has as many rounds as it has goes into the manifest. */
static int store_ends(struct run_loop *loop, const char *dir)
{
	char path[4096], err[768] = "manifest.json can not be read";
	int rc = -EIO;

	if (!loop->until.value)
		return 0;
	snprintf(path, sizeof(path), "%.4000s/manifest.json", dir);
	json_t *manifest = json_load_file(path, 0, NULL);

	if (manifest) {
		json_object_set_new(manifest, "until",
				    until_json(&loop->until, loop->out_of_budget));
		rc = store_manifest_set(loop->store, manifest, err, sizeof(err));
	}
	json_decref(manifest);
	if (rc)
		bench_err("%s", err);
	return rc;
}

static int measure_all(struct run_loop *loop, const char *dir)
{
	int rc = run_loop(loop);

	if (!rc && loop->until.value)
		rc = run_loop_until(loop);
	if (!rc)
		rc = store_ends(loop, dir);
	return rc;
}

static int run(struct run_loop *loop, const struct matrix_opts *o, const char *dir, int argc,
	       char **argv)
{
	const struct child_limits limits = { CALIBRATE_MS, CALIBRATE_MEM, CALIBRATE_MEM };
	struct record *counters = malloc(sizeof(*counters));
	struct run_dir old = { .nr = 0 };

	snprintf(loop->maps, sizeof(loop->maps), "%s/" REC_MAP_FILE, dir);
	if (!counters) {
		bench_err("run: out of memory");
		return EXIT_FAILED;
	}
	rec_init(counters);
	child_run(calibrate, NULL, counters, &limits);
	print_header(loop->job, counters);
	int rc = open_dir(loop, o, dir, counters, &old, argc, argv);

	if (rc == EXIT_OK) {
		matrix_print_plan(loop->job, sched_left(&loop->times, &loop->sched, 0), stdout);
		fflush(stdout);
		progress_init(&loop->progress, stdout, loop->sched.nr, o->no_colour);
		int error = run_loop_skip(loop, &old);

		/* Records are large: the children must not inherit them. */
		run_dir_release(&old);
		if (!error)
			error = measure_all(loop, dir);
		loop->self_check = o->self_check;
		rc = finish(loop, dir, error);
	}
	run_dir_release(&old);
	free(counters);
	return rc;
}

/* An empty file to begin with, so that one that cannot be written is said at once. */
static int start_events(struct run_loop *loop, const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f) {
		bench_err("--events %s: %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	fclose(f);
	loop->events = path;
	return EXIT_OK;
}

int cmd_run(int argc, char **argv)
{
	struct matrix_opts o = { .seed = -1 };
	const char *args[1] = { NULL };
	struct matrix_job job;
	struct run_loop loop = { .job = &job };
	char dir[512];
	int rc = opt_parse(&opt_run, argc, argv, &o, args);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	rc = matrix_open(&job, &o, rc ? args[0] : NULL);
	if (rc == EXIT_OK && o.events)
		rc = start_events(&loop, o.events);
	child_signals_init();
	if (rc == EXIT_OK && !job.measured && !o.quick) {
		measure_once(job.topo);
		job.measured = measure_load(job.topo, job.not_measured, sizeof(job.not_measured));
	}
	if (rc == EXIT_OK) {
		default_dir(&job, dir, sizeof(dir));
		rc = run(&loop, &o, o.dir ? o.dir : dir, argc, argv);
	}
	store_close(loop.store);
	sched_free(&loop.sched);
	sched_times_free(&loop.times);
	until_close(&loop.until);
	matrix_close(&job);
	return rc;
}
