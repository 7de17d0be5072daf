# An evaluation as data frames.

x <- five_embeddings()
y <- five_labels()
evaluation <- evaluate_embeddings(x, y, k = c(1, 3))

test_that("metrics are one row each, with k where it applies", {
  metrics <- as.data.frame(evaluation)
  expect_named(metrics, c("metric", "k", "value"))
  expect_identical(metrics$metric, names(evaluation$metrics))
  expect_identical(metrics$value, unname(evaluation$metrics))
  at_k <- !is.na(metrics$k)
  expect_identical(metrics$metric[at_k], c(
    "precision_at_1", "precision_at_3", "recall_at_1", "recall_at_3",
    "precision_at_1_by_class", "precision_at_3_by_class", "recall_at_1_by_class",
    "recall_at_3_by_class"
  ))
  expect_identical(metrics$k[at_k], rep(c(1L, 3L), 4))
  expect_identical(as.data.frame(evaluation, what = "metrics"), metrics)
})

test_that("anchors and classes are the tables of the evaluation", {
  expect_identical(as.data.frame(evaluation, what = "anchors"), evaluation$anchors)
  expect_identical(as.data.frame(evaluation, what = "classes"), evaluation$classes)
})

test_that("other tables are refused", {
  expect_refused("parameter", {
    as.data.frame(evaluation, what = "pairs")
    as.data.frame(evaluation, what = c("anchors", "classes"))
    as.data.frame(evaluation, what = NULL)
  })
})

test_that("tidy() and glance() come through package generics", {
  skip_if_not_installed("generics")
  expect_identical(generics::tidy(evaluation), as.data.frame(evaluation))
  glance <- generics::glance(evaluation)
  expect_identical(nrow(glance), 1L)
  expect_identical(names(glance)[1:8], c(
    "anchors", "references", "dimensions", "classes", "positive_pairs", "negative_pairs",
    "counted", "lone"
  ))
  expect_equal(unlist(glance[-(1:8)]), evaluation$metrics)
  expect_identical(c(glance$positive_pairs, glance$negative_pairs), c(2, 8))
})
