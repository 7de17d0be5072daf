# Axes of the images, and layers in other coordinates.

test_that("images are turned so that their spread falls, and no cosine changes", {
  set.seed(1)
  images <- naive_unit(cbind(matrix(stats::rnorm(120), 30) %*% diag(c(1, 3, 2, 0.1)), 0))
  axes <- axes_of(images)
  turned <- images %*% axes
  # The fifth dimension holds nothing
  expect_identical(ncol(turned), 4L)
  expect_false(is.unsorted(-apply(turned, 2, stats::var)))
  expect_equal(tcrossprod(turned), tcrossprod(images), tolerance = 1e-12)
})

test_that("layers take rows instead of coordinates, with the same images", {
  set.seed(2)
  x <- matrix(stats::rnorm(50), 10)
  basis <- matrix(stats::rnorm(15), 5)
  for (hidden in list(integer(), c(6L, 4L))) {
    layers <- new_hidden_layers(matrix(stats::rnorm(8), 4), hidden)
    if (length(hidden) > 0) {
      layers$readout[] <- stats::rnorm(8)
    }
    folded <- fold_basis(layers, basis)
    expect_equal(
      map_forward(folded, x)$images, map_forward(layers, x %*% basis)$images,
      tolerance = 1e-12
    )
    turn <- random_rotation(2)
    expect_equal(
      map_forward(turn_layers(folded, turn), x)$images,
      map_forward(folded, x)$images %*% turn,
      tolerance = 1e-12
    )
  }
})
