/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A backend that makes its values up, so that every path of the counters can
 * be walked on machines without any.  ZB_COUNTERS_BACKEND=fake:KEY=VALUE,...
 *   slots=N        hardware events that fit at once (default 4)
 *   interval=N     instructions that an interval is said to have (default
 *                  1000000), unless known work announced its own
 *   read=N         instructions that a reading takes, give or take a quarter
 *   refuse=A+B     events that cannot be added
 *   stuck=A+B      events that can be added but not started
 *   silent=A+B     events that start and stay 0
 *   lie=A+B        events that count double
 *   lost=N         the N-th stop and all after it lose the events
 *   mux=off        multiplexing is refused
 *   init=off       the library does not start
 *   hardware=off   hardware events are unknown
 * Values are the instructions times a fixed rate of the event, and what was planted.
 */
#include "core/words.h"
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MARK "simulated counter"

static const struct {
	const char *event;
	double rate; /* per instruction */
} rates[] = {
	{ "PAPI_TOT_INS", 1 },	       { "PAPI_TOT_CYC", 0.5 },	    { "PAPI_REF_CYC", 0.5 },
	{ "PAPI_BR_INS", 0.5 },	       { "PAPI_BR_CN", 0.5 },	    { "PAPI_BR_MSP", 0.001 },
	{ "PAPI_L1_DCM", 0.02 },       { "PAPI_L2_TCM", 0.01 },	    { "PAPI_L3_TCM", 0.002 },
	{ "PAPI_TLB_DM", 0.004 },      { "PAPI_TLB_IM", 0.0001 },   { "PAPI_LD_INS", 0.25 },
	{ "PAPI_SR_INS", 0.125 },      { "perf::INSTRUCTIONS", 1 }, { "perf::CYCLES", 0.5 },
	{ "perf::PAGE-FAULTS", 1e-4 }, { "perf::MAJOR-FAULTS", 0 },
};
#define NR_RATES (sizeof(rates) / sizeof(rates[0]))

enum { SLOTS, INTERVAL, READ, LOST, REFUSE, STUCK, SILENT, LIE, MUX, INIT, HARDWARE, NR_KEYS };
static const char *const keys[NR_KEYS] = { "slots",  "interval", "read", "lost", "refuse",  "stuck",
					   "silent", "lie",	 "mux",	 "init", "hardware" };

/* Written by init, read only afterwards. */
static char spec[512];
static const char *text[NR_KEYS];
static long long number[LOST + 1];

struct fake {
	bool multiplex, running;
	unsigned nr, rate[CNT_MAX_EVENTS];
	long long stops;
};
static _Thread_local long long announced, planted[NR_RATES];
static _Thread_local uint32_t noise;

static bool listed(int key, const char *event)
{
	size_t n = strlen(event);

	for (const char *at = text[key]; at && *at; at += strcspn(at, "+"), at += *at == '+')
		if (strcspn(at, "+") == n && !strncmp(at, event, n))
			return true;
	return false;
}

static int set_key(const char *word, char *value, char *why, size_t len)
{
	for (int k = 0; k < NR_KEYS; k++) {
		char *end = value;

		if (strcmp(word, keys[k]) != 0)
			continue;
		text[k] = value;
		if (k > LOST)
			return 0;
		number[k] = strtoll(value, &end, 10);
		if (end != value && !*end && number[k] > 0)
			return 0;
		snprintf(why, len, "ZB_COUNTERS_BACKEND: %s=%s: wants a number above 0", word,
			 value);
		return -EINVAL;
	}
	const char *near = pga_nearest(word, keys, NR_KEYS);

	snprintf(why, len, "ZB_COUNTERS_BACKEND: unknown key '%s'%s%s%s", word,
		 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

static int fake_init(const char *arg, char *why, size_t len)
{
	char *save = NULL;

	number[SLOTS] = 4;
	number[INTERVAL] = 1000000;
	snprintf(spec, sizeof(spec), "%s", arg);
	for (char *w = strtok_r(spec, ",", &save); w; w = strtok_r(NULL, ",", &save)) {
		char *value = strchr(w, '=');

		if (value)
			*value++ = '\0';
		if (set_key(w, value ? value : w + strlen(w), why, len))
			return -EINVAL;
	}
	if (text[INIT]) {
		snprintf(why, len, "simulated: the library does not start");
		return -ENOSYS;
	}
	return 0;
}

static bool is_software(const char *event)
{
	return !strcmp(event, "perf::PAGE-FAULTS") || !strcmp(event, "perf::MAJOR-FAULTS");
}

static void fake_explain(char *why, size_t len)
{
	snprintf(why, len, "simulated: no hardware event counts; remedy: another specification");
}

static void fake_label(char *buf, size_t len)
{
	snprintf(buf, len, "simulated counters");
}

static int fake_create(void **handle, bool multiplex, char *why, size_t len)
{
	if (multiplex && text[MUX]) {
		snprintf(why, len, "simulated: multiplexing refused");
		return -ENOTSUP;
	}
	struct fake *f = calloc(1, sizeof(*f));

	if (!f) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	f->multiplex = multiplex;
	*handle = f;
	return 0;
}

static int fake_add(void *handle, const char *event, char *why, size_t len)
{
	struct fake *f = handle;
	unsigned i = 0;

	while (i < NR_RATES && strcmp(rates[i].event, event) != 0)
		i++;
	if (i == NR_RATES || (text[HARDWARE] && !is_software(event))) {
		snprintf(why, len, "simulated: event unknown");
		return -ENOENT;
	}
	if (listed(REFUSE, event)) {
		snprintf(why, len, "simulated: event refused (EPERM)");
		return -EPERM;
	}
	if (f->nr == CNT_MAX_EVENTS ||
	    (!f->multiplex && !is_software(event) && f->nr >= number[SLOTS])) {
		snprintf(why, len, "simulated: no counter left");
		return -ENOSPC;
	}
	f->rate[f->nr++] = i;
	return 0;
}

static int fake_start(void *handle)
{
	struct fake *f = handle;

	for (unsigned i = 0; i < f->nr; i++)
		if (listed(STUCK, rates[f->rate[i]].event))
			return -EIO;
	announced = 0;
	memset(planted, 0, sizeof(planted));
	f->running = true;
	return 0;
}

static void fill(struct fake *f, long long *value)
{
	long long seen = announced ? announced : number[INTERVAL];

	for (unsigned i = 0; i < f->nr; i++) {
		const char *event = rates[f->rate[i]].event;
		double v = (double)seen * rates[f->rate[i]].rate;

		if (listed(SILENT, event))
			v = 0;
		if (listed(LIE, event))
			v *= 2;
		value[i] = (long long)(v + 0.5) + planted[f->rate[i]];
	}
}

/* Half of it before the values are taken, half of it after; evenly spread. */
static void pay_for_read(void)
{
	noise = noise * 1664525u + 1013904223u;
	announced += (long long)((double)number[READ] / 2 * (0.75 + 0.5 * noise / UINT32_MAX));
}

static int fake_read(void *handle, long long *value)
{
	pay_for_read();
	fill(handle, value);
	pay_for_read();
	return 0;
}

static int fake_stop(void *handle, long long *value)
{
	struct fake *f = handle;

	if (!f->running)
		return -EIO;
	f->running = false;
	fill(f, value);
	return number[LOST] && ++f->stops >= number[LOST] ? -EIO : 0;
}

static void fake_simulate(uint64_t instructions)
{
	announced += (long long)instructions;
}

static void fake_plant(const char *event, long long n)
{
	for (unsigned i = 0; i < NR_RATES; i++)
		if (!strcmp(rates[i].event, event))
			planted[i] += n;
}

static long long fake_package(void)
{
	return number[INTERVAL];
}

const struct cnt_backend cnt_fake = {
	.name = "fake",
	.summary = "made-up values, for tests",
	.mark = MARK,
	.exact = true,
	.init = fake_init,
	.label = fake_label,
	.create = fake_create,
	.add = fake_add,
	.start = fake_start,
	.read = fake_read,
	.stop = fake_stop,
	.destroy = free,
	.simulate = fake_simulate,
	.plant = fake_plant,
	.package = fake_package,
	.explain = fake_explain,
};
