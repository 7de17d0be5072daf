# The loss of an evaluation, and where it stands.

metrics_of <- function(...) {
  evaluate_embeddings(..., dtype = "float64", clustering = FALSE)$metrics
}

test_that("the loss of a perfect embedding is what loss_perfect says", {
  for (classes in list(c(1, 1, 2, 2), rep(1:3, c(2, 5, 1)), rep(1:4, each = 3))) {
    for (parameters in list(c(80, 0.4), c(4, 0.25), c(2, -0.3), c(3, 0))) {
      metrics <- metrics_of(
        diag(max(classes))[classes, ], classes, gamma = parameters[[1]], margin = parameters[[2]]
      )
      expect_equal(metrics[["loss"]], metrics[["loss_perfect"]])
    }
  }
})

test_that("so it is with references", {
  metrics <- metrics_of(diag(3)[c(1, 2, 3, 1), ], c(1, 2, 3, 1), diag(3)[c(1, 1, 2), ], c(1, 1, 2))
  expect_equal(metrics[["loss"]], metrics[["loss_perfect"]])
})

test_that("a loss that underflows counts as in loss_circle()", {
  x <- diag(2)[c(1, 1, 2, 2), ]
  y <- c(1, 1, 2, 2)
  expect_identical(loss_circle(y, x, gamma = 1e4, dtype = "float64"), 0)
  expect_identical(unname(metrics_of(x, y, gamma = 1e4)[c("loss", "loss_perfect")]), c(0, 0))
})

test_that("chance is the loss with permuted labels, by seed", {
  problem <- random_problem(60, 4, noise = 0.3)
  of_seed <- function(seed) metrics_of(problem$embeddings, problem$labels, seed = seed)
  permuted <- problem$labels[with_seed(5, sample.int(60))]
  chance <- loss_circle(permuted, problem$embeddings, dtype = "float64")
  expect_equal(of_seed(5)[["loss_chance"]], chance)
  expect_identical(of_seed(5), of_seed(5))
  expect_false(of_seed(6)[["loss_chance"]] == chance)
  expect_gt(chance, 1.2 * of_seed(5)[["loss"]])
})

test_that("with references it is their labels that are permuted", {
  problem <- random_problem(30, 4, m = 40)
  metrics <- metrics_of(
    problem$embeddings, problem$labels, problem$references, problem$reference_labels
  )
  permuted <- problem$reference_labels[with_seed(1, sample.int(40))]
  chance <- loss_circle(
    problem$labels, problem$embeddings, permuted, problem$references,
    remove_diagonal = FALSE, dtype = "float64"
  )
  expect_equal(metrics[["loss_chance"]], chance)
  shared <- metrics_of(problem$embeddings, problem$labels, -problem$embeddings)
  permuted <- problem$labels[with_seed(1, sample.int(30))]
  chance <- loss_circle(
    problem$labels, problem$embeddings, permuted, -problem$embeddings,
    remove_diagonal = FALSE, dtype = "float64"
  )
  expect_equal(shared[["loss_chance"]], chance)
})

test_that("a chance beyond the range of the type is not defined, and the loss is still there", {
  x <- diag(2)[rep(1:2, each = 20), ]
  y <- rep(1:2, each = 20)
  metrics <- evaluate_embeddings(x, y, gamma = 6e4, dtype = "float16")$metrics
  expect_identical(metrics[["loss"]], 0)
  expect_identical(metrics[["loss_chance"]], NA_real_)
})

test_that("distances have no loss", {
  metrics <- metrics_of(as.matrix(iris[1:4]), iris$Species, metric = "euclidean")
  expect_identical(
    metrics[c("loss", "loss_perfect", "loss_chance")],
    c(loss = NA_real_, loss_perfect = NA_real_, loss_chance = NA_real_)
  )
  expect_gt(metrics[["recall_at_1"]], 0.9)
})
