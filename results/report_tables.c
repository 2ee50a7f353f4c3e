/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of a report: every cell, the paths, the environment. */
#include "results/cmp_priv.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A cell of the table; @key is what it is sorted by, NaN: its text. */
static void number_cell(double v, const char *before, FILE *f)
{
	char number[SINK_NUMBER];

	if (isnan(v))
		fputs("<td class=\"n\" data-k=\"\">-</td>", f);
	else
		fprintf(f, "<td class=\"n\" data-k=\"%.9g\">%s%s</td>", v, before,
			sink_number(number, v));
}

static void text_cell(const char *text, FILE *f)
{
	fputs("<td>", f);
	html_text(text, f);
	fputs("</td>", f);
}

static void cell_row(const struct cmp_table *t, size_t row, unsigned col, FILE *f)
{
	const struct cmp_cell *c = cmp_at(t, 0, row, col);
	bool ratio = c->compared && !isnan(c->cmp.ratio);
	char note[512] = "", lo[SINK_NUMBER], hi[SINK_NUMBER];

	fputs("<tr>", f);
	text_cell(t->metrics[0].name, f);
	for (unsigned a = 0; a < t->nr_axes; a++) {
		char *end;
		double v = strtod(t->rows[row].label[a], &end);

		if (t->rows[row].label[a][0] && !*end)
			number_cell(v, "", f);
		else
			text_cell(t->rows[row].label[a], f);
	}
	text_cell(t->cols[col].label, f);
	number_cell(c->n ? c->median : (double)NAN, "", f);
	text_cell(t->metrics[0].unit, f);
	number_cell(c->n ? 100 * c->spread : (double)NAN, "", f);
	number_cell(ratio ? c->cmp.ratio : (double)NAN, "&times;", f);
	if (ratio && !isnan(c->cmp.lo))
		fprintf(f, "<td class=\"n\">%s to %s</td>", sink_number(lo, c->cmp.lo),
			sink_number(hi, c->cmp.hi));
	else
		fputs("<td class=\"n\">-</td>", f);
	fprintf(f, "<td class=\"w%d\">%s</td>", (int)c->word,
		c->compared ? cmp_words[c->word]
		: col	    ? "-"
			    : "baseline");
	number_cell((double)c->n, "", f);
	if (!c->n)
		snprintf(note, sizeof(note), "%s%s%s", sink_reason(c), c->why ? ": " : "",
			 c->why ? c->why : "");
	fputs("<td>", f);
	html_text(c->flags, f);
	fputs(c->flags[0] && note[0] ? " " : "", f);
	html_text(note, f);
	fputs("</td></tr>\n", f);
}

static void head(const char *name, bool number, FILE *f)
{
	fprintf(f, "<th scope=\"col\"%s><button type=\"button\">", number ? " class=\"n\"" : "");
	html_text(name, f);
	fputs("</button></th>", f);
}

/* Tables of one run have the axes of their samples: those of the first are the most. */
static void table_of(const struct cmp_table *t, unsigned n, FILE *f)
{
	fprintf(f, "<details%s class=\"cells\"><summary>", n ? "" : " open");
	html_text(t->metrics[0].name, f);
	fprintf(f,
		" &ndash; %s is better</summary><div class=\"scroll\"><table "
		"class=\"sort\"><thead><tr>",
		cmp_better(&t->metrics[0]));
	head("metric", false, f);
	for (unsigned a = 0; a < t->nr_axes; a++)
		head(t->axes[a], !strcmp(t->axes[a], "order") || !strcmp(t->axes[a], "threads"), f);
	head(t->col_axis, false, f);
	head("median", true, f);
	head("unit", false, f);
	head("spread %", true, f);
	head("ratio", true, f);
	head("interval", true, f);
	head("verdict", false, f);
	head("samples", true, f);
	head("flags, reason", false, f);
	fputs("</tr></thead><tbody>\n", f);
	for (size_t row = 0; row < t->nr_rows; row++)
		for (unsigned c = 0; c < t->nr_cols; c++)
			cell_row(t, row, c, f);
	fputs("</tbody></table></div></details>\n", f);
}

void report_tables(const struct report *r, FILE *f)
{
	fprintf(f,
		"<p>Median of the samples; ratio to the baseline with its %g&nbsp;%% interval. "
		"Spread: "
		"median distance from the median. Click a head to sort.</p>"
		"<p><label>Filter <input id=\"filter\" type=\"search\" placeholder=\"linux-3.10 "
		"repeat slower\"></label> <output id=\"shown\"></output></p>\n",
		100 * (1 - r->time->stats.alpha));
	table_of(r->time, 0, f);
	for (unsigned i = 0; i < r->nr_frag; i++)
		table_of(r->frag[i], i + 1, f);
}

static void path_row(const struct paths *s, size_t p, bool line, FILE *f)
{
	bool frees = p == PATHS_FREES(s);

	fprintf(f, "<tr%s><th scope=\"row\">", line ? " class=\"slow\"" : "");
	html_text(frees ? PATHS_FREE_NAME : s->path[p].name, f);
	fputs(!frees && s->passed[p] ? " *</th>" : "</th>", f);
	for (unsigned c = 0; c < s->t->nr_cols; c++) {
		double ops = paths_at(s, p, c)->ops;

		if (!paths_shown(s, c))
			continue;
		if (frees)
			fputs("<td></td>", f);
		else
			number_cell(ops > 0 ? 100 * ops / s->all[c] : (double)NAN, "", f);
		for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
			if (s->has[k])
				number_cell(paths_median(s, p, c, k, NULL), "", f);
	}
	fputs("</tr>\n", f);
}

static void free_note(const struct paths *s, FILE *f)
{
	const char *told = "", *why;

	if (!paths_used(s, PATHS_FREES(s)))
		return;
	fprintf(f, " " PATHS_FREE_NAME ": %s.", paths_free_help);
	for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
		if ((why = paths_why_free(s, k)) && strcmp(why, told) != 0) {
			told = why;
			fputs(" Not known of frees: ", f);
			html_text(told, f);
			fputs(".", f);
		}
}

void report_paths(const struct report *r, FILE *f)
{
	const struct paths *s = &r->paths;
	bool slow = false, star = false;
	unsigned span = 1;

	for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
		span += s->has[k];
	fputs("<div class=\"scroll\"><table><thead><tr><th rowspan=\"2\">path</th>", f);
	for (unsigned c = 0; c < s->t->nr_cols; c++)
		if (paths_shown(s, c)) {
			fprintf(f, "<th colspan=\"%u\" scope=\"colgroup\">", span);
			html_text(s->t->cols[c].label, f);
			fputs("</th>", f);
		}
	fputs("</tr><tr>", f);
	for (unsigned c = 0; c < s->t->nr_cols; c++) {
		if (!paths_shown(s, c))
			continue;
		fputs("<th class=\"n\">share %</th>", f);
		for (unsigned k = 0; k < PATHS_NR_COSTS; k++)
			if (s->has[k])
				fprintf(f, "<th class=\"n\">%s</th>", paths_columns[k].label);
	}
	fputs("</tr></thead><tbody>\n", f);
	for (size_t p = 0; p < s->nr_paths; p++)
		if (paths_used(s, p)) {
			path_row(s, p, s->path[p].slow && !slow, f);
			slow |= s->path[p].slow;
			star |= s->passed[p];
		}
	if (paths_used(s, PATHS_FREES(s)))
		path_row(s, PATHS_FREES(s), true, f);
	fprintf(f, "</tbody></table></div><p class=\"note\">%s%s",
		slow ? "Fast paths above the line, slow paths below it."
		     : "Slow path: never entered.",
		star ? " * passed on the way to a costlier path, in whose line it counts too."
		     : "");
	free_note(s, f);
	fputs("</p>\n", f);
}

static void env_value(const json_t *v, FILE *f)
{
	char *text =
		json_is_string(v) ? NULL : json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

	html_text(json_is_string(v) ? json_string_value(v) : text ? text : "", f);
	free(text);
}

static void env_object(json_t *object, FILE *f)
{
	const char *key;
	json_t *v;

	fputs("<div class=\"scroll\"><table class=\"plain\"><tbody>", f);
	json_object_foreach(object, key, v)
	{
		if (!strcmp(key, "env") || !strcmp(key, "matrix"))
			continue;
		fputs("<tr><th scope=\"row\">", f);
		html_text(key, f);
		fputs("</th><td>", f);
		if (json_is_null(v))
			fputs("not readable here", f);
		else
			env_value(v, f);
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div>\n", f);
}

void report_env(const struct report *r, FILE *f)
{
	const char *matrix = json_string_value(json_object_get(r->run->manifest, "matrix"));

	if (!r->run->manifest) {
		fputs("<p>The run has no manifest.json: where it was measured is not known.</p>\n",
		      f);
		return;
	}
	env_object(json_object_get(r->run->manifest, "env"), f);
	fputs("<h3>The run</h3>\n", f);
	env_object(r->run->manifest, f);
	if (matrix) {
		fputs("<details><summary>The matrix file</summary><pre>", f);
		/* Its lines matter, so each goes through on its own. */
		for (const char *line = matrix; *line;) {
			size_t n = strcspn(line, "\n");
			char *copy = cmp_zalloc(n + 1, 1);

			memcpy(copy, line, n);
			html_text(copy, f);
			fputc('\n', f);
			free(copy);
			line += n + (line[n] == '\n');
		}
		fputs("</pre></details>\n", f);
	}
}
