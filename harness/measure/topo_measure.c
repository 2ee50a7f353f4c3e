/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/topo_measure.h"

#include "harness/engine/child.h"
#include "results/env.h"
#include "results/heatmap.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER "results/runs"
#define BRIEF_MS 60000
#define BRIEF_SPARE (64ull << 20) /* bytes beside the buffers */

static void mix(uint64_t *hash, const char *text)
{
	for (; *text; text++)
		*hash = (*hash ^ (unsigned char)*text) * 0x100000001b3u;
}

/* Model and shape: another machine, or the same one with other CPUs allowed, has another. */
static uint64_t fingerprint(const struct topo *t)
{
	uint64_t hash = 0xcbf29ce484222325u;
	json_t *env = env_capture();
	const char *model = json_string_value(json_object_get(env, "cpu_model"));
	char text[64];

	mix(&hash, model ? model : "unknown");
	for (unsigned i = 0; i < t->nr_nodes; i++) {
		snprintf(text, sizeof(text), " node %u %llu", t->nodes[i].os_index,
			 (unsigned long long)(t->nodes[i].size_bytes >> 30));
		mix(&hash, text);
	}
	for (unsigned i = 0; i < t->nr_cpus; i++) {
		snprintf(text, sizeof(text), " cpu %u %u", t->cpus[i].os_index, t->cpus[i].node);
		mix(&hash, text);
	}
	json_decref(env);
	return hash;
}

static void file_of(const struct topo *t, char *path, size_t len)
{
	const char *given = getenv("ZB_MEASURED");

	if (given && *given)
		snprintf(path, len, "%s", given);
	else
		snprintf(path, len, FOLDER "/measured-%016llx.json",
			 (unsigned long long)fingerprint(t));
}

static int fail(const char *path, int rc, char *err, size_t len)
{
	snprintf(err, len, "%s: %s", path, strerror(-rc));
	return rc;
}

/* Written beside, then renamed: a reader sees the old one or the new one. */
int measure_keep(const struct topo_measured *m, const struct topo *t, char *err, size_t len)
{
	json_t *json = topo_measured_to_json(m, t);
	char path[512], fresh[520];
	int rc = json ? 0 : -ENOMEM;

	file_of(t, path, sizeof(path));
	snprintf(fresh, sizeof(fresh), "%s.new", path);
	if (!getenv("ZB_MEASURED")) {
		mkdir("results", 0777);
		mkdir(FOLDER, 0777);
	}
	if (!rc && json_dump_file(json, fresh, JSON_INDENT(2)))
		rc = errno ? -errno : -EIO;
	if (!rc && rename(fresh, path))
		rc = -errno;
	if (rc)
		unlink(fresh);
	json_decref(json);
	return rc ? fail(path, rc, err, len) : 0;
}

static int take_distances(struct topo *t, const json_t *json)
{
	struct topo_measured m;
	uint16_t *dist;
	int rc = topo_measured_from_json(&m, json, t->nr_nodes);

	if (rc)
		return rc;
	dist = calloc((size_t)t->nr_nodes * t->nr_nodes, sizeof(*dist));
	if (dist)
		topo_measured_dist(&m, t, dist);
	free(t->dist_measured);
	t->dist_measured = dist;
	topo_measured_free(&m);
	return dist ? 0 : -ENOMEM;
}

json_t *measure_load(struct topo *t, char *why, size_t len)
{
	json_error_t error;
	char path[512];

	if (t->simulated) {
		snprintf(why, len, "the topology is simulated: nothing of it can be measured");
		return NULL;
	}
	file_of(t, path, sizeof(path));
	json_t *json = json_load_file(path, 0, &error);

	if (json && !take_distances(t, json))
		return json;
	if (access(path, F_OK))
		snprintf(why, len, "not measured on this machine yet; topo --measure does it");
	else
		snprintf(why, len, "%s holds no measurement of this machine's nodes", path);
	json_decref(json);
	return NULL;
}

struct brief {
	const struct topo *t;
	const struct topo_measure_plan *plan;
};

static void measure_briefly(void *arg, struct record *r)
{
	const struct brief *b = arg;
	struct topo_measured m;
	char err[512];

	(void)r;
	if (topo_measure(b->t, b->plan, &m, err, sizeof(err)))
		return;
	measure_keep(&m, b->t, err, sizeof(err));
	topo_measured_free(&m);
}

void measure_once(const struct topo *t)
{
	struct record *r = malloc(sizeof(*r));
	struct topo_measure_plan plan;
	char path[512], err[512];

	file_of(t, path, sizeof(path));
	if (r && access(path, F_OK) && !topo_measure_plan(t, true, &plan, err, sizeof(err))) {
		struct brief b = { t, &plan };
		const struct child_limits limits = { BRIEF_MS, plan.memory + BRIEF_SPARE,
						     plan.memory + BRIEF_SPARE };

		rec_init(r);
		child_run(measure_briefly, &b, r, &limits);
	}
	free(r);
}

/* The quantities that a map of nodes makes plain. */
static const enum topo_quantity shown[] = { TOPO_LATENCY, TOPO_LOADED, TOPO_READ_ALL,
					    TOPO_WRITE_ALL };
#define NR_SHOWN (sizeof(shown) / sizeof(shown[0]))

static double *values_of(const struct topo_measured *m)
{
	size_t nr = (size_t)m->nr_nodes * m->nr_nodes;
	double *value = calloc(NR_SHOWN * nr, sizeof(*value));

	for (size_t k = 0; value && k < NR_SHOWN; k++)
		for (size_t i = 0; i < nr; i++)
			value[k * nr + i] = m->pair[i].value[shown[k]].median;
	return value;
}

static void maps_of(const struct topo_measured *m, const double *value, struct heatmap *maps)
{
	for (size_t k = 0; k < NR_SHOWN; k++)
		maps[k] = (struct heatmap){
			.title = topo_quantities[shown[k]].help,
			.unit = topo_quantities[shown[k]].unit,
			.rows = "CPUs of node",
			.columns = "memory of node",
			.note = m->quick ? "short version" : "",
			.nr = m->nr_nodes,
			.value = value + k * m->nr_nodes * m->nr_nodes,
		};
}

void measure_heatmaps(const struct topo_measured *m, bool utf8, FILE *f)
{
	double *value = m->nr_nodes > 1 ? values_of(m) : NULL;
	struct heatmap maps[NR_SHOWN];

	if (!value)
		return;
	maps_of(m, value, maps);
	for (size_t k = 0; k < NR_SHOWN; k++)
		heatmap_print(&maps[k], utf8, f);
	free(value);
}

int measure_svg(const struct topo_measured *m, const char *path, char *err, size_t len)
{
	double *value = values_of(m);
	struct heatmap maps[NR_SHOWN];
	int rc = value ? 0 : -ENOMEM;

	if (!rc) {
		maps_of(m, value, maps);
		rc = heatmap_svg(maps, NR_SHOWN, path, err, len);
	}
	free(value);
	return rc;
}
