/* SPDX-License-Identifier: GPL-2.0-only */
/* Completion for shells, from the tables of commands and options. */
#ifndef HARNESS_DOCS_COMPLETE_H
#define HARNESS_DOCS_COMPLETE_H

#include <stdio.h>

/** docs_bash - a file for bash-completion's folder, or to be sourced. */
void docs_bash(FILE *f);

/** docs_zsh - a file named _zonebench, for a folder of zsh's fpath. */
void docs_zsh(FILE *f);

#endif
