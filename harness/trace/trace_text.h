/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events as text: what perf script, trace-cmd report and the kernel's own
 * trace file print.  Lines are cut out of those that can be read; the rest is
 * counted.
 */
#ifndef HARNESS_TRACE_TEXT_H
#define HARNESS_TRACE_TEXT_H

#include "harness/trace/trace_event.h"

#include <stdio.h>

/* What became of the lines of a text. */
struct trace_text_counts {
	uint64_t lines, events;
	uint64_t batched; /* mm_page_free_batched: told by mm_page_free already */
	uint64_t other;	  /* events of other kinds */
	uint64_t unread;  /* neither event nor comment */
	uint64_t early;	  /* times before that of the line above: taken as equal */
	uint64_t lost;	  /* events that the text says are lost */
};

/**
 * trace_text_fields - the fields of an event of known kind
 * @info: "page=0x.. pfn=0x.. order=0 ..."
 * @event: kind is set; gets what the kind has, but not gfp
 * @names: gets the set of flags, TRACE_MAX_NAMES bytes
 * Return: false when a field is missing or out of bounds.
 */
bool trace_text_fields(const char *info, struct trace_event *event, char *names);

/**
 * trace_text_line - one line; true and an event with its set of flags, or
 * false and one of the counts is raised
 */
bool trace_text_line(const char *line, struct trace_event *event, char *names,
		     struct trace_text_counts *counts);

/**
 * trace_text_convert - a whole text to a trace file
 * @in, @out: stay the caller's; @name: of @in
 * Return: 0; -EBADMSG no line is an event, -EIO, -ENOMEM, -E2BIG, with @why.
 */
int trace_text_convert(FILE *in, const char *name, FILE *out, struct trace_text_counts *counts,
		       char *why, size_t len);

#endif
