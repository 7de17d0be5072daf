# How far each part of anchors moves the metrics of pairs (verification.R).
#
# `counts` is list(similarity, positive, negative): the middles of ascending bins, and for each bin
# and part the pairs of the part's anchors (bins x parts), of many negatives an estimate, see
# finish_part_counts(). The derivative of a metric with
# respect to the shares of pairs in each bin is a vector of weights, one for each kind of pair; the
# influence of a part is the sum of these weights over its pairs, above their mean.

# `ends`: how many ends of a pair change with the weight of a part. Returns parts x metrics, or
# NULL without pairs of both kinds.
pair_influences <- function(counts, ends) {
  weighted_influences(counts, ends, metric_weights)
}

# Of the shares of pairs that are accepted by one threshold, where these are `rates`.
rate_influences <- function(counts, rates, ends) {
  accepted <- function(pairs, rate) above_threshold(c(from_above(pairs$total), 0), rates[[rate]])
  none <- numeric(length(counts$similarity))
  weighted_influences(counts, ends, function(positive, negative) {
    list(
      false_accept_rate = list(positive = none, negative = accepted(negative, "false_accept_rate")),
      true_accept_rate = list(positive = accepted(positive, "true_accept_rate"), negative = none)
    )
  })
}

# `weights_of` makes the weights of each metric from the shares of both kinds of pairs.
weighted_influences <- function(counts, ends, weights_of) {
  if (is.null(counts)) {
    return(NULL)
  }
  positive <- pair_shares(counts$positive)
  negative <- pair_shares(counts$negative)
  if (is.null(positive) || is.null(negative)) {
    return(NULL)
  }
  weights <- weights_of(positive, negative)
  of_kind <- function(kind, pairs) {
    of_metrics <- vapply(weights, `[[`, counts$similarity, kind)[pairs$held, , drop = FALSE]
    means <- colSums(of_metrics * pairs$total[pairs$held])
    ends[[kind]] * (crossprod(pairs$shares, of_metrics) - outer(pairs$of_part, means))
  }
  of_kind("positive", positive) + of_kind("negative", negative)
}

# Of all pairs of a kind: those of each bin and part, of each bin, of each part. Bins that hold none
# are left out of `shares`, and often are half of all.
pair_shares <- function(counts) {
  of_bin <- rowSums(counts)
  count <- sum(of_bin)
  if (count > 0) {
    held <- which(of_bin > 0)
    shares <- counts[held, , drop = FALSE] / count
    total <- numeric(length(of_bin))
    total[held] <- rowSums(shares)
    list(shares = shares, held = held, total = total, of_part = colSums(shares), count = count)
  }
}

# For each metric list(positive, negative).
metric_weights <- function(positive, negative) {
  curve <- curve_of_bins(positive, negative)
  names <- paste0("tar_at_far_", accept_rate_limits)
  at_limits <- lapply(as.numeric(accept_rate_limits), accept_rate_weights, curve = curve)
  c(
    list(auc = area_weights(positive, negative), equal_error_rate = error_rate_weights(curve)),
    rlang::set_names(at_limits, names),
    list(overlap = overlap_weights(positive, negative))
  )
}

# The probability that a positive pair is more similar than a negative one is linear in both.
area_weights <- function(positive, negative) {
  list(
    positive = cumsum(negative$total) - negative$total / 2,
    negative = from_above(positive$total) - positive$total / 2
  )
}

from_above <- function(x) rev(cumsum(rev(x)))

# Accept rates ----------------------------------------------------------------------------------

# The shares at or above each bin, and above all.
curve_of_bins <- function(positive, negative) {
  list(true = c(from_above(positive$total), 0), false = c(from_above(negative$total), 0))
}

# 1 above the threshold where `rates`, which descend, fall to `limit`, 0 below; a fraction in its
# bin.
above_threshold <- function(rates, limit) {
  bins <- length(rates) - 1L
  bin <- min(max(sum(rates >= limit), 1L), bins)
  inside <- rates[[bin]] - rates[[bin + 1L]]
  share <- if (inside > 0) (limit - rates[[bin + 1L]]) / inside else 0
  c(rep(0, bin - 1L), min(max(share, 0), 1), rep(1, bins - bin))
}

# More false accepts move the threshold up, and that the true accept rate down the curve.
accept_rate_weights <- function(limit, curve) {
  above <- above_threshold(curve$false, limit)
  list(positive = above, negative = -slope_at(limit, curve) * above)
}

# The threshold moves until FAR = 1 - TAR again.
error_rate_weights <- function(curve) {
  above <- above_threshold(curve$false + curve$true, 1)
  slope <- slope_at(sum(above * -diff(curve$false)), curve)
  list(positive = -above / (1 + slope), negative = above * slope / (1 + slope))
}

# Of the true accept rate against the false accept rate, between 2/3 and 3/2 of the limit.
slope_at <- function(limit, curve) {
  if (limit <= 0) {
    return(0)
  }
  between <- limit * c(2 / 3, 3 / 2)
  rates <- vapply(between, function(limit) {
    sum(above_threshold(curve$false, limit) * -diff(curve$true))
  }, 0)
  diff(rates) / diff(between)
}

# Overlap ----------------------------------------------------------------------------------------

# In each bin the kind with fewer pairs counts. The bins are about as wide as those of overlap_of().
overlap_weights <- function(positive, negative) {
  bin <- wider_bins(positive, negative)
  fewer <- (rowsum(positive$total, bin) < rowsum(negative$total, bin))[bin]
  list(positive = as.numeric(fewer), negative = as.numeric(!fewer))
}

wider_bins <- function(positive, negative) {
  some <- range(which(positive$total + negative$total > 0))
  wanted <- min(ceiling(2 * min(positive$count, negative$count)^(1 / 3)), density_bins)
  width <- max(diff(some) / wanted, 1)
  bin <- floor((seq_along(positive$total) - some[[1]]) / width)
  pmin(pmax(bin, 0), wanted) + 1
}
