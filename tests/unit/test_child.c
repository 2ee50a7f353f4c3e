/* SPDX-License-Identifier: GPL-2.0-only */
/* Whatever happens in a child, a record says so. */
#include "harness/engine/child.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static const struct child_limits roomy = { .ms = 60000,
					   .mapped = 4096 * MIB,
					   .touched = 4096 * MIB };
static const struct child_limits brief = { .ms = 200, .mapped = 4096 * MIB, .touched = 4096 * MIB };
static const struct child_limits tight = { .ms = 60000, .mapped = 512 * MIB, .touched = 256 * MIB };

static void deliver(void *arg, struct record *r)
{
	snprintf(r->status, sizeof(r->status), "ok");
	r->ns_op = *(double *)arg;
	for (unsigned i = 0; i < REC_MAX_VALUES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "value-%u", i);
		rec_add(r->stats, &r->nr_stats, name, i, "");
		rec_add(r->counters, &r->nr_counters, name, i, "a note that takes room");
	}
}

static void crash(void *arg, struct record *r)
{
	(void)arg;
	(void)r;
	signal(SIGSEGV, SIG_DFL);
	raise(SIGSEGV);
}

static void hang(void *arg, struct record *r)
{
	(void)arg;
	(void)r;
	sigset_t all;

	/* neither a request to end nor one to interrupt helps */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	for (;;)
		pause();
}

static void eat(void *arg, struct record *r)
{
	(void)arg;
	(void)r;
	for (;;) {
		void *chunk = mmap(NULL, 8 * MIB, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk == MAP_FAILED)
			abort();
		memset(chunk, 1, 8 * MIB);
	}
}

static void leave(void *arg, struct record *r)
{
	(void)arg;
	(void)r;
	_exit(9);
}

/* Another process keeps the pipe open, and would live on. */
static void breed(void *arg, struct record *r)
{
	pid_t pid = fork();

	if (!pid)
		for (;;)
			pause();
	*(pid_t *)arg = pid;
	snprintf(r->status, sizeof(r->status), "ok");
}

static void run(child_fn fn, void *arg, const struct child_limits *limits, struct record *r)
{
	rec_init(r);
	snprintf(r->variant, sizeof(r->variant), "v");
	r->turn = 7;
	cr_assert_eq(child_run(fn, arg, r, limits), 0);
	cr_expect_str_eq(r->variant, "v");
	cr_expect_eq(r->turn, 7);
}

static struct record record;

Test(child, delivers)
{
	double value = 12.5;

	run(deliver, &value, &roomy, &record);
	cr_expect_str_eq(record.status, "ok");
	cr_expect_eq(record.ns_op, 12.5);
	cr_expect_eq(record.nr_stats, REC_MAX_VALUES);
	cr_expect_str_eq(record.stats[63].name, "value-63");
}

static const struct fate {
	child_fn fn;
	const struct child_limits *limits;
	const char *status, *reason;
} fates[] = {
	{ crash, &roomy, "crashed", "SIGSEGV" },
	{ hang, &brief, "timeout", "0.2 s" },
	{ eat, &tight, "out-of-memory", "256 MiB" },
	{ leave, &roomy, "failed", "exit code 9" },
};

Test(child, fates)
{
	for (size_t i = 0; i < sizeof(fates) / sizeof(fates[0]); i++) {
		run(fates[i].fn, NULL, fates[i].limits, &record);
		cr_expect_str_eq(record.status, fates[i].status, "%zu: %s %s", i, record.status,
				 record.reason);
		cr_expect_not_null(strstr(record.reason, fates[i].reason), "%zu: %s", i,
				   record.reason);
	}
}

Test(child, takes_its_own_along)
{
	pid_t *pid =
		mmap(NULL, sizeof(*pid), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char path[64], state = '?';

	run(breed, pid, &roomy, &record);
	cr_expect_str_eq(record.status, "ok");
	cr_assert_gt(*pid, 0);
	/* killed; gone, or waiting for init to reap it */
	snprintf(path, sizeof(path), "/proc/%d/stat", *pid);
	for (int tries = 0; tries < 5000; tries++) {
		FILE *f = fopen(path, "r");

		state = 'X';
		if (!f)
			break;
		if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
			state = 'X';
		fclose(f);
		if (state == 'Z' || state == 'X')
			break;
		usleep(1000);
	}
	cr_expect(state == 'Z' || state == 'X', "state %c", state);
}

static void *stop_soon(void *arg)
{
	char byte;

	/* the child is there once it has written */
	if (read(*(int *)arg, &byte, 1) == 1)
		kill(getpid(), SIGTERM);
	return NULL;
}

static int told[2];

static void tell_and_hang(void *arg, struct record *r)
{
	if (write(told[1], "x", 1) == 1)
		hang(arg, r);
}

Test(child, stops_when_asked)
{
	pthread_t thread;
	sigset_t set;

	cr_assert_eq(pipe(told), 0);
	child_signals_init();
	/* the signal is for the main thread */
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	cr_assert_eq(pthread_create(&thread, NULL, stop_soon, &told[0]), 0);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	rec_init(&record);
	cr_expect_eq(child_run(tell_and_hang, NULL, &record, &roomy), -EINTR);
	cr_expect_eq(child_stop_signal(), SIGTERM);
	cr_expect_str_eq(record.status, "", "the record is as it was");
	pthread_join(thread, NULL);
}
