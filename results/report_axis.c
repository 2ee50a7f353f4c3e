/* SPDX-License-Identifier: GPL-2.0-only */
/* Axes of a report's figures. */
#include "results/report_priv.h"

#include <math.h>

/* Steps of 1, 2 or 5 that cut @span into three to seven. */
static double step_of(double span)
{
	double unit = pow(10, floor(log10(span / 4)));
	double n = span / 4 / unit;

	return unit * (n < 1.5 ? 1 : n < 3.5 ? 2 : n < 7.5 ? 5 : 10);
}

static void add_tick(struct fig_axis *a, double v)
{
	if (a->nr < sizeof(a->tick) / sizeof(a->tick[0]))
		a->tick[a->nr++] = v;
}

static void linear(struct fig_axis *a, double least)
{
	double span = a->max - least;

	if (!(span > 0))
		span = fabs(a->max) > 0 ? fabs(a->max) : 1;
	double step = step_of(span);

	a->min = floor(least / step) * step;
	a->max = ceil((least + span) / step - 1e-9) * step;
	for (unsigned i = 0; a->min + i * step <= a->max + step / 2; i++)
		add_tick(a, a->min + i * step);
}

static void logarithmic(struct fig_axis *a)
{
	int low = (int)floor(log10(a->min)), high = (int)ceil(log10(a->max) - 1e-9);

	a->log = true;
	for (int e = low; e <= high; e += (high - low + 6) / 7)
		add_tick(a, pow(10, e));
	a->min = pow(10, low);
	a->max = pow(10, high);
}

void fig_axis_y(struct fig_axis *a, const struct fig_panel *p)
{
	*a = (struct fig_axis){ .min = INFINITY, .max = -INFINITY };
	for (unsigned l = 0; l < p->nr; l++)
		for (size_t i = 0; i < p->line[l].nr; i++) {
			const struct fig_point *pt = &p->line[l].point[i];
			double lo = pt->lo < pt->y ? pt->lo : pt->y;
			double hi = pt->hi > pt->y ? pt->hi : pt->y;

			a->min = lo < a->min ? lo : a->min;
			a->max = hi > a->max ? hi : a->max;
		}
	if (p->log && a->min > 0 && a->max > 10 * a->min)
		logarithmic(a);
	else
		linear(a, a->min < 0 ? a->min : 0);
}

/* The median, then one nine after the other. */
static void nines(struct fig_axis *a)
{
	a->nr = 0;
	a->min = log10(2);
	add_tick(a, a->min);
	for (int n = 1; n < 8 && (n == 1 || n - 1 < a->max); n++)
		if (n <= a->max)
			add_tick(a, n);
	a->max = a->max > 1 ? a->max : 1;
}

/* Every x that is there, when they are few: numbers of threads have nothing between them. */
void fig_axis_x(struct fig_axis *a, const struct fig_panel *p)
{
	*a = (struct fig_axis){ .min = INFINITY, .max = -INFINITY };
	for (unsigned l = 0; l < p->nr; l++)
		for (size_t i = 0; i < p->line[l].nr; i++) {
			double x = p->line[l].point[i].x;
			unsigned k = 0;

			while (k < a->nr && fabs(a->tick[k] - x) > 0)
				k++;
			if (k == a->nr)
				add_tick(a, x);
			a->min = x < a->min ? x : a->min;
			a->max = x > a->max ? x : a->max;
		}
	a->nines = p->nines;
	if (p->nines) {
		nines(a);
		return;
	}
	a->log = p->logx && a->min > 0 && a->max > 5 * a->min;
	if (a->nr > 8 && a->log) {
		a->nr = 0;
		logarithmic(a);
	} else if (a->nr > 6 && !a->log) {
		a->nr = 0;
		linear(a, a->min);
	}
}

const char *fig_tick(const struct fig_axis *a, unsigned i, char text[FIG_TICK])
{
	double v = a->tick[i];

	if (a->nines)
		snprintf(text, FIG_TICK, "%g", 100 * (1 - pow(10, -v)));
	else if (fabs(v) >= 1e6)
		snprintf(text, FIG_TICK, "%gM", v / 1e6);
	else if (fabs(v) >= 1e4)
		snprintf(text, FIG_TICK, "%gk", v / 1e3);
	else
		snprintf(text, FIG_TICK, "%g", v);
	return text;
}

double fig_place(const struct fig_axis *a, double v)
{
	if (!(a->max > a->min))
		return 0.5;
	if (a->log)
		return log(v / a->min) / log(a->max / a->min);
	return (v - a->min) / (a->max - a->min);
}
