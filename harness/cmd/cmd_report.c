/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench report: a run as one HTML page, and its figures as files. */
#include "harness/cmd/cmd_report.h"

#include "core/pga.h"
#include "harness/cmd/cmd.h"
#include "results/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct report_opts {
	const char *out;
};

static const struct opt table[] = {
	{ .name = "output",
	  .letter = 'o',
	  .type = OPT_TEXT,
	  .offset = offsetof(struct report_opts, out),
	  .arg = "DIR",
	  .help = "write report.html and figures/ there (default: RUN/report)" },
	{ .name = NULL },
};

const struct opt_cmd opt_report = {
	.name = "report",
	.args = "RUN",
	.summary = "Write a run as one HTML page that needs no network, and each of its figures as "
		   "SVG and PDF by gnuplot.",
	.table = table,
	.min_args = 1,
	.max_args = 1,
};

/* The folder of a report, and what may not fit in it. */
static int make_dir(const char *dir)
{
	struct stat st;

	if (!mkdir(dir, 0777) || (errno == EEXIST && !stat(dir, &st) && S_ISDIR(st.st_mode)))
		return 0;
	bench_err("report: cannot make the folder '%s': %s", dir, strerror(errno));
	return -1;
}

static int path_of(char path[PATH_MAX], const char *dir, const char *name, const char *suffix)
{
	if (snprintf(path, PATH_MAX, "%s/%s%s", dir, name, suffix) < PATH_MAX)
		return 0;
	bench_err("report: the path '%s/%s%s' is longer than %d bytes", dir, name, suffix,
		  PATH_MAX - 1);
	return -1;
}

static int close_written(FILE *f, const char *path)
{
	int bad = ferror(f);

	if (!fclose(f) && !bad)
		return 0;
	bench_err("report: cannot write '%s': %s", path, strerror(errno ? errno : EIO));
	return -1;
}

/* In its folder, so that the script names its figures without one. 0, or -errno. */
static int run_gnuplot(const char *dir, const char *script)
{
	posix_spawn_file_actions_t actions;
	char *name = strdup(script);
	char *const argv[] = { "gnuplot", name, NULL };
	int status = 0, rc;
	pid_t pid;

	if (!name)
		return -ENOMEM;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, dir);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	rc = -posix_spawnp(&pid, "gnuplot", &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	free(name);
	if (rc)
		return rc;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EIO : 0;
}

/* One script, and what gnuplot makes of it. 0, -1 after a message, or 1 with a reason. */
static int write_figure(const struct report *r, unsigned n, const char *dir, const char **why)
{
	char path[PATH_MAX], script[NAME_MAX];
	const char *name = report_figure(r, n);

	snprintf(script, sizeof(script), "%s.gp", name);
	if (path_of(path, dir, script, ""))
		return -1;
	FILE *f = fopen(path, "w");

	if (!f) {
		bench_err("report: cannot write '%s': %s", path, strerror(errno));
		return -1;
	}
	report_gnuplot(r, n, f);
	if (close_written(f, path))
		return -1;
	int rc = run_gnuplot(dir, script);

	*why = rc == -ENOENT ? "gnuplot draws them, and is not installed (package gnuplot-nox)"
	       : rc	     ? "gnuplot failed on a script in figures/"
			     : NULL;
	return *why ? 1 : 0;
}

static int write_figures(const struct report *r, const char *out, const char **why)
{
	char dir[PATH_MAX];
	int rc = 0;

	if (path_of(dir, out, "figures", "") || make_dir(dir))
		return -1;
	for (unsigned n = 0; report_figure(r, n) && rc >= 0; n++) {
		const char *reason = NULL;

		rc = write_figure(r, n, dir, &reason);
		*why = reason ? reason : *why;
	}
	if (rc < 0)
		return -1;
	char path[PATH_MAX], err[512];

	if (path_of(path, dir, "nodes.svg", ""))
		return -1;
	if (!report_nodes_svg(r, path, err, sizeof(err)))
		return 0;
	bench_err("report: %s", err);
	return -1;
}

/* The run as seen from the page: whole unless the page lies in it. */
static const char *raw_of(const char *out, const char *run, char buf[PATH_MAX])
{
	char page[PATH_MAX];
	size_t n;

	if (!realpath(run, buf) || !realpath(out, page))
		return "";
	n = strlen(buf);
	if (!strncmp(page, buf, n) && page[n] == '/' && !strchr(page + n + 1, '/'))
		return "..";
	return buf;
}

static int write_page(const struct report *r, const char *run, const char *out, const char *why)
{
	char path[PATH_MAX], raw[PATH_MAX];

	if (path_of(path, out, "report.html", ""))
		return EXIT_FAILED;
	FILE *f = fopen(path, "w");

	if (!f) {
		bench_err("report: cannot write '%s': %s", path, strerror(errno));
		return EXIT_FAILED;
	}
	report_html(r, raw_of(out, run, raw), why, f);
	if (close_written(f, path))
		return EXIT_FAILED;
	printf("report: %s\n", path);
	if (why)
		printf("no figure files: %s\n", why);
	return EXIT_OK;
}

static int report_run(const struct run_data *run, const char *dir, const char *out)
{
	struct screen_path paths[PGA_NR_STAGES + 1] = { { 0 } };
	const char *why = NULL;
	struct report *r;
	char err[1024];
	int code = EXIT_FAILED;

	for (unsigned i = 0; i < PGA_NR_STAGES; i++)
		paths[i] = (struct screen_path){ pga_stages[i].name, pga_stages[i].slow };
	if (report_build(&r, run, paths, err, sizeof(err))) {
		bench_err("report: %s", err);
		return EXIT_FAILED;
	}
	if (!make_dir(out) && !write_figures(r, out, &why))
		code = write_page(r, dir, out, why);
	report_free(r);
	return code;
}

int cmd_report(int argc, char **argv)
{
	struct report_opts o = { 0 };
	const char *dir[1];
	char out[PATH_MAX], err[1024];
	struct run_data run;
	int nr = opt_parse(&opt_report, argc, argv, &o, dir);

	if (nr < 0)
		return nr == -2 ? EXIT_OK : EXIT_USAGE;
	if (!o.out && path_of(out, dir[0], "report", ""))
		return EXIT_FAILED;
	if (store_read(&run, dir[0], err, sizeof(err))) {
		bench_err("report: %s", err);
		return EXIT_FAILED;
	}
	int code = report_run(&run, dir[0], o.out ? o.out : out);

	store_release(&run);
	return code;
}
