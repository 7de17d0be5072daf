# Groups of rows: codes, columns of data frames, errors. test-evaluation_engine.R compares the
# engine with naive loops.

grouped_iris <- function() {
  data.frame(iris, plant = rep(1:50, 3), bed = rep(c("a", "b", "c", "d", "e"), 30))
}

parts_of <- function(evaluation) evaluation[setdiff(names(evaluation), "call")]

test_that("groups may be columns of data frames, which are no part of the embedding", {
  frame <- grouped_iris()
  expected <- evaluate_embeddings(frame[1:4], frame$Species, group = frame$bed)
  expect_identical(expected$settings$same_group, "exclude")
  of_columns <- evaluate_embeddings(frame[names(frame) != "plant"], Species, group = bed)
  expect_identical(parts_of(of_columns), parts_of(expected))
  named <- evaluate_embeddings(frame[names(frame) != "plant"], "Species", group = "bed")
  expect_identical(parts_of(named), parts_of(expected))

  half <- seq(1, 150, 2)
  between <- evaluate_embeddings(
    frame[half, -6], Species, frame[-half, -6],
    group = bed
  )
  expect_identical(
    parts_of(between),
    parts_of(evaluate_embeddings(
      frame[half, 1:4], frame$Species[half], frame[-half, 1:4], frame$Species[-half],
      group = frame$bed[half], ref_group = frame$bed[-half]
    ))
  )
})

test_that("groups of any type are the same groups", {
  x <- as.matrix(iris[1:4])
  codes <- rep(c(7, 3, 5), 50)
  expected <- parts_of(evaluate_embeddings(x, iris$Species, group = codes))
  for (group in list(as.integer(codes), as.character(codes), factor(codes), cbind(codes))) {
    expect_identical(parts_of(evaluate_embeddings(x, iris$Species, group = group)), expected)
  }
})

test_that("without equal groups nothing is left out, with one group everything is", {
  x <- as.matrix(iris[1:4])
  all <- evaluate_embeddings(x, iris$Species)
  apart <- evaluate_embeddings(x, iris$Species, group = 1:150)
  expect_identical(apart$settings$same_group, "exclude")
  apart$settings$same_group <- "include"
  expect_identical(parts_of(apart), parts_of(all))

  expect_warning(
    none <- evaluate_embeddings(x, iris$Species, group = rep(1, 150)),
    class = "circleloss_warning_no_positives"
  )
  expect_identical(none$sizes$pairs, c(positive = 0, negative = 0))
})

# Queries of camera c find no picture of the same person by the same camera: such pictures are taken
# out of the ranking, those of other persons by that camera stay.
market_metrics <- function(x, person, camera, references, ref_person, ref_camera) {
  s <- tcrossprod(unit_normalize(x), unit_normalize(references))
  found <- vapply(seq_len(nrow(x)), function(i) {
    kept <- which(!(ref_person == person[[i]] & ref_camera == camera[[i]]))
    ranked <- ref_person[kept][order(-s[i, kept])] == person[[i]]
    at <- which(ranked)
    if (length(at) == 0) c(NA, NA) else c(at[[1]] == 1, mean(seq_along(at) / at))
  }, c(0, 0))
  rowMeans(found, na.rm = TRUE)
}

test_that("exclude_positives is the rule of Market-1501", {
  set.seed(1)
  person <- rep(1:12, each = 10)
  x <- matrix(stats::rnorm(120 * 6), 120) + 1.5 * matrix(stats::rnorm(12 * 6), 12)[person, ]
  camera <- sample.int(3, 120, replace = TRUE)
  query <- seq_len(120) %% 4 == 0
  found <- evaluate_embeddings(
    x[query, ], person[query], x[!query, ], person[!query],
    group = camera[query], ref_group = camera[!query], same_group = "exclude_positives",
    dtype = "float64"
  )
  expect_equal(
    unname(found$metrics[c("recall_at_1", "mean_average_precision")]),
    market_metrics(
      x[query, ], person[query], camera[query], x[!query, ], person[!query], camera[!query]
    ),
    tolerance = 1e-12
  )
})

test_that("a query that is among the references does not find itself by its id", {
  x <- digits$pixels[1:200, ]
  y <- digits$digit[1:200]
  within <- evaluate_embeddings(x, y, dtype = "float64")
  between <- evaluate_embeddings(
    x[1:50, ], y[1:50], x, y,
    group = 1:50, ref_group = 1:200, dtype = "float64"
  )
  columns <- c("positives", "negatives", "first_rank", "nearest", "average_precision")
  expect_equal(between$anchors[columns], within$anchors[1:50, columns], tolerance = 1e-12)
})

test_that("groups obey in the loss of chance, the classes and the print", {
  frame <- grouped_iris()
  evaluation <- evaluate_embeddings(frame[1:4], frame$Species, group = frame$bed)
  expect_true(is.finite(evaluation$metrics[["loss_chance"]]))
  expect_equal(sum(evaluation$classes$anchors), 150)
  expect_snapshot(evaluation, transform = function(lines) lines[1:4])
})

test_that("groups that leave out all pairs of a kind are named as the reason", {
  x <- as.matrix(iris[1:4])
  expect_snapshot({
    none <- evaluate_embeddings(x, iris$Species, group = iris$Species)
    none <- evaluate_embeddings(
      x, iris$Species,
      group = iris$Species == "setosa", same_group = "only_negatives"
    )
    none <- evaluate_embeddings(
      x, iris$Species,
      group = iris$Species, same_group = "only_negatives"
    )
  })
})

test_that("what groups need is said", {
  x <- as.matrix(iris[1:4])
  y <- iris$Species
  expect_snapshot(error = TRUE, {
    evaluate_embeddings(x, y, group = 1:3)
    evaluate_embeddings(x, y, group = c(NA, 1:149))
    evaluate_embeddings(x, y, x, y, group = 1:150)
    evaluate_embeddings(x, y, x, y, ref_group = 1:150)
    evaluate_embeddings(x, y, group = 1:150, ref_group = 1:150)
    evaluate_embeddings(x, y, x, y, group = 1:150, ref_group = 1:2)
    evaluate_embeddings(x, y, group = 1:150, same_group = "leave")
    evaluate_embeddings(iris, Species, group = bed)
    evaluate_embeddings(x, y, metric = "manhattan")
  })
})
