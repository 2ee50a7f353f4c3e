/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of variants, and how one is derived on the command line. */
#include "core/variants.h"
#include "core/linux24.h"
#include "core/linux26.h"
#include "core/linux310.h"
#include "core/null.h"
#include "core/words.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct pga_variant_row pga_variants[] = {
	{ "null", &pga_null, "", "no allocator at all: the harness's own cost" },
	{ "linux-2.4", &pga_linux24, "", "Linux 2.4.0 as it boots" },
	{ "linux-2.6.9", &pga_linux26, "", "Linux 2.6.9 as it boots" },
	{ "linux-2.6.9-nopcp", &pga_linux26, "pcp.enable=no", "without per-CPU lists" },
	{ "linux-3.10", &pga_linux310, "", "Linux 3.10 as it boots" },
	{ "linux-3.10-nopcp", &pga_linux310, "pcp.enable=no", "without per-CPU lists" },
	{ "linux-3.10-nogroup", &pga_linux310, "mobility=off", "without grouping by mobility" },
	{ "linux-3.10-noreclaim", &pga_linux310, "reclaim=no",
	  "without reclaim: owners keep their frames" },
	{ "linux-3.10-zonereclaim", &pga_linux310, "zone_reclaim_mode=1",
	  "a near node is reclaimed before a remote one is used" },
	{ "linux-3.10-nocompact", &pga_linux310, "compaction=off", "without direct compaction" },
	{ "linux-3.10-asynccompact", &pga_linux310, "compaction=async",
	  "direct compaction that never waits" },
	{ "linux-3.10-nogroup-nocompact", &pga_linux310, "mobility=off,compaction=off",
	  "neither grouping nor compaction" },
	{ "linux-3.10-zoneorder", &pga_linux310, "zonelist.order=zone", "zonelists by zone type" },
	{ .name = NULL },
};

#define MAX_ROWS 256u

static int refuse(char *err, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(char *err, size_t len, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err, len, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

int pga_tunable_index(const struct pga_ops *ops, const char *name)
{
	for (int i = 0; ops->tunables[i].name; i++)
		if (!strcmp(ops->tunables[i].name, name))
			return i;
	return -1;
}

/* ", did you mean 'x'?" or, when nothing is near, "; valid: a b c". */
static void suggest(char *out, size_t len, const char *word, const char *const *names, size_t nr)
{
	const char *near = pga_nearest(word, names, nr);
	size_t used;

	if (near) {
		snprintf(out, len, ", did you mean '%s'?", near);
		return;
	}
	snprintf(out, len, nr ? "; valid:" : "; there are none");
	for (size_t i = 0; i < nr; i++) {
		used = strlen(out);
		snprintf(out + used, len - used, " %s", names[i]);
	}
}

static int unknown_tunable(const struct pga_ops *ops, const char *name, char *err, size_t len)
{
	const char *names[PGA_MAX_TUNABLES];
	char hint[256];
	size_t nr = 0;

	while (nr < PGA_MAX_TUNABLES && ops->tunables[nr].name) {
		names[nr] = ops->tunables[nr].name;
		nr++;
	}
	suggest(hint, sizeof(hint), name, names, nr);
	return refuse(err, len, "%s has no tunable '%s'%s", ops->name, name, hint);
}

static int bad_word(const struct pga_ops *ops, const struct pga_tunable *t, const char *text,
		    const char *const *words, char *err, size_t len)
{
	char hint[256];
	size_t nr = 0;

	while (words[nr])
		nr++;
	suggest(hint, sizeof(hint), text, words, nr);
	return refuse(err, len, "tunable %s of %s: '%s' is not one of its words%s", t->name,
		      ops->name, text, hint);
}

static const struct {
	const char *word;
	int64_t value;
} bool_words[] = {
	{ "yes", 1 },  { "no", 0 },    { "on", 1 }, { "off", 0 },
	{ "true", 1 }, { "false", 0 }, { "1", 1 },  { "0", 0 },
};

static int parse_bool(const struct pga_ops *ops, const struct pga_tunable *t, const char *text,
		      int64_t *value, char *err, size_t len)
{
	static const char *const names[] = { "yes", "no", "on", "off", NULL };

	for (size_t i = 0; i < sizeof(bool_words) / sizeof(bool_words[0]); i++) {
		if (strcmp(bool_words[i].word, text) != 0)
			continue;
		*value = bool_words[i].value;
		return 0;
	}
	return bad_word(ops, t, text, names, err, len);
}

static int parse_word(const struct pga_ops *ops, const struct pga_tunable *t, const char *text,
		      int64_t *value, char *err, size_t len)
{
	for (int64_t i = t->min; i <= t->max; i++) {
		if (strcmp(t->words[i], text) != 0)
			continue;
		*value = i;
		return 0;
	}
	return bad_word(ops, t, text, t->words, err, len);
}

static int parse_int(const struct pga_ops *ops, const struct pga_tunable *t, const char *text,
		     int64_t *value, char *err, size_t len)
{
	const char *gap = *t->unit ? " " : "";
	char *end;
	long long v;

	errno = 0;
	v = strtoll(text, &end, 0);
	if (end == text || strchr(" \t\n", *text) || (*end && strcmp(end, t->unit) != 0))
		return refuse(err, len,
			      "tunable %s of %s: '%s' is not a number of %" PRId64 "..%" PRId64
			      "%s%s",
			      t->name, ops->name, text, t->min, t->max, gap, t->unit);
	if (errno == ERANGE || v < t->min || v > t->max)
		return refuse(err, len,
			      "tunable %s of %s: %s is outside %" PRId64 "..%" PRId64 "%s%s",
			      t->name, ops->name, text, t->min, t->max, gap, t->unit);
	*value = v;
	return 0;
}

static int (*const parsers[])(const struct pga_ops *ops, const struct pga_tunable *t,
			      const char *text, int64_t *value, char *err, size_t len) = {
	[PGA_TUN_INT] = parse_int,
	[PGA_TUN_BOOL] = parse_bool,
	[PGA_TUN_WORD] = parse_word,
};

/* Apply "TUNABLE=VALUE[,TUNABLE=VALUE]..." to a policy; text is consumed, NULL is none. */
static int apply(const struct pga_ops *ops, int64_t *policy, char *text, char *err, size_t len)
{
	bool seen[PGA_MAX_TUNABLES] = { false };
	char *word;

	while ((word = strsep(&text, ","))) {
		char *value = strchr(word, '=');
		int i;

		if (!value)
			return refuse(err, len, "'%s' for %s lacks '=VALUE'", word, ops->name);
		*value++ = '\0';
		i = pga_tunable_index(ops, word);
		if (i < 0)
			return unknown_tunable(ops, word, err, len);
		if (seen[i])
			return refuse(err, len, "tunable %s of %s is given twice", word, ops->name);
		seen[i] = true;
		const struct pga_tunable *t = &ops->tunables[i];

		if (parsers[t->type](ops, t, value, &policy[i], err, len))
			return -EINVAL;
	}
	return 0;
}

static int apply_row(const struct pga_variant_row *row, int64_t *policy, char *err, size_t len)
{
	char text[256];

	if (strlen(row->policy) >= sizeof(text))
		return refuse(err, len, "policy is longer than %zu characters", sizeof(text) - 1);
	strcpy(text, row->policy);
	return *text ? apply(row->ops, policy, text, err, len) : 0;
}

static void defaults(const struct pga_ops *ops, int64_t *policy)
{
	for (size_t i = 0; i < PGA_MAX_TUNABLES && ops->tunables[i].name; i++)
		policy[i] = ops->tunables[i].def;
}

static int unknown_variant(const char *name, const struct pga_ops *extra, char *err, size_t len)
{
	const char *names[MAX_ROWS];
	char hint[512];
	size_t nr = 0;

	for (const struct pga_variant_row *r = pga_variants; r->name && nr < MAX_ROWS - 1; r++)
		names[nr++] = r->name;
	if (extra)
		names[nr++] = extra->name;
	suggest(hint, sizeof(hint), name, names, nr);
	return refuse(err, len, "unknown variant '%s'%s", name, hint);
}

static const struct pga_variant_row *find_row(const char *name)
{
	for (const struct pga_variant_row *r = pga_variants; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

int pga_variant_parse(struct pga_variant *out, const char *text, const struct pga_ops *extra,
		      char *err, size_t len)
{
	char copy[sizeof(out->name)];
	const struct pga_variant_row *row;
	char *overrides;

	memset(out, 0, sizeof(*out));
	if (strlen(text) >= sizeof(copy))
		return refuse(err, len, "variant '%.40s...' is longer than %zu characters", text,
			      sizeof(copy) - 1);
	strcpy(copy, text);
	overrides = strchr(copy, ',');
	if (overrides)
		*overrides++ = '\0';
	row = find_row(copy);
	if (row)
		out->ops = row->ops;
	else if (extra && !strcmp(extra->name, copy))
		out->ops = extra;
	else
		return unknown_variant(copy, extra, err, len);
	strcpy(out->name, text);
	defaults(out->ops, out->policy);
	if (row && apply_row(row, out->policy, err, len))
		return -EINVAL;
	return apply(out->ops, out->policy, overrides, err, len);
}

static int row_check(const struct pga_variant_row *row, char *why, size_t len)
{
	int64_t policy[PGA_MAX_TUNABLES];
	char reason[200];

	if (!row->ops || !row->policy || !row->summary)
		return refuse(why, len, "variant %s lacks its mechanism, policy or summary",
			      row->name);
	if (pga_ops_check(row->ops, reason, sizeof(reason)))
		return refuse(why, len, "variant %s: %s", row->name, reason);
	defaults(row->ops, policy);
	if (apply_row(row, policy, reason, sizeof(reason)))
		return refuse(why, len, "variant %s: %s", row->name, reason);
	return 0;
}

int pga_rows_check(const struct pga_variant_row *rows, char *why, size_t len)
{
	for (size_t i = 0; rows[i].name; i++) {
		if (i == MAX_ROWS - 1)
			return refuse(why, len, "more than %u variants", MAX_ROWS - 1);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(rows[i].name, rows[j].name))
				return refuse(why, len, "variant %s is listed twice", rows[i].name);
		if (row_check(&rows[i], why, len))
			return -EINVAL;
	}
	return 0;
}

int pga_registry_check(char *why, size_t len)
{
	return pga_rows_check(pga_variants, why, len);
}
