# How far a computed result may be from the naive one: rounding errors carried through the formula
# as intervals. With the unit roundoff e of the compute type:
#
#   similarity   D products and sums, whose errors add up like a random walk: four standard
#                deviations and two more roundings are 4 (sqrt(D) + 2) e |x| |r|
#   logit        z = gamma a b: the error of s moves both factors, and either way of writing z
#                (a product, or a difference of squares) rounds a few times
#   P, Q         between the logsumexp of all logits at their lowest and of all at their highest,
#                and a few roundings of the sum
#   loss         between softplus of the lowest and of the highest P + Q
#   gradient     each pair's probability lies between those of its lowest logit among the highest
#                of the others and the other way round; its slope is off by 2 gamma ds, and by a
#                whole slope where s is as near to a clamp as its own error
#
# The bound is for one side of a comparison: tests take it once where the other side is exact
# beside it, twice where both round alike.

# Bounds for each loss, the reduced value and, if asked for, each entry of the gradients
rounding_bound <- function(problem, dtype, weights = "differentiated", reduction = "mean",
                           sample_weight = NULL, upstream = NULL, gradient = TRUE) {
  pairs <- naive_pairs_of(problem, dtype)
  range <- rounding_range(pairs, problem, compute_type(dtype))
  exact <- pairs$losses

  losses <- pmax(softplus(range$t_high) - exact, exact - softplus(range$t_low)) +
    4 * range$e * exact + 4 * smallest_denormal(compute_type(dtype))
  if (dtype != compute_type(dtype)) {
    losses <- losses + unit_roundoff(dtype) * exact + smallest_denormal(dtype)
  }

  u <- naive_upstream(round_to(exact, dtype), reduction, sample_weight, dtype)
  value <- abs(u) * (losses + 4 * range$e * exact)
  bound <- list(losses = losses, value = if (is_unreduced(reduction)) value else sum(value))
  if (!gradient) {
    return(bound)
  }
  u <- if (is.null(upstream)) u else upstream
  c(bound, gradient_bound(pairs, range, abs(u), weights, is.null(problem$references)))
}

gradient_bound <- function(pairs, range, u, weights, own_references) {
  e <- range$e
  probability <- naive_probability(pairs)
  probability_error <- by_pair(
    pairs,
    probability_range(pairs$zp, range$z_error, range$p_low, range$p_high, range, probability),
    probability_range(pairs$zn, range$z_error, range$q_low, range$q_high, range, probability)
  )
  slope <- abs(naive_slope(pairs, range$gamma, range$margin, weights))
  slope_error <- 2 * range$gamma * range$factor_error + 2 * e * slope +
    clamp_jump(pairs, range, weights)

  g <- u * probability * slope
  g_error <- u * (probability_error * (slope + slope_error) + probability * slope_error) +
    12 * e * g + 2 * range$gamma * smallest_normal(range$type)
  # M products are summed in the compute type, in any order, each of which may underflow
  of_rows <- function(g_error, g, rows) {
    g_error %*% abs(rows) + e * (4 + 2 * sqrt(ncol(g))) * (g %*% abs(rows)) +
      ncol(g) * smallest_denormal(range$type) * (1 + 2 * range$gamma * max(u, 0))
  }
  by_query <- of_rows(g_error, g, pairs$r)
  by_reference <- of_rows(t(g_error), t(g), pairs$x)
  if (own_references) {
    list(gradient = by_query + by_reference, ref_gradient = NULL)
  } else {
    list(gradient = by_query, ref_gradient = by_reference)
  }
}

# The errors of s, of a logit's factors and of the logits; from where to where P, Q and t may lie
rounding_range <- function(pairs, problem, type) {
  gamma <- with_defaults(problem)$gamma
  margin <- with_defaults(problem)$margin
  e <- unit_roundoff(type)
  d <- pairs$d
  s_error <- 4 * e * (sqrt(ncol(pairs$x)) + 2) * outer(row_length(pairs$x), row_length(pairs$r))
  factor_error <- s_error + e * (1 + abs(margin) + d)
  z_error <- gamma * by_pair(
    pairs,
    logit_error(margin + d, margin - d, d, margin, factor_error, e),
    logit_error(1 + margin - d, 1 - margin - d, 1 - d, margin, factor_error, e)
  )
  side_error <- function(side) e * (8 + 2 * ifelse(is.finite(side), abs(side), 0))
  p_high <- row_logsumexp(pairs$zp + z_error, pairs$positive) + side_error(pairs$p)
  p_low <- row_logsumexp(pairs$zp - z_error, pairs$positive) - side_error(pairs$p)
  q_high <- row_logsumexp(pairs$zn + z_error, pairs$negative) + side_error(pairs$q)
  q_low <- row_logsumexp(pairs$zn - z_error, pairs$negative) - side_error(pairs$q)
  list(
    type = type, e = e, gamma = gamma, margin = margin,
    s_error = s_error, factor_error = factor_error, z_error = z_error,
    p_high = p_high, p_low = p_low, q_high = q_high, q_low = q_low,
    t_high = p_high + q_high, t_low = p_low + q_low
  )
}

# Of a * b = nearness^2 - margin^2, whichever of the two is computed
logit_error <- function(a, b, nearness, margin, factor_error, e) {
  (abs(a) + abs(b)) * factor_error + factor_error^2 + 4 * e * (nearness^2 + margin^2)
}

# How far the probability of a pair may be from `probability`; its side is P or Q
probability_range <- function(z, z_error, side_low, side_high, range, probability) {
  highest <- stats::plogis(range$t_high) * exp(pmin(z + z_error - side_low, 0))
  lowest <- stats::plogis(range$t_low) * exp(pmin(z - z_error - side_high, 0))
  pmax(highest - probability, probability - lowest)
}

# Nearer to a clamp than twice the error of s, either side of it may be taken
clamp_jump <- function(pairs, range, weights) {
  jump <- array(0, dim(pairs$d))
  if (weights == "differentiated") {
    margin <- range$margin
    d <- pairs$d
    near <- abs(1 - pairs$s) <= 2 * range$s_error |
      (pairs$positive & abs(margin + d) <= 2 * range$s_error) |
      (pairs$negative & abs(1 + margin - d) <= 2 * range$s_error)
    slope <- 2 * range$gamma * by_pair(pairs, abs(d), abs(1 - d))
    jump[near] <- slope[near]
  }
  jump
}

# Every entry of `object` within `tolerance` of `expected`; never NaN, never Inf
expect_within <- function(object, expected, tolerance) {
  what <- rlang::expr_label(rlang::enexpr(object))
  complaint <- complaint_about(object, expected, tolerance)
  testthat::expect(is.null(complaint), paste(what, complaint))
  invisible(object)
}

complaint_about <- function(object, expected, tolerance) {
  if (length(object) != length(expected) || !identical(dim(object), dim(expected))) {
    return("has another shape than the expected result.")
  }
  if (!all(is.finite(object))) {
    return("has an entry that is not finite.")
  }
  excess <- abs(object - expected) / tolerance
  excess[object == expected] <- 0
  if (all(excess <= 1)) {
    return(NULL)
  }
  worst <- which.max(excess)
  sprintf(
    "has %.17g for entry %d, expected %.17g: %.3g tolerances away.",
    object[worst], worst, expected[worst], excess[worst]
  )
}
