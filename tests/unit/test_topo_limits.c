/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds on memory, read from made-up /proc and /sys trees. */
#include "numa/limits.h"
#include "numa/topo.h"
#include "tests/support/t_run.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define MIB (1ull << 20)

static char root[PATH_MAX / 4];

static void setup(void)
{
	t_scratch(root, sizeof(root));
}

static void teardown(void)
{
	t_remove(root);
}

/* A file of the tree with its folders. */
static void put(const char *path, const char *text)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *at = strchr(full + strlen(root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(full, 0777);
		*at = '/';
	}
	FILE *f = fopen(full, "w");

	cr_assert_not_null(f, "%s", full);
	fputs(text, f);
	fclose(f);
}

static void mounts_v2(const char *within)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "22 1 8:1 / / rw shared:1 - ext4 /dev/root rw\n"
		 "30 22 0:26 %s /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n",
		 within);
	put("/proc/self/mountinfo", line);
}

TestSuite(limits, .init = setup, .fini = teardown);

Test(limits, nothing_there_is_no_limit)
{
	cr_assert_eq(topo_cgroup_avail(root), TOPO_NO_LIMIT);
	cr_assert_eq(topo_node_usable(root, 0, 5 * MIB), 5 * MIB);
	cr_assert_eq(topo_node_has_cpus(root, 0), -1);
}

Test(limits, v2_own_group)
{
	mounts_v2("/");
	put("/proc/self/cgroup", "0::/user/job\n");
	put("/sys/fs/cgroup/user/job/memory.max", "1073741824\n");
	put("/sys/fs/cgroup/user/job/memory.current", "104857600\n");
	cr_assert_eq(topo_cgroup_avail(root), 924 * MIB);
}

Test(limits, v2_cache_can_be_dropped)
{
	mounts_v2("/");
	put("/proc/self/cgroup", "0::/job\n");
	put("/sys/fs/cgroup/job/memory.max", "1073741824\n");
	put("/sys/fs/cgroup/job/memory.current", "104857600\n");
	put("/sys/fs/cgroup/job/memory.stat", "anon 4096\nworkingset_inactive_file 9\n"
					      "inactive_file 52428800\nactive_file 7\n");
	cr_assert_eq(topo_cgroup_avail(root), 974 * MIB);
}

Test(limits, v2_tightest_ancestor_wins)
{
	mounts_v2("/");
	put("/proc/self/cgroup", "0::/a/b/c\n");
	put("/sys/fs/cgroup/a/b/c/memory.max", "max\n");
	put("/sys/fs/cgroup/a/b/memory.max", "536870912\n");
	put("/sys/fs/cgroup/a/b/memory.current", "268435456\n");
	put("/sys/fs/cgroup/a/memory.max", "2147483648\n");
	put("/sys/fs/cgroup/a/memory.current", "2013265920\n");
	cr_assert_eq(topo_cgroup_avail(root), 128 * MIB);
}

Test(limits, v2_high_throttles)
{
	mounts_v2("/");
	put("/proc/self/cgroup", "0::/job\n");
	put("/sys/fs/cgroup/job/memory.max", "1073741824\n");
	put("/sys/fs/cgroup/job/memory.high", "536870912\n");
	put("/sys/fs/cgroup/job/memory.current", "0\n");
	cr_assert_eq(topo_cgroup_avail(root), 512 * MIB);
}

/* In a container the mount shows only its own part of the hierarchy. */
Test(limits, v2_container)
{
	mounts_v2("/docker/abc");
	put("/proc/self/cgroup", "0::/docker/abc/inner\n");
	put("/sys/fs/cgroup/memory.max", "67108864\n");
	put("/sys/fs/cgroup/memory.current", "0\n");
	put("/sys/fs/cgroup/inner/memory.max", "134217728\n");
	put("/sys/fs/cgroup/inner/memory.current", "0\n");
	cr_assert_eq(topo_cgroup_avail(root), 64 * MIB);
}

/* A path that is not below the mount's own: "/docker/abcdef" is not "/docker/abc". */
Test(limits, v2_path_from_outside)
{
	mounts_v2("/docker/abc");
	put("/proc/self/cgroup", "0::/docker/abcdef\n");
	put("/sys/fs/cgroup/memory.max", "67108864\n");
	put("/sys/fs/cgroup/memory.current", "1048576\n");
	cr_assert_eq(topo_cgroup_avail(root), 63 * MIB);
}

Test(limits, v2_over_the_limit_leaves_nothing)
{
	mounts_v2("/");
	put("/proc/self/cgroup", "0::/job\n");
	put("/sys/fs/cgroup/job/memory.max", "1048576\n");
	put("/sys/fs/cgroup/job/memory.current", "2097152\n");
	cr_assert_eq(topo_cgroup_avail(root), 0);
}

static void two_nodes(const char *allowed)
{
	put("/sys/devices/system/node/online", "0-1\n");
	put("/sys/devices/system/node/node0/meminfo", "Node 0 MemFree:        102400 kB\n");
	put("/sys/devices/system/node/node1/meminfo", "Node 1 MemFree:        204800 kB\n");
	put("/proc/self/status", allowed);
}

/* A cpuset keeps a node's memory from the process. */
Test(limits, forbidden_nodes_do_not_count)
{
	struct topo_bounds b;

	two_nodes("Name:\tx\nMems_allowed:\t3\nMems_allowed_list:\t1\n");
	cr_assert_not(topo_node_allowed(root, 0));
	cr_assert(topo_node_allowed(root, 1));
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_NODES], 200 * MIB);
}

Test(limits, silent_kernel_allows_all_nodes)
{
	struct topo_bounds b;

	two_nodes("Name:\tx\n");
	cr_assert(topo_node_allowed(root, 0));
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_NODES], 300 * MIB);
}

static void tree_v1(const char *limit)
{
	put("/proc/self/mountinfo",
	    "30 22 0:26 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
	    "31 22 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	    "32 22 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
	put("/proc/self/cgroup", "5:cpu,cpuacct:/\n4:memory:/job\n0::/\n");
	put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
	put("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", limit);
	put("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "209715200\n");
	put("/sys/fs/cgroup/memory/job/memory.stat", "inactive_file 1\n"
						     "total_inactive_file 104857600\n");
}

Test(limits, v1_own_group)
{
	tree_v1("1073741824\n");
	cr_assert_eq(topo_cgroup_avail(root), 924 * MIB);
}

Test(limits, v1_unlimited)
{
	tree_v1("9223372036854771712\n");
	cr_assert_eq(topo_cgroup_avail(root), TOPO_NO_LIMIT);
}

Test(limits, both_versions_count)
{
	tree_v1("1073741824\n");
	put("/proc/self/cgroup", "4:memory:/job\n0::/job\n");
	put("/sys/fs/cgroup/unified/job/memory.max", "33554432\n");
	put("/sys/fs/cgroup/unified/job/memory.current", "0\n");
	cr_assert_eq(topo_cgroup_avail(root), 32 * MIB);
}

Test(limits, broken_files_are_no_limit)
{
	put("/proc/self/mountinfo", "garbage\n\n30 22 - \n30 22 0:26 / - cgroup2\n - - - -\n");
	put("/proc/self/cgroup", "nothing\n:\n0::/job\n");
	cr_assert_eq(topo_cgroup_avail(root), TOPO_NO_LIMIT);
}

Test(limits, node_in_use)
{
	put("/sys/devices/system/node/node3/meminfo", "Node 3 MemTotal:    1048576 kB\n"
						      "Node 3 MemFree:      524288 kB\n"
						      "Node 3 Active(file):   1024 kB\n"
						      "Node 3 Inactive(file): 1024 kB\n"
						      "Node 3 SReclaimable:   2048 kB\n");
	cr_assert_eq(topo_node_usable(root, 3, 1024 * MIB), 514 * MIB);
	cr_assert_eq(topo_node_usable(root, 3, 100 * MIB), 100 * MIB);
	cr_assert_eq(topo_node_usable(root, 2, 100 * MIB), 100 * MIB);
}

Test(limits, node_cpus)
{
	put("/sys/devices/system/node/node0/cpulist", "0-3,8\n");
	put("/sys/devices/system/node/node1/cpulist", "\n");
	cr_assert_eq(topo_node_has_cpus(root, 0), 1);
	cr_assert_eq(topo_node_has_cpus(root, 1), 0);
}

Test(limits, online_nodes)
{
	unsigned first;

	cr_assert_eq(topo_nodes_online(root, &first), 0);
	put("/sys/devices/system/node/online", "1-2,5\n");
	cr_assert_eq(topo_nodes_online(root, &first), 3);
	cr_assert_eq(first, 1);
}

Test(limits, nodes_and_meminfo)
{
	struct topo_bounds b;

	put("/sys/devices/system/node/online", "0-1\n");
	put("/sys/devices/system/node/node0/meminfo", "Node 0 MemFree: 1024 kB\n");
	put("/sys/devices/system/node/node1/meminfo", "Node 1 MemFree: 2048 kB\n");
	put("/proc/meminfo", "MemTotal: 9216 kB\nMemFree: 100 kB\nMemAvailable: 4096 kB\n");
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_NODES], 3 * MIB);
	cr_assert_eq(b.bytes[TOPO_MEMINFO], 4 * MIB);
	cr_assert_eq(b.bytes[TOPO_CGROUP], TOPO_NO_LIMIT);
	cr_assert_eq(b.bytes[TOPO_COMMIT], TOPO_NO_LIMIT);
}

Test(limits, commit_only_where_refused)
{
	struct topo_bounds b;

	put("/proc/meminfo", "CommitLimit: 3072 kB\nCommitted_AS: 1024 kB\n");
	put("/proc/sys/vm/overcommit_memory", "1\n");
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_COMMIT], TOPO_NO_LIMIT);
	put("/proc/sys/vm/overcommit_memory", "2\n");
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_COMMIT], 2 * MIB);
}

Test(limits, address_space)
{
	struct rlimit limit = { .rlim_cur = 1ull << 46, .rlim_max = RLIM_INFINITY };
	struct topo_bounds b;

	/* Far above what is mapped, sanitizers included, so that the test itself goes on. */
	cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
	put("/proc/self/status", "Name:\tx\nVmSize:\t    1024 kB\nVmData:\t 512 kB\n");
	topo_bounds_read(root, &b);
	cr_assert_eq(b.bytes[TOPO_RLIMIT], (1ull << 46) - MIB);
}

Test(limits, the_least_wins)
{
	struct topo_bounds b = { .bytes = { 5, 4, 3, TOPO_NO_LIMIT, 6 } };
	enum topo_bound which;

	cr_assert_eq(topo_bounds_min(&b, &which), 3);
	cr_assert_str_eq(topo_bound_name(which), "cgroup");
}

Test(limits, headroom)
{
	cr_assert_eq(topo_headroom(16 * MIB), 0);
	cr_assert_eq(topo_headroom(64 * MIB), 32 * MIB);
	cr_assert_eq(topo_headroom(1024 * MIB), 896 * MIB);
	cr_assert_eq(topo_headroom(65536 * MIB), 64512 * MIB);
}
