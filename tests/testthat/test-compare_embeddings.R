# Comparisons: paired differences, p values, and what cannot be compared.

data <- with_seed(1, {
  label <- rep(1:12, each = 5)
  centre <- matrix(stats::rnorm(12 * 4), 12)[label, ]
  noise <- function() stats::rnorm(60 * 4)
  list(label = label, good = centre + 0.3 * noise(), bad = centre + 1.5 * noise())
})
compare <- function(...) {
  compare_embeddings(..., labels = data$label, k = c(1, 3), dtype = "float64")
}
comparison <- compare(good = data$good, bad = data$bad)

test_that("differences are those of the metrics, and their errors those of paired influences", {
  good <- comparison$evaluations$good
  bad <- comparison$evaluations$bad
  table <- comparison$differences
  expect_equal(table$difference, unname(bad$metrics[table$metric] - good$metrics[table$metric]))
  row <- table[table$metric == "map_at_r", ]
  apart <- bad$anchors$average_precision_at_r - good$anchors$average_precision_at_r
  by_class <- tapply(apart - mean(apart), data$label, sum) / 60
  # 12 classes, of which three degrees of freedom are lost to neighbours
  error <- sqrt(sum(by_class^2) * 12 / 9)
  expect_equal(row$standard_error, error)
  expect_equal(row$p_value, 2 * stats::pt(-abs(mean(apart)) / error, 11))
  expect_equal(row$upper - row$lower, 2 * stats::qt(0.975, 11) * error)
})

test_that("p values are adjusted for the metrics of each embedding", {
  three <- compare(good = data$good, bad = data$bad, other = data$good + data$bad)
  expect_identical(unique(three$differences$embedding), c("bad", "other"))
  for (name in c("bad", "other")) {
    rows <- three$differences[three$differences$embedding == name, ]
    expect_identical(rows$p_adjusted, stats::p.adjust(rows$p_value, "holm"))
  }
})

test_that("an embedding differs from itself by exactly 0", {
  same <- compare(a = data$good, b = data$good)$differences
  expect_true(all(same$difference == 0, na.rm = TRUE))
  expect_true(all(!is.na(same$reason)))
})

test_that("what is compared may be given in many forms", {
  expected <- comparison$differences
  good <- data$good
  bad <- data$bad
  expect_identical(compare(good, bad)$differences, expected)
  expect_identical(compare(list(good = good, bad = bad))$differences, expected)
  evaluations <- lapply(list(good = good, bad = bad), evaluate_embeddings, data$label,
    k = c(1, 3), dtype = "float64", clustering = FALSE
  )
  expect_identical(compare_embeddings(evaluations)$differences, expected)
  frames <- lapply(list(good = good, bad = bad), function(x) data.frame(x, label = data$label))
  framed <- compare_embeddings(frames, labels = label, k = c(1, 3), dtype = "float64")
  expect_identical(framed$differences, expected)
})

test_that("the baseline can be chosen, which turns the differences round", {
  turned <- compare(good = data$good, bad = data$bad, baseline = "bad")$differences
  expect_identical(turned$difference, -comparison$differences$difference)
  expect_equal(turned$p_value, comparison$differences$p_value)
  expect_equal(turned$lower, -comparison$differences$upper)
})

test_that("each embedding may have references of its own", {
  queries <- seq(1, 60, by = 2)
  half <- compare_embeddings(
    good = data$good[queries, ], bad = data$bad[queries, ], labels = data$label[queries],
    ref_embeddings = list(good = data$good[-queries, ], bad = data$bad[-queries, ]),
    ref_labels = data$label[-queries]
  )
  expect_false(half$evaluations$bad$sizes$self)
  expect_false(is.na(half$differences$lower[half$differences$metric == "auc"]))
})

test_that("what cannot be compared is an error", {
  expect_snapshot(error = TRUE, cnd_class = TRUE, {
    compare(good = data$good)
    compare(data$good + 1, bad = data$bad)
    compare(a = data$good, a = data$bad)
    compare(a = data$good, b = data$bad, baseline = "c")
    compare(a = data$good, b = data$bad, ref_embeddings = list(a = data$good))
    compare_embeddings(comparison$evaluations, k = 2)
    compare_embeddings(
      a = comparison$evaluations$good,
      b = evaluate_embeddings(data$bad, data$label, clustering = FALSE)
    )
    compare_embeddings(
      a = comparison$evaluations$good,
      b = evaluate_embeddings(data$bad, rev(data$label), k = c(1, 3), clustering = FALSE)
    )
  })
})

test_that("the session's random numbers are left alone", {
  set.seed(7)
  before <- .Random.seed
  compare(a = data$good, b = data$bad)
  expect_identical(.Random.seed, before)
})
