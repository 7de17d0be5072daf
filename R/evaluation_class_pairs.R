# What is particular to each two classes, in metrics that are means over negatives.
#
# A mean over pairs varies with each class, and with what is particular to each two classes (the
# terms of first and second order of Hoeffding 1948). The jackknife sees the latter in both classes,
# and so counts its variance twice (Efron and Stein 1981). It is estimated from the sums over each
# two classes, and counted once. Of many classes 100 at random will do.

# list(counts, effects, negatives, shares, size): for each two classes of `sums`, those of the
# engine, the number of negatives, and for each metric what they add to it; the number of all
# negatives, and of each part the share of them and the number of its classes. In `sums` half of all
# bins is 1, see CIRCLE_PAIR_SUMS.
new_class_pairs <- function(sums, bins_per_unit, negatives, size) {
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
  unit <- part_bins / 2 / bins_per_unit / sum(negatives)
  # Where all negatives are alike, rounding may leave less than 0
  of_variance <- if (variance > 0) 1 / (2 * sqrt(variance)) else 0
  effects <- list(
    negative_mean = distances * unit,
    negative_sd = (squares - variance * counts) * unit * of_variance
  )
  list(
    counts = counts, effects = effects, negatives = sum(negatives),
    shares = negatives / sum(negatives), size = size
  )
}

# list(first, second): what effects of classes, and what terms of pairs add to the variance of each
# metric, which deviations of the parts give as `from_parts`, a sum of weights * deviations^2. The
# second is 0 where it is not known.
orders_of_variance <- function(from_parts, weights, pairs) {
  orders <- list(first = from_parts, second = 0 * from_parts)
  inverse <- if (!is.null(pairs)) inverse_of_normal(pairs$counts)
  if (is.null(inverse)) {
    return(orders)
  }
  for (metric in intersect(names(pairs$effects), names(from_parts))) {
    terms <- terms_of_pairs(pairs$effects[[metric]], pairs$counts, inverse)
    variances <- variances_of_parts(variances_of_terms(terms, pairs$counts, inverse), pairs)
    of_metric <- weights[, metric]
    counted <- counted_by_parts(variances, pairs$shares, of_metric)
    # A variance cannot be below 0: half of the noise less, and this adds little where there is none
    first <- max(from_parts[[metric]] - counted * (1 + noise_of_parts(terms) / 2), 0)
    orders$first[[metric]] <- first * share_of_first_order(pairs, of_metric)
    orders$second[[metric]] <- counted_once(variances)
  }
  orders
}

# From those of some classes to those of parts of all, in proportion to the pairs of classes. Of
# classes in the same part a term is in the table twice.
variances_of_parts <- function(variances, pairs) {
  size <- pairs$size
  if (all(size == 1)) {
    return(variances)
  }
  of_parts <- outer(size, size) - diag(size, length(size))
  in_all <- sum(variances) * pairs$negatives / sum(pairs$counts)
  of_parts <- of_parts * in_all / sum(of_parts)
  of_parts + diag(diag(of_parts), length(size))
}

# There are many more pairs than classes, so their part of the variance is better known. By
# Satterthwaite's formula.
degrees_of_orders <- function(orders, degrees) {
  parts <- degrees + 1
  of_pairs <- pmax(parts * (parts - 3) / 2, degrees)
  both <- (orders$first + orders$second)^2 /
    (orders$first^2 / degrees + orders$second^2 / of_pairs)
  ifelse(orders$second > 0, both, degrees)
}

# The variance that effects of classes on the means of their negatives give to the whole, over that
# which they give to the deviations: an effect also moves the negatives of the other classes, and so
# deviations are too small where classes are few.
share_of_first_order <- function(pairs, weights) {
  if (any(pairs$size > 1)) {
    classes <- sum(pairs$size)
    return(((classes - 1) / (classes - 2))^2)
  }
  of_class <- rowSums(pairs$counts)
  of_effects <- diag(of_class, length(of_class)) + pairs$counts
  deviations <- of_effects - 2 * outer(pairs$shares, of_class)
  sum(of_class^2) / sum(weights * rowSums(deviations^2))
}

# What the terms of second order add to the variance of the metric: each two parts are one of them,
# and in the table twice.
counted_once <- function(variances) {
  2 * sum(variances) - sum(diag(variances))
}

# What they add to the sum of weights * deviations^2, by expectation. The deviation of a part is
# twice the sum of its row, less its share of the negatives times that of the whole table.
counted_by_parts <- function(variances, shares, weights) {
  of_row <- rowSums(variances)
  with_table <- 2 * of_row - diag(variances)
  4 * sum(weights * (of_row - 2 * shares * with_table + shares^2 * counted_once(variances)))
}

# The term of second order of each two classes. Each class has an effect on the mean of all its
# negatives; what these do not explain is the term.
terms_of_pairs <- function(effects, counts, inverse = inverse_of_normal(counts)) {
  of_class <- drop(inverse %*% rowSums(effects))
  effects - counts * outer(of_class, of_class, "+")
}

# Their variances. A square is too small, by the share of the mean that was fitted to the term.
variances_of_terms <- function(terms, counts, inverse = inverse_of_normal(counts)) {
  spreads <- diag(inverse)
  fitted <- counts * (outer(spreads, spreads, "+") + 2 * inverse)
  (counts > 0) * terms^2 / pmax(1 - fitted, least_left)
}

# The standard deviation, relative to its mean, of what the terms add to the deviations. It is the
# larger the fewer directions there are in which classes can be alike: with eigenvalues v of the
# terms a sum of v^2 times chi-squared variables.
noise_of_parts <- function(terms) {
  squares <- sum(terms^2)
  if (squares > 0) sqrt(2 * sum((terms %*% terms)^2)) / squares else 0
}

# Two classes that have most of the negatives fit themselves.
least_left <- 0.1

# Of the normal equations of these effects; NULL where negatives do not tell them all apart.
inverse_of_normal <- function(counts) {
  normal <- diag(rowSums(counts), nrow(counts)) + counts
  tryCatch(chol2inv(chol(normal)), error = function(condition) NULL)
}
