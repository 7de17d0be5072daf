# Evaluations that say nothing, and the labels that never meet.

x <- five_embeddings()
y <- five_labels()

test_that("results over no pairs, or pairs that are all alike, are never silent", {
  expect_warned("no_rows", {
    evaluation <- evaluate_embeddings(x[0, ], y[0])
    evaluation <- evaluate_embeddings(x, y, x[0, ], y[0])
  })
  expect_warned("no_positives", {
    evaluation <- evaluate_embeddings(x, letters[1:5])
    evaluation <- evaluate_embeddings(matrix(1), "a")
  })
  expect_warned("no_negatives", {
    evaluation <- evaluate_embeddings(x, rep("a", 5))
    evaluation <- evaluate_embeddings(x, y, x[1:2, ], c(0, 0))
  })
  expect_warned("equal_pairs", {
    evaluation <- evaluate_embeddings(x[rep(2, 5), ], y)
    evaluation <- evaluate_embeddings(0 * x, y)
    evaluation <- evaluate_embeddings(x[, 2, drop = FALSE] + 1, y)
  })
  expect_identical(warning_classes(evaluate_embeddings(x, y)), character())
})

test_that("many pairs that are counted in bins may be all alike too", {
  rows <- matrix(c(0.6, 0.8), 3000, 2, byrow = TRUE)
  expect_identical(
    warning_classes(evaluate_embeddings(rows, rep(1:2, 1500), clustering = FALSE)),
    "circleloss_warning_equal_pairs"
  )
})

test_that("labels that do not occur among those of the references are noticed", {
  expect_warned("no_common_labels", {
    evaluation <- evaluate_embeddings(x, y, x, paste0(y, ".0"))
    value <- loss_circle(y, x, y + 3L, x)
    result <- loss_circle_gradient(y, x, y + 3L, x)
  })
  loss <- loss_circle(ref_labels = letters[1:5], ref_embeddings = x)
  expect_identical(warning_classes(loss(y, x)), "circleloss_warning_no_common_labels")
  # One is enough
  expect_identical(warning_classes(loss_circle(y, x, c(2, 3), x[1:2, ])), character())
  expect_identical(warning_classes(loss_circle(y, x, y[0], x[0, ])), character())
})

test_that("a metric is judged by pairs of the kinds it compares", {
  sizes <- function(positive, negative, counted = min(positive, negative)) {
    list(pairs = c(positive = positive, negative = negative), counted = counted)
  }
  for (metric in c("recall_at_1", "loss", "nmi", "auc", "map_at_r_by_class", "overlap")) {
    expect_null(missing_pairs(metric, sizes(3, 4)))
    expect_identical(missing_pairs(metric, sizes(0, 4)), "positive")
    expect_identical(missing_pairs(metric, sizes(3, 0)), "negative")
    expect_identical(missing_pairs(metric, sizes(3, 4, counted = 0)), "negative")
  }
  expect_null(missing_pairs("positive_mean", sizes(3, 0)))
  expect_null(missing_pairs("negative_sd", sizes(0, 3)))
  expect_identical(missing_pairs("positive_sd", sizes(0, 3)), "positive")
  expect_identical(missing_pairs("negative_mean", sizes(3, 0)), "negative")
})

test_that("the command does not compare such metrics with a condition", {
  skip_if_no_optparse()
  local_folder()
  text_file("same.csv", "label,x,y", "a,1,0", "a,0,1", "a,1,1")
  text_file("apart.csv", "label,x,y", "a,1,0", "b,0,1", "c,1,1")
  text_file("other.csv", "label,x,y", "d,1,0", "e,0,1", "f,1,1")
  text_file("empty.csv", "label,x,y")
  gate <- function(file, condition, ...) {
    run_cli("evaluate", file, "--quiet", "--fail-if", condition, ...)
  }
  expect_unusable_gate <- function(result, kind) {
    expect_identical(result$status, 2L)
    expect_match(result$errors, paste("there is no", kind, "pair"))
  }
  expect_unusable_gate(gate("same.csv", "recall_at_1 < 0.95"), "negative")
  expect_unusable_gate(gate("same.csv", "nmi < 0.95"), "negative")
  expect_unusable_gate(gate("same.csv", "loss > 10"), "negative")
  expect_unusable_gate(gate("apart.csv", "recall_at_1 < 0.95"), "positive")
  expect_unusable_gate(gate("apart.csv", "ami < 0.5"), "positive")
  expect_unusable_gate(gate("apart.csv", "auc < 0.5", "--ref", "other.csv"), "positive")
  expect_identical(gate("same.csv", "positive_mean > 2")$status, 0L)
  expect_identical(gate("apart.csv", "negative_mean > 2")$status, 0L)
  said <- run_cli("evaluate", "apart.csv", "--ref", "other.csv")
  expect_identical(said$status, 0L)
  expect_match(said$errors, "No label of `--labels` occurs among the labels of the references")
})
