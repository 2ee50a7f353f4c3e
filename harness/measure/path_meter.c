/* SPDX-License-Identifier: GPL-2.0-only */
/* Lanes from events. */
#include "harness/measure/path_meter.h"
#include "harness/counters/counter_backend.h"
#include "harness/measure/clock.h"

#include <string.h>
#include <sys/resource.h>

static int read_events(void *data, long long *value)
{
	long long all[CNT_MAX_EVENTS] = { 0 };
	int rc = cnt_read(data, all);

	memcpy(value, all, (PATH_LANES - 1) * sizeof(*value));
	return rc;
}

static uint64_t switches(void)
{
	struct rusage u;

	return getrusage(RUSAGE_THREAD, &u) ? 0 : (uint64_t)u.ru_nivcsw;
}

/* As many of the first events as count without multiplexing. */
static struct cnt_set *open_whole(struct cnt_group *g, char *why, size_t len)
{
	for (; g->nr_events; g->nr_events--) {
		struct cnt_set *s = cnt_open(g, why, len);
		bool multiplexed;

		if (!s)
			return NULL;
		cnt_set_counted(s, &multiplexed);
		if (!multiplexed)
			return s;
		cnt_close(s);
		snprintf(why, len, "no counter left, and a window is too short to take turns");
	}
	return NULL;
}

struct cnt_set *path_meter_open(struct path_meter *meter, const struct cnt_group *g)
{
	struct cnt_group some = *g;
	char why[PATH_WHY] = "no counter left, and a window is too short to take turns";

	*meter = (struct path_meter){ .read = read_events, .ticks = clk_tsc, .switches = switches };
	if (!clk_has_tsc())
		snprintf(meter->why[0], PATH_WHY, "no time-stamp counter");
	if (some.nr_events > PATH_LANES - 1)
		some.nr_events = PATH_LANES - 1;
	struct cnt_set *s = open_whole(&some, why, sizeof(why));

	meter->data = s;
	meter->nr = s ? some.nr_events : 0;
	for (unsigned l = 1; l < PATH_LANES; l++) {
		if (!s || l > some.nr_events)
			snprintf(meter->why[l], PATH_WHY, "%s", why);
		else if (!cnt_set_event(s, l - 1, meter->note[l], PATH_WHY))
			snprintf(meter->why[l], PATH_WHY, "%s", meter->note[l]);
	}
	return s;
}
