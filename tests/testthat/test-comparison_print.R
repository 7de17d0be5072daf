# The printed form of a comparison.

comparison <- with_seed(2, {
  label <- rep(1:20, each = 5)
  centre <- matrix(stats::rnorm(20 * 6), 20)[label, ]
  noise <- function() stats::rnorm(100 * 6)
  compare_embeddings(
    raw = centre + noise(), learnt = centre + 0.5 * noise(), worse = centre + 3 * noise(),
    labels = label, dtype = "float64"
  )
})

test_that("it prints one screen, with a sentence for each embedding", {
  expect_snapshot(comparison)
  expect_lte(length(format(comparison)), 40)
})

test_that("a sentence says what is better, worse, or not known", {
  rows <- data.frame(
    metric = c("auc", "equal_error_rate", "map_at_r", "loss"), difference = c(0.1, -0.02, -0.3, 1),
    lower = c(0.05, -0.03, -0.4, -1), upper = c(0.15, -0.01, -0.2, 3),
    p_adjusted = c(0.01, 0.01, 0.001, 0.4), reason = NA
  )
  expect_identical(sentence_of(rows, "b", "a", 0.05), paste0(
    "b is better than a in auc by 0.100 [0.050, 0.150] and equal_error_rate by 0.020 ",
    "[0.010, 0.030]; b is worse than a in map_at_r by 0.300 [0.200, 0.400]; no difference can be ",
    "told in loss."
  ))
  expect_identical(
    sentence_of(rows[4, ], "b", "a", 0.05), "no difference between b and a can be told in loss."
  )
  rows$p_adjusted <- NA
  rows$reason <- "3 classes, at least 8 are needed"
  expect_match(sentence_of(rows, "b", "a", 0.05), "nothing can be told about b: 3 classes")
})
