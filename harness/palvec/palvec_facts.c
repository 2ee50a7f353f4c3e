/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: what a machine is like after boot, one line of text for each fact. */
#include "harness/palvec/palvec.h"

#include <stdlib.h>
#include <string.h>

typedef struct bench_pv_run run_t;

const struct bench_pv_class bench_pv_classes[PV_NR_CLASSES] = {
	{ "normal", 0 },
	{ "highmem", PGA_GFP_HIGHMEM },
	{ "dma", PGA_GFP_DMA },
};

/* Lines of a fact: numbers of its first index, and of its second. */
static unsigned seconds(enum bench_pv_index index)
{
	return index == PV_NODE_KIND ? 2 : index == PV_NODE_CLASS ? PV_NR_CLASSES : 1;
}

static unsigned firsts(const run_t *run, enum bench_pv_index index)
{
	return index == PV_ALONE  ? 1
	       : index == PV_MANY ? UINT32_MAX
	       : index == PV_ZONE ? run->m->nr_zones
				  : run->m->nr_nodes;
}

int bench_pv_zone(run_t *run, int64_t *zone)
{
	int64_t zi, last = run->m->zi[run->m->nr_zones - 1];

	if (bench_pv_number(run->r, "zone", 0, last, &zi))
		return -1;
	for (*zone = 0; *zone < (int64_t)run->m->nr_zones; ++*zone)
		if (run->m->zi[*zone] == zi)
			return 0;
	return bench_pv_malformed(run->r, "there is no zone %u", (unsigned)zi);
}

static int parse_class(run_t *run, int64_t *class)
{
	const char *word = bench_pv_word(run->r);

	for (*class = 0; word && *class < PV_NR_CLASSES; ++*class)
		if (!strcmp(word, bench_pv_classes[*class].name))
			return 0;
	return bench_pv_malformed(run->r, "unknown class '%.40s'", word ? word : "");
}

static int parse_index(run_t *run, enum bench_pv_index index, int64_t *a, int64_t *b)
{
	if (index == PV_ALONE)
		return 0;
	if (index == PV_ZONE)
		return bench_pv_zone(run, a);
	if (bench_pv_number(run->r, "node", 0, (int64_t)run->m->nr_nodes - 1, a))
		return -1;
	return index == PV_NODE_CLASS ? parse_class(run, b)
				      : bench_pv_number(run->r, "list", 0, 1, b);
}

static int compare_fact(run_t *run, const struct bench_pv_fact *fact)
{
	int64_t a = 0, b = 0;
	char *line = strdup(run->r->line), *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int rc = -1;

	if (!line || !f)
		abort();
	if (!parse_index(run, fact->index, &a, &b)) {
		fact->actual(run, f, (unsigned)a, (unsigned)b);
		fflush(f);
		rc = strcmp(line, text) != 0
			     ? bench_pv_diverged(run, fact->index == PV_ZONE ? (int)a : -1, line,
						 text)
			     : 0;
	}
	fclose(f);
	free(text);
	free(line);
	return rc;
}

static const struct bench_pv_fact *find_fact(run_t *run)
{
	for (const struct bench_pv_fact *f = run->m->model->facts; f->key; f++)
		if (bench_pv_is(run->r, f->key))
			return f;
	return NULL;
}

bool bench_pv_is_fact(run_t *run)
{
	return find_fact(run) != NULL;
}

int bench_pv_fact(run_t *run)
{
	const struct bench_pv_fact *fact = find_fact(run);

	if (!fact)
		return bench_pv_malformed(run->r, "unknown line '%.40s'", run->r->line);
	return fact->compare ? fact->compare(run) : compare_fact(run, fact);
}

void bench_pv_facts(run_t *run, const char *key, FILE *f)
{
	for (const struct bench_pv_fact *fact = run->m->model->facts; fact->key; fact++) {
		unsigned bs = seconds(fact->index);
		bool more = !key || !strcmp(key, fact->key);

		for (unsigned a = 0; more && a < firsts(run, fact->index); a++)
			for (unsigned b = 0; more && b < bs; b++) {
				more = fact->actual(run, f, a, b);
				if (more)
					fprintf(f, "\n");
			}
	}
}
