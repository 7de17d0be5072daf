# The loss as a function: its arguments, and what becomes of them.

x <- five_embeddings()
y <- five_labels()

# Values ---------------------------------------------------------------------------------------

test_that("it has the signature that was promised", {
  defaults <- formals(loss_circle)
  expect_identical(
    names(defaults),
    c(
      "y_true", "y_pred", "ref_labels", "ref_embeddings", "remove_diagonal", "gamma", "margin",
      "...", "reduction", "name", "dtype"
    )
  )
  expect_identical(defaults$gamma, 80L)
  expect_identical(defaults$margin, 0.4)
  expect_identical(defaults$remove_diagonal, TRUE)
  expect_identical(defaults$reduction, "sum_over_batch_size")
  expect_identical(defaults$name, "circle")
  expect_null(defaults$dtype)
})

test_that("it evaluates by position and by name", {
  value <- loss_circle(y, x)
  expect_type(value, "double")
  expect_length(value, 1)
  expect_identical(loss_circle(y_pred = x, y_true = y), value)
  expect_identical(do.call(loss_circle, list(y, x)), value)
})

test_that("none and NULL give one number per anchor, without names", {
  rownames(x) <- letters[1:5]
  losses <- loss_circle(y, x, reduction = "none")
  expect_length(losses, 5)
  expect_null(attributes(losses))
  expect_identical(loss_circle(y, x, reduction = NULL), losses)
})

test_that("gamma is not truncated to an integer", {
  expect_gt(loss_circle(y, x, gamma = 80.7), loss_circle(y, x, gamma = 80))
  expect_identical(loss_circle(y, x, gamma = 80), loss_circle(y, x, gamma = 80L))
})

test_that("the name of the instance changes no value", {
  expect_identical(loss_circle(y, x, name = "other"), loss_circle(y, x))
})

test_that("sample_weight is read from the dots", {
  weights <- c(2, 1, 0, 3, 5)
  weighted <- loss_circle(y, x, reduction = NULL, sample_weight = weights, dtype = "float64")
  plain <- loss_circle(y, x, reduction = NULL, dtype = "float64")
  expect_equal(weighted, weights * plain)
  arguments <- list(y, x, sample_weight = weights)
  expect_identical(do.call(loss_circle, arguments), loss_circle(y, x, sample_weight = weights))
  expect_identical(loss_circle(y, x, sample_weight = NULL), loss_circle(y, x))
})

test_that("labels and references alone are used as they should be", {
  own <- loss_circle(y, x, remove_diagonal = FALSE)
  expect_equal(loss_circle(y, x, ref_labels = y, remove_diagonal = FALSE), own)
  expect_equal(loss_circle(y, x, ref_embeddings = x, remove_diagonal = FALSE), own)
  expect_false(loss_circle(y, x, ref_labels = c(1, 1, 2, 2, 0), remove_diagonal = FALSE) == own)
})

test_that("inputs are left alone", {
  weights <- c(2, 1, 0, 3, 5)
  before <- list(x + 0, y + 0L, weights + 0)
  loss_circle(y, x, sample_weight = weights)
  expect_identical(list(x, y, weights), before)
})

test_that("empty and trivial batches have defined results", {
  none <- matrix(0, 0, 3)
  expect_identical(loss_circle(integer(), none), 0)
  expect_identical(loss_circle(integer(), none, reduction = "none"), numeric())
  expect_identical(loss_circle(1L, matrix(1)), 0)
  expect_identical(loss_circle(c(1L, 1L), diag(2)), 0)
  expect_identical(loss_circle(1:2, diag(2)), 0)
  expect_identical(loss_circle(1:2, diag(2), integer(), matrix(0, 0, 2)), 0)
  suppressWarnings(
    expect_identical(loss_circle(1:2, matrix(0, 2, 0)), 0),
    classes = "circleloss_warning_not_unit"
  )
})

# Arguments ------------------------------------------------------------------------------------

test_that("one of y_true and y_pred alone is refused", {
  expect_refused("missing_argument", {
    loss_circle(y)
    loss_circle(y_pred = x)
    loss_circle(y, gamma = -1)
  })
})

test_that("references that do not fit are refused", {
  expect_refused("references", {
    loss_circle(y, x, ref_embeddings = diag(2))
    loss_circle(y, x, ref_embeddings = diag(5))
    loss_circle(y, x, 1:3, diag(3))
  })
})

test_that("NaN and infinite embeddings are refused, the first place is named", {
  bad <- x
  bad[4, 1] <- NaN
  bad[2, 2] <- Inf
  references <- x
  references[5, 2] <- NA
  expect_refused("embeddings", {
    loss_circle(y, bad)
    loss_circle(y, x, y, references)
    loss_circle(y, cbind(1L, c(1L, 2L, NA, 4L, 5L)))
  })
  error <- expect_error(loss_circle(y, bad), class = "circleloss_error_embeddings")
  expect_identical(c(error$row, error$column), c(2, 2))
  expect_identical(error$argument, "y_pred")
})

test_that("embeddings beyond the range of the type are refused", {
  huge <- matrix(c(1, -1, 1, -1), 2)
  expect_refused("overflow", {
    loss_circle(1:2, huge * 1e5, dtype = "float16")
    loss_circle(1:2, huge * 1e30, remove_diagonal = FALSE)
    loss_circle(1:2, huge * 1e200, remove_diagonal = FALSE, dtype = "float64")
    loss_circle(c(1, 1, 2), rbind(huge, 0) * 1e18, gamma = 1e10)
    loss_circle(y, x, sample_weight = 1e308, dtype = "float64", reduction = "sum")
    loss_circle(y, x, sample_weight = 1e308, dtype = "float64", reduction = "none", gamma = 1e4)
  })
})

# Warnings -------------------------------------------------------------------------------------

test_that("rows that are not of length 1 give one warning and the value", {
  expect_warned("not_unit", {
    value <- loss_circle(y, rbind(x[1:4, ], c(2, 0)))
    value <- loss_circle(y, x * 3)
    value <- loss_circle(y, x, y, x * c(1, 1, 0.5, 1, 2))
    value <- loss_circle(y, x * 3, y, x * c(1, 1, 0.5, 1, 2))
  })
})

test_that("the value is computed all the same", {
  value <- suppressWarnings(loss_circle(y, x * 2, reduction = "none", gamma = 4, margin = 0.25))
  expect_equal(value, c(1.15188, 4.21965, 3.56469, 4.21965, 0), tolerance = 1e-5)
})

test_that("rows that are nearly of length 1 do not", {
  expect_silent(loss_circle(y, x * 1.0009))
})

test_that("the warning of lengths says how many rows there are", {
  warning <- expect_warning(loss_circle(y, x, y, x * c(1, 1, 2, 1, 2)))
  expect_identical(warning$rows, c(y_pred = 0, ref_embeddings = 2))
})

test_that("the errors name the function that was called", {
  error <- expect_error(loss_circle(y, x, gamma = 0))
  expect_identical(error$call[[1]], quote(loss_circle))
  warning <- expect_warning(loss_circle(y, x, gama = 0))
  expect_identical(warning$call[[1]], quote(loss_circle))
})
