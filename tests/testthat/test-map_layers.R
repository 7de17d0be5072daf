# The layers of a map, against loops and central differences.

random_layers <- function(inputs, hidden, dim, seed = 1) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  linear <- matrix(stats::rnorm((inputs + 1) * dim), inputs + 1)
  layers <- new_hidden_layers(linear, hidden)
  layers$hidden <- lapply(layers$hidden, function(weights) {
    weights + 0.1 * stats::rnorm(length(weights))
  })
  if (!is.null(layers$readout)) {
    layers$readout[] <- stats::rnorm(length(layers$readout))
  }
  layers
}

# One row at a time
naive_images <- function(layers, x) {
  t(apply(x, 1, function(row) {
    image <- drop(c(row, 1) %*% layers$linear)
    unit <- row
    for (weights in layers$hidden) {
      unit <- pmax(drop(c(unit, 1) %*% weights), 0)
    }
    if (length(layers$hidden) > 0) image + drop(unit %*% layers$readout) else image
  }))
}

test_that("images are those of loops over the rows", {
  x <- matrix(stats::rnorm(60), 12)
  for (hidden in list(integer(), 7L, c(6L, 4L, 3L))) {
    layers <- random_layers(5, hidden, 3)
    # A few sums of at most 7 products
    expect_equal(map_forward(layers, x)$images, naive_images(layers, x), tolerance = 1e-13)
  }
})

test_that("the gradient of all layers is that of central differences", {
  problem <- random_problem(14, 5, "few", seed = 3)
  for (hidden in list(integer(), 6L, c(6L, 4L))) {
    start <- random_layers(5, hidden, 3, seed = 2)
    settings <- list(gamma = 2, margin = 0.25, dtype = "float64")
    objective <- new_objective(problem$embeddings, problem$labels, start, settings, decay = 0.3)
    vector <- layer_vector(start) + 0.05 * stats::rnorm(length(layer_vector(start)))
    expected <- central_difference(function(v) objective(v)$value, vector, h = 1e-5)
    # The differences have errors of 1e-16 / 1e-5 of the value, which is about 1
    expect_equal(objective(vector)$gradient, expected, tolerance = 1e-7)
  }
})

test_that("layers and their vector are the same numbers", {
  layers <- random_layers(3, c(4L, 2L), 2)
  expect_identical(layers_like(layers, layer_vector(layers)), layers)
})

test_that("hidden layers start as the linear path", {
  set.seed(1)
  linear <- matrix(stats::rnorm(12), 4)
  x <- matrix(stats::rnorm(15), 5)
  with_hidden <- new_hidden_layers(linear, c(8L, 4L))
  expect_identical(
    map_forward(with_hidden, x)$images, map_forward(list(linear = linear), x)$images
  )
})
