/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/env.h"

#include <elf.h>
#include <errno.h>
#include <glob.h>
#include <inttypes.h>
#include <link.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 4096
#define CPU_DIR "/sys/devices/system/cpu/"
#define NODE_DIR "/sys/devices/system/node/"

/* First line of a file of the machine, without the newline; NULL unreadable. */
static const char *first_line(const char *root, const char *path, char *text, size_t len)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	FILE *f = fopen(full, "re");

	if (!f)
		return NULL;
	if (!fgets(text, (int)len, f))
		text = NULL;
	else
		text[strcspn(text, "\n")] = 0;
	fclose(f);
	return text;
}

/* The text behind "@key  :" in a file of such lines; NULL when there is none. */
static const char *keyed_line(const char *root, const char *path, const char *key, char *text,
			      size_t len)
{
	char full[512];
	size_t n = strlen(key);
	const char *found = NULL;

	snprintf(full, sizeof(full), "%s%s", root, path);
	FILE *f = fopen(full, "re");

	if (!f)
		return NULL;
	while (!found && fgets(text, (int)len, f)) {
		const char *p = text;

		if (!strncmp(p, "Node ", 5)) /* files of a node: "Node 0 MemFree: ..." */
			p += 5 + strspn(p + 5, "0123456789 ");
		if (strncmp(p, key, n) != 0)
			continue;
		p += n;
		p += strspn(p, " \t");
		if (*p++ != ':')
			continue;
		text[strcspn(text, "\n")] = 0;
		found = p + strspn(p, " \t");
	}
	fclose(f);
	return found;
}

static json_t *text_or_null(const char *text)
{
	json_t *j = text ? json_string(text) : NULL;

	return j ? j : json_null();
}

static json_t *line_text(const char *root, const char *path)
{
	char text[TEXT_MAX];

	return text_or_null(first_line(root, path, text, sizeof(text)));
}

static json_t *line_int(const char *root, const char *path)
{
	char text[64], *end;
	const char *line = first_line(root, path, text, sizeof(text));

	if (!line)
		return json_null();
	long long n = strtoll(line, &end, 10);

	return end == line || *end ? json_null() : json_integer(n);
}

/* A file that holds 0 or 1; @yes is the digit that means true. */
static json_t *line_bool(const char *root, const char *path, char yes)
{
	char text[64];
	const char *line = first_line(root, path, text, sizeof(text));

	return line ? json_boolean(line[0] == yes) : json_null();
}

static json_t *cap_cpu_model(const char *root)
{
	char text[TEXT_MAX];

	return text_or_null(keyed_line(root, "/proc/cpuinfo", "model name", text, sizeof(text)));
}

static json_t *cap_microcode(const char *root)
{
	char text[TEXT_MAX];

	return text_or_null(keyed_line(root, "/proc/cpuinfo", "microcode", text, sizeof(text)));
}

/* The hypervisor bit of CPUID, as the kernel reports it. */
static json_t *cap_virtual_machine(const char *root)
{
	char text[TEXT_MAX];
	char *flags =
		(char *)(uintptr_t)keyed_line(root, "/proc/cpuinfo", "flags", text, sizeof(text));
	bool found = false;
	char *save = NULL;

	if (!flags)
		return json_null();
	for (const char *w = strtok_r(flags, " ", &save); w; w = strtok_r(NULL, " ", &save))
		found |= !strcmp(w, "hypervisor");
	return json_boolean(found);
}

static json_t *cap_machine(const char *root)
{
	return line_text(root, "/sys/class/dmi/id/product_name");
}

static json_t *positive(long n)
{
	return n > 0 ? json_integer(n) : json_null();
}

static json_t *cap_nr_cpus(const char *root)
{
	(void)root;
	return positive(sysconf(_SC_NPROCESSORS_ONLN));
}

static json_t *cap_nr_cpus_allowed(const char *root)
{
	cpu_set_t set;

	(void)root;
	return positive(sched_getaffinity(0, sizeof(set), &set) ? 0 : CPU_COUNT(&set));
}

/* Files that match; the caller frees @g when the count is not 0. */
static size_t find(const char *root, const char *pattern, glob_t *g)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, pattern);
	return glob(full, 0, NULL, g) ? 0 : g->gl_pathc;
}

static json_t *cap_nr_nodes(const char *root)
{
	glob_t g;
	size_t n = find(root, NODE_DIR "node[0-9]*", &g);

	if (n)
		globfree(&g);
	return positive((long)n);
}

static json_t *cap_kernel(const char *root)
{
	struct utsname u;

	(void)root;
	return text_or_null(uname(&u) ? NULL : u.release);
}

/* The governors in use, each once, joined by '+'. */
static json_t *cap_governor(const char *root)
{
	char text[256], all[512] = "";
	glob_t g;
	size_t n = find(root, CPU_DIR "cpu[0-9]*/cpufreq/scaling_governor", &g);

	for (size_t i = 0; i < n; i++) {
		const char *one = first_line("", g.gl_pathv[i], text, sizeof(text));

		if (!one || strstr(all, one) || strlen(all) + strlen(one) + 2 > sizeof(all))
			continue;
		if (all[0])
			strcat(all, "+");
		strcat(all, one);
	}
	if (n)
		globfree(&g);
	return text_or_null(all[0] ? all : NULL);
}

static json_t *cap_turbo(const char *root)
{
	json_t *intel = line_bool(root, CPU_DIR "intel_pstate/no_turbo", '0');

	return json_is_null(intel) ? line_bool(root, CPU_DIR "cpufreq/boost", '1') : intel;
}

static json_t *cap_smt(const char *root)
{
	return line_bool(root, CPU_DIR "smt/active", '1');
}

static json_t *cap_thp(const char *root)
{
	char text[256];
	const char *line =
		first_line(root, "/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text));
	char *word = line ? strchr(text, '[') : NULL;

	if (!word)
		return json_null();
	word[strcspn(word, "]")] = 0;
	return json_string(word + 1);
}

static json_t *cap_numa_balancing(const char *root)
{
	return line_int(root, "/proc/sys/kernel/numa_balancing");
}

static json_t *cap_aslr(const char *root)
{
	return line_int(root, "/proc/sys/kernel/randomize_va_space");
}

static json_t *cap_isolcpus(const char *root)
{
	char text[256], path[512];
	const char *line = first_line(root, CPU_DIR "isolated", text, sizeof(text));

	if (line)
		return json_string(line);
	snprintf(path, sizeof(path), "%s" CPU_DIR "isolated", root);
	return access(path, R_OK) ? json_null() : json_string("");
}

static json_t *cap_load(const char *root)
{
	char text[256], *end;
	const char *line = first_line(root, "/proc/loadavg", text, sizeof(text));

	if (!line)
		return json_null();
	double load = strtod(line, &end);

	return end == line ? json_null() : json_real(load);
}

static json_t *cap_paranoid(const char *root)
{
	return line_int(root, "/proc/sys/kernel/perf_event_paranoid");
}

static json_t *cap_clocksource(const char *root)
{
	return line_text(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource");
}

/* A line "key: N kB" of a meminfo file in bytes. */
static json_t *mem_bytes(const char *root, const char *path, const char *key)
{
	char text[256];
	const char *kib = keyed_line(root, path, key, text, sizeof(text));

	return kib ? json_integer(1024 * strtoll(kib, NULL, 10)) : json_null();
}

static json_t *cap_mem_total(const char *root)
{
	return mem_bytes(root, "/proc/meminfo", "MemTotal");
}

static json_t *cap_mem_available(const char *root)
{
	return mem_bytes(root, "/proc/meminfo", "MemAvailable");
}

static json_t *cap_mem_nodes(const char *root)
{
	json_t *nodes = json_array();
	glob_t g;
	size_t n = find(root, NODE_DIR "node[0-9]*/meminfo", &g);

	for (size_t i = 0; i < n; i++) {
		const char *path = g.gl_pathv[i];
		int node = atoi(strstr(path + strlen(root), "/node/node") + strlen("/node/node"));

		json_array_append_new(nodes,
				      json_pack("{s:i, s:o, s:o}", "node", node, "total_bytes",
						mem_bytes("", path, "MemTotal"), "free_bytes",
						mem_bytes("", path, "MemFree")));
	}
	if (n)
		globfree(&g);
	else
		json_decref(nodes);
	return n ? nodes : json_null();
}

static json_t *cap_compiler(const char *root)
{
	bool bare = __VERSION__[0] >= '0' && __VERSION__[0] <= '9'; /* gcc's has no name */

	(void)root;
	return json_sprintf("%s%s", bare ? "gcc " : "", __VERSION__);
}

/* Note sections hold entries of: header, name and descriptor padded to 4. */
static const unsigned char *find_build_id(const char *p, size_t len, size_t *id_len)
{
	while (len >= sizeof(ElfW(Nhdr))) {
		ElfW(Nhdr) note;

		memcpy(&note, p, sizeof(note));
		size_t name = (note.n_namesz + 3u) & ~3u, desc = (note.n_descsz + 3u) & ~3u;
		size_t total = sizeof(note) + name + desc;

		if (total > len)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(p + sizeof(note), "GNU", 4)) {
			*id_len = note.n_descsz;
			return (const unsigned char *)p + sizeof(note) + name;
		}
		p += total;
		len -= total;
	}
	return NULL;
}

/* The first object that the loader reports is the program itself. */
static int program_build_id(struct dl_phdr_info *info, size_t size, void *data)
{
	char *hex = data;
	size_t n = 0;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];

		if (ph->p_type != PT_NOTE)
			continue;
		const unsigned char *id = find_build_id(
			(const char *)(info->dlpi_addr + ph->p_vaddr), ph->p_memsz, &n);

		for (size_t k = 0; id && k < n && k < 32; k++)
			snprintf(hex + 2 * k, 3, "%02x", id[k]);
		if (id)
			break;
	}
	return 1;
}

static json_t *cap_build_id(const char *root)
{
	char hex[65] = "";

	(void)root;
	dl_iterate_phdr(program_build_id, hex);
	return text_or_null(hex[0] ? hex : NULL);
}

static json_t *cap_time(const char *root)
{
	time_t now = time(NULL);
	struct tm tm;
	char text[32];

	(void)root;
	if (!gmtime_r(&now, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return json_null();
	return json_string(text);
}

/* Tells machines apart without naming them: results are meant to be shared. */
static json_t *cap_host(const char *root)
{
	struct utsname u;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char text[20];

	(void)root;
	if (uname(&u))
		return json_null();
	for (const char *p = u.nodename; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	snprintf(text, sizeof(text), "%016" PRIx64, hash);
	return json_string(text);
}

static const struct env_key {
	const char *key, *words;
	json_t *(*capture)(const char *root);
} keys[] = {
	{ "cpu_model", "CPU model", cap_cpu_model },
	{ "microcode", "microcode", cap_microcode },
	{ "nr_cpus", "CPUs online", cap_nr_cpus },
	{ "nr_cpus_allowed", "CPUs this process may use", cap_nr_cpus_allowed },
	{ "nr_nodes", "NUMA nodes", cap_nr_nodes },
	{ "virtual_machine", "virtual machine", cap_virtual_machine },
	{ "machine", "machine", cap_machine },
	{ "kernel", "kernel", cap_kernel },
	{ "governor", "frequency governor", cap_governor },
	{ "turbo", "turbo", cap_turbo },
	{ "smt", "SMT active", cap_smt },
	{ "thp", "transparent huge pages", cap_thp },
	{ "numa_balancing", "NUMA balancing", cap_numa_balancing },
	{ "aslr", "address space randomisation", cap_aslr },
	{ "isolcpus", "isolated CPUs", cap_isolcpus },
	{ "load_1min", "load, 1 minute", cap_load },
	{ "perf_event_paranoid", "perf_event_paranoid", cap_paranoid },
	{ "clocksource", "clock source", cap_clocksource },
	{ "mem_total_bytes", "memory, MiB", cap_mem_total },
	{ "mem_available_bytes", "memory available, MiB", cap_mem_available },
	{ "mem_nodes", "memory by node", cap_mem_nodes },
	{ "compiler", "compiler", cap_compiler },
	{ "build_id", "build id", cap_build_id },
	{ "host", "host name, hashed", cap_host },
	{ "time", "time, UTC", cap_time },
};
#define NR_KEYS (sizeof(keys) / sizeof(keys[0]))

json_t *env_capture_from(const char *root)
{
	json_t *env = json_object();

	for (size_t i = 0; i < NR_KEYS; i++)
		json_object_set_new(env, keys[i].key, keys[i].capture(root));
	return env;
}

json_t *env_capture(void)
{
	return env_capture_from("");
}

static void print_nodes(const json_t *nodes, FILE *f)
{
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		const json_t *node = json_array_get(nodes, i);

		fprintf(f, "%s%lld: %lld of %lld MiB free", i ? ", " : "",
			(long long)json_integer_value(json_object_get(node, "node")),
			(long long)json_integer_value(json_object_get(node, "free_bytes")) >> 20,
			(long long)json_integer_value(json_object_get(node, "total_bytes")) >> 20);
	}
}

void env_print(const json_t *env, FILE *f)
{
	for (size_t i = 0; i < NR_KEYS; i++) {
		const json_t *v = json_object_get(env, keys[i].key);

		fprintf(f, "%-28s ", keys[i].words);
		if (!v || json_is_null(v))
			fputs("unreadable", f);
		else if (json_is_string(v))
			fputs(json_string_length(v) ? json_string_value(v) : "none", f);
		else if (json_is_boolean(v))
			fputs(json_is_true(v) ? "yes" : "no", f);
		else if (json_is_array(v))
			print_nodes(v, f);
		else if (strstr(keys[i].key, "_bytes"))
			fprintf(f, "%lld", (long long)json_integer_value(v) >> 20);
		else
			fprintf(f, "%.10g", json_number_value(v));
		fputc('\n', f);
	}
}
