/* SPDX-License-Identifier: GPL-2.0-only */
/* The series of a sample, as JSON. */
#include "results/record.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

static json_t *point_json(const struct rec_series *s, unsigned p)
{
	json_t *out = json_array();

	for (unsigned c = 0; c < s->nr_cols; c++) {
		double v = s->point[p][c];

		/* Most are counts: without a fraction they take half the room. */
		if (!isfinite(v))
			json_array_append_new(out, json_null());
		else if (v <= floor(v) && fabs(v) < 1e15)
			json_array_append_new(out, json_integer((json_int_t)v));
		else
			json_array_append_new(out, json_real(v));
	}
	return out;
}

static json_t *marks_json(const struct rec_series *s)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < s->nr_marks; i++)
		json_array_append_new(
			out, json_pack("[s, I]", s->mark[i].name, (json_int_t)s->mark[i].at));
	return out;
}

json_t *rec_series_json(const struct rec_series *s)
{
	json_t *cols = json_array(), *points = json_array();

	for (unsigned c = 0; c < s->nr_cols; c++)
		json_array_append_new(cols, json_string(s->col[c]));
	for (unsigned p = 0; p < s->nr_points; p++)
		json_array_append_new(points, point_json(s, p));
	json_t *o =
		json_pack("{s:o, s:s, s:o}", "columns", cols, "note", s->note, "points", points);

	if (s->nr_marks)
		json_object_set_new(o, "phases", marks_json(s));
	return o;
}

static int refuse(char *err, size_t len, const char *what)
{
	snprintf(err, len, "field 'series' %s", what);
	return -EINVAL;
}

static int read_cols(struct rec_series *s, const json_t *cols, char *err, size_t len)
{
	size_t nr = json_array_size(cols);

	if (!json_is_array(cols) || !nr || nr > REC_MAX_COLS)
		return refuse(err, len, "must have 1 to 48 columns");
	for (size_t c = 0; c < nr; c++) {
		const char *name = json_string_value(json_array_get(cols, c));

		if (!name || strlen(name) >= sizeof(s->col[c]))
			return refuse(err, len, "must name its columns in at most 23 bytes");
		memcpy(s->col[c], name, strlen(name) + 1);
	}
	s->nr_cols = (unsigned)nr;
	return 0;
}

static int read_point(struct rec_series *s, const json_t *point, char *err, size_t len)
{
	if (!json_is_array(point) || json_array_size(point) != s->nr_cols)
		return refuse(err, len, "must have a value for each column in each point");
	for (unsigned c = 0; c < s->nr_cols; c++) {
		const json_t *v = json_array_get(point, c);

		if (!json_is_number(v) && !json_is_null(v))
			return refuse(err, len, "must have numbers or null as values");
		s->point[s->nr_points][c] = json_is_null(v) ? (double)NAN : json_number_value(v);
	}
	s->nr_points++;
	return 0;
}

static int read_marks(struct rec_series *s, json_t *marks, char *err, size_t len)
{
	size_t i;
	json_t *mark;

	s->nr_marks = 0;
	if (json_array_size(marks) > REC_MAX_MARKS)
		return refuse(err, len, "must have at most 24 phases");
	json_array_foreach(marks, i, mark)
	{
		const char *name = json_string_value(json_array_get(mark, 0));
		const json_t *at = json_array_get(mark, 1);

		if (!name || strlen(name) >= sizeof(s->mark[i].name) || !json_is_integer(at))
			return refuse(err, len, "must have phases of a name and a number");
		memcpy(s->mark[i].name, name, strlen(name) + 1);
		s->mark[i].at = (double)json_integer_value(at);
		s->nr_marks++;
	}
	return 0;
}

int rec_series_read(struct rec_series *s, const json_t *j, char *err, size_t len)
{
	const json_t *note = json_object_get(j, "note"), *points = json_object_get(j, "points");
	const char *text = json_string_value(note);

	json_t *marks = json_object_get(j, "phases");

	s->nr_points = 0;
	if (json_object_size(j) != (marks ? 4u : 3u) || !text || strlen(text) >= sizeof(s->note))
		return refuse(err, len,
			      "must have columns, points and a note of at most 255 bytes");
	memcpy(s->note, text, strlen(text) + 1);
	int rc = read_cols(s, json_object_get(j, "columns"), err, len);

	if (!rc)
		rc = read_marks(s, marks, err, len);
	if (rc)
		return rc;
	if (!json_is_array(points) || json_array_size(points) > REC_MAX_POINTS)
		return refuse(err, len, "must have at most 64 points");
	for (size_t p = 0; p < json_array_size(points) && !rc; p++)
		rc = read_point(s, json_array_get(points, p), err, len);
	return rc;
}

void rec_series_copy(struct rec_series *to, const struct rec_series *from)
{
	memcpy(to, from, offsetof(struct rec_series, point));
	for (unsigned p = 0; p < from->nr_points; p++)
		memcpy(to->point[p], from->point[p], from->nr_cols * sizeof(double));
}
