# Verification: how well a threshold on the similarity separates positive pairs from negative ones.
#
# Everything here is a function of counts: list(lower, upper, positive, negative), pairs counted by
# similarity in ascending order. If lower == upper that is one exact similarity, else a bin. The
# page of evaluate_embeddings() defines the numbers and their error due to bins.

accept_rate_limits <- c("0.1", "0.01", "0.001", "0.0001", "0.00001")
quantile_probabilities <- c(0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
curve_points <- 2000L
density_bins <- 512L
# Counts of up to this many false accepts, and of false rejects, are all kept.
exact_errors <- 1024

verify <- function(counts) {
  roc <- accept_curve(counts)
  density <- pair_density(counts)
  list(
    metrics = verification_metrics(counts, roc),
    quantiles = data.frame(
      probability = quantile_probabilities,
      positive = count_quantiles(counts, counts$positive, quantile_probabilities),
      negative = count_quantiles(counts, counts$negative, quantile_probabilities)
    ),
    roc = thin_curve(roc),
    thresholds = kept_thresholds(counts),
    density = density,
    overlap = overlap_of(density)
  )
}

verification_metrics <- function(counts, roc) {
  names <- c("auc", "auc_error", "equal_error_rate", paste0("tar_at_far_", accept_rate_limits))
  if (nrow(roc) == 0L) {
    return(rlang::set_names(rep(NA_real_, length(names)), names))
  }
  at_limits <- vapply(as.numeric(accept_rate_limits), true_accept_rate_at, 0, roc = roc)
  rlang::set_names(
    c(area_under(roc), area_error(counts), equal_error_rate(roc), at_limits),
    names
  )
}

# The curve --------------------------------------------------------------------------------------

# Its vertices from "accept nothing" to "accept all", but for those on a horizontal or vertical
# line; others are rare. None without pairs of both kinds.
accept_curve <- function(counts) {
  positives <- sum(counts$positive)
  negatives <- sum(counts$negative)
  if (positives == 0 || negatives == 0) {
    return(data.frame(
      threshold = numeric(), false_accept_rate = numeric(), true_accept_rate = numeric()
    ))
  }
  negative <- rev(counts$negative)
  positive <- rev(counts$positive)
  at <- which(c(TRUE, !is_straight(negative == 0, positive == 0), TRUE))
  data.frame(
    threshold = c(Inf, rev(counts$lower))[at],
    false_accept_rate = c(0, cumsum(negative))[at] / negatives,
    true_accept_rate = c(0, cumsum(positive))[at] / positives
  )
}

# Whether the curve does not turn between each two steps, which are upright or level.
is_straight <- function(upright, level) {
  last <- length(level)
  (upright[-last] & upright[-1]) | (level[-last] & level[-1])
}

# By the trapezoidal rule, which counts ties as one half.
area_under <- function(roc) {
  heights <- roc$true_accept_rate
  sum(diff(roc$false_accept_rate) * (heights[-1] + heights[-length(heights)])) / 2
}

# Within a bin the order of positives and negatives is not known: in the worst case all of one kind
# come first, which moves the area by half their product.
area_error <- function(counts) {
  bins <- which(counts$lower < counts$upper)
  unknown <- sum(counts$positive[bins] * counts$negative[bins])
  unknown / (2 * sum(counts$positive) * sum(counts$negative))
}

# Where the curve meets the line on which false accepts and false rejects are equally frequent.
equal_error_rate <- function(roc) {
  above <- roc$false_accept_rate + roc$true_accept_rate - 1
  after <- which(above >= 0)[[1]]
  before <- after - 1L
  share <- above[[before]] / (above[[before]] - above[[after]])
  rates <- roc$false_accept_rate
  rates[[before]] + share * (rates[[after]] - rates[[before]])
}

true_accept_rate_at <- function(limit, roc) {
  max(roc$true_accept_rate[roc$false_accept_rate <= limit])
}

# Fewer vertices: those nearest to evenly spaced true accept rates, and to false accept rates that
# are evenly spaced on a logarithmic scale.
thin_curve <- function(roc, points = curve_points) {
  if (nrow(roc) > points) {
    each <- points %/% 2L - 1L
    rates <- roc$false_accept_rate
    lowest <- min(rates[rates > 0])
    by_false <- exp(seq(log(lowest), 0, length.out = each))
    by_true <- seq(0, 1, length.out = each)
    kept <- c(
      1L, nrow(roc),
      findInterval(by_false, rates, all.inside = TRUE),
      findInterval(by_true, roc$true_accept_rate, all.inside = TRUE)
    )
    roc <- roc[sort(unique(kept)), ]
  }
  row.names(roc) <- NULL
  roc
}

# Thresholds -------------------------------------------------------------------------------------

# The thresholds that can be the best for some limit, from "accept nothing" on: those with more true
# accepts than any other with as few false ones. A threshold lies between two similarities, so that
# another rounding of either decides nothing, or is the lower edge of a bin.
best_thresholds <- function(counts) {
  if (sum(counts$positive) == 0 || sum(counts$negative) == 0) {
    return(data.frame(
      threshold = numeric(), false_accepts = numeric(), true_accepts = numeric()
    ))
  }
  negative <- rev(counts$negative)
  false_accepts <- c(0, cumsum(negative))
  true_accepts <- c(0, cumsum(rev(counts$positive)))
  # Of equally many false accepts the last has the most true ones
  at <- which(c(negative > 0, TRUE))
  at <- at[c(TRUE, diff(true_accepts[at]) > 0)]
  data.frame(
    threshold = threshold_between(counts, at - 1L),
    false_accepts = false_accepts[at],
    true_accepts = true_accepts[at]
  )
}

# The threshold that accepts so many of the largest similarities, or bins.
threshold_between <- function(counts, accepted) {
  lower <- c(Inf, rev(counts$lower))[accepted + 1]
  below <- c(rev(counts$upper), -Inf)[accepted + 1]
  between <- lower / 2 + below / 2
  ifelse(is.finite(between) & between > below, between, lower)
}

# Some of them: of those that agree in the leading bits of both errors the first and the last. The
# limits of the metrics and the smallest larger error keep their exact threshold.
kept_thresholds <- function(counts) {
  best <- best_thresholds(counts)
  if (nrow(best) == 0L) {
    return(best)
  }
  false_rejects <- sum(counts$positive) - best$true_accepts
  differs <- diff(leading_bits(best$false_accepts)) != 0 | diff(leading_bits(false_rejects)) != 0
  kept <- c(TRUE, differs) | c(differs, TRUE)
  rates <- best$false_accepts / sum(counts$negative)
  kept[findInterval(as.numeric(accept_rate_limits), rates)] <- TRUE
  kept[which.min(pmax(rates, false_rejects / sum(counts$positive)))] <- TRUE
  best <- best[kept, ]
  row.names(best) <- NULL
  best
}

# Counts rounded down to as many bits as `exact_errors` has, which are off by less than one part in
# 512.
leading_bits <- function(counts) {
  unit <- 2^pmax(ceiling(log2((counts + 1) / exact_errors)), 0)
  floor(counts / unit) * unit
}

# Distributions ----------------------------------------------------------------------------------

# The quantiles of stats::quantile() (type 7) of values that occur `times` times. The pairs of a bin
# are assumed to be evenly spaced in it.
count_quantiles <- function(counts, times, probabilities) {
  total <- sum(times)
  if (total == 0) {
    return(rep(NA_real_, length(probabilities)))
  }
  up_to <- cumsum(times)
  value_at <- function(rank) {
    bin <- findInterval(rank, up_to, left.open = TRUE) + 1L
    within <- (rank - (up_to[bin] - times[bin]) - 0.5) / times[bin]
    counts$lower[bin] + within * (counts$upper[bin] - counts$lower[bin])
  }
  rank <- 1 + (total - 1) * probabilities
  low <- value_at(floor(rank))
  low + (rank - floor(rank)) * (value_at(ceiling(rank)) - low)
}

# Densities of both kinds of pairs over the same bins, each with an integral of 1; NA for a kind
# without pairs.
pair_density <- function(counts) {
  if (length(counts$lower) == 0L) {
    return(data.frame(similarity = numeric(), positive = numeric(), negative = numeric()))
  }
  edges <- density_edges(counts)
  width <- diff(edges)
  inner <- edges[-c(1L, length(edges))]
  # The counts ascend, so that few edges are looked for among them
  below <- findInterval(inner, (counts$lower + counts$upper) / 2, left.open = TRUE)
  in_bins <- function(times) {
    if (sum(times) == 0) {
      return(rep(NA_real_, length(width)))
    }
    up_to <- c(0, cumsum(times))[c(0, below, length(times)) + 1]
    diff(up_to) / sum(times) / width
  }
  data.frame(
    similarity = edges[-1] - width / 2,
    positive = in_bins(counts$positive),
    negative = in_bins(counts$negative)
  )
}

# Rice's rule for the kind with fewer pairs; no bin narrower than those of the counts.
density_edges <- function(counts) {
  low <- counts$lower[[1]]
  high <- counts$upper[[length(counts$upper)]]
  if (low == high) {
    return(c(low - 0.5, high + 0.5))
  }
  pairs <- c(sum(counts$positive), sum(counts$negative))
  bins <- min(ceiling(2 * min(pairs[pairs > 0])^(1 / 3)), density_bins)
  finest <- max(counts$upper - counts$lower)
  if (finest > 0) {
    bins <- max(min(bins, floor((high - low) / finest)), 1)
  }
  seq(low, high, length.out = bins + 1)
}

overlap_of <- function(density) {
  if (nrow(density) == 0L || anyNA(density)) {
    return(NA_real_)
  }
  if (nrow(density) == 1L) {
    return(1)
  }
  width <- density$similarity[[2]] - density$similarity[[1]]
  sum(pmin(density$positive, density$negative)) * width
}
