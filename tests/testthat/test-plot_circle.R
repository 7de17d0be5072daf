# The picture "circle".

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(60)
good <- evaluations$good

test_that("an anchor is inside where the logits of its hardest pairs add up to 0 or less", {
  skip_on_cran()
  grid <- expand.grid(s_n = seq(-1, 1, by = 0.05), s_p = seq(-1, 1, by = 0.05))
  for (margin in c(0.4, 0.25, 0, -0.2, 1.5)) {
    # The loss of one positive and one negative pair is log(1 + e^(zp + zn)), by the naive formula
    sums <- mapply(grid$s_n, grid$s_p, FUN = function(s_n, s_p) {
      pair <- naive_pairs(
        0, matrix(1), c(0, 1), matrix(c(s_p, s_n)),
        remove_diagonal = FALSE, gamma = 1, margin = margin
      )
      pair$p + pair$q
    })
    clear <- abs(sums) > 1e-9
    inside <- is_inside(grid$s_n, grid$s_p, margin)
    expect_identical(inside[clear], sums[clear] < 0)
  }
})

test_that("the boundary is the circle between -m and its end, and level before", {
  boundary <- circular_boundary(0.4, -1, 1)
  circle <- boundary$negative >= -0.4
  expect_equal(
    boundary$negative[circle]^2 + (1 - boundary$positive[circle])^2,
    rep(2 * 0.4^2, sum(circle))
  )
  expect_equal(boundary$positive[!circle], rep(0.6, sum(!circle)))
  expect_equal(unlist(utils::tail(boundary, 1), use.names = FALSE), c(sqrt(2) * 0.4, 1))
})

test_that("on the boundary both logits cancel, whatever the margin", {
  for (margin in c(0.25, 0.9)) {
    boundary <- utils::head(circular_boundary(margin, -1, 1), -1)
    sums <- negative_logit(boundary$negative, margin) + positive_logit(boundary$positive, margin)
    expect_equal(sums, 0 * sums)
  }
  corner <- circular_boundary(-0.2, -1, 1)
  expect_equal(corner$negative[150:151], c(0.2, 0.2))
  expect_equal(corner$positive[c(1, 150, 151)], c(0.8, 0.8, 1))
})

test_that("each anchor stands at its hardest pairs", {
  drawn <- ggplot2::autoplot(good, "circle")
  points <- ggplot2::layer_data(drawn, 7)
  expect_identical(points$x, good$anchors$hardest_negative_similarity)
  expect_identical(points$y, good$anchors$hardest_positive_similarity)
  inside <- is_inside(points$x, points$y, 0.4)
  expect_identical(points$shape, ifelse(inside, 16, 4))
  expect_identical(
    drawn$labels$subtitle, sprintf("%.1f %% of 60 anchors inside the boundary", 100 * mean(inside))
  )
})

test_that("the targets of the margin are marked", {
  drawn <- ggplot2::autoplot(good, "circle")
  expect_equal(ggplot2::layer_data(drawn, 3)$xintercept, 0.4)
  expect_equal(ggplot2::layer_data(drawn, 4)$yintercept, 0.6)
  expect_match(deparse1(drawn$labels$caption), "m == 0.4", fixed = TRUE)
})

test_that("several evaluations have a panel each, with the margin of each", {
  other <- good
  other$settings$margin <- 0.25
  drawn <- ggplot2::autoplot(good, "circle", compare = list(other = other))
  expect_equal(ggplot2::layer_data(drawn, 3)$xintercept, c(0.4, 0.25))
  expect_match(deparse1(drawn$labels$caption), "of each", fixed = TRUE)
})

test_that("with rows that are not of unit length the good region goes on above 1", {
  long <- evaluation_to_draw(five_embeddings() * 3, five_labels(), normalize = FALSE)
  drawn <- ggplot2::autoplot(long, "circle")
  highest <- max(long$anchors$hardest_positive_similarity, na.rm = TRUE)
  expect_gt(highest, 2)
  expect_identical(max(ggplot2::layer_data(drawn, 2)$y), highest)
  # Without the names of the margins
  expect_length(drawn$layers, 6)
})

test_that("from 1000 anchors on they are counted in squares", {
  many <- good
  set.seed(1)
  many$anchors <- data.frame(
    hardest_negative_similarity = stats::runif(1000), hardest_positive_similarity = 0.5
  )
  drawn <- ggplot2::autoplot(many, "circle")
  squares <- ggplot2::layer_data(drawn, 6)
  expect_equal(sum(squares$count), 1000)
  expect_equal(squares$width, squares$height)
  expect_identical(squares$fill, squares$colour)
  expect_silent(drawn_silently(drawn))
})

test_that("anchors without both kinds of pairs are left out", {
  skip_on_cran()
  tiny <- evaluation_to_draw(five_embeddings(), five_labels())
  drawn <- ggplot2::autoplot(tiny, "circle")
  expect_identical(nrow(ggplot2::layer_data(drawn, 7)), 4L)
  distinct <- evaluation_to_draw(five_embeddings(), 1:5)
  expect_match(ggplot2::layer_data(ggplot2::autoplot(distinct, "circle"))$label, "no anchor")
  expect_identical(describe_inside(distinct, "hardest"), "no anchors")
  expect_silent(drawn_silently(
    ggplot2::autoplot(tiny, "circle", compare = list(distinct = distinct))
  ))
})

test_that("a share is not rounded to nothing or to everything", {
  expect_identical(format_percent(0), "0.0 %")
  expect_identical(format_percent(1e-5), "< 0.1 %")
  expect_identical(format_percent(0.3456), "34.6 %")
  expect_identical(format_percent(1 - 1e-5), "> 99.9 %")
  expect_identical(format_percent(1), "100.0 %")
})

test_that("names of rows are at the anchors that are furthest outside", {
  named <- good
  named$anchors$name <- paste("row", seq_len(60))
  drawn <- ggplot2::autoplot(named, "circle")
  texts <- ggplot2::layer_data(drawn, length(drawn$layers))
  anchors <- named$anchors
  distance <- sqrt(pmax(anchors$hardest_negative_similarity + 0.4, 0) *
    (anchors$hardest_negative_similarity - 0.4) + (1 - anchors$hardest_positive_similarity)^2 + 1)
  expect_identical(texts$label, anchors$name[order(-distance)][1:5])
  expect_length(ggplot2::autoplot(good, "circle")$layers, length(drawn$layers) - 1L)
  drawn_silently(drawn)
  expect_true(TRUE)
})

test_that("pairs = \"mean\" places each anchor at the means of its similarities", {
  drawn <- ggplot2::autoplot(good, "circle", pairs = "mean")
  points <- ggplot2::layer_data(drawn, 7)
  expect_identical(points$x, good$anchors$negative_mean)
  expect_identical(points$y, good$anchors$positive_mean)
  expect_match(drawn$labels$title, "mean")
  expect_match(deparse1(drawn$labels$x), "mean")
})

test_that("pairs = \"soft\" places each anchor where one pair would have its loss", {
  drawn <- ggplot2::autoplot(good, "circle", pairs = "soft")
  points <- ggplot2::layer_data(drawn, 7)
  expect_identical(points$x, good$anchors$negative_soft)
  expect_identical(points$y, good$anchors$positive_soft)
  inside <- is_inside(points$x, points$y, 0.4)
  expect_identical(inside, good$anchors$loss <= log(2))
  expect_true(any(inside) && !all(inside))
  expect_match(drawn$labels$title, "loss")
})

test_that("the axes end where similarities end, and the plane is not narrow", {
  for (pairs in c("hardest", "mean")) {
    limits <- ggplot2::autoplot(evaluations, "circle", pairs = pairs)$coordinates$limits
    expect_gte(limits$x[[1]], -1)
    expect_lte(limits$x[[2]], 1)
    expect_gte(limits$y[[1]], -1)
    expect_identical(limits$y[[2]], 1)
    expect_gte(diff(limits$x), diff(limits$y) - 1e-12)
  }
})

test_that("a legend has no entry for a place without anchors", {
  apart <- evaluation_to_draw(diag(3)[rep(1:3, 4), ], rep(1:3, 4))
  expect_identical(legend_words(ggplot2::autoplot(apart, "circle")), "inside the boundary")
})

test_that("distances have no plane", {
  far <- good
  far$settings$metric <- "euclidean"
  expect_match(ggplot2::layer_data(ggplot2::autoplot(far, "circle"))$label, "no boundary")
})

test_that("counts have ticks at whole numbers", {
  expect_equal(count_labels(count_breaks(log10(c(1, 7)))), c("1", "2", "5"))
  expect_equal(count_labels(count_breaks(c(0, 0))), "1")
  expect_equal(count_labels(count_breaks(log10(c(1, 12000)))), count_mark(10^(0:4)))
})
