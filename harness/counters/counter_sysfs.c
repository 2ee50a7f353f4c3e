/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/counters/counter_sysfs.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT CNT_SYSFS_LINE

bool cnt_sysfs_line(const char *root, const char *device, const char *file, char line[TEXT])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s/%s", root, device, file);
	FILE *f = fopen(path, "re");

	if (!f)
		return false;
	bool ok = fgets(line, TEXT, f) != NULL;

	fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

/* The same for a file that a source names: of no other folder. */
static bool read_line(const char *dir, const char *folder, const char *name, char line[TEXT])
{
	return !strchr(name, '/') && name[0] != '.' && cnt_sysfs_line(dir, folder, name, line);
}

static int bad(char *why, size_t len, int rc, const char *what, const char *name)
{
	snprintf(why, len, "%s '%s'", what, name);
	return rc;
}

/* "config:0-7,32-35": the value's bits go there, from the lowest on. */
static int place(const char *format, unsigned long long value, struct perf_event_attr *attr)
{
	unsigned low, high;
	unsigned long long word = 0;
	size_t n = strcspn(format, ":");
	int used;

	if (!format[n])
		return -EINVAL;
	for (const char *at = format + n + 1; *at; at += used, at += *at == ',') {
		if (sscanf(at, "%u-%u%n", &low, &high, &used) != 2) {
			if (sscanf(at, "%u%n", &low, &used) != 1)
				return -EINVAL;
			high = low;
		}
		for (unsigned bit = low; bit <= high && bit < 64; bit++, value >>= 1)
			word |= (value & 1) << bit;
	}
	if (n == 6)
		attr->config |= word;
	else if (format[6] == '1')
		attr->config1 |= word;
	else if (format[6] == '2')
		attr->config2 |= word;
	else
		return -EINVAL;
	return value ? -ERANGE : 0;
}

static int set_term(const char *dir, char *term, struct perf_event_attr *attr, char *why,
		    size_t len)
{
	char format[TEXT], *end;
	char *text = strchr(term, '=');
	unsigned long long value = 1;

	if (text) {
		*text++ = '\0';
		value = strtoull(text, &end, 0);
		if (end == text || *end)
			return bad(why, len, -EINVAL, "not a number:", text);
	}
	if (!read_line(dir, "format", term, format) || strncmp(format, "config", 6) != 0)
		return bad(why, len, -ENOENT, "the PMU has no term", term);
	int rc = place(format, value, attr);

	return rc ? bad(why, len, -EINVAL, "the value does not fit into term", term) : 0;
}

/* A word that is an event's name stands for its terms. */
static int set_terms(const char *dir, char *terms, bool named, struct perf_event_attr *attr,
		     char *why, size_t len)
{
	char *save = NULL;
	int rc = 0;

	for (char *t = strtok_r(terms, ",", &save); !rc && t; t = strtok_r(NULL, ",", &save)) {
		char more[TEXT];

		if (named && !strchr(t, '=') && read_line(dir, "events", t, more))
			rc = set_terms(dir, more, false, attr, why, len);
		else if (named && !strchr(t, '='))
			rc = bad(why, len, -ENOENT, "the PMU has no event", t);
		else
			rc = set_term(dir, t, attr, why, len);
	}
	return rc;
}

int cnt_sysfs_encode(const char *root, const char *pmu, char *terms, struct perf_event_attr *attr,
		     char *why, size_t len)
{
	char dir[PATH_MAX], line[TEXT];

	snprintf(dir, sizeof(dir), "%s/%s", root, pmu);
	if (pmu[0] == '.' || !read_line(dir, ".", "type", line))
		return bad(why, len, -ENOENT, "the kernel has no PMU", pmu);
	attr->type = (__u32)strtoul(line, NULL, 10);
	return set_terms(dir, terms, true, attr, why, len);
}

int cnt_sysfs_find(const char *root, const char *event, struct perf_event_attr *attr, char *why,
		   size_t len)
{
	char pmu[64], terms[TEXT], path[PATH_MAX];
	size_t n = strcspn(event, "/"), all = strlen(event);

	if (!n || n >= sizeof(pmu) || !event[n] || all < n + 3 || event[all - 1] != '/' ||
	    all - n - 2 >= sizeof(terms))
		return bad(why, len, -EINVAL, "wants PMU/EVENT/ or PMU/TERM=VALUE,.../:", event);
	snprintf(pmu, sizeof(pmu), "%.*s", (int)n, event);
	snprintf(terms, sizeof(terms), "%.*s", (int)(all - n - 2), event + n + 1);
	snprintf(path, sizeof(path), "%s/%s/cpumask", root, pmu);
	if (!access(path, F_OK))
		return bad(why, len, -EPERM, "counts a package, not a thread (PACKAGE): PMU", pmu);
	return cnt_sysfs_encode(root, pmu, terms, attr, why, len);
}
