# The engine's evaluation against the naive one (helper-evaluation.R), called directly. Most data
# are exact in every type, which also makes them full of ties.

evaluation_dtypes <- c("float64", "float32", "float16", "bfloat16")

# The k-th of `choices`, over and over
in_turn <- function(choices, k) choices[[(k - 1) %% length(choices) + 1]]

# Sizes and classes ----------------------------------------------------------------------------

test_that("any number of rows agrees with the naive evaluation", {
  skip_on_cran()
  k <- 0
  for (n in c(0:9, 15:17, 31:33, 63:65, 191:193, 255:257)) {
    for (m in list(NULL, in_turn(c(0L, 1L, 7L, 40L, 193L, 300L), n))) {
      k <- k + 1
      structure <- in_turn(class_structures, k + k %/% 5)
      problem <- exact_problem(n, in_turn(c(1L, 3L, 6L, 12L), k + 1), structure, m, seed = k)
      expect_exact_evaluation(problem, dtype = in_turn(evaluation_dtypes, k))
    }
  }
})

test_that("any structure of classes agrees with the naive evaluation, for every type", {
  skip_on_cran()
  k <- 0
  for (structure in class_structures) {
    for (m in list(NULL, 120L)) {
      k <- k + 1
      problem <- exact_problem(90, 4, structure, m, seed = k)
      for (dtype in evaluation_dtypes) {
        expect_exact_evaluation(problem, dtype = dtype)
      }
    }
  }
})

test_that("many positives and many tiles agree with the naive evaluation", {
  skip_on_cran()
  for (structure in c("two", "lopsided", "many")) {
    expect_exact_evaluation(exact_problem(700, 9, structure, seed = 1, steps = 7L))
    expect_exact_evaluation(
      exact_problem(100, 9, structure, m = 900, seed = 2, steps = 7L), dtype = "float32"
    )
  }
})

test_that("embeddings may meet themselves under other labels", {
  problem <- exact_problem(60, 5, "few", seed = 1)
  problem$reference_labels <- rev(problem$labels)
  expect_exact_evaluation(problem)
})

test_that("queries of labels that no reference has are without positives", {
  problem <- exact_problem(40, 5, "few", m = 30, seed = 1)
  problem$reference_labels <- problem$reference_labels + 100L
  expect_exact_evaluation(problem)
  result <- engine_evaluation(problem)
  for (metric in c("first_rank", "average_precision", "hardest_positive", "positive_mean")) {
    expect_identical(result$anchors[[metric]], rep(NA_real_, 40))
  }
  expect_identical(result$moments$positive[["count"]], 0)
})

# Instruction sets -----------------------------------------------------------------------------

test_that("every instruction set agrees with the naive evaluation", {
  skip_on_cran()
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      k <- 0
      for (n in c(1L, 7L, 20L, 97L, 260L)) {
        for (m in list(NULL, 197L)) {
          k <- k + 1
          problem <- exact_problem(n, 6, in_turn(class_structures, k), m, seed = k, steps = 5L)
          for (dtype in c("float64", "float32", "bfloat16")) {
            expect_exact_evaluation(problem, dtype = dtype)
          }
        }
      }
    })
  }
})

# Ties and extremes ----------------------------------------------------------------------------

test_that("where all similarities are equal the index decides", {
  skip_on_cran()
  for (number in c(0, 0.5)) {
    for (structure in c("few", "two", "pairs")) {
      problem <- exact_problem(150, 3, structure, seed = 2)
      problem$embeddings[] <- number
      expect_exact_evaluation(problem, kept_pairs = 100L)
      expect_exact_evaluation(problem, dtype = "float32", kept_pairs = 100L)
    }
  }
})

test_that("-0 and 0 are the same similarity", {
  embeddings <- rbind(c(1, 0), c(-0, 1), c(0, -1), c(0, 1), c(-0, -1))
  problem <- list(labels = c(1L, 2L, 1L, 2L, 1L), embeddings = embeddings)
  for (dtype in evaluation_dtypes) {
    expect_exact_evaluation(problem, dtype = dtype)
    result <- engine_evaluation(problem, dtype = dtype)
    reported <- c(
      result$anchors$nearest_similarity, result$similarities$lower,
      result$hardest$positive$similarity, result$hardest$negative$similarity
    )
    expect_gt(min(1 / reported[reported == 0]), 0)
  }
})

test_that("positives that crowd in a narrow range are told apart", {
  # One far positive stretches the range of the others, which differ in the last digits only
  n <- 400
  labels <- rep(1:2, n / 2)
  embeddings <- cbind(1 - 2^-52 * ((seq_len(n) * 37) %% 101), 0)
  embeddings[n - 1, ] <- c(-1, 0)
  problem <- list(labels = c(1L, labels), embeddings = rbind(c(1, 0), embeddings))
  queries <- list(
    labels = 1:2, embeddings = rbind(c(1, 0), c(1, 0)),
    reference_labels = problem$labels, references = problem$embeddings
  )
  expect_exact_evaluation(queries)
})

test_that("magnitudes at the ends of the range are in order", {
  for (scale in c(2^-500, 2^-60, 2^60, 2^500)) {
    problem <- exact_problem(60, 4, "few", seed = 3)
    unit <- engine_evaluation(problem)
    problem$embeddings <- problem$embeddings * scale
    scaled <- engine_evaluation(problem)
    grows <- grep("similarity|mean|sd", anchor_metrics, value = TRUE)
    same <- setdiff(anchor_metrics, grows)
    expect_identical(scaled$anchors[same], unit$anchors[same])
    expect_equal(
      lapply(scaled$anchors[grows], `/`, scale^2), as.list(unit$anchors[grows]), tolerance = 1e-14
    )
    expect_identical(scaled$precision_at_k, unit$precision_at_k)
    for (kind in c("positive", "negative")) {
      times <- c(1, rep(scale^2, 4))
      expect_equal(scaled$moments[[kind]], unit$moments[[kind]] * times, tolerance = 1e-14)
    }
  }
})

test_that("the spread of nearly equal similarities keeps its digits", {
  # 1 + j 2^-40 for j = 0 .. 99 and one query: exact products, a spread of 1e-11
  references <- matrix(1 + 2^-40 * 0:99, 100)
  problem <- list(
    labels = 1L, embeddings = matrix(1), reference_labels = rep(1:2, 50), references = references
  )
  result <- engine_evaluation(problem)
  expect_equal(
    result$moments$negative[["sd"]], stats::sd(2^-40 * seq(1, 99, 2)), tolerance = 1e-14
  )
  expect_equal(
    result$moments$positive[["sd"]], stats::sd(2^-40 * seq(0, 98, 2)), tolerance = 1e-14
  )
})

# Requests -------------------------------------------------------------------------------------

test_that("k may be anything from 1 to more than there are references", {
  problem <- exact_problem(30, 4, "few", seed = 4)
  expect_exact_evaluation(problem, k = c(1L, 2L, 3L, 28L, 29L, 30L, 1000L))
  expect_exact_evaluation(problem, k = integer())
})

test_that("any number of hardest pairs is kept", {
  for (m in list(NULL, 25L)) {
    problem <- exact_problem(30, 4, "few", m, seed = 5)
    for (kept_pairs in c(0L, 1L, 10L, 5000L)) {
      expect_exact_evaluation(problem, kept_pairs = kept_pairs)
    }
  }
})

test_that("normalize brings rows to length 1 first", {
  for (m in list(NULL, 50L)) {
    problem <- random_problem(70, 8, "few", m, noise = 3, seed = 6)
    problem$embeddings <- problem$embeddings * 7
    problem$embeddings[3, ] <- 0
    parts <- setdiff(result_parts, "similarities")
    result <- engine_evaluation(problem, normalize = TRUE)
    naive <- naive_evaluation(problem, normalize = TRUE)
    expect_equal(result[parts], naive[parts], tolerance = 1e-12)
  }
})

# Random data in single: only ranks that rounding could change may differ, and none is that close
test_that("single precision agrees where rounding decides nothing", {
  for (dtype in c("float32", "float16", "bfloat16")) {
    problem <- random_problem(25, 8, "few", noise = 3, seed = 7)
    gaps <- apply(naive_ranked_pairs(problem, FALSE, dtype)$s, 1, function(s) min(diff(sort(s))))
    expect_gt(min(gaps), 1e-6)
    parts <- setdiff(result_parts, "similarities")
    result <- engine_evaluation(problem, dtype = dtype)
    expect_equal(result[parts], naive_evaluation(problem, dtype = dtype)[parts], tolerance = 1e-5)
  }
})

# Metrics --------------------------------------------------------------------------------------

# Whole numbers: codes, counts with zero rows, and copies of rows at other lengths
whole_problem <- function(rows, d, values, m = NULL) {
  problem <- random_problem(rows, d, "few", m, seed = d)
  draw <- function(count) {
    matrix(sample(as.double(values), count * d, replace = TRUE), count, d)
  }
  problem$embeddings <- draw(rows)
  if (!is.null(m)) {
    problem$references <- draw(m)
  }
  problem
}

whole_problems <- function(m = NULL) {
  codes <- lapply(c(1, 3, 8, 24, 32, 33, 100), whole_problem, rows = 45, values = c(-1, 1), m = m)
  repeated <- whole_problem(40, 6, -9:9, m)
  repeated$embeddings <- repeated$embeddings[rep(1:10, 4), ] * rep(c(1, 1, 3, 10), each = 10)
  c(codes, list(
    whole_problem(60, 5, 0:3, m), whole_problem(40, 20, c(0, 0, 0, 1, 2, 17), m), repeated
  ))
}

test_that("cosines that are equal tie, and those of equal rows are 1", {
  for (m in list(NULL, 50L)) {
    for (problem in whole_problems(m)) {
      for (dtype in c("float64", "float32")) {
        expect_exact_evaluation(problem, dtype = dtype, metric = "cosine")
      }
    }
  }
})

test_that("every instruction set has the same ties", {
  problem <- whole_problems()[[5]]
  for (set in instruction_sets()) {
    with_instruction_set(set, {
      expect_exact_evaluation(problem, dtype = "float32", metric = "cosine")
      expect_exact_evaluation(problem, dtype = "float64", metric = "cosine")
      expect_exact_evaluation(problem, dtype = "float32", metric = "euclidean")
    })
  }
})

test_that("rows that are repeated have the cosine 1 and the distance 0, and none is beyond", {
  problem <- random_problem(60, 13, "few", seed = 2)
  problem$embeddings <- problem$embeddings[rep(1:30, 2), ] * 1.7
  for (dtype in c("float64", "float32", "float16", "bfloat16")) {
    found <- engine_evaluation(problem, dtype = dtype, metric = "cosine")
    expect_identical(found$anchors$nearest_similarity, rep(1, 60))
    expect_identical(max(found$similarities$upper), 1)
    found <- engine_evaluation(problem, dtype = dtype, metric = "euclidean")
    expect_identical(found$anchors$nearest_similarity, rep(0, 60))
  }
})

test_that("cosines do not depend on the lengths of rows, however long or short", {
  problem <- random_problem(50, 7, "few", noise = 3, seed = 3)
  scaled <- problem
  scaled$embeddings <- scaled$embeddings * 2^(seq_len(50) * 12 - 300)
  expect_identical(
    engine_evaluation(scaled, metric = "cosine"), engine_evaluation(problem, metric = "cosine")
  )
  extreme <- problem
  extreme$embeddings[1, ] <- extreme$embeddings[1, ] * 2^1020
  extreme$embeddings[2, ] <- extreme$embeddings[2, ] * 2^-1000
  expect_identical(
    engine_evaluation(extreme, dtype = "float32", metric = "cosine"),
    engine_evaluation(problem, dtype = "float32", metric = "cosine")
  )
})

test_that("cosines and distances of any numbers agree with the naive ones", {
  for (m in list(NULL, 40L)) {
    problem <- random_problem(70, 8, "few", m, noise = 3, seed = 6)
    problem$embeddings <- problem$embeddings * 7 + 2
    parts <- setdiff(result_parts, "similarities")
    for (metric in c("cosine", "euclidean")) {
      expect_equal(
        engine_evaluation(problem, metric = metric)[parts],
        naive_evaluation(problem, metric = metric)[parts],
        tolerance = 1e-12
      )
    }
  }
})

test_that("distances of whole numbers are exact, and those far from the origin keep their digits", {
  for (m in list(NULL, 50L)) {
    for (problem in whole_problems(m)[5:10]) {
      expect_exact_evaluation(problem, dtype = "float64", metric = "euclidean")
      expect_exact_evaluation(
        problem, dtype = "float32", metric = "euclidean", compared = "float64"
      )
    }
  }
  problem <- whole_problems()[[9]]
  far <- problem
  far$embeddings <- far$embeddings + 2^22
  expect_identical(
    engine_evaluation(far, dtype = "float32", metric = "euclidean"),
    engine_evaluation(problem, dtype = "float32", metric = "euclidean")
  )
})

# Groups ---------------------------------------------------------------------------------------

test_that("groups leave out pairs from ranks, similarities and hardest pairs", {
  for (m in list(NULL, 55L)) {
    for (structure in c("few", "many", "one", "lopsided")) {
      problem <- exact_problem(48, 4, structure, m, seed = 11)
      for (groups in c(1L, 2L, 7L, 100L)) {
        problem$groups <- sample.int(groups, 48, replace = TRUE) - 1L
        if (!is.null(m)) {
          problem$reference_groups <- sample.int(groups + 1L, m, replace = TRUE) - 1L
        }
        for (same_group in group_rules) {
          expect_exact_evaluation(problem, same_group = same_group)
          expect_exact_evaluation(problem, same_group = same_group, dtype = "float32")
        }
      }
    }
  }
})

test_that("groups leave out pairs from the loss", {
  problem <- random_problem(60, 6, "few", seed = 5)
  problem$groups <- sample.int(4L, 60, replace = TRUE) - 1L
  for (dtype in c("float64", "float32")) {
    for (same_group in group_rules) {
      found <- .Call(
        ffi_evaluate_embeddings, problem,
        list(
          k = 1L, dtype = dtype, same_group = same_group, gamma = 80, margin = 0.4,
          remove_diagonal = TRUE
        ),
        list(kept_pairs = 1L, threads = 2L)
      )
      pairs <- naive_ranked_pairs(problem, FALSE, dtype, same_group = same_group)
      expect_equal(
        found$losses, naive_losses_of_pairs(pairs),
        tolerance = if (dtype == "float64") 1e-12 else 1e-4
      )
    }
  }
})

# Bins -----------------------------------------------------------------------------------------

# Pairs counted by R in the bins that the engine lists
expect_counted <- function(bins, s, kind) {
  bin <- findInterval(s, bins$lower)
  expect_true(all(bin > 0))
  last <- length(bins$lower)
  expect_true(all(s < bins$upper[bin] | (bin == last & s <= bins$upper[last])))
  expect_identical(bins[[kind]], as.double(tabulate(bin, last)))
}

expect_bins <- function(problem, width, dtype = "float64", normalize = FALSE) {
  result <- engine_evaluation(problem, dtype = dtype, normalize = normalize, threads = 2L)
  bins <- result$similarities
  expect_lte(length(bins$lower), 65536)
  expect_true(all(bins$positive + bins$negative > 0))
  inner <- bins$lower > min(bins$lower) & bins$upper < max(bins$upper)
  expect_identical(unique(bins$upper[inner] - bins$lower[inner]), width)
  pairs <- naive_ranked_pairs(problem, normalize, dtype)
  for (kind in c("positive", "negative")) {
    s <- pairs$s[pairs$counted[[kind]]]
    expect_counted(bins, s, kind)
    expect_equal(result$moments[[kind]], naive_moments(s), tolerance = 1e-12)
  }
}

test_that("more than 2^22 pairs are counted in bins, none in a wrong one", {
  skip_on_cran()
  expect_bins(random_problem(2900, 5, "few", seed = 8), 2^-15, normalize = TRUE)
  # Rows of length up to 5, so similarities up to 25 in bins for -32 .. 32
  problem <- exact_problem(2000, 25, "many", m = 2200, seed = 9, steps = 4L)
  problem$embeddings[1, ] <- problem$references[1, ] <- 1
  expect_bins(problem, 2^-10, "float32")
})

# Threads --------------------------------------------------------------------------------------

test_that("one, two and three threads give the same bits", {
  skip_on_cran()
  problems <- list(
    random_problem(300, 20, "many", seed = 1),
    random_problem(1500, 8, "few", noise = 3, seed = 2),
    random_problem(1100, 6, "lopsided", seed = 3),
    random_problem(40, 8, "few", m = 2500, seed = 4),
    exact_problem(900, 3, "two", m = 800, seed = 5)
  )
  for (problem in problems) {
    for (dtype in c("float64", "float32")) {
      one <- engine_evaluation(problem, dtype = dtype, kept_pairs = 100L, threads = 1L)
      for (threads in if (on_cran()) 2L else 2:3) {
        more <- engine_evaluation(problem, dtype = dtype, kept_pairs = 100L, threads = threads)
        expect_identical(more, one)
      }
    }
  }
})

test_that("bins and hardest pairs do not depend on the number of threads", {
  skip_on_cran()
  problem <- random_problem(3000, 4, "many", seed = 6)
  one <- engine_evaluation(problem, dtype = "float32", kept_pairs = 1000L, threads = 1L)
  two <- engine_evaluation(problem, dtype = "float32", kept_pairs = 1000L, threads = 2L)
  expect_identical(two, one)
})

# Statuses -------------------------------------------------------------------------------------

test_that("what the engine cannot take is a status, as for the loss", {
  problem <- exact_problem(12, 3, "few", m = 9, seed = 1)
  problem$references[5, 2] <- NaN
  result <- engine_evaluation(problem)
  expect_identical(result$status, "not_finite")
  expect_identical(result$where, c(2, 5, 2))
  expect_null(result$anchors)
  expect_null(result$similarities)

  problem <- exact_problem(12, 3, "few", seed = 1)
  problem$embeddings[4, ] <- 1e30
  expect_identical(engine_evaluation(problem, dtype = "float32")$status, "similarity_overflow")
  expect_identical(engine_evaluation(problem, dtype = "float16")$status, "embedding_overflow")
  expect_identical(
    engine_evaluation(problem, dtype = "float32", normalize = TRUE)$status, "ok"
  )
})

test_that("rows that are not of unit length are reported", {
  problem <- random_problem(12, 3, "few", seed = 1)
  problem$embeddings[4, ] <- problem$embeddings[4, ] * 2
  expect_equal(engine_evaluation(problem)$not_unit[1:3], c(1, 4, 2))
  expect_identical(engine_evaluation(problem, normalize = TRUE)$not_unit[[1]], 0)
})

test_that("all instruction sets count the same of many negatives for intervals", {
  # Above 2^21 pairs, of which tiles of other widths must not choose others. Bins hold numbers that
  # are rounded differently, a millionth of all
  rows <- 2500
  problem <- with_seed(1, list(
    x = unit_normalize(matrix(rnorm(rows * 8), rows)), y = sample.int(20, rows, replace = TRUE),
    group = sample.int(6, rows, replace = TRUE)
  ))
  errors <- function(group) {
    e <- evaluate_embeddings(
      problem$x, problem$y, group = group, same_group = "exclude", clustering = FALSE
    )
    e$intervals$standard_error
  }
  for (group in list(NULL, problem$group)) {
    of_sets <- lapply(instruction_sets(), function(name) with_instruction_set(name, errors(group)))
    for (of_set in of_sets[-1]) {
      expect_equal(of_set, of_sets[[1]], tolerance = 1e-5)
    }
  }
})
