# Plots of a comparison.

skip_if_not_installed("ggplot2")

some <- digits[1:300, ]
comparison <- compare_embeddings(
  all = some$pixels, half = some$pixels[, 1:32], quarter = some$pixels[, 1:16],
  labels = some$digit, resample = "rows"
)

test_that("differences have points and intervals, and other plots are side by side", {
  drawn <- ggplot2::autoplot(comparison)
  points <- ggplot2::layer_data(drawn, 3)
  lines <- ggplot2::layer_data(drawn, 2)
  expect_identical(nrow(points), 2L * (length(main_metrics(comparison)) - 1L))
  known <- !is.na(lines$xmin)
  expect_true(all(lines$xmin[known] < points$x[known] & points$x[known] < lines$xmax[known]))
  for (type in setdiff(comparison_plots, "differences")) {
    expect_silent(ggplot2::ggplot_build(ggplot2::autoplot(comparison, type)))
  }
  expect_identical(comparison_plots, c("differences", plot_types))
})

test_that("plot() draws it", {
  on_null_device(expect_invisible(drawn <- plot(comparison)))
  expect_s3_class(drawn, "ggplot")
  expect_error(plot(comparison, "bars"), class = "circleloss_error_parameter")
})
