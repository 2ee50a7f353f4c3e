/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/fold.h"

#include <string.h>

/* Columns of @n bytes: what continues a character of UTF-8 takes none. */
static unsigned columns(const char *text, size_t n)
{
	unsigned cols = 0;

	for (size_t i = 0; i < n; i++)
		cols += ((unsigned char)text[i] & 0xc0) != 0x80;
	return cols;
}

static void fold_line(const char *line, size_t len, unsigned width, unsigned used, unsigned indent,
		      FILE *f)
{
	unsigned at = used;

	for (size_t i = 0; i < len;) {
		size_t gap = strspn(line + i, " "), word;

		gap = gap < len - i ? gap : len - i;
		word = strcspn(line + i + gap, " \n");
		word = word < len - i - gap ? word : len - i - gap;
		unsigned cols = columns(line + i + gap, word);

		if (width && i && at + gap + cols > width) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
		} else {
			fprintf(f, "%*s", (int)gap, "");
			at += (unsigned)gap;
		}
		fwrite(line + i + gap, 1, word, f);
		at += cols;
		i += gap + word;
	}
}

void fold_text(const char *text, unsigned width, unsigned used, unsigned indent, FILE *f)
{
	while (*text) {
		size_t len = strcspn(text, "\n");

		fold_line(text, len, width, used, indent, f);
		used = 0;
		text += len;
		if (*text) {
			fputc('\n', f);
			text++;
		}
	}
}
