# Embeddings, labels, references and weights that fit one another.

batch_of <- function(y_true, y_pred, ..., sample_weight = NULL) {
  settings <- loss_circle(...)$get_config()
  new_batch(y_true, y_pred, settings, sample_weight, NULL)
}

x <- five_embeddings()
y <- five_labels()

test_that("without references both sides of the engine's are left out", {
  batch <- batch_of(y, x)
  expect_identical(batch$embeddings, x)
  expect_identical(batch$labels, y)
  expect_null(batch$references)
  expect_null(batch$reference_labels)
  expect_null(batch$sample_weight)
})

test_that("references and labels of theirs may come alone or together", {
  both <- batch_of(y, x, ref_labels = c(1, 0), ref_embeddings = diag(2), sample_weight = 3)
  expect_identical(both$references, diag(2))
  expect_identical(both$reference_labels, 1:0)
  expect_identical(both$sample_weight, rep(3, 5))

  rows <- batch_of(y, x, ref_embeddings = -x)
  expect_identical(rows$references, -x)
  expect_null(rows$reference_labels)

  labels <- batch_of(y, x, ref_labels = 5:1)
  expect_null(labels$references)
  expect_identical(labels$reference_labels, 5:1)
})
