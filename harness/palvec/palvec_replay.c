/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: boot facts, operations and checks, one after the other. */
#include "harness/palvec/palvec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

int bench_pv_diverged(run_t *run, int zone, const char *expected, const char *actual)
{
	fprintf(run->r->msg, "line %u: diverged after %" PRIu64 " operations\n", run->r->no,
		run->nr_ops);
	fprintf(run->r->msg, "expected: %s\nactual:   %s\nstate:\n", expected, actual);
	run->m->model->show(run, zone, run->r->msg);
	return -1;
}

int bench_pv_answer(run_t *run, int zone, const char *got)
{
	const char *word;

	if (run->record) {
		snprintf(run->answer, sizeof(run->answer), "%s", got);
		return 0;
	}
	word = bench_pv_word(run->r);
	if (!word || strcmp(word, "=") != 0 || !*run->r->cursor)
		return bench_pv_malformed(run->r, "the answer is missing");
	return strcmp(run->r->cursor, got) != 0 ? bench_pv_diverged(run, zone, run->r->cursor, got)
						: 0;
}

static int compare_lines(run_t *run, char *text, const char *last)
{
	char *actual;

	while (bench_pv_line(run->r)) {
		actual = strsep(&text, "\n");
		if (!strcmp(run->r->line, last))
			return actual && *actual ? bench_pv_diverged(run, -1, last, actual) : 0;
		if (!actual || !*actual)
			return bench_pv_diverged(run, -1, run->r->line, last);
		if (strcmp(run->r->line, actual) != 0)
			return bench_pv_diverged(run, -1, run->r->line, actual);
	}
	return bench_pv_malformed(run->r, "the file ends before %s", last);
}

typedef void (*render_fn)(run_t *run, FILE *f);

static int compare_state(run_t *run, render_fn render, const char *last)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);
	int rc;

	if (!f)
		return bench_pv_malformed(run->r, "no memory");
	render(run, f);
	fclose(f);
	rc = compare_lines(run, text, last);
	free(text);
	return rc;
}

/* @recorded: the script has the state too, up to its last line, which is skipped. */
static int record_state(run_t *run, const char *first, render_fn render, const char *last,
			bool recorded)
{
	while (recorded && bench_pv_line(run->r) && strcmp(run->r->line, last) != 0)
		;
	fprintf(run->record, "%s\n", first);
	render(run, run->record);
	fprintf(run->record, "%s\n", last);
	return PV_DROP;
}

int bench_pv_check(run_t *run)
{
	render_fn render = run->m->model->render;
	char line[96], why[256];

	snprintf(line, sizeof(line), "CHECK %" PRIu64 " live %" PRIu64 " %" PRIu64, run->nr_ops,
		 run->live_blocks, run->live_frames);
	if (run->ops->check(run->self, why, sizeof(why)))
		return bench_pv_diverged(run, -1, "sound data structures", why);
	if (run->record)
		return record_state(run, line, render, "ENDCHECK", run->r->line[strlen("CHECK")]);
	if (strcmp(run->r->line, line) != 0)
		return bench_pv_malformed(run->r, "'%.60s' should be '%s'", run->r->line, line);
	return compare_state(run, render, "ENDCHECK");
}

static const struct bench_pv_op *find_op(run_t *run, const char *line)
{
	for (const struct bench_pv_op *op = run->m->model->ops; op->key; op++) {
		size_t len = strlen(op->key);

		if (!strncmp(line, op->key, len) && strchr(" \n", line[len]))
			return op;
	}
	return NULL;
}

/* Do the lines of a dump follow, and not an operation or the end? */
static bool dump_follows(run_t *run)
{
	const char *next = run->r->next;

	return next < run->r->end && !find_op(run, next) &&
	       (strncmp(next, "END", 3) != 0 || !strncmp(next, "ENDDUMP", 7));
}

int bench_pv_dump(run_t *run)
{
	render_fn render = run->m->model->dump;

	if (run->record)
		return record_state(run, "DUMP", render, "ENDDUMP", dump_follows(run));
	return compare_state(run, render, "ENDDUMP");
}

static bool next_is(const run_t *run, const char *key)
{
	size_t len = strlen(key);

	return run->r->next < run->r->end && !strncmp(run->r->next, key, len) &&
	       run->r->next[len] == ' ';
}

/* Facts follow as long as lines begin with their key. */
static int following_facts(run_t *run)
{
	const char *const *keys = run->facts;

	run->facts = NULL;
	for (; *keys; keys++) {
		unsigned nr = 0;

		if (run->record) {
			bench_pv_facts(run, *keys, run->record);
			continue;
		}
		for (; next_is(run, *keys); nr++) {
			bench_pv_line(run->r);
			if (bench_pv_fact(run))
				return -1;
		}
		if (!nr)
			return bench_pv_malformed(run->r, "no lines '%s' follow", *keys);
	}
	return 0;
}

/* The line of an operation as it was, up to its answer, and the answer. */
static void record_line(run_t *run, char *line)
{
	char *equals = strstr(line, " = ");

	if (equals)
		*equals = '\0';
	fprintf(run->record, *run->answer ? "%s = %s\n" : "%s\n", line, run->answer);
	*run->answer = '\0';
	run->m->model->record_effects(run);
}

/* What comes again by itself when it is recorded. */
static bool is_recorded(run_t *run)
{
	return run->record && (bench_pv_is_fact(run) || bench_pv_is(run->r, run->m->model->effect));
}

static int operate(run_t *run)
{
	const struct bench_pv_op *op = find_op(run, run->r->line);
	char *line;
	int rc;

	if (!op && is_recorded(run))
		return 0;
	if (!op)
		return bench_pv_malformed(run->r, "unknown operation '%.40s'", run->r->line);
	line = strdup(run->r->line);
	if (!line)
		return bench_pv_malformed(run->r, "no memory");
	bench_pv_is(run->r, op->key);
	rc = op->run(run);
	run->nr_ops += op->counts && !rc;
	if (!rc && run->record)
		record_line(run, line);
	else if (!rc && run->m->model->effects)
		rc = run->m->model->effects(run);
	if (!rc && run->facts)
		rc = following_facts(run);
	free(line);
	return rc < 0 ? rc : 0;
}

static int boot(run_t *run)
{
	while (bench_pv_line(run->r)) {
		int rc = bench_pv_is(run->r, "CHECK") ? bench_pv_check(run) : 0;

		if (rc)
			return -1;
		if (!strcmp(run->r->line, "OPS"))
			return 0;
		if (strcmp(run->r->line, "ENDCHECK") != 0 && bench_pv_fact(run))
			return -1;
	}
	return bench_pv_malformed(run->r, "the file ends before its operations");
}

static int operations(run_t *run)
{
	int64_t nr;

	while (bench_pv_line(run->r)) {
		if (!bench_pv_is(run->r, "END")) {
			if (operate(run))
				return -1;
			continue;
		}
		if (run->record) {
			fprintf(run->record, "END %" PRIu64 "\n", run->nr_ops);
			return 0;
		}
		if (bench_pv_number(run->r, "operations", (int64_t)run->nr_ops,
				    (int64_t)run->nr_ops, &nr))
			return -1;
		return bench_pv_line(run->r) ? bench_pv_malformed(run->r, "text after END") : 0;
	}
	return bench_pv_malformed(run->r, "the file ends before END");
}

int bench_pv_replay(run_t *run)
{
	run->lists = strstr(run->r->next, "\nfl ") || strstr(run->r->next, "\npl ");
	return boot(run) || operations(run) ? -1 : 0;
}

int bench_pv_record(run_t *run, const char *header)
{
	static char first[] = "CHECK";

	run->lists = strstr(header, "\n# lists\n");
	fprintf(run->record, "%sBOOT\n", header);
	bench_pv_facts(run, NULL, run->record);
	run->r->line = first;
	bench_pv_check(run);
	while (!run->r->line || strcmp(run->r->line, "OPS") != 0)
		if (!bench_pv_line(run->r))
			return bench_pv_malformed(run->r, "the script has no OPS");
	fprintf(run->record, "OPS\n");
	return operations(run);
}
