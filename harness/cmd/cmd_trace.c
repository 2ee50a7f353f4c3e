/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench trace: record, convert and describe page events of a kernel. */
#include "harness/cmd/cmd_trace.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"
#include "harness/trace/trace_info.h"
#include "harness/trace/trace_load.h"
#include "harness/trace/trace_record.h"
#include "harness/trace/trace_text.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 64
#define DEFAULT_OUT "trace.zbt"
#define BUFFER_MAX (1ll << 32) /* bytes of a CPU's buffer */

struct options {
	const char *out;
	uint64_t buffer; /* bytes */
};

static const struct opt table[] = {
	{ .name = "output",
	  .letter = 'o',
	  .type = OPT_TEXT,
	  .offset = offsetof(struct options, out),
	  .arg = "FILE",
	  .help = "record, convert: the trace to write (default " DEFAULT_OUT ")" },
	{ .name = "buffer",
	  .letter = 'b',
	  .type = OPT_SIZE,
	  .offset = offsetof(struct options, buffer),
	  .arg = "SIZE",
	  .help = "record: the kernel's buffer for each CPU (default 16MiB); larger ones lose "
		  "fewer events",
	  .min = 65536,
	  .max = BUFFER_MAX },
	{ .name = NULL },
};
const struct opt_cmd opt_trace = {
	.name = "trace",
	.args = "record [-o FILE] -- COMMAND... | convert TEXT [-o FILE] | info FILE...",
	.summary =
		"Record the page allocations and frees of the running kernel while a command runs "
		"(as root, through tracefs); make a trace of what perf script or trace-cmd report "
		"print (- reads the standard input); describe traces. The workload trace replays "
		"them. Exit status: 0 ok, 1 failed, also when the command failed, 77 this machine "
		"or user cannot record and nothing was run.",
	.table = table,
	.min_args = 1,
	.max_args = MAX_ARGS,
};

static FILE *create(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		bench_err("trace: %s: %s", path, strerror(errno));
	return f;
}

/* 0, or EXIT_FAILED with a message. */
static int finish(FILE *f, const char *path)
{
	if (!fclose(f))
		return EXIT_OK;
	bench_err("trace: %s: %s", path, strerror(errno));
	return EXIT_FAILED;
}

static int tell_command(const struct trace_record *rec)
{
	if (rec->signal) {
		printf("ended by signal %d; what was recorded until then is kept\n", rec->signal);
		return EXIT_OK;
	}
	if (WIFEXITED(rec->status) && !WEXITSTATUS(rec->status))
		return EXIT_OK;
	if (WIFEXITED(rec->status))
		bench_err("trace record: %s ended with exit code %d; its trace is kept",
			  rec->command[0], WEXITSTATUS(rec->status));
	else
		bench_err("trace record: %s was ended by signal %d; its trace is kept",
			  rec->command[0], WTERMSIG(rec->status));
	return EXIT_FAILED;
}

static int record(const struct options *o, char *const *command)
{
	char why[512] = "";
	struct trace_record rec = { .command = command, .buffer_kib = (size_t)(o->buffer >> 10) };

	if (!command || !*command) {
		bench_err("trace record: names no command; zonebench trace record -- COMMAND...");
		return EXIT_USAGE;
	}
	rec.out = create(o->out);
	if (!rec.out)
		return EXIT_FAILED;
	int rc = trace_record(&rec, why, sizeof(why));
	int code = finish(rec.out, o->out);

	if (rc) {
		unlink(o->out);
		bench_err("trace record: %s", why);
		return rc == -EPERM || rc == -ENODEV ? EXIT_SKIPPED : EXIT_FAILED;
	}
	printf("%s: %" PRIu64 " events, %" PRIu64 " lost%s\n", o->out, rec.events, rec.lost,
	       rec.lost ? "; --buffer gives them more room" : "");
	rc = tell_command(&rec);
	return code ? code : rc;
}

static void tell_lines(const char *name, const struct trace_text_counts *c)
{
	printf("%s: %" PRIu64 " lines, %" PRIu64 " events; %" PRIu64 " of other kinds, %" PRIu64
	       " batched frees told twice, %" PRIu64 " not understood, %" PRIu64
	       " earlier than the one before, %" PRIu64 " lost\n",
	       name, c->lines, c->events, c->other, c->batched, c->unread, c->early, c->lost);
}

static int convert(const struct options *o, const char *text)
{
	struct trace_text_counts counts;
	bool is_stdin = !strcmp(text, "-");
	FILE *in = is_stdin ? stdin : fopen(text, "re"), *out;
	char why[512] = "";
	int code;

	if (!in) {
		bench_err("trace convert: %s: %s", text, strerror(errno));
		return EXIT_FAILED;
	}
	out = create(o->out);
	code = out ? EXIT_OK : EXIT_FAILED;
	if (out) {
		int rc = trace_text_convert(in, text, out, &counts, why, sizeof(why));

		code = finish(out, o->out);
		if (rc) {
			unlink(o->out);
			bench_err("trace convert: %s", why);
			code = EXIT_FAILED;
		} else {
			tell_lines(text, &counts);
		}
	}
	if (!is_stdin)
		fclose(in);
	return code;
}

static int info_file(const char *text)
{
	struct trace_info *info = calloc(1, sizeof(*info));
	char path[PATH_MAX + 128], why[PATH_MAX + 512] = "no memory";
	struct trace_reader *r = NULL;
	int rc = info ? trace_path(text, path, sizeof(path), why, sizeof(why)) : -ENOMEM;
	FILE *f = rc ? NULL : fopen(path, "re");

	if (!rc && !f) {
		rc = -errno;
		snprintf(why, sizeof(why), "%s: %s", path, strerror(errno));
	}
	if (!rc)
		rc = trace_open(&r, f, path, why, sizeof(why));
	if (!rc) {
		rc = trace_info_read(info, r, why, sizeof(why));
		if (!rc) {
			printf("%-12s%s\n", "trace", path);
			trace_info_print(info, r, stdout);
		}
		trace_info_close(info);
		trace_close(r);
	}
	free(info);
	if (rc)
		bench_err("trace info: %s", why);
	return rc ? EXIT_FAILED : EXIT_OK;
}

static int unknown(const char *word)
{
	static const char *const words[] = { "record", "convert", "info" };
	const char *near = pga_nearest(word, words, 3);

	if (near)
		bench_err("trace: unknown action '%s'; did you mean '%s'?", word, near);
	else
		bench_err("trace: unknown action '%s'; there are record, convert and info", word);
	return EXIT_USAGE;
}

int cmd_trace(int argc, char **argv)
{
	struct options o = { .out = DEFAULT_OUT, .buffer = 16u << 20 };
	const char *args[MAX_ARGS];
	int own = 1, code = EXIT_OK;

	/* What comes after -- is the command's, options included. */
	while (own < argc && strcmp(argv[own], "--") != 0)
		own++;
	int nr = opt_parse(&opt_trace, own, argv, &o, args);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (!strcmp(args[0], "record") && nr == 1)
		return record(&o, own < argc ? argv + own + 1 : NULL);
	if (!strcmp(args[0], "record")) {
		bench_err("trace record: a command comes after --, as in: trace record -- %s",
			  args[1]);
		return EXIT_USAGE;
	}
	if (own < argc || (strcmp(args[0], "convert") != 0 && strcmp(args[0], "info") != 0))
		return unknown(own < argc ? "--" : args[0]);
	if (nr < 2 || (nr > 2 && !strcmp(args[0], "convert"))) {
		bench_err("trace %s: wants %s", args[0],
			  strcmp(args[0], "info") != 0 ? "one text, or - for the standard input"
						       : "at least one trace");
		return EXIT_USAGE;
	}
	if (!strcmp(args[0], "convert"))
		return convert(&o, args[1]);
	for (int i = 1; i < nr; i++)
		if (info_file(args[i]))
			code = EXIT_FAILED;
	return code;
}
