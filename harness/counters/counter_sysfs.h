/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that the kernel names itself, for perf_event_open. */
#ifndef HARNESS_COUNTER_SYSFS_H
#define HARNESS_COUNTER_SYSFS_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>

#define CNT_SYSFS_ROOT "/sys/bus/event_source/devices"

/**
 * cnt_sysfs_find - an event as PMU/EVENT/ or PMU/TERM=VALUE,.../
 * EVENT is a file of the PMU's folder events, TERM one of its folder format.
 * @root: CNT_SYSFS_ROOT, or a folder of that shape
 * Sets type, config, config1 and config2 of @attr.
 * Return: 0; -ENOENT no such PMU, event or term; -EINVAL bad grammar; -EPERM the
 * PMU counts a whole package and no thread's part of it; all with @why.
 */
int cnt_sysfs_find(const char *root, const char *event, struct perf_event_attr *attr, char *why,
		   size_t len);

/**
 * cnt_sysfs_encode - the same for a PMU's name and its event or terms, whatever it counts
 * @terms: changed while reading
 */
int cnt_sysfs_encode(const char *root, const char *pmu, char *terms, struct perf_event_attr *attr,
		     char *why, size_t len);

#define CNT_SYSFS_LINE 256 /* bytes of a file's line, of an event's terms */
/** cnt_sysfs_line - first line of root/device/file, without its end; false: there is none. */
bool cnt_sysfs_line(const char *root, const char *device, const char *file,
		    char line[CNT_SYSFS_LINE]);

#endif
