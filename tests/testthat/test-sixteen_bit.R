# float16 and bfloat16: inputs and losses are rounded to the type, the rest is computed in single.

sixteen_bit <- c("float16", "bfloat16")

test_that("16-bit types round the inputs and the losses, and compute in single", {
  for (dtype in sixteen_bit) {
    for (problem in list(
      random_problem(40, 16, "few", seed = 31),
      random_problem(40, 16, "few", m = 30, seed = 32),
      random_problem(40, 16, "few", noise = 0.3, seed = 33, gamma = 16)
    )) {
      losses <- value_of(problem, dtype)
      expect_identical(losses, round_to(losses, dtype))
      # The bound adds half a spacing of the type to the float32 bound on rounded inputs
      expect_naive_losses(losses, problem, dtype)
    }
  }
})

test_that("16-bit gradients are those of the rounded inputs", {
  for (dtype in sixteen_bit) {
    problem <- random_problem(40, 16, "few", seed = 34)
    upstream <- cos(1:40)
    result <- gradient_of(problem, dtype, reduction = "none", upstream = upstream)
    expect_naive_gradient(result, problem, dtype, reduction = "none", upstream = upstream)
  }
})

test_that("the 16-bit mask leaves out losses that round to zero in that type", {
  # exp(-25.6 + log(3)) is 2.3e-11: zero in float16, whose smallest number is 6e-8, not in bfloat16
  problem <- list(
    labels = c(0L, 0L, 1L, 1L, 1L), embeddings = diag(3)[c(1, 1, 2, 2, 3), ], gamma = 80
  )
  expect_identical(value_of(problem, "float16") > 0, c(FALSE, FALSE, TRUE, TRUE, TRUE))
  expect_true(all(value_of(problem, "bfloat16") > 0))
  for (dtype in sixteen_bit) {
    naive <- naive_reduce(naive_losses_of(problem, dtype), "mean", dtype = dtype)
    # A loss may round to either neighbour where it lies between two: one spacing
    expect_within(value_of(problem, dtype, "mean"), naive, 2 * unit_roundoff(dtype) * naive)
  }
})

# The losses of (x, 0) and (partner, 0), of one class, with (0, 1) as their negative
losses_of_number <- function(x, partner, dtype) {
  embeddings <- rbind(c(x, 0), c(0, 1), c(partner, 0))
  problem <- list(labels = c(1L, 2L, 1L), embeddings = embeddings, gamma = 16)
  value_of(problem, dtype)
}

expect_rounded <- function(x, to, partner, dtype) {
  expect_identical(round_to(x, dtype), to)
  # What is rounded already stays as it is
  expect_identical(
    losses_of_number(x, partner, dtype), losses_of_number(to, partner, dtype)
  )
}

test_that("16-bit numbers are rounded to the nearest, ties to even, once", {
  skip_on_cran()
  for (dtype in sixteen_bit) {
    half <- unit_roundoff(dtype)
    below <- 1 - half
    partner <- 0.5
    expect_rounded(1 + half, 1, partner, dtype)
    expect_rounded(1 + 3 * half, 1 + 4 * half, partner, dtype)
    expect_rounded(below + half / 2, 1, partner, dtype)
    expect_rounded(-1 - half, -1, partner, dtype)
    # By way of float32 this would be a tie
    expect_rounded(1 + half + 2^-30, 1 + 2 * half, partner, dtype)
    expect_rounded(1 + 3 * half - 2^-30, 1 + 2 * half, partner, dtype)
    # Numbers next to each other give losses apart, so that the above says something
    expect_false(identical(
      losses_of_number(1, partner, dtype), losses_of_number(1 + 2 * half, partner, dtype)
    ))
  }
})

test_that("subnormal 16-bit numbers are rounded to their own spacing", {
  # A partner large enough for the smallest number of float16, 2^-24, to be seen
  spacing <- 2^-24
  expect_rounded(1.5 * spacing, 2 * spacing, 60000, "float16")
  expect_rounded(0.5 * spacing, 0, 60000, "float16")
  expect_rounded(0.5001 * spacing, spacing, 60000, "float16")
  expect_rounded(-2.5 * spacing, -2 * spacing, 60000, "float16")
  expect_false(identical(
    losses_of_number(spacing, 60000, "float16"), losses_of_number(0, 60000, "float16")
  ))
})
