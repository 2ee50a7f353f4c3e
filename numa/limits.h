/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside of numa/: how much memory this process may still touch, by each of
 * the machine's bounds.  @root is put before every path under /proc and /sys;
 * "" is this machine, tests give a folder.
 */
#ifndef NUMA_LIMITS_H
#define NUMA_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOPO_NO_LIMIT UINT64_MAX

enum topo_bound { TOPO_NODES, TOPO_MEMINFO, TOPO_CGROUP, TOPO_RLIMIT, TOPO_COMMIT, TOPO_NR_BOUNDS };

struct topo_bounds {
	uint64_t bytes[TOPO_NR_BOUNDS]; /* TOPO_NO_LIMIT where there is none */
};

/** topo_bound_name - "nodes", "meminfo", "cgroup", "rlimit", "commit". */
const char *topo_bound_name(enum topo_bound b);

/** topo_bounds_read - all bounds, without head-room. */
void topo_bounds_read(const char *root, struct topo_bounds *b);

/** topo_bounds_min - the smallest, without head-room; @which may be NULL. */
uint64_t topo_bounds_min(const struct topo_bounds *b, enum topo_bound *which);

/** topo_headroom - what is left of @bytes once the head-room is taken off. */
uint64_t topo_headroom(uint64_t bytes);

/**
 * topo_node_usable - bytes that can still be had on a node
 * @size: the node's size in bytes
 * Takes off what sysfs says is in use there and could not be dropped at need;
 * half of the page cache and of the reclaimable slab counts as droppable, as
 * the kernel never lets go of all of it.  The size itself when sysfs is silent.
 */
uint64_t topo_node_usable(const char *root, unsigned os_index, uint64_t size);

/** topo_node_has_cpus - by sysfs; 1, 0, or -1 when sysfs is silent. */
int topo_node_has_cpus(const char *root, unsigned os_index);

/**
 * topo_nodes_online - number of online nodes by sysfs, 0 when it is silent
 * @first: gets the first one's OS number, 0 when sysfs is silent
 */
unsigned topo_nodes_online(const char *root, unsigned *first);

/**
 * topo_node_allowed - may this process have memory of a node?
 * By Mems_allowed_list of /proc/self/status, which a control group's or
 * cpuset's mems set, whether their mount is to be seen or not; true where the
 * kernel does not say.
 */
bool topo_node_allowed(const char *root, unsigned os_index);

/**
 * topo_touchable - bytes that may be touched before something gives, now
 * @nodes, @nr_words: bitmap of OS nodes the memory is bound to; nr_words 0 =
 *                    not bound
 * No head-room; address-space limits are left out, as the range is mapped.
 */
uint64_t topo_touchable(const unsigned long *nodes, unsigned nr_words);

/** topo_cgroup_avail - the tightest limit on memory, less its usage (numa/cgroup.c). */
uint64_t topo_cgroup_avail(const char *root);

/** topo_read_file - the start of a file, NUL-terminated; length or -errno. */
long topo_read_file(const char *root, const char *path, char *buf, size_t len);

/**
 * topo_file_value - the number behind a key: "MemFree:   12 kB"
 * The key must start a line or follow a space.  False when it is not there.
 */
bool topo_file_value(const char *text, const char *key, uint64_t *value);

#endif
