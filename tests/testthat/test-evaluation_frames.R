# An evaluation as data frames.

x <- five_embeddings()
y <- five_labels()
evaluation <- evaluate_embeddings(x, y, k = c(1, 3))

test_that("metrics are one row each, with k where it applies", {
  metrics <- as.data.frame(evaluation)
  expect_named(metrics, c("metric", "k", "value", "lower", "upper", "reason"))
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

test_that("the cumulative match characteristic is the recall at every rank", {
  cmc <- as.data.frame(evaluation, what = "cmc")
  first <- evaluation$anchors$first_rank
  expect_identical(cmc$rank, c(1, 2))
  expect_identical(cmc$anchors, c(2L, 4L))
  expect_identical(cmc$match_rate, c(0.5, 1))
  some <- evaluate_embeddings(digits$pixels[1:300, ], digits$digit[1:300], k = 1:8)
  cmc <- as.data.frame(some, what = "cmc")
  for (k in 1:8) {
    rate <- max(cmc$match_rate[cmc$rank <= k])
    expect_equal(rate, some$metrics[[paste0("recall_at_", k)]])
  }
  expect_identical(cmc$match_rate[[nrow(cmc)]], 1)
  distinct <- quiet_evaluation(x, 1:5)
  expect_identical(nrow(as.data.frame(distinct, what = "cmc")), 0L)
})

test_that("other tables are refused", {
  expect_refused("parameter", {
    as.data.frame(evaluation, what = "pairs")
    as.data.frame(evaluation, what = c("anchors", "classes"))
    as.data.frame(evaluation, what = NULL)
  })
})

test_that("tidy(), glance() and augment() are there with the package alone", {
  expect_true(all(c("tidy", "glance", "augment") %in% getNamespaceExports("circleloss")))
  expect_identical(circleloss::tidy, generics::tidy)
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

test_that("augment() gives the anchors beside the data", {
  anchors <- augment(evaluation)
  expect_identical(names(anchors), paste0(".", names(evaluation$anchors)))
  expect_identical(anchors$.loss, evaluation$anchors$loss)
  data <- data.frame(u = 5:1, loss = 0)
  beside <- augment(evaluation, data)
  expect_identical(beside[1:2], data)
  expect_identical(beside[-(1:2)], anchors)
  expect_refused("parameter", {
    augment(evaluation, data[1:2, ])
    augment(evaluation, 1:5)
  })
})

test_that("rows with names have them in the table of the anchors", {
  named <- x
  rownames(named) <- c("Ada", "Bo", "Cy", "Di", "Ed")
  anchors <- evaluate_embeddings(named, y)$anchors
  expect_identical(anchors$name, rownames(named))
  expect_identical(anchors$nearest_name, rownames(named)[anchors$nearest])
  expect_identical(anchors$nearest_positive_name, rownames(named)[anchors$nearest_positive])
  expect_identical(anchors$hardest_positive_name, rownames(named)[anchors$hardest_positive])
  expect_identical(anchors$hardest_negative_name, rownames(named)[anchors$hardest_negative])
  without <- anchors[!grepl("name$", names(anchors))]
  expect_identical(without, evaluate_embeddings(x, y)$anchors)
})
