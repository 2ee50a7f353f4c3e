/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recording page events of the running kernel while a command runs, through an
 * instance of tracefs of its own, so that other users of tracing are not
 * disturbed.  The recorder's own events are left out.
 *
 * While the command runs, raw pages of the ring buffers go to a temporary file
 * for each CPU; afterwards they are merged by time and written as a trace.
 *
 * Threads: one recording at a time in a process, from its main thread.
 */
#ifndef HARNESS_TRACE_RECORD_H
#define HARNESS_TRACE_RECORD_H

#include "harness/trace/trace_event.h"

#include <stdio.h>

struct trace_record {
	char *const *command; /* NULL-terminated */
	size_t buffer_kib;    /* of each CPU's ring buffer */
	FILE *out;
	/* Results. */
	uint64_t events, lost;
	int status; /* of the command, as waitpid gives it */
	int signal; /* that ended the recording early, 0 = none */
};

/**
 * trace_record - run the command and record
 * Return: 0, also when the command failed or a signal ended it; -EPERM or
 * -ENODEV: this machine or user cannot, nothing was run, and @why says what is
 * missing and what would help; another errno with @why.
 */
int trace_record(struct trace_record *rec, char *why, size_t len);

struct tracefs_instance;
struct tep_handle;

/* Raw pages of one CPU, in the order in which they were read. */
struct trace_raw {
	FILE *pages; /* NULL: the CPU has no buffer */
	uint64_t nr;
	unsigned cpu;
};

/**
 * trace_merge - raw pages of all CPUs to a trace file
 * @facts: of its header; @page: bytes of a raw page
 * Fills in rec->events.  Return: 0 or -errno with @why.
 */
int trace_merge(struct trace_record *rec, struct tep_handle *tep, struct trace_raw *raw,
		unsigned nr_raw, size_t page, const char *facts, char *why, size_t len);

/** trace_record_facts - what is to be known of this machine and command. */
void trace_record_facts(const struct trace_record *rec, const char *clock, char *facts, size_t len);

#endif
