/* SPDX-License-Identifier: GPL-2.0-only */
/* Plug-ins: loading, refusals, and the faulty one that other tests rely on. */
#include "harness/engine/plugin.h"
#include "tests/support/t_instance.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct pga_ops *ops;
static char err[512];

static int load(const char *name)
{
	const char *b = getenv("B");
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", b ? b : "build", name);
	return bench_plugin_load(path, &ops, err, sizeof(err));
}

Test(plugin, the_skeleton_loads_and_serves)
{
	struct pga_variant v;

	cr_assert_eq(load("skeleton.so"), 0, "%s", err);
	cr_expect_str_eq(ops->name, "skeleton");
	cr_expect_neq(ops, &pga_skeleton, "that is the built-in one");
	cr_expect_eq(pga_variant_parse(&v, "skeleton,reserve=5", ops, err, sizeof(err)), 0, "%s",
		     err);
	cr_expect_eq(v.ops, ops);
	cr_expect_eq(v.policy[1], 5);
}

Test(plugin, refusals_name_the_cause)
{
	char both[160];
	const struct {
		const char *file;
		int rc;
		const char *words;
	} bad[] = {
		{ "no-such.so", -ENOENT, "no-such.so: No such file" },
		{ "flags", -ENOEXEC, "cannot be loaded" },
		{ "tests/plugin/no_symbol.so", -ENOEXEC, "does not export pga_plugin_ops" },
		{ "tests/plugin/wrong_abi.so", -EINVAL, both },
		{ "tests/plugin/missing_hook.so", -EINVAL, "required hook missing: alloc" },
	};

	snprintf(both, sizeof(both),
		 "built for ABI %u with %zu bytes of ops; this zonebench has ABI %u", PGA_ABI + 1,
		 sizeof(struct pga_ops), PGA_ABI);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cr_expect_eq(load(bad[i].file), bad[i].rc, "%s", bad[i].file);
		cr_expect(strstr(err, bad[i].words), "%s", err);
		cr_expect(strstr(err, bad[i].file), "%s", err);
		cr_expect_null(strchr(err, '\n'));
		cr_expect_null(ops);
	}
}

Test(plugin, a_name_without_slash_is_of_this_folder)
{
	cr_expect_eq(bench_plugin_load("libc.so.6", &ops, err, sizeof(err)), -ENOENT, "%s", err);
}

/* A child that allocates ten frames from faulty; its wait status. */
static int child(const char *variant)
{
	struct pga_variant v;
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		static struct t_instance in;
		static const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		alarm(2); /* ends the hang */
		if (t_conf(&in, t_machine_find("one")) ||
		    pga_variant_parse(&v, variant, ops, err, sizeof(err)))
			_exit(3);
		in.ops = v.ops;
		in.conf.policy = v.policy;
		in.base = aligned_alloc(4096, 1 << 20);
		if (!in.base)
			_exit(4);
		memset(in.base, 0, 1 << 20);
		if (in.ops->init(&in.pga, &in.conf, NULL, in.base))
			_exit(5);
		uint64_t val[PGA_NR_STATS];

		for (int i = 0; i < 10; i++)
			t_free(&in, 0, t_alloc(&in, 0, -1, 0, PGA_GFP_KERNEL).pfn, 0);
		in.ops->stats(in.pga, -1, val);
		_exit(val[PGA_STAT_pgalloc] == val[PGA_STAT_pgfree] ? 0 : 6);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	return status;
}

Test(plugin, faulty_does_what_it_is_told)
{
	int status;

	cr_assert_eq(load("tests/plugin/faulty.so"), 0, "%s", err);
	cr_expect_eq(child("faulty"), 0);
	cr_expect_eq(child("faulty,fault=crash,fault.after=11"), 0, "not reached");
	status = child("faulty,fault=crash,fault.after=10");
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV, "%#x", status);
	status = child("faulty,fault=hang,fault.after=3");
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM, "%#x", status);
	status = child("faulty,fault=oom,fault.mib=16,fault.after=3");
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM, "%#x", status);
	status = child("faulty,fault=leak,fault.after=3");
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 6, "%#x", status);
}
