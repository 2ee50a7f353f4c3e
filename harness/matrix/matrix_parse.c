/* SPDX-License-Identifier: GPL-2.0-only */
/* From the texts of a matrix file to struct matrix: every value checked. */
#include "core/words.h"
#include "harness/counters/counters.h"
#include "harness/engine/placement.h"
#include "harness/matrix/matrix.h"
#include "harness/matrix/matrix_file.h"
#include "harness/matrix/scenario_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PER_NODE (256ull << 20) /* bytes */
#define DEFAULT_SAMPLES_MIN 8
#define DEFAULT_SAMPLES_MAX 30
#define DEFAULT_UNTIL_MAX 100
#define DEFAULT_BUDGET_MS 60000
#define DEFAULT_MAX_OPS 1000000
#define DEFAULT_TIME_LIMIT_MS 60000
#define MAX_OPS 1000000000000
#define MIN_PER_NODE (1ull << 20)  /* bytes */
#define MAX_PER_NODE (15ull << 40) /* PFNs are 32 bits wide */
#define MAX_TIME_LIMIT_MS (24ull * 3600 * 1000)

struct context {
	struct matrix_file file;
	struct matrix *m;
	const struct pga_ops *extra;
	char *err;
	size_t len;
};

static const char *const backing_words[] = { "bound", "none", NULL };
static const char *const huge_words[] = { "no", "2MiB", "1GiB", NULL };
#define FRAMES_PER_MS (4096u * 1000u) /* bytes per second that one of it is */
#define MAX_LATENCY_MS 10000u

static const char *const touch_words[] = { "none", "line", "page", NULL };
static const char *const metapages_words[] = { "2MiB", "4KiB", NULL };
static const char *const zones_words[] = { "x86", "scaled", NULL };
static const char *const thread_words[] = { "", "cores", "nodes", "smt", NULL };

__attribute__((format(printf, 5, 6))) static int fail(struct context *c, unsigned line,
						      const char *key, const char *value,
						      const char *fmt, ...)
{
	char what[768];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(c->err, c->len, "%s:%u: %s: %s: %s", c->file.path, line, key, value, what);
	return -EINVAL;
}

static int fail_word(struct context *c, unsigned line, const char *key, const char *value,
		     const char *const *words)
{
	char list[200] = "";
	size_t nr = 0, used = 0;

	for (; words[nr]; nr++)
		if (*words[nr] && used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, " %s",
						 words[nr]);
	const char *near = pga_nearest(value, words, nr);

	if (near && *near)
		return fail(c, line, key, value, "wants one of%s; did you mean '%s'?", list, near);
	return fail(c, line, key, value, "wants one of%s", list);
}

/* A word of the fixed part; *out keeps its default when the key is absent. */
static int word(struct context *c, const char *key, const char *text, const char *const *words,
		int *out)
{
	if (!text)
		return 0;
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text)) {
			*out = i;
			return 0;
		}
	return fail_word(c, matrix_file_line(&c->file, key, 0), key, text, words);
}

static bool whole(const char *text, uint64_t *n)
{
	char *end;

	errno = 0;
	*n = strtoull(text, &end, 10);
	return isdigit((unsigned char)text[0]) && !errno && !*end;
}

static int count(struct context *c, const char *key, const char *text, uint64_t min, uint64_t max,
		 uint64_t *out)
{
	uint64_t n;

	if (!text)
		return 0;
	if (!whole(text, &n) || n < min || n > max)
		return fail(c, matrix_file_line(&c->file, key, 0), key, text,
			    "wants a whole number from %llu to %llu", (unsigned long long)min,
			    (unsigned long long)max);
	*out = n;
	return 0;
}

static int duration(struct context *c, const char *key, const char *text, uint64_t *ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "h", 3600000 } };
	char *end;

	if (!text)
		return 0;
	errno = 0;
	unsigned long long n = strtoull(text, &end, 10);
	bool ok = isdigit((unsigned char)text[0]) && !errno;

	for (size_t i = 0; ok && i < sizeof(units) / sizeof(units[0]); i++) {
		uint64_t total;

		if (strcmp(end, units[i].unit) != 0 ||
		    __builtin_mul_overflow((uint64_t)n, units[i].ms, &total) || total < 100 ||
		    total > MAX_TIME_LIMIT_MS)
			continue;
		*ms = total;
		return 0;
	}
	return fail(c, matrix_file_line(&c->file, key, 0), key, text,
		    "wants a time with its unit, such as 500ms, 60s or 2min, from 100ms to 24h");
}

static int parse_name(struct context *c)
{
	const char *name = c->file.fixed->name;

	if (!name) {
		const char *base = strrchr(c->file.path, '/');

		name = base ? base + 1 : c->file.path;
		snprintf(c->m->name, sizeof(c->m->name), "%.*s", (int)strcspn(name, "."), name);
		return 0;
	}
	size_t n = strlen(name);

	/* It becomes the name of a directory. */
	if (n >= sizeof(c->m->name) || name[0] == '.' || name[0] == '-' ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")])
		return fail(c, matrix_file_line(&c->file, "name", 0), "name", name,
			    "wants up to 63 letters, digits, '.', '-' and '_', the first a letter "
			    "or digit");
	memcpy(c->m->name, name, n + 1);
	return 0;
}

static int parse_variants(struct context *c)
{
	const struct matrix_fixed *fx = c->file.fixed;
	char why[320];

	for (unsigned i = 0; i < fx->variants_count; i++) {
		unsigned line = matrix_file_line(&c->file, "variants", i);
		struct pga_variant *v = &c->m->variants[i];

		if (pga_variant_parse(v, fx->variants[i], c->extra, why, sizeof(why)))
			return fail(c, line, "variants", fx->variants[i], "%s", why);
		for (unsigned j = 0; j < i; j++)
			if (!strcmp(c->m->variants[j].name, v->name))
				return fail(c, line, "variants", v->name, "given twice");
		c->m->nr_variants++;
	}
	return 0;
}

static int parse_baseline(struct context *c)
{
	const char *text = c->file.fixed->baseline;
	const char *names[MATRIX_MAX_VARIANTS + 1] = { NULL };

	if (!text)
		text = c->m->variants[0].name;
	for (unsigned i = 0; i < c->m->nr_variants; i++) {
		names[i] = c->m->variants[i].name;
		if (!strcmp(names[i], text)) {
			snprintf(c->m->baseline, sizeof(c->m->baseline), "%s", text);
			return 0;
		}
	}
	return fail_word(c, matrix_file_line(&c->file, "baseline", 0), "baseline", text, names);
}

static int parse_threads(struct context *c)
{
	const struct matrix_fixed *fx = c->file.fixed;

	if (fx->threads_count > MATRIX_MAX_VALUES)
		return fail(c, matrix_file_line(&c->file, "threads", 0), "threads", "list",
			    "more than %d values", MATRIX_MAX_VALUES);
	for (unsigned i = 0; i < fx->threads_count; i++) {
		struct matrix_threads *t = &c->m->threads[i];
		const char *text = fx->threads[i];
		unsigned line = matrix_file_line(&c->file, "threads", i);
		uint64_t n;

		for (unsigned w = THREADS_CORES; w < THREADS_NR; w++)
			if (!strcmp(thread_words[w], text))
				t->word = (enum matrix_threads_word)w;
		if (t->word == THREADS_NUMBER) {
			if (!isdigit((unsigned char)text[0]) && text[0] != '-')
				return fail_word(c, line, "threads", text, thread_words);
			if (!whole(text, &n) || n < 1 || n > MATRIX_MAX_THREADS)
				return fail(c, line, "threads", text,
					    "wants a whole number from 1 to %d, or cores, nodes, "
					    "smt",
					    MATRIX_MAX_THREADS);
			t->nr = (unsigned)n;
		}
	}
	c->m->nr_threads = fx->threads_count;
	if (!c->m->nr_threads)
		c->m->threads[c->m->nr_threads++].nr = 1;
	return 0;
}

static int parse_placements(struct context *c)
{
	const struct matrix_fixed *fx = c->file.fixed;
	struct matrix *m = c->m;
	char why[320];

	if (fx->placement_count > MATRIX_MAX_VALUES)
		return fail(c, matrix_file_line(&c->file, "placement", 0), "placement", "list",
			    "more than %d values", MATRIX_MAX_VALUES);
	for (unsigned i = 0; i < fx->placement_count; i++) {
		unsigned line = matrix_file_line(&c->file, "placement", i);
		const char *text = fx->placement[i];

		if (placement_check(text, why, sizeof(why)))
			return fail(c, line, "placement", text, "%s", why);
		for (unsigned j = 0; j < m->nr_placements; j++)
			if (!strcmp(m->placements[j], text))
				return fail(c, line, "placement", text, "given twice");
		strcpy(m->placements[m->nr_placements++], text);
	}
	if (!m->nr_placements)
		strcpy(m->placements[m->nr_placements++], "local");
	return 0;
}

static const struct {
	const char *name;
	enum pga_zone_type type;
} zone_names[] = {
	{ "dma", PGA_ZONE_DMA },
	{ "dma32", PGA_ZONE_DMA32 },
	{ "movable", PGA_ZONE_MOVABLE },
	{ "highmem", PGA_ZONE_HIGHMEM },
};
#define NR_ZONE_NAMES (sizeof(zone_names) / sizeof(zone_names[0]))

/* "movable=25%": one entry, whose name and size are behind one another. */
static bool zone_entry(char *entry, struct bench_memory *out)
{
	char *equals = strchr(entry, '='), *end;
	struct bench_zone_size *z = NULL;
	uint64_t n;

	if (!equals)
		return false;
	*equals = '\0';
	for (size_t i = 0; i < NR_ZONE_NAMES; i++)
		if (!strcmp(zone_names[i].name, entry))
			z = &out->zone[zone_names[i].type];
	if (!z || z->bytes || z->percent)
		return false;
	end = equals + strlen(equals + 1);
	if (*end != '%')
		return !opt_size(equals + 1, &z->bytes) && z->bytes;
	*end = '\0';
	if (!whole(equals + 1, &n) || !n || n > 99)
		return false;
	z->percent = (unsigned)n;
	return true;
}

static bool both(const struct bench_zone_size *a, const struct bench_zone_size *b)
{
	return (a->bytes || a->percent) && (b->bytes || b->percent);
}

/* A word, or what each zone takes of a node. */
static int parse_zones(struct context *c, const char *text, struct bench_memory *out, int *zones)
{
	unsigned line = matrix_file_line(&c->file, "memory.zones", 0);
	char copy[ZONES_TEXT], *save = NULL;

	if (!text || !strchr(text, '='))
		return word(c, "memory.zones", text, zones_words, zones);
	bool good = strlen(text) < sizeof(copy);

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *e = strtok_r(copy, ",", &save); e && good; e = strtok_r(NULL, ",", &save))
		good = zone_entry(e, out);
	if (!good)
		return fail(c, line, "memory.zones", text,
			    "wants x86, scaled, or sizes once each of dma, dma32, movable, highmem "
			    "as in dma=16MiB,movable=25%%, from 1%% to 99%%");
	if (both(&out->zone[PGA_ZONE_MOVABLE], &out->zone[PGA_ZONE_HIGHMEM]))
		return fail(c, line, "memory.zones", text, "movable or highmem, not both");
	snprintf(out->zone_text, sizeof(out->zone_text), "%s", text);
	*zones = ZONES_GIVEN;
	return 0;
}

/* Whose pages move must be written to, and be small ones: a move takes one frame's alone. */
static int check_follow(struct context *c, const struct matrix_fixed_memory *in, int touch,
			int huge)
{
	unsigned line = matrix_file_line(&c->file, "memory.follow", 0);

	if (touch == WL_TOUCH_NONE)
		return fail(c, line, "memory.follow", in->follow,
			    "frames that are not touched have no user; give touch: line or page");
	if (huge != TOPO_HUGE_NO)
		return fail(c, line, "memory.follow", in->follow,
			    "is for hugepages: no; a huge page holds frames of many users");
	return 0;
}

static int parse_memory(struct context *c)
{
	const struct matrix_fixed_memory *in = &c->file.fixed->memory;
	struct bench_memory *out = &c->m->memory;
	int backing = BACK_BOUND, huge = TOPO_HUGE_NO, touch = WL_TOUCH_NONE, zones = ZONES_X86;
	int metapages = 0, follow = FOLLOW_NO;

	out->per_node = DEFAULT_PER_NODE;
	if (in->per_node &&
	    (opt_size(in->per_node, &out->per_node) || out->per_node < MIN_PER_NODE ||
	     out->per_node > MAX_PER_NODE || out->per_node % 4096 != 0))
		return fail(c, matrix_file_line(&c->file, "memory.per-node", 0), "memory.per-node",
			    in->per_node,
			    "wants a size in whole pages such as 256MiB, from 1MiB to 15TiB");
	int rc = word(c, "memory.backing", in->backing, backing_words, &backing);

	if (!rc)
		rc = word(c, "memory.hugepages", in->hugepages, huge_words, &huge);
	if (!rc)
		rc = word(c, "memory.touch", in->touch, touch_words, &touch);
	if (!rc)
		rc = word(c, "memory.follow", in->follow, bench_follow_words, &follow);
	if (!rc)
		rc = parse_zones(c, in->zones, out, &zones);
	if (!rc)
		rc = word(c, "memory.metapages", in->metapages, metapages_words, &metapages);
	if (rc)
		return rc;
	if (backing == BACK_NONE && touch != WL_TOUCH_NONE)
		return fail(c, matrix_file_line(&c->file, "memory.touch", 0), "memory.touch",
			    in->touch, "a fake range (backing: none) has nothing to touch");
	if (follow != FOLLOW_NO && check_follow(c, in, touch, huge))
		return -EINVAL;
	if (in->metapages && huge != TOPO_HUGE_NO)
		return fail(c, matrix_file_line(&c->file, "memory.metapages", 0),
			    "memory.metapages", in->metapages,
			    "is for hugepages: no; the metadata has pages as the frames else");
	out->backing = (enum bench_backing)backing;
	out->huge = (enum topo_huge)huge;
	out->touch = (enum wl_touch)touch;
	out->follow = (enum bench_follow)follow;
	out->meta_small = metapages;
	out->zones = (enum bench_zones)zones;
	return 0;
}

static int parse_daemons(struct context *c)
{
	const char *words[DAEMONS_NR + 1] = { NULL };
	int mode = DAEMONS_THREADED;

	for (int i = 0; i < DAEMONS_NR; i++)
		words[i] = bench_daemons[i].name;
	int rc = word(c, "daemons", c->file.fixed->daemons, words, &mode);

	c->m->daemons = (enum bench_daemons)mode;
	return rc;
}

/* Bytes per second, which the model counts in whole frames per millisecond. */
static int bandwidth(struct context *c, const char *text, uint32_t *frames)
{
	uint64_t bytes;

	if (!text)
		return 0;
	if (opt_size(text, &bytes) || bytes % FRAMES_PER_MS || bytes / FRAMES_PER_MS > UINT32_MAX)
		return fail(c, matrix_file_line(&c->file, "device.bandwidth", 0),
			    "device.bandwidth", text,
			    "wants bytes per second, a multiple of 4096000 such as 256000KiB, or 0 "
			    "for no bound");
	*frames = (uint32_t)(bytes / FRAMES_PER_MS);
	return 0;
}

static int parse_device(struct context *c)
{
	const struct matrix_fixed_device *in = &c->file.fixed->device;
	uint64_t latency = DEVICE_LATENCY, errors = 0;
	struct bench_device *out = &c->m->device;

	out->bandwidth = DEVICE_BANDWIDTH;
	int rc = count(c, "device.latency", in->latency, 0, MAX_LATENCY_MS, &latency);

	if (!rc)
		rc = count(c, "device.errors", in->errors, 0, 1000000, &errors);
	if (!rc)
		rc = bandwidth(c, in->bandwidth, &out->bandwidth);
	if (rc)
		return rc;
	out->latency = (uint32_t)latency;
	out->error_ppm = (uint32_t)errors;
	if (!in->file)
		return 0;
	if (c->m->memory.touch == WL_TOUCH_NONE)
		return fail(c, matrix_file_line(&c->file, "device.file", 0), "device.file",
			    in->file,
			    "frames that are not touched have nothing to write; give "
			    "memory: touch");
	if (strlen(in->file) >= sizeof(c->m->device_file))
		return fail(c, matrix_file_line(&c->file, "device.file", 0), "device.file",
			    in->file, "the name is too long");
	strcpy(c->m->device_file, in->file);
	out->file = c->m->device_file;
	return 0;
}

static int parse_groups(struct context *c)
{
	const struct matrix_fixed *fx = c->file.fixed;
	struct cnt_group *group = malloc(sizeof(*group));
	char why[256];
	int rc = 0;

	if (!group)
		return -ENOMEM;
	for (unsigned i = 0; i < fx->counters_count && !rc; i++) {
		const char *text = fx->counters[i];
		unsigned line = matrix_file_line(&c->file, "counters", i);

		if (i == CELL_MAX_GROUPS)
			rc = fail(c, line, "counters", text, "more than %d groups",
				  CELL_MAX_GROUPS);
		else if (cnt_group_load(group, text, why, sizeof(why)))
			rc = fail(c, line, "counters", text, "%s", why);
		else
			snprintf(c->m->groups[c->m->nr_groups++], sizeof(c->m->groups[0]), "%s",
				 text);
	}
	free(group);
	return rc;
}

static int add_value(struct context *c, const yaml_node_t *node, const char *key,
		     const struct wl_param *p, struct matrix_values *axis)
{
	const char *text = matrix_node_text(node);
	unsigned line = matrix_node_line(node);
	int64_t value;
	char why[256];

	if (!text || !*text)
		return fail(c, line, key, "value", "wants a plain value or a list of them");
	if (axis->nr == MATRIX_MAX_VALUES)
		return fail(c, line, key, text, "more than %d values", MATRIX_MAX_VALUES);
	if (matrix_value(p, text, &value, why, sizeof(why)))
		return fail(c, line, key, text, "%s", why);
	for (unsigned i = 0; i < axis->nr; i++)
		if (axis->v[i] == value)
			return fail(c, line, key, text, "given twice");
	axis->v[axis->nr++] = value;
	return 0;
}

static int parse_axis(struct context *c, const yaml_node_t *node, const char *key,
		      const struct wl_param *p, struct matrix_values *axis)
{
	if (axis->nr)
		return fail(c, matrix_node_line(node), key, "key", "given twice");
	if (node->type != YAML_SEQUENCE_NODE)
		return add_value(c, node, key, p, axis);
	const yaml_node_item_t *from = node->data.sequence.items.start;
	const yaml_node_item_t *to = node->data.sequence.items.top;

	if (from == to)
		return fail(c, matrix_node_line(node), key, "[]", "the list is empty");
	for (; from < to; from++) {
		int rc = add_value(c, yaml_document_get_node(&c->file.doc, *from), key, p, axis);

		if (rc)
			return rc;
	}
	return 0;
}

static int unknown_param(struct context *c, unsigned line, const struct wl_ops *wl, const char *key)
{
	const char *names[WL_MAX_PARAMS + 3] = { "name" };
	unsigned nr = 1;
	char where[128];

	if (wl->has_order)
		names[nr++] = "order";
	for (unsigned i = 0; i < WL_MAX_PARAMS && wl->params[i].name; i++)
		names[nr++] = wl->params[i].name;
	snprintf(where, sizeof(where), "workload %s", wl->name);
	if (!strcmp(key, "order"))
		return fail(c, line, where, key, "this workload has no order");
	return fail_word(c, line, where, key, names);
}

static int parse_param(struct context *c, struct matrix_workload *w, const char *key, unsigned line,
		       const yaml_node_t *value)
{
	static const struct wl_param order = {
		.name = "order",
		.type = WL_INT,
		.max = PGA_MAX_ORDERS - 1,
		.unit = "",
	};

	if (!strcmp(key, "name") || !strcmp(key, "scenario"))
		return 0;
	if (!strcmp(key, "order") && w->wl->has_order)
		return parse_axis(c, value, key, &order, &w->order);
	int i = wl_param_index(w->wl, key);

	if (i < 0)
		return unknown_param(c, line, w->wl, key);
	return parse_axis(c, value, key, &w->wl->params[i], &w->param[i]);
}

/* A scenario says all that a workload's parameters would. */
static int find_scenario(struct context *c, const yaml_node_t *map, const yaml_node_t *value,
			 struct matrix_workload *w)
{
	const char *name = matrix_node_text(value);
	char why[512];

	if (map->data.mapping.pairs.top - map->data.mapping.pairs.start != 1)
		return fail(c, matrix_node_line(map), "workloads", "scenario",
			    "stands alone: its file gives the parameters");
	if (!name || !*name)
		return fail(c, matrix_node_line(map), "workloads", "scenario",
			    "wants the name of a file");
	w->wl = scenario_get(name, c->file.path, why, sizeof(why));
	return w->wl ? 0 : fail(c, matrix_node_line(value), "workloads", "scenario", "%s", why);
}

/* The entry's name first: the other keys depend on it. */
static int find_workload(struct context *c, const yaml_node_t *map, struct matrix_workload *w)
{
	const char *names[MATRIX_MAX_WORKLOADS + 1] = { NULL };
	const char *name = NULL;
	unsigned line = matrix_node_line(map);

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		yaml_node_t *key_node = yaml_document_get_node(&c->file.doc, p->key);
		yaml_node_t *value = yaml_document_get_node(&c->file.doc, p->value);
		const char *key = matrix_node_text(key_node);

		if (key && !strcmp(key, "scenario"))
			return find_scenario(c, map, value, w);
		if (!key || strcmp(key, "name") != 0)
			continue;
		if (name)
			return fail(c, matrix_node_line(key_node), "workloads", key, "given twice");
		name = matrix_node_text(value);
		line = matrix_node_line(value);
	}
	if (!name)
		return fail(c, line, "workloads", "name", "missing, such as {name: repeat}");
	w->wl = wl_find(name);
	if (w->wl)
		return 0;
	for (unsigned i = 0; i < MATRIX_MAX_WORKLOADS && wl_table[i]; i++)
		names[i] = wl_table[i]->name;
	return fail_word(c, line, "workloads", name, names);
}

static int parse_workloads(struct context *c)
{
	yaml_document_t *doc = &c->file.doc;
	const yaml_node_t *list = c->file.workloads;

	for (yaml_node_item_t *i = list->data.sequence.items.start;
	     i < list->data.sequence.items.top; i++) {
		const yaml_node_t *map = yaml_document_get_node(doc, *i);

		if (c->m->nr_workloads == MATRIX_MAX_WORKLOADS)
			return fail(c, matrix_node_line(map), "workloads", "list",
				    "more than %d entries", MATRIX_MAX_WORKLOADS);
		struct matrix_workload *w = &c->m->workloads[c->m->nr_workloads++];
		int rc = find_workload(c, map, w);

		for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
		     !rc && p < map->data.mapping.pairs.top; p++) {
			yaml_node_t *key = yaml_document_get_node(doc, p->key);
			const char *text = matrix_node_text(key);

			rc = parse_param(c, w, text ? text : "?", matrix_node_line(key),
					 yaml_document_get_node(doc, p->value));
		}
		if (rc)
			return rc;
	}
	return 0;
}

/* "1.5%": how narrow an interval shall be. */
static int parse_until(struct context *c)
{
	const struct matrix_fixed_samples *fx = &c->file.fixed->samples;
	struct matrix *m = c->m;
	char *end = NULL;
	double v = fx->until ? strtod(fx->until, &end) : 0;

	m->budget_ms = DEFAULT_BUDGET_MS;
	if (fx->until && (end == fx->until || strcmp(end, "%") != 0 || !(v >= 0.1 && v <= 50)))
		return fail(c, matrix_file_line(&c->file, "samples.until", 0), "samples.until",
			    fx->until, "wants a share from 0.1%% to 50%%, such as 2.5%%");
	if (fx->budget && !fx->until)
		return fail(c, matrix_file_line(&c->file, "samples.budget", 0), "samples.budget",
			    fx->budget, "is for the rounds that until adds; give until too");
	m->until = v / 100;
	return duration(c, "samples.budget", fx->budget, &m->budget_ms);
}

static int parse_numbers(struct context *c)
{
	const struct matrix_fixed *fx = c->file.fixed;
	uint64_t min = DEFAULT_SAMPLES_MIN, max = 0;
	struct matrix *m = c->m;
	int rc = count(c, "samples.min", fx->samples.min, 1, MATRIX_MAX_SAMPLES, &min);

	if (!rc)
		rc = count(c, "samples.max", fx->samples.max, min, MATRIX_MAX_SAMPLES, &max);
	if (!rc)
		rc = count(c, "seed", fx->seed, 0, INT64_MAX, &m->seed);
	if (!rc)
		rc = count(c, "max-ops", fx->max_ops, 1, MAX_OPS, &m->max_ops);
	if (!rc)
		rc = duration(c, "time-limit", fx->time_limit, &m->time_limit_ms);
	if (!rc)
		rc = parse_until(c);
	m->samples_min = (unsigned)min;
	if (!max)
		max = m->until > 0 ? DEFAULT_UNTIL_MAX : DEFAULT_SAMPLES_MAX;
	if (max < min)
		max = min;
	m->samples_max = (unsigned)max;
	return rc;
}

int matrix_load(struct matrix **out, const char *path, const struct pga_ops *extra, char *err,
		size_t len)
{
	static int (*const steps[])(struct context *) = {
		parse_name,	  parse_variants, parse_baseline,  parse_threads,
		parse_placements, parse_memory,	  parse_daemons,   parse_device,
		parse_groups,	  parse_numbers,  parse_workloads,
	};
	struct context c = { .extra = extra, .err = err, .len = len };
	int rc = matrix_file_load(&c.file, path, err, len);

	if (rc)
		return rc;
	c.m = calloc(1, sizeof(*c.m));
	if (!c.m) {
		snprintf(err, len, "matrix %s: out of memory", path);
		rc = -ENOMEM;
	} else {
		c.m->seed = 1;
		c.m->max_ops = DEFAULT_MAX_OPS;
		c.m->time_limit_ms = DEFAULT_TIME_LIMIT_MS;
	}
	for (size_t i = 0; !rc && i < sizeof(steps) / sizeof(steps[0]); i++)
		rc = steps[i](&c);
	matrix_file_free(&c.file);
	if (rc)
		free(c.m);
	else
		*out = c.m;
	return rc;
}
