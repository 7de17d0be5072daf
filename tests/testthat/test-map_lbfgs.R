# The minimiser, on functions whose minimum is known.

report_all <- function(step, vector, value) TRUE

test_that("a quadratic function is minimised", {
  set.seed(1)
  curvature <- crossprod(matrix(stats::rnorm(64), 8)) + diag(8)
  least <- stats::rnorm(8)
  objective <- function(v) {
    away <- v - least
    list(value = sum(away * (curvature %*% away)) / 2, gradient = drop(curvature %*% away))
  }
  found <- minimise_lbfgs(objective, rep(1, 8), 200L, report_all)
  # It ends at a gain below 1e-6, and the curvature is at least 1
  expect_equal(found, least, tolerance = 1e-2)
  expect_lt(objective(found)$value, 1e-5)
})

test_that("the value never rises, and Rosenbrock's valley is followed", {
  objective <- function(v) {
    list(
      value = (1 - v[[1]])^2 + 100 * (v[[2]] - v[[1]]^2)^2,
      gradient = c(
        -2 * (1 - v[[1]]) - 400 * v[[1]] * (v[[2]] - v[[1]]^2), 200 * (v[[2]] - v[[1]]^2)
      )
    )
  }
  values <- numeric()
  minimise_lbfgs(objective, c(-1.2, 1), 200L, function(step, vector, value) {
    values <<- c(values, value)
    TRUE
  })
  expect_false(is.unsorted(rev(values)))
  expect_lt(values[[length(values)]], 1e-4)
})

test_that("it ends where it is told to, at a minimum, and where nothing is downhill", {
  square <- function(v) list(value = sum(v^2), gradient = 2 * v)
  steps <- 0
  minimise_lbfgs(square, c(3, 4), 50L, function(step, vector, value) {
    steps <<- step
    step < 2
  })
  expect_lte(steps, 2)
  expect_identical(minimise_lbfgs(square, c(0, 0), 50L, report_all), c(0, 0))
  uphill <- function(v) list(value = sum(v^2), gradient = -2 * v)
  expect_identical(minimise_lbfgs(uphill, c(3, 4), 50L, report_all), c(3, 4))
})
