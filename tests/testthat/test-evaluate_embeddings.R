# The evaluation as a whole: its metrics against their definitions, its arguments, its parts.

x <- five_embeddings()
y <- five_labels()

evaluation_of <- function(problem, ..., dtype = "float64", clustering = FALSE) {
  quiet_evaluation(
    problem$embeddings, problem$labels, problem$references, problem$reference_labels,
    ..., dtype = dtype, clustering = clustering
  )
}

expect_naive_metrics <- function(problem, k = c(1, 5, 10)) {
  metrics <- evaluation_of(problem, k = k)$metrics
  naive <- naive_metrics(problem, k)
  expect_true(all(names(naive) %in% names(metrics)))
  expect_equal(metrics[names(naive)], naive, tolerance = 1e-9)
}

# Rows of length 1 whose similarities are exact, and mostly tied
tied_problem <- function(n, m = NULL, seed = 1) {
  problem <- random_problem(n, 4, m = m, seed = seed)
  lattice <- function(rows) matrix(sample(c(-0.5, 0.5), 4 * rows, TRUE), rows)
  problem$embeddings <- lattice(n)
  if (!is.null(m)) problem$references <- lattice(m)
  problem
}

# Metrics --------------------------------------------------------------------------------------

test_that("it has the signature that was promised", {
  defaults <- formals(evaluate_embeddings)
  expect_identical(names(defaults), c(
    "embeddings", "labels", "ref_embeddings", "ref_labels", "...", "k", "columns", "metric",
    "group", "ref_group", "same_group", "gamma", "margin", "dtype", "clustering",
    "level", "resample", "seed", "distribute"
  ))
  expect_identical(eval(defaults$k), c(1, 5, 10))
  expect_identical(eval(defaults$metric)[[1]], "cosine")
  expect_identical(c(defaults$gamma, defaults$margin, defaults$seed), c(80, 0.4, 1))
})

test_that("every metric is what its definition says, for any classes", {
  for (structure in class_structures) {
    expect_naive_metrics(random_problem(40, 6, structure))
    expect_naive_metrics(random_problem(25, 6, structure, m = 31, seed = 2))
  }
})

test_that("ties are taken in the order of their rows", {
  for (seed in 1:5) {
    expect_naive_metrics(tied_problem(40, seed = seed))
    expect_naive_metrics(tied_problem(25, 40, seed = seed))
  }
})

test_that("any k will do, sorted and once each", {
  problem <- random_problem(20, 6)
  expect_naive_metrics(problem, k = c(1, 2, 3, 19, 20, 1000))
  evaluation <- evaluation_of(problem, k = c(5L, 2L, 5L))
  expect_identical(evaluation$settings$k, c(2L, 5L))
  expect_identical(names(evaluation$metrics)[4:7], c(
    "precision_at_2", "precision_at_5", "recall_at_2", "recall_at_5"
  ))
})

test_that("the loss is that of loss_circle()", {
  problem <- random_problem(40, 6, "many")
  unit <- unit_normalize(problem$embeddings)
  for (dtype in c("float64", "float32", "bfloat16")) {
    evaluation <- evaluation_of(problem, gamma = 16, margin = 0.25, dtype = dtype)
    losses <- loss_circle(
      problem$labels, unit, gamma = 16, margin = 0.25, dtype = dtype, reduction = "none"
    )
    counted <- evaluation$anchors$positives > 0
    expect_identical(is.na(evaluation$anchors$loss), !counted)
    # Rows are rounded before they are divided by their lengths, not after: similarities differ by
    # some roundings, whose effect on a loss is 2 gamma (1 + margin) times as large
    tolerance <- (8 * 16 * 1.25 + 4 * max(losses)) * unit_roundoff(dtype)
    expect_within(evaluation$anchors$loss[counted], losses[counted], tolerance)
    value <- loss_circle(problem$labels, unit, gamma = 16, margin = 0.25, dtype = dtype)
    expect_within(evaluation$metrics[["loss"]], value, tolerance)
  }
})

test_that("with references the loss leaves no pair out", {
  problem <- random_problem(20, 6, m = 20)
  evaluation <- evaluation_of(problem, gamma = 16)
  value <- loss_circle(
    problem$labels, problem$embeddings, problem$reference_labels, problem$references,
    remove_diagonal = FALSE, gamma = 16, dtype = "float64"
  )
  expect_equal(evaluation$metrics[["loss"]], value)
})

test_that("what was measured does not depend on lengths unless it shall", {
  problem <- random_problem(30, 6)
  scaled <- problem
  scaled$embeddings <- problem$embeddings * 2^(1:30 %% 5)
  expect_equal(evaluation_of(scaled)$metrics, evaluation_of(problem)$metrics)
  as_given <- evaluation_of(problem, metric = "inner_product")
  expect_equal(as_given$metrics, evaluation_of(problem)$metrics)
  suppressWarnings(different <- evaluation_of(scaled, metric = "inner_product"))
  expect_false(isTRUE(all.equal(different$metrics, as_given$metrics)))
})

test_that("rows whose squares would overflow are normalised right", {
  problem <- random_problem(30, 6)
  expected <- evaluation_of(problem, dtype = "float32")$metrics
  problem$embeddings <- problem$embeddings * 1e300
  expect_equal(evaluation_of(problem, dtype = "float32")$metrics, expected, tolerance = 1e-5)
})

test_that("nothing changes with the number of threads, or the session's random numbers", {
  problem <- random_problem(300, 8, "few")
  previous <- circleloss_threads(1)
  on.exit(circleloss_threads(previous))
  set.seed(1)
  first <- evaluation_of(problem, clustering = NULL)
  circleloss_threads(2)
  set.seed(2)
  expected <- stats::runif(1)
  set.seed(2)
  second <- evaluation_of(problem, clustering = NULL)
  expect_identical(stats::runif(1), expected)
  expect_identical(second, first)
})

# Parts ----------------------------------------------------------------------------------------

test_that("it has the parts and the metrics that were promised", {
  evaluation <- evaluate_embeddings(x, y)
  expect_s3_class(evaluation, "embedding_evaluation", exact = TRUE)
  expect_named(evaluation, c(
    "call", "settings", "sizes", "metrics", "intervals", "inference", "quantiles", "roc",
    "thresholds", "density", "anchors", "classes", "hardest"
  ))
  retrieval <- c(
    "precision_at_1", "precision_at_5", "precision_at_10",
    "recall_at_1", "recall_at_5", "recall_at_10",
    "r_precision", "map_at_r", "mean_average_precision", "mean_reciprocal_rank",
    "mean_inverse_negative_penalty"
  )
  expect_named(evaluation$metrics, c(
    "loss", "loss_perfect", "loss_chance", retrieval, paste0(retrieval, "_by_class"),
    "auc", "auc_error", "equal_error_rate",
    "tar_at_far_0.1", "tar_at_far_0.01", "tar_at_far_0.001", "tar_at_far_0.0001",
    "tar_at_far_0.00001",
    "positive_mean", "positive_sd", "negative_mean", "negative_sd", "overlap", "nmi", "ami"
  ))
  expect_identical(evaluation$call, quote(evaluate_embeddings(embeddings = x, labels = y)))
  expect_identical(evaluation$settings, list(
    k = c(1L, 5L, 10L), metric = "cosine", same_group = "include", gamma = 80, margin = 0.4,
    dtype = "float32", clustering = NULL, level = 0.95, resample = "classes", seed = 1L
  ))
})

test_that("sizes say what was compared with what", {
  expect_identical(evaluate_embeddings(x, y)$sizes, list(
    anchors = 5L, references = 5L, dimensions = 2L, classes = 3L, self = TRUE,
    pairs = c(positive = 2, negative = 8), counted = 4L, lone = 1L
  ))
  against <- evaluate_embeddings(x, y, x[1:3, ], c(0, 0, 9))
  expect_identical(against$sizes, list(
    anchors = 5L, references = 3L, dimensions = 2L, classes = 3L, self = FALSE,
    pairs = c(positive = 4, negative = 11), counted = 2L, lone = 3L
  ))
})

test_that("everything that loss_circle() takes is taken", {
  expected <- evaluate_embeddings(x, y)
  parts <- setdiff(names(expected), "call")
  same <- function(...) expect_equal(evaluate_embeddings(...)[parts], expected[parts])
  same(as.data.frame(x), as.double(y))
  same(x, matrix(y))
  same(Matrix::Matrix(x, sparse = TRUE), I(y))
  whole <- round(10 * x)
  storage.mode(whole) <- "integer"
  expect_equal(evaluate_embeddings(whole, y)[parts], evaluate_embeddings(whole + 0, y)[parts])
})

test_that("labels of any type are kept, classes come in their order", {
  classes_of <- function(labels) evaluate_embeddings(x, labels)$classes$label
  expect_identical(classes_of(c(10L, 10L, 9L, 9L, -1L)), c(-1L, 9L, 10L))
  expect_identical(classes_of(c(1e10, 1e10, 2, 2, 3)), c(2, 3, 1e10))
  expect_identical(classes_of(c("b", "b", "a", "a", "B")), c("B", "a", "b"))
  expect_identical(classes_of(c(TRUE, TRUE, FALSE, FALSE, TRUE)), c(FALSE, TRUE))
  labels <- factor(c("b", "b", "a", "a", "c"), c("c", "unused", "b", "a"))
  expect_identical(classes_of(labels), labels[c(5, 1, 3)])
  expect_identical(evaluate_embeddings(x, labels)$anchors$label, labels)
})

test_that("integer64 labels are shown as text", {
  skip_if_not_installed("bit64")
  long <- bit64::as.integer64("9007199254740992") + bit64::as.integer64(y)
  evaluation <- evaluate_embeddings(x, long)
  expect_identical(evaluation$classes$label, paste0("900719925474099", 2:4))
  expect_equal(evaluation$metrics, evaluate_embeddings(x, y)$metrics)
})

test_that("labels of both sides match by their text, and are shown as given", {
  evaluation <- evaluate_embeddings(
    x, factor(c("a", "a", "b", "b", "c")), x, c("a", "a", "b", "b", "z")
  )
  expect_identical(evaluation$anchors$nearest_label, c("a", "a", "b", "b", "z"))
  expect_identical(evaluation$anchors$positives, c(2, 2, 2, 2, 0))
})

test_that("references may share the labels", {
  both <- evaluate_embeddings(x, y, -x, y)
  shared <- evaluate_embeddings(x, y, -x)
  expect_equal(shared[-1], both[-1])
})

test_that("inputs are left alone", {
  before <- list(x + 0, y + 0L)
  evaluate_embeddings(x, y, x, y)
  expect_identical(list(x, y), before)
})

# Trivial input --------------------------------------------------------------------------------

undefined_but <- function(metrics, defined) setdiff(names(metrics)[!is.na(metrics)], defined)

test_that("one class has no negatives: retrieval is perfect, the rest is not defined", {
  metrics <- quiet_evaluation(x, rep("a", 5), k = 1:2)$metrics
  expect_identical(metrics[["recall_at_1"]], 1)
  expect_identical(metrics[["map_at_r_by_class"]], 1)
  expect_true(all(is.na(metrics[c("loss", "loss_perfect", "loss_chance", "auc", "overlap")])))
  expect_identical(metrics[c("nmi", "ami")], c(nmi = 1, ami = 1))
})

test_that("singletons have no positives: only negatives are defined", {
  evaluation <- quiet_evaluation(x, 1:5)
  expect_identical(evaluation$sizes$lone, 5L)
  expect_identical(
    undefined_but(evaluation$metrics, c("negative_mean", "negative_sd", "nmi", "ami")),
    character()
  )
  expect_identical(evaluation$classes$most_confused_with, rep(NA_integer_, 5))
})

test_that("empty input has an evaluation of which nothing is defined", {
  for (evaluation in list(
    quiet_evaluation(matrix(0, 0, 3), integer()),
    quiet_evaluation(matrix(0, 0, 3), integer(), diag(3), 1:3),
    quiet_evaluation(matrix(1), "a"),
    quiet_evaluation(diag(2), 1:2, matrix(0, 0, 2), integer())
  )) {
    expect_identical(undefined_but(evaluation$metrics, c("nmi", "ami")), character())
    expect_identical(nrow(evaluation$roc), 0L)
    expect_identical(nrow(evaluation$density), 0L)
    expect_output(print(evaluation), "no embedding has both")
    expect_output(print(summary(evaluation)), "none")
  }
})

test_that("embeddings without numbers, and of zeros, are all alike", {
  expect_identical(quiet_evaluation(matrix(0, 5, 0), y)$metrics[["auc"]], 0.5)
  expect_identical(quiet_evaluation(0 * x, y)$metrics[["auc"]], 0.5)
})

# Arguments ------------------------------------------------------------------------------------

test_that("embeddings and labels are needed", {
  expect_refused("missing_argument", {
    evaluate_embeddings()
    evaluate_embeddings(x)
    evaluate_embeddings(labels = y)
  })
})

test_that("what are no embeddings is refused by its own name", {
  bad <- x
  bad[4, 1] <- NaN
  expect_refused("embeddings", {
    evaluate_embeddings(letters, y)
    evaluate_embeddings(1:5, y)
    evaluate_embeddings(bad, y)
    evaluate_embeddings(bad, y, metric = "inner_product")
    evaluate_embeddings(x, y, bad, y)
    evaluate_embeddings(x, y, bad, y, metric = "inner_product")
  })
})

test_that("what are no labels is refused by its own name", {
  expect_refused("labels", {
    evaluate_embeddings(x, y[-1])
    evaluate_embeddings(x, c(1, 2, NA, 1, 2))
    evaluate_embeddings(x, y + 0.5)
    evaluate_embeddings(x, "a")
    evaluate_embeddings(x, y, x, 1:3)
    evaluate_embeddings(x, y, x, c(1, 2, 3, 4, NA))
  })
})

test_that("references that do not fit are refused", {
  expect_refused("references", {
    evaluate_embeddings(x, y, diag(5), y)
    evaluate_embeddings(x, y, x[1:3, ])
    evaluate_embeddings(x, y, ref_labels = y)
  })
})

test_that("parameters that make no sense are refused", {
  expect_refused("parameter", {
    evaluate_embeddings(x, y, k = 0)
    evaluate_embeddings(x, y, k = 1.5)
    evaluate_embeddings(x, y, k = c(1, NA))
    evaluate_embeddings(x, y, k = integer())
    evaluate_embeddings(x, y, k = "1")
    evaluate_embeddings(x, y, k = 1e10)
    evaluate_embeddings(x, y, gamma = 0)
    evaluate_embeddings(x, y, margin = NaN)
    evaluate_embeddings(x, y, seed = 0.5)
    evaluate_embeddings(x, y, seed = NULL)
    evaluate_embeddings(x, y, metric = NA)
  })
  expect_refused("flag", {
    evaluate_embeddings(x, y, clustering = "yes")
  })
  expect_refused("dtype", {
    evaluate_embeddings(x, y, dtype = "float8")
  })
})

test_that("arguments that are not known are refused", {
  expect_refused("dots", {
    evaluate_embeddings(x, y, x, y, 10)
    evaluate_embeddings(x, y, normalise = TRUE)
    evaluate_embeddings(x, y, gama = 3)
    evaluate_embeddings(x, y, measure = "euclidean")
  })
})

test_that("numbers beyond the range of the type are refused", {
  expect_refused("overflow", {
    evaluate_embeddings(x * 1e30, y, metric = "inner_product")
    evaluate_embeddings(x, y, x * 1e39, y, metric = "inner_product")
  })
})

test_that("rows that are not of length 1 give one warning if they are taken as they are", {
  expect_silent(evaluate_embeddings(x * 3, y))
  expect_warned("not_unit", {
    evaluation <- evaluate_embeddings(x * 3, y, metric = "inner_product")
    evaluation <- evaluate_embeddings(x, y, x * c(1, 1, 2, 1, 1), y, metric = "inner_product")
  })
  warning <- expect_warning(evaluate_embeddings(x * 3, y, metric = "inner_product"))
  expect_identical(warning$rows, c(embeddings = 5, ref_embeddings = 0))
  expect_identical(warning$call[[1]], quote(evaluate_embeddings))
})

# Engine ---------------------------------------------------------------------------------------

test_that("what the engine refuses is said in the words of the evaluation", {
  settings <- new_evaluation_settings(
    1, "inner_product", "exclude", 80, 0.4, "float32", FALSE, 0.95, "classes", 1, NULL
  )
  settings$same_group <- "include"
  judge <- function(x) {
    batch <- new_evaluation_batch(x, y, NULL, NULL, NULL)
    circleloss:::engine_evaluation(batch, settings, NULL)
  }
  expect_refused("embeddings", {
    judge(x * NaN)
  })
  expect_refused("overflow", {
    judge(x * 1e30)
  })
})

test_that("the result is the same in an interactive session, where long work shows progress", {
  problem <- random_problem(4000, 80, "many")
  quiet <- evaluation_of(problem, dtype = "float32")
  rlang::local_interactive(TRUE)
  expect_identical(evaluation_of(problem, dtype = "float32"), quiet)
})
