# Memory kept between calls.

keep_scratch <- function(frame = parent.frame()) {
  previous <- circleloss_scratch(NULL)
  do.call(on.exit, list(rlang::expr(circleloss_scratch(!!previous)), add = TRUE), envir = frame)
}

work <- function(n = 600, d = 64) {
  x <- unit_normalize(matrix(cos(seq_len(n * d)^2), n))
  loss_circle_gradient(rep_len(1:20, n), x)
}

test_that("what was worked in is kept, up to the limit, and given back", {
  keep_scratch()
  circleloss_scratch(0)
  expect_identical(circleloss_scratch(), 0)
  work()
  expect_identical(circleloss_scratch(), 0)

  circleloss_scratch(10e6)
  first <- work()
  kept <- circleloss_scratch()
  expect_gt(kept, 0)
  expect_lte(kept, 10e6)
  expect_identical(work(), first)
  expect_identical(circleloss_scratch(), kept)

  circleloss_scratch(kept / 2)
  expect_lte(circleloss_scratch(), kept / 2)
  expect_identical(work(), first)
  expect_lte(circleloss_scratch(), kept / 2)
})

test_that("calls of many sizes stay below the limit and give what they give without", {
  keep_scratch()
  sizes <- c(64, 700, 300, 1100, 500, 900, 200, 1300, 100)
  circleloss_scratch(0)
  without <- lapply(sizes, work)
  circleloss_scratch(2e6)
  for (i in c(seq_along(sizes), rev(seq_along(sizes)))) {
    expect_identical(work(sizes[[i]]), without[[i]])
    expect_lte(circleloss_scratch(), 2e6)
  }
})

test_that("the limit is told and can be reset", {
  keep_scratch()
  expect_invisible(circleloss_scratch(1e6))
  expect_identical(circleloss_scratch(NULL), 1e6)
  expect_identical(circleloss_scratch(1e30), 64 * 2^20)
  expect_gt(circleloss_scratch(5), 1e18)
})

test_that("only numbers from 0 on are accepted", {
  expect_refused("scratch", {
    circleloss_scratch(-1)
    circleloss_scratch(NA)
    circleloss_scratch(Inf)
    circleloss_scratch("1")
    circleloss_scratch(1:2)
    circleloss_scratch(TRUE)
  })
})

test_that("the option says how many similarities are kept, and must be a number", {
  expected <- rlang::with_options(circleloss.kept_similarities = 0, work())
  expect_identical(work(), expected)
  rlang::with_options(circleloss.kept_similarities = 1e5, expect_identical(work(), expected))
  rlang::local_options(circleloss.kept_similarities = "much")
  expect_refused("scratch", {
    work()
  })
})
