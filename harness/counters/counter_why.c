/* SPDX-License-Identifier: GPL-2.0-only */
/* Why the kernel refuses hardware events, and what would change that. */
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <limits.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_BIT_SYS_ADMIN 21
#define CAP_BIT_PERFMON 38

static int probe(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0ul);

	if (fd < 0)
		return errno;
	close((int)fd);
	return 0;
}

/* Number after "key" at the start of a line of a /proc file. */
static bool proc_number(const char *path, const char *key, int base, long long *value)
{
	FILE *f = fopen(path, "re");
	char line[4096];
	bool found = false;

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f)) {
		char *end;

		if (strncmp(line, key, strlen(key)) != 0)
			continue;
		*value = strtoll(line + strlen(key), &end, base);
		found = end != line + strlen(key);
	}
	fclose(f);
	return found;
}

static bool cpu_has(const char *flag)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[8192], word[64];
	bool found = false;

	if (!f)
		return false;
	snprintf(word, sizeof(word), " %s ", flag);
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = ' ';
		found = !strncmp(line, "flags", 5) && strstr(line, word);
	}
	fclose(f);
	return found;
}

void cnt_facts_read(struct cnt_facts *f)
{
	long long v;

	memset(f, 0, sizeof(*f));
	f->err = probe();
	f->paranoid = INT_MIN;
	if (proc_number("/proc/sys/kernel/perf_event_paranoid", "", 10, &v))
		f->paranoid = (int)v;
	f->privileged = proc_number("/proc/self/status", "CapEff:", 16, &v) &&
			((v >> CAP_BIT_SYS_ADMIN | v >> CAP_BIT_PERFMON) & 1);
	f->filtered = proc_number("/proc/self/status", "Seccomp:", 10, &v) && v == 2;
	f->virtual = cpu_has("hypervisor");
	f->hybrid = !access("/sys/bus/event_source/devices/cpu_core", F_OK) &&
		    !access("/sys/bus/event_source/devices/cpu_atom", F_OK);
}

static bool refused(const struct cnt_facts *f)
{
	return f->err == EPERM || f->err == EACCES;
}

/* From 3 on, kernels that know it forbid user-mode counting too; PAPI believes
   that all do. */
static bool is_paranoid(const struct cnt_facts *f)
{
	return (refused(f) || f->off) && f->paranoid > 2 && !f->privileged;
}

static bool is_filtered(const struct cnt_facts *f)
{
	return (refused(f) || f->err == ENOSYS) && f->filtered;
}

static bool is_refused(const struct cnt_facts *f)
{
	return refused(f);
}

static bool is_unbuilt(const struct cnt_facts *f)
{
	return f->err == ENOSYS;
}

static bool no_pmu(const struct cnt_facts *f)
{
	return f->err == ENOENT || f->err == EOPNOTSUPP || f->err == ENODEV;
}

static bool no_virtual_pmu(const struct cnt_facts *f)
{
	return no_pmu(f) && f->virtual;
}

static bool is_busy(const struct cnt_facts *f)
{
	return f->err == EBUSY;
}

static bool no_files(const struct cnt_facts *f)
{
	return f->err == EMFILE || f->err == ENFILE;
}

static bool is_hybrid(const struct cnt_facts *f)
{
	return !f->err && f->hybrid;
}

static bool is_off(const struct cnt_facts *f)
{
	return !f->err && f->off;
}

static bool other(const struct cnt_facts *f)
{
	return f->err != 0;
}

/* The first row that applies. */
static const struct {
	bool (*applies)(const struct cnt_facts *f);
	const char *cause, *remedy;
} causes[] = {
	{ is_paranoid, "perf_event_paranoid forbids user-mode counting",
	  "sysctl kernel.perf_event_paranoid=2 as root, or grant CAP_PERFMON" },
	{ is_filtered, "a seccomp filter refuses perf_event_open",
	  "run outside the container, or with a seccomp profile that allows perf_event_open" },
	{ is_refused, "a security policy refuses perf_event_open",
	  "ask the administrator for CAP_PERFMON" },
	{ is_unbuilt, "the kernel has no perf_event_open", "a kernel with CONFIG_PERF_EVENTS" },
	{ no_virtual_pmu, "no PMU in this virtual machine",
	  "give the guest one (QEMU: -cpu host,pmu=on), or run on bare metal" },
	{ no_pmu, "the kernel has no PMU driver for this CPU", "a newer kernel" },
	{ is_busy, "another user holds the PMU", "stop other profilers" },
	{ no_files, "too many open files", "raise the limit with ulimit -n" },
	{ is_hybrid, "hybrid CPU: the two kinds of cores count different events",
	  "boot with one kind of cores only; counting across kinds is not supported" },
	{ is_off, "PAPI has switched the CPU's counters off",
	  "sysctl kernel.perf_event_paranoid=2, or run as root" },
	{ other, "perf_event_open fails", "see perf_event_open(2)" },
};

bool cnt_explain(const struct cnt_facts *f, struct cnt_cause *c)
{
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (!causes[i].applies(f))
			continue;
		int n = snprintf(c->cause, sizeof(c->cause), "%s", causes[i].cause);
		size_t used = (size_t)n, room = sizeof(c->cause) - used;

		if (causes[i].applies == is_paranoid)
			snprintf(c->cause + used, room, " (it is %d)", f->paranoid);
		else if (f->err)
			snprintf(c->cause + used, room, " (%s)", strerrorname_np(f->err));
		snprintf(c->remedy, sizeof(c->remedy), "%s", causes[i].remedy);
		return true;
	}
	return false;
}
