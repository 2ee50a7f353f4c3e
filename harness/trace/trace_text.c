/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading events from text. */
#include "harness/trace/trace_text.h"
#include "harness/trace/trace_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 4096u

/* Values that the kernel prints as words. */
static const struct {
	const char *word;
	int64_t value;
} value_words[] = {
	{ "not_suitable_zone", 0 }, { "skipped", 1 },	{ "deferred", 2 },
	{ "no_suitable_page", 3 },  { "continue", 4 },	{ "complete", 5 },
	{ "partial_skipped", 6 },   { "contended", 7 }, { "success", 8 },
	{ "partial", 8 },	    { "async", 0 },	{ "sync", 1 },
};

/* The text after "KEY=" in @info; NULL without it. */
static const char *find_key(const char *info, const char *key)
{
	size_t n = strlen(key);

	for (const char *at = info; (at = strstr(at, key)); at++)
		if (at[n] == '=' && (at == info || at[-1] == ' ' || at[-1] == ','))
			return at + n + 1;
	return NULL;
}

static bool read_value(const char *info, const char *key, int64_t *value)
{
	const char *at = find_key(info, key);
	char *end;

	if (!at)
		return false;
	for (size_t i = 0; i < sizeof(value_words) / sizeof(value_words[0]); i++) {
		size_t n = strlen(value_words[i].word);

		if (!strncmp(at, value_words[i].word, n) && !isalnum((unsigned char)at[n]) &&
		    at[n] != '_') {
			*value = value_words[i].value;
			return true;
		}
	}
	if (!isdigit((unsigned char)*at) && *at != '-')
		return false;
	errno = 0;
	if (at[0] == '0' && at[1] == 'x')
		*value = (int64_t)strtoull(at + 2, &end, 16);
	else
		*value = strtoll(at, &end, 10);
	return !errno && end != at && (!*end || isspace((unsigned char)*end) || *end == ',');
}

static bool read_names(const char *info, const char *key, char *names)
{
	const char *at = find_key(info, key);
	size_t n = at ? strcspn(at, " \t\r\n,") : 0;

	if (!n || n >= TRACE_MAX_NAMES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (at[i] <= 0x20 || at[i] >= 0x7f)
			return false;
	memcpy(names, at, n);
	names[n] = '\0';
	return true;
}

/* A failed allocation is printed with frame 0, which is never handed out. */
static bool read_pfn(const char *info, struct trace_event *e)
{
	int64_t v;

	if (!read_value(info, "pfn", &v))
		return false;
	e->pfn = (uint64_t)v;
	if (e->kind == TRACE_ALLOC && (v == 0 || v == -1))
		e->pfn = TRACE_NO_PFN;
	return e->pfn <= TRACE_MAX_PFN || e->pfn == TRACE_NO_PFN;
}

bool trace_text_fields(const char *info, struct trace_event *e, char *names)
{
	const struct trace_kind_info *k = &trace_kinds[e->kind];
	int64_t v;

	names[0] = '\0';
	e->type = TRACE_TYPE_UNKNOWN;
	if ((k->has & TRACE_HAS_PFN) && !read_pfn(info, e))
		return false;
	if (k->has & TRACE_HAS_ORDER) {
		if (!read_value(info, k->order, &v) || v < 0 || v > (int64_t)TRACE_MAX_ORDER)
			return false;
		e->order = (uint8_t)v;
	}
	if ((k->has & TRACE_HAS_TYPE) && read_value(info, k->type, &v) && v >= 0 &&
	    v < (int64_t)TRACE_TYPE_UNKNOWN)
		e->type = (uint8_t)v;
	if ((k->has & TRACE_HAS_GFP) && !read_names(info, k->gfp, names))
		return false;
	for (unsigned i = 0; i < trace_nr_args(e->kind); i++)
		if (!read_value(info, k->arg[i], &e->arg[i]))
			e->arg[i] = -1;
	return true;
}

/* Steps back over blanks from @at; the new end. */
static const char *back_blanks(const char *line, const char *at)
{
	while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at;
}

static const char *back_digits(const char *line, const char *at)
{
	while (at > line && isdigit((unsigned char)at[-1]))
		at--;
	return at;
}

/* "1234.567890:" up to @end; its start in @start. Without a point it is nanoseconds. */
static bool read_time(const char *line, const char *end, const char **start, uint64_t *ns)
{
	if (end == line || end[-1] != ':')
		return false;
	const char *last = end - 1, *at = back_digits(line, last), *point = NULL;

	if (at > line && at[-1] == '.') {
		point = at;
		at = back_digits(line, at - 1);
	}
	if (at == last || last - at > 19)
		return false;
	uint64_t whole = strtoull(at, NULL, 10);

	*start = at;
	if (!point) {
		*ns = whole;
		return whole <= TRACE_MAX_NS;
	}
	uint64_t part = 0;

	for (unsigned i = 0; i < 9; i++)
		part = part * 10 + (uint64_t)(point + i < last ? point[i] - '0' : 0);
	if (whole > TRACE_MAX_NS / 1000000000u - 1)
		return false;
	*ns = whole * 1000000000u + part;
	return true;
}

/* "[001]", perhaps with the kernel's letters for the context after it. */
static bool read_cpu(const char *line, const char *end, const char **start, uint16_t *cpu)
{
	const char *at = end;

	while (at > line && at[-1] != ']')
		at--;
	if (at == line)
		return false;
	const char *digits = back_digits(line, at - 1);

	if (digits == line || digits[-1] != '[' || digits == at - 1 || at - digits > 6)
		return false;
	unsigned long v = strtoul(digits, NULL, 10);

	*start = digits - 1;
	*cpu = (uint16_t)v;
	return v < TRACE_MAX_CPUS;
}

/* "cc1-123", "cc1 123", "cc1 100/123"; a "(  100)" after it is the process. */
static bool read_pid(const char *line, const char *end, uint32_t *pid)
{
	const char *at = back_blanks(line, end);

	if (at > line && at[-1] == ')') {
		while (at > line && *at != '(')
			at--;
		at = back_blanks(line, at);
	}
	const char *digits = back_digits(line, at);

	if (digits == at || at - digits > 10)
		return false;
	*pid = (uint32_t)strtoul(digits, NULL, 10);
	return true;
}

/* @name: the tracepoint's name within @line. */
static bool read_place(const char *line, const char *name, struct trace_event *e)
{
	const char *at = name;

	if (at > line && at[-1] == ':') {
		at--;
		while (at > line && (isalnum((unsigned char)at[-1]) || at[-1] == '_'))
			at--;
	}
	at = back_blanks(line, at);
	return read_time(line, at, &at, &e->ns) && read_cpu(line, at, &at, &e->cpu) &&
	       read_pid(line, at, &e->pid);
}

/* The name of tracepoint @name followed by a colon, as a word of its own. */
static const char *find_name(const char *line, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = line; (at = strstr(at, name)); at++)
		if (at[n] == ':' && at > line && (at[-1] == ' ' || at[-1] == ':'))
			return at;
	return NULL;
}

static bool read_lost(const char *line, struct trace_text_counts *counts)
{
	static const char *const marks[] = { "[LOST ", "PERF_RECORD_LOST lost ", "lost " };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		const char *at = strstr(line, marks[i]);

		if (!at || !isdigit((unsigned char)at[strlen(marks[i])]))
			continue;
		if (i == 2 && !strstr(line, "LOST"))
			continue;
		counts->lost += strtoull(at + strlen(marks[i]), NULL, 10) & UINT32_MAX;
		return true;
	}
	return false;
}

static void count_other(const char *line, struct trace_text_counts *counts)
{
	struct trace_event place;
	const char *name = find_name(line, "mm_page_free_batched");

	if (name) {
		counts->batched++;
		return;
	}
	if (read_lost(line, counts) || line[strspn(line, " \t\r")] == '\0' || *line == '#')
		return;
	for (const char *at = line; (at = strchr(at, ' ')); at++)
		if (isalpha((unsigned char)at[1]) && read_place(line, at + 1, &place)) {
			counts->other++;
			return;
		}
	counts->unread++;
}

bool trace_text_line(const char *line, struct trace_event *e, char *names,
		     struct trace_text_counts *counts)
{
	counts->lines++;
	for (unsigned kind = 0; kind < TRACE_NR_KINDS; kind++) {
		const char *name = find_name(line, trace_kinds[kind].name);

		if (!name)
			continue;
		*e = (struct trace_event){ .kind = (uint8_t)kind };
		if (read_place(line, name, e) &&
		    trace_text_fields(name + strlen(trace_kinds[kind].name) + 1, e, names)) {
			counts->events++;
			return true;
		}
		counts->unread++;
		return false;
	}
	count_other(line, counts);
	return false;
}

/* Machine facts in the comments of perf script --header, and of trace-cmd. */
static const struct {
	const char *mark, *key;
} fact_marks[] = {
	{ "# os release :", "kernel" },
	{ "# nrcpus online :", "cpus" },
	{ "# cpudesc :", "cpu" },
	{ "# cmdline :", "command" },
	{ "cpus=", "cpus" },
};

struct convert {
	char facts[4096];
	size_t facts_len;
	struct trace_writer *w;
	FILE *out;
	uint64_t last_ns;
};

static void add_fact(struct convert *c, const char *line)
{
	for (size_t i = 0; i < sizeof(fact_marks) / sizeof(fact_marks[0]); i++) {
		size_t n = strlen(fact_marks[i].mark), room = sizeof(c->facts) - c->facts_len;

		if (!*fact_marks[i].key || strncmp(line, fact_marks[i].mark, n) != 0)
			continue;
		const char *value = line + n + strspn(line + n, " ");
		size_t size = strcspn(value, "\r\n"), used = strlen(fact_marks[i].key) + size + 2;

		for (size_t k = 0; k < size; k++)
			if ((unsigned char)value[k] < 0x20 || value[k] == 0x7f)
				return;
		if (used < room)
			c->facts_len += (size_t)snprintf(c->facts + c->facts_len, room, "%s=%.*s\n",
							 fact_marks[i].key, (int)size, value);
		return;
	}
}

/* One event to the file, which is begun with the first. */
static int store(struct convert *c, struct trace_event *e, const char *names,
		 struct trace_text_counts *counts)
{
	if (!c->w)
		c->w = trace_create(c->out, c->facts);
	if (!c->w)
		return errno == ENOMEM ? -ENOMEM : -EIO;
	if (e->ns < c->last_ns) {
		e->ns = c->last_ns;
		counts->early++;
	}
	c->last_ns = e->ns;
	if (trace_kinds[e->kind].has & TRACE_HAS_GFP) {
		int gfp = trace_intern(c->w, names);

		if (gfp < 0)
			return -E2BIG;
		e->gfp = (uint16_t)gfp;
	}
	return trace_write(c->w, e);
}

/* A line without its end; false at the end of the file. The rest of a long line is dropped. */
static bool next_line(FILE *in, char *line)
{
	size_t n = 0;
	int c;

	while ((c = getc_unlocked(in)) != EOF && c != '\n')
		if (n < MAX_LINE - 1)
			line[n++] = c ? (char)c : ' ';
	line[n] = '\0';
	return n || c != EOF;
}

static int convert_lines(struct convert *c, FILE *in, struct trace_text_counts *counts)
{
	char line[MAX_LINE], names[TRACE_MAX_NAMES];
	struct trace_event e;
	int rc = 0;

	while (!rc && next_line(in, line)) {
		if (!c->w)
			add_fact(c, line);
		if (trace_text_line(line, &e, names, counts))
			rc = store(c, &e, names, counts);
	}
	return rc ? rc : ferror(in) ? -EIO : 0;
}

int trace_text_convert(FILE *in, const char *name, FILE *out, struct trace_text_counts *counts,
		       char *why, size_t len)
{
	struct convert c = { .out = out };
	int rc;

	*counts = (struct trace_text_counts){ 0 };
	c.facts_len = (size_t)snprintf(c.facts, sizeof(c.facts), "source=text\n");
	rc = convert_lines(&c, in, counts);
	if (!rc && !c.w) {
		snprintf(why, len,
			 "%s: none of %llu lines is a page event as perf script or trace-cmd "
			 "report print it",
			 name, (unsigned long long)counts->lines);
		return -EBADMSG;
	}
	if (!rc)
		rc = trace_finish(c.w, &(struct trace_totals){ .lost = counts->lost,
							       .skipped = counts->unread });
	if (rc)
		snprintf(why, len, "%s: line %llu: %s", name, (unsigned long long)counts->lines,
			 strerror(-rc));
	trace_discard(c.w);
	return rc;
}
