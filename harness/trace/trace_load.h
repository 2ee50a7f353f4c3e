/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Traces in memory, for the workload that replays them; and the names by which
 * a matrix calls them.  A trace is loaded once in a process and stays.
 *
 * Threads: the loading calls from one thread; trace_get of what is loaded from any.
 */
#ifndef HARNESS_TRACE_LOAD_H
#define HARNESS_TRACE_LOAD_H

#include "workloads/trace.h"

#include <stdio.h>

#define TRACE_DEFAULT "compiler" /* number 0 */

/**
 * trace_load - read a whole trace for replay
 * @f: closed; @name: copied
 * Return: 0; -EBADMSG, -EIO, -ENOMEM, -E2BIG, with @why.  trace_unload returns it.
 */
int trace_load(struct wl_trace **out, FILE *f, const char *name, char *why, size_t len);
void trace_unload(struct wl_trace *trace);

/**
 * trace_number - the number of the trace that a text names, loaded
 * @text: a delivered trace by its name, or a path with a slash or ending in .zbt
 * Return: 0; -ENOENT, -E2BIG, or as trace_load, with @why.
 */
int trace_number(const char *text, int64_t *number, char *why, size_t len);
/** trace_get - NULL with @why when the default cannot be loaded or the number is unknown. */
const struct wl_trace *trace_get(int64_t number, char *why, size_t len);
/** trace_path - where a text leads: a file that can be read. 0 or -ENOENT with @why. */
int trace_path(const char *text, char *path, size_t size, char *why, size_t len);

#endif
