# Random numbers that leave those of the session alone.

test_that("the same seed gives the same numbers, whatever kinds the session uses", {
  kinds <- RNGkind()
  on.exit(suppressWarnings(RNGkind(kinds[[1]], kinds[[2]], kinds[[3]])))
  drawn <- with_seed(5, c(stats::runif(1), stats::rnorm(1), sample.int(100, 3)))
  suppressWarnings(RNGkind("Wichmann-Hill", "Box-Muller", "Rounding"))
  others <- RNGkind()
  expect_identical(with_seed(5, c(stats::runif(1), stats::rnorm(1), sample.int(100, 3))), drawn)
  expect_identical(RNGkind(), others)
})

test_that("the session goes on where it was, also after an error", {
  set.seed(3)
  expected <- stats::runif(2)
  set.seed(3)
  first <- stats::runif(1)
  with_seed(1, stats::runif(7))
  expect_error(with_seed(1, stop("as it is")), "as it is")
  expect_identical(c(first, stats::runif(1)), expected)
})

test_that("a session that has drawn no numbers yet stays so", {
  set.seed(3)
  before <- get(".Random.seed", globalenv())
  on.exit(assign(".Random.seed", before, globalenv()))
  rm(".Random.seed", envir = globalenv())
  with_seed(1, stats::runif(7))
  expect_false(exists(".Random.seed", globalenv(), inherits = FALSE))
})
