/* SPDX-License-Identifier: GPL-2.0-only */
/* What an environment means: reasons to doubt, and whether two are alike. */
#include "results/env.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_true(const json_t *v, const json_t *env)
{
	(void)env;
	return json_is_true(v);
}

static bool above_0(const json_t *v, const json_t *env)
{
	(void)env;
	return json_integer_value(v) > 0;
}

static bool above_2(const json_t *v, const json_t *env)
{
	(void)env;
	return json_integer_value(v) > 2;
}

static bool is_always(const json_t *v, const json_t *env)
{
	(void)env;
	return !strcmp(json_string_value(v), "always");
}

static bool not_performance(const json_t *v, const json_t *env)
{
	(void)env;
	return strcmp(json_string_value(v), "performance") != 0;
}

static bool not_fast_clock(const json_t *v, const json_t *env)
{
	static const char *const fast[] = { "tsc", "kvm-clock", "hyperv_clocksource_tsc_page",
					    "arch_sys_counter" };

	(void)env;
	for (size_t i = 0; i < sizeof(fast) / sizeof(fast[0]); i++)
		if (!strcmp(json_string_value(v), fast[i]))
			return false;
	return true;
}

static bool is_empty(const json_t *v, const json_t *env)
{
	(void)env;
	return json_string_length(v) == 0;
}

/* More than a fifth of the CPUs were busy with something else. */
static bool is_busy(const json_t *v, const json_t *env)
{
	return json_real_value(v) > 0.2 * json_number_value(json_object_get(env, "nr_cpus"));
}

static bool fewer_cpus(const json_t *v, const json_t *env)
{
	return json_integer_value(v) < json_integer_value(json_object_get(env, "nr_cpus"));
}

static bool little_memory(const json_t *v, const json_t *env)
{
	return json_number_value(v) <
	       0.25 * json_number_value(json_object_get(env, "mem_total_bytes"));
}

static const struct doubt_row {
	const char *key;
	json_type type; /* a null value is no doubt: nothing is known */
	bool (*applies)(const json_t *v, const json_t *env);
	const char *what, *cure;
} rows[] = {
	{ "virtual_machine", JSON_TRUE, is_true,
	  "this is a virtual machine: its host takes CPUs away unseen, and counter reads may trap",
	  "advice: measure on bare metal what is to be published" },
	{ "governor", JSON_STRING, not_performance, "the CPU frequency follows the load",
	  "cpupower frequency-set -g performance" },
	{ "turbo", JSON_TRUE, is_true, "turbo: the CPU frequency follows heat and neighbours",
	  "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo || echo 0 > "
	  "/sys/devices/system/cpu/cpufreq/boost" },
	{ "smt", JSON_TRUE, is_true, "hardware threads of one core slow each other down",
	  "echo off > /sys/devices/system/cpu/smt/control" },
	{ "thp", JSON_STRING, is_always,
	  "the kernel may back any memory with huge pages, for one variant and not for another",
	  "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled" },
	{ "numa_balancing", JSON_INTEGER, above_0,
	  "NUMA balancing unmaps and moves pages while they are used",
	  "sysctl kernel.numa_balancing=0" },
	{ "aslr", JSON_INTEGER, above_0,
	  "addresses differ between samples, and cache conflicts with them",
	  "setarch -R build/zonebench run" },
	{ "isolcpus", JSON_STRING, is_empty, "no CPU is kept free of other tasks",
	  "advice: boot with isolcpus=LIST nohz_full=LIST" },
	{ "load_1min", JSON_REAL, is_busy, "other programs are running",
	  "ps -eo pcpu,pid,comm --sort=-pcpu | head" },
	{ "perf_event_paranoid", JSON_INTEGER, above_2, "hardware counters are refused to users",
	  "sysctl kernel.perf_event_paranoid=2" },
	{ "clocksource", JSON_STRING, not_fast_clock, "reading the clock enters the kernel",
	  "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource" },
	{ "nr_cpus_allowed", JSON_INTEGER, fewer_cpus, "this process may not use every CPU",
	  "taskset -pc 0-$(($(nproc --all) - 1)) $$" },
	{ "mem_available_bytes", JSON_INTEGER, little_memory,
	  "less than a quarter of the memory is available",
	  "sync; echo 1 > /proc/sys/vm/drop_caches" },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) <= ENV_MAX_DOUBTS, "all doubts fit");

unsigned env_doubts(const json_t *env, struct env_doubt *out)
{
	unsigned nr = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *v = json_object_get(env, rows[i].key);

		if (!v || json_typeof(v) != rows[i].type || !rows[i].applies(v, env))
			continue;
		out[nr++] = (struct env_doubt){ rows[i].key, rows[i].what, rows[i].cure };
	}
	return nr;
}

/* "6.8.0-31-generic" and "6.8.12" are the same kernel for a comparison. */
static json_t *major_minor(const json_t *kernel)
{
	const char *text = json_string_value(kernel);

	if (!text)
		return json_null();
	size_t n = strcspn(text, ".");

	n += text[n] == '.';
	n += strspn(text + n, "0123456789");
	return json_stringn(text, n);
}

static json_t *member(const json_t *o, const char *key)
{
	json_t *v = json_object_get(o, key);

	return v ? json_incref(v) : json_null();
}

json_t *env_fingerprint(const json_t *manifest)
{
	const json_t *env = json_object_get(manifest, "env");

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "cpu_model", member(env, "cpu_model"),
			 "nr_cpus", member(env, "nr_cpus"), "nr_nodes", member(env, "nr_nodes"),
			 "kernel", major_minor(json_object_get(env, "kernel")), "topology",
			 member(manifest, "topology"), "counter_backend",
			 member(manifest, "counter_backend"));
}

unsigned env_fingerprint_diff(const json_t *a, const json_t *b, char *text, size_t len)
{
	const char *key;
	json_t *va;
	unsigned nr = 0;
	size_t used = 0;

	text[0] = 0;
	json_object_foreach((json_t *)(uintptr_t)a, key, va)
	{
		const json_t *vb = json_object_get(b, key);

		if (json_equal(va, vb))
			continue;
		char *sa = json_dumps(va, JSON_ENCODE_ANY);
		char *sb = json_dumps(vb, JSON_ENCODE_ANY);
		int n = snprintf(text + used, len - used, "%s%s: %s / %s", nr ? "; " : "", key,
				 sa ? sa : "?", sb ? sb : "?");

		used = (size_t)n < len - used ? used + (size_t)n : len - 1;
		free(sa);
		free(sb);
		nr++;
	}
	return nr;
}
