/* SPDX-License-Identifier: GPL-2.0-only */
/* Option tables on top of argp. */
#include "harness/opt.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define OPT_MAX 40
#define OPT_KEY_BASE 0x100 /* keys of options without a letter start here */

struct opt_state {
	const struct opt_cmd *cmd;
	char *out;
	const char **args;
	unsigned nr_args;
	bool failed, help;
};

static const struct {
	const char *suffix;
	uint64_t factor;
} size_units[] = {
	{ "", 1 },
	{ "B", 1 },
	{ "KiB", 1ull << 10 },
	{ "MiB", 1ull << 20 },
	{ "GiB", 1ull << 30 },
	{ "TiB", 1ull << 40 },
	{ "KB", 1000 },
	{ "MB", 1000000 },
	{ "GB", 1000000000 },
	{ "TB", 1000000000000 },
};

int opt_size(const char *text, uint64_t *bytes)
{
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);

	if (errno)
		return -ERANGE;
	for (size_t i = 0; i < sizeof(size_units) / sizeof(size_units[0]); i++) {
		if (strcmp(end, size_units[i].suffix) != 0)
			continue;
		if (__builtin_mul_overflow((uint64_t)n, size_units[i].factor, bytes))
			return -ERANGE;
		return 0;
	}
	return -EINVAL;
}

static void reject(struct opt_state *s, const struct opt *o, const char *value, const char *want)
{
	bench_err("%s: --%s %s: %s", s->cmd->name, o->name, value, want);
	s->failed = true;
}

static void set_int(struct opt_state *s, const struct opt *o, const char *text)
{
	char *end, want[128];

	errno = 0;
	long long n = strtoll(text, &end, 0);

	if (errno || end == text || *end || n < o->min || n > o->max) {
		snprintf(want, sizeof(want), "wants a whole number from %lld to %lld",
			 (long long)o->min, (long long)o->max);
		reject(s, o, text, want);
		return;
	}
	*(int64_t *)(void *)(s->out + o->offset) = n;
}

static void set_size(struct opt_state *s, const struct opt *o, const char *text)
{
	uint64_t n;

	if (opt_size(text, &n)) {
		reject(s, o, text, "wants a size such as 64MiB or 1GiB");
		return;
	}
	if (n < (uint64_t)o->min || n > (uint64_t)o->max) {
		char want[128];

		snprintf(want, sizeof(want), "wants a size from %lld to %lld bytes",
			 (long long)o->min, (long long)o->max);
		reject(s, o, text, want);
		return;
	}
	*(uint64_t *)(void *)(s->out + o->offset) = n;
}

static void set_word(struct opt_state *s, const struct opt *o, const char *text)
{
	char want[256] = "wants one of";
	size_t nr = 0;

	for (; o->words[nr]; nr++) {
		if (!strcmp(o->words[nr], text)) {
			*(int *)(void *)(s->out + o->offset) = (int)nr;
			return;
		}
		size_t used = strlen(want);

		snprintf(want + used, sizeof(want) - used, " %s", o->words[nr]);
	}
	const char *near = pga_nearest(text, o->words, nr);
	size_t used = strlen(want);

	if (near)
		snprintf(want + used, sizeof(want) - used, "; did you mean '%s'?", near);
	reject(s, o, text, want);
}

static void add_item(struct opt_state *s, const struct opt *o, const char *text)
{
	struct opt_list *list = (struct opt_list *)(void *)(s->out + o->offset);

	if (list->nr == OPT_LIST_MAX) {
		reject(s, o, text, "given too often");
		return;
	}
	list->item[list->nr++] = text;
}

static void set_option(struct opt_state *s, const struct opt *o, const char *text)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)(void *)(s->out + o->offset) = true;
		break;
	case OPT_TEXT:
		*(const char **)(void *)(s->out + o->offset) = text;
		break;
	case OPT_INT:
		set_int(s, o, text);
		break;
	case OPT_SIZE:
		set_size(s, o, text);
		break;
	case OPT_WORD:
		set_word(s, o, text);
		break;
	case OPT_LIST:
		add_item(s, o, text);
		break;
	}
}

static void set_arg(struct opt_state *s, const char *text)
{
	if (s->nr_args == s->cmd->max_args) {
		bench_err("%s: argument '%s' is one too many; it takes %s", s->cmd->name, text,
			  *s->cmd->args ? s->cmd->args : "none");
		s->failed = true;
		return;
	}
	s->args[s->nr_args++] = text;
}

static error_t on_key(int key, char *arg, struct argp_state *state)
{
	struct opt_state *s = state->input;

	if (key == ARGP_KEY_ARG) {
		set_arg(s, arg);
		return 0;
	}
	if (key == '?') {
		s->help = true;
		return 0;
	}
	for (int i = 0; s->cmd->table[i].name; i++) {
		const struct opt *o = &s->cmd->table[i];

		if (key == (o->letter ? o->letter : OPT_KEY_BASE + i)) {
			set_option(s, o, arg);
			return 0;
		}
	}
	return ARGP_ERR_UNKNOWN;
}

/*
 * argp reports unknown options through getopt, without a nearest name and with
 * its own exit; so the words are looked up before it sees them.
 */
static bool known_words(const struct opt_cmd *cmd, int argc, char **argv)
{
	const char *names[OPT_MAX + 1];
	size_t nr = 0;

	for (const struct opt *o = cmd->table; o->name; o++)
		names[nr++] = o->name;
	names[nr++] = "help";
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		char word[64];
		size_t matches = 0;

		if (strncmp(argv[i], "--", 2) != 0)
			continue;
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(argv[i] + 2, "="), argv[i] + 2);
		for (size_t k = 0; k < nr; k++)
			matches += !strncmp(names[k], word, strlen(word));
		if (matches)
			continue;
		const char *near = pga_nearest(word, names, nr);

		if (near)
			bench_err("%s: unknown option --%s; did you mean --%s?", cmd->name, word,
				  near);
		else
			bench_err("%s: unknown option --%s; zonebench %s --help lists them",
				  cmd->name, word, cmd->name);
		return false;
	}
	return true;
}

static void print_help(const struct opt_cmd *cmd, const struct argp *argp)
{
	char name[64];

	snprintf(name, sizeof(name), "zonebench %s", cmd->name);
	argp_help(argp, stdout, ARGP_HELP_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG, name);
}

int opt_parse(const struct opt_cmd *cmd, int argc, char **argv, void *out, const char **args)
{
	struct argp_option options[OPT_MAX + 2] = { 0 };
	struct opt_state s = { .cmd = cmd, .out = out, .args = args };
	int nr = 0;

	for (; nr < OPT_MAX && cmd->table[nr].name; nr++) {
		const struct opt *o = &cmd->table[nr];

		options[nr] = (struct argp_option){
			.name = o->name,
			.key = o->letter ? o->letter : OPT_KEY_BASE + nr,
			.arg = o->type == OPT_FLAG ? NULL : o->arg,
			.doc = o->help,
		};
	}
	options[nr] = (struct argp_option){ .name = "help", .key = '?', .doc = "this list" };

	const struct argp argp = { options, on_key, cmd->args, cmd->summary, NULL, NULL, NULL };

	if (!known_words(cmd, argc, argv))
		return -1;
	if (argp_parse(&argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &s))
		return -1;
	if (s.help) {
		print_help(cmd, &argp);
		return -2;
	}
	if (!s.failed && s.nr_args < cmd->min_args) {
		bench_err("%s: missing argument: zonebench %s %s", cmd->name, cmd->name, cmd->args);
		s.failed = true;
	}
	return s.failed ? -1 : (int)s.nr_args;
}

void opt_print_markdown(const struct opt_cmd *cmd, FILE *f)
{
	fprintf(f, "## zonebench %s%s%s\n\n%s\n", cmd->name, *cmd->args ? " " : "", cmd->args,
		cmd->summary);
	if (!cmd->table[0].name)
		return;
	fprintf(f, "\n| option | what |\n|---|---|\n");
	for (const struct opt *o = cmd->table; o->name; o++) {
		fprintf(f, "| `--%s%s%s`", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
		if (o->letter)
			fprintf(f, ", `-%c`", o->letter);
		fprintf(f, " | %s", o->help);
		for (size_t i = 0; o->type == OPT_WORD && o->words[i]; i++)
			fprintf(f, "%s%s", i ? ", " : ": ", o->words[i]);
		fprintf(f, " |\n");
	}
}
