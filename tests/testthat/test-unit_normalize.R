# Rows of length 1.

test_that("rows get length 1, zero rows stay zero", {
  x <- rbind(c(3, 4), c(0, 0), c(0, -2))
  expect_equal(unit_normalize(x), rbind(c(0.6, 0.8), c(0, 0), c(0, -1)))
})

test_that("rows whose squares over- or underflow come out right", {
  x <- rbind(c(3e200, 4e200), c(3e-200, 4e-200), c(3, 4) * 2^-1074)
  expect_equal(unit_normalize(x), matrix(c(0.6, 0.8), 3, 2, byrow = TRUE))
})

test_that("dimnames are kept, whatever held the numbers", {
  x <- matrix(c(3L, 1L, 4L, 0L), 2, dimnames = list(c("a", "b"), c("u", "v")))
  expected <- matrix(c(0.6, 1, 0.8, 0), 2, dimnames = dimnames(x))
  expect_equal(unit_normalize(x), expected)
  expect_equal(unit_normalize(as.data.frame(x)), expected)
  expect_null(dimnames(unit_normalize(unname(x))))
})

test_that("empty matrices stay empty", {
  expect_identical(unit_normalize(matrix(0, 0, 3)), matrix(0, 0, 3))
  expect_identical(unit_normalize(matrix(0, 3, 0)), matrix(0, 3, 0))
})

test_that("what is not a finite numeric matrix is refused", {
  expect_refused("embeddings", {
    unit_normalize(1:3)
    unit_normalize("a")
    unit_normalize(rbind(c(1, 2), c(3, NaN)))
    unit_normalize(rbind(c(1, 2), c(-Inf, 2), c(NA, 1)))
  })
})

test_that("x is needed", {
  expect_refused("missing_argument", {
    unit_normalize()
  })
})
