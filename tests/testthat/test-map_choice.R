# What is held out, and how maps of it are scored.

test_that("the score is the mean of MAP@R and AUC of an evaluation", {
  problem <- random_problem(60, 5, "few", seed = 2)
  expected <- evaluate_embeddings(problem$embeddings, problem$labels, clustering = FALSE)$metrics
  expect_equal(
    score_images(3 * problem$embeddings, problem$labels),
    mean(expected[c("map_at_r", "auc")])
  )
  # Ties count half
  tied <- rbind(c(1, 0), c(1, 0), c(1, 0), c(0, 1))
  metrics <- evaluate_embeddings(tied, c(1, 1, 2, 2), clustering = FALSE)$metrics
  expect_equal(score_images(tied, c(1L, 1L, 2L, 2L)), mean(metrics[c("map_at_r", "auc")]))
})

test_that("each half of every class is held out three times", {
  set.seed(1)
  codes <- rep(1:3, c(10, 20, 30))
  folds <- new_folds(codes, list(hold_out = "rows"))
  expect_length(folds, 6L)
  for (fold in folds) {
    expect_setequal(c(fold$trained, fold$scored), seq_along(codes))
    expect_identical(as.vector(table(codes[fold$scored])), c(5L, 10L, 15L))
  }
  expect_setequal(c(folds[[1]]$scored, folds[[2]]$scored), seq_along(codes))
})

test_that("with many rows a fifth is held out once", {
  set.seed(1)
  codes <- rep_len(1:10, 3000)
  folds <- new_folds(codes, list(hold_out = "rows"))
  expect_length(folds, 1L)
  expect_length(folds[[1]]$scored, 600L)
})

test_that("held-out classes are in no other part", {
  set.seed(1)
  codes <- rep(1:9, each = 4)
  folds <- new_folds(codes, list(hold_out = "classes"))
  expect_length(folds, 3L)
  for (fold in folds) {
    expect_length(intersect(codes[fold$trained], codes[fold$scored]), 0L)
  }
  expect_length(new_folds(c(1, 1, 2, 2), list(hold_out = "classes")), 0L)
})

test_that("given settings are kept, others are chosen among those of the manual", {
  some <- digits[1:200, ]
  fit <- circle_map(some$pixels, some$digit, dim = 4, lift = 0.7, decay = 0.05, steps = 3)
  expect_true(all(fit$scores$lift == 0.7))
  expect_true(all(fit$scores$decay == 0.05))
  expect_true(all(fit$scores$shrinkage %in% c(0, tried_shrinkage)))
  expect_setequal(fit$scores$steps, 0:3)
  expect_equal(max(fit$scores$score), fit$scores$score[which.max(fit$scores$score)])
  best <- fit$scores[which.max(fit$scores$score), ]
  expect_identical(fit$chosen$steps, best$steps)
  expect_identical(fit$chosen$shrinkage, best$shrinkage)
})
