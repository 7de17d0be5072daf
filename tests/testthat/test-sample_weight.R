# Sample weights: what is accepted, and what is not.

x <- five_embeddings()
y <- five_labels()

test_that("N numbers of any kind, one column, and one number are fine", {
  value <- function(w) loss_circle(y, x, sample_weight = w)
  expected <- value(c(2, 1, 0, 3, 5))
  expect_identical(value(c(2L, 1L, 0L, 3L, 5L)), expected)
  expect_identical(value(matrix(c(2, 1, 0, 3, 5))), expected)
  expect_identical(value(array(c(2, 1, 0, 3, 5))), expected)
  expect_identical(value(c(a = 2, b = 1, c = 0, d = 3, e = 5)), expected)
  expect_identical(value(data.frame(w = c(2, 1, 0, 3, 5))), expected)
  expect_identical(value(2), value(rep(2, 5)))
  expect_identical(value(2L), value(rep(2, 5)))
  expect_identical(value(TRUE), value(1))
  expect_identical(value(NULL), loss_circle(y, x))
})

test_that("the shape of the result does not depend on that of the weights", {
  losses <- loss_circle(y, x, reduction = "none", sample_weight = matrix(1:5))
  expect_null(dim(losses))
  expect_length(losses, 5)
})

test_that("integer64 is fine", {
  skip_if_not_installed("bit64")
  expect_identical(
    loss_circle(y, x, sample_weight = bit64::as.integer64(1:5)),
    loss_circle(y, x, sample_weight = 1:5)
  )
})

test_that("no rows take no weights, or one", {
  none <- matrix(0, 0, 2)
  expect_identical(loss_circle(integer(), none, sample_weight = numeric()), 0)
  expect_identical(loss_circle(integer(), none, sample_weight = 3), 0)
})

test_that("weights of another number or shape are refused", {
  expect_refused("sample_weight", {
    loss_circle(y, x, sample_weight = 1:4)
    loss_circle(y, x, sample_weight = numeric())
    loss_circle(y, x, sample_weight = matrix(1, 1, 5))
    loss_circle(y, x, sample_weight = matrix(1, 5, 2))
    loss_circle(y, x, sample_weight = array(1, c(5, 1, 1)))
    loss_circle(y, x, sample_weight = data.frame(a = 1:5, b = 1:5))
    loss_circle(1L, matrix(1), sample_weight = 1:2)
  })
})

test_that("weights that are missing, infinite or negative are refused", {
  loss <- loss_circle()
  expect_refused("sample_weight", {
    loss_circle(y, x, sample_weight = c(1, NA, 1, 1, 1))
    loss_circle(y, x, sample_weight = c(1, 1, NaN, 1, 1))
    loss_circle(y, x, sample_weight = c(1, 1, 1, Inf, 1))
    loss_circle(y, x, sample_weight = -1)
    loss_circle_gradient(y, x, sample_weight = c(1, 1, 1, 1, -Inf))
    loss(y, x, c(1, 1, 1, 1, -2))
  })
  error <- expect_error(loss(y, x, c(1, 1, -1, 1, -2)))
  expect_identical(error$position, 3L)
})

test_that("weights that are not numbers are refused", {
  expect_refused("sample_weight", {
    loss_circle(y, x, sample_weight = letters[1:5])
    loss_circle(y, x, sample_weight = list(1, 2, 3, 4, 5))
    loss_circle(y, x, sample_weight = factor(1:5))
    loss_circle(y, x, sample_weight = Sys.Date())
    loss_circle(y, x, sample_weight = 1i)
    loss_circle(y, x, sample_weight = mean)
  })
})
