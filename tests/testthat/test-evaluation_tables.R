# One row per anchor, per class, per pair.

x <- five_embeddings()
y <- c("cat", "cat", "dog", "dog", "cow")
evaluation <- evaluate_embeddings(x, y, k = 1:2, dtype = "float64")

test_that("each anchor has its row", {
  anchors <- evaluation$anchors
  expect_named(anchors, c(
    "anchor", "label", "loss", "positives", "negatives", "first_rank", "last_rank",
    "precision_at_1", "precision_at_2", "recall_at_1", "recall_at_2",
    "r_precision", "average_precision_at_r", "average_precision",
    "nearest", "nearest_label", "nearest_similarity",
    "nearest_positive", "nearest_positive_similarity",
    "hardest_positive", "hardest_positive_similarity",
    "hardest_negative", "hardest_negative_similarity",
    "positive_mean", "negative_mean", "positive_soft", "negative_soft"
  ))
  expect_identical(anchors$anchor, 1:5)
  expect_identical(anchors$label, y)
  expect_identical(anchors$positives, c(1, 1, 1, 1, 0))
  expect_identical(anchors$negatives, c(3, 3, 3, 3, 4))
  # The cosines: 0.6 | 0 0.8 | -0.6 0.28 0.8 | -1 -0.6 0 0.6. The third anchor's nearest references
  # tie, and the first of them is a negative.
  expect_identical(anchors$first_rank, c(1, 2, 2, 1, NA))
  expect_identical(anchors$last_rank, c(1, 2, 2, 1, NA))
  expect_identical(anchors$recall_at_1, c(1, 0, 0, 1, NA))
  expect_identical(anchors$precision_at_2, c(0.5, 0.5, 0.5, 0.5, NA))
  expect_identical(anchors$average_precision_at_r, c(1, 0, 0, 1, NA))
  expect_identical(anchors$average_precision, c(1, 0.5, 0.5, 1, NA))
  expect_identical(anchors$nearest, c(2L, 3L, 2L, 3L, 4L))
  expect_identical(anchors$nearest_label, c("cat", "dog", "cat", "dog", "dog"))
})

test_that("each anchor has its nearest and hardest references, and means", {
  anchors <- evaluation$anchors
  expect_equal(anchors$nearest_similarity, c(0.6, 0.8, 0.8, 0.8, 0.6))
  expect_equal(anchors$hardest_negative_similarity, c(0, 0.8, 0.8, 0.6, 0.6))
  expect_identical(anchors$hardest_negative, c(3L, 3L, 2L, 5L, 4L))
  expect_identical(anchors$nearest_positive, c(2L, 1L, 4L, 3L, NA))
  expect_equal(anchors$nearest_positive_similarity, c(0.6, 0.6, 0.8, 0.8, NA))
  expect_equal(anchors$hardest_positive_similarity, c(0.6, 0.6, 0.8, 0.8, NA))
  expect_identical(anchors$hardest_positive, c(2L, 1L, 4L, 3L, NA))
  expect_equal(anchors$positive_mean, c(0.6, 0.6, 0.8, 0.8, NA))
  expect_equal(anchors$negative_mean, c(-1.6 / 3, 0.48 / 3, 0.8 / 3, 0.28 / 3, -0.25))
})

test_that("each class has the means of its anchors", {
  classes <- evaluation$classes
  expect_named(classes, c(
    "label", "anchors", "loss", "recall_at_1", "recall_at_2", "precision_at_1", "r_precision",
    "map_at_r", "mean_average_precision", "positive_mean", "negative_mean", "most_confused_with"
  ))
  anchors <- evaluation$anchors
  expect_identical(classes$label, c("cat", "cow", "dog"))
  expect_identical(classes$anchors, c(2L, 1L, 2L))
  mean_of <- function(column) as.vector(tapply(anchors[[column]], anchors$label, mean))
  for (column in c("loss", "recall_at_1", "recall_at_2", "r_precision", "positive_mean")) {
    expect_equal(classes[[column]], mean_of(column))
  }
  expect_equal(classes$map_at_r, mean_of("average_precision_at_r"))
  expect_equal(classes$mean_average_precision, mean_of("average_precision"))
})

test_that("without k = 1 there is no precision at 1", {
  classes <- evaluate_embeddings(x, y, k = 2)$classes
  expect_false("precision_at_1" %in% names(classes))
  expect_true("recall_at_2" %in% names(classes))
})

# `found` are the labels of the nearest references, one for each anchor
confusions <- function(labels, found) {
  codes <- c(a = 1L, b = 2L, c = 3L, z = 26L)
  batch <- list(
    labels = unname(codes[labels]),
    references = diag(length(found)), reference_labels = unname(codes[found]),
    reference_label_values = found,
    classes = unique(labels), class = match(labels, unique(labels))
  )
  anchors <- data.frame(nearest = seq_along(found), positives = 1 + 0 * seq_along(found))
  most_confused_with(anchors, batch)
}

test_that("classes are confused with the label that is most often nearest, and wrong", {
  expect_identical(
    confusions(c("a", "a", "a", "a", "b", "b"), c("a", "a", "a", "c", "b", "b")),
    c("c", NA)
  )
  expect_identical(
    confusions(c("a", "a", "a", "b", "b", "c"), c("c", "b", "b", "c", "z", "a")),
    c("b", "c", "a")
  )
  # Of equally frequent ones the first
  expect_identical(confusions(c("a", "a"), c("c", "b")), "b")
  expect_identical(confusions(character(), character()), character())
})

test_that("anchors without positives are confused with nothing", {
  expect_identical(evaluation$classes$most_confused_with, c("dog", NA, "cat"))
})

test_that("pairs have the rows and labels of both sides", {
  hardest <- evaluation$hardest
  expect_named(hardest, c("positive", "negative"))
  for (pairs in hardest) {
    expect_named(pairs, c("anchor", "anchor_label", "reference", "reference_label", "similarity"))
    expect_identical(pairs$anchor_label, y[pairs$anchor])
    expect_identical(pairs$reference_label, y[pairs$reference])
    expect_equal(pairs$similarity, rowSums(x[pairs$anchor, ] * x[pairs$reference, ]))
  }
  expect_false(is.unsorted(hardest$positive$similarity))
  expect_false(is.unsorted(-hardest$negative$similarity))
})

test_that("soft similarities are those of the pair that would have the loss of the anchor", {
  some <- digits[1:120, ]
  for (settings in list(list(gamma = 80, margin = 0.4), list(gamma = 8, margin = 0.1))) {
    evaluation <- evaluate_embeddings(
      some$pixels, some$digit,
      gamma = settings$gamma, margin = settings$margin, dtype = "float64"
    )
    anchors <- evaluation$anchors
    of_pair <- with(settings, gamma * (
      negative_logit(anchors$negative_soft, margin) + positive_logit(anchors$positive_soft, margin)
    ))
    expect_equal(pmax(of_pair, 0) + log1p(exp(-abs(of_pair))), anchors$loss, tolerance = 1e-10)
  }
})

test_that("soft similarities are missing without pairs, and for distances", {
  evaluation <- suppressWarnings(evaluate_embeddings(rbind(c(1, 0), c(1, 1), c(0, 1)), c(1, 1, 2)))
  expect_identical(is.na(evaluation$anchors$positive_soft), c(FALSE, FALSE, TRUE))
  expect_false(anyNA(evaluation$anchors$negative_soft))
  distances <- evaluate_embeddings(digits$pixels[1:50, ], digits$digit[1:50], metric = "euclidean")
  expect_true(all(is.na(distances$anchors$positive_soft)))
})
