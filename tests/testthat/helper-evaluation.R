# The naive evaluation: whole rows of similarities, sorted. It defines what is correct; nothing in
# it is meant to be fast. Its results have the form of the engine's.
#
# A problem is that of helper-data.R. Where the embeddings are their own references, the pair of a
# row with itself is none; others are left out by the problem's groups, under the rule `same_group`.

naive_evaluation <- function(problem, k = c(1L, 5L, 10L), normalize = FALSE, dtype = "float64",
                             kept_pairs = 20L, metric = NULL, same_group = "include") {
  pairs <- naive_ranked_pairs(problem, normalize, dtype, metric, same_group)
  anchors <- lapply(seq_along(problem$labels), naive_anchor, pairs = pairs, k = k)
  metrics <- lapply(anchor_metrics, function(name) vapply(anchors, `[[`, 0, name))
  precision <- vapply(anchors, `[[`, 0 * k, "precision_at_k")
  list(
    anchors = stats::setNames(metrics, anchor_metrics),
    precision_at_k = matrix(precision, length(anchors), length(k), byrow = TRUE),
    moments = lapply(pairs$counted, function(counted) naive_moments(pairs$s[counted])),
    similarities = naive_similarities(pairs),
    hardest = list(
      positive = naive_hardest(pairs, "positive", 1, kept_pairs),
      negative = naive_hardest(pairs, "negative", -1, kept_pairs)
    )
  )
}

anchor_metrics <- c(
  "positives", "negatives", "first_rank", "last_rank", "r_precision", "average_precision_at_r",
  "average_precision", "nearest", "nearest_similarity", "nearest_positive",
  "nearest_positive_similarity", "hardest_positive", "hardest_positive_similarity",
  "hardest_negative", "hardest_negative_similarity", "positive_mean", "negative_mean",
  "positive_sd", "negative_sd"
)

naive_ranked_pairs <- function(problem, normalize, dtype, metric = NULL, same_group = "include") {
  own <- is.null(problem$references) && is.null(problem$reference_labels)
  rows_of <- function(x) round_to(if (normalize) naive_unit(x) else x, dtype)
  x <- rows_of(problem$embeddings)
  r <- if (is.null(problem$references)) x else rows_of(problem$references)
  labels <- problem$labels
  reference_labels <- if (is.null(problem$reference_labels)) labels else problem$reference_labels
  s <- naive_similarity(x, r, metric, compute_type(dtype))
  is_pair <- if (own) row(s) != col(s) else row(s) > 0
  same <- outer(labels, reference_labels, "==")
  once <- if (own) row(s) < col(s) else is_pair
  groups <- problem$groups
  reference_groups <- if (is.null(problem$references)) groups else problem$reference_groups
  alike <- if (same_group == "include") s != s else outer(groups, reference_groups, "==")
  leaves_out_positives <- same_group %in% c("exclude", "exclude_positives")
  positive <- same & is_pair & !(leaves_out_positives & alike)
  negative <- !same & switch(same_group, exclude = !alike, only_negatives = alike, TRUE)
  list(
    s = s,
    positive = positive,
    negative = negative,
    counted = list(positive = positive & once, negative = negative & once)
  )
}

# Exact for whole numbers: the squares of cosines are then fractions, whose roots are rounded once.
naive_similarity <- function(x, r, metric, type) {
  products <- tcrossprod(x, r) + 0
  both <- outer(rowSums(x^2), rowSums(r^2))
  if (identical(metric, "cosine")) {
    cosine <- sign(products) * sqrt(products^2 / both)
    cosine[both == 0] <- 0
    round_to(cosine, type)
  } else if (identical(metric, "euclidean")) {
    -sqrt(pmax(outer(rowSums(x^2), rowSums(r^2), "+") - 2 * products, 0)) + 0
  } else {
    products
  }
}

# SPEC.md line by line, with the pairs that groups leave.
naive_losses_of_pairs <- function(pairs, gamma = 80, margin = 0.4) {
  d <- pmax(1 - pairs$s, 0)
  log_sum_exp <- function(z) if (length(z) == 0) -Inf else max(z) + log(sum(exp(z - max(z))))
  vapply(seq_len(nrow(d)), function(i) {
    positive <- d[i, pairs$positive[i, ]]
    negative <- d[i, pairs$negative[i, ]]
    p <- log_sum_exp(-gamma * pmax(margin + positive, 0) * (margin - positive))
    q <- log_sum_exp(gamma * pmax(1 + margin - negative, 0) * (1 - margin - negative))
    if (!is.finite(p + q)) 0 else max(p + q, 0) + log1p(exp(-abs(p + q)))
  }, 0)
}

naive_anchor <- function(i, pairs, k) {
  s <- pairs$s[i, ]
  positive <- which(pairs$positive[i, ])
  negative <- which(pairs$negative[i, ])
  neighbours <- sort(c(positive, negative))
  neighbours <- neighbours[order(-s[neighbours], neighbours)]
  ranks <- which(neighbours %in% positive)
  r <- length(positive)
  precision <- seq_along(ranks) / ranks
  if_any <- function(value) if (r > 0) value else NA_real_
  first_of <- function(x) c(as.double(x), NA)[[1]]
  nearest_positive <- first_of(positive[order(-s[positive], positive)])
  hardest_positive <- first_of(positive[order(s[positive], positive)])
  hardest_negative <- first_of(negative[order(-s[negative], negative)])
  nearest <- first_of(neighbours)
  list(
    positives = as.double(r),
    negatives = as.double(length(negative)),
    first_rank = first_of(ranks),
    last_rank = first_of(rev(ranks)),
    r_precision = if_any(sum(ranks <= r) / r),
    average_precision_at_r = if_any(sum(precision[ranks <= r]) / r),
    average_precision = if_any(sum(precision) / r),
    nearest = nearest,
    nearest_similarity = s[nearest],
    nearest_positive = nearest_positive,
    nearest_positive_similarity = s[nearest_positive],
    hardest_positive = hardest_positive,
    hardest_positive_similarity = s[hardest_positive],
    hardest_negative = hardest_negative,
    hardest_negative_similarity = s[hardest_negative],
    positive_mean = if_any(mean(s[positive])),
    negative_mean = if (length(negative) > 0) mean(s[negative]) else NA_real_,
    positive_sd = if_any(naive_spread(s[positive])),
    negative_sd = if (length(negative) > 0) naive_spread(s[negative]) else NA_real_,
    precision_at_k = vapply(k, function(k) if_any(sum(ranks <= k) / k), 0)
  )
}

naive_spread <- function(s) sqrt(mean((s - mean(s))^2))

naive_moments <- function(s) {
  if (length(s) == 0) {
    return(c(count = 0, mean = NA, sd = NA, min = NA, max = NA))
  }
  c(count = length(s), mean = mean(s), sd = stats::sd(s), min = min(s), max = max(s))
}

naive_similarities <- function(pairs) {
  s <- lapply(pairs$counted, function(counted) pairs$s[counted])
  distinct <- sort(unique(c(s$positive, s$negative)))
  count <- function(s) as.double(tabulate(match(s, distinct), length(distinct)))
  list(
    lower = distinct, upper = distinct,
    positive = count(s$positive), negative = count(s$negative)
  )
}

# `sign` is 1 where small similarities are hard
naive_hardest <- function(pairs, kind, sign, kept_pairs) {
  at <- which(pairs$counted[[kind]], arr.ind = TRUE)
  s <- pairs$s[at]
  first <- utils::head(order(sign * s, at[, 1], at[, 2]), kept_pairs)
  list(
    anchor = as.double(at[first, 1]), reference = as.double(at[first, 2]), similarity = s[first]
  )
}

# The engine's side ----------------------------------------------------------------------------

engine_evaluation <- function(problem, k = c(1L, 5L, 10L), normalize = FALSE, dtype = "float64",
                              kept_pairs = 20L, threads = 1L, progress = NULL, metric = NULL,
                              same_group = "include") {
  .Call(
    ffi_evaluate_embeddings, problem,
    list(k = k, normalize = normalize, dtype = dtype, metric = metric, same_group = same_group),
    list(kept_pairs = kept_pairs, threads = threads, progress = progress)
  )
}

# Similarities that are sums of a few small multiples of a power of 2: the same numbers in every
# type and in any order of summation, and many of them equal.
exact_problem <- function(n, d, structure = "few", m = NULL, seed = 1, steps = 2L) {
  problem <- random_problem(n, d, structure, m, seed = seed)
  exact_rows <- function(rows) {
    matrix((sample.int(2L * steps + 1L, rows * d, replace = TRUE) - steps - 1L) / 4, rows, d)
  }
  problem$embeddings <- exact_rows(n)
  if (!is.null(m)) {
    problem$references <- exact_rows(m)
  }
  problem
}

result_parts <- c("anchors", "precision_at_k", "moments", "similarities", "hardest")

# Everything but means and spreads must agree to the last bit.
# Distances are in double for any dtype, to be `compared` with.
expect_exact_evaluation <- function(problem, ..., dtype = "float64", compared = dtype) {
  result <- engine_evaluation(problem, ..., dtype = dtype)
  naive <- naive_evaluation(problem, ..., dtype = compared)
  expect_identical(result$status, "ok")
  parts <- setdiff(result_parts, "moments")
  expect_equal(result[parts], naive[parts], tolerance = 1e-13)
  expect_moments(unlist(result$moments), unlist(naive$moments))
  rounded <- grep("_mean$|_sd$|^average_precision", anchor_metrics, value = TRUE)
  exact <- setdiff(anchor_metrics, rounded)
  expect_identical(result$anchors[exact], naive$anchors[exact])
  expect_identical(result$precision_at_k, naive$precision_at_k)
  expect_identical(result$similarities, naive$similarities)
  expect_identical(result$hardest, naive$hardest)
}

# A mean may be next to 0, the sum of numbers that cancel: its error is that of the largest.
expect_moments <- function(moments, naive) {
  expect_identical(is.na(moments), is.na(naive))
  expect_lte(max(abs(moments - naive), 0, na.rm = TRUE), 1e-13 * max(abs(naive), 1, na.rm = TRUE))
}

# Without the warnings of results that mean little: no pairs of a kind, all pairs alike.
quiet_evaluation <- function(...) {
  suppressWarnings(evaluate_embeddings(...), classes = "circleloss_warning")
}
