/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace files: compact, checked, read and written as a stream.  docs/TRACES.md
 * gives the format byte by byte.
 *
 * Nothing in a file is believed: every length, index and number is bounded,
 * each part has a checksum, and a refusal names the file, the byte and the
 * reason.  Memory use does not depend on the length of the file.
 *
 * Threads: a reader or writer belongs to one thread at a time.
 */
#ifndef HARNESS_TRACE_FILE_H
#define HARNESS_TRACE_FILE_H

#include "harness/trace/trace_event.h"

#include <stdio.h>

#define TRACE_VERSION 1u
#define TRACE_MAGIC "\x89ZBT\r\n\x1a\n" /* 8 bytes; shows transfers as text and 7-bit ones */
#define TRACE_MAX_FACTS 65536u		/* bytes of the header's text */
#define TRACE_MAX_PAYLOAD 65536u	/* bytes of one part */

struct trace_reader;

/* What the end of a file says. */
struct trace_totals {
	uint64_t events;  /* in the file */
	uint64_t lost;	  /* that the recorder knows it lost */
	uint64_t skipped; /* lines that a converter could not use */
};

/**
 * trace_open - begin to read
 * @f: closed by trace_close, whatever the result
 * @name: for messages; kept by reference
 * Return: 0; -EBADMSG not such a file or damaged, -EIO, -ENOMEM, with @why.
 */
int trace_open(struct trace_reader **out, FILE *f, const char *name, char *why, size_t len);
/** trace_next - 1 and an event; 0 at the end; -EBADMSG or -EIO with the place in @why. */
int trace_next(struct trace_reader *r, struct trace_event *event, char *why, size_t len);
void trace_close(struct trace_reader *r);

/** trace_facts - the header: lines "key=value". */
const char *trace_facts(const struct trace_reader *r);
/** trace_fact - copy the value of a key; "" when the header lacks it. */
void trace_fact(const struct trace_reader *r, const char *key, char *value, size_t len);
/** trace_set - names of a set of flags; valid for indices of events read so far. */
const char *trace_set(const struct trace_reader *r, unsigned gfp);
unsigned trace_nr_sets(const struct trace_reader *r);
/** trace_end - the totals; valid after trace_next returned 0. */
const struct trace_totals *trace_end(const struct trace_reader *r);
/** trace_sum - a number of the contents read so far. */
uint64_t trace_sum(const struct trace_reader *r);

struct trace_writer;

/**
 * trace_create - begin to write to @f, which stays the caller's
 * @facts: lines "key=value", at most TRACE_MAX_FACTS - 1 bytes
 * Return: NULL with errno: ENOMEM, EIO, EINVAL.
 */
struct trace_writer *trace_create(FILE *f, const char *facts);
/** trace_intern - index of a set of flags; -1: too many or too long. */
int trace_intern(struct trace_writer *w, const char *names);
/**
 * trace_write - append an event
 * Its time is not before the last one's.  0; -EIO; -EINVAL out of bounds.
 */
int trace_write(struct trace_writer *w, const struct trace_event *event);
/** trace_finish - write the end; 0 or -EIO. */
int trace_finish(struct trace_writer *w, const struct trace_totals *totals);
/** trace_discard - free a writer, finished or not. */
void trace_discard(struct trace_writer *w);

#endif
