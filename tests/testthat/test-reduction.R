# How the losses become the value; the numbers themselves are tested against the naive loss.

x <- five_embeddings()
y <- five_labels()

test_that("every reduction follows from the losses", {
  losses <- loss_circle(y, x, reduction = "none", dtype = "float64")
  value <- function(reduction, ...) loss_circle(y, x, reduction = reduction, dtype = "float64", ...)
  counts <- losses > 0
  expect_identical(counts, c(TRUE, TRUE, TRUE, TRUE, FALSE))

  expect_equal(value("sum"), sum(losses))
  expect_equal(value("sum_over_batch_size"), sum(losses) / 4)
  expect_identical(value("mean"), value("sum_over_batch_size"))
  expect_equal(value("mean_with_sample_weight"), sum(losses) / 4)

  w <- c(2, 1, 0, 3, 5)
  expect_equal(value("none", sample_weight = w), w * losses)
  expect_equal(value("sum", sample_weight = w), sum(w * losses))
  expect_equal(value("mean", sample_weight = w), sum(w * losses) / 4)
  expect_equal(value("mean_with_sample_weight", sample_weight = w), sum(w * losses) / 6)
  expect_identical(value("mean_with_sample_weight", sample_weight = 0), 0)
})

test_that("no other reduction is accepted", {
  expect_refused("reduction", {
    loss_circle(y, x, reduction = "avg")
    loss_circle(y, x, reduction = "SUM")
    loss_circle(y, x, reduction = "")
    loss_circle(y, x, reduction = NA_character_)
    loss_circle(y, x, reduction = c("sum", "mean"))
    loss_circle(y, x, reduction = FALSE)
    loss_circle(reduction = 1)
    loss_circle_gradient(y, x, reduction = "avg")
  })
})

test_that("a sum that is too large says from which row on", {
  y <- c(1, 1, 2, 2, 3, 3)
  row_of <- function(reduction, weight) {
    error <- expect_error(
      loss_circle(y, diag(6), reduction = reduction, sample_weight = weight, dtype = "float64"),
      class = "circleloss_error_overflow"
    )
    error$row
  }
  # All losses are equal: three terms fit into a double, four do not
  loss <- loss_circle(y, diag(6), dtype = "float64")
  expect_identical(row_of("sum", 0.3 * .Machine$double.xmax / loss), 4)
  expect_identical(row_of("none", c(1, 1, 1e308, 1, 1e308, 1)), 3)
  # Sums of weights are formed first
  expect_identical(row_of("mean_with_sample_weight", 1e308), 2)
})
