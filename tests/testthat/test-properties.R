# What must hold whatever the data: derivatives, invariances, ranges of the parameters, reductions
# and the anchors that count, labels. Results come from the exported functions.

# Where a tolerance is not argued for on the spot it is the rounding bound of helper-tolerance.R.

# The gradient is the derivative ---------------------------------------------------------------

# 1e-8 of the largest entry: with gamma 16 the fifth derivative is of the order (2 gamma)^5 =
# 3e7, times h^4 / 30 = 3e-18 that is 1e-10; the value's own rounding over h is as small. A wrong
# sign, factor or term is off by 1e-2 and more.
difference_tolerance <- function(gradient) 1e-8 * max(abs(gradient))

reductions <- c("none", "sum", "mean", "sum_over_batch_size", "mean_with_sample_weight")

own_references <- smooth_problem(9, 4, "two", seed = 1, gamma = 16)
with_references <- smooth_problem(8, 4, "two", m = 11, seed = 3, gamma = 16)
# Rows of length 0.9, so that a row that is its own negative keeps off the clamp at s = 1
other_labels <- own_references
other_labels$embeddings <- 0.9 * other_labels$embeddings
other_labels$reference_labels <- rev(other_labels$labels)
stopifnot(is_smooth(other_labels))

# d(total of the value) / d(embeddings), and / d(references)
numeric_gradient <- function(problem, total) {
  list(
    gradient = central_difference(
      function(x) total(utils::modifyList(problem, list(embeddings = x))), problem$embeddings
    ),
    ref_gradient = if (!is.null(problem$references)) {
      central_difference(
        function(r) total(utils::modifyList(problem, list(references = r))), problem$references
      )
    }
  )
}

expect_derivative <- function(result, numeric) {
  tolerance <- difference_tolerance(numeric$gradient)
  expect_within(result$gradient, numeric$gradient, tolerance)
  if (is.null(numeric$ref_gradient)) {
    expect_null(result$ref_gradient)
  } else {
    expect_within(result$ref_gradient, numeric$ref_gradient, tolerance)
  }
}

test_that("the gradient is the derivative of the reduced value, for every reduction", {
  sample_weight <- c(0.5, 2, 0, 1, 3, 0.1, 1.5, 1, 0.7)
  for (problem in list(own_references, with_references)) {
    w <- sample_weight[seq_along(problem$labels)]
    for (reduction in reductions) {
      total <- function(at) sum(value_of(at, reduction = reduction, sample_weight = w))
      result <- gradient_of(problem, reduction = reduction, sample_weight = w)
      expect_derivative(result, numeric_gradient(problem, total))
    }
  }
})

test_that("the gradient is the derivative without weights, and with other reference labels", {
  skip_on_cran()
  for (problem in list(own_references, with_references, other_labels)) {
    total <- function(at) value_of(at, reduction = "mean")
    expect_derivative(gradient_of(problem), numeric_gradient(problem, total))
  }
})

test_that("the gradient is the derivative where the removed diagonal is kept", {
  # References apart from the embeddings: against itself a kept row sits on the clamp at s = 1
  problem <- c(with_references, remove_diagonal = FALSE)
  total <- function(at) value_of(at, reduction = "mean")
  expect_derivative(gradient_of(problem), numeric_gradient(problem, total))
})

test_that("upstream takes the place of the reduction", {
  for (problem in list(own_references, with_references)) {
    upstream <- cos(seq_along(problem$labels))
    total <- function(at) sum(upstream * value_of(at))
    result <- gradient_of(problem, upstream = upstream)
    expect_derivative(result, numeric_gradient(problem, total))
  }
})

test_that("normalize takes the gradient through the normalisation of the rows", {
  for (problem in list(own_references, with_references)) {
    stretched <- problem
    stretched$embeddings <- problem$embeddings * (0.5 + seq_along(problem$labels) / 5)
    if (!is.null(problem$references)) {
      stretched$references <- 3 * problem$references
    }
    total <- function(at) {
      at$embeddings <- unit_normalize(at$embeddings)
      at$references <- if (!is.null(at$references)) unit_normalize(at$references)
      value_of(at, reduction = "mean")
    }
    result <- gradient_of(stretched, normalize = TRUE)
    expect_derivative(result, numeric_gradient(stretched, total))
    # Same value as of rows normalised beforehand: both round once to unit rows
    bound <- rounding_bound(problem, "float64")$value
    expect_within(result$value, value_of(problem, reduction = "mean"), 2 * bound)
    # Only the direction of a row matters: <gradient, row> is 0 up to the rounding of D products
    radial <- rowSums(result$gradient * stretched$embeddings)
    scale <- rowSums(abs(result$gradient * stretched$embeddings))
    expect_within(radial, 0 * radial, 1e-13 * max(scale))
  }
})

test_that("a row of zeros has no direction and so no gradient under normalize", {
  problem <- own_references
  problem$embeddings[3, ] <- 0
  for (dtype in c("float64", "float32")) {
    result <- gradient_of(problem, dtype, normalize = TRUE)
    expect_identical(result$gradient[3, ], numeric(4))
    expect_true(all(is.finite(result$gradient)))
  }
})

# The losses with each pair's weight frozen at what it is in `frozen`
losses_of_frozen_weights <- function(problem, frozen) {
  fixed <- naive_pairs_of(frozen)
  at <- naive_pairs_of(problem)
  gamma <- with_defaults(problem)$gamma
  margin <- with_defaults(problem)$margin
  zp <- -gamma * at_least(margin + fixed$d, 0) * (margin - at$d)
  zn <- gamma * at_least(1 + margin - fixed$d, 0) * (1 - margin - at$d)
  softplus(row_logsumexp(zp, at$positive) + row_logsumexp(zn, at$negative))
}

test_that("the detached gradient is the derivative with the pair weights frozen", {
  skip_on_cran()
  for (problem in list(own_references, with_references, other_labels)) {
    w <- rev(seq_along(problem$labels)) / 4
    u <- naive_upstream(naive_losses_of(problem), "mean", w)
    total <- function(at) sum(u * losses_of_frozen_weights(at, problem))
    result <- gradient_of(problem, weights = "detached", sample_weight = w)
    expect_derivative(result, numeric_gradient(problem, total))

    upstream <- sin(seq_along(problem$labels))
    total <- function(at) sum(upstream * losses_of_frozen_weights(at, problem))
    result <- gradient_of(problem, weights = "detached", upstream = upstream)
    expect_derivative(result, numeric_gradient(problem, total))
  }
})

test_that("every option of the gradient agrees with the naive one, in float64 and float32", {
  skip_on_cran()
  options <- list(
    list(),
    list(weights = "detached"),
    list(reduction = "none"),
    list(reduction = "sum", weights = "detached"),
    list(reduction = "mean_with_sample_weight", sample_weight = seq(0, 2, length.out = 40)),
    list(reduction = "mean", sample_weight = seq(0, 2, length.out = 40)),
    list(upstream = cos(1:40), weights = "detached", sample_weight = seq(0, 2, length.out = 40)),
    list(upstream = cos(1:40))
  )
  problems <- list(
    random_problem(40, 10, "few", seed = 5),
    random_problem(40, 10, "few", seed = 5, remove_diagonal = FALSE),
    random_problem(40, 10, "few", m = 33, seed = 6),
    random_problem(40, 10, "few", m = 55, seed = 7, remove_diagonal = FALSE)
  )
  for (problem in problems) {
    for (dtype in c("float64", "float32")) {
      for (option in options) {
        result <- do.call(gradient_of, c(list(problem, dtype), option))
        do.call(expect_naive_gradient, c(list(result, problem, dtype), option))
      }
    }
  }
})

# Invariances ----------------------------------------------------------------------------------

# Both sides are computed, so two bounds; a rotation rounds the rows once more, which is one of
# the roundings of s the bound allows for
expect_same <- function(object, expected, bound) expect_within(object, expected, 2 * bound)

test_that("a permutation of the rows permutes losses and gradient", {
  for (dtype in c("float64", "float32")) {
    problem <- random_problem(61, 9, "few", seed = 11)
    bound <- rounding_bound(problem, dtype)
    order <- sample.int(61)
    permuted <- list(
      labels = problem$labels[order], embeddings = problem$embeddings[order, ]
    )
    expect_same(value_of(permuted, dtype), value_of(problem, dtype)[order], bound$losses[order])
    expect_same(
      gradient_of(permuted, dtype)$gradient, gradient_of(problem, dtype)$gradient[order, ],
      bound$gradient[order, ]
    )
  }
})

test_that("a permutation of the references permutes their gradient and changes no loss", {
  problem <- random_problem(30, 9, "few", m = 47, seed = 12, remove_diagonal = FALSE)
  for (dtype in c("float64", "float32")) {
    bound <- rounding_bound(problem, dtype)
    order <- sample.int(47)
    permuted <- problem
    permuted$references <- problem$references[order, ]
    permuted$reference_labels <- problem$reference_labels[order]
    before <- gradient_of(problem, dtype)
    after <- gradient_of(permuted, dtype)
    expect_same(value_of(permuted, dtype), value_of(problem, dtype), bound$losses)
    expect_same(after$gradient, before$gradient, bound$gradient)
    expect_same(after$ref_gradient, before$ref_gradient[order, ], bound$ref_gradient[order, ])
  }
})

test_that("a rotation of the space rotates the gradient and changes no loss", {
  problem <- random_problem(50, 12, "few", seed = 13)
  rotation <- random_rotation(12)
  rotated <- list(labels = problem$labels, embeddings = problem$embeddings %*% rotation)
  bound <- rounding_bound(problem, "float64")
  expect_same(value_of(rotated), value_of(problem), bound$losses)
  # An entry of the rotated gradient mixes the errors of its row
  expect_same(
    gradient_of(rotated)$gradient, gradient_of(problem)$gradient %*% rotation,
    bound$gradient %*% abs(rotation) + bound$gradient
  )
})

test_that("only the equality of labels matters", {
  problem <- random_problem(50, 6, "few", m = 40, seed = 14)
  bound <- rounding_bound(problem, "float64")
  names <- c(-5L, .Machine$integer.max, 0L, -.Machine$integer.max, 17L, 3L)
  renamed <- problem
  renamed$labels <- names[problem$labels]
  renamed$reference_labels <- ifelse(
    problem$reference_labels > 0, names[pmax(problem$reference_labels, 1L)], 99L
  )
  expect_same(value_of(renamed), value_of(problem), bound$losses)
  expect_same(gradient_of(renamed)$gradient, gradient_of(problem)$gradient, bound$gradient)
})

test_that("every reference given twice adds log(2) to P and to Q", {
  problem <- random_problem(30, 8, "few", m = 25, seed = 15, remove_diagonal = FALSE)
  twice <- problem
  twice$references <- rbind(problem$references, problem$references)
  twice$reference_labels <- rep(problem$reference_labels, 2)
  pairs <- naive_pairs_of(problem)
  for (dtype in c("float64", "float32")) {
    bound <- rounding_bound(twice, dtype)$losses
    expect_same(value_of(twice, dtype), softplus(pairs$p + pairs$q + 2 * log(2)), bound)
  }
})

test_that("every query given twice has its loss twice, and half its gradient in the mean", {
  problem <- random_problem(30, 8, "few", m = 25, seed = 16, remove_diagonal = FALSE)
  twice <- problem
  twice$embeddings <- rbind(problem$embeddings, problem$embeddings)
  twice$labels <- rep(problem$labels, 2)
  once <- gradient_of(problem)
  both <- gradient_of(twice)
  bound <- rounding_bound(problem, "float64")
  expect_same(value_of(twice), rep(value_of(problem), 2), rep(bound$losses, 2))
  expect_same(both$value, once$value, bound$value)
  half <- once$gradient / 2
  expect_same(both$gradient, rbind(half, half), rbind(bound$gradient, bound$gradient))
  expect_same(both$ref_gradient, once$ref_gradient, bound$ref_gradient)
})

test_that("a batch given twice as its own references has positives at distance 0", {
  problem <- random_problem(31, 8, "few", seed = 17)
  twice <- list(
    labels = rep(problem$labels, 2), embeddings = rbind(problem$embeddings, problem$embeddings)
  )
  for (dtype in c("float64", "float32")) {
    expect_naive_losses(value_of(twice, dtype), twice, dtype)
    expect_naive_gradient(gradient_of(twice, dtype), twice, dtype)
  }
})

test_that("the batch as its own references gives the losses and the gradient of the batch", {
  for (remove_diagonal in c(TRUE, FALSE)) {
    for (dtype in c("float64", "float32")) {
      problem <- random_problem(70, 12, "few", seed = 18, remove_diagonal = remove_diagonal)
      general <- problem
      general$references <- problem$embeddings
      general$reference_labels <- problem$labels
      bound <- rounding_bound(problem, dtype)
      one <- gradient_of(problem, dtype)
      two <- gradient_of(general, dtype)
      expect_same(value_of(general, dtype), value_of(problem, dtype), bound$losses)
      expect_same(two$value, one$value, bound$value)
      # Moving a row moves it as a query and as a reference
      expect_same(two$gradient + two$ref_gradient, one$gradient, bound$gradient)

      labels_only <- c(problem, list(reference_labels = problem$labels))
      three <- gradient_of(labels_only, dtype)
      expect_null(three$ref_gradient)
      expect_same(three$gradient, one$gradient, bound$gradient)
      embeddings_only <- c(problem, list(references = problem$embeddings))
      expect_identical(gradient_of(embeddings_only, dtype), two)
    }
  }
})

# Parameters -----------------------------------------------------------------------------------

test_that("gamma from 1 to 1000 and any margin agree with the naive losses and gradients", {
  skip_on_cran()
  for (gamma in c(1, 2, 10, 80, 130, 256, 500, 1000)) {
    for (margin in c(-0.5, -0.1, 0, 0.25, 0.4, 1, 1.5)) {
      problem <- random_problem(37, 6, "few", seed = 21, gamma = gamma, margin = margin)
      for (dtype in c("float64", "float32")) {
        expect_naive_losses(value_of(problem, dtype), problem, dtype)
        for (weights in c("differentiated", "detached")) {
          result <- gradient_of(problem, dtype, weights = weights)
          expect_naive_gradient(result, problem, dtype, weights)
        }
      }
    }
  }
})

test_that("gamma from 1 to 1000 works with references, well and poorly separated", {
  for (gamma in c(1, 80.7, 256, 1000)) {
    for (noise in c(0.2, 3)) {
      problem <- random_problem(37, 6, "few", m = 41, noise = noise, seed = 22, gamma = gamma)
      for (dtype in c("float64", "float32")) {
        expect_naive_losses(value_of(problem, dtype), problem, dtype)
        expect_naive_gradient(gradient_of(problem, dtype), problem, dtype)
      }
    }
  }
})

# Rows turn about the pairs' exponents far beyond exp(88): -z + z of 2 gamma in nats
test_that("exponents far beyond the range of float32 do not matter", {
  problem <- random_problem(64, 3, "two", noise = 3, seed = 23, gamma = 1000)
  pairs <- naive_pairs_of(problem)
  expect_gt(max(pairs$p), 700)
  expect_gt(max(pairs$q), 300)
  expect_naive_losses(value_of(problem, "float32"), problem, "float32")
  expect_naive_gradient(gradient_of(problem, "float32"), problem, "float32")
})

# Reductions and the anchors that count --------------------------------------------------------

# Worked example: five rows, the last without a positive, weights that name each divisor
example_problem <- list(
  labels = c(0L, 0L, 1L, 1L, 2L),
  embeddings = rbind(c(1, 0), c(0.6, 0.8), c(0, 1), c(-0.6, 0.8), c(-1, 0)),
  gamma = 4, margin = 0.25
)
example_weight <- c(2, 1, 0, 3, 5)

test_that("reductions divide by the anchors that count", {
  # Printed digits of the reference: half of the last one
  half_digit <- 0.5e-6
  expected <- list(
    sum = c(8.798120, 11.521733),
    mean = c(2.199530, 2.880433),
    sum_over_batch_size = c(2.199530, 2.880433),
    mean_with_sample_weight = c(2.199530, 1.920289)
  )
  for (reduction in names(expected)) {
    plain <- value_of(example_problem, reduction = reduction)
    weighted <- value_of(example_problem, reduction = reduction, sample_weight = example_weight)
    expect_within(c(plain, weighted), expected[[reduction]], half_digit)
  }
  losses <- value_of(example_problem, sample_weight = example_weight)
  expect_within(losses, c(3.26014, 2.94078, 0, 5.32081, 0), 10 * half_digit)
})

test_that("reductions of random problems agree with the naive ones in every dtype", {
  problem <- random_problem(45, 8, "many", seed = 24, gamma = 30)
  w <- seq(0, 3, length.out = 45)
  for (dtype in c("float64", "float32")) {
    for (reduction in reductions) {
      for (sample_weight in list(NULL, w)) {
        value <- value_of(problem, dtype, reduction, sample_weight = sample_weight)
        naive <- naive_reduce(naive_losses_of(problem, dtype), reduction, sample_weight, dtype)
        bound <- rounding_bound(
          problem, dtype, reduction = reduction, sample_weight = sample_weight
        )$value
        expect_within(value, naive, within_bounds(dtype) * bound)
      }
    }
  }
})

test_that("a divisor of zero gives zero, value and gradient", {
  nothing_counts <- list(
    list(labels = 1:5, embeddings = example_problem$embeddings),
    list(labels = rep(1L, 5), embeddings = example_problem$embeddings)
  )
  for (problem in nothing_counts) {
    for (reduction in setdiff(reductions, "none")) {
      result <- gradient_of(problem, reduction = reduction)
      expect_identical(result$value, 0)
      expect_identical(result$gradient, matrix(0, 5, 2))
    }
  }
  only_masked <- c(0, 0, 0, 0, 9)
  result <- gradient_of(
    example_problem, reduction = "mean_with_sample_weight", sample_weight = only_masked
  )
  expect_identical(result$value, 0)
  expect_identical(result$gradient, matrix(0, 5, 2))
})

test_that("the weighted mean does not depend on the scale of the weights", {
  mean_of <- function(w) {
    gradient_of(example_problem, reduction = "mean_with_sample_weight", sample_weight = w)
  }
  # Powers of 2 change no digit as long as nothing over- or underflows
  for (scale in c(2^-900, 2^900)) {
    expect_identical(mean_of(scale * example_weight), mean_of(example_weight))
  }
})

# Two rows at cosine 0 of everything else, whose losses exp(-127) only float64 can tell from 0
underflow_problem <- function(gamma) {
  list(
    labels = c(0L, 0L, 1L, 1L, 1L), embeddings = diag(3)[c(1, 1, 2, 2, 3), ],
    gamma = gamma, margin = 0.4
  )
}

test_that("weights whose sum overflows give the weighted mean or an error, never another number", {
  # Pairs of equal rows, orthogonal to all others: losses of 1e-8, so that no product overflows
  problem <- list(
    labels = c(0L, 0L, 1L, 1L, 2L), embeddings = diag(3)[c(1, 1, 2, 2, 3), ], gamma = 60
  )
  weighted <- function(w) {
    value_of(problem, reduction = "mean_with_sample_weight", sample_weight = rep(w, 5))
  }
  value <- tryCatch(weighted(1e308), circleloss_error_overflow = function(condition) weighted(1))
  # Five products and their sum
  expect_within(value, weighted(1), 8 * unit_roundoff("float64") * weighted(1))
})

test_that("losses that underflow in the compute dtype leave the divisor", {
  # 272.924 and 163.755, 680.924 and 408.555: half of the printed last digit
  for (case in list(c(400, 272.924, 163.755), c(1000, 680.924, 408.555))) {
    problem <- underflow_problem(case[1])
    expect_within(value_of(problem, "float32", "mean"), case[2], 5e-4)
    expect_within(value_of(problem, "float64", "mean"), case[3], 5e-4)
    expect_identical(value_of(problem, "float32") > 0, c(FALSE, FALSE, TRUE, TRUE, TRUE))
    expect_true(all(value_of(problem, "float64") > 0))
    for (dtype in c("float32", "float64")) {
      expect_naive_losses(value_of(problem, dtype), problem, dtype)
      expect_naive_gradient(gradient_of(problem, dtype), problem, dtype)
    }
  }
})

test_that("denormal losses are kept, and count, down to the smallest one", {
  # The first two rows have t = -2 gamma margin^2 + log(3), one positive and three negatives.
  # Half of the smallest denormal still rounds up to it: 2^-150 = exp(-103.97) in float32,
  # 2^-1075 = exp(-745.13) in float64. 0.2 nats on either side is far more than the error of t,
  # a few roundings of gamma margin^2.
  gamma_for <- function(t) (log(3) - t) / (2 * 0.4^2)
  counts <- function(t, dtype) value_of(underflow_problem(gamma_for(t)), dtype)[1] > 0
  half_of_smallest <- c(float32 = -150, float64 = -1075) * log(2)
  for (dtype in names(half_of_smallest)) {
    expect_true(counts(half_of_smallest[[dtype]] + 0.2, dtype))
    expect_false(counts(half_of_smallest[[dtype]] - 0.2, dtype))
  }
})

# Labels ---------------------------------------------------------------------------------------

test_that("labels that a float cast would merge stay apart in every dtype", {
  merged_by <- list(
    float32 = c(2^24, 2^24 + 1), bfloat16 = c(256, 257), float16 = c(2048, 2049),
    float64 = c(2^31 - 2, 2^31 - 1)
  )
  embeddings <- example_problem$embeddings
  for (dtype in names(merged_by)) {
    pair <- merged_by[[dtype]]
    small <- list(labels = c(0L, 1L, 0L, 1L, 0L), embeddings = embeddings, gamma = 4)
    for (cast in c(as.integer, as.double)) {
      large <- small
      large$labels <- cast(pair)[small$labels + 1L]
      value <- list(value_of(large, dtype), value_of(small, dtype))
      expect_identical(value[[1]], value[[2]])
      expect_true(all(value[[1]] > 0))
    }
  }
})
