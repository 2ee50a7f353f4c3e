/* SPDX-License-Identifier: GPL-2.0-only */
/* What an allocation costs, by path. */
#include "results/paths.h"
#include "results/sinks.h"

#include <math.h>
#include <string.h>

#define COST_WIDTH 9  /* of a number, and of a label at least */
#define SHARE_WIDTH 9 /* of "100.0000%" */
#define PATH_WIDTH 14
#define LEAST_SHARE 0.0001

/* Variants beside each other in one table, and paths below each other. */
struct block {
	unsigned from, to; /* columns of the table of variants */
};

static int cost_width(unsigned cost)
{
	int n = (int)strlen(paths_columns[cost].label);

	return n > COST_WIDTH ? n : COST_WIDTH;
}

/* Each cost has a place for its mark after it. */
static int costs_width(const struct paths *s)
{
	int width = 0;

	for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
		width += s->has[k] ? cost_width(k) + 2 : 0;
	return width;
}

static int col_width(const struct paths *s, unsigned col)
{
	int least = SHARE_WIDTH + costs_width(s);
	int n = (int)strlen(s->t->cols[col].label);

	return n > least ? n : least;
}

static void print_title(const struct paths *s, FILE *f)
{
	fputs("\nWHAT AN ALLOCATION COSTS, BY PATH   share of allocations", f);
	if (s->costs)
		fprintf(f, ", cost of one%s", s->tsc ? " (cycles of the time-stamp counter)" : "");
	fprintf(f, ", all workloads; fast path above the line, slow path below%s\n",
		s->t->simulated ? "; simulated" : "");
}

static int print_head(const struct paths *s, const struct block *b, FILE *f)
{
	int width = fprintf(f, "%-*s", PATH_WIDTH, s->costs ? "" : "path");

	for (unsigned c = b->from; c < b->to; c++)
		if (paths_shown(s, c))
			width += fprintf(f, "  %*s", col_width(s, c), s->t->cols[c].label);
	fputc('\n', f);
	if (!s->costs)
		return width;
	fprintf(f, "%-*s", PATH_WIDTH, "path");
	for (unsigned c = b->from; c < b->to; c++) {
		if (!paths_shown(s, c))
			continue;
		fprintf(f, "  %*s", col_width(s, c) - costs_width(s), "share");
		for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
			if (s->has[k])
				fprintf(f, " %*s ", cost_width(k), paths_columns[k].label);
	}
	fputc('\n', f);
	return width;
}

/* Returns the marks that were shown, one bit for each row of paths_marks. */
static unsigned print_cell(const struct paths *s, size_t path, unsigned col, FILE *f)
{
	struct paths_tally *y = paths_at(s, path, col);
	int width = col_width(s, col) - costs_width(s);
	double share = 100 * y->ops / s->all[col];
	unsigned shown = 0;

	if (path == PATHS_FREES(s))
		fprintf(f, "  %*s", width, "");
	else if (y->ops > 0 && share < LEAST_SHARE)
		fprintf(f, "  %*s", width, "<0.0001%");
	else
		fprintf(f, "  %*.4f%%", width - 1, share);
	for (unsigned k = 0; k < PATHS_NR_COSTS; k++) {
		char text[SINK_NUMBER], mark;
		double cost = paths_median(s, path, col, k, &mark);

		if (!s->has[k])
			continue;
		fprintf(f, " %*s%c", cost_width(k), isnan(cost) ? "-" : sink_number(text, cost),
			mark);
		for (unsigned m = 0; paths_marks[m].mark; m++)
			shown |= paths_marks[m].mark == mark ? 1u << m : 0;
	}
	return shown;
}

static void print_line(int width, FILE *f)
{
	for (int i = 0; i < width; i++)
		fputc('-', f);
	fputc('\n', f);
}

static unsigned print_row(const struct paths *s, const struct block *b, size_t path, FILE *f)
{
	bool frees = path == PATHS_FREES(s);
	const char *name = frees ? PATHS_FREE_NAME : s->path[path].name;
	unsigned marks = 0;

	fprintf(f, "%s%-*s", name, PATH_WIDTH - (int)strlen(name),
		!frees && s->passed[path] ? " *" : "");
	for (unsigned c = b->from; c < b->to; c++)
		if (paths_shown(s, c))
			marks |= print_cell(s, path, c, f);
	fputc('\n', f);
	return marks;
}

static unsigned print_block(const struct paths *s, const struct block *b, FILE *f)
{
	int width = print_head(s, b, f);
	unsigned marks = 0;
	bool line = false;

	for (size_t p = 0; p < s->nr_paths; p++) {
		if (!paths_used(s, p))
			continue;
		if (s->path[p].slow && !line) {
			print_line(width, f);
			line = true;
		}
		marks |= print_row(s, b, p, f);
	}
	if (!line)
		fputs("slow path: never entered\n", f);
	if (paths_used(s, PATHS_FREES(s))) {
		print_line(width, f);
		marks |= print_row(s, b, PATHS_FREES(s), f);
	}
	return marks;
}

/* As many variants as fit beside each other, at least one. */
static struct block next_block(const struct paths *s, unsigned from, unsigned limit)
{
	struct block b = { from, from };
	int width = PATH_WIDTH;

	for (; b.to < s->t->nr_cols; b.to++) {
		int more = paths_shown(s, b.to) ? 2 + col_width(s, b.to) : 0;

		if (limit && more && width > PATH_WIDTH && width + more > (int)limit)
			break;
		width += more;
	}
	return b;
}

/* Columns that are null in every line are left out, with one line that says why. */
static void print_missing(const struct paths *s, FILE *f)
{
	for (unsigned k = 0; s->costs && k < PATHS_NR_COSTS; k++) {
		unsigned same = k + 1;

		if (s->has[k] || !s->why[k] ||
		    (k && s->why[k - 1] && !s->has[k - 1] && !strcmp(s->why[k - 1], s->why[k])))
			continue;
		fputs(paths_columns[k].label, f);
		for (; same < PATHS_NR_COSTS && !s->has[same] && s->why[same] &&
		       !strcmp(s->why[same], s->why[k]);
		     same++)
			fprintf(f, ", %s", paths_columns[same].label);
		fprintf(f, " left out: %s\n", s->why[k]);
	}
}

static void print_free_legend(const struct paths *s, FILE *f)
{
	const char *told = "", *why;

	if (!paths_used(s, PATHS_FREES(s)))
		return;
	fprintf(f, PATHS_FREE_NAME ": %s\n", paths_free_help);
	for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
		if ((why = paths_why_free(s, k)) && strcmp(why, told) != 0) {
			told = why;
			fprintf(f, "- not known of frees: %s\n", told);
		}
}

static void print_legend(const struct paths *s, unsigned marks, FILE *f)
{
	bool passed = false, dash[PATHS_NR_COSTS] = { false };
	const char *told = "";

	for (size_t p = 0; p < s->nr_paths; p++) {
		passed |= paths_used(s, p) && s->passed[p];
		for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
			dash[k] |= paths_dash(s, p, k);
	}
	if (passed)
		fputs("* passed on the way to a costlier stage, in whose line it counts too\n", f);
	for (unsigned m = 0; paths_marks[m].mark; m++)
		if (marks & 1u << m)
			fprintf(f, "%c %s\n", paths_marks[m].mark, paths_marks[m].help);
	for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
		if (dash[k] && s->why[k] && strcmp(s->why[k], told) != 0) {
			told = s->why[k];
			fprintf(f, "- not known: %s\n", told);
		}
	print_free_legend(s, f);
	print_missing(s, f);
}

static void print_paths(const struct paths *s, unsigned limit, FILE *f)
{
	unsigned marks = 0;
	bool more = false;

	print_title(s, f);
	for (unsigned from = 0; from < s->t->nr_cols;) {
		struct block b = next_block(s, from, limit);
		bool any = false;

		for (unsigned c = b.from; c < b.to; c++)
			any |= paths_shown(s, c);
		if (any && more)
			fputc('\n', f);
		if (any)
			marks |= print_block(s, &b, f);
		more |= any;
		from = b.to;
	}
	print_legend(s, marks, f);
}

void screen_paths(const struct run_data *run, const struct cmp_table *t,
		  const struct screen_path *paths, unsigned width, FILE *f)
{
	struct paths s;
	bool any = false;

	paths_gather(&s, run, t, paths);
	for (unsigned c = 0; c < t->nr_cols; c++)
		any |= paths_shown(&s, c);
	if (any)
		print_paths(&s, width, f);
	paths_free(&s);
}
