# Plans of package future for tests of distribution.

# Sets a plan until the end of the test.
use_plan <- function(..., envir = parent.frame()) {
  skip_if_not_installed("future")
  skip_if_not_installed("parallelly")
  old <- future::plan("list")
  future::plan(...)
  do.call(on.exit, list(bquote(future::plan(.(old))), add = TRUE), envir = envir)
}

# Processes of their own, which find the package where this one found it.
use_two_processes <- function(envir = parent.frame()) {
  skip_on_cran()
  use_plan(future::multisession, workers = 2, envir = envir)
}

some_batch <- function(rows = 700, columns = 24, classes = 12, seed = 1) {
  with_seed(seed, list(
    x = unit_normalize(matrix(rnorm(rows * columns), rows)),
    y = sample.int(classes, rows, replace = TRUE)
  ))
}

with_seed <- function(seed, code) circleloss:::with_seed(seed, code)

# The largest deviation, relative to the largest number expected.
deviation <- function(numbers, expected) {
  max(abs(numbers - expected), 0) / max(abs(expected), .Machine$double.xmin)
}
