# The picture "similarity".

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(60)
good <- evaluations$good

area <- function(curve) sum(curve$density) * diff(curve$similarity[1:2])

test_that("each curve has the area 1 and runs over all similarities", {
  curves <- similarity_curves(good)
  for (curve in split(curves, curves$pairs)) {
    expect_equal(area(curve), 1, tolerance = 0.01)
  }
  positive <- good$anchors$hardest_positive_similarity
  negative <- good$anchors$hardest_negative_similarity
  expect_lte(min(curves$similarity), min(positive, negative))
  expect_gte(max(curves$similarity), max(negative))
})

test_that("the grey area is the overlap", {
  # The curves are smoothed by a bin at least, the number is not: of 60 rows that is some hundredths
  for (evaluation in evaluations) {
    difference <- area(similarity_overlap(evaluation)) - evaluation$metrics[["overlap"]]
    expect_lt(abs(difference), 0.06)
  }
})

test_that("the layers hold the curves, and the subtitle the overlap", {
  drawn <- ggplot2::autoplot(good)
  curves <- similarity_curves(good)
  expect_equal(ggplot2::layer_data(drawn, 5)$y, curves$density)
  expect_identical(ggplot2::layer_data(drawn, 2)$xintercept, c(0.4, 0.6))
  expect_match(
    drawn$labels$subtitle,
    sprintf(" positive and .* negative pairs, grey: overlap %.4f$", good$metrics["overlap"])
  )
  expect_match(drawn$labels$caption, "below 0.4 and positive pairs above 0.6")
  expect_identical(drawn$labels$x, "cosine similarity")
})

test_that("several evaluations have a panel each, with their overlap", {
  drawn <- ggplot2::autoplot(good, compare = evaluations["bad"], name = "good")
  expect_identical(levels(ggplot2::layer_data(drawn, 5)$PANEL), c("1", "2"))
  expect_null(drawn$labels$subtitle)
  titles <- levels(drawn$data$evaluation)
  overlaps <- vapply(evaluations, function(evaluation) evaluation$metrics[["overlap"]], 0)
  expect_identical(titles, sprintf("%s\noverlap %.4f", c("good", "bad"), overlaps))
})

test_that("margins that differ are not written down as one", {
  other <- good
  other$settings$margin <- 0.25
  drawn <- ggplot2::autoplot(good, compare = list(other = other))
  expect_identical(ggplot2::layer_data(drawn, 2)$xintercept, c(0.4, 0.6, 0.25, 0.75))
  expect_match(drawn$labels$caption, "below the margin")
})

test_that("rows that are not of unit length have inner products", {
  drawn <- ggplot2::autoplot(evaluation_to_draw(five_embeddings() * 3, five_labels(),
    normalize = FALSE
  ))
  expect_identical(drawn$labels$x, "similarity (inner product)")
})

test_that("distances have no targets", {
  far <- evaluation_to_draw(five_embeddings(), five_labels())
  far$settings$metric <- "euclidean"
  drawn <- ggplot2::autoplot(far)
  expect_identical(nrow(ggplot2::layer_data(drawn, 2)), 0L)
  expect_null(drawn$labels$caption)
  expect_silent(drawn_silently(drawn))
})

test_that("one kind of pair is drawn alone, and no pair is said", {
  x <- five_embeddings()
  one_class <- evaluation_to_draw(x, rep(1, 5))
  distinct <- evaluation_to_draw(x, 1:5)
  lonely <- evaluation_to_draw(x[1, , drop = FALSE], 1)
  expect_identical(
    unique(as.character(ggplot2::autoplot(one_class)$data$pairs)), "positive"
  )
  expect_identical(ggplot2::autoplot(one_class)$labels$subtitle, "10 positive and 0 negative pairs")
  expect_identical(unique(as.character(ggplot2::autoplot(distinct)$data$pairs)), "negative")
  expect_silent(drawn_silently(ggplot2::autoplot(
    one_class, compare = list(distinct = distinct, lonely = lonely)
  )))
  expect_identical(
    ggplot2::layer_data(ggplot2::autoplot(lonely))$label, "There are no pairs."
  )
})

test_that("similarities that are all the same are a narrow peak", {
  collapsed <- evaluation_to_draw(matrix(1, 6, 2), rep(1:2, 3))
  # As few bins as evaluate_embeddings() makes of one similarity
  collapsed$density <- data.frame(similarity = 1, positive = 1, negative = 1)
  curves <- similarity_curves(collapsed)
  expect_equal(range(curves$similarity), c(0.99, 1.01))
  expect_equal(area(curves[curves$pairs == "positive", ]), 1, tolerance = 0.01)
  expect_silent(drawn_silently(ggplot2::autoplot(collapsed)))
})
