/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors: files as lines and words, and the frame of a verification. */
#include "harness/palvec/palvec.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (256u << 20) /* bytes */

int bench_pv_malformed(struct bench_pv_reader *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fprintf(r->msg, "line %u: ", r->no);
	vfprintf(r->msg, fmt, ap);
	va_end(ap);
	return -1;
}

bool bench_pv_line(struct bench_pv_reader *r)
{
	do {
		char *stop;

		r->line = NULL;
		if (r->next >= r->end)
			return false;
		stop = memchr(r->next, '\n', (size_t)(r->end - r->next));
		stop = stop ? stop : r->end;
		*stop = '\0';
		r->line = r->cursor = r->next;
		r->next = stop + 1;
		r->no++;
	} while (*r->line == '#');
	return true;
}

const char *bench_pv_word(struct bench_pv_reader *r)
{
	char *word = r->cursor, *stop;

	if (!*word)
		return NULL;
	stop = strchr(word, ' ');
	if (!stop) {
		r->cursor = word + strlen(word);
		return word;
	}
	*stop = '\0';
	r->cursor = stop + 1;
	return word;
}

bool bench_pv_is(struct bench_pv_reader *r, const char *word)
{
	size_t len = strlen(word);

	if (!r->line || strncmp(r->line, word, len) != 0 || (r->line[len] && r->line[len] != ' '))
		return false;
	r->cursor = r->line + len + (r->line[len] == ' ');
	return true;
}

int bench_pv_number(struct bench_pv_reader *r, const char *what, int64_t min, int64_t max,
		    int64_t *value)
{
	const char *word = bench_pv_word(r);
	char *end;

	if (!word)
		return bench_pv_malformed(r, "%s is missing", what);
	errno = 0;
	*value = strtoll(word, &end, 10);
	if (end == word || *end || *word == ' ' || *word == '+')
		return bench_pv_malformed(r, "%s '%.40s' is not a number", what, word);
	if (errno || *value < min || *value > max)
		return bench_pv_malformed(r, "%s %.40s is outside %" PRId64 "..%" PRId64, what,
					  word, min, max);
	return 0;
}

int bench_pv_end(struct bench_pv_reader *r)
{
	return *r->cursor ? bench_pv_malformed(r, "'%.40s' is too much", r->cursor) : 0;
}

static int read_file(struct bench_pv_reader *r)
{
	FILE *f = fopen(r->path, "r");
	size_t size = 0, room = 1 << 16, got;

	if (!f) {
		fprintf(r->msg, "%s", strerror(errno));
		return -1;
	}
	r->text = malloc(room + 1);
	while (r->text && (got = fread(r->text + size, 1, room - size, f)) > 0) {
		size += got;
		if (size < room)
			continue;
		room *= 2;
		char *more = room <= FILE_MAX ? realloc(r->text, room + 1) : NULL;

		if (!more)
			break;
		r->text = more;
	}
	if (!r->text || ferror(f) || !feof(f)) {
		fprintf(r->msg, ferror(f) ? "%s" : "larger than %s%u bytes",
			ferror(f) ? strerror(errno) : "", FILE_MAX);
		fclose(f);
		return -1;
	}
	fclose(f);
	if (memchr(r->text, '\0', size)) {
		fprintf(r->msg, "not a text file");
		return -1;
	}
	r->text[size] = '\0';
	r->next = r->text;
	r->end = r->text + size;
	return 0;
}

static uint64_t clock_of(void *data)
{
	return ((struct bench_pv_run *)data)->clock;
}

static int start(struct bench_pv_run *run)
{
	struct pga_host host = { .data = run, .clock = clock_of };
	static struct pga_extent ext[PGA_MAX_EXTENTS + PV_MAX_CPUS];
	char why[256];
	size_t bytes;
	int nr;

	nr = run->ops->meta_plan(&run->conf, ext, PGA_MAX_EXTENTS + PV_MAX_CPUS, why, sizeof(why));
	if (nr < 0)
		return bench_pv_malformed(run->r, "the header describes no machine: %s", why);
	bytes = pga_meta_bytes(ext, nr);
	if (bytes > PV_MAX_META)
		return bench_pv_malformed(run->r,
					  "the machine needs %zu MiB of metadata, more than %llu",
					  bytes >> 20, PV_MAX_META >> 20);
	run->meta = aligned_alloc(4096, bytes);
	if (!run->meta)
		return bench_pv_malformed(run->r, "no memory for %zu MiB of metadata", bytes >> 20);
	memset(run->meta, 0, bytes);
	run->m->model->host(run, &host);
	if (run->ops->init(&run->self, &run->conf, &host, run->meta))
		return bench_pv_malformed(run->r, "%s refuses to start", run->ops->name);
	return run->m->model->started ? run->m->model->started(run) : 0;
}

void bench_pv_conf(struct bench_pv_run *run)
{
	const struct bench_pv_machine *m = run->m;

	run->conf = (struct pga_conf){
		.nr_orders = (uint8_t)m->max_order,
		.page_shift = (uint8_t)m->page_shift,
		.nr_nodes = (uint16_t)m->nr_nodes,
		.nr_cpus = (uint16_t)m->nr_cpus,
		.nr_zones = (uint16_t)m->nr_zones,
		.nr_mem = (uint16_t)m->nr_range[PV_MEM],
		.nr_reserved = (uint16_t)m->nr_range[PV_RESERVED],
		.nr_cma = (uint16_t)m->nr_range[PV_CMA],
		.nr_boot = (uint16_t)m->nr_range[PV_BOOT],
		.nr_bootmap = (uint16_t)m->nr_range[PV_BOOTMAP],
		.hz = m->hz,
		.zones = m->zone,
		.cpu_node = m->cpu_node,
		.dist = m->dist,
		.mem = m->range[PV_MEM],
		.reserved = m->range[PV_RESERVED],
		.cma = m->range[PV_CMA],
		.boot = m->range[PV_BOOT],
		.bootmap = m->range[PV_BOOTMAP],
		.policy = run->variant.policy,
	};
}

/* The text up to BOOT, before it is cut into lines. */
static char *header_of(const struct bench_pv_reader *r)
{
	const char *boot = strstr(r->text, "\nBOOT\n");

	return strndup(r->text, boot ? (size_t)(boot - r->text) + 1 : 0);
}

static int verify(struct bench_pv_run *run)
{
	char *header = NULL;
	int rc = -1;

	if (read_file(run->r))
		return -1;
	header = header_of(run->r);
	if (header && !bench_pv_header(run->r, run->m) && !run->m->model->set_up(run) &&
	    !start(run))
		rc = run->record ? bench_pv_record(run, header) : bench_pv_replay(run);
	free(header);
	return rc;
}

void bench_pv_verify(const char *path, FILE *record, struct bench_pv_result *result)
{
	struct bench_pv_reader reader = { .path = path };
	struct bench_pv_machine machine = { 0 };
	struct bench_pv_run run = { .r = &reader, .m = &machine, .record = record };
	size_t len;
	int rc;

	*result = (struct bench_pv_result){ .outcome = PV_FAILED };
	reader.msg = open_memstream(&result->text, &len);
	if (!reader.msg)
		return;
	rc = verify(&run);
	fclose(reader.msg);
	if (!rc) {
		free(result->text);
		result->text = NULL;
	}
	result->outcome = !rc ? PV_OK : reader.skip ? PV_SKIPPED : PV_FAILED;
	result->ops = run.nr_ops;
	if (run.self)
		run.ops->fini(run.self);
	if (machine.model && machine.model->stop)
		machine.model->stop(&run);
	bench_pv_header_free(&machine);
	free(run.meta);
	free(run.block);
	free(run.owner);
	free(run.move);
	free(reader.text);
}
