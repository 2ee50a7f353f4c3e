/* SPDX-License-Identifier: GPL-2.0-only */
/* Which counters of which packages a source names, from sysfs. */
#include "harness/counters/counter_package.h"
#include "harness/counters/counter_sysfs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Calls visit for each CPU of "0,2-3" until it returns another value than 0. */
static int each_cpu(const char *list, int (*visit)(unsigned cpu, void *data), void *data)
{
	int rc = 0, used;

	for (unsigned low, high; !rc && sscanf(list, "%u%n", &low, &used) == 1;) {
		list += used;
		high = low;
		if (sscanf(list, "-%u%n", &high, &used) == 1)
			list += used;
		for (unsigned cpu = low; !rc && cpu <= high; cpu++)
			rc = visit(cpu, data);
		list += *list == ',';
	}
	return rc;
}

/* The kernel says -1 where the firmware does not tell: then all is one package. */
static int package_of(const char *sys, unsigned cpu)
{
	char folder[PATH_MAX], name[64], line[CNT_SYSFS_LINE];

	snprintf(folder, sizeof(folder), "%s/devices/system/cpu", sys);
	snprintf(name, sizeof(name), "cpu%u", cpu);
	long id = cnt_sysfs_line(folder, name, "topology/physical_package_id", line)
			  ? strtol(line, NULL, 10)
			  : 0;

	return id > 0 && id <= INT_MAX ? (int)id : 0;
}

struct reading {
	const char *sys;
	struct cnt_packages *p;
};

static int add_package(unsigned cpu, void *data)
{
	const struct reading *r = data;
	struct cnt_packages *p = r->p;
	int id = package_of(r->sys, cpu);
	unsigned at = 0;

	while (at < p->nr && p->id[at] < id)
		at++;
	if ((at < p->nr && p->id[at] == id) || p->nr == CNT_MAX_PACKAGES)
		return 0;
	memmove(p->id + at + 1, p->id + at, (p->nr - at) * sizeof(p->id[0]));
	p->id[at] = id;
	p->nr++;
	return 0;
}

void cnt_packages_read(const char *sys, struct cnt_packages *p)
{
	struct reading r = { sys, p };
	char folder[PATH_MAX], line[CNT_SYSFS_LINE];

	p->nr = 0;
	snprintf(folder, sizeof(folder), "%s/devices/system", sys);
	if (cnt_sysfs_line(folder, "cpu", "online", line))
		each_cpu(line, add_package, &r);
	if (p->nr)
		return;
	p->nr = 1;
	p->id[0] = 0;
}

/* A source in its parts, and where its counters go. */
struct finding {
	const char *sys;
	char root[PATH_MAX], pmu[64], terms[CNT_SYSFS_LINE];
	double worth; /* of one count, as the source says */
	const struct cnt_packages *p;
	struct cnt_box *box;
	struct cnt_box like; /* of the PMU at hand */
	unsigned nr, max;
	char *why;
	size_t len;
};

static int bad(const struct finding *f, int rc, const char *what, const char *name)
{
	snprintf(f->why, f->len, "%s '%s'", what, name);
	return rc;
}

static int split(struct finding *f, const char *source)
{
	size_t n = strcspn(source, "/");
	const char *terms = source + n + 1, *end = source[n] ? strchr(terms, '/') : NULL;

	if (!n || n >= sizeof(f->pmu) || !end || end == terms ||
	    (size_t)(end - terms) >= sizeof(f->terms))
		return bad(f, -EINVAL, "wants PMU/EVENT/ or PMU/TERM=VALUE,.../:", source);
	snprintf(f->pmu, sizeof(f->pmu), "%.*s", (int)n, source);
	snprintf(f->terms, sizeof(f->terms), "%.*s", (int)(end - terms), terms);
	if (!end[1])
		return 0;
	const char *number = end[1] == '*' ? end + 2 : "";
	char *rest = NULL;

	f->worth = strtod(number, &rest);
	if (!(f->worth > 0) || isinf(f->worth) || rest != number + strlen(number))
		return bad(f, -EINVAL, "wants *NUMBER after the event:", source);
	return 0;
}

/* "uncore_imc" is "uncore_imc" and "uncore_imc_3", not "uncore_imc_free_running_0". */
static bool is_instance(const char *name, const char *pmu)
{
	size_t n = strlen(pmu);

	if (strncmp(name, pmu, n) != 0 || (name[n] && (name[n] != '_' || !name[n + 1])))
		return false;
	for (const char *c = name[n] ? name + n + 1 : name + n; *c; c++)
		if (!isxdigit((unsigned char)*c))
			return false;
	return true;
}

/* What the kernel says that one count of a named event is worth. */
static double scale_of(const struct finding *f, const char *pmu)
{
	static const struct {
		const char *unit;
		double bytes;
	} units[] = { { "KiB", 0x1p10 }, { "MiB", 0x1p20 }, { "GiB", 0x1p30 } };
	char path[CNT_SYSFS_LINE + 24], line[CNT_SYSFS_LINE];
	double scale = 1;

	if (strpbrk(f->terms, "=,"))
		return 1;
	snprintf(path, sizeof(path), "events/%s.scale", f->terms);
	if (cnt_sysfs_line(f->root, pmu, path, line))
		scale = strtod(line, NULL);
	snprintf(path, sizeof(path), "events/%s.unit", f->terms);
	if (cnt_sysfs_line(f->root, pmu, path, line))
		for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcmp(line, units[i].unit))
				scale *= units[i].bytes;
	return scale;
}

static int add_box(unsigned cpu, void *data)
{
	struct finding *f = data;
	int id = package_of(f->sys, cpu);
	struct cnt_box box = f->like;

	box.cpu = cpu;
	while (box.package < f->p->nr && f->p->id[box.package] != id)
		box.package++;
	if (box.package == f->p->nr || f->nr == f->max) {
		snprintf(f->why, f->len, "more than %d packages, or %d counters", CNT_MAX_PACKAGES,
			 CNT_MAX_BOXES);
		return -E2BIG;
	}
	f->box[f->nr++] = box;
	return 0;
}

static int add_pmu(struct finding *f, const char *pmu)
{
	char cpus[CNT_SYSFS_LINE], terms[CNT_SYSFS_LINE];

	f->like = (struct cnt_box){ .attr = { .size = sizeof(f->like.attr) } };
	strcpy(terms, f->terms);
	int rc = cnt_sysfs_encode(f->root, pmu, terms, &f->like.attr, f->why, f->len);

	if (rc)
		return rc;
	if (!cnt_sysfs_line(f->root, pmu, "cpumask", cpus))
		return bad(f, -EPERM, "counts threads, not a package: PMU", pmu);
	f->like.scale = f->worth * scale_of(f, pmu);
	return each_cpu(cpus, add_box, f);
}

int cnt_boxes_find(const char *sys, const char *source, const struct cnt_packages *p,
		   struct cnt_box *box, unsigned max, char *why, size_t len)
{
	struct finding f = {
		.sys = sys, .worth = 1, .p = p, .box = box, .max = max, .why = why, .len = len
	};
	int rc = split(&f, source);

	if (rc)
		return rc;
	snprintf(f.root, sizeof(f.root), "%s/bus/event_source/devices", sys);
	DIR *d = opendir(f.root);

	for (struct dirent *e; d && !rc && (e = readdir(d));)
		if (is_instance(e->d_name, f.pmu))
			rc = add_pmu(&f, e->d_name);
	if (d)
		closedir(d);
	if (!rc && !f.nr)
		rc = bad(&f, -ENOENT, "the kernel has no PMU", f.pmu);
	return rc ? rc : (int)f.nr;
}
