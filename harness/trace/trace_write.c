/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing trace files. */
#include "harness/trace/trace_bits.h"
#include "harness/trace/trace_file.h"

#include <errno.h>
#include <stdlib.h>

struct trace_writer {
	FILE *f;
	struct trace_context ctx;
	char *set[TRACE_MAX_GFP];
	unsigned nr_sets, written_sets;
	uint64_t last_ns, events;
	uint32_t items; /* of the part being filled */
	size_t used;	/* bytes of it */
	uint8_t part[TRACE_PART_HEAD + TRACE_MAX_PAYLOAD + 4];
};

uint32_t trace_crc(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *at = data;
	static uint32_t table[256];

	/* Filled with the same values by whoever comes first. */
	if (!__atomic_load_n(&table[255], __ATOMIC_ACQUIRE)) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t v = i;

			for (unsigned bit = 0; bit < 8; bit++)
				v = v >> 1 ^ (v & 1 ? 0xedb88320u : 0);
			__atomic_store_n(&table[i], v, __ATOMIC_RELEASE);
		}
	}
	crc = ~crc;
	for (; len; len--)
		crc = crc >> 8 ^ __atomic_load_n(&table[(crc ^ *at++) & 0xff], __ATOMIC_RELAXED);
	return ~crc;
}

static bool put(struct trace_writer *w, const void *data, size_t len)
{
	return fwrite(data, 1, len, w->f) == len;
}

/* A part: kind, length of the payload, number of items, payload, checksum. */
static int flush_part(struct trace_writer *w, enum trace_part kind)
{
	size_t len = TRACE_PART_HEAD + w->used;

	w->part[0] = (uint8_t)kind;
	trace_put32(w->part + 1, (uint32_t)w->used);
	trace_put32(w->part + 5, w->items);
	trace_put32(w->part + len, trace_crc(0, w->part, len));
	w->used = w->items = 0;
	return put(w, w->part, len + 4) ? 0 : -EIO;
}

static uint8_t *payload(struct trace_writer *w)
{
	return w->part + TRACE_PART_HEAD;
}

struct trace_writer *trace_create(FILE *f, const char *facts)
{
	struct trace_writer *w = calloc(1, sizeof(*w));
	size_t len = strlen(facts);
	uint8_t head[8], crc[4];

	if (!w || len >= TRACE_MAX_FACTS) {
		free(w);
		errno = w ? EINVAL : ENOMEM;
		return NULL;
	}
	w->f = f;
	trace_put32(head, TRACE_VERSION);
	trace_put32(head + 4, (uint32_t)len);
	trace_put32(crc, trace_crc(trace_crc(0, head, sizeof(head)), facts, len));
	if (put(w, TRACE_MAGIC, 8) && put(w, head, sizeof(head)) && put(w, facts, len) &&
	    put(w, crc, sizeof(crc)))
		return w;
	free(w);
	errno = EIO;
	return NULL;
}

int trace_intern(struct trace_writer *w, const char *names)
{
	for (unsigned i = 0; i < w->nr_sets; i++)
		if (!strcmp(w->set[i], names))
			return (int)i;
	if (w->nr_sets == TRACE_MAX_GFP || strlen(names) >= TRACE_MAX_NAMES)
		return -1;
	w->set[w->nr_sets] = strdup(names);
	return w->set[w->nr_sets] ? (int)w->nr_sets++ : -1;
}

/* Sets come before the events that use them. */
static int flush_sets(struct trace_writer *w)
{
	int rc = 0;

	while (!rc && w->written_sets < w->nr_sets) {
		uint8_t *at = payload(w);

		while (w->written_sets < w->nr_sets &&
		       (size_t)(at - payload(w)) + TRACE_MAX_NAMES + 2 < TRACE_MAX_PAYLOAD) {
			const char *names = w->set[w->written_sets++];
			size_t len = strlen(names);

			at = trace_put_varint(at, len);
			at = mempcpy(at, names, len);
			w->items++;
		}
		w->used = (size_t)(at - payload(w));
		rc = flush_part(w, TRACE_PART_SETS);
	}
	return rc;
}

static int flush_events(struct trace_writer *w)
{
	int rc = w->items ? flush_part(w, TRACE_PART_EVENTS) : 0;

	memset(&w->ctx, 0, sizeof(w->ctx));
	return rc;
}

static bool writable(const struct trace_writer *w, const struct trace_event *e)
{
	unsigned has = e->kind < TRACE_NR_KINDS ? trace_kinds[e->kind].has : 0;

	return e->kind < TRACE_NR_KINDS && e->ns >= w->last_ns && e->ns <= TRACE_MAX_NS &&
	       e->cpu < TRACE_MAX_CPUS && e->order <= TRACE_MAX_ORDER &&
	       e->type <= TRACE_TYPE_UNKNOWN &&
	       (!(has & TRACE_HAS_PFN) || e->pfn <= TRACE_MAX_PFN ||
		(e->kind == TRACE_ALLOC && e->pfn == TRACE_NO_PFN)) &&
	       (!(has & TRACE_HAS_GFP) || e->gfp < w->nr_sets);
}

static uint8_t *encode(struct trace_context *c, uint8_t *at, const struct trace_event *e)
{
	const struct trace_kind_info *k = &trace_kinds[e->kind];
	bool no_pfn = (k->has & TRACE_HAS_PFN) && e->pfn == TRACE_NO_PFN;
	bool cpu = e->cpu != c->cpu, pid = e->pid != c->of[e->cpu].pid;
	bool order = (k->has & TRACE_HAS_ORDER) && e->order;

	*at++ = (uint8_t)(e->kind | (cpu ? TRACE_F_CPU : 0) | (pid ? TRACE_F_PID : 0) |
			  (order ? TRACE_F_ORDER : 0) | (no_pfn ? TRACE_F_NO_PFN : 0));
	at = trace_put_varint(at, e->ns - c->ns);
	c->ns = e->ns;
	if (cpu)
		at = trace_put_varint(at, e->cpu);
	c->cpu = e->cpu;
	if (pid)
		at = trace_put_varint(at, e->pid);
	c->of[e->cpu].pid = e->pid;
	if (order)
		*at++ = e->order;
	if ((k->has & TRACE_HAS_PFN) && !no_pfn) {
		uint64_t *last = &c->of[e->cpu].pfn[e->kind];

		at = trace_put_varint(at, trace_zigzag((int64_t)(e->pfn - *last)));
		*last = e->pfn;
	}
	if (k->has & TRACE_HAS_GFP)
		at = trace_put_varint(at, e->gfp);
	if (k->has & TRACE_HAS_TYPE)
		*at++ = e->type;
	for (unsigned i = 0; i < trace_nr_args(e->kind); i++)
		at = trace_put_varint(at, trace_zigzag(e->arg[i]));
	return at;
}

int trace_write(struct trace_writer *w, const struct trace_event *e)
{
	int rc = 0;

	if (!writable(w, e))
		return -EINVAL;
	if (w->written_sets < w->nr_sets || w->used + TRACE_MAX_EVENT > TRACE_MAX_PAYLOAD) {
		rc = flush_events(w);
		if (!rc)
			rc = flush_sets(w);
	}
	w->used = (size_t)(encode(&w->ctx, payload(w) + w->used, e) - payload(w));
	w->items++;
	w->events++;
	w->last_ns = e->ns;
	return rc;
}

int trace_finish(struct trace_writer *w, const struct trace_totals *totals)
{
	int rc = flush_events(w);
	uint8_t *at = payload(w);

	at = trace_put_varint(at, w->events);
	at = trace_put_varint(at, totals->lost);
	at = trace_put_varint(at, totals->skipped);
	w->used = (size_t)(at - payload(w));
	if (flush_part(w, TRACE_PART_END) || fflush(w->f))
		rc = -EIO;
	return rc;
}

void trace_discard(struct trace_writer *w)
{
	for (unsigned i = 0; w && i < w->nr_sets; i++)
		free(w->set[i]);
	free(w);
}
