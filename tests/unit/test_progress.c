/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/progress.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

Test(progress, times)
{
	static const struct {
		double seconds;
		const char *text;
	} rows[] = {
		{ 0, "0:00" },	   { 0.6, "0:01" },	 { 64, "1:04" },	{ 599.7, "10:00" },
		{ 3599, "59:59" }, { 3600, "1:00:00" },	 { 86399, "23:59:59" }, { -1, "?:??" },
		{ NAN, "?:??" },   { INFINITY, "?:??" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		progress_time(rows[i].seconds, text, sizeof(text));
		cr_expect_str_eq(text, rows[i].text);
	}
}

static unsigned count_lines(FILE *f)
{
	unsigned nr = 0;
	int c;

	rewind(f);
	while ((c = fgetc(f)) != EOF)
		nr += c == '\n';
	return nr;
}

/* Not a terminal: the first, the last, and one for each 5 % or 5 seconds. */
Test(progress, plain_lines_are_rare)
{
	struct progress p;
	FILE *f = tmpfile();
	char line[256];

	cr_assert_not_null(f);
	progress_init(&p, f, 400, false);
	cr_expect_not(p.live);
	cr_expect_not(p.colour);
	for (size_t i = 1; i <= 400; i++)
		progress_step(&p, i, "null   repeat", 0.001 * (double)i, 1);
	cr_expect_eq(count_lines(f), 21);
	rewind(f);
	cr_assert_not_null(fgets(line, sizeof(line), f));
	cr_expect_str_eq(line, "[1/400] null   repeat   0:00 elapsed, 0:01 left\n");
	fclose(f);
}

Test(progress, plain_lines_come_with_time)
{
	struct progress p;
	FILE *f = tmpfile();

	cr_assert_not_null(f);
	progress_init(&p, f, 100000, false);
	for (size_t i = 1; i <= 100; i++)
		progress_step(&p, i, "x", (double)i, 1);
	cr_expect_eq(count_lines(f), 20);
	progress_clear(&p);
	cr_expect_eq(count_lines(f), 20, "nothing to clear");
	fclose(f);
}

static size_t on_terminal(unsigned short columns, bool no_colour, char *text, size_t len)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct progress p;

	cr_assert_geq(master, 0);
	cr_assert_eq(grantpt(master), 0);
	cr_assert_eq(unlockpt(master), 0);
	int fd = open(ptsname(master), O_RDWR | O_NOCTTY);

	cr_assert_geq(fd, 0);
	cr_assert_eq(ioctl(fd, TIOCSWINSZ, &size), 0);
	FILE *f = fdopen(fd, "w");

	progress_init(&p, f, 9, no_colour);
	cr_expect(p.live);
	progress_step(&p, 1, "linux-3.10   bulk order 0   2 threads   sample 1/8", 64, 116);
	ssize_t n = read(master, text, len - 1);

	cr_assert_gt(n, 0);
	text[n] = '\0';
	fclose(f);
	close(master);
	return (size_t)n;
}

Test(progress, rewritten_on_a_terminal)
{
	char text[512];

	unsetenv("NO_COLOR");
	on_terminal(120, false, text, sizeof(text));
	cr_expect_str_eq(text, "\r\033[K\033[36m[1/9] linux-3.10   bulk order 0   2 threads   "
			       "sample 1/8   1:04 elapsed, 1:56 left\033[0m");
	on_terminal(120, true, text, sizeof(text));
	cr_expect_str_eq(text, "\r\033[K[1/9] linux-3.10   bulk order 0   2 threads   "
			       "sample 1/8   1:04 elapsed, 1:56 left");
	setenv("NO_COLOR", "1", 1);
	on_terminal(40, false, text, sizeof(text));
	cr_expect_str_eq(text, "\r\033[K[1/9] linux-3.10   bulk order 0   2 thr",
			 "no colour, and cut to 39 columns");
}
