/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows and columns of a comparison, and the metrics in its cells. */
#include "results/cmp_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names of counters and statistics of which more is better; of all others less is. */
static const char *const higher_is_better[] = { "ipc", "numa_hit", "numa_local" };

static bool varies(const struct cmp_work *w, unsigned axis)
{
	char first[REC_TEXT], buf[REC_TEXT];

	snprintf(first, sizeof(first), "%s", cmp_axis_value(w, &w->items[0], axis, buf));
	for (size_t i = 1; i < w->nr_items; i++)
		if (strcmp(first, cmp_axis_value(w, &w->items[i], axis, buf)) != 0)
			return true;
	return false;
}

static bool in_rows(const struct cmp_table *t, const char *name)
{
	for (unsigned i = 0; i < t->nr_axes; i++)
		if (!strcmp(t->axes[i], name))
			return true;
	return false;
}

/* Unasked, no two unlike cells share a row: every axis that varies is in it. */
static void default_axes(struct cmp_work *w)
{
	static const char *const usual[] = { "workload", "order", "threads" };
	struct cmp_table *t = w->t;

	for (unsigned i = 0; i < 3; i++)
		if (strcmp(usual[i], t->col_axis) != 0)
			t->axes[t->nr_axes++] = usual[i];
	for (unsigned a = 0; a < CMP_MAX_AXES; a++) {
		const char *name = cmp_axis_name(a);

		if (strcmp(name, t->col_axis) != 0 && !in_rows(t, name) && varies(w, a))
			t->axes[t->nr_axes++] = name;
	}
}

static int choose_axes(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	const char *col = w->conf->col ? w->conf->col : w->nr_runs == 2 ? "run" : "variant";
	int axis = cmp_axis_find(w, col, strlen(col));

	if (axis < 0)
		return axis;
	t->col_axis = cmp_axis_name((unsigned)axis);
	if (!w->conf->rows) {
		default_axes(w);
		return 0;
	}
	for (unsigned i = 0; w->conf->rows[i]; i++) {
		axis = cmp_axis_find(w, w->conf->rows[i], strlen(w->conf->rows[i]));
		if (axis < 0)
			return axis;
		const char *name = cmp_axis_name((unsigned)axis);

		if (in_rows(t, name) || !strcmp(name, t->col_axis)) {
			snprintf(w->err, w->len, "axis '%s' is given twice", name);
			return -EINVAL;
		}
		t->axes[t->nr_axes++] = name;
	}
	return 0;
}

/* Numbers in names count as numbers: order 2 before 10, linux-2.4 before 3.10. */
static int item_order(const void *x, const void *y, void *data)
{
	const struct cmp_item *a = *(struct cmp_item *const *)x, *b = *(struct cmp_item *const *)y;
	const struct cmp_work *w = data;
	char ba[REC_TEXT], bb[REC_TEXT];

	for (unsigned i = 0; i < w->t->nr_axes; i++) {
		int order = strverscmp(cmp_axis_value(w, a, w->row_axis[i], ba),
				       cmp_axis_value(w, b, w->row_axis[i], bb));

		if (order)
			return order;
	}
	return 0;
}

static int col_order(const void *x, const void *y)
{
	const struct cmp_col *a = x, *b = y;

	if (a->reference != b->reference)
		return a->reference - b->reference;
	return strverscmp(a->label, b->label);
}

static void make_rows(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	struct cmp_item **order = cmp_zalloc(w->nr_items, sizeof(struct cmp_item *));
	struct cmp_item **first = cmp_zalloc(w->nr_items, sizeof(struct cmp_item *));
	char buf[REC_TEXT];

	for (unsigned i = 0; i < t->nr_axes; i++)
		w->row_axis[i] = (unsigned)cmp_axis_find(w, t->axes[i], strlen(t->axes[i]));
	for (size_t i = 0; i < w->nr_items; i++)
		order[i] = &w->items[i];
	qsort_r(order, w->nr_items, sizeof(struct cmp_item *), item_order, w);
	for (size_t i = 0; i < w->nr_items; i++) {
		if (!i || item_order(&order[i - 1], &order[i], w))
			first[t->nr_rows++] = order[i];
		order[i]->row = t->nr_rows - 1;
	}
	t->rows = cmp_zalloc(t->nr_rows, sizeof(*t->rows));
	for (size_t r = 0; r < t->nr_rows; r++)
		for (unsigned i = 0; i < t->nr_axes; i++)
			snprintf(t->rows[r].label[i], REC_TEXT, "%s",
				 cmp_axis_value(w, first[r], w->row_axis[i], buf));
	free(first);
	free(order);
}

static unsigned col_axis_number(const struct cmp_table *t)
{
	unsigned axis = 0;

	while (strcmp(cmp_axis_name(axis), t->col_axis) != 0)
		axis++;
	return axis;
}

static unsigned find_col(const struct cmp_table *t, const char *label)
{
	unsigned c = 0;

	while (c < t->nr_cols && strcmp(t->cols[c].label, label) != 0)
		c++;
	return c;
}

/* As asked; else the manifest's; else the first run, or the first that is judged. */
static int choose_baseline(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	const char *want = w->conf->baseline;
	const char *said = json_string_value(json_object_get(w->runs[0]->manifest, "baseline"));
	const char **names = cmp_zalloc(t->nr_cols, sizeof(*names));
	char first[REC_TEXT];
	unsigned c;

	if (!want && !strcmp(t->col_axis, "run"))
		want = cmp_axis_value(w, &(struct cmp_item){ .r = w->items[0].r }, CMP_AXIS_RUN,
				      first);
	if (!want && said && find_col(t, said) < t->nr_cols)
		want = said;
	c = want ? find_col(t, want) : 0;
	for (unsigned i = 0; i < t->nr_cols; i++)
		names[i] = t->cols[i].label;
	if (c == t->nr_cols) {
		const char *near = cmp_near(want, names, t->nr_cols);

		snprintf(w->err, w->len, "no column '%s' for the baseline; %s '%s'%s", want,
			 near ? "did you mean" : "the first is", near ? near : names[0],
			 near ? "?" : "");
		free(names);
		return -EINVAL;
	}
	free(names);
	struct cmp_col base = t->cols[c];

	base.reference = false;
	memmove(&t->cols[1], &t->cols[0], c * sizeof(base));
	t->cols[0] = base;
	return 0;
}

static int make_cols(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	unsigned axis = col_axis_number(t);
	char buf[REC_TEXT];

	t->cols = cmp_zalloc(w->nr_items, sizeof(*t->cols));
	for (size_t i = 0; i < w->nr_items; i++) {
		const char *label = cmp_axis_value(w, &w->items[i], axis, buf);
		unsigned c = find_col(t, label);

		if (c < t->nr_cols)
			continue;
		snprintf(t->cols[c].label, REC_TEXT, "%s", label);
		t->cols[c].reference = !strcmp(t->col_axis, "variant") && !strcmp(label, "null");
		t->nr_cols++;
	}
	qsort(t->cols, t->nr_cols, sizeof(*t->cols), col_order);
	int rc = choose_baseline(w);

	for (size_t i = 0; !rc && i < w->nr_items; i++)
		w->items[i].col = find_col(t, cmp_axis_value(w, &w->items[i], axis, buf));
	return rc;
}

/* Axes in neither rows nor columns: does one vary inside a row? */
static void find_mixed(struct cmp_work *w)
{
	struct cmp_table *t = w->t;
	const struct cmp_item **first = cmp_zalloc(t->nr_rows, sizeof(struct cmp_item *));
	char buf[REC_TEXT], buf2[REC_TEXT];

	for (size_t i = 0; i < w->nr_items; i++) {
		const struct cmp_item *it = &w->items[i];

		if (!first[it->row])
			first[it->row] = it;
		for (unsigned a = 0; a < CMP_MAX_AXES; a++) {
			const char *name = cmp_axis_name(a);

			if (in_rows(t, name) || !strcmp(name, t->col_axis) ||
			    !strcmp(cmp_axis_value(w, it, a, buf),
				    cmp_axis_value(w, first[it->row], a, buf2)))
				continue;
			w->mixed |= 1ul << a;
			t->rows[it->row].mixed = true;
		}
	}
	free(first);
}

int cmp_layout(struct cmp_work *w)
{
	int rc = choose_axes(w);

	if (rc)
		return rc;
	make_rows(w);
	rc = make_cols(w);
	if (!rc)
		find_mixed(w);
	return rc;
}

static const struct rec_value *group_of(const struct record *r, const struct rec_group *g,
					unsigned *nr)
{
	*nr = *(const unsigned *)(const void *)((const char *)r + g->nr_offset);
	return (const void *)((const char *)r + g->offset);
}

static bool is_time(const char *unit)
{
	return !strcmp(unit, "ns") || !strcmp(unit, "s") || !strcmp(unit, "cycles") ||
	       !strcmp(unit, "Mop/s");
}

static int field_metric(struct cmp_work *w, struct cmp_metric *m)
{
	const char *names[64];
	size_t nr = 0;

	for (const struct rec_field *f = rec_fields; f->name; f++) {
		if (f->direction != '<' && f->direction != '>')
			continue;
		if (nr < 64)
			names[nr++] = f->name;
		if (strcmp(f->name, m->name) != 0)
			continue;
		m->field = f;
		m->unit = f->unit;
		m->better = f->direction;
		m->time = is_time(f->unit);
		return 0;
	}
	const char *near = cmp_near(m->name, names, nr);

	if (rec_field_find(m->name))
		snprintf(w->err, w->len, "metric '%s' is neither better nor worse when it changes",
			 m->name);
	else
		snprintf(w->err, w->len, "unknown metric '%s'; %s%s%s", m->name,
			 near ? "did you mean '"
			      : "'zonebench docs results' lists them; or counter:NAME, stat:NAME, "
				"metric:NAME, frag:NAME, cost:NAME, path:NAME, latency:NAME",
			 near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

/* Of a group any name will do that at least one sample has. */
static int group_metric(struct cmp_work *w, struct cmp_metric *m)
{
	const char *names[REC_MAX_COSTS];
	const struct rec_metric *known = NULL;
	size_t nr_names = 0;

	m->unit = "";
	m->better = '<';
	for (size_t i = 0; i < sizeof(higher_is_better) / sizeof(higher_is_better[0]); i++)
		if (!strcmp(m->in_group, higher_is_better[i]))
			m->better = '>';
	if (!strcmp(m->group->prefix, "metric"))
		known = rec_metric_find(m->in_group);
	else if (!strcmp(m->group->prefix, "frag"))
		known = rec_frag_find(m->in_group);
	else if (!strcmp(m->group->prefix, "place"))
		known = rec_place_find(m->in_group);
	else if (!strcmp(m->group->prefix, "cost"))
		known = rec_cost_find(m->in_group);
	else if (!strcmp(m->group->prefix, "latency"))
		known = rec_latency_find(m->in_group);
	if (known) {
		m->unit = known->unit;
		m->better = known->better;
		m->time = is_time(known->unit);
	}
	for (size_t i = 0; i < w->nr_items; i++) {
		unsigned nr;
		const struct rec_value *v = group_of(w->items[i].r, m->group, &nr);

		for (unsigned k = 0; k < nr; k++) {
			if (!strcmp(v[k].name, m->in_group))
				return 0;
			if (i == 0)
				names[nr_names++] = v[k].name;
		}
	}
	const char *near = cmp_near(m->in_group, names, nr_names);

	snprintf(w->err, w->len, "metric '%s': no sample has it%s%s%s", m->name,
		 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return -EINVAL;
}

/* Time is judged without short disturbances, if that is known of all samples. */
static const char *usual_metric(const struct cmp_work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->nr_items; i++) {
		const struct record *r = w->items[i].r;

		if (strcmp(r->status, "ok") != 0)
			continue;
		if (isnan(r->quiet_ns_op) && !isnan(r->ns_op))
			return "ns_op";
		any |= !isnan(r->quiet_ns_op);
	}
	return any ? "quiet_ns_op" : "ns_op";
}

static int add_metric(struct cmp_work *w, const char *prefix, const char *name)
{
	if (w->t->nr_metrics == CMP_MAX_METRICS) {
		snprintf(w->err, w->len, "more than %d metrics", CMP_MAX_METRICS);
		return -EINVAL;
	}
	struct cmp_metric *m = &w->t->metrics[w->t->nr_metrics++];

	snprintf(m->name, sizeof(m->name), "%s%s", prefix, name);
	for (const struct rec_group *g = rec_groups; g->name; g++) {
		size_t n = strlen(g->prefix);

		if (strncmp(m->name, g->prefix, n) != 0 || m->name[n] != ':')
			continue;
		m->group = g;
		m->in_group = m->name + n + 1;
	}
	return m->in_group ? group_metric(w, m) : field_metric(w, m);
}

/* Has any sample counted this at all? */
static bool counted(const struct cmp_work *w, const char *name)
{
	for (size_t i = 0; i < w->nr_items; i++) {
		const struct record *r = w->items[i].r;

		for (unsigned k = 0; k < r->nr_stats; k++)
			if (!strcmp(r->stats[k].name, name) && r->stats[k].value > 0)
				return true;
	}
	return false;
}

/* Counters that kernels show in /proc/vmstat, as many as this run has moved. */
static int add_vmstat(struct cmp_work *w)
{
	static const char *const names[] = {
		"allocstall",		"compact_stall",     "compact_success",
		"compact_fail",		"extfrag_steal",     "extfrag_claim",
		"pgscan_kswapd",	"pgscan_direct",     "pgsteal_kswapd",
		"pgsteal_direct",	"pgrefill",	     "pgactivate",
		"pgdeactivate",		"pgrotated",	     "pageoutrun",
		"slabs_scanned",	"nr_vmscan_write",   "compact_migrate_scanned",
		"compact_free_scanned", "pgmigrate_success", "pgmigrate_fail",
		"pcp_refill",		"pcp_drain",	     "numa_miss",
		"numa_foreign",		"oom_kill",
	};
	int rc = 0;

	for (unsigned i = 0; !rc && i < sizeof(names) / sizeof(names[0]); i++)
		if (counted(w, names[i]))
			rc = add_metric(w, "stat:", names[i]);
	if (rc || w->t->nr_metrics)
		return rc;
	snprintf(w->err, w->len, "metric 'vmstat': no counter of any sample has moved");
	return -ENODATA;
}

int cmp_metrics(struct cmp_work *w)
{
	const char *const usual[] = { usual_metric(w), NULL };
	const char *const *names = w->conf->metrics ? w->conf->metrics : usual;
	int rc = 0;

	for (unsigned i = 0; !rc && names[i]; i++)
		rc = strcmp(names[i], "vmstat") ? add_metric(w, "", names[i]) : add_vmstat(w);
	return rc;
}

double cmp_value(const struct cmp_metric *m, const struct record *r, const char **why)
{
	unsigned nr;

	*why = "not measured";
	if (m->field && m->field->type == REC_TYPE_U64)
		return (double)*(const uint64_t *)(const void *)((const char *)r +
								 m->field->offset);
	if (m->field)
		return *(const double *)(const void *)((const char *)r + m->field->offset);
	const struct rec_value *v = group_of(r, m->group, &nr);

	for (unsigned i = 0; i < nr; i++) {
		if (strcmp(v[i].name, m->in_group) != 0)
			continue;
		*why = v[i].note[0] ? v[i].note : *why;
		return v[i].value;
	}
	return (double)NAN;
}
