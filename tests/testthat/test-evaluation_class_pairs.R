# What is particular to pairs of classes, against sums over all pairs in R.

# Classes in random directions: what is particular to each two is nearly all that varies.
directions <- function(sizes, seed = 1) {
  with_seed(seed, {
    label <- rep(seq_along(sizes), sizes)
    centre <- matrix(stats::rnorm(length(sizes) * 6), ncol = 6)
    rows <- sample.int(length(label))
    x <- centre[label, ] + 0.3 * matrix(stats::rnorm(length(label) * 6), ncol = 6)
    list(x = x[rows, ], label = label[rows])
  })
}
evaluate <- function(x, label, ...) {
  evaluate_embeddings(x, label, ..., dtype = "float64", clustering = FALSE, k = 1)
}
of_parts <- function(x, code) {
  within <- outer(code, seq_len(max(code)), "==") + 0
  crossprod(within, x) %*% within
}
error_of <- function(evaluation, metric) {
  evaluation$intervals$standard_error[evaluation$intervals$metric == metric]
}

test_that("what pairs of classes add to metrics is that of all their negatives", {
  # Of 130 classes, which form 100 parts, 100 at random
  for (classes in c(40, 130)) {
    data <- directions(rep(2:6, classes / 5))
    group <- rep_len(1:3, length(data$label))
    similarities <- list(
      cosine = tcrossprod(naive_unit(data$x)), euclidean = -as.matrix(stats::dist(data$x))
    )
    some <- some_classes(list(class = data$label), list(resample = "classes", seed = 1))
    looked_at <- some$class >= 0
    code <- some$class[looked_at] + 1
    expect_identical(range(code), c(1, min(classes, 100)))
    for (metric in names(similarities)) {
      for (grouped in c(FALSE, TRUE)) {
        evaluation <- evaluate(data$x, data$label, metric = metric, group = if (grouped) group)
        negative <- outer(data$label, data$label, "!=")
        negative <- negative & (!grouped | outer(group, group, "!="))
        all_negatives <- sum(negative)
        negative <- negative[looked_at, looked_at]
        s <- similarities[[metric]][looked_at, looked_at]
        mean <- mean(s[negative])
        sd <- sqrt(mean((s[negative] - mean)^2))
        naive <- list(
          negative_mean = ifelse(negative, s - mean, 0) / all_negatives,
          negative_sd = ifelse(negative, (s - mean)^2 - sd^2, 0) / (2 * sd) / all_negatives
        )
        pairs <- evaluation$inference$class_pairs
        expect_equal(pairs$counts, of_parts(negative + 0, code), ignore_attr = TRUE)
        for (of in names(naive)) {
          # Sums are whole multiples of some 2^-32
          expect_equal(
            pairs$effects[[of]], of_parts(naive[[of]], code), tolerance = 1e-6, ignore_attr = TRUE
          )
          influences <- unname(evaluation$inference$influences[, of])
          if (classes == 40) {
            expect_equal(
              2 * rowSums(pairs$effects[[of]]), influences, tolerance = 1e-6, ignore_attr = TRUE
            )
          }
        }
      }
    }
  }
})

test_that("with equal classes both orders have the variances of a table of two factors", {
  classes <- 12L
  data <- directions(rep(5L, classes))
  evaluation <- evaluate(data$x, data$label)
  s <- tcrossprod(naive_unit(data$x))
  means <- of_parts(s, data$label) / 25
  upper <- upper.tri(means)
  factor_of <- function(side) outer(side[upper], seq_len(classes), "==") + 0
  design <- factor_of(row(means)) + factor_of(col(means))
  terms <- matrix(0, classes, classes)
  terms[upper] <- stats::lm.fit(design, means[upper])$residuals
  terms <- terms + t(terms)
  of_pairs <- sum(terms^2) / (classes * (classes - 3))
  diag(means) <- NA
  mean <- mean(means, na.rm = TRUE)
  of_class <- rowMeans(means, na.rm = TRUE)
  # Hoeffding's variance of a mean over pairs, with the moments of Efron and Stein (1981)
  jackknife <- 4 * sum((of_class - mean)^2) / (classes * (classes - 1))
  twice <- 4 * (classes - 2) / (classes * (classes - 1)^2) * of_pairs
  # The chi-squared variables that the second order adds to the jackknife, by their weights
  weights <- eigen(terms, symmetric = TRUE)$values^2
  noise <- sqrt(2 * sum(weights^2)) / sum(weights)
  first <- max(jackknife - twice * (1 + noise / 2), 0) * ((classes - 1) / (classes - 2))^2
  variance <- first + 2 * of_pairs / (classes * (classes - 1))
  expect_equal(error_of(evaluation, "negative_mean"), sqrt(variance), tolerance = 1e-6)
})

test_that("the variance of a mean over pairs is that of Hoeffding, for any mixture", {
  # Classes in `parts` parts, and the pairs of some of them
  draw <- function(first, second, sizes, parts) {
    classes <- length(sizes)
    effect <- stats::rnorm(classes, sd = first)
    own <- matrix(stats::rnorm(classes^2, sd = second), classes)
    own[lower.tri(own)] <- t(own)[lower.tri(own)]
    counts <- outer(sizes, sizes)
    diag(counts) <- 0
    sums <- counts * (outer(effect, effect, "+") + own)
    mean <- sum(sums) / sum(counts)
    effects <- (sums - mean * counts) / sum(counts)
    part <- rep_len(seq_len(parts), classes)
    some <- sample.int(classes, parts)
    pairs <- list(
      counts = counts[some, some], effects = list(negative_mean = effects[some, some]),
      negatives = sum(counts), shares = as.vector(rowsum(rowSums(counts), part)) / sum(counts),
      size = tabulate(part)
    )
    influences <- 2 * rowsum(rowSums(effects), part)
    weights <- cbind(negative_mean = rep(parts / (parts - 1), parts))
    orders <- orders_of_variance(c(negative_mean = sum(influences^2 * weights)), weights, pairs)
    c(mean, orders$first, orders$second)
  }
  for (sizes in list(rep(1:2, 10), rep(1:2, 30))) {
    for (sd in list(c(1, 0), c(0, 1), c(0.3, 1))) {
      draws <- with_seed(1, replicate(500, draw(sd[[1]], sd[[2]], sizes, 20)))
      ratio <- mean(colSums(draws[2:3, ])) / stats::var(draws[1, ])
      # Of 500 draws the variance is off by sqrt(2 / 500)
      expect_gt(ratio, 0.85)
      expect_lt(ratio, 1.2)
    }
  }
})

test_that("the order of rows does not matter", {
  data <- directions(rep(c(3L, 9L), 8))
  shuffled <- with_seed(3, sample.int(length(data$label)))
  one <- evaluate(data$x, data$label)
  other <- evaluate(data$x[shuffled, ], data$label[shuffled])
  for (metric in c("negative_mean", "negative_sd")) {
    expect_equal(error_of(one, metric), error_of(other, metric), tolerance = 1e-6)
  }
})

test_that("comparisons use the difference of what is particular to pairs", {
  data <- directions(rep(4L, 15))
  error <- with_seed(4, 0.2 * matrix(stats::rnorm(length(data$x)), ncol = 6))
  comparison <- compare_embeddings(
    a = data$x, b = data$x + error, labels = data$label, dtype = "float64", k = 1
  )
  differences <- comparison$differences
  at <- differences$metric == "negative_mean"
  inferences <- lapply(comparison$evaluations, `[[`, "inference")
  pairs <- inferences$b$class_pairs$effects$negative_mean -
    inferences$a$class_pairs$effects$negative_mean
  least <- counted_once(variances_of_terms(
    terms_of_pairs(pairs, inferences$a$class_pairs$counts), inferences$a$class_pairs$counts
  ))
  expect_gte(differences$standard_error[at], sqrt(least))
  same <- compare_embeddings(
    a = data$x, b = data$x, labels = data$label, dtype = "float64", k = 1
  )$differences
  expect_match(same$reason[same$metric == "negative_mean"], "all parts agree")
})

test_that("there is no correction where it cannot be told", {
  # Rows and groups are not whole classes, and references are held fixed
  data <- directions(rep(4L, 15))
  expect_null(evaluate(data$x, data$label, resample = "rows")$inference$class_pairs)
  expect_null(evaluate(data$x, data$label, data$x, data$label)$inference$class_pairs)
  # Two classes
  counts <- matrix(c(0, 16, 16, 0), 2)
  expect_null(inverse_of_normal(counts))
})

test_that("negatives that are all alike have no spread, and no warning", {
  counts <- array(0, c(3, 2, 2))
  counts[1, 1, 2] <- 3
  counts[2, 1, 2] <- 0.3
  counts[3, 1, 2] <- 0.03 * (1 - 1e-12) # rounding: the mean square is below the squared mean
  pairs <- expect_silent(circleloss:::new_class_pairs(counts, 1, c(3, 3), c(1, 1)))
  expect_identical(max(abs(pairs$effects$negative_sd)), 0)
  expect_identical(sum(is.na(unlist(pairs$effects))), 0L)
})
