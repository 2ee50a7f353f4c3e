/* SPDX-License-Identifier: GPL-2.0-only */
/* The backends, and sets of events on top of one. */
#include "harness/counters/counters.h"

#include "core/words.h"
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL "papi|perf" /* backends, the first choice first */
#define NOT_COUNTED (-1)
#define EMPTY_SAMPLES 4	 /* intervals; the cheapest is the cost of an empty one */
#define TRIAL_LOOP 10000 /* iterations: 10 microseconds, thousands of counts */

const struct cnt_backend *const cnt_backends[] = { &cnt_papi, &cnt_perf, &cnt_null, &cnt_fake,
						   NULL };

/* Written by cnt_init before other threads exist. */
static struct {
	bool done;
	int rc;
	const struct cnt_backend *backend; /* NULL: could not start */
	char why[256];
} state;

/*
 * slot[e] is the position of event e in the values of the handle, or
 * NOT_COUNTED, and then why[e] says why.  used[e] is the source taken.
 */
struct cnt_set {
	const struct cnt_backend *backend;
	void *handle;
	unsigned nr_events, nr_slots, intervals;
	bool multiplexed, lost;
	double share; /* estimate of the time that an event is scheduled */
	int slot[CNT_MAX_EVENTS];
	char note[CNT_MAX_EVENTS][CNT_WHY];
	char why[CNT_MAX_EVENTS][CNT_WHY];
	long long empty[CNT_MAX_EVENTS], total[CNT_MAX_EVENTS]; /* by slot */
};

/* Events that cannot stay 0 in a loop with a branch. */
static const char *const never_zero[] = {
	"PAPI_TOT_INS", "PAPI_TOT_CYC",	      "PAPI_REF_CYC", "PAPI_BR_INS",
	"PAPI_BR_CN",	"perf::INSTRUCTIONS", "perf::CYCLES", "perf::BRANCHES",
};

const struct cnt_backend *cnt_backend(void)
{
	return state.backend;
}

bool cnt_simulated(void)
{
	return state.backend && state.backend->mark[0];
}

/* Of "name:arg"; NULL and a reason for an unknown name. */
static const struct cnt_backend *choose(const char *spec, const char **arg, char *why, size_t len)
{
	const char *names[8];
	char word[32];
	unsigned nr = 0;
	size_t n = strcspn(spec, ":");

	*arg = spec[n] ? spec + n + 1 : "";
	snprintf(word, sizeof(word), "%.*s", (int)n, spec);
	for (; cnt_backends[nr]; nr++) {
		if (!strcmp(cnt_backends[nr]->name, word))
			return cnt_backends[nr];
		names[nr] = cnt_backends[nr]->name;
	}
	const char *near = pga_nearest(word, names, nr);

	snprintf(why, len, "ZB_COUNTERS_BACKEND: unknown backend '%s'%s%s%s", word,
		 near ? "; did you mean '" : "", near ? near : "; papi, perf, null or fake",
		 near ? "'?" : "");
	return NULL;
}

/* Does any hardware event count?  One that is listed need not. */
static bool hardware_counts(void)
{
	static const struct cnt_group anchors = {
		.nr_events = 2,
		.events = { { "instructions", 2, { "PAPI_TOT_INS", "perf::INSTRUCTIONS" } },
			    { "cycles", 2, { "PAPI_TOT_CYC", "perf::CYCLES" } } },
	};
	char why[256];
	struct cnt_set *s = cnt_open(&anchors, why, sizeof(why));

	cnt_close(s);
	return s != NULL;
}

/* Return: 1 hardware events count, 0 the backend started, -errno. */
static int try_backend(const char *spec, char *why, size_t len)
{
	const char *arg;
	const struct cnt_backend *b = choose(spec, &arg, why, len);
	int rc = b ? b->init(arg, why, len) : -EINVAL;

	if (rc)
		return rc;
	state.backend = b;
	if (hardware_counts())
		return 1;
	b->explain(why, len);
	return 0;
}

/* The first whose hardware events count; failing that, the first that starts. */
static void start(const char *list)
{
	const struct cnt_backend *first = NULL;
	char copy[512], *save = NULL;

	snprintf(copy, sizeof(copy), "%s", list);
	state.why[0] = '\0';
	for (char *w = strtok_r(copy, "|", &save); w; w = strtok_r(NULL, "|", &save)) {
		char why[256] = "";
		int rc = try_backend(w, why, sizeof(why));

		if (rc > 0) {
			state.rc = 0;
			return;
		}
		if (!rc && !first)
			first = state.backend;
		/* The reason of the first is the one to know. */
		if (!state.why[0] || rc == -EINVAL) {
			snprintf(state.why, sizeof(state.why), "%s", why);
			state.rc = rc ? rc : -ENODEV;
		}
		if (rc == -EINVAL)
			break;
	}
	state.backend = state.rc == -EINVAL ? NULL : first;
}

int cnt_init(char *why, size_t len)
{
	const char *list = getenv("ZB_COUNTERS_BACKEND");

	if (!state.done) {
		state.done = true;
		start(list && *list ? list : USUAL);
	}
	snprintf(why, len, "%s", state.rc ? state.why : "");
	return state.rc;
}

/* Tries the sources of an event in turn. */
static int add_event(struct cnt_set *s, const struct cnt_event *e, unsigned i)
{
	int rc = -ENOENT;

	for (unsigned k = 0; rc == -ENOENT && k < e->nr_sources; k++) {
		char why[CNT_WHY];

		rc = s->backend->add(s->handle, e->source[k], why, sizeof(why));
		/* The first source's reason is the one to know. */
		if (rc && (!k || rc != -ENOENT))
			snprintf(s->why[i], CNT_WHY, "%s", why);
		if (!rc && strcmp(e->source[k], e->name) != 0)
			snprintf(s->note[i], CNT_WHY, "counted as %s", e->source[k]);
	}
	if (!rc) {
		s->slot[i] = (int)s->nr_slots++;
		s->why[i][0] = '\0';
	}
	return rc;
}

static void let_go(struct cnt_set *s)
{
	if (s->handle)
		s->backend->destroy(s->handle);
	s->handle = NULL;
}

/*
 * A handle with the events of the group that skip[] does not exclude.
 * Returns the number that did not fit, or -errno when there is no handle.
 */
static int assemble(struct cnt_set *s, const struct cnt_group *g, const bool *skip, bool multiplex,
		    char *why, size_t len)
{
	int full = 0, rc;

	let_go(s);
	s->nr_slots = 0;
	s->multiplexed = multiplex;
	rc = s->backend->create(&s->handle, multiplex, why, len);
	if (rc)
		return rc;
	for (unsigned i = 0; i < g->nr_events; i++) {
		s->slot[i] = NOT_COUNTED;
		if (!skip[i] && add_event(s, &g->events[i], i) == -ENOSPC)
			full++;
	}
	return full;
}

/* One short interval of known work; the values stay in value[]. */
static int trial(struct cnt_set *s, long long *value)
{
	int rc = s->nr_slots ? s->backend->start(s->handle) : 0;

	if (rc || !s->nr_slots)
		return rc;
	cnt_work_loop(TRIAL_LOOP);
	return s->backend->stop(s->handle, value);
}

/* All events at once where they fit, multiplexed where that gains any. */
static int fit(struct cnt_set *s, const struct cnt_group *g, const bool *skip, char *why,
	       size_t len)
{
	long long value[CNT_MAX_EVENTS];
	int full = assemble(s, g, skip, false, why, len);

	if (full < 0)
		return full;
	unsigned fits = s->nr_slots;

	if (!full && trial(s, value) != -ENOSPC)
		return 0;
	/* The kernel may notice only at the start that one is too many. */
	if (!full)
		fits--;
	char mux_why[CNT_WHY];

	if (assemble(s, g, skip, true, mux_why, sizeof(mux_why)) >= 0 && s->nr_slots > fits) {
		s->share = fits ? (double)fits / s->nr_slots : 1.0 / s->nr_slots;
		return 0;
	}
	full = assemble(s, g, skip, false, why, len);
	return full < 0 ? full : 0;
}

/* Excludes each event that does not even count alone. */
static void exclude(struct cnt_set *s, const struct cnt_group *g, bool *skip)
{
	for (unsigned i = 0; i < g->nr_events; i++) {
		long long value[CNT_MAX_EVENTS];
		bool others[CNT_MAX_EVENTS];
		char why[CNT_WHY];

		if (skip[i])
			continue;
		memset(others, true, sizeof(others));
		others[i] = false;
		if (assemble(s, g, others, false, why, sizeof(why)) < 0)
			continue;
		skip[i] = s->slot[i] == NOT_COUNTED || trial(s, value);
		if (skip[i] && s->slot[i] != NOT_COUNTED)
			snprintf(s->why[i], CNT_WHY, "is accepted but does not start");
	}
}

static bool is_never_zero(const struct cnt_event *e)
{
	for (size_t i = 0; i < sizeof(never_zero) / sizeof(never_zero[0]); i++)
		if (!strcmp(e->source[0], never_zero[i]))
			return true;
	return false;
}

/* Takes out events that start and yet do not count. */
static void disbelieve(struct cnt_set *s, const struct cnt_group *g, const long long *value)
{
	for (unsigned i = 0; i < g->nr_events; i++) {
		if (s->slot[i] == NOT_COUNTED || value[s->slot[i]] > 0 ||
		    (value[s->slot[i]] == 0 && !is_never_zero(&g->events[i])))
			continue;
		snprintf(s->why[i], CNT_WHY,
			 "starts but does not count: %lld in a loop of %d iterations",
			 value[s->slot[i]], TRIAL_LOOP);
		s->slot[i] = NOT_COUNTED;
	}
}

static void measure_empty(struct cnt_set *s)
{
	long long value[CNT_MAX_EVENTS];

	for (int k = 0; k < EMPTY_SAMPLES; k++) {
		if (s->backend->start(s->handle) || s->backend->stop(s->handle, value))
			return;
		for (unsigned i = 0; i < s->nr_slots; i++)
			if (!k || value[i] < s->empty[i])
				s->empty[i] = value[i];
	}
}

/* Ends with a handle whose events have counted, or with none counted. */
static int prove(struct cnt_set *s, const struct cnt_group *g, char *why, size_t len)
{
	bool skip[CNT_MAX_EVENTS] = { false };
	long long value[CNT_MAX_EVENTS];
	int rc = fit(s, g, skip, why, len);

	if (rc)
		return rc;
	if (trial(s, value)) {
		exclude(s, g, skip);
		rc = fit(s, g, skip, why, len);
		if (rc)
			return rc;
		if (trial(s, value)) {
			snprintf(why, len, "the events count alone but not together");
			return -EIO;
		}
	}
	/* An interval this short says nothing about multiplexed events. */
	if (!s->multiplexed) {
		disbelieve(s, g, value);
		if (!s->backend->exact)
			measure_empty(s);
	}
	return 0;
}

unsigned cnt_set_counted(const struct cnt_set *s, bool *multiplexed)
{
	unsigned nr = 0;

	for (unsigned i = 0; i < s->nr_events; i++)
		nr += s->slot[i] != NOT_COUNTED;
	*multiplexed = s->multiplexed;
	return nr;
}

bool cnt_set_event(const struct cnt_set *s, unsigned e, char *note, size_t len)
{
	bool counts = s->slot[e] != NOT_COUNTED;

	snprintf(note, len, "%s", counts ? s->note[e] : s->why[e]);
	return counts;
}

double cnt_set_share(const struct cnt_set *s)
{
	return s->share;
}

unsigned cnt_slots(const struct cnt_group *g)
{
	const bool skip[CNT_MAX_EVENTS] = { false };
	long long value[CNT_MAX_EVENTS];
	char why[CNT_WHY];
	struct cnt_set s = { .backend = state.backend, .nr_events = g->nr_events };
	unsigned nr = 0;

	/* Fewer and fewer, until the kernel starts them all. */
	for (struct cnt_group some = *g; s.backend && some.nr_events; some.nr_events--) {
		if (assemble(&s, &some, skip, false, why, sizeof(why)) < 0)
			break;
		nr = s.nr_slots;
		if (!trial(&s, value))
			break;
	}
	let_go(&s);
	return nr;
}

struct cnt_set *cnt_open(const struct cnt_group *g, char *why, size_t len)
{
	struct cnt_set *s;
	bool multiplexed;

	if (!state.backend) {
		snprintf(why, len, "%s", state.done ? state.why : "counters were not started");
		return NULL;
	}
	if (!cnt_group_fits(g, why, len))
		return NULL;
	s = calloc(1, sizeof(*s));
	if (!s) {
		snprintf(why, len, "out of memory");
		return NULL;
	}
	s->backend = state.backend;
	s->nr_events = g->nr_events;
	s->share = 1;
	if (prove(s, g, why, len)) {
		cnt_close(s);
		return NULL;
	}
	if (!cnt_set_counted(s, &multiplexed)) {
		snprintf(why, len, "%s", s->why[0]);
		cnt_close(s);
		return NULL;
	}
	return s;
}

int cnt_start(struct cnt_set *s)
{
	s->lost |= s->backend->start(s->handle) != 0;
	return s->lost ? -EIO : 0;
}

int cnt_stop(struct cnt_set *s)
{
	long long value[CNT_MAX_EVENTS];

	s->lost |= s->backend->stop(s->handle, value) != 0;
	if (s->lost)
		return -EIO;
	for (unsigned i = 0; i < s->nr_slots; i++)
		s->total[i] += value[i] - s->empty[i];
	s->intervals++;
	return 0;
}

int cnt_read(struct cnt_set *s, long long value[CNT_MAX_EVENTS])
{
	long long by_slot[CNT_MAX_EVENTS] = { 0 };

	s->lost |= s->backend->read(s->handle, by_slot) != 0;
	for (unsigned e = 0; e < s->nr_events; e++)
		value[e] = s->slot[e] == NOT_COUNTED ? 0 : by_slot[s->slot[e]];
	return s->lost ? -EIO : 0;
}

int cnt_set_read(struct cnt_set *s)
{
	long long value[CNT_MAX_EVENTS];

	return s->backend->read(s->handle, value);
}

void cnt_close(struct cnt_set *s)
{
	if (!s)
		return;
	let_go(s);
	free(s);
}

double cnt_set_value(const struct cnt_set *s, unsigned e, char *why, size_t len)
{
	long long v = s->slot[e] == NOT_COUNTED ? 0 : s->total[s->slot[e]];

	if (s->slot[e] == NOT_COUNTED)
		snprintf(why, len, "%s", s->why[e]);
	else if (s->lost)
		snprintf(why, len, "the kernel lost the counters");
	else if (!s->intervals)
		snprintf(why, len, "no interval was counted");
	else if (s->multiplexed && v <= 0)
		snprintf(why, len, "multiplexed, and 0 cannot be told from never scheduled");
	else
		/* The cost of an empty interval varies by a few counts. */
		return v > 0 ? (double)v : 0;
	return NAN;
}

void cnt_total_add(struct cnt_total *t, const struct cnt_set *s, bool first)
{
	if (first)
		memset(t, 0, sizeof(*t));
	for (unsigned e = 0; e < s->nr_events; e++) {
		char why[CNT_WHY];
		double v = cnt_set_value(s, e, why, sizeof(why));

		if (first || s->share < t->running[e])
			t->running[e] = s->share;
		if (!first && !t->valid[e])
			continue;
		t->valid[e] = !isnan(v);
		t->value[e] = t->valid[e] ? t->value[e] + v : 0;
		snprintf(t->why[e], CNT_WHY, "%s", t->valid[e] ? s->note[e] : why);
	}
}

void cnt_total_refuse(struct cnt_total *t, const struct cnt_group *g, const char *why)
{
	memset(t, 0, sizeof(*t));
	for (unsigned e = 0; e < g->nr_events; e++)
		snprintf(t->why[e], CNT_WHY, "%s", why);
}
