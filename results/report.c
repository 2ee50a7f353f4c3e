/* SPDX-License-Identifier: GPL-2.0-only */
#include "results/report.h"

#include "results/cmp_priv.h"
#include "results/report_priv.h"
#include "results/sinks.h"

#include <stdlib.h>
#include <string.h>

int report_build(struct report **out, const struct run_data *run, const struct screen_path *paths,
		 char *err, size_t len)
{
	const struct cmp_conf conf = { .stats = STATS_CONF_DEFAULT };
	struct report *r = cmp_zalloc(1, sizeof(*r));
	unsigned next = 0;
	int rc;

	r->run = run;
	rc = cmp_build(&r->time, &run, 1, &conf, err, len);
	if (rc) {
		free(r);
		return rc;
	}
	r->latest = cmp_zalloc(run->nr, sizeof(struct record *));
	r->nr_latest = store_latest(run, r->latest);
	report_maps_gather(r);
	paths_gather(&r->paths, run, r->time, paths);
	sweep_gather(&r->sweeps, run, r->time->stats.alpha);
	while (!rc && r->nr_frag < REPORT_MAX_FRAG) {
		rc = screen_frag_next(run, &next, &r->frag[r->nr_frag], err, len);
		if (rc || !r->frag[r->nr_frag])
			break;
		r->nr_frag++;
	}
	if (rc) {
		report_free(r);
		return rc;
	}
	report_figures(r);
	report_nodes_gather(r);
	*out = r;
	return 0;
}

void report_free(struct report *r)
{
	for (unsigned i = 0; i < NR_FIGS; i++)
		fig_free(&r->figs[i]);
	report_nodes_release(r);
	report_maps_release(r);
	paths_free(&r->paths);
	sweep_release(&r->sweeps);
	for (unsigned i = 0; i < r->nr_frag; i++)
		cmp_free(r->frag[i]);
	cmp_free(r->time);
	free(r->latest);
	free(r);
}

static const char *manifest_text(const struct report *r, const char *key)
{
	const char *text = json_string_value(json_object_get(r->run->manifest, key));

	return text ? text : "";
}

static void top(const struct report *r, FILE *f)
{
	json_t *env = json_object_get(r->run->manifest, "env");
	const char *cpu = json_string_value(json_object_get(env, "cpu_model"));
	const char *kernel = json_string_value(json_object_get(env, "kernel"));
	const char *time = json_string_value(json_object_get(env, "time"));

	fputs("<header><h1>zonebench: ", f);
	html_text(manifest_text(r, "name"), f);
	fputs("</h1><p class=\"sub\">", f);
	html_text(cpu ? cpu : "a machine that is not known", f);
	fputs(json_is_true(json_object_get(env, "virtual_machine")) ? " (virtual machine)" : "", f);
	fputs(" &middot; Linux ", f);
	html_text(kernel ? kernel : "unknown", f);
	fprintf(f, " &middot; %zu samples &middot; ", r->nr_latest);
	html_text(time ? time : "time unknown", f);
	fputs("</p>", f);
	if (r->time->simulated)
		fputs("<p class=\"warn\">Simulated: the topology is not this machine. The run "
		      "shows "
		      "logic and contention, never the latency of remote memory.</p>",
		      f);
	if (r->run->warning[0]) {
		fputs("<p class=\"warn\">", f);
		html_text(r->run->warning, f);
		fputs("</p>", f);
	}
	fputs("</header>\n", f);
}

/* A name for the shell: quoted unless it is plain. */
static void shell_word(const char *word, FILE *f)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "/._-+=,:@%";

	if (word[0] && !word[strspn(word, plain)]) {
		fputs(word, f);
		return;
	}
	fputs("&#39;", f);
	for (; *word; word++) {
		const char one[2] = { *word, 0 };

		if (*word == '\'')
			fputs("&#39;\\&#39;&#39;", f);
		else
			html_text(one, f);
	}
	fputs("&#39;", f);
}

void html_command(const char *what, const char *command, const struct report *r, FILE *f)
{
	fprintf(f, "<span class=\"repro\">%s: <code>zonebench %s ", what, command);
	shell_word(r->run->dir, f);
	fputs("</code>. </span>", f);
}

void html_figure(const char *id, FILE *f)
{
	fprintf(f,
		"Figure: <a href=\"figures/%s.svg\">SVG</a>, <a href=\"figures/%s.pdf\">PDF</a>, "
		"drawn by <code>cd figures &amp;&amp; gnuplot %s.gp</code>.",
		id, id, id);
}

static void figure(const struct report *r, const struct fig *fig, const char *figures_why, FILE *f)
{
	fprintf(f, "<section class=\"fig\" id=\"%s\"><h2>%s</h2>\n", fig->id, fig->title);
	if (!fig->nr) {
		fputs("<p class=\"missing\">Not shown: ", f);
		html_text(fig->why, f);
		fputs(".</p></section>\n", f);
		return;
	}
	fprintf(f, "<p>%s</p>\n", fig->caption);
	fig_svg(fig, f);
	if (!strcmp(fig->id, "paths"))
		report_paths(r, f);
	fputs("<p class=\"repro\">", f);
	html_command("Data", fig->data, r, f);
	if (!figures_why)
		html_figure(fig->id, f);
	fputs("</p></section>\n", f);
}

static void legend(const struct report *r, FILE *f)
{
	char flags[16] = "", more[16];

	fputs("<section id=\"flags\"><h2>Flags and notes</h2>\n<dl class=\"legend\">", f);
	sink_flags(r->time, flags);
	for (const struct rec_flag *g = rec_flags; g->letter; g++) {
		bool used = strchr(flags, g->letter) != NULL;

		for (unsigned i = 0; i < r->nr_frag && !used; i++) {
			sink_flags(r->frag[i], more);
			used = strchr(more, g->letter) != NULL;
		}
		fprintf(f, "<dt><b>%c</b> %s%s</dt><dd>", g->letter, g->name,
			used ? "" : " (not in this run)");
		html_text(g->help, f);
		fputs("</dd>\n", f);
	}
	fputs("</dl>\n<ul>", f);
	for (size_t i = 0; i < r->time->nr_notes; i++) {
		fputs("<li>", f);
		html_text(r->time->notes[i], f);
		fputs("</li>\n", f);
	}
	fputs("</ul></section>\n", f);
}

/* The address of a file: whatever is no plain letter is written by its number. */
static void link_to(const char *raw, const char *name, FILE *f)
{
	fputs("<a href=\"", f);
	for (const char *s = raw; *s; s++)
		if (strchr("/._-", *s) || (*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z'))
			fputc(*s, f);
		else
			fprintf(f, "%%%02X", (unsigned)(unsigned char)*s);
	fprintf(f, "/%s\">%s</a>", name, name);
}

static void bottom(const struct report *r, const char *raw, const char *figures_why, FILE *f)
{
	fputs("<section id=\"data\"><h2>Raw data and this page</h2>\n<p>", f);
	if (raw[0]) {
		link_to(raw, "samples.jsonl", f);
		fputs(": one line for each sample. ", f);
		link_to(raw, "manifest.json", f);
		fputs(": what was asked, where, by which binary.</p><p>", f);
	}
	fputs("This page: <code>zonebench report ", f);
	shell_word(r->run->dir, f);
	fputs("</code></p>\n", f);
	if (figures_why) {
		fputs("<p>No figure files: ", f);
		html_text(figures_why, f);
		fputs(".</p>\n", f);
	}
	fputs("</section>\n", f);
}

void report_html(const struct report *r, const char *raw, const char *figures_why, FILE *f)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	      "<link rel=\"icon\" href=\"data:,\"><title>zonebench: ",
	      f);
	html_text(manifest_text(r, "name"), f);
	fprintf(f, "</title><style>%s</style></head><body>\n", report_css);
	top(r, f);
	report_verdict(r, f);
	fputs("<nav>", f);
	for (unsigned i = 0; i < NR_FIGS; i++)
		fprintf(f, "<a href=\"#%s\">%s</a>", r->figs[i].id, r->figs[i].title);
	fputs("<a href=\"#means\">Means by axis</a><a href=\"#map\">The memory map over time</a><a "
	      "href=\"#nodes\">Nodes</a>"
	      "<a href=\"#tables\">Tables</a><a href=\"#flags\">Flags</a>"
	      "<a href=\"#environment\">Environment</a><a href=\"#data\">Data</a></nav>\n",
	      f);
	for (unsigned i = 0; i < NR_FIGS; i++)
		figure(r, &r->figs[i], figures_why, f);
	report_means(r, f);
	report_maps(r, figures_why, f);
	report_nodes(r, figures_why, f);
	fputs("<section id=\"tables\"><h2>Tables</h2>\n", f);
	report_tables(r, f);
	fputs("</section>\n", f);
	legend(r, f);
	fputs("<section id=\"environment\"><h2>Environment</h2>\n", f);
	report_env(r, f);
	fputs("</section>\n", f);
	bottom(r, raw, figures_why, f);
	fprintf(f, "<script>%s</script>\n<script>%s</script></body></html>\n", report_map_js,
		report_js);
}
