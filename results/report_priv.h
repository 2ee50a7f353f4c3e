/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the files that make a report; nobody else includes it. */
#ifndef RESULTS_REPORT_PRIV_H
#define RESULTS_REPORT_PRIV_H

#include "results/paths.h"
#include "results/places.h"
#include "results/report.h"
#include "results/sweep.h"

#define FIG_MAX_LINES 16u
#define FIG_MAX_PANELS 48u
#define FIG_COLOURS 8u /* lines beyond it are dashed, bars pale */

/* @lo to @hi is the middle half of the samples; NaN: there is no such range. */
struct fig_point {
	double x, y, lo, hi;
};

struct fig_line {
	const char *label; /* borrowed */
	unsigned colour;
	bool ideal; /* show what the first point would be with perfect scaling */
	bool band;  /* fill lo to hi */
	bool level; /* a value to hold the others against: dashed, without points */
	size_t nr;
	struct fig_point *point; /* owned, ascending in x */
};

struct fig_panel {
	char title[3 * REC_TEXT];
	const char *unit; /* of the vertical axis */
	bool log;	  /* that axis may be logarithmic */
	bool logx;	  /* the horizontal axis may be logarithmic too */
	bool nines;	  /* its x is -log10 of the share beyond: shown as percentiles */
	unsigned nr_marks;
	const struct rec_mark *mark; /* on its x axis; borrowed */
	char xlabel[80];	     /* of this panel; "": the figure's */
	unsigned nr;
	struct fig_line line[FIG_MAX_LINES];
};

/* A figure is panels with lines, or, with bars, one stack of bars in one panel. */
struct fig {
	const char *id, *title, *caption, *xlabel;
	const char *data; /* the command that prints its numbers, without the run */
	char why[256];	  /* no panel: the reason */
	bool bars;	  /* the x of a point is the number of its bar */
	unsigned nr;
	struct fig_panel *panel;       /* [FIG_MAX_PANELS], owned */
	unsigned left_out;	       /* panels beyond FIG_MAX_PANELS */
	const struct cmp_table *names; /* its columns name the bars */
};

#define REPORT_MAX_FRAG 16u
enum { FIG_TIME, FIG_SWEEP, FIG_PATHS, FIG_LATENCY, FIG_FRAG, FIG_POLLUTED, NR_FIGS };

/* Memory maps over time, one for each cell that is shown, in the order of the records. */
struct report_map_set {
	struct json_t **map; /* [nr_latest], owned; NULL: the cell has none, or is not shown */
	unsigned nr, left_out;
};
#define REPORT_MAX_MAPS 24u	      /* panels of their figure */
#define REPORT_MAP_ROW (3 * REC_TEXT) /* bytes of the name of a map's cell */

/* Heat maps of nodes, of the first cells. */
#define REPORT_MAX_NODE_MAPS 8u
struct report_node_set {
	struct places *places; /* [REPORT_MAX_NODE_MAPS], owned */
	struct heatmap map[REPORT_MAX_NODE_MAPS];
	unsigned nr, left_out;
};

struct report {
	const struct run_data *run;
	const struct record **latest; /* owned: the samples that count */
	size_t nr_latest;
	struct cmp_table *time;
	struct cmp_table *frag[REPORT_MAX_FRAG];
	unsigned nr_frag;
	struct paths paths;
	struct sweep_data sweeps;
	struct fig figs[NR_FIGS];
	struct report_map_set maps;
	struct report_node_set nodes;
};

/* The figures from the tables of a report; each has panels or a reason. */
void report_figures(struct report *r);
/** fig_sweep, fig_latency - fill in one of them. */
void fig_sweep(const struct report *r, struct fig *fig);
void fig_latency(const struct report *r, struct fig *fig);
/** fig_line_of - the line called @label, new if need be; NULL when there are too many. */
struct fig_line *fig_line_of(struct fig_panel *p, const char *label, unsigned colour);
/** fig_panel_of - the panel with that title, the same; @unit outlives the figure. */
struct fig_panel *fig_panel_of(struct fig *fig, const char *title, const char *unit);
/** fig_colour - a variant has the colour of its column. */
unsigned fig_colour(const struct cmp_table *t, const char *variant);
/** fig_add - a new panel, or NULL when there are too many. */
struct fig_panel *fig_add(struct fig *fig);
/** fig_put - append a point. */
void fig_put(struct fig_line *line, struct fig_point p);
void fig_free(struct fig *fig);

/* An axis: from 0, or logarithmic when the values differ more than tenfold. */
struct fig_axis {
	double min, max;
	bool log;
	unsigned nr;
	double tick[16];
	bool nines;
};
void fig_axis_y(struct fig_axis *a, const struct fig_panel *p);
void fig_axis_x(struct fig_axis *a, const struct fig_panel *p);
/** fig_tick - text of a tick: 400000 as 400k, 3 of nines as 99.9 %. */
#define FIG_TICK 16
const char *fig_tick(const struct fig_axis *a, unsigned i, char text[FIG_TICK]);
/** fig_place - where a value lies on the axis, 0..1. */
double fig_place(const struct fig_axis *a, double v);

/** html_text - text as HTML shows it, in an attribute too. */
void html_text(const char *text, FILE *f);
void fig_svg(const struct fig *fig, FILE *f);
void report_verdict(const struct report *r, FILE *f);
void report_tables(const struct report *r, FILE *f);
void report_paths(const struct report *r, FILE *f);
/** report_means, report_maps, report_nodes - means by axis; the memory map over time; heat maps of
 * nodes. */
void report_means(const struct report *r, FILE *f);
void report_maps(const struct report *r, const char *figures_why, FILE *f);
void report_nodes(const struct report *r, const char *figures_why, FILE *f);
/* Their data, gathered once for page and figures. */
void report_maps_gather(struct report *r);
void report_maps_release(struct report *r);
void report_nodes_gather(struct report *r);
void report_nodes_release(struct report *r);
/** report_map_row - what a map's cell ran, in words; the variant is not part of it. */
void report_map_row(const struct record *rec, char *text, size_t len);
/** html_figure - links to the files of a figure, and how they were drawn. */
void html_figure(const char *id, FILE *f);

/** gp_quote - a string that no name can end, and that no escape or command is read in. */
void gp_quote(const char *text, FILE *f);
/** gp_begin - one picture of panels, of so many pixels each, in "@id.@suffix": svg or pdf. */
struct gp_panels {
	unsigned cols, rows;
	double width, height; /* of a panel, pixels of the SVG; 100 are an inch of the PDF */
	const char *title;    /* above all of them; "" */
};
void gp_begin(const char *id, const char *suffix, const struct gp_panels *p, FILE *f);
void gp_end(FILE *f);
/** gp_map, gp_nodes - the maps over time, the heat maps of nodes, as scripts. */
void gp_map(const struct report *r, FILE *f);
void gp_nodes(const struct report *r, FILE *f);
/** html_command - "@what: zonebench @command RUN. ", inside a paragraph. */
void html_command(const char *what, const char *command, const struct report *r, FILE *f);
void report_env(const struct report *r, FILE *f);

extern const char report_css[], report_js[], report_map_js[];

#endif
