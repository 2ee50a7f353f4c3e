/* SPDX-License-Identifier: GPL-2.0-only */
/* What the command line does to a matrix: filters and sweeps. */
#include "core/words.h"
#include "harness/matrix/matrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEYS 32

struct filter {
	const struct rec_field *field;
	const char *value;
};

static void field_text(const struct record *r, const struct rec_field *f, char *text, size_t len)
{
	const char *at = (const char *)r + f->offset;
	uint64_t n;

	if (f->type == REC_TYPE_TEXT) {
		snprintf(text, len, "%s", at);
		return;
	}
	memcpy(&n, at, sizeof(n));
	snprintf(text, len, "%llu", (unsigned long long)n);
}

static int find_key(const char *spec, struct filter *out, char *err, size_t len)
{
	const char *names[MAX_KEYS] = { NULL };
	size_t nr = 0, n = strcspn(spec, "=");
	char key[64];

	snprintf(key, sizeof(key), "%.*s", (int)n, spec);
	if (spec[n] != '=') {
		snprintf(err, len, "filter %s: wants KEY=VALUE, such as workload=repeat", spec);
		return -EINVAL;
	}
	for (const struct rec_field *f = rec_fields; f->name; f++) {
		if (f->direction != 'k')
			continue;
		if (!strcmp(f->name, key)) {
			*out = (struct filter){ f, spec + n + 1 };
			return 0;
		}
		if (nr < MAX_KEYS)
			names[nr++] = f->name;
	}
	const char *near = pga_nearest(key, names, nr);
	int used = snprintf(err, len, "filter %s: unknown key '%s';", spec, key);

	if (near) {
		snprintf(err + used, len - (size_t)used, " did you mean '%s'?", near);
		return -EINVAL;
	}
	for (size_t i = 0; i < nr && used >= 0 && (size_t)used < len; i++)
		used += snprintf(err + used, len - (size_t)used, "%s %s",
				 i ? "" : " valid keys:", names[i]);
	return -EINVAL;
}

/* A variant's name stands for what a sweep derived from it, too. */
static bool names(const struct filter *f, const char *text, bool swept)
{
	size_t n = strlen(f->value);

	if (strncmp(f->value, text, n) != 0)
		return false;
	return !text[n] || (swept && text[n] == ',' && !strcmp(f->field->name, "variant"));
}

/* Filters of one key are alternatives; those of different keys all hold. */
static bool allowed(const struct record *r, bool swept, const struct filter *filters, unsigned nr)
{
	char text[REC_TEXT];

	for (unsigned i = 0; i < nr; i++) {
		bool any = false;

		field_text(r, filters[i].field, text, sizeof(text));
		for (unsigned j = 0; j < nr && !any; j++)
			any = filters[j].field == filters[i].field &&
			      names(&filters[j], text, swept);
		if (!any)
			return false;
	}
	return true;
}

/* The values that an axis has, for the message about a filter that fits none. */
static void list_values(const struct matrix_cells *cells, struct record *r,
			const struct filter *filter, char *text, size_t len)
{
	const char *seen[MAX_KEYS] = { NULL };
	char value[REC_TEXT];
	size_t used = 0;
	unsigned nr = 0;

	for (size_t i = 0; i < cells->nr && nr < MAX_KEYS; i++) {
		unsigned s = 0;

		matrix_key(&cells->cell[i], r);
		field_text(r, filter->field, value, sizeof(value));
		while (s < nr && strcmp(seen[s], value) != 0)
			s++;
		if (s < nr || used >= len)
			continue;
		seen[nr] = strdup(value);
		if (!seen[nr])
			break;
		nr++;
		used += (size_t)snprintf(text + used, len - used, "%s'%s'", used ? ", " : "",
					 value);
	}
	for (unsigned s = 0; s < nr; s++)
		free((void *)(uintptr_t)seen[s]);
}

static void explain(const struct matrix_cells *cells, struct record *r,
		    const struct filter *filters, unsigned nr, char *err, size_t len)
{
	char values[400] = "", text[REC_TEXT];

	for (unsigned i = 0; i < nr; i++) {
		bool found = false;

		for (size_t k = 0; k < cells->nr && !found; k++) {
			matrix_key(&cells->cell[k], r);
			field_text(r, filters[i].field, text, sizeof(text));
			found = !strcmp(text, filters[i].value);
		}
		if (found)
			continue;
		list_values(cells, r, &filters[i], values, sizeof(values));
		snprintf(err, len, "filter %s=%s: no cell has it; the matrix has %s",
			 filters[i].field->name, filters[i].value, values);
		return;
	}
	snprintf(err, len, "no cell fits all filters together");
}

int matrix_filter(struct matrix_cells *cells, const struct opt_list *list, char *err, size_t len)
{
	struct filter filters[OPT_LIST_MAX];
	struct record *r = malloc(sizeof(*r));
	size_t kept = 0;
	int rc = r ? 0 : -ENOMEM;

	for (unsigned i = 0; i < list->nr && !rc; i++)
		rc = find_key(list->item[i], &filters[i], err, len);
	for (size_t i = 0; i < cells->nr && !rc; i++) {
		matrix_key(&cells->cell[i], r);
		kept += allowed(r, cells->cell[i].swept, filters, list->nr);
	}
	if (!rc && !kept) {
		explain(cells, r, filters, list->nr, err, len);
		rc = -EINVAL;
	}
	kept = 0;
	for (size_t i = 0; i < cells->nr && !rc; i++) {
		matrix_key(&cells->cell[i], r);
		if (allowed(r, cells->cell[i].swept, filters, list->nr))
			cells->cell[kept++] = cells->cell[i];
	}
	if (!rc)
		cells->nr = kept;
	free(r);
	return rc;
}

static int add_swept(struct matrix *m, const struct pga_variant *from, const char *tunable,
		     const char *value, const struct pga_ops *extra, char *err, size_t len)
{
	char name[sizeof(from->name) + 128];

	if (m->nr_variants == MATRIX_MAX_VARIANTS) {
		snprintf(err, len, "sweep %s: more than %d variants", tunable, MATRIX_MAX_VARIANTS);
		return -EINVAL;
	}
	int n = snprintf(name, sizeof(name), "%s,%s=%s", from->name, tunable, value);

	if (n < 0 || (size_t)n >= sizeof(from->name)) {
		snprintf(err, len, "sweep %s: the variant's name becomes longer than %zu letters",
			 tunable, sizeof(from->name) - 1);
		return -EINVAL;
	}
	for (unsigned i = 0; i < m->nr_variants; i++)
		if (!strcmp(m->variants[i].name, name))
			return 0;
	int rc = pga_variant_parse(&m->variants[m->nr_variants], name, extra, err, len);

	m->nr_variants += !rc;
	m->nr_swept += !rc;
	return rc;
}

/* The name of a tunable that no variant has: the nearest one of all. */
static int unknown_tunable(const struct matrix *m, const char *tunable, char *err, size_t len)
{
	const char *names[2 * PGA_MAX_TUNABLES] = { NULL };
	size_t nr = 0;

	for (unsigned v = 0; v < m->nr_variants; v++)
		for (const struct pga_tunable *t = m->variants[v].ops->tunables;
		     t->name && nr < 2 * PGA_MAX_TUNABLES; t++)
			names[nr++] = t->name;
	const char *near = pga_nearest(tunable, names, nr);

	snprintf(err, len, "sweep %s: no variant of the matrix has this tunable%s%s%s", tunable,
		 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

int matrix_sweep(struct matrix *m, const char *spec, const struct pga_ops *extra, char *err,
		 size_t len)
{
	unsigned given = m->nr_variants;
	bool found = false;
	char text[512], *save = NULL;
	size_t n = strcspn(spec, "=");

	if (spec[n] != '=' || !n || !spec[n + 1] || strlen(spec) >= sizeof(text)) {
		snprintf(err, len, "sweep %s: wants TUNABLE=A,B,C, such as pcp.batch=1,31", spec);
		return -EINVAL;
	}
	memcpy(text, spec, strlen(spec) + 1);
	text[n] = '\0';
	for (char *value = strtok_r(text + n + 1, ",", &save); value;
	     value = strtok_r(NULL, ",", &save))
		for (unsigned v = 0; v < given; v++) {
			if (pga_tunable_index(m->variants[v].ops, text) < 0)
				continue;
			found = true;
			int rc = add_swept(m, &m->variants[v], text, value, extra, err, len);

			if (rc)
				return rc;
		}
	return found ? 0 : unknown_tunable(m, text, err, len);
}
