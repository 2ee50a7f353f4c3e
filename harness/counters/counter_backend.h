/* SPDX-License-Identifier: GPL-2.0-only */
/* Between harness/counters/counters.c and its backends; nobody else includes it. */
#ifndef HARNESS_COUNTER_BACKEND_H
#define HARNESS_COUNTER_BACKEND_H

#include "harness/counters/counters.h"

#include <stdint.h>

/*
 * A source of counters.  A handle belongs to the thread that created it.
 * Reasons (why) are short, CNT_WHY bytes; init's is one line of any length.
 */
struct cnt_backend {
	const char *name; /* word in ZB_COUNTERS_BACKEND before the colon */
	const char *summary;
	const char *mark; /* note on every value, "" for a real backend */
	bool exact;	  /* an empty interval counts nothing */
	/* arg: the text after the colon, or "".  Once per process. 0 or -errno. */
	int (*init)(const char *arg, char *why, size_t len);
	void (*label)(char *buf, size_t len); /* "PAPI 7.0" */
	int (*create)(void **handle, bool multiplex, char *why, size_t len);
	/*
	 * 0; -ENOENT the machine does not know the event; -ENOSPC it does not
	 * fit beside the events added before; other -errno: refused.
	 */
	int (*add)(void *handle, const char *event, char *why, size_t len);
	int (*start)(void *handle); /* 0; -ENOSPC; -EIO */
	/* In the order added, since start; 0; -EIO; -ENOSPC the events took turns unasked. */
	int (*read)(void *handle, long long *value);
	int (*stop)(void *handle, long long *value);
	void (*destroy)(void *handle);
	/* NULL for real backends: instructions that a fake is to have seen. */
	void (*simulate)(uint64_t instructions);
	/* NULL for real backends: the calling thread has done @n of one event. */
	void (*plant)(const char *event, long long n);
	/* NULL for real backends: what a package's event counts from start to stop. */
	long long (*package)(void);
	/* Why no hardware event counts, and the remedy, in one line. */
	void (*explain)(char *why, size_t len);
};

extern const struct cnt_backend cnt_papi, cnt_perf, cnt_null, cnt_fake;
extern const struct cnt_backend *const cnt_backends[]; /* NULL-terminated */

/** cnt_backend - the one in use, NULL when none could start. */
const struct cnt_backend *cnt_backend(void);

/* Why perf_event_open refuses hardware events, from observed facts. */
struct cnt_facts {
	int err;	 /* errno of perf_event_open for instructions; 0 = it works */
	int paranoid;	 /* kernel.perf_event_paranoid; INT_MIN = unreadable */
	bool privileged; /* CAP_PERFMON or CAP_SYS_ADMIN is effective */
	bool filtered;	 /* a seccomp filter is installed */
	bool virtual;	 /* the CPU reports a hypervisor */
	bool hybrid;	 /* two kinds of cores with PMUs of their own */
	bool off;	 /* the library refuses without asking the kernel */
};
struct cnt_cause {
	char cause[CNT_WHY];
	char remedy[160];
};
/** cnt_facts_read - ask the kernel; opens and closes one event; off = false. */
void cnt_facts_read(struct cnt_facts *f);
/** cnt_explain - cause and remedy; false when hardware events should work. */
bool cnt_explain(const struct cnt_facts *f, struct cnt_cause *c);

/* Work whose counts are known (harness/counters/counter_work.c). */
#define CNT_LOOP_INSTRUCTIONS 2 /* of one iteration; one of them a taken branch */
/** cnt_work_loop - @n iterations, no memory access. */
void cnt_work_loop(uint64_t n);
/** cnt_work_walk - one access to each of @lines cache lines in scattered order;
    returns 0, or -ENOMEM. */
int cnt_work_walk(uint64_t lines);
/** cnt_work_touch - first access to @pages pages of fresh memory; 0 or -ENOMEM. */
int cnt_work_touch(uint64_t pages);

/** cnt_set_value - for the checks: total of event @e, NaN when null. */
double cnt_set_value(const struct cnt_set *s, unsigned e, char *why, size_t len);
/** cnt_set_counted - number of events that count, and whether multiplexed. */
unsigned cnt_set_counted(const struct cnt_set *s, bool *multiplexed);
/** cnt_set_event - does event @e count?  @note: why not, or what to know. */
bool cnt_set_event(const struct cnt_set *s, unsigned e, char *note, size_t len);
/** cnt_set_share - estimated share of time that an event is scheduled, 0..1. */
double cnt_set_share(const struct cnt_set *s);
/** cnt_slots - how many events of @g count at once without multiplexing. */
unsigned cnt_slots(const struct cnt_group *g);
/** cnt_set_read - one read of all counters, to be timed; 0 or -EIO. */
int cnt_set_read(struct cnt_set *s);

#endif
