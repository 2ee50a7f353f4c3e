/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events of an instance, kept in a ring for each CPU and written as text on
 * demand, one line each, in the form of perf script:
 *
 *   zonebench  4711 [001]  1234.567890: compaction:mm_compaction_end: status=3
 *
 * The CPU is the logical one of conf, the time is that of the monotonic clock.
 * The slow path tells its events itself (struct pga_host); allocations and
 * frees are seen by a table of operations that stands before the mechanism's.
 * Without a struct events neither exists, and nothing is paid for it.
 *
 * Threads: events_hook and the traced operations: whoever drives the event's
 * CPU; the rest: when nothing else runs.
 */
#ifndef HARNESS_EVENTS_H
#define HARNESS_EVENTS_H

#include "core/pga.h"

#include <stdio.h>

/* Events kept for each CPU: the newest. A power of two. */
#define EVENTS_KEPT 32768u

struct events; /* opaque */

/** events_new - rings for @nr_cpus CPUs; NULL: no memory. */
struct events *events_new(unsigned nr_cpus);
void events_free(struct events *ev);

/** events_hook - for pga_host.event; data is the struct events. */
void events_hook(void *data, const struct pga_event *event);

/**
 * events_trace - operations that do as @ops does and note mm_page_alloc and
 * mm_page_free; one such table at a time, valid until events_free.
 */
const struct pga_ops *events_trace(struct events *ev, const struct pga_ops *ops);

/** events_seen - events of one kind so far, also those that are no longer kept. */
uint64_t events_seen(const struct events *ev, enum pga_event_id id);
/** events_overwritten - events that are no longer kept. */
uint64_t events_overwritten(const struct events *ev);

/**
 * events_write - all that is kept, oldest first
 * Return: 0, -ENOMEM, or -EIO when the file took no more.
 */
int events_write(const struct events *ev, FILE *f);

#endif
