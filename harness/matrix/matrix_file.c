/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One schema table feeds libcyaml and the messages: libcyaml loads, and before
 * it does the document is walked along the same table, because libcyaml can
 * name neither the nearest key nor the value.
 */
#include "harness/matrix/matrix_file.h"

#include "core/words.h"

#include <cyaml/cyaml.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATRIX_FILE_MAX (1u << 20) /* bytes */
#define MATRIX_LIST_MAX 64
#define OPTIONAL ((enum cyaml_flag)(CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL))

#define TEXT(key, structure, member) \
	CYAML_FIELD_STRING_PTR(key, OPTIONAL, structure, member, 0, CYAML_UNLIMITED)
#define LIST(key, flags, member)                                                      \
	CYAML_FIELD_SEQUENCE(key, flags, struct matrix_fixed, member, &list_entry, 1, \
			     MATRIX_LIST_MAX)

static const cyaml_schema_value_t list_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_schema_field_t memory_fields[] = {
	TEXT("per-node", struct matrix_fixed_memory, per_node),
	TEXT("backing", struct matrix_fixed_memory, backing),
	TEXT("hugepages", struct matrix_fixed_memory, hugepages),
	TEXT("touch", struct matrix_fixed_memory, touch),
	TEXT("follow", struct matrix_fixed_memory, follow),
	TEXT("metapages", struct matrix_fixed_memory, metapages),
	TEXT("zones", struct matrix_fixed_memory, zones),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t samples_fields[] = {
	TEXT("min", struct matrix_fixed_samples, min),
	TEXT("max", struct matrix_fixed_samples, max),
	TEXT("until", struct matrix_fixed_samples, until),
	TEXT("budget", struct matrix_fixed_samples, budget),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t device_fields[] = {
	TEXT("latency", struct matrix_fixed_device, latency),
	TEXT("bandwidth", struct matrix_fixed_device, bandwidth),
	TEXT("errors", struct matrix_fixed_device, errors),
	TEXT("file", struct matrix_fixed_device, file),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	TEXT("name", struct matrix_fixed, name),
	LIST("variants", CYAML_FLAG_POINTER, variants),
	LIST("threads", OPTIONAL, threads),
	LIST("placement", OPTIONAL, placement),
	CYAML_FIELD_MAPPING("memory", CYAML_FLAG_OPTIONAL, struct matrix_fixed, memory,
			    memory_fields),
	CYAML_FIELD_MAPPING("device", CYAML_FLAG_OPTIONAL, struct matrix_fixed, device,
			    device_fields),
	TEXT("daemons", struct matrix_fixed, daemons),
	CYAML_FIELD_IGNORE("workloads", CYAML_FLAG_DEFAULT),
	CYAML_FIELD_MAPPING("samples", CYAML_FLAG_OPTIONAL, struct matrix_fixed, samples,
			    samples_fields),
	LIST("counters", OPTIONAL, counters),
	TEXT("baseline", struct matrix_fixed, baseline),
	TEXT("seed", struct matrix_fixed, seed),
	TEXT("max-ops", struct matrix_fixed, max_ops),
	TEXT("time-limit", struct matrix_fixed, time_limit),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t top = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct matrix_fixed, top_fields),
};

/* Keys of the format that this version cannot serve: refused, never ignored. */
static const struct {
	const char *parent, *key, *why;
} refused[] = {
	{ "", "scenario", "goes into the list workloads: - {scenario: FILE.yaml}" },
};

struct context {
	struct matrix_file *f;
	char *err;
	size_t len;
	bool logged; /* libcyaml's message is in err */
};

unsigned matrix_node_line(const yaml_node_t *node)
{
	return node ? (unsigned)node->start_mark.line + 1 : 1;
}

const char *matrix_node_text(const yaml_node_t *node)
{
	return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value
						      : NULL;
}

static int fail(struct context *c, unsigned line, const char *key, const char *what)
{
	snprintf(c->err, c->len, "%s:%u: key '%s': %s", c->f->path, line, key, what);
	return -EINVAL;
}

static yaml_node_t *map_find(yaml_document_t *doc, const yaml_node_t *map, const char *key)
{
	if (!map || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const char *text = matrix_node_text(yaml_document_get_node(doc, p->key));

		if (text && !strcmp(text, key))
			return yaml_document_get_node(doc, p->value);
	}
	return NULL;
}

unsigned matrix_file_line(struct matrix_file *f, const char *key, unsigned index)
{
	yaml_node_t *at = yaml_document_get_root_node(&f->doc);
	char part[64];

	while (*key) {
		size_t n = strcspn(key, ".");

		snprintf(part, sizeof(part), "%.*s", (int)n, key);
		yaml_node_t *next = map_find(&f->doc, at, part);

		if (!next)
			return matrix_node_line(at);
		at = next;
		key += n + (key[n] == '.');
	}
	if (at->type == YAML_SEQUENCE_NODE) {
		yaml_node_item_t *item = at->data.sequence.items.start + index;

		if (item < at->data.sequence.items.top)
			at = yaml_document_get_node(&f->doc, *item);
	}
	return matrix_node_line(at);
}

static int unknown_key(struct context *c, const char *parent, const char *key, unsigned line,
		       const cyaml_schema_field_t *fields)
{
	const char *names[32] = { NULL };
	char what[256];
	size_t nr = 0;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!strcmp(refused[i].parent, parent) && !strcmp(refused[i].key, key))
			return fail(c, line, key, refused[i].why);
	for (; nr < sizeof(names) / sizeof(names[0]) && fields[nr].key; nr++)
		names[nr] = fields[nr].key;
	const char *near = pga_nearest(key, names, nr);

	if (near) {
		snprintf(what, sizeof(what), "unknown; did you mean '%s'?", near);
		return fail(c, line, key, what);
	}
	int n = snprintf(what, sizeof(what), "unknown; valid keys:");

	for (size_t i = 0; i < nr && n < (int)sizeof(what); i++)
		n += snprintf(what + n, sizeof(what) - (size_t)n, " %s", names[i]);
	return fail(c, line, key, what);
}

static int check_list(struct context *c, const char *key, const yaml_node_t *value)
{
	const yaml_node_item_t *from = value->data.sequence.items.start;
	const yaml_node_item_t *to = value->data.sequence.items.top;

	if (from == to)
		return fail(c, matrix_node_line(value), key, "the list is empty");
	if (to - from > MATRIX_LIST_MAX)
		return fail(c, matrix_node_line(value), key, "more than 64 entries");
	for (; from < to; from++) {
		yaml_node_t *item = yaml_document_get_node(&c->f->doc, *from);
		const char *text = matrix_node_text(item);

		if (!text || !*text)
			return fail(c, matrix_node_line(item), key,
				    "an entry is not a plain value");
	}
	return 0;
}

static int check_mapping(struct context *c, const char *parent, const yaml_node_t *map,
			 const cyaml_schema_field_t *fields);

static int check_value(struct context *c, const cyaml_schema_field_t *field,
		       const yaml_node_t *value)
{
	const char *text = matrix_node_text(value);
	char what[256];

	switch (field->value.type) {
	case CYAML_SEQUENCE:
		if (value->type == YAML_SEQUENCE_NODE)
			return check_list(c, field->key, value);
		snprintf(what, sizeof(what), "wants a list, such as [%s]",
			 text && *text ? text : "...");
		return fail(c, matrix_node_line(value), field->key, what);
	case CYAML_MAPPING:
		if (value->type == YAML_MAPPING_NODE)
			return check_mapping(c, field->key, value, field->value.mapping.fields);
		snprintf(what, sizeof(what), "wants a mapping, such as {%s: ...}",
			 field->value.mapping.fields[0].key);
		return fail(c, matrix_node_line(value), field->key, what);
	case CYAML_STRING:
		if (text && *text)
			return 0;
		return fail(c, matrix_node_line(value), field->key, "wants one plain value");
	default:
		return 0;
	}
}

static int check_mapping(struct context *c, const char *parent, const yaml_node_t *map,
			 const cyaml_schema_field_t *fields)
{
	const yaml_node_pair_t *from = map->data.mapping.pairs.start;

	for (const yaml_node_pair_t *p = from; p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key_node = yaml_document_get_node(&c->f->doc, p->key);
		yaml_node_t *value = yaml_document_get_node(&c->f->doc, p->value);
		const char *key = matrix_node_text(key_node);
		const cyaml_schema_field_t *field = fields;

		if (!key || !value)
			return fail(c, matrix_node_line(key_node), "?", "a key must be plain text");
		while (field->key && strcmp(field->key, key) != 0)
			field++;
		if (!field->key)
			return unknown_key(c, parent, key, matrix_node_line(key_node), fields);
		if (map_find(&c->f->doc, map, key) != value)
			return fail(c, matrix_node_line(key_node), key, "given twice");
		int rc = check_value(c, field, value);

		if (rc)
			return rc;
	}
	for (const cyaml_schema_field_t *field = fields; field->key; field++)
		if (!(field->value.flags & CYAML_FLAG_OPTIONAL) &&
		    !map_find(&c->f->doc, map, field->key))
			return fail(c, matrix_node_line(map), field->key, "missing");
	return 0;
}

static int check_workloads(struct context *c, const yaml_node_t *root)
{
	yaml_node_t *list = map_find(&c->f->doc, root, "workloads");

	if (list->type != YAML_SEQUENCE_NODE ||
	    list->data.sequence.items.start == list->data.sequence.items.top)
		return fail(c, matrix_node_line(list), "workloads",
			    "wants a list of mappings, such as - {name: repeat}");
	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		yaml_node_t *item = yaml_document_get_node(&c->f->doc, *i);

		if (item->type != YAML_MAPPING_NODE)
			return fail(c, matrix_node_line(item), "workloads",
				    "an entry wants to be a mapping, such as {name: repeat}");
	}
	c->f->workloads = list;
	return 0;
}

/* libcyaml reports the cause first, then where: keep the cause. */
static void on_log(cyaml_log_t level, void *data, const char *fmt, va_list args)
{
	struct context *c = data;

	(void)level;
	if (c->logged)
		return;
	c->logged = true;
	int n = snprintf(c->err, c->len, "%s: ", c->f->path);

	vsnprintf(c->err + n, c->len - (size_t)n, fmt, args);
	c->err[strcspn(c->err, "\n")] = '\0';
}

static cyaml_config_t config_of(struct context *c)
{
	return (cyaml_config_t){
		.log_fn = on_log,
		.log_ctx = c,
		.mem_fn = cyaml_mem,
		.log_level = CYAML_LOG_ERROR,
	};
}

static int parse(struct context *c, const unsigned char *text, size_t size)
{
	struct matrix_file *f = c->f;
	cyaml_config_t config = config_of(c);
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, text, size);
	int ok = yaml_parser_load(&parser, &f->doc);

	if (!ok)
		snprintf(c->err, c->len, "%s:%zu: not YAML: %s", f->path,
			 parser.problem_mark.line + 1, parser.problem ? parser.problem : "?");
	yaml_parser_delete(&parser);
	if (!ok)
		return -EINVAL;
	yaml_node_t *root = yaml_document_get_root_node(&f->doc);
	int rc = -EINVAL;

	if (!root || root->type != YAML_MAPPING_NODE)
		snprintf(c->err, c->len, "%s:1: not a matrix: wants keys such as 'variants:'",
			 f->path);
	else
		rc = check_mapping(c, "", root, top_fields);
	if (!rc)
		rc = check_workloads(c, root);
	if (!rc && cyaml_load_data(text, size, &config, &top, (cyaml_data_t **)&f->fixed, NULL) !=
			   CYAML_OK)
		rc = -EINVAL;
	if (rc)
		yaml_document_delete(&f->doc);
	return rc;
}

static int slurp(const char *path, unsigned char *buf, size_t max, size_t *size)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	*size = fread(buf, 1, max, file);
	int rc = ferror(file) ? -EIO : 0;

	if (!rc && *size == max)
		rc = -EFBIG;
	fclose(file);
	return rc;
}

int matrix_file_load(struct matrix_file *f, const char *path, char *err, size_t len)
{
	struct context c = { .f = f, .err = err, .len = len };
	unsigned char *text = malloc(MATRIX_FILE_MAX);
	size_t size = 0;

	memset(f, 0, sizeof(*f));
	f->path = path;
	if (!text)
		return -ENOMEM;
	int rc = slurp(path, text, MATRIX_FILE_MAX, &size);

	if (rc)
		snprintf(err, len, "matrix %s: %s", path, strerror(-rc));
	else
		rc = parse(&c, text, size);
	free(text);
	return rc;
}

void matrix_file_free(struct matrix_file *f)
{
	struct context c = { .f = f };
	cyaml_config_t config = config_of(&c);

	cyaml_free(&config, &top, f->fixed, 0);
	yaml_document_delete(&f->doc);
}
