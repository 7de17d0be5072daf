# Evaluations in ranges of anchors: the same bits, but for sums over blocks of references in losses.

loss_columns <- c("loss", "positive_soft", "negative_soft")

without_losses <- function(evaluation) {
  evaluation$call <- NULL
  losses <- c("loss", "loss_chance")
  evaluation$metrics[losses] <- 0
  evaluation$intervals <- evaluation$intervals[!(evaluation$intervals$metric %in% losses), ]
  evaluation$inference$influences <- evaluation$inference$influences[
    , setdiff(colnames(evaluation$inference$influences), losses)
  ]
  evaluation$anchors[loss_columns] <- NULL
  evaluation$classes[grepl("loss", names(evaluation$classes))] <- NULL
  # They are ordered by their losses
  evaluation$classes <- evaluation$classes[order(evaluation$classes$label), ]
  rownames(evaluation$classes) <- NULL
  evaluation
}

compare <- function(..., rows = 100) {
  expected <- evaluate_embeddings(...)
  result <- evaluate_embeddings(..., distribute = distribution(rows = rows))
  expect_identical(without_losses(result), without_losses(expected))
  expect_equal(result$metrics, expected$metrics, tolerance = 1e-6)
  expect_equal(result$anchors[loss_columns], expected$anchors[loss_columns], tolerance = 1e-6)
}

test_that("all metrics, tables, intervals and hardest pairs are those of one process", {
  use_plan("sequential")
  some <- some_batch()
  for (rows in c(1000, 400, 100)) {
    compare(some$x, some$y, rows = rows)
  }
  compare(some$x, some$y, metric = "euclidean")
  compare(some$x, some$y, metric = "inner_product", dtype = "float64", resample = "rows")
  compare(round(4 * some$x), some$y)
  compare(some$x, rep(1:350, 2))
})

test_that("references and groups", {
  use_plan("sequential")
  some <- some_batch()
  references <- some_batch(250, seed = 3)
  group <- with_seed(4, sample.int(9, 700, replace = TRUE))
  other_group <- with_seed(5, sample.int(9, 250, replace = TRUE))
  compare(some$x, some$y, references$x, references$y)
  for (rule in c("exclude", "exclude_positives", "only_negatives")) {
    compare(some$x, some$y, group = group, same_group = rule)
    compare(
      some$x, some$y, references$x, references$y, group = group, ref_group = other_group,
      same_group = rule
    )
  }
})

test_that("pairs that are counted in bins", {
  use_plan("sequential")
  some <- some_batch(2500, 3)
  some$x[1, ] <- 100 * some$x[1, ]
  suppressWarnings(
    compare(some$x, some$y, rows = 900, metric = "inner_product", clustering = FALSE),
    classes = "circleloss_warning_not_unit"
  )
})

test_that("evaluations without meaning, and errors", {
  use_plan("sequential")
  some <- some_batch(60)
  shards <- distribution(rows = 64)
  expect_warning(
    evaluate_embeddings(some$x, 1:60, distribute = shards),
    class = "circleloss_warning_no_positives"
  )
  some$x[50, 3] <- NA
  expect_error(
    evaluate_embeddings(some$x, some$y, distribute = distribution(rows = 20)),
    "50", class = "circleloss_error_embeddings"
  )
})
