/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters through perf_event_open itself, for machines where PAPI refuses.
 * Events: those that PAPI's presets and perf's own names mean on every CPU, what
 * the kernel counts itself, and a PMU's own, pmu/event/ or pmu/term=value,.../
 * (harness/counters/counter_sysfs.h).
 */
#include "core/words.h"
#include "harness/counters/counter_backend.h"
#include "harness/counters/counter_sysfs.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CACHE(which, result)                                                        \
	((uint64_t)PERF_COUNT_HW_CACHE_##which | PERF_COUNT_HW_CACHE_OP_READ << 8 | \
	 PERF_COUNT_HW_CACHE_RESULT_##result << 16)

/* What each name means to the kernel, exactly: a group names what comes near. */
static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "PAPI_TOT_CYC", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "PAPI_TOT_INS", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "PAPI_REF_CYC", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
	{ "PAPI_BR_INS", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "PAPI_BR_MSP", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "perf::CYCLES", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "perf::INSTRUCTIONS", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "perf::BRANCHES", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "perf::BRANCH-MISSES", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "perf::CACHE-MISSES", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "perf::L1-DCACHE-LOAD-MISSES", PERF_TYPE_HW_CACHE, CACHE(L1D, MISS) },
	{ "perf::DTLB-LOAD-MISSES", PERF_TYPE_HW_CACHE, CACHE(DTLB, MISS) },
	{ "perf::ITLB-LOAD-MISSES", PERF_TYPE_HW_CACHE, CACHE(ITLB, MISS) },
	{ "perf::PAGE-FAULTS", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "perf::MINOR-FAULTS", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MIN },
	{ "perf::MAJOR-FAULTS", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS_MAJ },
	{ "perf::CONTEXT-SWITCHES", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "perf::CPU-MIGRATIONS", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
	{ "perf::TASK-CLOCK", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
};
#define NR_KNOWN (sizeof(known) / sizeof(known[0]))

/* What the kernel counts of an event since it was opened. */
struct reading {
	uint64_t value, enabled, running; /* times in ns */
};

struct perf {
	unsigned nr;
	bool multiplex, running;
	int fd[CNT_MAX_EVENTS];
	struct reading start[CNT_MAX_EVENTS];
};

/* Written by init, read only afterwards. */
static struct cnt_cause cause;
static bool caused;

static int perf_init(const char *arg, char *why, size_t len)
{
	struct cnt_facts facts;

	(void)arg, (void)why, (void)len;
	cnt_facts_read(&facts);
	caused = cnt_explain(&facts, &cause);
	return 0;
}

static void perf_label(char *buf, size_t len)
{
	snprintf(buf, len, "perf_event_open");
}

static int perf_create(void **handle, bool multiplex, char *why, size_t len)
{
	struct perf *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	p->multiplex = multiplex;
	*handle = p;
	return 0;
}

/* Return: 0; -ENOENT, with the nearest name in @why. */
static int look_up(const char *event, struct perf_event_attr *attr, char *why, size_t len)
{
	const char *names[NR_KNOWN];

	if (strchr(event, '/'))
		return cnt_sysfs_find(CNT_SYSFS_ROOT, event, attr, why, len);
	for (size_t i = 0; i < NR_KNOWN; i++) {
		names[i] = known[i].name;
		if (strcmp(event, known[i].name) != 0)
			continue;
		attr->type = known[i].type;
		attr->config = known[i].config;
		return 0;
	}
	const char *near = pga_nearest(event, names, NR_KNOWN);

	snprintf(why, len, "perf_event_open has no name for it%s%s%s",
		 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return -ENOENT;
}

static int refused(const struct perf *p, int err, bool hardware, char *why, size_t len)
{
	if ((err == ENOSPC || err == EINVAL) && p->nr) {
		snprintf(why, len, "no counter left (%s)", strerrorname_np(err));
		return -ENOSPC;
	}
	if (caused && (hardware || err == EPERM || err == EACCES || err == ENOSYS))
		snprintf(why, len, "%s", cause.cause);
	else
		snprintf(why, len, "perf_event_open refuses it (%s)", strerrorname_np(err));
	return err == ENOENT || err == EOPNOTSUPP || err == ENODEV ? -ENOENT : -EPERM;
}

static int perf_add(void *handle, const char *event, char *why, size_t len)
{
	struct perf *p = handle;
	/* User mode alone; a switch of threads is the kernel's in any case. */
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.disabled = 1,
		.exclude_kernel = strcmp(event, "perf::CONTEXT-SWITCHES") != 0 &&
				  strcmp(event, "perf::CPU-MIGRATIONS") != 0,
		.exclude_hv = 1,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
	};
	int rc = look_up(event, &attr, why, len);

	if (rc)
		return rc;
	if (p->nr == CNT_MAX_EVENTS) {
		snprintf(why, len, "more than %d events", CNT_MAX_EVENTS);
		return -ENOSPC;
	}
	long fd =
		syscall(SYS_perf_event_open, &attr, 0, -1, -1, (unsigned long)PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return refused(p, errno, attr.type != PERF_TYPE_SOFTWARE, why, len);
	p->fd[p->nr++] = (int)fd;
	return 0;
}

static int read_one(int fd, struct reading *r)
{
	return read(fd, r, sizeof(*r)) == (ssize_t)sizeof(*r) ? 0 : -EIO;
}

static int control(const struct perf *p, unsigned long request)
{
	int rc = 0;

	for (unsigned i = 0; i < p->nr; i++)
		rc |= ioctl(p->fd[i], request, 0);
	return rc ? -EIO : 0;
}

static int perf_start(void *handle)
{
	struct perf *p = handle;

	for (unsigned i = 0; i < p->nr; i++)
		if (read_one(p->fd[i], &p->start[i]))
			return -EIO;
	p->running = !control(p, PERF_EVENT_IOC_ENABLE);
	return p->running ? 0 : -EIO;
}

/*
 * Scaled up to the whole time where events take turns.  The kernel lets them
 * take turns unasked, too: then there was one too many.
 */
static int perf_read(void *handle, long long *value)
{
	struct perf *p = handle;

	for (unsigned i = 0; i < p->nr; i++) {
		struct reading now;

		if (read_one(p->fd[i], &now))
			return -EIO;
		uint64_t count = now.value - p->start[i].value,
			 enabled = now.enabled - p->start[i].enabled,
			 ran = now.running - p->start[i].running;

		if (ran < enabled && !p->multiplex)
			return -ENOSPC;
		value[i] = ran && ran < enabled
				   ? (long long)((double)count * (double)enabled / (double)ran)
				   : (long long)count;
	}
	return 0;
}

static int perf_stop(void *handle, long long *value)
{
	struct perf *p = handle;

	if (!p->running)
		return -EIO;
	p->running = false;
	if (control(p, PERF_EVENT_IOC_DISABLE))
		return -EIO;
	return perf_read(p, value);
}

static void perf_destroy(void *handle)
{
	struct perf *p = handle;

	for (unsigned i = 0; i < p->nr; i++)
		close(p->fd[i]);
	free(p);
}

static void perf_explain(char *why, size_t len)
{
	if (caused)
		snprintf(why, len, "%s; remedy: %s", cause.cause, cause.remedy);
	else
		snprintf(why, len, "no event of this CPU counts; remedy: a newer kernel");
}

const struct cnt_backend cnt_perf = {
	.name = "perf",
	.summary = "perf_event_open itself, without PAPI",
	.mark = "",
	.init = perf_init,
	.label = perf_label,
	.create = perf_create,
	.add = perf_add,
	.start = perf_start,
	.read = perf_read,
	.stop = perf_stop,
	.destroy = perf_destroy,
	.explain = perf_explain,
};
