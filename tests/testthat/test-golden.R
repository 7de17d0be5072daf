# The 114 golden cases of the reference implementation: value and gradient, by direct call and
# by loss instance. golden/README.md says where they come from.

golden <- readRDS(test_path("golden", "cases.rds"))

# The one case with a negative weight: the reference computes it, the package refuses it
refused <- "weights_08"

computed <- golden[setdiff(names(golden), refused)]
float64 <- Filter(function(case) case$dtype == "float64", computed)
float32 <- Filter(function(case) case$dtype == "float32", computed)
with_gradient <- Filter(function(case) !is.null(case$grad_pred), float64)

golden_call <- function(case, dtype = case$dtype) {
  without_warnings_of_input(loss_circle(
    case$y_true, case$y_pred, case$ref_labels, case$ref_embeddings, case$remove_diagonal,
    gamma = case$gamma, margin = case$margin, sample_weight = case$sample_weight,
    reduction = case$reduction, dtype = dtype
  ))
}

golden_instance_call <- function(case, dtype = case$dtype) {
  loss <- loss_circle(
    ref_labels = case$ref_labels, ref_embeddings = case$ref_embeddings,
    remove_diagonal = case$remove_diagonal, gamma = case$gamma, margin = case$margin,
    reduction = case$reduction, dtype = dtype
  )
  without_warnings_of_input(loss(case$y_true, case$y_pred, sample_weight = case$sample_weight))
}

golden_gradient <- function(case) {
  without_warnings_of_input(loss_circle_gradient(
    case$y_true, case$y_pred, case$ref_labels, case$ref_embeddings, case$remove_diagonal,
    gamma = case$gamma, margin = case$margin, sample_weight = case$sample_weight,
    reduction = case$reduction, dtype = case$dtype
  ))
}

test_that("there are 114 cases, and each is used", {
  expect_length(golden, 114)
  expect_length(float64, 99)
  expect_length(float32, 14)
  expect_length(with_gradient, 98)
})

golden_problem <- function(case) {
  list(
    labels = case$y_true, embeddings = case$y_pred, reference_labels = case$ref_labels,
    references = case$ref_embeddings, remove_diagonal = case$remove_diagonal,
    gamma = case$gamma, margin = case$margin
  )
}

# Values ---------------------------------------------------------------------------------------

# 1e-11: gamma is 1000 at most, so a rounding of s, 1e-16, becomes 2 gamma times as much in each
# of P and Q, a few 1e-13 of the loss; the reference is off by 7e-13 itself. No floor: the
# smallest value, 4e-274, is a normal number.
test_that("float64 values are those of the reference to 1e-11", {
  for (case in float64) {
    expect_within(golden_call(case), case$value, 1e-11 * abs(case$value))
  }
})

# 2e-5: the float32 reference differs by as much from its own float64 value (float32_05); the
# floor 1e-6 is for losses whose mantissa the rounding of s makes meaningless
test_that("float32 values are those of the reference to 2e-5", {
  for (case in float32) {
    expect_within(golden_call(case), case$value, 2e-5 * abs(case$value) + 1e-6)
  }
})

# The inputs are exactly float32, so in float64 the true values come out: also those of
# float32_10, four of which underflow in float32. 1e-11 as above.
test_that("float32 cases give their float64 values in float64 to 1e-11", {
  for (case in float32) {
    expect_within(golden_call(case, "float64"), case$value_f64, 1e-11 * abs(case$value_f64))
  }
})

test_that("losses that underflow in float32 are zero there and positive in float64", {
  case <- golden$float32_10
  expect_identical(golden_call(case) > 0, case$value > 0)
  expect_identical(golden_call(case, "float64") > 0, case$value_f64 > 0)
})

test_that("the mean of the anchors that count has the mask of its dtype", {
  # gamma 1000: 141.24 of all anchors in float64, 329.57 of those that float32 can tell from 0
  case <- golden$float32_11
  means <- c(golden_call(case), golden_call(case, "float32"))
  expect_within(means, c(141.24285117175327, 329.566680908), c(1e-11 * 142, 2e-5 * 330))
})

test_that("an instance gives the bits of the direct call", {
  skip_on_cran()
  for (case in computed) {
    expect_identical(golden_instance_call(case), golden_call(case))
  }
})

test_that("the naive losses are those of the reference to 1e-12", {
  for (case in float64) {
    losses <- naive_losses_of(golden_problem(case))
    value <- naive_reduce(losses, case$reduction, case$sample_weight)
    expect_within(value, case$value, 1e-12 * abs(case$value))
  }
})

test_that("a negative weight, which the reference takes, is refused", {
  case <- golden[[refused]]
  expect_error(golden_call(case), class = "circleloss_error_sample_weight")
  expect_error(golden_instance_call(case), class = "circleloss_error_sample_weight")
  expect_error(golden_gradient(case), class = "circleloss_error_sample_weight")
})

# Gradients ------------------------------------------------------------------------------------

# 1e-10 of the largest entry: every pair's factor is off by a few 1e-13 as the values are, and
# entries that are small by cancellation carry the error of the large ones
gradient_tolerance <- function(case) {
  1e-10 * max(abs(c(case$grad_pred, case$grad_ref)))
}

test_that("gradients are those of the reference to 1e-10 of the largest entry", {
  skip_on_cran()
  for (case in with_gradient) {
    result <- golden_gradient(case)
    expect_within(result$gradient, case$grad_pred, gradient_tolerance(case))
    if (is.null(case$grad_ref)) {
      expect_null(result$ref_gradient)
    } else {
      expect_within(result$ref_gradient, case$grad_ref, gradient_tolerance(case))
    }
  }
})

test_that("value and gradient come out of one call", {
  skip_on_cran()
  for (case in with_gradient) {
    expect_identical(golden_gradient(case)$value, golden_call(case))
  }
})

test_that("the naive gradients are those of the reference to 1e-12 of the largest entry", {
  for (case in with_gradient) {
    naive <- naive_gradient_of(
      golden_problem(case),
      reduction = if (is.null(case$reduction)) "none" else case$reduction,
      sample_weight = case$sample_weight
    )
    expect_within(naive$gradient, case$grad_pred, gradient_tolerance(case) / 100)
    if (!is.null(case$grad_ref)) {
      expect_within(naive$ref_gradient, case$grad_ref, gradient_tolerance(case) / 100)
    }
  }
})
