# What is particular to each two parts, in metrics that are means over negatives.
#
# A mean over pairs varies with each class, and with what is particular to each two classes (the terms
# of first and second order of Hoeffding 1948). The jackknife sees the latter in both classes, and so
# counts its variance twice (Efron and Stein 1981). It is estimated from the sums over each two parts,
# and the surplus is subtracted.

# list(counts, effects), both parts x parts: how many negatives each two parts have, and for each
# metric what they add to it, the sums of whose rows are half the influences of the parts. `sums` are
# those of the engine, CIRCLE_PAIR_SUMS there; in them half of all bins is 1.
new_part_pairs <- function(sums, bins_per_unit) {
  both_ways <- function(i) sums[i, , ] + t(sums[i, , ])
  counts <- both_ways(1L)
  total <- sum(counts)
  if (total == 0) {
    return(NULL)
  }
  mean <- sum(both_ways(2L)) / total
  distances <- both_ways(2L) - mean * counts
  squares <- both_ways(3L) - 2 * mean * both_ways(2L) + mean^2 * counts
  variance <- sum(squares) / total
  unit <- part_bins / 2 / bins_per_unit
  effects <- list(
    negative_mean = distances * unit / total,
    negative_sd = (squares - variance * counts) * unit / (2 * sqrt(variance)) / total
  )
  list(counts = counts, effects = effects)
}

# list(first, second): what effects of parts, and what terms of pairs add to the variance of each
# metric, which deviations of the parts give as `from_parts`, a sum of weights * deviations^2. The
# second is 0 where it is not known.
orders_of_variance <- function(from_parts, weights, pairs) {
  orders <- list(first = from_parts, second = 0 * from_parts)
  counts <- pairs$counts
  for (metric in intersect(names(pairs$effects), names(from_parts))) {
    variances <- variances_of_pairs(pairs$effects[[metric]], counts)
    if (!is.null(variances)) {
      of_metric <- weights[, metric]
      first <- max(from_parts[[metric]] - counted_by_parts(variances, counts, of_metric), 0)
      orders$first[[metric]] <- first * share_of_first_order(counts, of_metric)
      orders$second[[metric]] <- counted_once(variances)
    }
  }
  orders
}

# There are many more pairs than parts, so their part of the variance is better known. By
# Satterthwaite's formula.
degrees_of_orders <- function(orders, degrees) {
  parts <- degrees + 1
  of_pairs <- pmax(parts * (parts - 3) / 2, degrees)
  both <- (orders$first + orders$second)^2 /
    (orders$first^2 / degrees + orders$second^2 / of_pairs)
  ifelse(orders$second > 0, both, degrees)
}

# The variance that effects of parts on the means of their negatives give to the whole, over that
# which they give to the deviations: an effect also moves the negatives of the other parts, and so
# deviations are too small where parts are few.
share_of_first_order <- function(counts, weights) {
  of_part <- rowSums(counts)
  of_effects <- diag(of_part, nrow(counts)) + counts
  deviations <- of_effects - 2 * outer(of_part / sum(of_part), of_part)
  sum(of_part^2) / sum(weights * rowSums(deviations^2))
}

# What the terms of second order add to the variance of the metric: each two parts are one of them,
# and in the table twice.
counted_once <- function(variances) {
  2 * sum(variances) - sum(diag(variances))
}

# What they add to the sum of weights * deviations^2, by expectation. The deviation of a part is twice
# the sum of its row, less its share of the negatives times that of the whole table.
counted_by_parts <- function(variances, counts, weights) {
  share <- rowSums(counts) / sum(counts)
  of_row <- rowSums(variances)
  with_table <- 2 * of_row - diag(variances)
  4 * sum(weights * (of_row - 2 * share * with_table + share^2 * counted_once(variances)))
}

# The variance of the term of second order of each two parts, NULL if it cannot be told. Each part has
# an effect on the mean of all its negatives; what these do not explain is the term. Its square is
# too small, by the share of the mean that was fitted to itself.
variances_of_pairs <- function(effects, counts) {
  weights <- counts - diag(diag(counts), nrow(counts))
  inverse <- inverse_of_normal(diag(rowSums(weights), nrow(weights)) + weights)
  if (is.null(inverse)) {
    return(NULL)
  }
  different <- effects * (weights > 0)
  of_part <- drop(inverse %*% (rowSums(different) - diag(different)))
  terms <- different - weights * outer(of_part, of_part, "+")
  spreads <- diag(inverse)
  fitted <- weights * (outer(spreads, spreads, "+") + 2 * inverse)
  variances <- ifelse(weights > 0, terms^2 / pmax(1 - fitted, least_left), 0)
  # Of classes in the same part: a term is in the table twice
  diag(variances) <- 2 * sum(variances) / sum(weights) * diag(counts)
  variances
}

# Two parts that have most of the negatives fit themselves.
least_left <- 0.1

inverse_of_normal <- function(matrix) {
  tryCatch(solve(matrix), error = function(condition) NULL)
}
