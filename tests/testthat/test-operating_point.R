# Thresholds for a limit, and decisions by them.

x <- five_embeddings()
y <- five_labels()
evaluation <- evaluate_embeddings(x, y, k = 1, dtype = "float64")

# An evaluation as far as an operating point looks at it
evaluation_of <- function(counts) {
  structure(
    list(
      settings = list(metric = "cosine", dtype = "float64"),
      sizes = list(
        dimensions = 2L,
        pairs = c(positive = sum(counts$positive), negative = sum(counts$negative))
      ),
      thresholds = kept_thresholds(counts)
    ),
    class = "embedding_evaluation"
  )
}

random_pairs <- function(p, n, digits = 17, seed = 1) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  list(
    positive = round(tanh(stats::rnorm(p, 0.6, 0.5)), digits),
    negative = round(tanh(stats::rnorm(n, 0, 0.5)), digits)
  )
}

# Of all thresholds the best for a limit, by trying each
naive_point <- function(pairs, far = NULL, tar = NULL) {
  thresholds <- c(Inf, unique(c(pairs$positive, pairs$negative)))
  false <- vapply(thresholds, function(threshold) mean(pairs$negative >= threshold), 0)
  true <- vapply(thresholds, function(threshold) mean(pairs$positive >= threshold), 0)
  if (!is.null(far)) {
    c(min(false[false <= far & true == max(true[false <= far])]), max(true[false <= far]))
  } else if (!is.null(tar)) {
    best <- min(false[true >= tar])
    c(best, max(true[false == best]))
  } else {
    larger <- pmax(false, 1 - true)
    best <- which(larger == min(larger))
    c(min(false[best]), max(true[best][false[best] == min(false[best])]))
  }
}

rates <- function(point) c(point$false_accept_rate, point$true_accept_rate)

test_that("the best of all thresholds is found for every limit", {
  for (digits in c(17, 2, 1)) {
    pairs <- random_pairs(200, 500, digits)
    found <- evaluation_of(exact_counts(pairs$positive, pairs$negative))
    for (limit in c(0.0021, 0.01, 0.0333, 0.1, 0.5, 0.9, 1)) {
      # With ties no threshold may be low enough for the first of them
      expect_equal(
        rates(suppressWarnings(operating_point(found, far = limit))),
        naive_point(pairs, far = limit)
      )
      expect_equal(
        rates(operating_point(found, tar = limit)), naive_point(pairs, tar = limit)
      )
    }
    expect_equal(rates(operating_point(found, equal_error = TRUE)), naive_point(pairs))
  }
})

test_that("the rates are those of the pairs at or above the threshold", {
  pairs <- random_pairs(300, 4000, 3)
  found <- evaluation_of(exact_counts(pairs$positive, pairs$negative))
  for (limit in c(0, 0.001, 0.02, 0.3)) {
    point <- operating_point(found, far = limit)
    expect_identical(point$false_accept_rate, mean(pairs$negative >= point$threshold))
    expect_identical(point$true_accept_rate, mean(pairs$positive >= point$threshold))
    expect_identical(point$counts, c(
      false_accepts = sum(pairs$negative >= point$threshold) + 0, negative = 4000,
      true_accepts = sum(pairs$positive >= point$threshold) + 0, positive = 300
    ))
  }
})

test_that("a threshold is in the middle between two similarities", {
  found <- evaluation_of(exact_counts(c(0.5, 0.75), c(0, 0.25)))
  expect_identical(operating_point(found, far = 0)$threshold, 0.375)
  # Neighbours in double have nothing between them
  found <- evaluation_of(exact_counts(0.5 + 2^-53, 0.5))
  expect_identical(operating_point(found, far = 0)$threshold, 0.5 + 2^-53)
})

test_that("thresholds of bins are edges, whose rates are exact", {
  pairs <- random_pairs(2000, 9000)
  found <- evaluation_of(binned_counts(pairs$positive, pairs$negative, 300))
  for (limit in c(0.001, 0.02, 0.3)) {
    point <- operating_point(found, far = limit)
    expect_identical(point$false_accept_rate, mean(pairs$negative >= point$threshold))
    expect_identical(point$true_accept_rate, mean(pairs$positive >= point$threshold))
    expect_lte(point$false_accept_rate, limit)
  }
})

test_that("the metrics of an evaluation are points, too", {
  real <- evaluate_embeddings(digits$pixels[1:400, ], digits$digit[1:400], clustering = FALSE)
  for (limit in accept_rate_limits) {
    point <- suppressWarnings(operating_point(real, far = as.numeric(limit)))
    expect_identical(point$true_accept_rate, real$metrics[[paste0("tar_at_far_", limit)]])
  }
  point <- operating_point(real, equal_error = TRUE)
  errors <- c(point$false_accept_rate, 1 - point$true_accept_rate)
  expect_gte(max(errors), real$metrics[["equal_error_rate"]])
  expect_lt(max(errors) - real$metrics[["equal_error_rate"]], 0.001)
})

test_that("more thresholds than are kept cost no more than a 512th of the errors", {
  skip_on_cran()
  pairs <- random_pairs(150000, 150000)
  counts <- exact_counts(pairs$positive, pairs$negative)
  best <- best_thresholds(counts)
  kept <- kept_thresholds(counts)
  expect_lt(nrow(kept), nrow(best) / 2)
  expect_true(all(best$false_accepts[best$false_accepts < 1024] %in% kept$false_accepts))
  rejects <- 150000 - best$true_accepts
  expect_true(all(rejects[rejects < 1024] %in% (150000 - kept$true_accepts)))
  # For every limit that the best threshold just meets
  at <- findInterval(best$false_accepts, kept$false_accepts)
  expect_true(all(kept$false_accepts[at] >= best$false_accepts * (1 - 1 / 512)))
  expect_true(all(150000 - kept$true_accepts[at] <= rejects * (1 + 1 / 512)))
})

test_that("leading bits are all of a small number and ten of a large one", {
  expect_identical(leading_bits(c(0, 1, 1023)), c(0, 1, 1023))
  expect_identical(leading_bits(c(1024, 1025, 1026, 2047, 2048, 2051, 2052)),
    c(1024, 1024, 1026, 2046, 2048, 2048, 2052))
})

test_that("where nothing can be accepted the threshold is infinite, with a warning", {
  found <- evaluation_of(exact_counts(c(0.1, 0.2), c(0.9, 0.8)))
  expect_warned("operating_point", {
    point <- operating_point(found, far = 0)
  })
  expect_identical(point$threshold, Inf)
  expect_identical(rates(point), c(0, 0))
  expect_false(predict(point, similarities = 1)$accepted)
})

test_that("a limit below that of a single pair has a warning", {
  found <- evaluation_of(exact_counts(c(0.9, 0.8), c(0.1, 0.2)))
  expect_warned("operating_point", {
    operating_point(found, far = 0.001)
  })
  expect_silent(operating_point(found, far = 0))
})

test_that("it prints, and is a row of numbers", {
  pairs <- random_pairs(300, 4000)
  point <- operating_point(evaluation_of(exact_counts(pairs$positive, pairs$negative)), far = 0.01)
  expect_snapshot(print(point))
  row <- as.data.frame(point)
  expect_identical(nrow(row), 1L)
  expect_identical(row$threshold, point$threshold)
  expect_identical(c(row$false_accepts, row$negative_pairs), unname(point$counts[1:2]))
  expect_true(is.na(row$true_accept_rate_lower))
  expect_output(expect_invisible(print(point)))
})

test_that("both rates of a threshold have intervals", {
  some <- digits[1:600, ]
  found <- evaluate_embeddings(some$pixels, some$digit, resample = "rows")
  for (point in list(
    operating_point(found, far = 0.02), operating_point(found, tar = 0.7),
    operating_point(found, equal_error = TRUE)
  )) {
    rates <- c(point$false_accept_rate, point$true_accept_rate)
    expect_true(all(point$intervals$lower < rates & rates < point$intervals$upper))
    expect_true(all(is.na(point$intervals$reason)))
  }
  expect_match(format(point), "to", fixed = TRUE, all = FALSE)
  # The threshold is held fixed, which leaves less to chance than choosing it anew
  width <- function(intervals, row) intervals$upper[[row]] - intervals$lower[[row]]
  fixed <- operating_point(found, far = 0.01)
  chosen <- found$intervals[found$intervals$metric == "tar_at_far_0.01", ]
  expect_lt(width(fixed$intervals, 2L), 1.5 * width(chosen, 1L))
})

test_that("the influence of a class on the rates of a threshold is that of its pairs", {
  some <- digits[1:300, ]
  found <- evaluate_embeddings(some$pixels, some$digit, dtype = "float64")
  point <- operating_point(found, far = 0.05)
  similarity <- tcrossprod(unit_normalize(some$pixels))
  diag(similarity) <- NA
  same <- outer(some$digit, some$digit, "==")
  accepted <- similarity >= point$threshold
  rate <- point$true_accept_rate
  of_class <- vapply(split(seq_along(some$digit), some$digit), function(rows) {
    pairs <- same[rows, ] & !is.na(similarity[rows, ])
    (sum(accepted[rows, ][pairs]) - rate * sum(pairs)) / (sum(same) - 300)
  }, 0)
  rates <- c(false_accept_rate = point$false_accept_rate, true_accept_rate = rate)
  influences <- rate_influences(found$inference$counts, rates, found$inference$ends)
  # The pairs of one bin of 1024 are divided
  expect_equal(influences[, "true_accept_rate"], unname(of_class), tolerance = 0.02)
  expect_lt(max(abs(colSums(influences))), 1e-12)
})

test_that("there are no intervals without counts, or with few false accepts", {
  pairs <- random_pairs(300, 4000)
  found <- evaluation_of(exact_counts(pairs$positive, pairs$negative))
  point <- operating_point(found, far = 0.01)
  expect_identical(point$intervals$lower, c(NA_real_, NA_real_))
  expect_match(point$intervals$reason, "no counts")
  some <- digits[1:300, ]
  few <- operating_point(evaluate_embeddings(some$pixels, some$digit), far = 1e-4)
  expect_match(few$intervals$reason[[1]], "fewer than 10 false accepts")
})

# Decisions ------------------------------------------------------------------------------------

test_that("pairs are decided as the evaluation counted them", {
  problem <- random_problem(60, 5, "few", noise = 2)
  for (dtype in c("float64", "float32", "bfloat16")) {
    for (metric in known_metrics) {
      found <- evaluate_embeddings(
        problem$embeddings, problem$labels, metric = metric, dtype = dtype
      )
      point <- operating_point(found, far = 0.05)
      pairs <- which(upper.tri(diag(60)), arr.ind = TRUE)
      decided <- predict(
        point, problem$embeddings[pairs[, 1], ], problem$embeddings[pairs[, 2], ]
      )
      same <- problem$labels[pairs[, 1]] == problem$labels[pairs[, 2]]
      expect_identical(mean(decided$accepted[same]), point$true_accept_rate)
      expect_identical(mean(decided$accepted[!same]), point$false_accept_rate)
      products <- rowSums(problem$embeddings[pairs[, 1], ] * problem$embeddings[pairs[, 2], ])
      expect_equal(
        decided$similarity,
        if (metric == "euclidean") -sqrt(2 - 2 * products) else products,
        tolerance = if (dtype == "bfloat16") 2^-7 else 1e-6
      )
    }
  }
})

test_that("similarities may be given, and no pair is no row", {
  point <- operating_point(evaluation, far = 0.2)
  decided <- predict(point, similarities = c(1, -1, point$threshold))
  expect_identical(decided$accepted, c(TRUE, FALSE, TRUE))
  none <- predict(point, x[0, ], x[0, ])
  expect_identical(none, data.frame(similarity = numeric(), accepted = logical()))
})

# What is refused ------------------------------------------------------------------------------

test_that("one limit is given, and it is a rate", {
  expect_refused("parameter", {
    operating_point(evaluation)
    operating_point(evaluation, far = 0.1, tar = 0.9)
    operating_point(evaluation, far = 0.1, equal_error = TRUE)
    operating_point(evaluation, far = -0.1)
    operating_point(evaluation, far = 2)
    operating_point(evaluation, far = c(0.1, 0.2))
    operating_point(evaluation, tar = 0)
    operating_point(evaluation, tar = "high")
  })
  expect_refused("flag", {
    operating_point(evaluation, equal_error = NA)
  })
})

test_that("there is no point without pairs of both kinds", {
  distinct <- quiet_evaluation(x, 1:5)
  alike <- quiet_evaluation(x, rep(1, 5))
  expect_refused("evaluation", {
    operating_point(5, far = 0.1)
    operating_point(distinct, far = 0.1)
    operating_point(alike, far = 0.1)
  })
})

test_that("new pairs are rows of the same shape as those of the evaluation", {
  point <- operating_point(evaluation, far = 0.2)
  expect_refused("missing_argument", {
    predict(point)
    predict(point, x)
    predict(point, x, x, similarities = 1)
  })
  expect_refused("embeddings", {
    predict(point, cbind(x, 1), cbind(x, 1))
    predict(point, x, rbind(x[1:4, ], NaN))
  })
  expect_refused("references", {
    predict(point, x, x[1:2, ])
    predict(point, x, cbind(x, 1))
  })
  expect_refused("parameter", {
    predict(point, similarities = "high")
    predict(point, similarities = c(0.5, NA))
  })
})

test_that("errors name the row of all pairs, not that of a part of them", {
  point <- operating_point(evaluation, far = 0.2)
  many <- x[rep(1:5, 120), ]
  many[513, 2] <- Inf
  error <- expect_error(predict(point, many, many), class = "circleloss_error_embeddings")
  expect_identical(error$row, 513)
})
