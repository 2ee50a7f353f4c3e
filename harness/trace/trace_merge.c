/* SPDX-License-Identifier: GPL-2.0-only */
/* From raw pages of the kernel's ring buffers to a trace file. */
#include "harness/trace/trace_file.h"
#include "harness/trace/trace_record.h"
#include "harness/trace/trace_text.h"

#include <errno.h>
#include <event-parse.h>
#include <kbuffer.h>
#include <stdlib.h>
#include <string.h>

/* The next event of one CPU. */
struct source {
	struct trace_raw *raw;
	struct kbuffer *kbuf;
	uint64_t left; /* pages not read yet */
	void *page;
	void *data; /* of the event; NULL: there are no more */
	unsigned long long ns;
};

struct merge {
	struct tep_handle *tep;
	struct trace_writer *w;
	struct source *source; /* [nr] */
	unsigned nr;
	size_t page;
	struct trace_seq text;
	uint64_t unread, events, last_ns;
};

static void advance(struct merge *m, struct source *s)
{
	s->data = s->data ? kbuffer_next_event(s->kbuf, &s->ns) : NULL;
	while (!s->data && s->left) {
		s->left--;
		if (fread(s->page, 1, m->page, s->raw->pages) != m->page) {
			s->left = 0;
			break;
		}
		if (!kbuffer_load_subbuffer(s->kbuf, s->page))
			s->data = kbuffer_read_event(s->kbuf, &s->ns);
	}
}

static bool open_source(struct merge *m, struct source *s, struct trace_raw *raw)
{
	s->raw = raw;
	s->left = raw->nr;
	s->page = malloc(m->page);
	s->kbuf = kbuffer_alloc(sizeof(long) == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4,
				tep_is_bigendian() ? KBUFFER_ENDIAN_BIG : KBUFFER_ENDIAN_LITTLE);
	if (!s->page || !s->kbuf)
		return false;
	rewind(raw->pages);
	advance(m, s);
	return true;
}

static struct source *earliest(struct merge *m)
{
	struct source *first = NULL;

	for (unsigned i = 0; i < m->nr; i++)
		if (m->source[i].data && (!first || m->source[i].ns < first->ns))
			first = &m->source[i];
	return first;
}

static bool find_kind(const struct tep_event *event, uint8_t *kind)
{
	for (unsigned k = 0; k < TRACE_NR_KINDS; k++)
		if (!strcmp(event->name, trace_kinds[k].name)) {
			*kind = (uint8_t)k;
			return true;
		}
	return false;
}

/* The kernel's own format describes the fields: they are read as it prints them. */
static int add_event(struct merge *m, struct source *s)
{
	struct tep_record record = {
		.data = s->data,
		.size = kbuffer_event_size(s->kbuf),
		.cpu = (int)s->raw->cpu,
		.ts = s->ns,
	};
	struct tep_event *event = tep_find_event_by_record(m->tep, &record);
	char names[TRACE_MAX_NAMES];
	struct trace_event e = { .cpu = (uint16_t)s->raw->cpu, .ns = s->ns };

	if (!event || !find_kind(event, &e.kind))
		return 0;
	e.pid = (uint32_t)tep_data_pid(m->tep, &record);
	trace_seq_reset(&m->text);
	tep_print_event(m->tep, &m->text, &record, "%s", TEP_PRINT_INFO);
	trace_seq_terminate(&m->text);
	if (!trace_text_fields(m->text.buffer, &e, names)) {
		m->unread++;
		return 0;
	}
	if (trace_kinds[e.kind].has & TRACE_HAS_GFP) {
		int gfp = trace_intern(m->w, names);

		if (gfp < 0)
			return -E2BIG;
		e.gfp = (uint16_t)gfp;
	}
	if (e.ns < m->last_ns)
		e.ns = m->last_ns;
	m->last_ns = e.ns;
	m->events++;
	return trace_write(m->w, &e);
}

static int merge_all(struct merge *m, struct trace_raw *raw, unsigned nr_raw)
{
	struct source *s;
	int rc = 0;

	for (unsigned i = 0; i < nr_raw; i++)
		if (raw[i].pages && !open_source(m, &m->source[m->nr++], &raw[i]))
			return -ENOMEM;
	while (!rc && (s = earliest(m))) {
		rc = add_event(m, s);
		advance(m, s);
	}
	return rc;
}

int trace_merge(struct trace_record *rec, struct tep_handle *tep, struct trace_raw *raw,
		unsigned nr_raw, size_t page, const char *facts, char *why, size_t len)
{
	struct merge m = { .tep = tep, .page = page };
	int rc;

	m.source = calloc(nr_raw ? nr_raw : 1, sizeof(*m.source));
	m.w = trace_create(rec->out, facts);
	if (!m.source || !m.w) {
		trace_discard(m.w);
		free(m.source);
		snprintf(why, len, "writing the trace: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	trace_seq_init(&m.text);
	rc = merge_all(&m, raw, nr_raw);
	if (!rc)
		rc = trace_finish(m.w,
				  &(struct trace_totals){ .lost = rec->lost, .skipped = m.unread });
	if (rc)
		snprintf(why, len, "writing the trace: %s", strerror(-rc));
	for (unsigned i = 0; i < m.nr; i++) {
		kbuffer_free(m.source[i].kbuf);
		free(m.source[i].page);
	}
	trace_seq_destroy(&m.text);
	trace_discard(m.w);
	free(m.source);
	rec->events = m.events;
	return rc;
}
