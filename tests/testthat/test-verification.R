# Verification and distributions from counts of similarities.

# Similarities of two kinds of pairs; `round` ties many of them
random_kinds <- function(p = 300, n = 2000, digits = 17, seed = 1) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  list(
    positive = round(tanh(stats::rnorm(p, 0.6, 0.5)), digits),
    negative = round(tanh(stats::rnorm(n, 0, 0.5)), digits)
  )
}

metrics_of <- function(kinds) verify(exact_counts(kinds$positive, kinds$negative))$metrics

expect_naive_verification <- function(kinds) {
  naive <- naive_verification_metrics(kinds$positive, kinds$negative)
  names <- intersect(names(naive), names(metrics_of(kinds)))
  expect_gt(length(names), 4)
  expect_equal(metrics_of(kinds)[names], naive[names], tolerance = 1e-9)
}

test_that("every metric is what its definition says", {
  expect_naive_verification(random_kinds())
  expect_naive_verification(random_kinds(30, 7))
  expect_naive_verification(list(positive = 0.5, negative = 0.25))
  expect_naive_verification(list(positive = 0.25, negative = 0.5))
  expect_identical(metrics_of(random_kinds())[["auc_error"]], 0)
})

test_that("ties count half, and thresholds do not cut through them", {
  expect_naive_verification(random_kinds(digits = 1))
  expect_naive_verification(random_kinds(40, 60, digits = 0))
  expect_naive_verification(list(positive = c(1, 0.5), negative = c(0.5, 0.5, 0)))
  all_tied <- metrics_of(list(positive = rep(0.5, 3), negative = rep(0.5, 5)))
  expect_equal(unname(all_tied), c(0.5, 0, 0.5, rep(0, 5)))
})

test_that("perfect and reversed separation are the ends of the scale", {
  perfect <- metrics_of(list(positive = c(0.8, 0.9), negative = c(0.1, 0.2, 0.3)))
  expect_identical(unname(perfect), c(1, 0, 0, rep(1, 5)))
  reversed <- metrics_of(list(positive = c(0.1, 0.2), negative = c(0.8, 0.9, 0.7)))
  expect_identical(unname(reversed), c(0, 0, 1, rep(0, 5)))
})

test_that("nothing is defined without pairs of both kinds", {
  for (kinds in list(
    list(positive = c(0.1, 0.2), negative = numeric()),
    list(positive = numeric(), negative = c(0.1, 0.2)),
    list(positive = numeric(), negative = numeric())
  )) {
    result <- verify(exact_counts(kinds$positive, kinds$negative))
    expect_true(all(is.na(result$metrics)))
    expect_named(result$metrics, names(metrics_of(random_kinds())))
    expect_identical(nrow(result$roc), 0L)
    expect_identical(result$overlap, NA_real_)
    expect_identical(all(is.na(result$quantiles$positive)), length(kinds$positive) == 0)
    expect_identical(all(is.na(result$quantiles$negative)), length(kinds$negative) == 0)
    expect_identical(nrow(result$density) > 0, length(c(kinds$positive, kinds$negative)) > 0)
  }
})

# Bins -----------------------------------------------------------------------------------------

test_that("bins move the area by no more than the bound that is stated", {
  for (bins in c(1, 5, 50, 500)) {
    kinds <- random_kinds(seed = bins)
    exact <- metrics_of(kinds)
    binned <- verify(binned_counts(kinds$positive, kinds$negative, bins))$metrics
    expect_lte(abs(binned[["auc"]] - exact[["auc"]]), binned[["auc_error"]])
    expect_lte(binned[["auc_error"]], 0.5)
  }
})

test_that("the bound of the area is reached in the worst case", {
  binned <- verify(binned_counts(c(0.1, 0.2), c(0.3, 0.4), bins = 1))$metrics
  expect_identical(binned[["auc"]], 0.5)
  expect_identical(binned[["auc_error"]], 0.5)
})

test_that("accept rates of bins are too low if anything, by one bin's positives at most", {
  kinds <- random_kinds(2000, 2000)
  exact <- metrics_of(kinds)
  counts <- binned_counts(kinds$positive, kinds$negative, 200)
  binned <- verify(counts)$metrics
  one_bin <- max(counts$positive) / sum(counts$positive)
  for (name in paste0("tar_at_far_", accept_rate_limits)) {
    expect_lte(binned[[name]], exact[[name]])
    expect_lte(exact[[name]] - binned[[name]], one_bin)
  }
})

test_that("quantiles of bins are off by a bin at most", {
  kinds <- random_kinds()
  binned <- verify(binned_counts(kinds$positive, kinds$negative, 200))$quantiles
  exact <- stats::quantile(kinds$positive, binned$probability, names = FALSE)
  expect_within(binned$positive, exact, 2 / 200)
})

# The curve ------------------------------------------------------------------------------------

test_that("the curve goes from accepting nothing to accepting all", {
  kinds <- random_kinds(5, 8)
  roc <- verify(exact_counts(kinds$positive, kinds$negative))$roc
  expect_named(roc, c("threshold", "false_accept_rate", "true_accept_rate"))
  expect_identical(unlist(roc[1, ], use.names = FALSE), c(Inf, 0, 0))
  expect_identical(unlist(roc[nrow(roc), -1], use.names = FALSE), c(1, 1))
  for (row in seq_len(nrow(roc))) {
    expect_equal(roc$true_accept_rate[[row]], mean(kinds$positive >= roc$threshold[[row]]))
    expect_equal(roc$false_accept_rate[[row]], mean(kinds$negative >= roc$threshold[[row]]))
  }
})

test_that("leaving out what lies on straight lines does not change the curve", {
  kinds <- random_kinds(50, 500)
  counts <- exact_counts(kinds$positive, kinds$negative)
  whole <- data.frame(
    threshold = c(Inf, rev(counts$lower)),
    false_accept_rate = c(0, cumsum(rev(counts$negative)) / 500),
    true_accept_rate = c(0, cumsum(rev(counts$positive)) / 50)
  )
  corners <- accept_curve(counts)
  expect_lt(nrow(corners), nrow(whole) / 4)
  expect_equal(corners, whole[match(corners$threshold, whole$threshold), ], ignore_attr = TRUE)
  expect_equal(area_under(corners), area_under(whole))
  single <- accept_curve(list(lower = 1, upper = 1, positive = 2, negative = 3))
  expect_identical(single$true_accept_rate, c(0, 1))
})

test_that("a long curve is thinned to 2000 points, dense where false accepts are rare", {
  kinds <- random_kinds(50000, 50000)
  whole <- accept_curve(exact_counts(kinds$positive, kinds$negative))
  thin <- thin_curve(whole)
  expect_lte(nrow(thin), 2000)
  expect_gt(nrow(thin), 1000)
  expect_identical(unlist(thin[1, ], use.names = FALSE), c(Inf, 0, 0))
  expect_identical(unlist(thin[nrow(thin), -1], use.names = FALSE), c(1, 1))
  expect_gt(sum(thin$false_accept_rate > 0 & thin$false_accept_rate < 0.001), 20)
  expect_within(area_under(thin), area_under(whole), 1e-3)
  expect_identical(row.names(thin), as.character(seq_len(nrow(thin))))
})

# Distributions --------------------------------------------------------------------------------

test_that("quantiles are those of stats::quantile()", {
  for (digits in c(17, 1)) {
    kinds <- random_kinds(37, 501, digits)
    quantiles <- verify(exact_counts(kinds$positive, kinds$negative))$quantiles
    for (kind in names(kinds)) {
      expected <- stats::quantile(kinds[[kind]], quantiles$probability, names = FALSE)
      expect_equal(quantiles[[kind]], expected)
    }
  }
})

test_that("densities are histograms with an integral of 1, overlap what they share", {
  kinds <- random_kinds()
  result <- verify(exact_counts(kinds$positive, kinds$negative))
  density <- result$density
  expect_named(density, c("similarity", "positive", "negative"))
  expect_identical(nrow(density), as.integer(ceiling(2 * 300^(1 / 3))))
  width <- diff(density$similarity)[[1]]
  expect_equal(sum(density$positive) * width, 1)
  expect_equal(sum(density$negative) * width, 1)

  edges <- seq(min(unlist(kinds)), max(unlist(kinds)), length.out = nrow(density) + 1)
  expect_equal(density$similarity, edges[-1] - width / 2)
  p <- graphics::hist(kinds$positive, edges, plot = FALSE, right = FALSE)
  n <- graphics::hist(kinds$negative, edges, plot = FALSE, right = FALSE)
  expect_equal(density$positive, p$density)
  expect_equal(result$overlap, sum(pmin(p$counts / 300, n$counts / 2000)))
})

test_that("overlap is 0 for what is apart and 1 for what is the same", {
  apart <- verify(exact_counts(c(0.7, 0.9), c(-0.5, 0.1)))
  expect_identical(apart$overlap, 0)
  same <- verify(exact_counts(c(0.1, 0.5, 0.9), c(0.1, 0.5, 0.9)))
  expect_equal(same$overlap, 1)
})

test_that("a single similarity has a density, too", {
  result <- verify(exact_counts(c(0.5, 0.5), 0.5))
  expect_identical(result$density, data.frame(similarity = 0.5, positive = 1, negative = 1))
  expect_identical(result$overlap, 1)
  expect_identical(unique(result$quantiles$positive), 0.5)
})

test_that("there are 512 bins at most, and none finer than the bins of the counts", {
  many <- list(
    lower = seq(-1, 1, length.out = 1e4), upper = seq(-1, 1, length.out = 1e4),
    positive = rep(1e6, 1e4), negative = rep(1e6, 1e4)
  )
  expect_identical(nrow(pair_density(many)), 512L)
  kinds <- random_kinds(20000, 20000)
  coarse <- pair_density(binned_counts(kinds$positive, kinds$negative, 10))
  expect_lte(nrow(coarse), 10)
  expect_identical(nrow(pair_density(binned_counts(0.1, 0.2, 1))), 1L)
})
