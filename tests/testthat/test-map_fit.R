# What the fit keeps for an interrupt.

test_that("an interrupt before any map leaves the start", {
  watch <- new_watch(10)
  watch$keep_interrupt(list(basis = diag(2), layers = list(linear = diag(3))))
  result <- watch$result()
  expect_true(result$interrupted)
  expect_identical(result$layers$linear, diag(3))
})

test_that("an interrupt during the choice leaves the map with the best score", {
  watch <- new_watch(10)
  map_of <- function(number) list(basis = diag(2), layers = list(linear = number))
  watch$keep_scored(map_of(1), 0.5)
  watch$keep_scored(map_of(2), 0.8)
  watch$keep_scored(map_of(3), 0.7)
  watch$keep_scored(map_of(4), NaN)
  watch$keep_interrupt(map_of(5))
  expect_identical(watch$result()$layers$linear, 2)
})

test_that("an interrupt during the last fit leaves its last step", {
  watch <- new_watch(10)
  map_of <- function(number) list(basis = diag(2), layers = list(linear = number))
  watch$keep_scored(map_of(1), 0.5)
  report <- watch$final(5L)
  report(0L, function() map_of(6), NA_real_)
  report(1L, function() map_of(7), 0.25)
  watch$keep_interrupt(map_of(5))
  result <- watch$result()
  expect_identical(result$layers$linear, 7)
  expect_identical(result$course, data.frame(step = 0:1, loss = c(NA, 0.25)))
})

test_that("a long fit in an interactive session has a bar, which changes nothing", {
  fit <- circle_map(iris, Species, dim = 3, steps = 2)
  rlang::local_interactive(TRUE)
  before <- cli::cli_progress_num()
  expect_identical(circle_map(iris, Species, dim = 3, steps = 2)$layers, fit$layers)
  expect_identical(cli::cli_progress_num(), before)
})
