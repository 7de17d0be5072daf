# Plots of a fitted map.

test_that("rows and the course of a fit are drawn", {
  skip_if_not_installed("ggplot2")
  fit <- circle_map(iris, Species, dim = 3, steps = 5)
  rows <- ggplot2::autoplot(fit)
  expect_identical(nrow(rows$data), 150L)
  expect_equal(rows$data$first, fit$sample$embedding[, 1])
  course <- ggplot2::autoplot(fit, "course")
  expect_setequal(levels(course$data$measure), c("loss of all rows", "score of held-out rows"))
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  expect_s3_class(plot(fit), "ggplot")
  expect_s3_class(plot(fit, "course"), "ggplot")
})

test_that("one dimension, many classes and no step can be drawn", {
  skip_if_not_installed("ggplot2")
  grDevices::pdf(NULL)
  on.exit(grDevices::dev.off())
  one <- circle_map(iris, Species, dim = 1, steps = 0, hold_out = "none")
  expect_s3_class(plot(one), "ggplot")
  expect_s3_class(plot(one, "course"), "ggplot")
  set.seed(1)
  many <- circle_map(matrix(stats::rnorm(200), 40), rep(1:20, 2), steps = 2, hold_out = "none")
  expect_s3_class(plot(many), "ggplot")
  expect_refused("parameter", {
    plot(one, "loss")
  })
  expect_refused("dots", {
    plot(one, compare = one)
  })
})
