# The settings of a distribution.

test_that("settings are checked and printed", {
  expect_snapshot(distribution())
  expect_snapshot(distribution(rows = 1e5, checkpoint = "shards", time_limit = 3600, attempts = 5))
  for (wrong in list(0, 1.5, NA, "1", 1:2)) {
    expect_error(distribution(rows = wrong), class = "circleloss_error_parameter")
    expect_error(distribution(attempts = wrong), class = "circleloss_error_parameter")
  }
  for (wrong in list(0, -1, NA, "1", c(1, 2))) {
    expect_error(distribution(time_limit = wrong), class = "circleloss_error_parameter")
  }
  for (wrong in list("", 1, c("a", "b"), NA_character_)) {
    expect_error(distribution(checkpoint = wrong), class = "circleloss_error_parameter")
  }
})

test_that("the argument and the option ask for a distribution", {
  skip_if_not_installed("future")
  resolve <- function(distribute) circleloss:::resolve_distribution(distribute, environment())
  expect_null(resolve(NULL))
  expect_null(resolve(FALSE))
  expect_identical(resolve(TRUE), distribution())
  expect_identical(resolve(distribution(rows = 5)), distribution(rows = 5))
  old <- options(circleloss.distribute = distribution(rows = 7))
  on.exit(options(old))
  expect_identical(resolve(NULL), distribution(rows = 7))
  expect_null(resolve(FALSE))
})

test_that("anything else is an error", {
  some <- some_batch(20)
  expect_snapshot(error = TRUE, {
    loss_circle(some$y, some$x, distribute = 2)
    loss_circle_gradient(some$y, some$x, distribute = "yes")
    evaluate_embeddings(some$x, some$y, distribute = NA)
  })
  old <- options(circleloss.distribute = "yes")
  on.exit(options(old))
  expect_snapshot(error = TRUE, loss_circle(some$y, some$x))
})

test_that("the option distributes instances and comparisons, too", {
  use_plan("sequential")
  some <- some_batch(300)
  loss <- loss_circle(dtype = "float64")
  expected <- loss(some$y, some$x)
  compared <- compare_embeddings(a = some$x, b = some$x[, 1:10], labels = some$y)
  folder <- tempfile()
  old <- options(circleloss.distribute = distribution(rows = 400, checkpoint = folder))
  on.exit(options(old))
  expect_identical(loss(some$y, some$x), expected)
  expect_length(dir(folder), 1L)
  again <- compare_embeddings(a = some$x, b = some$x[, 1:10], labels = some$y)
  expect_gt(length(dir(folder)), 1L)
  expect_identical(again$differences, compared$differences)
})
