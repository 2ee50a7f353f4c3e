/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/svg.h"

#include "results/report_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LETTER 6.4 /* mean width of a letter of 12 pixels */

/* The grounds 0 to 5 are pale shades after Okabe and Ito; their names stand on them. */
static const char style[] =
	".zb text{font:12px system-ui,'Segoe UI','DejaVu Sans',sans-serif;fill:#1b1f24}"
	".zb .zb-b{font-weight:600}.zb .zb-s{fill:#59636e;font-size:11px}"
	".zb .zb-mid{text-anchor:middle}.zb .zb-end{text-anchor:end}"
	".zb .zb-dark{fill:#111}.zb .zb-light{fill:#fff}"
	".zb .zb-bg{fill:#fff}.zb .zb-gap{stroke:#fff}.zb .zb-card{fill:#f6f8fa;stroke:#b8c0c8}"
	".zb .zb-sub{fill:#fff;stroke:#b8c0c8}"
	".zb .zb-g0{fill:#cfe5f3;stroke:#0072b2}.zb .zb-g1{fill:#fbe3c8;stroke:#c45100}"
	".zb .zb-g2{fill:#cdeee2;stroke:#00815d}.zb .zb-g3{fill:#f3dcec;stroke:#aa4499}"
	".zb .zb-g4{fill:#faf0b8;stroke:#8f6500}.zb .zb-g5{fill:#e3e5e8;stroke:#666}"
	"@media screen and (prefers-color-scheme:dark){"
	".zb text{fill:#e4e8ec}.zb .zb-s{fill:#9aa5b1}.zb .zb-bg{fill:#14171b}.zb "
	".zb-gap{stroke:#14171b}"
	".zb .zb-card{fill:#1c2127;stroke:#4a525b}.zb .zb-sub{fill:#14171b;stroke:#4a525b}"
	".zb .zb-g0{fill:#0f3a54;stroke:#56b4e9}.zb .zb-g1{fill:#572d0c;stroke:#f08a3c}"
	".zb .zb-g2{fill:#0d4234;stroke:#3ecfa2}.zb .zb-g3{fill:#4d2344;stroke:#e08ad0}"
	".zb .zb-g4{fill:#493b06;stroke:#e6c34a}.zb .zb-g5{fill:#343a42;stroke:#a8a8a8}}";

void svg_begin(FILE *f, double width, double height, const char *title)
{
	fprintf(f,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"zb\" role=\"img\" "
		"width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>",
		width, height, width, height);
	html_text(title, f);
	fprintf(f, "</title>\n<style>%s</style>\n", style);
	svg_rect(f, "zb-bg", NULL, 0, 0, width, height);
}

void svg_end(FILE *f)
{
	fputs("</svg>\n", f);
}

void svg_rect(FILE *f, const char *class, const char *fill, double x, double y, double w, double h)
{
	fprintf(f, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"", class,
		x, y, w, h);
	if (fill)
		fprintf(f, " style=\"fill:%s\"", fill);
	fputs("/>\n", f);
}

void svg_text(FILE *f, const char *class, double x, double y, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fprintf(f, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	html_text(text, f);
	fputs("</text>\n", f);
}

void svg_text_up(FILE *f, const char *class, double x, double y, const char *text)
{
	fprintf(f, "<text class=\"%s zb-mid\" transform=\"translate(%.1f %.1f) rotate(-90)\">",
		class, x, y);
	html_text(text, f);
	fputs("</text>\n", f);
}

void svg_text_in(FILE *f, const char *class, double x, double y, double width, const char *text)
{
	size_t most = width > 2 * LETTER ? (size_t)(width / LETTER) : 2, n = most - 1;

	if (strlen(text) <= most) {
		svg_text(f, class, x, y, "%s", text);
		return;
	}
	/* Not through the middle of a letter of several bytes. */
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	fputs("<g><title>", f);
	html_text(text, f);
	fputs("</title>", f);
	svg_text(f, class, x, y, "%.*s…", (int)n, text);
	fputs("</g>\n", f);
}

int svg_file(const char *path, void (*write)(const void *what, FILE *f), const void *what,
	     char *err, size_t len)
{
	FILE *f = fopen(path, "we");
	int rc = f ? 0 : -errno;
	struct stat st;

	if (f) {
		/* A device is not removed: the path may name one, and root may do that. */
		bool file = !fstat(fileno(f), &st) && S_ISREG(st.st_mode);

		write(what, f);
		rc = ferror(f) ? -EIO : 0;
		if (fclose(f))
			rc = -errno;
		if (rc && file)
			unlink(path);
	}
	if (rc)
		snprintf(err, len, "%s: %s", path, strerror(-rc));
	return rc;
}
