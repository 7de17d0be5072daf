# The second reference implementation: CircleLoss of pytorch-metric-learning 2.8.1, which holds the
# pair weights constant and always normalises the rows. The numbers were printed by it, in float64
# on PyTorch 1.13, for the embeddings and labels of Keras's own test.

keras_test_data <- readRDS(test_path("golden", "cases.rds"))[[1]]

test_that("values are those of pytorch-metric-learning", {
  value <- function(gamma, margin) {
    loss_circle(
      keras_test_data$y_true, unit_normalize(keras_test_data$y_pred),
      gamma = gamma, margin = margin, dtype = "float64"
    )
  }
  expect_equal(value(80, 0.4), 188.388316, tolerance = 1e-8)
  expect_equal(value(256, 0.25), 652.761714, tolerance = 1e-8)
})

test_that("the detached gradient through the normalisation is that of pytorch-metric-learning", {
  result <- loss_circle_gradient(
    keras_test_data$y_true, keras_test_data$y_pred,
    weights = "detached", normalize = TRUE, dtype = "float64"
  )
  expect_equal(round(result$gradient[1, ], 2), c(-14.59, -47.51, 38.93, -27.13))
})
