# The engine against the naive loss, round every likely size of a block: rows, columns, classes,
# references, threads, magnitudes. Calls go straight to the engine (helper-engine.R) wherever
# the checks of the exported functions are not the subject.

# Tolerances are the rounding bound of helper-tolerance.R, for float64 twice (both sides round).

around <- function(sizes) sort(unique(c(sizes - 1L, sizes, sizes + 1L)))

row_counts <- c(0:9, around(c(12L, 16L, 24L, 32L, 48L, 64L, 96L, 128L, 192L, 256L)))
large_row_counts <- c(around(c(384L, 512L)), 575L, 577L, 769L)
column_counts <- c(
  0L, 1L, 2L, 3L, 7L, 8L, 15L, 16L, 17L, 31L, 32L, 33L, 64L, 100L, 128L, 255L, 256L, 257L, 300L
)
dtypes <- c("float64", "float32", "float16", "bfloat16")

# The k-th of `choices`, over and over. Tests change the dtype with every k, so what is to meet
# all dtypes cycles at another pace.
cycle <- function(choices, k) choices[[(k - 1) %% length(choices) + 1]]

reductions <- c("mean", "sum", "none", "mean_with_sample_weight")
weight_conventions <- c("differentiated", "detached")

expect_engine_agrees <- function(problem, dtype, k = 1) {
  losses <- engine_value(problem, dtype)
  expect_identical(losses$status, "ok")
  expect_naive_losses(losses$value, problem, dtype)

  reduction <- cycle(reductions, k + k %/% 4)
  weights <- cycle(weight_conventions, k %/% 2)
  sample_weight <- cycle(list(NULL, (seq_along(problem$labels) %% 5) / 2), k %/% 3)
  result <- engine_gradient(
    problem, dtype, reduction, weights = weights, sample_weight = sample_weight
  )
  expect_identical(result$status, "ok")
  expect_naive_gradient(result, problem, dtype, weights, reduction, sample_weight)
}

# Threads and blocks share the work of these in various ways
thread_problems <- list(
  random_problem(5, 3, "two", seed = 1),
  random_problem(97, 33, "few", seed = 2),
  random_problem(300, 64, "many", seed = 3),
  random_problem(1025, 24, "few", seed = 4),
  random_problem(700, 17, "lopsided", seed = 5),
  random_problem(64, 8, "few", m = 700, seed = 6),
  random_problem(700, 30, "many", m = 64, seed = 7),
  random_problem(600, 16, "few", m = 900, seed = 8)
)

# Everything the engine gives for a problem, with this many threads
all_results <- function(problem, dtype, threads) {
  upstream <- cos(seq_along(problem$labels))
  list(
    engine_value(problem, dtype, "none", threads = threads),
    engine_value(problem, dtype, "mean", threads = threads),
    engine_gradient(problem, dtype, "mean", threads = threads),
    engine_gradient(
      problem, dtype, "sum", threads = threads, weights = "detached", upstream = upstream,
      normalize = TRUE
    )
  )
}

# Sizes ----------------------------------------------------------------------------------------

test_that("any number of rows agrees with the naive loss", {
  skip_on_cran()
  k <- 0
  for (n in row_counts) {
    for (dtype in c("float64", "float32")) {
      k <- k + 1
      problem <- random_problem(
        n, cycle(column_counts, 3 * k + n), cycle(class_structures, k + n %/% 3),
        noise = cycle(c(0.3, 1, 3), k), seed = k, remove_diagonal = k %% 3 != 0
      )
      expect_engine_agrees(problem, dtype, k)
    }
  }
})

test_that("any number of rows and of references agrees with the naive loss", {
  skip_on_cran()
  k <- 0
  for (n in row_counts) {
    for (dtype in c("float64", "float32")) {
      k <- k + 1
      problem <- random_problem(
        n, cycle(column_counts, 5 * k + n), cycle(class_structures, k + n %/% 3),
        m = cycle(row_counts, 7 * k), noise = cycle(c(0.3, 1, 3), k), seed = k,
        remove_diagonal = k %% 3 != 0
      )
      expect_engine_agrees(problem, dtype, k)
    }
  }
})

test_that("hundreds of rows agree with the naive loss", {
  skip_on_cran()
  k <- 0
  for (n in large_row_counts) {
    k <- k + 1
    dtype <- cycle(c("float32", "float64"), k)
    structure <- cycle(class_structures, k)
    expect_engine_agrees(random_problem(n, cycle(column_counts, k), structure, seed = k), dtype, k)
  }
})

test_that("hundreds of rows and references agree with the naive loss", {
  skip_on_cran()
  k <- 0
  for (m in large_row_counts) {
    k <- k + 1
    dtype <- cycle(c("float64", "float32"), k)
    problem <- random_problem(
      cycle(around(c(64L, 192L, 256L)), 2 * k), cycle(column_counts, k + 5),
      cycle(class_structures, k), m = m, seed = k
    )
    expect_engine_agrees(problem, dtype, k)
  }
  expect_engine_agrees(random_problem(513, 33, "many", m = 575, seed = k), "float32", k)
})

test_that("two thousand rows agree with the naive loss", {
  skip_on_cran()
  expect_engine_agrees(random_problem(2000, 7, "few", seed = 1), "float32")
  expect_engine_agrees(random_problem(1999, 3, "many", m = 193, seed = 2), "float64")
  expect_engine_agrees(random_problem(129, 5, "lopsided", m = 2000, seed = 3), "float32", 2)
})

test_that("any number of columns agrees with the naive loss", {
  skip_on_cran()
  k <- 0
  for (d in column_counts) {
    for (dtype in c("float64", "float32")) {
      k <- k + 1
      structure <- cycle(class_structures, k + k %/% 8)
      expect_engine_agrees(random_problem(51, d, structure, seed = k), dtype, k)
      expect_engine_agrees(random_problem(35, d, structure, m = 67, seed = k), dtype, k)
    }
  }
})

# Row blocks and exponents ----------------------------------------------------------------------

# With references the gradient is computed a row block of anchors at a time, see
# src/core/loss/row_blocks.c. These anchors make eight, whose derivatives are larger and larger:
# 1e-30 to 1
test_that("derivatives that grow from row block to row block are carried along", {
  skip_on_cran()
  n <- 1500
  for (dtype in c("float64", "float32")) {
    for (weights in weight_conventions) {
      problem <- random_problem(n, 8, "many", m = 300, seed = 9)
      ranks <- rank(problem$labels, ties.method = "first")
      sample_weight <- 10^(-30 * (1 - ranks / n))
      result <- engine_gradient(
        problem, dtype, "sum", sample_weight = sample_weight, weights = weights, threads = 2L
      )
      expect_naive_gradient(result, problem, dtype, weights, "sum", sample_weight)
    }
  }
})

# Tiles of one call are kept, of the next one computed again: none, some, all of them
test_that("kept similarities give the same bits as those computed again", {
  skip_on_cran()
  problems <- list(
    random_problem(5, 3, "two", seed = 1),
    random_problem(300, 64, "many", seed = 2, remove_diagonal = FALSE),
    random_problem(1025, 24, "few", seed = 3, gamma = 256),
    random_problem(600, 16, "few", m = 100, seed = 4)
  )
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      for (dtype in c("float64", "float32", "bfloat16")) {
        for (problem in problems) {
          expected <- engine_gradient(problem, dtype)
          for (kept_bytes in c(1e5, 2e6, 1e8)) {
            kept <- engine_gradient(problem, dtype, threads = 2L, kept_bytes = kept_bytes)
            expect_identical(kept, expected)
          }
        }
      }
    })
  }
})

# Powers of 2 change no digit, as long as no number leaves the range of a double
test_that("derivatives of any size give the same digits", {
  for (dtype in c("float64", "float32")) {
    for (problem in list(
      random_problem(300, 20, "few", seed = 1),
      random_problem(300, 20, "few", m = 500, seed = 2),
      random_problem(40, 20, "few", seed = 3, remove_diagonal = FALSE)
    )) {
      gradient <- function(scale, normalize) {
        upstream <- cos(seq_along(problem$labels)) * scale
        engine_gradient(problem, dtype, "sum", upstream = upstream, normalize = normalize)
      }
      scales <- c(2^-900, if (dtype == "float64") 2^900 else 2^90)
      for (normalize in c(FALSE, TRUE)) {
        expected <- gradient(1, normalize)
        for (scale in scales) {
          scaled <- gradient(scale, normalize)
          expect_identical(scaled$gradient / scale, expected$gradient)
          expect_identical(scaled$ref_gradient, if (!is.null(problem$references)) {
            expected$ref_gradient * scale
          })
        }
      }
    }
  }
})

# Rows far apart have a sigmoid of 1e-11, and the third column has no derivative at all
test_that("the largest upstream gives a finite gradient where its product is one", {
  angles <- c(0, 0.1, 1.5, 1.6)
  problem <- list(labels = c(1L, 1L, 2L, 2L), embeddings = cbind(cos(angles), sin(angles), 0))
  for (normalize in c(FALSE, TRUE)) {
    gradient <- function(upstream) {
      engine_gradient(problem, upstream = rep(upstream, 4), normalize = normalize)
    }
    result <- gradient(2^1023)
    expect_identical(result$status, "ok")
    expect_identical(result$gradient / 2^1023, gradient(1)$gradient)
  }
})

# Instruction sets -----------------------------------------------------------------------------

# Each has its own sizes of strips, panels and tiles, so that all go round the blocks' edges
test_that("every instruction set agrees with the naive loss", {
  skip_on_cran()
  sizes <- c(1:9, around(c(12L, 16L, 24L, 32L, 64L, 192L, 256L)))
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      k <- 0
      for (n in sizes) {
        k <- k + 1
        problem <- random_problem(
          n, cycle(column_counts, 3 * k), cycle(class_structures, k),
          m = cycle(list(NULL, cycle(sizes, 5 * k)), k + k %/% 2), seed = k,
          gamma = cycle(c(80, 256, 20), k), remove_diagonal = k %% 5 != 0
        )
        expect_engine_agrees(problem, cycle(c("float32", "float64", "bfloat16"), k), k)
      }
    })
  }
})

test_that("long rows of bfloat16 agree with the naive loss for every instruction set", {
  skip_on_cran()
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      for (d in c(479L, 511L, 512L, 513L, 1030L)) {
        expect_engine_agrees(random_problem(45, d, "few", seed = d), "bfloat16")
        expect_engine_agrees(random_problem(33, d, "few", m = 71, seed = d), "bfloat16", 2)
      }
    })
  }
})

# Tiles are as high as they can be from some 6000 rows on, too many pairs for the naive loss. In
# float64 they have another height, so that its results take their place. A similarity is off by at
# most 18 roundings (16 products, the sum's, the row's): 18 * 2^-24, and each logit by 2 gamma times
# its base of 1 or 2 as much, 480 in all. So are, relatively, the 6199 terms of a gradient, whose
# errors are independent of each other.
test_that("tiles of full height agree with those of float64 for every instruction set", {
  skip_on_cran()
  problem <- random_problem(6200, 16, "few", seed = 5)
  expected <- engine_gradient(problem, "float64", "none", threads = 2L)
  largest <- max(abs(expected$gradient))
  bound <- 480 * 18 * 2^-24
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      result <- engine_gradient(problem, "float32", "none", threads = 2L)
      expect_within(result$value, expected$value, bound)
      expect_within(result$gradient, expected$gradient, bound / sqrt(6199) * largest)
    })
  }
})

test_that("every instruction set gives the same bits for one and two threads", {
  skip_on_cran()
  for (name in instruction_sets()) {
    with_instruction_set(name, {
      for (problem in thread_problems[c(3, 4, 8)]) {
        for (dtype in c("float64", "float32", "bfloat16")) {
          expect_identical(all_results(problem, dtype, 2L), all_results(problem, dtype, 1L))
        }
      }
    })
  }
})

# Class structures -----------------------------------------------------------------------------

test_that("any structure of classes agrees with the naive loss, for every gamma", {
  skip_on_cran()
  k <- 0
  for (structure in class_structures) {
    for (gamma in c(4, 80, 256)) {
      for (dtype in c("float64", "float32")) {
        k <- k + 1
        expect_engine_agrees(
          random_problem(133, 20, structure, noise = 0.5, seed = k, gamma = gamma), dtype, k
        )
        expect_engine_agrees(
          random_problem(61, 20, structure, m = 133, noise = 0.5, seed = k, gamma = gamma),
          dtype, k
        )
      }
    }
  }
})

# Negatives as near as can be, so that logits reach their largest, gamma max(1, margin^2): for
# values of gamma at which exponents could leave the range of the type, 2^127 or 2^1023
test_that("logits agree with the naive loss up to the limits of their range", {
  skip_on_cran()
  gammas <- list(
    float32 = c(60, 88, 131, 132, 150, 175, 180), float64 = c(700, 1316, 1318, 1420, 1500)
  )
  problem <- random_problem(70, 5, "few", noise = 0.3, seed = 9)
  problem$embeddings[1:20, ] <- problem$embeddings[21:40, ]
  problem$labels <- rev(sort(problem$labels))
  problem$labels[1:20] <- 9L
  for (dtype in names(gammas)) {
    for (gamma in gammas[[dtype]]) {
      for (margin in c(0.4, -1.1, 1.2)) {
        at_limit <- c(problem, list(gamma = gamma, margin = margin))
        expect_engine_agrees(at_limit, dtype)
        at_limit$references <- problem$embeddings[70:1, ]
        expect_engine_agrees(at_limit, dtype, 2)
      }
    }
  }
})

test_that("16-bit types agree with the naive loss of rounded inputs", {
  skip_on_cran()
  k <- 0
  for (n in c(1, 17, 65, 130)) {
    for (dtype in c("float16", "bfloat16")) {
      k <- k + 1
      for (m in list(NULL, n %/% 2 + 3)) {
        problem <- random_problem(n, cycle(column_counts, 3 * k), "few", m = m, seed = k)
        losses <- engine_value(problem, dtype)$value
        expect_naive_losses(losses, problem, dtype)
        expect_identical(losses, round_to(losses, dtype))
        upstream <- cos(seq_len(n))
        result <- engine_gradient(problem, dtype, "none", upstream = upstream)
        expect_naive_gradient(result, problem, dtype, reduction = "none", upstream = upstream)
      }
    }
  }
})

# Precision ------------------------------------------------------------------------------------

# What plain float32 arithmetic makes of the losses and of the gradient: every operation rounded,
# every sum of products in order, only exponentials and their sums in double
plain_float32 <- function(problem, upstream) {
  single <- round_to_float32
  gamma <- with_defaults(problem)$gamma
  margin <- single(with_defaults(problem)$margin)
  exact <- naive_pairs_of(problem, "float32")
  plain <- exact
  plain$s <- single_product(exact$x, t(exact$x))
  plain$d <- d <- at_least(single(1 - plain$s), 0)
  plain$zp <- single(single(-gamma * at_least(single(margin + d), 0)) * single(margin - d))
  plain$zn <- single(
    single(gamma * at_least(single(single(1 + margin) - d), 0)) * single(single(1 - margin) - d)
  )
  plain$p <- single(row_logsumexp(plain$zp, exact$positive))
  plain$q <- single(row_logsumexp(plain$zn, exact$negative))
  slope <- single(naive_slope(plain, gamma, margin, "differentiated"))
  g <- single(single(upstream * naive_probability(plain)) * slope)
  list(
    losses = single(softplus(single(plain$p + plain$q))),
    gradient = single_product(single(g + t(g)), exact$x)
  )
}

single_product <- function(a, b) {
  sum <- matrix(0, nrow(a), ncol(b))
  for (k in seq_len(ncol(a))) {
    sum <- round_to_float32(sum + round_to_float32(outer(a[, k], b[k, ])))
  }
  sum
}

root_mean_square <- function(x) sqrt(mean(x^2))

# Twice the root mean square error: the orders of summation differ, and the figure of either is
# itself uncertain by a tenth over 150 anchors. `upstream` lets all of them weigh the same in the
# gradient, where else a single one may make up all of it.
test_that("float32 losses and gradients are no worse than plain float32 arithmetic", {
  skip_on_cran()
  for (d in c(16, 128, 300)) {
    for (gamma in c(2, 80, 256)) {
      for (noise in c(0.7, 3)) {
        problem <- random_problem(150, d, "few", noise = noise, seed = 51, gamma = gamma)
        pairs <- naive_pairs_of(problem, "float32")
        upstream <- 1 / stats::plogis(pairs$p + pairs$q)
        gradient <- naive_gradient_of(problem, dtype = "float32", upstream = upstream)$gradient
        plain <- plain_float32(problem, upstream)

        losses <- engine_value(problem, "float32")$value
        error_of <- function(x) root_mean_square((x - pairs$losses) / pairs$losses)
        expect_lte(error_of(losses), 2 * error_of(plain$losses))

        result <- engine_gradient(problem, "float32", upstream = upstream)
        error_of <- function(x) root_mean_square(x - gradient)
        expect_lte(error_of(result$gradient), 2 * error_of(plain$gradient))
      }
    }
  }
})

# Equal terms all round the same way in a single sum, which would be off by 1e-4 and more
test_that("sums over many references lose no digits", {
  skip_on_cran()
  # The naive sum is R's own, which loses some without
  skip_if_not(capabilities("long.double"), "long double")
  problem <- random_problem(5, 2, "two", m = 50000, seed = 52, gamma = 0.01)
  for (dtype in c("float64", "float32")) {
    expect_naive_losses(engine_value(problem, dtype)$value, problem, dtype)
  }
})

# Nothing to compute ---------------------------------------------------------------------------

empty_value <- function(reduction, n) if (reduction == "none") numeric(n) else 0

test_that("no rows, no references and no columns give defined results", {
  skip_on_cran()
  shapes <- list(
    list(n = 0L, d = 4L, m = NULL), list(n = 0L, d = 0L, m = NULL), list(n = 0L, d = 4L, m = 3L),
    list(n = 5L, d = 4L, m = 0L), list(n = 0L, d = 4L, m = 0L), list(n = 5L, d = 0L, m = 0L),
    list(n = 1L, d = 4L, m = NULL), list(n = 1L, d = 0L, m = NULL)
  )
  for (shape in shapes) {
    problem <- random_problem(shape$n, shape$d, "few", m = shape$m)
    for (dtype in c("float64", "float32")) {
      for (reduction in reductions) {
        expected <- empty_value(reduction, shape$n)
        expect_identical(value_of(problem, dtype, reduction), expected)
        result <- gradient_of(problem, dtype, reduction)
        expect_identical(result$value, expected)
        expect_identical(result$gradient, matrix(0, shape$n, shape$d))
        if (!is.null(shape$m)) {
          expect_identical(result$ref_gradient, matrix(0, shape$m, shape$d))
        }
      }
    }
  }
})

test_that("without columns every distance is 1", {
  problem <- random_problem(12, 0, "few", seed = 5)
  for (dtype in c("float64", "float32")) {
    expect_naive_losses(engine_value(problem, dtype)$value, problem, dtype)
  }
})

# Threads --------------------------------------------------------------------------------------

test_that("one and two threads give the same bits, call after call", {
  for (problem in thread_problems) {
    for (dtype in dtypes) {
      one <- all_results(problem, dtype, 1L)
      expect_identical(all_results(problem, dtype, 2L), one)
      expect_identical(all_results(problem, dtype, 2L), one)
    }
  }
})

test_that("three threads give the same bits", {
  skip_on_cran()
  for (problem in thread_problems) {
    for (dtype in dtypes) {
      expect_identical(all_results(problem, dtype, 3L), all_results(problem, dtype, 1L))
    }
  }
})

test_that("the exported functions give the same bits whatever circleloss_threads() says", {
  before <- circleloss_threads()
  on.exit(circleloss_threads(before))
  problem <- random_problem(600, 20, "few", seed = 9)
  results <- lapply(1:2, function(threads) {
    circleloss_threads(threads)
    list(value_of(problem, "float32", "mean"), gradient_of(problem, "float32"))
  })
  expect_identical(results[[2]], results[[1]])
})

# Magnitudes -----------------------------------------------------------------------------------

# Rows of this length; `some` of them only, where the rest stays unit
problem_of_length <- function(length, some = rep(TRUE, 24), m = NULL) {
  problem <- random_problem(24, 6, "few", m = m, noise = 3, seed = 41)
  problem$embeddings[some, ] <- problem$embeddings[some, ] * length
  if (!is.null(m)) {
    problem$references <- problem$references * length
  }
  problem
}

every_row <- rep(TRUE, 24)
every_third_row <- 1:24 %% 3 == 0

test_that("short and long rows are computed as long as the loss is in range", {
  lengths <- list(
    float64 = c(1e-300, 1e-160, 1e-30, 1e3, 1e30, 1e70), float32 = c(1e-42, 1e-30, 1e3, 1e8)
  )
  for (dtype in names(lengths)) {
    for (length in lengths[[dtype]]) {
      for (some in list(every_row, every_third_row)) {
        for (m in list(NULL, 20L)) {
          expect_engine_agrees(problem_of_length(length, some, m), dtype)
        }
      }
    }
  }
})

# Anchors and references of separate dimensions: no similarity, but weights that meet long rows
test_that("the gradient by anchors is that of long references, up to the largest numbers", {
  problem <- random_problem(40, 6, "few", m = 700L, seed = 42)
  problem$embeddings <- cbind(problem$embeddings, 0 * problem$embeddings)
  problem$references <- cbind(0 * problem$references, abs(problem$references))
  for (length in c(1e-36, 1e-20, 1, 1e20, 5e37)) {
    long <- problem
    long$references <- problem$references * length
    expect_engine_agrees(long, "float32")
  }
})

# The value or the list of gradients, or "overflow"; any other error is a failure of the test
outcome <- function(code) {
  tryCatch(code, circleloss_error_overflow = function(condition) "overflow")
}

test_that("rows so long that a similarity or a loss overflows are an error", {
  skip_on_cran()
  lengths <- list(float64 = c(1e78, 1e160, 1e300), float32 = c(1e10, 1e19, 1e30, 1e39, 1e160))
  for (dtype in names(lengths)) {
    for (length in lengths[[dtype]]) {
      for (m in list(NULL, 20L)) {
        problem <- problem_of_length(length, every_third_row, m)
        expect_identical(outcome(value_of(problem, dtype)), "overflow")
        expect_identical(outcome(gradient_of(problem, dtype)), "overflow")
      }
    }
  }
})

overflows <- c(
  "embedding_overflow", "similarity_overflow", "loss_overflow", "gradient_overflow",
  "value_overflow"
)

is_finite_or_overflow <- function(result) {
  numbers <- c(result$value, result$gradient, result$ref_gradient)
  if (result$status == "ok") {
    all(is.finite(numbers))
  } else {
    result$status %in% overflows && is.null(numbers)
  }
}

test_that("no magnitude gives a result that is not finite", {
  skip_on_cran()
  exponents <- c(-308, -160, -45, -38, -20, -5, 2:20, 37:39, 75:80, 102, 153:156, 307)
  upstream <- rep(c(-1e300, 1e-300, 1), 8)
  for (dtype in dtypes) {
    for (exponent in exponents) {
      for (some in list(every_row, every_third_row, 1:24 == 1)) {
        for (m in list(NULL, 20L)) {
          problem <- problem_of_length(10^exponent, some, m)
          results <- list(
            engine_value(problem, dtype),
            engine_gradient(problem, dtype),
            engine_gradient(problem, dtype, weights = "detached"),
            engine_gradient(problem, dtype, upstream = upstream)
          )
          fine <- vapply(results, is_finite_or_overflow, NA)
          expect_true(all(fine), label = sprintf("%s, rows of length 1e%d", dtype, exponent))
        }
      }
    }
  }
})

test_that("the first row at fault is named, of the side it is on", {
  unit <- problem_of_length(1, m = 24L)
  unit$labels <- unit$reference_labels <- rep(1:2, 12)
  # Rows 5 and 9, of one class and opposite to each other, times `factor`
  stretched <- function(rows, factor) {
    rows[9, ] <- -rows[5, ]
    rows[c(5, 9), ] <- rows[c(5, 9), ] * factor
    rows
  }
  statuses <- list(
    list(factor = 1e39, status = "embedding_overflow"),
    list(factor = 1e30, status = "similarity_overflow"),
    list(factor = 1e10, status = "loss_overflow"),
    list(factor = Inf, status = "not_finite"),
    list(factor = NaN, status = "not_finite")
  )
  for (case in statuses) {
    own <- list(labels = unit$labels, embeddings = stretched(unit$embeddings, case$factor))
    for (result in list(engine_value(own, "float32"), engine_gradient(own, "float32"))) {
      expect_identical(result$status, case$status)
      expect_identical(result$where[1:2], c(1, 5))
    }
  }
  for (case in statuses[c(1, 4, 5)]) {
    at_references <- unit
    at_references$references <- stretched(unit$references, case$factor)
    result <- engine_value(at_references, "float32")
    expect_identical(result$status, case$status)
    expect_identical(result$where[1:2], c(2, 5))
  }
  for (odd in c(NaN, Inf, -Inf, NA)) {
    unit$embeddings[7, 3] <- unit$embeddings[8, 1] <- odd
    expect_identical(engine_value(unit)$where, c(1, 7, 3))
  }
})

test_that("a loss beyond the 16-bit type is an error, in bfloat16 it is in range", {
  problem <- problem_of_length(30)
  expect_gt(max(naive_losses_of(problem)), 65504)
  expect_identical(outcome(value_of(problem, "float16")), "overflow")
  expect_naive_losses(outcome(value_of(problem, "bfloat16")), problem, "bfloat16")
})

test_that("normalize makes rows of any length unit rows", {
  lengths <- list(
    float64 = c(1e-300, 1e-160, 1e-30, 1e30, 1e160, 1e300), float32 = c(1e-30, 1e30, 1e160, 1e300)
  )
  unit <- problem_of_length(1)
  for (dtype in names(lengths)) {
    bound <- rounding_bound(unit, dtype)
    value <- naive_reduce(naive_losses_of(unit), "mean")
    tangent <- naive_gradient_of(unit, normalize = TRUE)$gradient
    # The radial part that is taken away adds the errors of its row
    radial <- rowSums(bound$gradient * abs(unit$embeddings))
    error <- bound$gradient + radial * abs(unit$embeddings)
    for (length in lengths[[dtype]]) {
      result <- gradient_of(problem_of_length(length), dtype, normalize = TRUE)
      # Normalising rounds once more before the rounding to the dtype: within the bound of s
      expect_within(result$value, value, 2 * bound$value)
      expect_within(result$gradient * length, tangent, 2 * error)
    }
  }
})

# Ties -----------------------------------------------------------------------------------------

# Rows that are axes: every similarity is exactly -1, 0 or 1, so no clamp depends on rounding and
# the tolerances need not allow for one: 1e-13 and 1e-5 are gamma = 80 roundings and a few
axes <- rbind(diag(4), diag(4), -diag(4))
exactness <- c(float64 = 1e-13, float32 = 1e-5)

expect_exact_ties <- function(problem) {
  for (dtype in names(exactness)) {
    naive <- naive_losses_of(problem)
    losses <- engine_value(problem, dtype)$value
    expect_within(losses, naive, exactness[[dtype]] * naive)
    for (weights in weight_conventions) {
      expected <- naive_gradient_of(problem, weights = weights)$gradient
      gradient <- engine_gradient(problem, dtype, weights = weights)$gradient
      expect_within(gradient, expected, exactness[[dtype]] * max(abs(expected)) + 0 * expected)
    }
  }
}

test_that("duplicates, within and across classes, have a distance of exactly 0", {
  expect_exact_ties(list(labels = rep(c(1L, 2L, 3L, 1L), 3), embeddings = axes))
  expect_exact_ties(list(labels = rep(1:2, 6), embeddings = axes[rep(1:2, 6), ]))
  expect_exact_ties(list(labels = rep(1:2, each = 6), embeddings = axes[rep(1:2, 6), ]))
})

test_that("opposite vectors have a distance of exactly 2", {
  labels <- rep(1:3, each = 4)
  expect_exact_ties(list(labels = labels, embeddings = axes))
  expect_exact_ties(list(labels = labels, embeddings = axes, margin = -0.2))
  expect_exact_ties(list(labels = rep(1:2, 6), embeddings = axes, remove_diagonal = FALSE))
})

test_that("a kept diagonal has its ties exactly", {
  problem <- list(labels = rep(c(1L, 2L, 3L, 1L), 3), embeddings = axes, remove_diagonal = FALSE)
  expect_exact_ties(problem)
})
