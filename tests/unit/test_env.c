/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/env.h"

#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char root[256];

static void setup(void)
{
	t_scratch(root, sizeof(root));
}

static void teardown(void)
{
	t_remove(root);
}

TestSuite(env, .init = setup, .fini = teardown);

/* A file below the made-up root, its folders included. */
static void put(const char *path, const char *text)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *p = full + strlen(root) + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(full, 0755);
		*p = '/';
	}
	FILE *f = fopen(full, "w");

	cr_assert_not_null(f, "%s", full);
	fputs(text, f);
	fclose(f);
}

static const char *text_of(const json_t *env, const char *key)
{
	const char *text = json_string_value(json_object_get(env, key));

	return text ? text : "(null)";
}

Test(env, keys_are_there_on_a_bare_machine)
{
	json_t *real = env_capture(), *bare = env_capture_from(root);
	const char *key;
	json_t *value;

	cr_assert_eq(json_object_size(real), json_object_size(bare));
	json_object_foreach(real, key, value)
		cr_assert_not_null(json_object_get(bare, key), "%s", key);
	cr_assert(json_is_null(json_object_get(bare, "cpu_model")));
	cr_assert(json_is_null(json_object_get(bare, "mem_nodes")));
	cr_assert(json_is_null(json_object_get(bare, "isolcpus")));
	cr_assert_gt(json_integer_value(json_object_get(real, "nr_cpus")), 0);
	cr_assert_gt(json_integer_value(json_object_get(real, "mem_total_bytes")), 1 << 20);
	cr_assert_eq(strlen(text_of(real, "time")), strlen("2026-01-01T00:00:00Z"));
	json_decref(real);
	json_decref(bare);
}

static void plant_machine(void)
{
	put("/proc/cpuinfo", "processor\t: 0\nmodel name\t: Model X\nmicrocode\t: 0x2a\n"
			     "vmx flags\t: nothing\nflags\t\t: fpu hypervisor sse\n");
	put("/proc/meminfo", "MemTotal:       1024 kB\nMemFree: 8 kB\nMemAvailable:    128 kB\n");
	put("/proc/loadavg", "99.50 1.00 1.00 1/100 1234\n");
	put("/proc/sys/kernel/numa_balancing", "1\n");
	put("/proc/sys/kernel/randomize_va_space", "2\n");
	put("/proc/sys/kernel/perf_event_paranoid", "-1\n");
	put("/sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
	put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
	put("/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "performance\n");
	put("/sys/devices/system/cpu/cpu2/cpufreq/scaling_governor", "powersave\n");
	put("/sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
	put("/sys/devices/system/cpu/smt/active", "1\n");
	put("/sys/devices/system/cpu/isolated", "\n");
	put("/sys/devices/system/node/node0/meminfo",
	    "Node 0 MemTotal:  2048 kB\nNode 0 MemFree:  1024 kB\n");
	put("/sys/devices/system/node/node12/meminfo",
	    "Node 12 MemTotal:  4096 kB\nNode 12 MemFree:  0 kB\n");
	put("/sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
}

Test(env, values_come_from_the_files)
{
	plant_machine();
	json_t *env = env_capture_from(root);

	cr_expect_str_eq(text_of(env, "cpu_model"), "Model X");
	cr_expect_str_eq(text_of(env, "microcode"), "0x2a");
	cr_expect(json_is_true(json_object_get(env, "virtual_machine")));
	cr_expect_str_eq(text_of(env, "governor"), "powersave+performance");
	cr_expect(json_is_true(json_object_get(env, "turbo")));
	cr_expect(json_is_true(json_object_get(env, "smt")));
	cr_expect_str_eq(text_of(env, "thp"), "always");
	cr_expect_str_eq(text_of(env, "isolcpus"), "");
	cr_expect_eq(json_integer_value(json_object_get(env, "nr_nodes")), 2);
	cr_expect_eq(json_integer_value(json_object_get(env, "perf_event_paranoid")), -1);
	cr_expect_eq(json_integer_value(json_object_get(env, "mem_total_bytes")), 1 << 20);
	cr_expect_eq(json_real_value(json_object_get(env, "load_1min")), 99.5);
	const json_t *node = json_array_get(json_object_get(env, "mem_nodes"), 1);

	cr_expect_eq(json_integer_value(json_object_get(node, "node")), 12);
	cr_expect_eq(json_integer_value(json_object_get(node, "total_bytes")), 4 << 20);
	cr_expect_eq(json_integer_value(json_object_get(node, "free_bytes")), 0);
	json_decref(env);
}

static bool doubted(const struct env_doubt *d, unsigned nr, const char *key)
{
	for (unsigned i = 0; i < nr; i++)
		if (!strcmp(d[i].key, key))
			return d[i].cure[0] && d[i].what[0];
	return false;
}

Test(env, each_doubt_is_found_with_its_cure)
{
	static const char *const expected[] = {
		"virtual_machine",    "governor", "turbo",    "smt",	   "thp",
		"numa_balancing",     "aslr",	  "isolcpus", "load_1min", "clocksource",
		"mem_available_bytes"
	};
	struct env_doubt d[ENV_MAX_DOUBTS];

	plant_machine();
	json_t *env = env_capture_from(root);
	unsigned nr = env_doubts(env, d);

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		cr_expect(doubted(d, nr, expected[i]), "%s", expected[i]);
	cr_expect_not(doubted(d, nr, "perf_event_paranoid"));
	json_object_set_new(env, "perf_event_paranoid", json_integer(4));
	json_object_set_new(env, "nr_cpus_allowed", json_integer(0));
	nr = env_doubts(env, d);
	cr_expect(doubted(d, nr, "perf_event_paranoid"));
	cr_expect(doubted(d, nr, "nr_cpus_allowed"));
	json_decref(env);
}

Test(env, a_tuned_machine_gives_no_doubt)
{
	struct env_doubt d[ENV_MAX_DOUBTS];
	json_t *env = json_pack("{s:b, s:s, s:b, s:b, s:s, s:i, s:i, s:s, s:f, s:i, s:s, s:i, s:i}",
				"virtual_machine", 0, "governor", "performance", "turbo", 0, "smt",
				0, "thp", "madvise", "numa_balancing", 0, "aslr", 0, "isolcpus",
				"2-7", "load_1min", 0.1, "perf_event_paranoid", 2, "clocksource",
				"tsc", "nr_cpus", 8, "nr_cpus_allowed", 8);

	cr_assert_eq(env_doubts(env, d), 0, "%s", d[0].key);
	json_decref(env);
	env = json_object();
	cr_assert_eq(env_doubts(env, d), 0, "what is unreadable is not doubted");
	json_decref(env);
}

Test(env, fingerprints_agree_within_a_kernel_series_only)
{
	json_t *a = t_manifest(), *b = t_manifest();
	char text[512];

	json_object_set_new(json_object_get(b, "env"), "kernel", json_string("6.1.99"));
	json_object_set_new(json_object_get(b, "env"), "load_1min", json_real(3));
	json_t *fa = env_fingerprint(a), *fb = env_fingerprint(b);

	cr_assert_eq(env_fingerprint_diff(fa, fb, text, sizeof(text)), 0, "%s", text);
	cr_assert_str_eq(text, "");
	json_decref(fb);
	json_object_set_new(json_object_get(b, "env"), "kernel", json_string("6.12.0"));
	json_object_set_new(json_object_get(b, "env"), "nr_cpus", json_integer(4));
	fb = env_fingerprint(b);
	cr_assert_eq(env_fingerprint_diff(fa, fb, text, sizeof(text)), 2);
	cr_assert_str_eq(text, "nr_cpus: 2 / 4; kernel: \"6.1\" / \"6.12\"");
	cr_assert_eq(env_fingerprint_diff(fa, fb, text, 12), 2);
	cr_assert_eq(strlen(text), 11);
	json_decref(fa);
	json_decref(fb);
	fa = env_fingerprint(NULL);
	cr_assert(json_is_null(json_object_get(fa, "cpu_model")));
	json_decref(fa);
	json_decref(a);
	json_decref(b);
}
