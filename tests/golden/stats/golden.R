# SPDX-License-Identifier: GPL-2.0-only
# The values of golden.tsv, computed by R alone:
#   Rscript golden.R samples.tsv > golden.tsv
# Eight samples of each side.  B is slower by a share that differs by row, so
# that all sizes of p are met.  The bootstrap is the percentile kind, each side
# on its own; of 4,000 resamples the quantiles around both ends of the interval
# are kept, 1.25 % to each side: over four standard errors, those of the 20,000
# resamples that the test takes included.  The last four columns are of pairs:
# the signed-rank test of the logarithms of the ratios, with its interval.  Ties
# are counted: p comes from all 12,870 choices, or all 256 signs.
set.seed(1)
d <- read.delim(commandArgs(TRUE)[1])
rows <- split(d, paste(d$variant, d$workload, d$order))[unique(paste(d$variant, d$workload, d$order))]
two_sided <- function(all, seen) min(1, 2 * min(mean(all <= seen + 1e-9), mean(all >= seen - 1e-9)))
rank_sum <- function(a, b) {
  r <- rank(c(a, b))
  two_sided(combn(16, 8, function(i) sum(r[i])), sum(r[1:8]))
}
signed_rank <- function(d) {
  d <- d[d != 0]
  r <- rank(abs(d))
  two_sided(as.matrix(expand.grid(rep(list(0:1), length(d)))) %*% r, sum(r[d > 0]))
}
median_of <- function(x) apply(matrix(sample(x, 4000 * length(x), TRUE), 4000), 1, median)
out <- do.call(rbind, lapply(seq_along(rows), function(i) {
  a <- rows[[i]]$a[1:8]
  b <- rows[[i]]$b[1:8] * (1 + (i - 1) / 200)
  ends <- c(.0125, .0375, .9625, .9875)
  d <- log(b / a)
  means <- outer(d, d, "+") / 2
  means <- sort(means[upper.tri(means, diag = TRUE)])
  out <- qsignrank(.025, 8)
  ratio <- quantile(median_of(b) / median_of(a), ends, type = 7)
  data.frame(row = i - 1, median_a = median(a), median_b = median(b),
             q10 = quantile(a, .1, type = 7), q90 = quantile(a, .9, type = 7),
             geomean = exp(mean(log(a))), spread = mad(a, constant = 1) / median(a),
             p = rank_sum(a, b), lo_from = ratio[1], lo_to = ratio[2],
             hi_from = ratio[3], hi_to = ratio[4], pair_p = signed_rank(d),
             pair_ratio = exp(median(means)), pair_lo = exp(means[out]),
             pair_hi = exp(means[length(means) + 1 - out]))
}))
out$p_holm <- p.adjust(out$p, "holm")
cat("# R ", as.character(getRversion()), "\n", sep = "")
cat(names(out), sep = "\t")
cat("\n")
for (i in seq_len(nrow(out))) cat(paste(sprintf("%.10g", unlist(out[i, ])), collapse = "\t"), "\n", sep = "")
