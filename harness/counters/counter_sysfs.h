/* SPDX-License-Identifier: GPL-2.0-only */
/* Events that the kernel names itself, for perf_event_open. */
#ifndef HARNESS_COUNTER_SYSFS_H
#define HARNESS_COUNTER_SYSFS_H

#include <linux/perf_event.h>
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

#endif
