/* SPDX-License-Identifier: GPL-2.0-only */
/* The PAPI backend. */
#include "core/words.h"
#include "harness/counters/counter_backend.h"

#include <errno.h>
#include <papi.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CPU_COMPONENT 0	 /* PAPI: the CPU's component is always the first */
#define MAX_PRESETS 256u /* looked at for the nearest name */

struct papi {
	int set;
	unsigned nr;
	bool multiplex, running;
};

/* Written by init, read only afterwards. */
static struct cnt_cause cause;
static bool caused, hybrid;
static bool all_refused; /* the cause holds for the kernel's own events, too */
/* Event sets of the calling thread; PAPI forgets the thread with the last. */
static _Thread_local unsigned sets;

static unsigned long thread_id(void)
{
	return (unsigned long)pthread_self();
}

static int papi_init(const char *arg, char *why, size_t len)
{
	struct cnt_facts facts;
	int rc = PAPI_library_init(PAPI_VER_CURRENT);

	(void)arg;
	if (rc != PAPI_VER_CURRENT) {
		if (rc > 0)
			snprintf(why, len,
				 "PAPI is version %d.%d, built for %d.%d; install the libpapi that "
				 "belongs to libpapi-dev and rebuild",
				 PAPI_VERSION_MAJOR(rc), PAPI_VERSION_MINOR(rc),
				 PAPI_VERSION_MAJOR(PAPI_VERSION),
				 PAPI_VERSION_MINOR(PAPI_VERSION));
		else
			snprintf(why, len, "PAPI does not start: %s", PAPI_strerror(rc));
		return -ENOSYS;
	}
	/* PAPI's own messages would break the one line per error. */
	PAPI_set_debug(PAPI_QUIET);
	if (PAPI_thread_init(thread_id) != PAPI_OK) {
		snprintf(why, len, "PAPI cannot count threads apart");
		return -ENOSYS;
	}
	(void)PAPI_multiplex_init(); /* create() finds out */
	const PAPI_component_info_t *info = PAPI_get_component_info(CPU_COMPONENT);

	cnt_facts_read(&facts);
	facts.off = info && info->disabled;
	caused = cnt_explain(&facts, &cause);
	hybrid = caused && facts.hybrid;
	all_refused = facts.off || facts.err == EPERM || facts.err == EACCES || facts.err == ENOSYS;
	return 0;
}

static void papi_label(char *buf, size_t len)
{
	snprintf(buf, len, "PAPI %d.%d", PAPI_VERSION_MAJOR(PAPI_VERSION),
		 PAPI_VERSION_MINOR(PAPI_VERSION));
}

static int refuse_set(struct papi *p, int rc, const char *what, char *why, size_t len)
{
	snprintf(why, len, "%s: %s", what, PAPI_strerror(rc));
	if (p->set != PAPI_NULL)
		PAPI_destroy_eventset(&p->set);
	free(p);
	return -ENOTSUP;
}

static int papi_create(void **handle, bool multiplex, char *why, size_t len)
{
	struct papi *p = calloc(1, sizeof(*p));
	int rc;

	if (!p) {
		snprintf(why, len, "out of memory");
		return -ENOMEM;
	}
	p->set = PAPI_NULL;
	p->multiplex = multiplex;
	rc = PAPI_register_thread();
	if (rc != PAPI_OK)
		return refuse_set(p, rc, "PAPI refuses the thread", why, len);
	rc = PAPI_create_eventset(&p->set);
	if (rc != PAPI_OK)
		return refuse_set(p, rc, "PAPI refuses an event set", why, len);
	if (multiplex) {
		rc = PAPI_assign_eventset_component(p->set, CPU_COMPONENT);
		if (rc == PAPI_OK)
			rc = PAPI_set_multiplex(p->set);
		if (rc != PAPI_OK)
			return refuse_set(p, rc, "PAPI refuses multiplexing", why, len);
	}
	sets++;
	*handle = p;
	return 0;
}

/* The preset with the nearest name: PAPI knows the names of all, also of those
   that this CPU lacks. */
static void unknown_preset(const char *event, char *why, size_t len)
{
	static char names[MAX_PRESETS][PAPI_MIN_STR_LEN];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	const char *list[MAX_PRESETS];
	int code = (int)PAPI_PRESET_MASK;
	unsigned nr = 0;

	pthread_mutex_lock(&lock);
	while (nr < MAX_PRESETS && PAPI_enum_event(&code, PAPI_ENUM_ALL) == PAPI_OK) {
		char name[PAPI_MAX_STR_LEN];

		if (PAPI_event_code_to_name(code, name) != PAPI_OK)
			continue;
		snprintf(names[nr], sizeof(names[nr]), "%.*s", PAPI_MIN_STR_LEN - 1, name);
		list[nr] = names[nr];
		nr++;
	}
	const char *near = pga_nearest(event, list, nr);

	snprintf(why, len, "PAPI has no such preset%s%s%s", near ? "; did you mean '" : "",
		 near ? near : "", near ? "'?" : "");
	pthread_mutex_unlock(&lock);
}

/* Events that the kernel counts itself need no PMU. */
static bool is_software(const char *event)
{
	static const char *const words[] = { "FAULT", "TASK-CLOCK", "CPU-CLOCK", "MIGRATIONS",
					     "CONTEXT-SWITCHES" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strncmp(event, "perf::", 6) && strstr(event, words[i]))
			return true;
	return false;
}

static bool is_explained(const char *event)
{
	return caused && (all_refused || !is_software(event));
}

static int not_found(const char *event, char *why, size_t len)
{
	int code;

	if (!strncmp(event, "PAPI_", 5) && PAPI_event_name_to_code(event, &code) != PAPI_OK)
		unknown_preset(event, why, len);
	else if (is_explained(event))
		snprintf(why, len, "%s", cause.cause);
	else
		snprintf(why, len, "not available on this CPU");
	return -ENOENT;
}

static int papi_add(void *handle, const char *event, char *why, size_t len)
{
	struct papi *p = handle;

	if (hybrid && !is_software(event)) {
		snprintf(why, len, "%s", cause.cause);
		return -EPERM;
	}
	/* PAPI's tables know events of this CPU that no PMU counts, and it loses memory for each
	   that it then cannot add. */
	if (caused && strncmp(event, "PAPI_", 5) != 0 && !is_software(event))
		return not_found(event, why, len);
	int rc = p->nr < CNT_MAX_EVENTS ? PAPI_add_named_event(p->set, event) : PAPI_ECNFLCT;

	switch (rc) {
	case PAPI_OK:
		p->nr++;
		return 0;
	case PAPI_ENOEVNT:
	case PAPI_ENOTPRESET:
	case PAPI_ENOCMP:
	case PAPI_ENOSUPP:
		return not_found(event, why, len);
	case PAPI_EINVAL: /* the kernel's answer to one event too many, too */
	case PAPI_ECNFLCT:
	case PAPI_ECOUNT:
	case PAPI_EMULPASS:
	case PAPI_ENOCNTR:
		if (p->nr) {
			snprintf(why, len, "no counter left: %s", PAPI_strerror(rc));
			return -ENOSPC;
		}
		break;
	default:
		break;
	}
	if (is_explained(event))
		snprintf(why, len, "%s", cause.cause);
	else
		snprintf(why, len, "PAPI refuses it: %s", PAPI_strerror(rc));
	return -EPERM;
}

static int papi_start(void *handle)
{
	struct papi *p = handle;
	int rc = PAPI_start(p->set);

	p->running = rc == PAPI_OK;
	if (rc == PAPI_OK)
		return 0;
	return rc == PAPI_ECNFLCT || rc == PAPI_EMULPASS || rc == PAPI_ENOCNTR ? -ENOSPC : -EIO;
}

static int papi_read(void *handle, long long *value)
{
	struct papi *p = handle;

	return PAPI_read(p->set, value) == PAPI_OK ? 0 : -EIO;
}

static int papi_stop(void *handle, long long *value)
{
	struct papi *p = handle;

	if (!p->running)
		return -EIO;
	p->running = false;
	return PAPI_stop(p->set, value) == PAPI_OK ? 0 : -EIO;
}

static void papi_destroy(void *handle)
{
	struct papi *p = handle;
	long long last[CNT_MAX_EVENTS];

	if (p->running)
		papi_stop(p, last);
	PAPI_cleanup_eventset(p->set);
	PAPI_destroy_eventset(&p->set);
	free(p);
	if (--sets == 0)
		PAPI_unregister_thread();
}

static void papi_explain(char *why, size_t len)
{
	if (caused)
		snprintf(why, len, "%s; remedy: %s", cause.cause, cause.remedy);
	else
		snprintf(why, len,
			 "PAPI knows no event of this CPU that counts; remedy: a newer libpapi");
}

const struct cnt_backend cnt_papi = {
	.name = "papi",
	.summary = "hardware counters through PAPI",
	.mark = "",
	.init = papi_init,
	.label = papi_label,
	.create = papi_create,
	.add = papi_add,
	.start = papi_start,
	.read = papi_read,
	.stop = papi_stop,
	.destroy = papi_destroy,
	.explain = papi_explain,
};
