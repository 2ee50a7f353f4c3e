/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be known of the machine that recorded a trace. */
#include "harness/cmd/cmd.h"
#include "harness/trace/trace_record.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMAND 2048u

struct facts {
	char *at;
	size_t left;
};

/* "key=value", control characters replaced. */
__attribute__((format(printf, 3, 4))) static void fact(struct facts *f, const char *key,
						       const char *fmt, ...)
{
	char value[MAX_COMMAND + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	for (char *c = value; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	int n = snprintf(f->at, f->left, "%s=%s\n", key, value);

	if (n > 0 && (size_t)n < f->left) {
		f->at += n;
		f->left -= (size_t)n;
	} else {
		*f->at = '\0';
	}
}

static void first_line(const char *path, char *line, size_t len)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(line, (int)len, f))
		snprintf(line, len, "unknown");
	line[strcspn(line, "\n")] = '\0';
	if (f)
		fclose(f);
}

static void join(char *const *words, char *text, size_t len)
{
	size_t used = 0;

	*text = '\0';
	for (; *words && used < len; words++)
		used += (size_t)snprintf(text + used, len - used, "%s%s", used ? " " : "", *words);
}

void trace_record_facts(const struct trace_record *rec, const char *clock, char *facts, size_t len)
{
	struct facts f = { facts, len };
	char text[MAX_COMMAND];
	struct utsname un;
	time_t now = time(NULL);
	struct tm tm;

	*facts = '\0';
	fact(&f, "source", "zonebench %s, tracefs", ZB_VERSION);
	if (!uname(&un)) {
		fact(&f, "kernel", "%s", un.release);
		fact(&f, "machine", "%s", un.machine);
	}
	fact(&f, "cpus", "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	fact(&f, "page-size", "%ld", sysconf(_SC_PAGESIZE));
	fact(&f, "pages", "%ld", sysconf(_SC_PHYS_PAGES));
	first_line("/sys/devices/system/node/has_memory", text, sizeof(text));
	fact(&f, "nodes", "%s", text);
	first_line("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text));
	fact(&f, "huge-pages", "%s", text);
	fact(&f, "clock", "%s", clock);
	if (gmtime_r(&now, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		fact(&f, "date", "%s", text);
	join(rec->command, text, sizeof(text));
	fact(&f, "command", "%s", text);
	if (rec->signal)
		fact(&f, "ended-by", "signal %d to the recorder", rec->signal);
	else if (WIFSIGNALED(rec->status))
		fact(&f, "ended-by", "signal %d", WTERMSIG(rec->status));
	else
		fact(&f, "exit-code", "%d", WEXITSTATUS(rec->status));
}
