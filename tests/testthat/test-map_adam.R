# Batches, and Adam on functions whose minimum is known.

test_that("a quadratic function is minimised", {
  set.seed(1)
  least <- stats::rnorm(6)
  gradient_at <- function(step, vector) vector - least
  found <- minimise_adam(gradient_at, rep(1, 6), 2000L, function(step, vector) TRUE)
  # The rate falls to zero, and each step moves by the rate at most
  expect_equal(found, least, tolerance = 1e-3)
})

test_that("it ends where it is told to", {
  steps <- 0
  minimise_adam(function(step, vector) vector, c(3, 4), 50L, function(step, vector) {
    steps <<- step
    step < 7
  })
  expect_identical(steps, 7L)
})

test_that("the gradient of a batch without decay is that of its loss", {
  problem <- random_problem(20, 4, "two", seed = 5)
  start <- new_hidden_layers(matrix(stats::rnorm(15), 5), 6L)
  start$readout[] <- stats::rnorm(18)
  settings <- list(gamma = 2, margin = 0.25, dtype = "float64", batch = 20L, memory = 0L)
  codes <- match(problem$labels, unique(problem$labels))
  set.seed(1)
  rows <- new_batch_draw(codes, 20L)()
  set.seed(1)
  batches <- new_batch_gradient(problem$embeddings, codes, start, settings, decay = 0)
  gradient <- batches$gradient_at(1L, layer_vector(start))
  objective <- new_objective(problem$embeddings[rows, ], codes[rows], start, settings, 0)
  # Sums of the same terms in another order
  expect_equal(gradient, objective(layer_vector(start))$gradient, tolerance = 1e-12)
  expect_equal(batches$recent_loss(), objective(layer_vector(start))$value, tolerance = 1e-12)
})

test_that("earlier batches are references, as in a memory", {
  problem <- random_problem(40, 4, "two", seed = 6)
  codes <- match(problem$labels, unique(problem$labels))
  start <- list(linear = matrix(stats::rnorm(15), 5))
  settings <- list(gamma = 2, margin = 0.25, dtype = "float64", batch = 10L, memory = 25L)
  set.seed(1)
  draw <- new_batch_draw(codes, 10L)
  rows <- lapply(1:3, function(step) draw())
  set.seed(1)
  batches <- new_batch_gradient(problem$embeddings, codes, start, settings, decay = 0)
  vector <- layer_vector(start)
  gradients <- lapply(1:3, function(step) batches$gradient_at(step, vector))

  memory <- circle_memory(25)
  images_of <- function(weights, rows) cbind(problem$embeddings[rows, ], 1) %*% weights
  for (earlier in rows[1:2]) {
    memory <- push(memory, images_of(start$linear, earlier), codes[earlier])
  }
  # What is remembered does not move with the weights
  value <- function(weights) {
    images <- images_of(weights, rows[[3]])
    loss_circle(
      codes[rows[[3]]], unit_normalize(images),
      c(codes[rows[[3]]], memory$labels), unit_normalize(rbind(images, memory$embeddings)),
      gamma = 2, margin = 0.25, reduction = "sum", dtype = "float64"
    ) / (2 * length(rows[[3]]))
  }
  expected <- central_difference(value, start$linear, h = 1e-5)
  # The differences have errors of 1e-16 / 1e-5 of the value, which is about 1
  expect_equal(gradients[[3]], as.vector(expected), tolerance = 1e-7)
})

test_that("a batch has as many rows of each class, or of as many classes as fit", {
  set.seed(1)
  codes <- c(rep(1L, 500), rep(2L, 20), rep(3L, 20), 4L)
  batch <- codes[new_batch_draw(codes, 30L)()]
  expect_identical(as.vector(table(batch)), c(10L, 10L, 10L))
  many <- rep(seq_len(100), each = 5)
  batch <- many[new_batch_draw(many, 40L)()]
  expect_identical(as.vector(table(batch)), rep(4L, 10))
  # All rows in turn
  draw <- new_batch_draw(rep(1:2, each = 8), 8L)
  expect_setequal(c(draw(), draw()), 1:16)
})
