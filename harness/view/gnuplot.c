/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Quotes and backslashes end a string of gnuplot's. */
void gnuplot_quote(const char *text, FILE *f)
{
	fputc('"', f);
	for (; *text; text++)
		if (*text != '"' && *text != '\\')
			fputc(*text, f);
	fputc('"', f);
}

static int run_gnuplot(char *script)
{
	char *const argv[] = { "gnuplot", script, NULL };
	posix_spawn_file_actions_t actions;
	int status = 0;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
	int rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);

	posix_spawn_file_actions_destroy(&actions);
	if (rc)
		return -rc;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

/* gnuplot would leave an empty file behind where it cannot write; so try first. */
static int try_path(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return -errno;
	return fclose(f) ? -errno : 0;
}

int gnuplot_draw(void (*write)(const void *what, const char *path, FILE *f), const void *what,
		 const char *path, char *err, size_t len)
{
	char script[] = "/tmp/zonebench-XXXXXX";
	int rc = try_path(path), fd;
	struct stat st;

	if (rc) {
		snprintf(err, len, "%s: %s", path, strerror(-rc));
		return rc;
	}
	fd = mkstemp(script);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		rc = -errno;
		snprintf(err, len, "%s: %s", script, strerror(errno));
		if (fd >= 0)
			close(fd);
		return rc;
	}
	write(what, path, f);
	rc = fclose(f) ? -errno : run_gnuplot(script);
	unlink(script);
	if (rc == -ENOENT)
		snprintf(err, len, "%s: gnuplot draws it, and is not installed (package gnuplot)",
			 path);
	else if (rc)
		snprintf(err, len, "%s: gnuplot failed: %s", path, strerror(-rc));
	/* A device is not removed: the path may name one, and root may do that. */
	if (rc && !lstat(path, &st) && S_ISREG(st.st_mode))
		unlink(path);
	return rc;
}
