/* SPDX-License-Identifier: GPL-2.0-only */
/* The bounds on this process's memory, one reader each. */
#include "numa/limits.h"

#include "numa/topo.h"

#include <errno.h>
#include <fcntl.h>
#include <hwloc/bitmap.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define HEADROOM_MIN (32 * MIB)
#define HEADROOM_MAX (1024 * MIB)
#define HEADROOM_PART 8u

#define TEXT_MAX 16384 /* the files read here are a few KiB */

long topo_read_file(const char *root, const char *path, char *buf, size_t len)
{
	char full[PATH_MAX];
	size_t used = 0;
	ssize_t got = 0;

	buf[0] = '\0';
	if ((size_t)snprintf(full, sizeof(full), "%s%s", root, path) >= sizeof(full))
		return -ENAMETOOLONG;
	int fd = open(full, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (used + 1 < len && (got = read(fd, buf + used, len - 1 - used)) > 0)
		used += (size_t)got;
	int err = errno;

	close(fd);
	buf[used] = '\0';
	return got < 0 ? -err : (long)used;
}

bool topo_file_value(const char *text, const char *key, uint64_t *value)
{
	size_t len = strlen(key);

	for (const char *at = strstr(text, key); at; at = strstr(at + 1, key)) {
		const char *digits = at + len + strspn(at + len, ": \t");

		if (at != text && at[-1] != '\n' && at[-1] != ' ')
			continue;
		if (digits == at + len || *digits < '0' || *digits > '9')
			continue;
		*value = strtoull(digits, NULL, 10);
		return true;
	}
	return false;
}

/* A value in kB, as bytes; 0 when the key is not there. */
static uint64_t kib_of(const char *text, const char *key)
{
	uint64_t kib = 0;

	topo_file_value(text, key, &kib);
	return kib * 1024;
}

/* The kernel never gives up all of what it could drop: half of it counts. */
static uint64_t free_and_droppable(const char *text)
{
	uint64_t droppable = kib_of(text, "Active(file)") + kib_of(text, "Inactive(file)") +
			     kib_of(text, "SReclaimable");

	return kib_of(text, "MemFree") + droppable / 2;
}

uint64_t topo_node_usable(const char *root, unsigned os_index, uint64_t size)
{
	char path[80], text[TEXT_MAX];
	uint64_t probe;

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/meminfo", os_index);
	if (topo_read_file(root, path, text, sizeof(text)) <= 0 ||
	    !topo_file_value(text, "MemFree", &probe))
		return size;
	uint64_t usable = free_and_droppable(text);

	return usable < size ? usable : size;
}

int topo_node_has_cpus(const char *root, unsigned os_index)
{
	char path[80], text[TEXT_MAX];

	snprintf(path, sizeof(path), "/sys/devices/system/node/node%u/cpulist", os_index);
	if (topo_read_file(root, path, text, sizeof(text)) < 0)
		return -1;
	return text[strspn(text, " \n")] != '\0';
}

/* A list such as "0-1,3", up to the end of its line, as a bitmap; NULL when it is none. */
static hwloc_bitmap_t parse_list(char *text)
{
	text[strcspn(text, "\n")] = '\0';
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (set && hwloc_bitmap_list_sscanf(set, text) < 0) {
		hwloc_bitmap_free(set);
		return NULL;
	}
	return set;
}

/* The online nodes as a bitmap, NULL when sysfs does not say. */
static hwloc_bitmap_t online_nodes(const char *root)
{
	char text[TEXT_MAX];

	if (topo_read_file(root, "/sys/devices/system/node/online", text, sizeof(text)) <= 0)
		return NULL;
	return parse_list(text);
}

/* The nodes whose memory this process may have, NULL when the kernel does not say. */
static hwloc_bitmap_t allowed_nodes(const char *root)
{
	static const char key[] = "\nMems_allowed_list:";
	char text[TEXT_MAX];

	if (topo_read_file(root, "/proc/self/status", text, sizeof(text)) <= 0)
		return NULL;
	char *list = strstr(text, key);

	if (!list)
		return NULL;
	list += strlen(key);
	return parse_list(list + strspn(list, " \t"));
}

bool topo_node_allowed(const char *root, unsigned os_index)
{
	hwloc_bitmap_t set = allowed_nodes(root);
	bool allowed = !set || hwloc_bitmap_isset(set, os_index);

	hwloc_bitmap_free(set);
	return allowed;
}

unsigned topo_nodes_online(const char *root, unsigned *first)
{
	hwloc_bitmap_t set = online_nodes(root);
	int nr = set ? hwloc_bitmap_weight(set) : 0;

	*first = nr > 0 ? (unsigned)hwloc_bitmap_first(set) : 0;
	hwloc_bitmap_free(set);
	return nr > 0 ? (unsigned)nr : 0;
}

/* Sum over the nodes of @set, NULL = all; no limit when sysfs is silent. */
static uint64_t nodes_sum(const char *root, hwloc_const_bitmap_t set)
{
	hwloc_bitmap_t online = online_nodes(root);
	uint64_t sum = 0;

	if (!online || hwloc_bitmap_weight(online) <= 0) {
		hwloc_bitmap_free(online);
		return TOPO_NO_LIMIT;
	}
	if (set)
		hwloc_bitmap_and(online, online, set);
	for (int node = hwloc_bitmap_first(online); node >= 0;
	     node = hwloc_bitmap_next(online, node)) {
		uint64_t usable = topo_node_usable(root, (unsigned)node, TOPO_NO_LIMIT);

		if (usable == TOPO_NO_LIMIT) {
			sum = TOPO_NO_LIMIT;
			break;
		}
		sum += usable;
	}
	hwloc_bitmap_free(online);
	return sum;
}

static uint64_t read_nodes(const char *root)
{
	hwloc_bitmap_t allowed = allowed_nodes(root);
	uint64_t sum = nodes_sum(root, allowed);

	hwloc_bitmap_free(allowed);
	return sum;
}

/* MemAvailable; kernels before 3.14 lack it. */
static uint64_t read_meminfo(const char *root)
{
	char text[TEXT_MAX];
	uint64_t kib;

	if (topo_read_file(root, "/proc/meminfo", text, sizeof(text)) <= 0)
		return TOPO_NO_LIMIT;
	if (topo_file_value(text, "MemAvailable", &kib))
		return kib * 1024;
	return topo_file_value(text, "MemFree", &kib) ? free_and_droppable(text) : TOPO_NO_LIMIT;
}

static uint64_t below_rlimit(int what, const char *status, const char *key)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)what, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return TOPO_NO_LIMIT;
	uint64_t used = kib_of(status, key);

	return used < limit.rlim_cur ? limit.rlim_cur - used : 0;
}

static uint64_t read_rlimit(const char *root)
{
	char text[TEXT_MAX];

	topo_read_file(root, "/proc/self/status", text, sizeof(text));
	uint64_t space = below_rlimit(RLIMIT_AS, text, "VmSize");
	uint64_t data = below_rlimit(RLIMIT_DATA, text, "VmData");

	return space < data ? space : data;
}

/* Only where overcommit is refused altogether. */
static uint64_t read_commit(const char *root)
{
	char text[TEXT_MAX];

	if (topo_read_file(root, "/proc/sys/vm/overcommit_memory", text, sizeof(text)) <= 0 ||
	    text[0] != '2')
		return TOPO_NO_LIMIT;
	if (topo_read_file(root, "/proc/meminfo", text, sizeof(text)) <= 0)
		return TOPO_NO_LIMIT;
	uint64_t limit = kib_of(text, "CommitLimit"), used = kib_of(text, "Committed_AS");

	return used < limit ? limit - used : 0;
}

static const struct {
	const char *name;
	uint64_t (*read)(const char *root);
	bool on_touch; /* can stop a touch; the others stop the mapping before */
} bounds[TOPO_NR_BOUNDS] = {
	[TOPO_NODES] = { "nodes", read_nodes, true },
	[TOPO_MEMINFO] = { "meminfo", read_meminfo, true },
	[TOPO_CGROUP] = { "cgroup", topo_cgroup_avail, true },
	[TOPO_RLIMIT] = { "rlimit", read_rlimit, false },
	[TOPO_COMMIT] = { "commit", read_commit, false },
};

const char *topo_bound_name(enum topo_bound b)
{
	return bounds[b].name;
}

void topo_bounds_read(const char *root, struct topo_bounds *b)
{
	for (unsigned i = 0; i < TOPO_NR_BOUNDS; i++)
		b->bytes[i] = bounds[i].read(root);
}

uint64_t topo_bounds_min(const struct topo_bounds *b, enum topo_bound *which)
{
	unsigned min = 0;

	for (unsigned i = 1; i < TOPO_NR_BOUNDS; i++)
		if (b->bytes[i] < b->bytes[min])
			min = i;
	if (which)
		*which = (enum topo_bound)min;
	return b->bytes[min];
}

uint64_t topo_headroom(uint64_t bytes)
{
	uint64_t keep = bytes / HEADROOM_PART;

	if (keep < HEADROOM_MIN)
		keep = HEADROOM_MIN;
	if (keep > HEADROOM_MAX)
		keep = HEADROOM_MAX;
	return bytes > keep ? bytes - keep : 0;
}

uint64_t topo_spendable(const char **bound)
{
	struct topo_bounds b;
	enum topo_bound which;

	topo_bounds_read("", &b);
	uint64_t bytes = topo_bounds_min(&b, &which);

	if (bound)
		*bound = topo_bound_name(which);
	return topo_headroom(bytes);
}

uint64_t topo_touchable(const unsigned long *nodes, unsigned nr_words)
{
	uint64_t min = TOPO_NO_LIMIT;

	for (unsigned i = 0; i < TOPO_NR_BOUNDS; i++) {
		uint64_t bytes = bounds[i].on_touch ? bounds[i].read("") : TOPO_NO_LIMIT;

		if (bytes < min)
			min = bytes;
	}
	if (!nr_words)
		return min;
	hwloc_bitmap_t set = hwloc_bitmap_alloc();

	if (!set)
		return min;
	hwloc_bitmap_from_ulongs(set, nr_words, nodes);
	uint64_t bound = nodes_sum("", set);

	hwloc_bitmap_free(set);
	return bound < min ? bound : min;
}
