/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define RECORD_MAX ((size_t)4 << 20) /* bytes of JSON that a child may send */

struct child {
	pid_t pid;
	int fd; /* reading end of the pipe */
	char *text;
	size_t nr, room;
	bool eof, timed_out, stopped;
	int status;
	struct rusage usage;
};

static volatile sig_atomic_t stop_signal;

static void on_stop(int sig)
{
	stop_signal = sig;
}

/* Exists to interrupt ppoll(). */
static void on_child(int sig)
{
	(void)sig;
}

void child_signals_init(void)
{
	struct sigaction stop = { .sa_handler = on_stop };

	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
}

int child_stop_signal(void)
{
	return stop_signal;
}

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Private writable memory of this process in bytes, 0 = unknown. */
static uint64_t data_bytes(void)
{
	char line[256];
	unsigned long long kib = 0;
	FILE *f = fopen("/proc/self/status", "re");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmData: %llu kB", &kib) == 1)
			break;
	fclose(f);
	return (uint64_t)kib << 10;
}

/*
 * The limit is on private writable memory, mapped or touched, so a runaway
 * allocator is refused at the first byte beyond; the address space as a whole
 * cannot be limited, since sanitizers reserve terabytes of it.  Should the
 * machine run out nevertheless, this process is the one to go.
 */
static void limit_memory(uint64_t bytes)
{
	uint64_t inherited = data_bytes();
	struct rlimit limit;
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	if (f) {
		fputs("1000", f);
		fclose(f);
	}
	if (!inherited || getrlimit(RLIMIT_DATA, &limit))
		return;
	uint64_t want = inherited + bytes;

	if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < want)
		return;
	limit.rlim_cur = want;
	setrlimit(RLIMIT_DATA, &limit);
}

static void write_all(int fd, const char *text, size_t nr)
{
	while (nr) {
		ssize_t n = write(fd, text, nr);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		nr -= (size_t)n;
	}
}

static _Noreturn void child_main(child_fn fn, void *arg, struct record *r, pid_t parent, int fd,
				 uint64_t bytes, const sigset_t *mask)
{
	static const int usual[] = { SIGINT, SIGTERM, SIGCHLD };

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1); /* the parent died before prctl() */
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		signal(usual[i], SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	limit_memory(bytes);
	fn(arg, r);
	char *text = rec_to_json(r);

	if (!text)
		_exit(1);
	write_all(fd, text, strlen(text));
	_exit(0);
}

static int take_text(struct child *c)
{
	for (;;) {
		if (c->nr == c->room) {
			size_t room = c->room ? 2 * c->room : 65536;
			char *grown = room <= RECORD_MAX ? realloc(c->text, room) : NULL;

			if (!grown)
				return -ENOMEM;
			c->text = grown;
			c->room = room;
		}
		ssize_t n = read(c->fd, c->text + c->nr, c->room - c->nr);

		if (n > 0)
			c->nr += (size_t)n;
		else if (n == 0)
			c->eof = true;
		else if (errno != EINTR)
			return errno == EAGAIN ? 0 : -errno;
		if (c->eof)
			return 0;
	}
}

/* Not reaped yet: its number, and that of its group, cannot be used again. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/*
 * Until the child has ended, and whatever it started with it.  The signals are blocked except
 * inside ppoll, so none can come between the test and the sleep.
 */
static int watch(struct child *c, uint64_t deadline, const sigset_t *unblocked)
{
	int rc = 0;

	for (;;) {
		if (!rc)
			rc = take_text(c);
		if (has_ended(c->pid))
			break;
		uint64_t now = now_ms();

		if (stop_signal)
			c->stopped = true;
		else if (now >= deadline)
			c->timed_out = true;
		bool over = c->stopped || c->timed_out || rc;

		if (over)
			kill(c->pid, SIGKILL);
		uint64_t left = over ? 1000 : deadline - now;
		struct timespec ts = { .tv_sec = (time_t)(left / 1000),
				       .tv_nsec = (long)(left % 1000) * 1000000 };
		struct pollfd p = { .fd = c->eof || rc ? -1 : c->fd, .events = POLLIN };

		ppoll(&p, 1, &ts, unblocked);
	}
	kill(-c->pid, SIGKILL);
	while (wait4(c->pid, &c->status, 0, &c->usage) < 0 && errno == EINTR)
		;
	return rc ? rc : take_text(c);
}

static void say(struct record *r, const char *status, const char *fmt, double value)
{
	snprintf(r->status, sizeof(r->status), "%s", status);
	snprintf(r->reason, sizeof(r->reason), fmt, value);
}

static void explain_signal(struct record *r, int sig)
{
	const char *name = sigabbrev_np(sig), *text = sigdescr_np(sig);

	snprintf(r->status, sizeof(r->status), "crashed");
	if (name)
		snprintf(r->reason, sizeof(r->reason), "SIG%s (%s)", name, text);
	else
		snprintf(r->reason, sizeof(r->reason), "signal %d", sig);
}

/* A child that did not deliver: from what the kernel tells about its end. */
static void explain(const struct child *c, struct record *r, const struct child_limits *limits)
{
	double mib = (double)limits->touched / (1 << 20);
	uint64_t peak = (uint64_t)c->usage.ru_maxrss << 10;
	int sig = WIFSIGNALED(c->status) ? WTERMSIG(c->status) : 0;

	r->peak_mib = (double)peak / (1 << 20);
	if (c->timed_out)
		say(r, "timeout", "not finished after %.1f s", (double)limits->ms / 1000);
	else if (peak > limits->touched)
		say(r, "out-of-memory", "took more than the %.0f MiB that it may need", mib);
	else if (sig == SIGKILL)
		say(r, "out-of-memory", "killed by the kernel; it may need %.0f MiB", mib);
	else if (sig)
		explain_signal(r, sig);
	else
		say(r, "failed", "ended with exit code %.0f and without a result",
		    WEXITSTATUS(c->status));
}

static int deliver(struct child *c, int rc, struct record *r, const struct child_limits *limits)
{
	char err[128];

	if (c->stopped)
		return -EINTR;
	struct record *got = malloc(sizeof(*got));

	if (got && !rc && !c->timed_out && c->nr && c->nr < c->room) {
		c->text[c->nr] = '\0';
		if (WIFEXITED(c->status) && WEXITSTATUS(c->status) == 0 &&
		    !rec_from_json(got, c->text, err, sizeof(err))) {
			rec_copy(r, got);
			free(got);
			return 0;
		}
	}
	free(got);
	explain(c, r, limits);
	return 0;
}

int child_run(child_fn fn, void *arg, struct record *r, const struct child_limits *limits)
{
	struct sigaction chld = { .sa_handler = on_child }, old_chld;
	struct child c = { .pid = -1 };
	sigset_t block, old;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK)) {
		say(r, "failed", "no pipe to the sample's process: error %.0f", errno);
		return -errno;
	}
	/* Nonblocking is for the parent: descriptions of the two ends differ. */
	fcntl(fds[1], F_SETFL, 0);
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGTERM);
	sigprocmask(SIG_BLOCK, &block, &old);
	sigaction(SIGCHLD, &chld, &old_chld);
	fflush(NULL);
	pid_t self = getpid();

	c.fd = fds[0];
	c.pid = fork();
	if (c.pid == 0)
		child_main(fn, arg, r, self, fds[1], limits->mapped, &old);
	int rc = c.pid < 0 ? -errno : 0;

	close(fds[1]);
	if (!rc) {
		setpgid(c.pid, c.pid);
		rc = watch(&c, now_ms() + limits->ms, &old);
		rc = deliver(&c, rc, r, limits);
	} else {
		say(r, "failed", "cannot fork: error %.0f", -rc);
	}
	close(fds[0]);
	free(c.text);
	sigaction(SIGCHLD, &old_chld, NULL);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return rc;
}
