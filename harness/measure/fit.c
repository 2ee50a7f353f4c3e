/* SPDX-License-Identifier: GPL-2.0-only */
/* Weighted least squares with heteroscedastic intervals. */
#include "harness/measure/fit.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>

#define FIRM 1e4

struct fit {
	size_t rows, cols;
	gsl_multifit_linear_workspace *work; /* A holds the left singular vectors */
	gsl_matrix *x;			     /* rows and columns scaled */
	double *root;			     /* [rows] of the weights */
	double *length;			     /* [cols] before scaling */
	size_t *nonzero;		     /* [cols] rows that say anything about it */
	const double *raw;		     /* the caller's */
	double condition;
};

void fit_close(struct fit *f)
{
	if (!f)
		return;
	if (f->work)
		gsl_multifit_linear_free(f->work);
	if (f->x)
		gsl_matrix_free(f->x);
	free(f->root);
	free(f->length);
	free(f->nonzero);
	free(f);
}

double fit_quantile(double freedom)
{
	return freedom >= 1 ? gsl_cdf_tdist_Pinv((1 + FIT_LEVEL) / 2, freedom) : (double)NAN;
}

static struct fit *new_fit(size_t rows, size_t cols)
{
	struct fit *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->rows = rows;
	f->cols = cols;
	f->x = gsl_matrix_alloc(rows, cols);
	f->work = gsl_multifit_linear_alloc(rows, cols);
	f->root = calloc(rows, sizeof(*f->root));
	f->length = calloc(cols, sizeof(*f->length));
	f->nonzero = calloc(cols, sizeof(*f->nonzero));
	if (f->x && f->work && f->root && f->length && f->nonzero)
		return f;
	fit_close(f);
	return NULL;
}

/* Rows by the root of their weight, then columns to unit length. */
static void scale(struct fit *f, const double *x, const double *weight)
{
	for (size_t r = 0; r < f->rows; r++) {
		f->root[r] = sqrt(weight[r]);
		for (size_t c = 0; c < f->cols; c++) {
			double v = x[r * f->cols + c] * f->root[r];

			gsl_matrix_set(f->x, r, c, v);
			f->length[c] += v * v;
			f->nonzero[c] += v != 0;
		}
	}
	for (size_t c = 0; c < f->cols; c++) {
		f->length[c] = sqrt(f->length[c]);
		for (size_t r = 0; f->length[c] > 0 && r < f->rows; r++)
			gsl_matrix_set(f->x, r, c, gsl_matrix_get(f->x, r, c) / f->length[c]);
	}
}

static double condition_of(const struct fit *f)
{
	double most = gsl_vector_get(f->work->S, 0),
	       least = gsl_vector_get(f->work->S, f->cols - 1);

	/* What rounding leaves of 0. */
	return least > most * 1e-12 ? most / least : (double)INFINITY;
}

/* Return: 0; -ENODATA, -ENOMEM, -EDOM: columns that depend on each other. */
static int decompose(struct fit **out, const double *x, const double *weight, size_t rows,
		     size_t cols)
{
	struct fit *f = new_fit(rows, cols);
	int rc = f ? 0 : -ENOMEM;

	*out = NULL;
	if (f)
		scale(f, x, weight);
	for (size_t c = 0; !rc && c < cols; c++)
		rc = f->nonzero[c] < FIT_ROWS_MIN ? -ENODATA : 0;
	if (!rc)
		rc = gsl_multifit_linear_svd(f->x, f->work) ? -ENOMEM : 0;
	if (!rc) {
		f->raw = x;
		f->condition = condition_of(f);
		rc = isfinite(f->condition) ? 0 : -EDOM;
	}
	if (rc)
		fit_close(f);
	else
		*out = f;
	return rc;
}

int fit_open(struct fit **out, const double *x, const double *weight, size_t rows, size_t cols,
	     double *condition)
{
	*out = NULL;
	*condition = (double)NAN;
	if (!cols || rows < cols + FIT_ROWS_MIN)
		return -ENODATA;
	gsl_set_error_handler_off();
	int rc = decompose(out, x, weight, rows, cols);

	if (rc == -EDOM)
		*condition = (double)INFINITY;
	if (rc)
		return rc;
	*condition = (*out)->condition;
	if (*condition <= FIT_CONDITION_MAX)
		return 0;
	fit_close(*out);
	*out = NULL;
	return -EDOM;
}

/* What a row adds to the variance: its error, as if it had been left out of the fit. */
static double left_out(const struct fit *f, size_t r, double error)
{
	double leverage = 0;

	for (size_t k = 0; k < f->cols; k++)
		leverage += gsl_matrix_get(f->work->A, r, k) * gsl_matrix_get(f->work->A, r, k);
	/* A row that alone decides a coefficient has no error to judge by. */
	return leverage < 0.999999 ? error / (1 - leverage) : 0;
}

static double standard_error(const struct fit *f, size_t col, const double *error)
{
	double sum = 0;

	for (size_t r = 0; r < f->rows; r++) {
		double pull = 0;

		for (size_t k = 0; k < f->cols; k++)
			pull += gsl_matrix_get(f->work->Q, col, k) *
				gsl_matrix_get(f->work->A, r, k) / gsl_vector_get(f->work->S, k);
		sum += pull * pull * error[r] * error[r];
	}
	return sqrt(sum);
}

/* A column that few rows know has no more freedom than these rows. */
static double freedom_of(const struct fit *f, size_t col)
{
	size_t all = f->rows - f->cols, own = f->nonzero[col] - 1;

	return (double)(own < all ? own : all);
}

static void evaluate(const struct fit *f, const gsl_vector *b, double *error, struct fit_value *v)
{
	for (size_t c = 0; c < f->cols; c++) {
		double mean = gsl_vector_get(b, c) / f->length[c],
		       half = fit_quantile(freedom_of(f, c)) * standard_error(f, c, error) /
			      f->length[c];

		v[c] = (struct fit_value){ mean, mean - half, mean + half };
	}
}

/* Coefficients of the scaled columns, and what the rows are off by; not scaled back. */
static int least_squares(const struct fit *f, const double *y, gsl_vector *b, double *error)
{
	gsl_vector *scaled = gsl_vector_alloc(f->rows);
	double rnorm, snorm;

	if (!scaled)
		return -ENOMEM;
	for (size_t r = 0; r < f->rows; r++)
		gsl_vector_set(scaled, r, y[r] * f->root[r]);
	gsl_multifit_linear_solve(0, f->x, scaled, b, &rnorm, &snorm, f->work);
	for (size_t r = 0; r < f->rows; r++) {
		error[r] = gsl_vector_get(scaled, r);
		for (size_t c = 0; c < f->cols; c++)
			error[r] -= gsl_matrix_get(f->x, r, c) * gsl_vector_get(b, c);
	}
	gsl_vector_free(scaled);
	return 0;
}

/*
 * Weights from the errors of a first fit: what a column adds to the variance of
 * a row is its coefficient in a fit of the squared errors.  A row is never
 * trusted more than FIRM times the mean one.
 */
static int weigh(const struct fit *f, const double *error, double *weight)
{
	gsl_vector *b = gsl_vector_alloc(f->cols);
	double *square = calloc(f->rows, sizeof(*square)), mean = 0;
	int rc = -ENOMEM;

	if (b && square) {
		for (size_t r = 0; r < f->rows; r++) {
			double e = error[r] / f->root[r];

			square[r] = e * e;
			mean += square[r] / (double)f->rows;
		}
		rc = least_squares(f, square, b, weight);
	}
	for (size_t r = 0; !rc && r < f->rows; r++) {
		double variance = 0;

		for (size_t c = 0; c < f->cols; c++)
			variance += f->raw[r * f->cols + c] * fmax(0, gsl_vector_get(b, c)) /
				    f->length[c];
		/* Without any error all rows are as good. */
		weight[r] = mean > 0 ? 1 / fmax(variance, mean / FIRM) : 1;
	}
	if (b)
		gsl_vector_free(b);
	free(square);
	return rc;
}

static int solve_once(const struct fit *f, const double *y, double *error, struct fit_value *v)
{
	gsl_vector *b = gsl_vector_alloc(f->cols);
	int rc = b ? least_squares(f, y, b, error) : -ENOMEM;

	if (!rc && v) {
		double *judged = calloc(f->rows, sizeof(*judged));

		rc = judged ? 0 : -ENOMEM;
		for (size_t r = 0; judged && r < f->rows; r++)
			judged[r] = left_out(f, r, error[r]);
		if (judged)
			evaluate(f, b, judged, v);
		free(judged);
	}
	if (b)
		gsl_vector_free(b);
	return rc;
}

int fit_solve(const struct fit *f, const double *y, struct fit_value *v)
{
	double *error = calloc(f->rows, sizeof(*error)), *weight = calloc(f->rows, sizeof(*weight));
	struct fit *second = NULL;
	int rc = -ENOMEM;

	if (error && weight)
		rc = solve_once(f, y, error, v);
	if (!rc)
		rc = weigh(f, error, weight);
	if (!rc)
		rc = decompose(&second, f->raw, weight, f->rows, f->cols);
	if (!rc)
		rc = solve_once(second, y, error, v);
	fit_close(second);
	free(error);
	free(weight);
	/* With the first weights it could be fitted; then these must do. */
	return rc == -EDOM ? 0 : rc;
}
