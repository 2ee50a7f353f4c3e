/* SPDX-License-Identifier: GPL-2.0-only */
/* Whose CPU this is: groups of native events are for one vendor's. */
#include "harness/counters/counter_backend.h"

#include <stdio.h>
#include <string.h>

/* A line of /proc/cpuinfo that begins with @key and holds @value. */
static const struct {
	const char *vendor, *key, *value;
} vendors[CNT_NR_VENDORS] = {
	{ "Intel", "vendor_id", "GenuineIntel" },
	{ "AMD", "vendor_id", "AuthenticAMD" },
	{ "Arm", "CPU implementer", "" },
};
const char *const cnt_vendors[CNT_NR_VENDORS] = { "Intel", "AMD", "Arm" };

static const char *vendor_of(const char *line)
{
	for (unsigned i = 0; i < CNT_NR_VENDORS; i++)
		if (!strncmp(line, vendors[i].key, strlen(vendors[i].key)) &&
		    strstr(line, vendors[i].value))
			return vendors[i].vendor;
	return NULL;
}

const char *cnt_cpu_vendor(void)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	const char *vendor = NULL;
	char line[256];

	while (f && !vendor && fgets(line, sizeof(line), f))
		vendor = vendor_of(line);
	if (f)
		fclose(f);
	return vendor ? vendor : "another";
}

bool cnt_group_fits(const struct cnt_group *g, char *why, size_t len)
{
	const char *here = cnt_simulated() ? "a simulated one" : cnt_cpu_vendor();

	if (!g->vendor[0] || !strcmp(g->vendor, here))
		return true;
	snprintf(why, len, "events of %s CPUs; this CPU is %s%s", g->vendor, here,
		 cnt_simulated() ? "" : "'s");
	return false;
}
