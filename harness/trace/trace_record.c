/* SPDX-License-Identifier: GPL-2.0-only */
/* An instance of tracefs, a command, and what the kernel did meanwhile. */
#include "harness/trace/trace_record.h"

#include <errno.h>
#include <event-parse.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#define CLOCK "mono"
#define POLL_NS 10000000    /* between two looks into the buffers */
#define PATIENCE_POLLS 500u /* that a command gets to end after a signal */

/* The way into the buffer of one CPU. */
struct tap {
	struct tracefs_cpu *cpu; /* NULL: it has none */
};

struct session {
	struct trace_record *rec;
	struct tracefs_instance *instance;
	struct tep_handle *tep;
	struct tap *tap;       /* [nr_cpus] */
	struct trace_raw *raw; /* [nr_cpus] */
	unsigned nr_cpus;
	void *page;
	size_t page_size;
	bool running; /* the command */
	pid_t pid;
	const char *clock;
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

__attribute__((format(printf, 4, 5))) static int fail(int rc, char *why, size_t len,
						      const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, len, fmt, ap);
	va_end(ap);
	return rc;
}

/* One clear line: what is missing, and what would help. */
static int refused(int error, char *why, size_t len)
{
	if (geteuid())
		return fail(-EPERM, why, len,
			    "recording needs root, for tracefs (%s); try: sudo zonebench trace "
			    "record ...",
			    strerror(error));
	if (error == EPERM || error == EACCES || error == EROFS)
		return fail(-EPERM, why, len,
			    "tracefs is refused here (%s): a container or a lockdown forbids it; "
			    "record on the host: zonebench trace record ...",
			    strerror(error));
	return fail(-ENODEV, why, len,
		    "no tracefs with instances on this kernel (%s); try: mount -t tracefs nodev "
		    "/sys/kernel/tracing",
		    strerror(error));
}

/* The process that recorded into the instance @name; 0: not one of ours. */
static pid_t recorder_of(const char *name)
{
	static const char prefix[] = "zonebench-";
	char *end;
	long pid;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	name += sizeof(prefix) - 1;
	pid = strtol(name, &end, 10);
	return *end || pid <= 0 || pid > INT_MAX ? 0 : (pid_t)pid;
}

/*
 * Instances of recorders that were killed. The names are matched here: given a
 * pattern, libtracefs 1.6 loses the compiled form of it.
 */
static void remove_stale(void)
{
	char **list = tracefs_instances(NULL);

	for (char **name = list; name && *name; name++) {
		pid_t pid = recorder_of(*name);

		if (!pid || !kill(pid, 0) || errno != ESRCH)
			continue;
		struct tracefs_instance *old = tracefs_instance_alloc(NULL, *name);

		if (!old)
			continue;
		tracefs_event_disable(old, NULL, NULL);
		tracefs_instance_destroy(old);
		tracefs_instance_free(old);
	}
	tracefs_list_free(list);
}

static int open_instance(struct session *s, char *why, size_t len)
{
	char name[48], instances[PATH_MAX];
	const char *dir;

	errno = 0;
	dir = tracefs_tracing_dir();
	if (!dir)
		return refused(errno ? errno : ENOENT, why, len);
	/* Asked here, as the library forgets to free what it had built when it is refused. */
	snprintf(instances, sizeof(instances), "%s/instances", dir);
	if (access(instances, W_OK))
		return refused(errno, why, len);
	remove_stale();
	snprintf(name, sizeof(name), "zonebench-%ld", (long)getpid());
	errno = 0;
	s->instance = tracefs_instance_create(name);
	if (!s->instance)
		return refused(errno ? errno : ENOENT, why, len);
	tracefs_trace_off(s->instance);
	s->clock = CLOCK;
	if (tracefs_instance_file_write(s->instance, "trace_clock", CLOCK) < 0)
		s->clock = "local";
	if (tracefs_instance_set_buffer_size(s->instance, s->rec->buffer_kib, -1) < 0)
		return fail(-ENOMEM, why, len, "a ring buffer of %zu KiB for each CPU: %s",
			    s->rec->buffer_kib, strerror(errno));
	snprintf(name, sizeof(name), "%ld", (long)getpid());
	tracefs_instance_file_write(s->instance, "set_event_notrace_pid", name);
	return 0;
}

/* The two that a trace cannot do without, and what else this kernel has. */
static int enable_events(struct session *s, char *why, size_t len)
{
	static const char *const systems[] = { "kmem", "compaction", "vmscan", NULL };

	for (unsigned k = 0; k < TRACE_NR_KINDS; k++) {
		const struct trace_kind_info *kind = &trace_kinds[k];
		int rc = tracefs_event_enable(s->instance, kind->system, kind->name);

		if (rc && k <= TRACE_FREE)
			return fail(-ENODEV, why, len,
				    "this kernel has no event %s:%s; one with CONFIG_FTRACE and "
				    "CONFIG_EVENT_TRACING has",
				    kind->system, kind->name);
	}
	s->tep = tracefs_local_events_system(NULL, systems);
	if (!s->tep)
		return fail(-ENODEV, why, len, "the formats of the kernel's events: %s",
			    strerror(errno));
	return 0;
}

static int open_buffers(struct session *s, char *why, size_t len)
{
	long nr = sysconf(_SC_NPROCESSORS_CONF);

	s->nr_cpus = nr > 0 && nr < (long)TRACE_MAX_CPUS ? (unsigned)nr : TRACE_MAX_CPUS;
	s->tap = calloc(s->nr_cpus, sizeof(*s->tap));
	s->raw = calloc(s->nr_cpus, sizeof(*s->raw));
	for (unsigned i = 0; s->tap && s->raw && i < s->nr_cpus; i++) {
		s->raw[i].cpu = i;
		s->tap[i].cpu = tracefs_cpu_open(s->instance, (int)i, true);
		if (!s->tap[i].cpu)
			continue;
		s->page_size = (size_t)tracefs_cpu_read_size(s->tap[i].cpu);
		s->raw[i].pages = tmpfile();
		if (!s->raw[i].pages)
			return fail(-errno, why, len, "a temporary file: %s", strerror(errno));
	}
	s->page = s->page_size ? malloc(s->page_size) : NULL;
	return s->page ? 0 : fail(-ENOMEM, why, len, "no buffers of CPUs, or no memory");
}

static int keep_page(struct session *s, unsigned cpu, int n)
{
	if ((size_t)n < s->page_size)
		memset((char *)s->page + n, 0, s->page_size - (size_t)n);
	s->raw[cpu].nr++;
	return fwrite(s->page, 1, s->page_size, s->raw[cpu].pages) == s->page_size ? 0 : -ENOSPC;
}

/* What the buffers hold; @last: also pages that are not full. */
static int drain(struct session *s, bool last)
{
	int rc = 0, n;

	for (unsigned i = 0; i < s->nr_cpus && !rc; i++) {
		if (!s->tap[i].cpu || !s->page)
			continue;
		do {
			n = last ? tracefs_cpu_flush(s->tap[i].cpu, s->page)
				 : tracefs_cpu_read(s->tap[i].cpu, s->page, true);
			if (n > 0)
				rc = keep_page(s, i, n);
		} while (n > 0 && !rc);
	}
	return rc;
}

/* The command waits for a byte, so that its first event is recorded too. */
static int start_command(struct session *s, int gate[2], char *why, size_t len)
{
	if (pipe(gate))
		return fail(-errno, why, len, "a pipe: %s", strerror(errno));
	s->pid = fork();
	if (s->pid < 0) {
		close(gate[0]);
		close(gate[1]);
		return fail(-errno, why, len, "a process: %s", strerror(errno));
	}
	if (!s->pid) {
		char go;

		close(gate[1]);
		if (read(gate[0], &go, 1) != 1)
			_exit(126);
		close(gate[0]);
		execvp(s->rec->command[0], s->rec->command);
		fprintf(stderr, "zonebench: %s: %s\n", s->rec->command[0], strerror(errno));
		_exit(127);
	}
	close(gate[0]);
	s->running = true;
	return 0;
}

/* Until the command has ended; a signal is passed on to it and ends the recording. */
static int watch(struct session *s)
{
	unsigned polls = 0;
	int rc = 0;

	while (!rc) {
		if (waitpid(s->pid, &s->rec->status, WNOHANG) == s->pid) {
			s->running = false;
			break;
		}
		if (stop_signal && !s->rec->signal) {
			s->rec->signal = stop_signal;
			kill(s->pid, stop_signal);
		}
		if (s->rec->signal && ++polls > PATIENCE_POLLS)
			break;
		rc = drain(s, false);
		nanosleep(&(struct timespec){ .tv_nsec = POLL_NS }, NULL);
	}
	return rc;
}

static uint64_t count_lost(struct session *s)
{
	static const char *const marks[] = { "\noverrun: ", "commit overrun: ",
					     "dropped events: " };
	uint64_t lost = 0;

	for (unsigned i = 0; i < s->nr_cpus; i++) {
		char file[64];

		snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", i);
		char *text =
			s->tap[i].cpu ? tracefs_instance_file_read(s->instance, file, NULL) : NULL;

		for (size_t m = 0; text && m < sizeof(marks) / sizeof(marks[0]); m++) {
			const char *at = strstr(text, marks[m]);

			lost += at ? strtoull(at + strlen(marks[m]), NULL, 10) : 0;
		}
		free(text);
	}
	return lost;
}

static int capture(struct session *s, char *why, size_t len)
{
	int gate[2], rc = start_command(s, gate, why, len);

	if (rc)
		return rc;
	tracefs_trace_on(s->instance);
	if (write(gate[1], "", 1) != 1)
		rc = -EIO;
	close(gate[1]);
	if (!rc)
		rc = watch(s);
	tracefs_trace_off(s->instance);
	if (!rc)
		rc = drain(s, true);
	s->rec->lost = count_lost(s);
	return rc ? fail(rc, why, len, "the temporary file: %s", strerror(-rc)) : 0;
}

static void end_command(struct session *s)
{
	if (s->running) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, &s->rec->status, 0);
	}
	s->running = false;
}

static void close_session(struct session *s)
{
	end_command(s);
	for (unsigned i = 0; i < s->nr_cpus; i++) {
		if (s->tap && s->tap[i].cpu)
			tracefs_cpu_close(s->tap[i].cpu);
		if (s->raw && s->raw[i].pages)
			fclose(s->raw[i].pages);
	}
	free(s->tap);
	free(s->raw);
	free(s->page);
	if (s->tep)
		tep_free(s->tep);
	if (s->instance) {
		tracefs_event_disable(s->instance, NULL, NULL);
		tracefs_instance_destroy(s->instance);
		tracefs_instance_free(s->instance);
	}
}

int trace_record(struct trace_record *rec, char *why, size_t len)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = on_signal }, old[3];
	struct session s = { .rec = rec };
	static char facts[8192];

	/* The library's own messages would come beside the one line. */
	tracefs_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	for (unsigned i = 0; i < 3; i++)
		sigaction(signals[i], &act, &old[i]);
	int rc = open_instance(&s, why, len);

	if (!rc)
		rc = enable_events(&s, why, len);
	if (!rc)
		rc = open_buffers(&s, why, len);
	if (!rc)
		rc = capture(&s, why, len);
	end_command(&s);
	if (!rc) {
		trace_record_facts(rec, s.clock, facts, sizeof(facts));
		rc = trace_merge(rec, s.tep, s.raw, s.nr_cpus, s.page_size, facts, why, len);
	}
	close_session(&s);
	for (unsigned i = 0; i < 3; i++)
		sigaction(signals[i], &old[i], NULL);
	return rc;
}
