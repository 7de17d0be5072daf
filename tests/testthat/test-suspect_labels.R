# Rows whose neighbours contradict their label.

# The digits with some labels changed at random
digits_with_errors <- function(seed, count = 40) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  rows <- sample.int(nrow(digits), count)
  labels <- as.integer(as.character(digits$digit))
  labels[rows] <- (labels[rows] + sample.int(9, count, replace = TRUE)) %% 10L
  list(labels = labels, rows = rows, right = as.integer(as.character(digits$digit))[rows])
}

test_that("of 40 wrong labels among 1797 digits at least 38 are among the first 40", {
  skip_on_cran()
  for (seed in 1:3) {
    data <- digits_with_errors(seed)
    evaluation <- evaluate_embeddings(digits$pixels, data$labels, clustering = FALSE)
    suspects <- suspect_labels(evaluation, 40)
    expect_gte(sum(suspects$row %in% data$rows), 38)
    found <- match(data$rows, suspects$row)
    right <- suspects$suggested[found] == data$right
    expect_gte(mean(right, na.rm = TRUE), 0.9)
  }
})

test_that("each suspect has its evidence", {
  evaluation <- evaluate_embeddings(digits$pixels[1:300, ], digits$digit[1:300])
  suspects <- suspect_labels(evaluation, 5)
  expect_named(suspects, c(
    "row", "label", "suggested", "score", "own_similarity", "suggested_similarity", "own_row",
    "suggested_row"
  ))
  x <- unit_normalize(digits$pixels[1:300, ])
  label <- digits$digit[1:300]
  s <- tcrossprod(x)
  diag(s) <- -Inf
  for (i in seq_len(nrow(suspects))) {
    row <- suspects$row[[i]]
    expect_identical(suspects$label[[i]], label[[row]])
    own <- which(label == label[[row]])
    expect_equal(suspects$own_similarity[[i]], max(s[row, own]), tolerance = 1e-6)
    expect_identical(suspects$own_row[[i]], own[which.max(s[row, own])])
    expect_equal(suspects$suggested_similarity[[i]], max(s[row, ]), tolerance = 1e-6)
    expect_identical(suspects$suggested_row[[i]], which.max(s[row, ]))
    expect_identical(suspects$suggested[[i]], label[[which.max(s[row, ])]])
  }
  expect_false(is.unsorted(-suspects$score))
  expect_true(all(suspects$own_similarity < suspects$suggested_similarity))
})

test_that("the score is as its definition says, from the largest k up to 10", {
  for (k in list(c(1, 5, 10, 20), 30, c(2, 11))) {
    some <- evaluate_embeddings(digits$pixels[1:200, ], digits$digit[1:200], k = k)
    suspects <- suspect_labels(some, 200)
    anchors <- some$anchors[suspects$row, ]
    d <- 1 - anchors$nearest_similarity
    shares <- anchors$r_precision + anchors[[paste0("precision_at_", max(k[k <= 10], k[[1]]))]]
    expected <- log((1 - anchors$nearest_positive_similarity) / d) +
      log(stats::median(1 - some$anchors$nearest_similarity) / d) / 2 - 2 * shares
    expect_equal(suspects$score, expected, tolerance = 1e-12)
  }
})

test_that("equal rows and inner products have finite scores", {
  x <- rbind(c(1, 0), c(1, 0), c(0, 1), c(0, 1), c(0.1, 1), c(1, 0))
  suspects <- suspect_labels(evaluate_embeddings(x, c("a", "a", "b", "b", "b", "b")))
  expect_identical(suspects$row[[1]], 6L)
  expect_true(all(is.finite(suspects$score)))
  long <- suppressWarnings(
    evaluate_embeddings(3 * x, c("a", "a", "b", "b", "b", "b"), metric = "inner_product")
  )
  expect_true(all(is.finite(suspect_labels(long)$score)))
})

test_that("only rows that are contradicted are listed, with their names", {
  x <- rbind(c(1, 0), c(1, 0.1), c(0, 1), c(0.1, 1), c(1, 0.2))
  rownames(x) <- c("Ada", "Bo", "Cy", "Di", "Ed")
  evaluation <- evaluate_embeddings(x, c("a", "a", "b", "b", "b"))
  suspects <- suspect_labels(evaluation)
  # Bo is nearer to Ed than to Ada
  expect_identical(suspects$name, c("Ed", "Bo"))
  expect_identical(suspects$row, c(5L, 2L))
  expect_identical(suspects$label, c("b", "a"))
  expect_identical(suspects$suggested, c("a", "b"))
  expect_identical(nrow(suspect_labels(evaluation, 0)), 0L)
  apart <- evaluate_embeddings(x[1:4, ], c("a", "a", "b", "b"))
  expect_identical(nrow(suspect_labels(apart)), 0L)
})

test_that("labels that occur once are not suspect, nor those of references", {
  distinct <- quiet_evaluation(five_embeddings(), 1:5)
  expect_identical(nrow(suspect_labels(distinct)), 0L)
  against <- evaluate_embeddings(
    rbind(c(1, 0), c(0, 1)), c("b", "b"), five_embeddings(), c("a", "b", "b", "a", "a")
  )
  suspects <- suspect_labels(against)
  expect_identical(suspects$row, 1L)
  expect_identical(suspects$suggested, "a")
  expect_identical(suspects$suggested_row, 1L)
})

test_that("what is no evaluation and no number of rows is refused", {
  expect_refused("evaluation", {
    suspect_labels(5)
  })
  evaluation <- evaluate_embeddings(five_embeddings(), five_labels())
  expect_refused("parameter", {
    suspect_labels(evaluation, -1)
    suspect_labels(evaluation, "all")
  })
  expect_refused("missing_argument", {
    suspect_labels()
  })
})
