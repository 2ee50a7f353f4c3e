/* SPDX-License-Identifier: GPL-2.0-only */
#include "harness/view/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LINE_SECONDS 5.0
#define LINE_SHARE 20 /* of the total: 5 % */

void progress_init(struct progress *p, FILE *f, size_t total, bool no_colour)
{
	const char *none = getenv("NO_COLOR");
	struct winsize size = { .ws_col = 0 };

	memset(p, 0, sizeof(*p));
	p->f = f;
	p->total = total;
	p->live = isatty(fileno(f));
	p->colour = p->live && !no_colour && !(none && *none);
	p->width = 80;
	if (p->live && !ioctl(fileno(f), TIOCGWINSZ, &size) && size.ws_col)
		p->width = size.ws_col;
}

void progress_time(double seconds, char *text, size_t len)
{
	if (!isfinite(seconds) || seconds < 0 || seconds > 1e8) {
		snprintf(text, len, "?:??");
		return;
	}
	unsigned long s = (unsigned long)(seconds + 0.5);

	if (s < 3600)
		snprintf(text, len, "%lu:%02lu", s / 60, s % 60);
	else
		snprintf(text, len, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
}

static bool due(const struct progress *p, size_t done, double elapsed)
{
	return p->live || !p->last_done || done >= p->total || elapsed - p->last >= LINE_SECONDS ||
	       (done - p->last_done) * LINE_SHARE >= p->total;
}

void progress_step(struct progress *p, size_t done, const char *what, double elapsed, double left)
{
	char line[512], spent[32], rest[32];

	if (!due(p, done, elapsed))
		return;
	p->last = elapsed;
	p->last_done = done;
	progress_time(elapsed, spent, sizeof(spent));
	progress_time(left, rest, sizeof(rest));
	snprintf(line, sizeof(line), "[%zu/%zu] %s   %s elapsed, %s left", done, p->total, what,
		 spent, rest);
	if (!p->live) {
		fprintf(p->f, "%s\n", line);
	} else {
		/* A wrapped line could not be rewritten. */
		if (p->width > 1 && strlen(line) >= p->width && p->width <= sizeof(line))
			line[p->width - 1] = '\0';
		fprintf(p->f, "\r\033[K%s%s%s", p->colour ? "\033[36m" : "", line,
			p->colour ? "\033[0m" : "");
		p->shown = true;
	}
	fflush(p->f);
}

void progress_clear(struct progress *p)
{
	if (!p->shown)
		return;
	fprintf(p->f, "\r\033[K");
	fflush(p->f);
	p->shown = false;
}
