# A comparison as data frames.

test_that("tidy() and as.data.frame() return the tables", {
  x <- as.matrix(iris[1:4])
  comparison <- compare_embeddings(all = x, some = x[, 1:2], labels = iris$Species)
  expect_identical(tidy(comparison), comparison$differences)
  expect_identical(as.data.frame(comparison), comparison$differences)
  metrics <- as.data.frame(comparison, what = "metrics")
  expect_identical(unique(metrics$embedding), c("all", "some"))
  expect_identical(metrics$estimate[metrics$embedding == "some"],
    unname(comparison$evaluations$some$metrics))
  expect_error(tidy(comparison, what = "pairs"), class = "circleloss_error_parameter")
})
