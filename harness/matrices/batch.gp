# SPDX-License-Identifier: GPL-2.0-only
# Curve with band of a sweep over pcp.batch, from what
# `zonebench compare RUN --metric mops --format csv` prints:
#   gnuplot -c batch.gp IN.csv OUT.svg
# Lines of the kind "mean" are of several rows, and no points.
rows = "< sed -n '/,mean,/d; s/.*pcp\\.batch=\\([0-9]*\\)\",/\\1,/p' '" . ARG1 . "'"
set terminal svg size 640,400 background rgb "white"
set output ARG2
set datafile separator ","
set logscale x 2
set grid
set key top left
set xlabel "pcp.batch (frames)"
set ylabel "throughput, ratio to the default batch"
# Columns: 1 batch, 10 ratio, 11 and 12 its interval.
plot rows using 1:11:12 with filledcurves fillcolor rgb "#9ecae1" title "95 % interval", \
	rows using 1:10 with linespoints linecolor rgb "#08519c" pointtype 7 title "ratio of medians"
