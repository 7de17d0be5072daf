# The picture "classes".

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(60)
bad <- evaluations$bad

test_that("classes stand from the highest loss down, with loss and recall", {
  drawn <- ggplot2::autoplot(bad, "classes")
  classes <- bad$classes[order(-bad$classes$loss), ]
  points <- ggplot2::layer_data(drawn, 3)
  losses <- points[points$PANEL == 1, ]
  recalls <- points[points$PANEL == 2, ]
  expect_identical(losses$x[order(-losses$y)], classes$loss)
  expect_identical(recalls$x[order(-recalls$y)], classes$recall_at_1)
  places <- drawn$scales$get_scales("y")
  expect_identical(
    places$labels[order(-places$breaks)], sprintf("%s (%d)", classes$label, classes$anchors)
  )
})

test_that("a line marks the value of all anchors, and the caption names it", {
  drawn <- ggplot2::autoplot(bad, "classes")
  expect_equal(
    ggplot2::layer_data(drawn, 2)$xintercept, unname(bad$metrics[c("loss", "recall_at_1")])
  )
  expect_match(
    drawn$labels$caption, sprintf("recall %.4f", bad$metrics["recall_at_1"]), fixed = TRUE
  )
})

test_that("the recall is that at the first k", {
  bad$settings$k <- c(5L, 10L)
  bad$classes$recall_at_5 <- seq_len(nrow(bad$classes)) / 10
  bad$metrics[["recall_at_5"]] <- 0.5
  drawn <- ggplot2::autoplot(bad, "classes")
  expect_identical(levels(drawn$data$measure)[[2]], "recall at 5 (higher is better)")
  expect_setequal(utils::tail(drawn$data$value, nrow(bad$classes)), bad$classes$recall_at_5)
})

test_that("of many classes the worst are shown, and that is said", {
  many <- bad
  count <- 45
  many$classes <- data.frame(
    label = sprintf("a class with a long name, %d", seq_len(count)), anchors = 2,
    loss = as.numeric(seq_len(count)), recall_at_1 = 0.5
  )
  drawn <- ggplot2::autoplot(many, "classes")
  losses <- drawn$data$value[as.integer(drawn$data$measure) == 1]
  expect_setequal(losses, 16:45)
  expect_identical(drawn$labels$subtitle, "The 30 classes of highest loss, of 45")
  expect_identical(drawn$scales$get_scales("y")$labels[[1]], "a class wi...g name, 45 (2)")
})

test_that("evaluations of the same classes stand below each other in colour and shape", {
  drawn <- ggplot2::autoplot(evaluations$good, "classes", compare = list(bad = bad))
  points <- ggplot2::layer_data(drawn, 3)
  expect_identical(unique(points$shape), c(16, 17))
  first <- points$colour == "#0072B2"
  expect_equal(points$y[first] %% 1, rep(0.22, sum(first)))
  expect_equal(points$y[!first] %% 1, rep(0.78, sum(!first)))
})

test_that("classes that only a later evaluation has come last", {
  other <- bad
  other$classes$label <- paste("other", other$classes$label)
  other$classes$loss <- other$classes$loss + 1000
  drawn <- ggplot2::autoplot(bad, "classes", compare = list(other = other))
  labels <- drawn$scales$get_scales("y")$labels
  expect_identical(startsWith(labels, "other"), rep(c(FALSE, TRUE), each = nrow(bad$classes)))
})

test_that("classes without a positive pair are left out, and that is said", {
  tiny <- evaluation_to_draw(five_embeddings(), five_labels())
  drawn <- ggplot2::autoplot(tiny, "classes")
  expect_setequal(drawn$data$label, c("0", "1"))
  expect_match(drawn$labels$caption, "\nExcluded: 1 class without a positive pair$")
  distinct <- evaluation_to_draw(five_embeddings(), 1:5)
  expect_match(ggplot2::layer_data(ggplot2::autoplot(distinct, "classes"))$label, "no class")
})

test_that("a loss that is not defined is no point", {
  one_class <- evaluation_to_draw(five_embeddings(), rep(1, 5))
  one_class$metrics[["loss"]] <- NA
  one_class$classes$loss <- NA_real_
  drawn <- ggplot2::autoplot(one_class, "classes")
  expect_identical(drawn$data$value, 1)
  expect_silent(drawn_silently(drawn))
})
