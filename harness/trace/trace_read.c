/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading trace files, trusting nothing in them. */
#include "harness/trace/trace_bits.h"
#include "harness/trace/trace_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

struct trace_reader {
	FILE *f;
	const char *name;
	uint64_t offset; /* of the part in hand */
	uint64_t events, sum, last_ns;
	struct trace_context ctx;
	char *facts;
	char *set[TRACE_MAX_GFP];
	unsigned nr_sets;
	bool ended;
	struct trace_totals totals;
	uint32_t left;		 /* items of the part in hand not read yet */
	const uint8_t *at, *end; /* rest of its payload */
	uint8_t part[TRACE_PART_HEAD + TRACE_MAX_PAYLOAD + 4];
};

/* Why a file is refused, and where to say so. */
struct blame {
	const struct trace_reader *r;
	char *why;
	size_t len;
};

__attribute__((format(printf, 3, 4))) static int bad(const struct blame *b, uint64_t offset,
						     const char *fmt, ...)
{
	char what[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(b->why, b->len, "%s: byte %llu: %s", b->r->name, (unsigned long long)offset, what);
	return -EBADMSG;
}

/* @at: byte of the file where they are. */
static int get(struct trace_reader *r, uint64_t at, void *data, size_t len, const struct blame *b,
	       const char *what)
{
	size_t n = fread(data, 1, len, r->f);

	if (n == len)
		return 0;
	if (ferror(r->f)) {
		snprintf(b->why, b->len, "%s: byte %llu: %s", r->name, (unsigned long long)at,
			 strerror(errno));
		return -EIO;
	}
	return bad(b, at + n, "the file ends inside %s", what);
}

/* Printable lines "key=value"; nothing that a terminal obeys. */
static int check_facts(struct trace_reader *r, size_t size, const struct blame *b)
{
	bool key = true;

	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)r->facts[i];

		if ((c < 0x20 && c != '\n') || c == 0x7f)
			return bad(b, 16 + i, "the header has a control character");
		if (c == '\n' && key)
			return bad(b, 16 + i, "a line of the header is not key=value");
		key = c == '\n' || (key && c != '=');
	}
	return size && r->facts[size - 1] != '\n'
		       ? bad(b, 16 + size, "the header's last line has no end")
		       : 0;
}

static int read_header(struct trace_reader *r, const struct blame *b)
{
	uint8_t head[16], crc[4];
	int rc = get(r, 0, head, sizeof(head), b, "the header");

	if (rc)
		return rc;
	if (memcmp(head, TRACE_MAGIC, 8) != 0)
		return bad(b, 0, "not a trace of zonebench");
	uint32_t version = trace_get32(head + 8), size = trace_get32(head + 12);

	if (version != TRACE_VERSION)
		return bad(b, 8, "version %u; this zonebench reads version %u", version,
			   TRACE_VERSION);
	if (size >= TRACE_MAX_FACTS)
		return bad(b, 12, "a header of %u bytes; at most %u", size, TRACE_MAX_FACTS - 1);
	r->facts = calloc(1, size + 1);
	if (!r->facts) {
		snprintf(b->why, b->len, "%s: no memory", r->name);
		return -ENOMEM;
	}
	r->offset = sizeof(head);
	rc = get(r, r->offset, r->facts, size, b, "the header");
	if (!rc) {
		r->offset += size;
		rc = get(r, r->offset, crc, sizeof(crc), b, "the header");
	}
	if (rc)
		return rc;
	if (trace_get32(crc) != trace_crc(trace_crc(0, head + 8, 8), r->facts, size))
		return bad(b, r->offset, "the header's checksum is wrong");
	r->offset += sizeof(crc);
	return check_facts(r, size, b);
}

int trace_open(struct trace_reader **out, FILE *f, const char *name, char *why, size_t len)
{
	struct trace_reader *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r) {
		fclose(f);
		snprintf(why, len, "%s: no memory", name);
		return -ENOMEM;
	}
	r->f = f;
	r->name = name;
	rc = read_header(r, &(struct blame){ r, why, len });
	if (rc)
		trace_close(r);
	else
		*out = r;
	return rc;
}

static uint64_t here(const struct trace_reader *r)
{
	return r->offset + (uint64_t)(r->at - r->part);
}

/* false: it does not end in time, or is longer than 64 bits. */
static bool varint(struct trace_reader *r, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
		uint8_t byte = *r->at++;

		if (shift == 63 && byte > 1)
			return false;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

static int read_sets(struct trace_reader *r, const struct blame *b)
{
	for (; r->left; r->left--) {
		uint64_t size;

		if (!varint(r, &size) || size >= TRACE_MAX_NAMES ||
		    size > (uint64_t)(r->end - r->at))
			return bad(b, here(r), "a set of flags is longer than its part");
		if (r->nr_sets == TRACE_MAX_GFP)
			return bad(b, here(r), "more than %u sets of flags", TRACE_MAX_GFP);
		for (uint64_t i = 0; i < size; i++)
			if (r->at[i] <= 0x20 || r->at[i] >= 0x7f)
				return bad(b, here(r) + i, "a set of flags is not a word");
		r->set[r->nr_sets] = strndup((const char *)r->at, size);
		if (!r->set[r->nr_sets]) {
			snprintf(b->why, b->len, "%s: no memory", r->name);
			return -ENOMEM;
		}
		r->nr_sets++;
		r->at += size;
	}
	return r->at == r->end ? 0 : bad(b, here(r), "bytes after the last set of flags");
}

static int read_end(struct trace_reader *r, const struct blame *b)
{
	if (!varint(r, &r->totals.events) || !varint(r, &r->totals.lost) ||
	    !varint(r, &r->totals.skipped) || r->at != r->end || r->left)
		return bad(b, r->offset, "the last part is not three numbers");
	if (r->totals.events != r->events)
		return bad(b, r->offset, "the end counts %llu events; there are %llu",
			   (unsigned long long)r->totals.events, (unsigned long long)r->events);
	if (fgetc(r->f) != EOF)
		return bad(b, here(r) + 4, "bytes after the end");
	r->left = 0;
	r->ended = true;
	return 0;
}

/* The next part into r->part, its checksum compared. */
static int read_part(struct trace_reader *r, const struct blame *b)
{
	int rc = get(r, r->offset, r->part, TRACE_PART_HEAD, b, "the head of a part");

	if (rc)
		return rc;
	uint32_t size = trace_get32(r->part + 1);

	if (size > TRACE_MAX_PAYLOAD)
		return bad(b, r->offset + 1, "a part of %u bytes; at most %u", size,
			   TRACE_MAX_PAYLOAD);
	r->left = trace_get32(r->part + 5);
	rc = get(r, r->offset + TRACE_PART_HEAD, r->part + TRACE_PART_HEAD, size + 4, b, "a part");
	if (rc)
		return rc;
	uint32_t crc = trace_crc(0, r->part, TRACE_PART_HEAD + size);

	if (crc != trace_get32(r->part + TRACE_PART_HEAD + size))
		return bad(b, r->offset, "the checksum of this part is wrong");
	r->sum = (r->sum ^ crc) * 0x100000001b3u;
	r->at = r->part + TRACE_PART_HEAD;
	r->end = r->at + size;
	return 0;
}

/* Parts up to the next one with events, or the end. */
static int next_part(struct trace_reader *r, const struct blame *b)
{
	int rc = 0;

	while (!rc && !r->left && !r->ended) {
		if (r->at != r->end)
			return bad(b, here(r), "bytes after the last event of a part");
		if (r->at)
			r->offset += (uint64_t)(r->end - r->part) + 4;
		rc = read_part(r, b);
		if (rc)
			break;
		switch (r->part[0]) {
		case TRACE_PART_SETS:
			rc = read_sets(r, b);
			break;
		case TRACE_PART_EVENTS:
			memset(&r->ctx, 0, sizeof(r->ctx));
			break;
		case TRACE_PART_END:
			rc = read_end(r, b);
			break;
		default:
			rc = bad(b, r->offset, "a part of unknown kind 0x%02x", r->part[0]);
		}
	}
	return rc;
}

static bool get_byte(struct trace_reader *r, uint8_t max, uint8_t *v)
{
	if (r->at == r->end || *r->at > max)
		return false;
	*v = *r->at++;
	return true;
}

static bool get_below(struct trace_reader *r, uint64_t bound, uint64_t *v)
{
	return varint(r, v) && *v < bound;
}

static bool get_pfn(struct trace_reader *r, struct trace_event *e)
{
	uint64_t *last = &r->ctx.of[e->cpu].pfn[e->kind], diff;

	if (!varint(r, &diff))
		return false;
	e->pfn = *last + (uint64_t)trace_unzigzag(diff);
	*last = e->pfn;
	return e->pfn <= TRACE_MAX_PFN;
}

/* Who and when; what is wrong, or NULL. */
static const char *decode_place(struct trace_reader *r, unsigned flags, struct trace_event *e)
{
	struct trace_context *c = &r->ctx;
	uint64_t v;

	if (!varint(r, &v) || v > TRACE_MAX_NS - c->ns)
		return "a time is out of range";
	c->ns += v;
	e->ns = c->ns;
	if (flags & TRACE_F_CPU) {
		if (!get_below(r, TRACE_MAX_CPUS, &v))
			return "a CPU is out of range";
		c->cpu = (uint16_t)v;
	}
	e->cpu = c->cpu;
	if (flags & TRACE_F_PID) {
		if (!get_below(r, (uint64_t)UINT32_MAX + 1, &v))
			return "a task is out of range";
		c->of[e->cpu].pid = (uint32_t)v;
	}
	e->pid = c->of[e->cpu].pid;
	return NULL;
}

static const char *decode_rest(struct trace_reader *r, unsigned flags, struct trace_event *e)
{
	const unsigned has = trace_kinds[e->kind].has;
	uint64_t v;

	if ((flags & TRACE_F_ORDER) &&
	    (!(has & TRACE_HAS_ORDER) || !get_byte(r, TRACE_MAX_ORDER, &e->order)))
		return "an order is out of range";
	if (flags & TRACE_F_NO_PFN) {
		if (e->kind != TRACE_ALLOC)
			return "an event without its frame";
		e->pfn = TRACE_NO_PFN;
	} else if ((has & TRACE_HAS_PFN) && !get_pfn(r, e)) {
		return "a frame number is out of range";
	}
	if (has & TRACE_HAS_GFP) {
		if (!get_below(r, r->nr_sets, &v))
			return "a set of flags that was not given";
		e->gfp = (uint16_t)v;
	}
	if ((has & TRACE_HAS_TYPE) && !get_byte(r, TRACE_TYPE_UNKNOWN, &e->type))
		return "a migratetype is out of range";
	for (unsigned i = 0; i < trace_nr_args(e->kind); i++) {
		if (!varint(r, &v))
			return "a field of an event is out of range";
		e->arg[i] = trace_unzigzag(v);
	}
	return NULL;
}

int trace_next(struct trace_reader *r, struct trace_event *event, char *why, size_t len)
{
	const struct blame b = { r, why, len };
	int rc = next_part(r, &b);

	if (rc || r->ended)
		return rc;
	const uint8_t *start = r->at;
	const char *what = NULL;
	uint8_t first;

	*event = (struct trace_event){ .type = TRACE_TYPE_UNKNOWN };
	if (!get_byte(r, UINT8_MAX, &first))
		return bad(&b, here(r), "fewer events than the part says");
	event->kind = first & TRACE_KIND_MASK;
	if (event->kind >= TRACE_NR_KINDS)
		what = "an event of unknown kind";
	if (!what)
		what = decode_place(r, first, event);
	if (!what)
		what = decode_rest(r, first, event);
	if (!what && event->ns < r->last_ns)
		what = "time goes backwards";
	if (what) {
		r->at = start;
		return bad(&b, here(r), "%s", what);
	}
	r->last_ns = event->ns;
	r->left--;
	r->events++;
	return 1;
}

void trace_close(struct trace_reader *r)
{
	for (unsigned i = 0; i < r->nr_sets; i++)
		free(r->set[i]);
	fclose(r->f);
	free(r->facts);
	free(r);
}

const char *trace_facts(const struct trace_reader *r)
{
	return r->facts;
}

void trace_fact(const struct trace_reader *r, const char *key, char *value, size_t len)
{
	size_t n = strlen(key);

	snprintf(value, len, "%s", "");
	for (const char *line = r->facts; *line;) {
		size_t size = strcspn(line, "\n");

		if (!strncmp(line, key, n) && line[n] == '=')
			snprintf(value, len, "%.*s", (int)(size - n - 1), line + n + 1);
		line += size + (line[size] == '\n');
	}
}

const char *trace_set(const struct trace_reader *r, unsigned gfp)
{
	return r->set[gfp];
}

unsigned trace_nr_sets(const struct trace_reader *r)
{
	return r->nr_sets;
}

const struct trace_totals *trace_end(const struct trace_reader *r)
{
	return &r->totals;
}

uint64_t trace_sum(const struct trace_reader *r)
{
	return r->sum;
}
