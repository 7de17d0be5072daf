# What the pictures look like: drawings to compare with those of tests/testthat/_snaps. Each was
# looked at when it was made.

skip_if_not_installed("ggplot2")

# Every release of ggplot2 moves legends, ticks and margins by some points, so drawings are compared
# under one, that of Debian bookworm. What plots hold is tested under all of them, in the other
# tests.
expect_picture <- function(name, plot) {
  announce_snapshot_file(name = paste0(name, ".svg"))
  skip_if_not_installed("vdiffr")
  version <- utils::packageVersion("ggplot2")
  if (version < "3.4.0" || version >= "3.5.0") {
    skip("Drawings are compared under ggplot2 3.4")
  }
  vdiffr::expect_doppelganger(name, plot)
}

evaluations <- good_and_bad(40)

# Long, Chinese, Arabic and emoji names, for as many evaluations as asked for.
hard_names <- c(
  "raw", "resnet50_imagenet21k_finetuned_epoch_0123_best_checkpoint.pt",
  "\u65e5\u672c\u8a9e\u306e\u3068\u3066\u3082\u9577\u3044\u540d\u524d\u306e\u30e2\u30c7\u30eb",
  "\U1F468\u200D\U1F469\u200D\U1F467 family", "a name of several words that goes on and on",
  "\u0627\u0644\u0639\u0631\u0628\u064a\u0629", "vit-b/16", "h", "i", "the last"
)

several <- function(count, n = 15) {
  noise <- seq(0.3, 2, length.out = count)
  drawn <- lapply(noise, function(noise) {
    problem <- random_problem(n, 8, "few", noise = noise)
    evaluation_to_draw(problem$embeddings, problem$labels)
  })
  rlang::set_names(drawn, hard_names[seq_len(count)])
}

# An evaluation whose table of classes has these labels.
with_classes <- function(labels, evaluation = evaluations$bad) {
  count <- length(labels)
  evaluation$classes <- data.frame(
    label = labels, anchors = 10^(seq_len(count) %% 4), loss = 100 * (seq_len(count) / count)^2,
    recall_at_1 = 1 - (seq_len(count) / count) / 2
  )
  evaluation
}

test_that("similarity: one evaluation", {
  expect_picture("similarity-one", ggplot2::autoplot(evaluations$bad, "similarity"))
})

test_that("circle: the hardest pairs, with the names of the worst anchors", {
  named <- evaluations$bad
  named$anchors$name <- paste0("a_rather_long_name_of_a_file_", seq_len(40), ".png")
  expect_picture("circle-named", ggplot2::autoplot(named, "circle"))
})

test_that("circle: mean pairs, counted in squares", {
  many <- evaluations$good
  near <- rep(seq(-0.1, 0.2, by = 0.02), times = 2^(0:15))
  many$anchors <- data.frame(negative_mean = near, positive_mean = 0.8 - 2 * near)
  expect_picture("circle-squares", ggplot2::autoplot(many, "circle", pairs = "mean"))
})

test_that("circle: soft pairs", {
  expect_picture("circle-soft", ggplot2::autoplot(evaluations, "circle", pairs = "soft"))
})

test_that("circle: ten evaluations", {
  expect_picture("circle-ten", ggplot2::autoplot(several(10, n = 10), "circle"))
})

test_that("circle: on a dark panel", {
  expect_picture(
    "circle-dark", ggplot2::autoplot(evaluations$good, "circle") + ggplot2::theme_dark()
  )
})

test_that("roc: ten evaluations", {
  expect_picture("roc-ten", ggplot2::autoplot(several(10), "roc"))
})

test_that("roc: on a dark panel, in other colours", {
  drawn <- ggplot2::autoplot(several(2), "roc") + ggplot2::theme_dark()
  suppressMessages(drawn <- drawn + ggplot2::scale_colour_brewer(palette = "Set2"))
  expect_picture("roc-dark", drawn)
})

test_that("cmc: three evaluations", {
  expect_picture("cmc-three", ggplot2::autoplot(several(3), "cmc"))
})

test_that("classes: 26 long, Unicode and emoji labels", {
  labels <- paste(rep_len(hard_names, 26), seq_len(26))
  expect_picture("classes-names", ggplot2::autoplot(with_classes(labels), "classes"))
})

test_that("classes: 500", {
  expect_picture("classes-500", ggplot2::autoplot(with_classes(1:500), "classes"))
})

test_that("classes: one, which has no loss", {
  one <- evaluation_to_draw(five_embeddings(), rep("only", 5))
  one$metrics[["loss"]] <- NA
  one$classes$loss <- NA_real_
  expect_picture("classes-one", ggplot2::autoplot(one, "classes"))
})

test_that("classes: ten evaluations", {
  expect_picture("classes-ten", ggplot2::autoplot(several(10), "classes"))
})
