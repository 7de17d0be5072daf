# The picture "roc".

skip_if_not_installed("ggplot2")

evaluations <- good_and_bad(60)
bad <- evaluations$bad

test_that("the curve is that of the evaluation from the lowest rate on", {
  curve <- roc_curve(bad)
  roc <- bad$roc
  expect_identical(curve$false_accept_rate[[1]], lowest_rate)
  expect_identical(
    curve$true_accept_rate[[1]], max(roc$true_accept_rate[roc$false_accept_rate <= lowest_rate])
  )
  later <- roc$false_accept_rate > lowest_rate
  expect_equal(curve$false_accept_rate[-1], roc$false_accept_rate[later])
  expect_equal(curve$true_accept_rate[-1], roc$true_accept_rate[later])
})

test_that("points stand on the curve, hollow where no negative pair is accepted", {
  points <- roc_points(bad)
  expect_identical(points$false_accept_rate, c(1e-1, 1e-2, 1e-3, 1e-4, 1e-5))
  expect_identical(
    points$true_accept_rate,
    unname(bad$metrics[paste0("tar_at_far_", c("0.1", "0.01", "0.001", "0.0001", "0.00001"))])
  )
  curve <- roc_curve(bad)
  on_curve <- vapply(points$false_accept_rate, FUN.VALUE = 0, function(rate) {
    max(curve$true_accept_rate[curve$false_accept_rate <= rate])
  })
  expect_identical(on_curve, points$true_accept_rate)
  expect_identical(points$enough, 1 / bad$sizes$pairs[["negative"]] <= points$false_accept_rate)
})

test_that("area and equal error rate are named, and what is hollow", {
  drawn <- ggplot2::autoplot(bad, "roc")
  expect_identical(
    drawn$labels$subtitle,
    sprintf("AUC %.4f, equal error rate %.4f", bad$metrics["auc"], bad$metrics["equal_error_rate"])
  )
  expect_match(drawn$labels$caption, "Hollow")
  bad$sizes$pairs[["negative"]] <- 1e6
  expect_no_match(ggplot2::autoplot(bad, "roc")$labels$caption, "Hollow")
})

test_that("several evaluations are lines that differ in colour and type", {
  drawn <- ggplot2::autoplot(evaluations$good, "roc", compare = evaluations["bad"], name = "good")
  steps <- ggplot2::layer_data(drawn, 3)
  lines <- unique(steps[c("colour", "linetype")])
  expect_identical(lines$colour, c("#0072B2", "#D55E00"))
  expect_identical(lines$linetype, c("solid", "longdash"))
  labels <- levels(drawn$data$series)
  expect_match(labels, "^(good|bad): AUC 0[.][0-9]{4}, equal error rate 0[.][0-9]{4}$")
})

test_that("more evaluations than colours of Okabe and Ito have colours all the same", {
  others <- rlang::set_names(rep(list(bad), 9), letters[1:9])
  drawn <- ggplot2::autoplot(bad, "roc", compare = others)
  expect_length(unique(ggplot2::layer_data(drawn, 3)$colour), 10)
  expect_silent(drawn_silently(drawn))
})

test_that("a perfect curve shows", {
  perfect <- evaluation_to_draw(diag(3)[rep(1:3, 4), ], rep(1:3, 4))
  drawn <- ggplot2::autoplot(perfect, "roc")
  expect_silent(drawn_silently(drawn))
  expect_identical(unique(ggplot2::layer_data(drawn, 3)$y), 1)
})

test_that("pairs of one kind make no curve", {
  distinct <- evaluation_to_draw(five_embeddings(), 1:5)
  expect_match(ggplot2::layer_data(ggplot2::autoplot(distinct, "roc"))$label, "no positive or no")
  drawn <- ggplot2::autoplot(bad, "roc", compare = list(distinct = distinct))
  expect_silent(drawn_silently(drawn))
  expect_identical(
    levels(drawn$data$series)[[2]], "distinct: AUC -, equal error rate -"
  )
})
