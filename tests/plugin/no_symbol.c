/* SPDX-License-Identifier: GPL-2.0-only */
/* A shared object that is no plug-in. */
extern const int no_plugin_here;
const int no_plugin_here = 1;
