# The picture "cmc".

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(60)
bad <- evaluations$bad

test_that("the curve rises from rank 1 to all anchors with a positive", {
  curve <- cmc_curve(bad)
  expect_identical(curve$rank[[1]], 1)
  expect_false(is.unsorted(curve$rank, strictly = TRUE))
  expect_false(is.unsorted(curve$match_rate))
  expect_identical(curve$match_rate[[nrow(curve)]], 1)
  first <- bad$anchors$first_rank
  for (row in seq_len(nrow(curve))) {
    expect_equal(curve$match_rate[[row]], mean(first <= curve$rank[[row]], na.rm = TRUE))
  }
})

test_that("points are the recall at the k of the evaluation", {
  points <- cmc_points(bad)
  expect_identical(points$rank, 1)
  expect_identical(points$match_rate, bad$metrics[["recall_at_1"]])
})

test_that("chance is the share of random orders with a positive up to the rank", {
  anchors <- data.frame(positives = c(1, 1, 2, 0), negatives = c(3, 3, 2, 4), first_rank = c(
    1, 4, 2, NA
  ))
  evaluation <- list(anchors = anchors, settings = list(k = 4))
  chance <- cmc_of_chance(evaluation)
  expect_identical(chance$rank[[1]], 1)
  # One of four, one of four, two of four; then two draws of four, three, ...
  at <- function(rank) chance$match_rate[chance$rank == rank]
  expect_equal(at(1), mean(c(1 / 4, 1 / 4, 2 / 4)))
  expect_equal(at(2), mean(c(2 / 4, 2 / 4, 1 - 1 / 6)))
  expect_equal(at(4), 1)
})

test_that("one evaluation is described below the title, several in the legend", {
  drawn <- ggplot2::autoplot(bad, "cmc")
  expect_identical(
    drawn$labels$subtitle, sprintf("recall at 1 %.4f", bad$metrics[["recall_at_1"]])
  )
  drawn <- ggplot2::autoplot(evaluations$good, "cmc", compare = evaluations["bad"], name = "good")
  labels <- levels(drawn$data$series)
  expect_match(labels, "^(good|bad): recall at 1 [01][.][0-9]{4}$")
  expect_silent(drawn_silently(drawn))
})

test_that("a perfect ranking shows", {
  perfect <- evaluation_to_draw(diag(3)[rep(1:3, 4), ], rep(1:3, 4))
  drawn <- ggplot2::autoplot(perfect, "cmc")
  expect_silent(drawn_silently(drawn))
  expect_identical(unique(ggplot2::layer_data(drawn, 2)$y), 1)
})

test_that("without positive pairs there is no curve", {
  distinct <- evaluation_to_draw(five_embeddings(), 1:5)
  expect_match(ggplot2::layer_data(ggplot2::autoplot(distinct, "cmc"))$label, "no anchor with a")
  drawn <- ggplot2::autoplot(bad, "cmc", compare = list(distinct = distinct))
  expect_silent(drawn_silently(drawn))
})
