/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recursive-descent parser that computes while it reads:
 *   sum     = product { ("+" | "-") product }
 *   product = unary { ("*" | "/") unary }
 *   unary   = "-" unary | number | name | "(" sum ")"
 */
#include "harness/counters/counter_formula.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 32 /* nested parentheses and signs: bounds the stack */

struct parser {
	const char *text, *at;
	cnt_formula_name find;
	void *data;
	char *err;
	size_t len;
	unsigned depth;
	int rc;
};

static double sum(struct parser *p);

static bool name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool name_char(char c)
{
	return name_start(c) || isdigit((unsigned char)c) || c == ':' || c == '.';
}

bool cnt_formula_is_name(const char *word)
{
	if (!name_start(word[0]))
		return false;
	for (const char *c = word; *c; c++)
		if (!name_char(*c))
			return false;
	return true;
}

static char peek(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t')
		p->at++;
	return *p->at;
}

static double fail(struct parser *p, const char *want)
{
	if (p->rc)
		return NAN;
	p->rc = -EINVAL;
	if (*p->at)
		snprintf(p->err, p->len, "'%c' where %s was expected", *p->at, want);
	else
		snprintf(p->err, p->len, "the formula ends where %s was expected", want);
	return NAN;
}

static double number(struct parser *p)
{
	char *end;
	double v = strtod(p->at, &end);

	if (end == p->at || !isfinite(v))
		return fail(p, "a finite number");
	p->at = end;
	return v;
}

static double name(struct parser *p)
{
	const char *start = p->at;
	double v = NAN;
	size_t len = 1;

	while (name_char(start[len]))
		len++;
	if (!p->find(p->data, start, len, &v) && !p->rc) {
		p->rc = -ENOENT;
		snprintf(p->err, p->len, "unknown name '%.*s'", (int)len, start);
		return NAN;
	}
	p->at += len;
	return v;
}

static double unary(struct parser *p)
{
	double v;
	char c = peek(p);

	if (name_start(c))
		return name(p);
	if (isdigit((unsigned char)c) || c == '.')
		return number(p);
	if (c != '-' && c != '(')
		return fail(p, "a number, a name or '('");
	if (p->depth == DEPTH_MAX)
		return fail(p, "less nesting");
	p->depth++;
	p->at++;
	if (c == '-') {
		v = -unary(p);
	} else {
		v = sum(p);
		if (!p->rc && peek(p) != ')')
			fail(p, "')'");
		else if (!p->rc)
			p->at++;
	}
	p->depth--;
	return v;
}

static double product(struct parser *p)
{
	double v = unary(p);

	while (!p->rc && (peek(p) == '*' || *p->at == '/')) {
		char op = *p->at++;
		double right = unary(p);

		if (op == '*')
			v *= right;
		else
			v = fpclassify(right) == FP_ZERO ? NAN : v / right;
	}
	return v;
}

static double sum(struct parser *p)
{
	double v = product(p);

	while (!p->rc && (peek(p) == '+' || *p->at == '-')) {
		char op = *p->at++;
		double right = product(p);

		v = op == '+' ? v + right : v - right;
	}
	return v;
}

int cnt_formula_eval(const char *text, cnt_formula_name find, void *data, double *out,
		     unsigned *col, char *err, size_t len)
{
	struct parser p = {
		.text = text, .at = text, .find = find, .data = data, .err = err, .len = len
	};

	*out = sum(&p);
	if (!p.rc && peek(&p))
		fail(&p, "an operator or the end");
	*col = (unsigned)(p.at - text) + 1;
	if (p.rc || !isfinite(*out))
		*out = NAN;
	return p.rc;
}
