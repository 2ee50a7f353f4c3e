/* SPDX-License-Identifier: GPL-2.0-only */
/* Package events counted by perf_event_open, system-wide. */
#include "harness/counters/counter_package.h"
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel counts of an event since it was opened. */
struct reading {
	uint64_t value, enabled, running; /* times in ns */
};

struct box {
	int fd;
	unsigned event, package;
	double scale, total;
	struct reading start;
	double enabled, running; /* between starts and stops, ns */
};

struct cnt_package_set {
	unsigned nr_events, nr_boxes;
	struct cnt_packages packages;
	bool simulated, started, counted, lost;
	double made_up; /* of each event, in each package */
	bool opened[CNT_MAX_PACKAGE_EVENTS];
	char note[CNT_MAX_PACKAGE_EVENTS][CNT_WHY]; /* why not opened; else what to know */
	struct box box[CNT_MAX_BOXES];
	struct cnt_box found[CNT_MAX_BOXES]; /* of the source at hand */
};

static const char *sysfs(void)
{
	const char *given = getenv("ZB_SYSFS");

	return given && *given ? given : "/sys";
}

static int refused(int err, char *why, size_t len)
{
	struct cnt_facts facts;
	struct cnt_cause cause;

	cnt_facts_read(&facts);
	if (facts.err == err && cnt_explain(&facts, &cause))
		snprintf(why, len, "%s", cause.cause);
	else if (err == EPERM || err == EACCES)
		snprintf(why, len,
			 "a package's events need perf_event_paranoid=0 (it is %d) or CAP_PERFMON",
			 facts.paranoid);
	else
		snprintf(why, len, "perf_event_open refuses it (%s)", strerrorname_np(err));
	return -EPERM;
}

static void drop_boxes(struct cnt_package_set *s, unsigned from)
{
	while (s->nr_boxes > from)
		close(s->box[--s->nr_boxes].fd);
}

/* All counters of a source, or none: a part of them would look like all. */
static int open_source(struct cnt_package_set *s, unsigned event, const char *source, char *why,
		       size_t len)
{
	struct cnt_box *found = s->found;
	unsigned before = s->nr_boxes;
	int nr = cnt_boxes_find(sysfs(), source, &s->packages, found, CNT_MAX_BOXES - before, why,
				len);

	for (int i = 0; i < nr; i++) {
		struct perf_event_attr *attr = &found[i].attr;

		attr->read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
		long fd = syscall(SYS_perf_event_open, attr, -1, (int)found[i].cpu, -1,
				  (unsigned long)PERF_FLAG_FD_CLOEXEC);

		if (fd < 0) {
			nr = refused(errno, why, len);
			drop_boxes(s, before);
			break;
		}
		s->box[s->nr_boxes++] = (struct box){ .fd = (int)fd,
						      .event = event,
						      .package = found[i].package,
						      .scale = found[i].scale };
	}
	return nr < 0 ? nr : 0;
}

/* Tries the sources in turn; of all that this machine lacks, the first one's reason is told. */
static void open_event(struct cnt_package_set *s, const struct cnt_event *e, unsigned event)
{
	int rc = -ENOENT;

	for (unsigned k = 0; rc == -ENOENT && k < e->nr_sources; k++) {
		char why[CNT_WHY];

		rc = open_source(s, event, e->source[k], why, sizeof(why));
		if (rc && (!k || rc != -ENOENT))
			snprintf(s->note[event], CNT_WHY, "%s", why);
		if (!rc)
			snprintf(s->note[event], CNT_WHY, "counted as %s", e->source[k]);
	}
	s->opened[event] = !rc;
	size_t used = strlen(s->note[event]);

	if (rc == -ENOENT && e->nr_sources > 1)
		snprintf(s->note[event] + used, CNT_WHY - used, ", nor the others named");
}

struct cnt_package_set *cnt_package_open(const struct cnt_group *g)
{
	struct cnt_package_set *s = g->nr_package_events ? calloc(1, sizeof(*s)) : NULL;
	char off[256], why[CNT_WHY];

	if (!s)
		return NULL;
	s->nr_events = g->nr_package_events;
	cnt_packages_read(sysfs(), &s->packages);
	(void)cnt_init(off, sizeof(off));
	s->simulated = cnt_simulated();
	for (unsigned e = 0; e < s->nr_events; e++) {
		if (!cnt_backend())
			snprintf(s->note[e], CNT_WHY, "%.*s", CNT_WHY - 1, off);
		else if (!cnt_group_fits(g, why, sizeof(why)))
			snprintf(s->note[e], CNT_WHY, "%s", why);
		else if (s->simulated)
			s->opened[e] = true;
		else
			open_event(s, &g->package_events[e], e);
	}
	return s;
}

static bool read_box(const struct box *b, struct reading *r)
{
	return read(b->fd, r, sizeof(*r)) == (ssize_t)sizeof(*r);
}

void cnt_package_start(struct cnt_package_set *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->nr_boxes; i++)
		s->lost |= !read_box(&s->box[i], &s->box[i].start);
	s->started = true;
}

/* Scaled up to the whole time where events took turns. */
static void add_up(struct box *b, const struct reading *now)
{
	double count = (double)(now->value - b->start.value),
	       enabled = (double)(now->enabled - b->start.enabled),
	       running = (double)(now->running - b->start.running);

	if (running > 0)
		b->total += count * b->scale * (running < enabled ? enabled / running : 1);
	b->enabled += enabled;
	b->running += running;
}

void cnt_package_stop(struct cnt_package_set *s)
{
	struct reading now;

	if (!s || !s->started)
		return;
	for (unsigned i = 0; i < s->nr_boxes; i++) {
		if (read_box(&s->box[i], &now))
			add_up(&s->box[i], &now);
		else
			s->lost = true;
	}
	if (s->simulated)
		s->made_up += (double)cnt_backend()->package();
	s->started = false;
	s->counted = true;
}

void cnt_package_close(struct cnt_package_set *s)
{
	if (s)
		drop_boxes(s, 0);
	free(s);
}

/* Of one event in one package; NaN when it has no counter there. */
static double sum(const struct cnt_package_set *s, unsigned event, unsigned package, double *share)
{
	double total = NAN;

	if (s->simulated)
		return s->made_up;
	for (unsigned i = 0; i < s->nr_boxes; i++) {
		const struct box *b = &s->box[i];

		if (b->event != event || b->package != package)
			continue;
		total = (isnan(total) ? 0 : total) + b->total;
		if (b->enabled > 0 && b->running / b->enabled < *share)
			*share = b->running / b->enabled;
	}
	return total;
}

/* A whole package is never still: what stays 0 does not count. */
static const char *disbelieve(const struct cnt_package_set *s, double all, double share)
{
	if (s->lost)
		return "the kernel lost the counters";
	if (s->counted && share <= 0)
		return "no counter was free for it";
	return s->counted && !(all > 0) ? "starts but does not count" : NULL;
}

void cnt_package_total(const struct cnt_package_set *s, struct cnt_package_total *t)
{
	memset(t, 0, sizeof(*t));
	if (!s)
		return;
	t->packages = s->packages;
	for (unsigned e = 0; e < s->nr_events; e++) {
		double all = 0;

		t->running[e] = 1;
		for (unsigned p = 0; p < s->packages.nr; p++) {
			t->value[e][p] = sum(s, e, p, &t->running[e]);
			all += isnan(t->value[e][p]) ? 0 : t->value[e][p];
		}
		const char *why = s->opened[e] ? disbelieve(s, all, t->running[e]) : NULL;

		t->valid[e] = s->opened[e] && !why;
		snprintf(t->why[e], CNT_WHY, "%s", why ? why : s->note[e]);
	}
}
