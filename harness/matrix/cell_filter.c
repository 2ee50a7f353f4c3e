/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/matrix/cell_filter.h"

#include "core/words.h"
#include "harness/cmd/cmd.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#define MAX_KEYS 16u

/* The field of the key that "KEY=VALUE" names, and its value; NULL. */
static const struct rec_field *field_of(const char *filter, const char **value)
{
	size_t len = strcspn(filter, "=");

	if (!filter[len])
		return NULL;
	for (const struct rec_field *k = rec_fields; k->name; k++)
		if (k->direction == 'k' && strlen(k->name) == len &&
		    !strncmp(k->name, filter, len)) {
			*value = filter + len + 1;
			return k;
		}
	return NULL;
}

static void refuse(const char *command, const char *filter)
{
	const char *names[MAX_KEYS], *near;
	char key[64];
	size_t nr = 0;

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(filter, "="), filter);
	for (const struct rec_field *k = rec_fields; k->name && nr < MAX_KEYS; k++)
		if (k->direction == 'k')
			names[nr++] = k->name;
	near = pga_nearest(key, names, nr);
	bench_err("%s: --filter %s: wants KEY=VALUE, KEY one of variant, workload, params, "
		  "order, threads, placement, memory%s%s%s",
		  command, filter, near ? "; did you mean '" : "", near ? near : "",
		  near ? "'?" : "");
}

bool cell_filter_check(const char *command, const struct opt_list *filter)
{
	const char *value;

	for (unsigned i = 0; i < filter->nr; i++)
		if (!field_of(filter->item[i], &value)) {
			refuse(command, filter->item[i]);
			return false;
		}
	return true;
}

bool cell_filter_fits(const struct record *r, const struct opt_list *filter)
{
	for (unsigned i = 0; i < filter->nr; i++) {
		const char *value = NULL;
		const struct rec_field *k = field_of(filter->item[i], &value);
		const void *at = (const char *)r + k->offset;
		char number[32];

		if (k->type == REC_TYPE_U64) {
			snprintf(number, sizeof(number), "%" PRIu64, *(const uint64_t *)at);
			at = number;
		}
		if (strcmp(at, value) != 0)
			return false;
	}
	return true;
}

bool term_utf8(void)
{
	setlocale(LC_CTYPE, "");
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}
