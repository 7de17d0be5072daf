# The metrics of an evaluation, naively: each by its definition, from full N x M matrices. Nothing
# in it is taken from the package, and nothing is meant to be fast.
#
# A problem is that of helper-data.R. Rows are scaled to length 1 first.

naive_metrics <- function(problem, k = c(1, 5, 10)) {
  pairs <- naive_verified_pairs(problem)
  c(
    naive_retrieval_metrics(pairs, k),
    naive_verification_metrics(pairs$s[pairs$once & pairs$positive],
      pairs$s[pairs$once & pairs$negative])
  )
}

naive_verified_pairs <- function(problem) {
  own <- is.null(problem$references)
  x <- naive_unit(problem$embeddings)
  r <- if (own) x else naive_unit(problem$references)
  labels <- problem$labels
  reference_labels <- if (is.null(problem$reference_labels)) labels else problem$reference_labels
  s <- tcrossprod(x, r)
  pair <- if (own) row(s) != col(s) else row(s) > 0
  same <- outer(labels, reference_labels, "==")
  list(
    labels = labels,
    s = s,
    pair = pair,
    positive = same & pair,
    negative = !same,
    once = if (own) row(s) < col(s) else pair
  )
}

# Retrieval ------------------------------------------------------------------------------------

# For each anchor whether the reference at each rank is a positive
naive_hits <- function(pairs) {
  lapply(seq_along(pairs$labels), function(i) {
    others <- which(pairs$pair[i, ])
    ranked <- others[order(-pairs$s[i, others], others)]
    pairs$positive[i, ranked]
  })
}

naive_retrieval <- function(hits, k) {
  count <- sum(hits)
  precision <- cumsum(hits) / seq_along(hits)
  first <- function(n) utils::head(hits, n)
  values <- c(
    vapply(k, function(k) sum(first(k)) / k, 0),
    vapply(k, function(k) as.numeric(any(first(k))), 0),
    mean(first(count)),
    sum(utils::head(hits * precision, count)) / count,
    sum(hits * precision) / count,
    1 / match(TRUE, hits),
    count / max(which(hits), 0)
  )
  names(values) <- c(
    paste0("precision_at_", k), paste0("recall_at_", k),
    "r_precision", "map_at_r", "mean_average_precision", "mean_reciprocal_rank",
    "mean_inverse_negative_penalty"
  )
  if (count == 0) values[] <- NA
  values
}

naive_retrieval_metrics <- function(pairs, k) {
  values <- do.call(rbind, lapply(naive_hits(pairs), naive_retrieval, k = k))
  counted <- !is.na(values[, "r_precision"])
  if (!any(counted)) {
    values <- values[1, ]
    return(c(values, stats::setNames(values, paste0(names(values), "_by_class"))))
  }
  values <- values[counted, , drop = FALSE]
  by_class <- aggregate(values, list(pairs$labels[counted]), mean)[-1]
  c(colMeans(values), stats::setNames(colMeans(by_class), paste0(names(by_class), "_by_class")))
}

# Verification ---------------------------------------------------------------------------------

naive_verification_metrics <- function(positive, negative) {
  c(
    auc = naive_auc(positive, negative),
    equal_error_rate = naive_equal_error_rate(positive, negative),
    tar_at_far_0.1 = naive_accept_rate(positive, negative, 0.1),
    tar_at_far_0.01 = naive_accept_rate(positive, negative, 0.01),
    tar_at_far_0.001 = naive_accept_rate(positive, negative, 0.001),
    positive_mean = if (length(positive) > 0) mean(positive) else NA,
    negative_mean = if (length(negative) > 0) mean(negative) else NA
  )
}

naive_auc <- function(positive, negative) {
  if (length(positive) == 0 || length(negative) == 0) {
    return(NA_real_)
  }
  mean(outer(positive, negative, ">") + outer(positive, negative, "==") / 2)
}

naive_accept_rate <- function(positive, negative, limit) {
  if (length(positive) == 0 || length(negative) == 0) {
    return(NA_real_)
  }
  thresholds <- c(positive, negative, Inf)
  true <- vapply(thresholds, function(threshold) mean(positive >= threshold), 0)
  false <- vapply(thresholds, function(threshold) mean(negative >= threshold), 0)
  max(true[false <= limit])
}

# On the curve between thresholds the rates are in proportion
naive_equal_error_rate <- function(positive, negative) {
  if (length(positive) == 0 || length(negative) == 0) {
    return(NA_real_)
  }
  thresholds <- c(Inf, sort(unique(c(positive, negative)), decreasing = TRUE))
  true <- vapply(thresholds, function(threshold) mean(positive >= threshold), 0)
  false <- vapply(thresholds, function(threshold) mean(negative >= threshold), 0)
  position <- stats::uniroot(
    function(at) {
      both <- stats::approx(seq_along(true), true + false, at)$y
      both - 1
    },
    c(1, length(true)),
    tol = 1e-12
  )$root
  stats::approx(seq_along(false), false, position)$y
}

# Pairs counted by similarity, as the engine counts them when it keeps every similarity ----------

exact_counts <- function(positive, negative) {
  values <- sort(unique(c(positive, negative)))
  list(
    lower = values,
    upper = values,
    positive = as.double(tabulate(match(positive, values), length(values))),
    negative = as.double(tabulate(match(negative, values), length(values)))
  )
}

# And in equal bins
binned_counts <- function(positive, negative, bins = 50, from = -1, to = 1) {
  edges <- seq(from, to, length.out = bins + 1)
  count <- function(x) {
    as.double(tabulate(findInterval(x, edges, rightmost.closed = TRUE), bins))
  }
  p <- count(positive)
  n <- count(negative)
  used <- p + n > 0
  list(
    lower = edges[-(bins + 1)][used], upper = edges[-1][used],
    positive = p[used], negative = n[used]
  )
}

# Quantiles with the names that python/accuracy.py gives them
quantile_metrics <- function(quantiles) {
  of_kind <- function(kind) {
    names <- paste0(kind, "_quantile_", quantiles$probability)
    stats::setNames(quantiles[[kind]], names)
  }
  c(of_kind("positive"), of_kind("negative"))
}
