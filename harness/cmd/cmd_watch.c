/* SPDX-License-Identifier: GPL-2.0-only */
/* zonebench watch: a running matrix, live. */
#include "harness/cmd/cmd_watch.h"

#include "harness/cmd/cmd.h"
#include "harness/view/watch.h"
#include "harness/view/watch_print.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_MAX 3600 /* seconds */

struct options {
	bool once, no_colour;
	int64_t interval; /* seconds */
};

static const struct opt table[] = {
	{ .name = "once",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, once),
	  .help = "print once and exit; so it is, too, where the output is no terminal" },
	{ .name = "interval",
	  .type = OPT_INT,
	  .offset = offsetof(struct options, interval),
	  .arg = "N",
	  .help = "seconds between two looks (default 2); looking takes time from the run",
	  .min = 1,
	  .max = INTERVAL_MAX },
	{ .name = "no-color",
	  .type = OPT_FLAG,
	  .offset = offsetof(struct options, no_colour),
	  .help = "no colours; the environment variable NO_COLOR does the same" },
	{ .name = NULL },
};
const struct opt_cmd opt_watch = {
	.name = "watch",
	.args = "RUN",
	.summary = "Show how far a run is, and its medians so far, until nobody writes to its "
		   "directory any more; of one that is over, what it came to.",
	.table = table,
	.min_args = 1,
	.max_args = 1,
};

/* A positive number of the environment, else 0. */
static unsigned env_number(const char *name)
{
	const char *text = getenv(name);
	long n = text ? strtol(text, NULL, 10) : 0;

	return n > 0 && n < 10000 ? (unsigned)n : 0;
}

static bool env_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *text = getenv(names[i]);

		if (text && *text)
			return strcasestr(text, "utf-8") || strcasestr(text, "utf8");
	}
	return false;
}

/* Asked for each picture: a window changes its size. */
static struct watch_style style_now(const struct options *o, bool terminal)
{
	const char *none = getenv("NO_COLOR");
	struct winsize size = { .ws_col = 0 };
	struct watch_style style = {
		.width = env_number("COLUMNS"),
		.colour = terminal && !o->no_colour && !(none && *none),
		.utf8 = env_utf8(),
	};

	if (terminal && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size)) {
		style.width = style.width ? style.width : size.ws_col;
		style.height = o->once ? 0 : size.ws_row;
	}
	return style;
}

/* Over the last picture, line by line, so that nothing flickers; a long line is cut, not wrapped.
 */
static void redraw(const char *picture)
{
	fputs("\033[?7l\033[H", stdout);
	for (; *picture; picture++) {
		if (*picture == '\n')
			fputs("\033[K", stdout);
		putchar(*picture);
	}
	fputs("\033[J\033[?7h", stdout);
}

static int show(const struct watch *w, const struct options *o, bool live)
{
	const struct watch_style style = style_now(o, isatty(STDOUT_FILENO));
	char *picture = NULL;
	size_t size;
	FILE *f = open_memstream(&picture, &size);

	if (f) {
		watch_print(w, &style, f);
		fclose(f);
	}
	if (picture && live)
		redraw(picture);
	else if (picture)
		fputs(picture, stdout);
	free(picture);
	if (!f || fflush(stdout)) {
		bench_err("watch: cannot write: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_OK;
}

static int watch(struct watch *w, const struct options *o)
{
	const struct timespec pause = { .tv_sec = o->interval };
	bool live = !o->once && isatty(STDOUT_FILENO), drawn = false;
	char err[1024];

	for (;;) {
		if (watch_read(w, err, sizeof(err))) {
			bench_err("watch: %s", err);
			return EXIT_FAILED;
		}
		if (live && !drawn)
			fputs("\033[2J", stdout);
		drawn = true;
		int rc = show(w, o, live);

		if (rc || !live || w->state != WATCH_RUNNING)
			return rc;
		nanosleep(&pause, NULL);
	}
}

int cmd_watch(int argc, char **argv)
{
	struct options o = { .interval = 2 };
	const char *dir;
	struct watch w;
	int rc = opt_parse(&opt_watch, argc, argv, &o, &dir);

	if (rc < 0)
		return rc == -2 ? EXIT_OK : EXIT_USAGE;
	if (watch_open(&w, dir)) {
		bench_err("watch: out of memory");
		return EXIT_FAILED;
	}
	rc = watch(&w, &o);
	watch_close(&w);
	return rc;
}
