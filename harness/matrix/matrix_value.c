/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of workload parameters: text to number and back, with unit and range. */
#include "core/words.h"
#include "harness/matrix/matrix.h"
#include "harness/trace/trace_load.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void matrix_size_text(uint64_t bytes, char *text, size_t len)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned u = 0;

	while (u + 1 < sizeof(units) / sizeof(units[0]) && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		u++;
	}
	snprintf(text, len, "%llu%s", (unsigned long long)bytes, units[u]);
}

static void file_text(int64_t value, char *text, size_t len)
{
	char why[256];
	const struct wl_trace *trace = value ? trace_get(value, why, sizeof(why)) : NULL;

	snprintf(text, len, "%s", trace ? trace->name : TRACE_DEFAULT);
}

void matrix_value_text(const struct wl_param *p, int64_t value, char *text, size_t len)
{
	switch (p->type) {
	case WL_BYTES:
		matrix_size_text((uint64_t)value, text, len);
		break;
	case WL_PERCENT:
		snprintf(text, len, "%lld%%", (long long)value);
		break;
	case WL_WORD:
		snprintf(text, len, "%s", p->words[value]);
		break;
	case WL_INT:
		snprintf(text, len, "%lld", (long long)value);
		break;
	case WL_FILE:
		file_text(value, text, len);
		break;
	}
}

static int word_value(const struct wl_param *p, const char *text, int64_t *value, char *why,
		      size_t len)
{
	int n = snprintf(why, len, "wants one of");
	size_t nr = 0;

	for (; p->words[nr]; nr++) {
		if (!strcmp(p->words[nr], text)) {
			*value = (int64_t)nr;
			return 0;
		}
		if (n >= 0 && (size_t)n < len)
			n += snprintf(why + n, len - (size_t)n, " %s", p->words[nr]);
	}
	const char *near = pga_nearest(text, p->words, nr);

	if (near && n >= 0 && (size_t)n < len)
		snprintf(why + n, len - (size_t)n, "; did you mean '%s'?", near);
	return -EINVAL;
}

/* Splits "-12%" into its number and what follows. */
static int number(const char *text, int64_t *value, const char **rest)
{
	char *end;

	if (!isdigit((unsigned char)text[0]) && text[0] != '-')
		return -EINVAL;
	errno = 0;
	long long n = strtoll(text, &end, 10);

	if (errno || end == text)
		return -EINVAL;
	*value = n;
	*rest = end;
	return 0;
}

static int read_value(const struct wl_param *p, const char *text, int64_t *value)
{
	const char *rest = "";
	uint64_t bytes;
	int rc;

	if (p->type == WL_BYTES) {
		rc = opt_size(text, &bytes);
		*value = (int64_t)(bytes & INT64_MAX);
		return rc || bytes > INT64_MAX ? -EINVAL : 0;
	}
	rc = number(text, value, &rest);
	if (!rc && strcmp(rest, p->type == WL_PERCENT ? "%" : "") != 0)
		rc = -EINVAL;
	return rc;
}

int matrix_value(const struct wl_param *p, const char *text, int64_t *value, char *why, size_t len)
{
	static const char *const wants[] = {
		[WL_INT] = "a whole number without a unit",
		[WL_BYTES] = "a size such as 64MiB",
		[WL_PERCENT] = "a share such as 20%",
	};
	char from[32], to[32];

	if (p->type == WL_WORD)
		return word_value(p, text, value, why, len);
	if (p->type == WL_FILE)
		return trace_number(text, value, why, len);
	matrix_value_text(p, p->min, from, sizeof(from));
	matrix_value_text(p, p->max, to, sizeof(to));
	if (read_value(p, text, value)) {
		snprintf(why, len, "wants %s, from %s to %s", wants[p->type], from, to);
		return -EINVAL;
	}
	if (*value < p->min || *value > p->max) {
		snprintf(why, len, "outside %s to %s%s%s", from, to,
			 p->type == WL_INT && *p->unit ? " " : "",
			 p->type == WL_INT ? p->unit : "");
		return -EINVAL;
	}
	return 0;
}
