# Standardising, discriminants and principal components.

test_that("columns are standardised, and constant ones have no part", {
  set.seed(1)
  x <- cbind(stats::rnorm(50, 5, 3), 2, 1e6 + stats::rnorm(50), stats::rnorm(50, 0, 1e-7))
  standard <- new_standard(x, TRUE)
  z <- standardise(x, standard)
  expect_equal(colMeans(z), rep(0, 4), tolerance = 1e-9)
  # The third column has lost 6 of 16 digits
  expect_equal(colMeans(z^2), c(1, 0, 1, 1), tolerance = 1e-8)
  expect_identical(standard$scale[[2]], Inf)
  expect_equal(new_standard(x, FALSE)$scale, c(1, Inf, 1, 1) * max(standard$scale[-2]))
  huge <- new_standard(x * 1e200, TRUE)
  expect_equal(standardise(x * 1e200, huge), z, tolerance = 1e-8)
})

test_that("discriminants without shrinkage are those of MASS", {
  skip_if_not_installed("MASS")
  x <- standardise(as.matrix(iris[1:4]), new_standard(as.matrix(iris[1:4]), TRUE))
  scatter <- class_scatter(x, as.integer(iris$Species), "lda")
  found <- discriminants(scatter, 0)
  theirs <- MASS::lda(x, iris$Species)$scaling
  for (i in 1:2) {
    # One is a multiple of the other
    ours <- found$basis[, i]
    expect_equal(abs(stats::cor(x %*% ours, x %*% theirs[, i]))[[1]], 1, tolerance = 1e-10)
  }
  within <- x - rowsum(x, iris$Species)[as.integer(iris$Species), ] / 50
  expect_equal(crossprod(within %*% found$basis) / 150, diag(4), tolerance = 1e-9)
  expect_false(is.unsorted(-found$weights))
})

test_that("full shrinkage has the directions between the classes", {
  x <- standardise(as.matrix(iris[1:4]), new_standard(as.matrix(iris[1:4]), TRUE))
  scatter <- class_scatter(x, as.integer(iris$Species), "lda")
  found <- discriminants(scatter, 1)
  between <- eigen(scatter$between, symmetric = TRUE)$vectors[, 1]
  expect_equal(abs(sum(between * found$basis[, 1])) / sqrt(sum(found$basis[, 1]^2)), 1)
})

test_that("more columns than rows lose nothing when reduced", {
  set.seed(1)
  x <- matrix(stats::rnorm(10 * 30), 10)
  x <- t(t(x) - colMeans(x))
  reduced <- reduce_columns(x)
  expect_identical(ncol(reduced$x), 9L)
  expect_equal(tcrossprod(reduced$x), tcrossprod(x), tolerance = 1e-12)
  expect_equal(x %*% reduced$rotation, reduced$x, tolerance = 1e-12)
  expect_null(reduce_columns(t(x))$rotation)
})

test_that("a start has the length and the lift that it should have", {
  x <- standardise(as.matrix(iris[1:4]), new_standard(as.matrix(iris[1:4]), TRUE))
  codes <- as.integer(iris$Species)
  for (kind in c("lda", "pca")) {
    settings <- list(start = kind, shrinkage = 0.1, lift = 0.5)
    start <- new_start(class_scatter(x, codes, kind), 3L, settings)
    images <- map_images(start, x)
    expect_equal(mean(rowSums(images[, 1:2]^2)), 1)
    expect_equal(images[, 3], rep(0.5, 150))
  }
})

test_that("signs do not depend on the library of linear algebra", {
  directions <- cbind(c(0.1, -0.9), c(0.5, 0.2), c(0, 0))
  expect_identical(fix_signs(directions), cbind(c(-0.1, 0.9), c(0.5, 0.2), c(0, 0)))
})
