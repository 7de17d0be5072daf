# Losses and gradients of shards against those of one process.

# The sums of an anchor are added in another order, in double: a few roundings of a logarithm of
# some 100. Gradients in single precision are rounded once per block.
value_tolerance <- c(float64 = 1e-14, float32 = 1e-6, float16 = 2^-10, bfloat16 = 2^-7)
gradient_tolerance <- c(float64 = 1e-12, float32 = 1e-5, float16 = 1e-5, bfloat16 = 1e-5)

# 700 rows in 1, 2, 3 and 7 uneven blocks
rows_of_blocks <- c(1000, 400, 256, 101)

expect_alike <- function(result, expected, dtype) {
  expect_lt(deviation(result$value, expected$value), value_tolerance[[dtype]])
  expect_lt(deviation(result$gradient, expected$gradient), gradient_tolerance[[dtype]])
  if (!is.null(expected$ref_gradient)) {
    expect_lt(deviation(result$ref_gradient, expected$ref_gradient), gradient_tolerance[[dtype]])
  }
  expect_identical(names(result), names(expected))
  expect_identical(dimnames(result$gradient), dimnames(expected$gradient))
}

compare <- function(..., dtype) {
  expected <- loss_circle_gradient(..., dtype = dtype)
  for (rows in rows_of_blocks) {
    result <- loss_circle_gradient(..., dtype = dtype, distribute = distribution(rows = rows))
    expect_alike(result, expected, dtype)
    if (rows == 1000) {
      expect_identical(result, expected)
    }
  }
}

test_that("rows that are their own references", {
  use_plan("sequential")
  some <- some_batch()
  weight <- with_seed(2, runif(700))
  for (dtype in names(value_tolerance)) {
    compare(some$y, some$x, dtype = dtype)
    compare(some$y, some$x, dtype = dtype, normalize = TRUE, sample_weight = weight)
  }
  compare(some$y, some$x, dtype = "float64", remove_diagonal = FALSE, reduction = "none")
  compare(some$y, some$x, dtype = "float64", weights = "detached", reduction = "sum")
  compare(some$y, some$x, dtype = "float64", upstream = weight - 0.5)
  compare(some$y, some$x, dtype = "float64", gamma = 1000, margin = -0.2)
})

test_that("references, and other labels", {
  use_plan("sequential")
  some <- some_batch()
  references <- some_batch(300, seed = 3)
  for (dtype in c("float64", "float32")) {
    for (remove_diagonal in c(TRUE, FALSE)) {
      compare(
        some$y, some$x, references$y, references$x, remove_diagonal, dtype = dtype, normalize = TRUE
      )
      # A row is a negative of itself here, at the similarity of 1 where the derivative jumps:
      # rounding chooses a side, and kernels round differently. Normalised rows do not feel it
      compare(
        some$y, some$x, rev(some$y), remove_diagonal = remove_diagonal, dtype = dtype,
        normalize = TRUE
      )
    }
  }
  compare(references$y, references$x, some$y, some$x, dtype = "float64")
})

test_that("the value alone, with its weights and reductions", {
  use_plan("sequential")
  some <- some_batch()
  weight <- with_seed(2, runif(700))
  for (reduction in c("sum", "mean", "mean_with_sample_weight", "none")) {
    value <- function(...) {
      loss_circle(
        some$y, some$x, dtype = "float64", reduction = reduction, sample_weight = weight, ...
      )
    }
    expect_lt(deviation(value(distribute = distribution(rows = 101)), value()), 1e-14)
    expect_identical(value(distribute = TRUE), value())
  }
})

test_that("no rows, one row, one class, and rows without a positive", {
  use_plan("sequential")
  some <- some_batch(30)
  shards <- distribution(rows = 7)
  expect_identical(
    loss_circle(integer(), matrix(0, 0, 3), distribute = shards),
    loss_circle(integer(), matrix(0, 0, 3))
  )
  expect_identical(
    loss_circle(1, matrix(c(1, 0), 1), distribute = shards), loss_circle(1, matrix(c(1, 0), 1))
  )
  for (labels in list(rep(1, 30), 1:30)) {
    result <- loss_circle_gradient(labels, some$x, distribute = shards)
    expect_identical(result, loss_circle_gradient(labels, some$x))
  }
})

test_that("a gradient goes to a file", {
  use_plan("sequential")
  some <- some_batch(300)
  file <- tempfile(fileext = ".npy")
  expected <- loss_circle_gradient(some$y, some$x)$gradient
  for (rows in c(1000, 100)) {
    result <- loss_circle_gradient(
      some$y, some$x, gradient_file = file, distribute = distribution(rows = rows)
    )
    expect_lt(deviation(as.matrix(result$gradient), expected), 1e-5)
  }
})

test_that("embeddings in files", {
  use_plan("sequential")
  some <- some_batch(300)
  for (fortran in c(FALSE, TRUE)) {
    x <- open_embeddings(write_test_npy(tempfile(), some$x, "<f8", fortran))
    expect_identical(
      loss_circle_gradient(some$y, x, dtype = "float64", distribute = distribution(rows = 70)),
      loss_circle_gradient(some$y, some$x, dtype = "float64", distribute = distribution(rows = 70))
    )
  }
})

test_that("errors and warnings name the rows of the whole", {
  use_plan("sequential")
  some <- some_batch(50)
  references <- some_batch(40, seed = 3)
  shards <- distribution(rows = 20)
  expect_snapshot(error = TRUE, {
    some$x[33, 4] <- NaN
    loss_circle(some$y, some$x, distribute = shards)
    some$x[33, 4] <- 0
    references$x[38, 2] <- Inf
    loss_circle(some$y, some$x, references$y, references$x, distribute = shards)
    references$x[38, 2] <- 0
    some$x[44, ] <- 1e30
    loss_circle(some$y, some$x, distribute = shards)
  })
  some <- some_batch(50)
  some$x[c(27, 45), ] <- 2 * some$x[c(27, 45), ]
  references$x[39, ] <- 3 * references$x[39, ]
  expect_snapshot({
    value <- loss_circle(some$y, some$x, distribute = shards)
    value <- loss_circle(some$y, some$x, references$y, references$x, distribute = shards)
  })
})

test_that("no temporary file is left", {
  use_plan("sequential")
  some <- some_batch(50)
  before <- dir(tempdir())
  loss_circle_gradient(some$y, some$x, distribute = distribution(rows = 20))
  some$x[1, 1] <- NA
  expect_error(loss_circle(some$y, some$x, distribute = distribution(rows = 20)))
  expect_identical(dir(tempdir()), before)
})
