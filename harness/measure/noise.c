/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/measure/noise.h"

#include "harness/measure/clock.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CHAIN 20000u /* additions: some microseconds */
#define TRIES 8u

/* Each addition waits for the one before: one cycle of the core for each. */
static double core_ghz(void)
{
	double best = 0;

	for (unsigned t = 0; t < TRIES; t++) {
		uint64_t begin = clk_ns(), x = begin;

		for (unsigned i = 0; i < CHAIN; i++) {
			x += i;
			__asm__ volatile("" : "+r"(x)); /* keeps the chain */
		}
		uint64_t ns = clk_ns() - begin;
		double ghz = ns ? (double)CHAIN / (double)ns : 0;

		best = ghz > best ? ghz : best;
	}
	return best > 0 ? best : (double)NAN;
}

static bool first_line(const char *path, char *line, size_t len)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, (int)len, f);

	if (f)
		fclose(f);
	return ok;
}

/* user nice system idle iowait irq softirq steal; guest time is inside user. */
bool noise_parse_stat(const char *line, struct noise_look *l)
{
	double v[8];

	if (sscanf(line, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &v[0], &v[1], &v[2], &v[3], &v[4],
		   &v[5], &v[6], &v[7]) != 8)
		return false;
	l->busy = v[0] + v[1] + v[2] + v[5] + v[6];
	l->steal = v[7];
	l->all = l->busy + l->steal + v[3] + v[4];
	return true;
}

double noise_parse_pressure(const char *line)
{
	const char *total = strstr(line, "total=");
	double us;

	if (strncmp(line, "some ", 5) != 0 || !total || sscanf(total, "total=%lf", &us) != 1)
		return (double)NAN;
	return us;
}

static double own_seconds(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u))
		return (double)NAN;
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1e-6;
}

void noise_look(struct noise_look *l)
{
	char line[512];

	l->busy = l->steal = l->all = l->waited_us = (double)NAN;
	if (first_line("/proc/stat", line, sizeof(line)))
		noise_parse_stat(line, l);
	if (first_line("/proc/pressure/cpu", line, sizeof(line)))
		l->waited_us = noise_parse_pressure(line);
	l->own_s = own_seconds();
	l->core_ghz = core_ghz();
	l->ns = clk_ns();
}

static void reason(struct noise *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void reason(struct noise *out, const char *fmt, ...)
{
	size_t used = strlen(out->why);
	va_list ap;

	if (used && used + 2 < sizeof(out->why)) {
		strcpy(out->why + used, "; ");
		used += 2;
	}
	va_start(ap, fmt);
	vsnprintf(out->why + used, sizeof(out->why) - used, fmt, ap);
	va_end(ap);
}

/* Ticks are coarse: a few of them are no evidence. */
static bool above(double ticks, double share, double limit)
{
	return ticks >= NOISE_TICKS_MIN && share > limit;
}

static void from_stat(const struct noise_look *a, const struct noise_look *b, struct noise *out)
{
	double all = b->all - a->all, hz = (double)sysconf(_SC_CLK_TCK);
	double others = b->busy - a->busy - (b->own_s - a->own_s) * hz;

	if (!(all > 0)) {
		reason(out, isnan(all) ? "no /proc/stat" : "shorter than a tick of /proc/stat");
		return;
	}
	others = others > 0 ? others : 0;
	out->others = others / all;
	out->steal = (b->steal - a->steal) / all;
	if (above(others, out->others, NOISE_OTHERS_MAX)) {
		out->noisy = true;
		reason(out, "other processes took %.0f %% of the CPUs", 100 * out->others);
	}
	if (above(b->steal - a->steal, out->steal, NOISE_STEAL_MAX)) {
		out->noisy = true;
		reason(out, "the hypervisor took %.0f %% of the CPUs", 100 * out->steal);
	}
}

void noise_between(const struct noise_look *a, const struct noise_look *b, struct noise *out)
{
	const double none = (double)NAN;
	double fast = fmax(a->core_ghz, b->core_ghz);

	*out = (struct noise){ .steal = none, .others = none, .core_ghz = fast };
	from_stat(a, b, out);
	out->pressure = b->ns > a->ns
				? (b->waited_us - a->waited_us) * 1e3 / (double)(b->ns - a->ns)
				: none;
	if (isnan(out->pressure))
		reason(out, "no /proc/pressure/cpu");
	if (out->pressure > NOISE_PRESSURE_MAX) {
		out->noisy = true;
		reason(out, "tasks waited for a CPU in %.0f %% of the time", 100 * out->pressure);
	}
	if (b->core_ghz < fast * (1 - NOISE_SLOWER_MAX)) {
		out->noisy = true;
		reason(out, "the core went from %.2f to %.2f GHz", a->core_ghz, b->core_ghz);
	}
}
