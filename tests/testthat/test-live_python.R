# The same comparison as in test-evaluation_golden.R, but live and on fresh data: where the
# environment variable CIRCLELOSS_PYTHON names a Python with the packages of
# .ci/python-requirements/evaluation.txt.

python <- Sys.getenv("CIRCLELOSS_PYTHON")

skip_without_python <- function() {
  skip_on_cran()
  skip_if(python == "", "CIRCLELOSS_PYTHON names no Python")
}

# Labels go as whole numbers, embeddings with all their digits
ask_python <- function(problem, clusters, script = "accuracy.py") {
  folder <- tempfile("live")
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  write <- function(x, name) {
    if (!is.null(x)) {
      x <- as.matrix(x)
      text <- matrix(sprintf("%.17g", x), nrow(x))
      writeLines(apply(text, 1, paste, collapse = ","), file.path(folder, paste0(name, ".csv")))
    }
  }
  write(problem$embeddings, "embeddings")
  write(problem$labels, "labels")
  write(problem$references, "ref_embeddings")
  write(problem$reference_labels, "ref_labels")
  write(clusters, "clusters")
  write(problem$groups, "groups")
  write(problem$reference_groups, "ref_groups")
  output <- system2(
    python, shQuote(c("-B", test_path("python", script), folder)),
    stdout = TRUE
  )
  expect_null(attr(output, "status"))
  columns <- c("source", "metric", "value")
  answers <- utils::read.csv(text = output, header = FALSE, col.names = columns)
  lapply(split(answers, answers$source), function(rows) stats::setNames(rows$value, rows$metric))
}

# Fresh data at every run; its seed is named where a comparison fails
fresh_seed <- function() {
  as.integer((as.numeric(Sys.time()) * 1000 + Sys.getpid()) %% 1e9)
}

# float32, in which faiss ranks, must be able to tell neighbours apart
has_gaps <- function(problem, gap = 4e-6) {
  pairs <- naive_verified_pairs(problem)
  all(vapply(seq_len(nrow(pairs$s)), function(i) {
    min(diff(sort(pairs$s[i, pairs$pair[i, ]]))) > gap
  }, NA))
}

problem_with_gaps <- function(seed, ...) {
  problem <- random_problem(seed = seed, ...)
  if (has_gaps(problem)) problem else problem_with_gaps(seed + 1L, ...)
}

expect_agreement <- function(problem, sources, what) {
  evaluation <- evaluate_embeddings(
    problem$embeddings, problem$labels, problem$references, problem$reference_labels,
    dtype = "float64"
  )
  class <- match(problem$labels, sort(unique(problem$labels)))
  clusters <- with_seed(1L, cluster_rows(naive_unit(problem$embeddings), max(class)))
  found <- c(evaluation$metrics, quantile_metrics(evaluation$quantiles))
  answers <- ask_python(problem, clusters)
  for (source in sources) {
    expected <- answers[[source]]
    expected[is.nan(expected)] <- NA
    label <- paste(source, what)
    expect_gt(length(expected), 10, label = label)
    # Where faiss is asked, and in the mean reciprocal rank, the peers compute in float32
    expect_equal(found[names(expected)], expected, tolerance = 1e-6, label = label)
  }
}

all_sources <- c("faiss", "ranked", "sklearn")

test_that("metrics agree on fresh random data", {
  skip_without_python()
  seed <- fresh_seed()
  for (structure in c("few", "many", "lopsided", "pairs")) {
    what <- paste(structure, "seed", seed)
    expect_agreement(problem_with_gaps(seed, 60, 8, structure), all_sources, what)
  }
})

test_that("metrics agree on fresh queries and references", {
  skip_without_python()
  seed <- fresh_seed()
  problem <- problem_with_gaps(seed, 40, 8, "few", m = 55)
  # Labels of the peers are not negative
  problem$reference_labels[problem$reference_labels < 0] <- 99L
  expect_agreement(problem, all_sources, paste("seed", seed))
})

test_that("metrics agree on fresh ties, where the order is given", {
  skip_without_python()
  seed <- fresh_seed()
  problem <- random_problem(50, 4, "few", m = 30, seed = seed)
  lattice <- function(rows) matrix(sample(c(-0.5, 0.5), 4 * rows, TRUE), rows)
  problem$embeddings <- lattice(50)
  problem$references <- lattice(30)
  problem$reference_labels[problem$reference_labels < 0] <- 99L
  own <- problem[c("labels", "embeddings")]
  expect_agreement(problem, c("ranked", "sklearn"), paste("references, seed", seed))
  expect_agreement(own, c("ranked", "sklearn"), paste("seed", seed))
})

# Protocols ------------------------------------------------------------------------------------

expect_protocol <- function(answer, seed, ...) {
  found <- evaluate_embeddings(..., dtype = "float64", clustering = FALSE)$metrics
  expect_gt(length(answer), 0)
  # The peers compute some of them in float32
  expect_equal(found[names(answer)], answer, tolerance = 1e-6, label = paste("seed", seed))
}

test_that("groups agree with copairs, distances with faiss and scikit-learn", {
  skip_without_python()
  seed <- fresh_seed()
  problem <- problem_with_gaps(seed, 80, 8, "few")
  problem$groups <- sample.int(4L, 80, replace = TRUE)
  answers <- ask_python(problem, NULL, "groups.py")
  x <- problem$embeddings
  y <- problem$labels
  for (same_group in c("exclude", "only_negatives")) {
    answer <- answers[[paste0("copairs-", same_group)]]
    expect_protocol(answer, seed, x, y, group = problem$groups, same_group = same_group)
  }
  expect_protocol(answers$sklearn, seed, x, y, metric = "euclidean")
  expect_protocol(answers$faiss, seed, x, y, metric = "euclidean")
})

test_that("the rule of Market-1501 agrees with FastReID", {
  skip_without_python()
  seed <- fresh_seed()
  problem <- problem_with_gaps(seed, 40, 8, "few", m = 90)
  problem$groups <- sample.int(3L, 40, replace = TRUE)
  problem$reference_groups <- sample.int(3L, 90, replace = TRUE)
  expect_protocol(
    ask_python(problem, NULL, "groups.py")$fastreid, seed,
    problem$embeddings, problem$labels, problem$references, problem$reference_labels,
    group = problem$groups, ref_group = problem$reference_groups,
    same_group = "exclude_positives"
  )
})
