# Value and gradient: the arguments; the numbers are tested against the naive gradient.

x <- five_embeddings()
y <- five_labels()

test_that("it returns value and gradients", {
  result <- loss_circle_gradient(y, x)
  expect_named(result, c("value", "gradient", "ref_gradient"))
  expect_identical(result$value, loss_circle(y, x))
  expect_identical(dim(result$gradient), dim(x))
  expect_null(result$ref_gradient)

  against <- loss_circle_gradient(y, x, 0:1, diag(2))
  expect_identical(against$value, loss_circle(y, x, 0:1, diag(2)))
  expect_identical(dim(against$ref_gradient), c(2L, 2L))
  expect_null(loss_circle_gradient(y, x, ref_labels = y)$ref_gradient)
})

test_that("the value is that of loss_circle(), with every reduction and weight", {
  weights <- c(2, 1, 0, 3, 5)
  for (reduction in c("none", "sum", "mean", "sum_over_batch_size", "mean_with_sample_weight")) {
    result <- loss_circle_gradient(y, x, reduction = reduction, sample_weight = weights)
    expect_identical(
      result$value,
      loss_circle(y, x, reduction = reduction, sample_weight = weights)
    )
  }
  expect_length(loss_circle_gradient(y, x, reduction = NULL)$value, 5)
})

test_that("gradients have the dimnames of what they belong to", {
  named <- x
  dimnames(named) <- list(letters[1:5], c("u", "v"))
  references <- matrix(c(1, 0, 0, 1), 2, dimnames = list(NULL, c("u", "v")))
  result <- loss_circle_gradient(y, named, 0:1, references)
  expect_identical(dimnames(result$gradient), dimnames(named))
  expect_identical(dimnames(result$ref_gradient), dimnames(references))

  frame <- loss_circle_gradient(y, as.data.frame(named))
  expect_identical(dimnames(frame$gradient), dimnames(named))
  expect_null(dimnames(loss_circle_gradient(y, x)$gradient))
})

test_that("weights chooses between two gradients of one value", {
  whole <- loss_circle_gradient(y, x)
  detached <- loss_circle_gradient(y, x, weights = "detached")
  expect_identical(loss_circle_gradient(y, x, weights = "differentiated"), whole)
  expect_identical(
    loss_circle_gradient(y, x, weights = c("differentiated", "detached")),
    whole
  )
  expect_identical(detached$value, whole$value)
  expect_false(isTRUE(all.equal(detached$gradient, whole$gradient)))
})

test_that("upstream takes the place of the reduction", {
  upstream <- c(0.5, -1, 2, 0, 3)
  result <- loss_circle_gradient(y, x, upstream = upstream, dtype = "float64")
  expect_identical(result$value, loss_circle(y, x, dtype = "float64"))
  other <- loss_circle_gradient(
    y, x,
    upstream = as.matrix(upstream), reduction = "none", sample_weight = 1:5, dtype = "float64"
  )
  expect_identical(other$gradient, result$gradient)
  sum_of <- loss_circle_gradient(y, x, reduction = "sum", dtype = "float64")
  ones <- loss_circle_gradient(y, x, upstream = rep(1, 5), dtype = "float64")
  expect_equal(ones$gradient, sum_of$gradient)
})

test_that("normalize takes rows of any length, without a warning", {
  scaled <- x * c(1, 2, 3, 4, 5)
  expect_silent(result <- loss_circle_gradient(y, scaled, normalize = TRUE, dtype = "float64"))
  expect_equal(result$value, loss_circle(y, x, dtype = "float64"))
  # Such a gradient has no part along the row
  expect_lt(max(abs(rowSums(result$gradient * scaled))), 1e-10)
})

test_that("both y_true and y_pred are needed", {
  expect_refused("missing_argument", {
    loss_circle_gradient()
    loss_circle_gradient(y)
    loss_circle_gradient(y_pred = x)
  })
})

test_that("weights is one of two", {
  expect_refused("weights", {
    loss_circle_gradient(y, x, weights = "frozen")
    loss_circle_gradient(y, x, weights = NULL)
    loss_circle_gradient(y, x, weights = c("detached", "differentiated"))
    loss_circle_gradient(y, x, weights = 1:5)
  })
})

test_that("upstream is one finite number a row", {
  expect_refused("upstream", {
    loss_circle_gradient(y, x, upstream = 1)
    loss_circle_gradient(y, x, upstream = 1:4)
    loss_circle_gradient(y, x, upstream = c(1, NA, 3, 4, 5))
    loss_circle_gradient(y, x, upstream = c(1, 2, 3, 4, Inf))
    loss_circle_gradient(y, x, upstream = matrix(1, 1, 5))
    loss_circle_gradient(y, x, upstream = letters[1:5])
  })
})

test_that("overflow names the row of the gradient", {
  expect_refused("overflow", {
    loss_circle_gradient(y, x, upstream = rep(1e308, 5), dtype = "float64")
    loss_circle_gradient(y, x, upstream = rep(1e308, 5), dtype = "float64", normalize = TRUE)
    loss_circle_gradient(y, x * 1e30)
  })
})

test_that("rows that are not of length 1 give one warning with both remedies", {
  expect_warned("not_unit", {
    result <- loss_circle_gradient(y, x * 2)
  })
})

test_that("errors name the function that was called", {
  error <- expect_error(loss_circle_gradient(y, x, gamma = 0))
  expect_identical(error$call[[1]], quote(loss_circle_gradient))
})
