# The fit as a whole.

# `informative` directions in which the classes differ, among `noise` columns that are louder
planted_rows <- function(rows, informative = 2, noise = 10, classes = 4, seed = 1) {
  set.seed(seed, "Mersenne-Twister", "Inversion", "Rejection")
  label <- rep_len(seq_len(classes), rows)
  centres <- 3 * matrix(stats::rnorm(classes * informative), classes)
  inside <- centres[label, ] + 0.5 * matrix(stats::rnorm(rows * informative), rows)
  mixing <- random_rotation(informative + noise)
  outside <- 4 * matrix(stats::rnorm(rows * noise), rows)
  list(
    x = cbind(inside, outside) %*% mixing, y = label, directions = t(mixing)[, seq_len(informative)]
  )
}

map_at_r <- function(embedding, labels) {
  evaluate_embeddings(embedding, labels, clustering = FALSE)$metrics[["map_at_r"]]
}

test_that("a planted subspace is found", {
  planted <- planted_rows(400)
  for (start in c("lda", "pca")) {
    fit <- circle_map(
      planted$x, planted$y,
      dim = 3, start = start, lift = 1, steps = 60, hold_out = "none", decay = 0, scale = FALSE
    )
    slopes <- coef(fit)[-1, ]
    # The share of the map's squared weights that lies in the planted directions
    share <- sum(crossprod(planted$directions, slopes)^2) / sum(slopes^2)
    expect_gt(share, 0.98)
  }
  half <- rep(c(TRUE, FALSE), each = 200)
  fit <- circle_map(planted$x[half, ], planted$y[half], dim = 3)
  new <- planted$x[!half, ]
  label <- planted$y[!half]
  known <- evaluate_embeddings(
    new %*% planted$directions, label,
    metric = "euclidean", clustering = FALSE
  )$metrics[["map_at_r"]]
  expect_gt(map_at_r(predict(fit, new), label), 0.9 * known)
  expect_lt(map_at_r(new, label), 0.6 * known)
})

test_that("new digits are retrieved better than by pixels, components and discriminants", {
  skip_on_cran()
  odd <- seq(1, nrow(digits), by = 2)
  fit <- circle_map(digits$pixels[odd, ], digits$digit[odd], steps = 5)
  new <- digits$pixels[-odd, ]
  learnt <- map_at_r(predict(fit, new), digits$digit[-odd])
  expect_gt(learnt, map_at_r(new, digits$digit[-odd]) + 0.1)
  components <- predict(stats::prcomp(digits$pixels[odd, ], rank. = 16), new)
  expect_gt(learnt, map_at_r(components, digits$digit[-odd]) + 0.1)
})

test_that("the order of the rows does not matter, to the last bit", {
  planted <- planted_rows(90)
  order <- sample.int(90)
  fit <- circle_map(planted$x, planted$y, dim = 3, steps = 5)
  again <- circle_map(planted$x[order, ], planted$y[order], dim = 3, steps = 5)
  expect_identical(coef(again), coef(fit))
  expect_identical(again$scores, fit$scores)
})

test_that("the unit of a column does not matter with scaling", {
  planted <- planted_rows(90)
  unit <- 2^seq(-12, 10, by = 2)
  fit <- circle_map(planted$x, planted$y, dim = 3, steps = 5)
  # Powers of 2 change no digit
  again <- circle_map(t(t(planted$x) * unit), planted$y, dim = 3, steps = 5)
  expect_equal(coef(again)[-1, ] * unit, coef(fit)[-1, ], tolerance = 1e-8)
})

test_that("a fit depends on its seed alone, and leaves the session's random numbers", {
  planted <- planted_rows(80)
  fit_of <- function(seed) {
    circle_map(planted$x, planted$y, dim = 3, steps = 3, hidden = 4, seed = seed)
  }
  set.seed(5)
  before <- .Random.seed
  fit <- fit_of(1)
  expect_identical(.Random.seed, before)
  stats::runif(3)
  expect_identical(fit_of(1)$layers, fit$layers)
  expect_false(identical(fit_of(2)$layers, fit$layers))
})

test_that("hidden layers learn what a linear map cannot", {
  set.seed(3, "Mersenne-Twister", "Inversion", "Rejection")
  x <- matrix(stats::rnorm(400 * 2), 400)
  # A disc and a ring: their means agree
  y <- rowSums(x^2) > 1.4
  linear <- circle_map(x, y, dim = 2)
  deep <- circle_map(x, y, dim = 2, hidden = 16)
  set.seed(4, "Mersenne-Twister", "Inversion", "Rejection")
  new <- matrix(stats::rnorm(400 * 2), 400)
  label <- rowSums(new^2) > 1.4
  expect_gt(map_at_r(predict(deep, new), label), map_at_r(predict(linear, new), label) + 0.1)
})

test_that("batches lead to nearly the same loss as all pairs", {
  planted <- planted_rows(600, classes = 6)
  exact <- circle_map(planted$x, planted$y, dim = 4, hold_out = "none", method = "lbfgs")
  fit <- circle_map(
    planted$x, planted$y,
    dim = 4, hold_out = "none", method = "adam", batch = 200, memory = 400, steps = 200
  )
  loss_of <- function(fit) {
    loss_circle(planted$y, predict(fit, planted$x), gamma = 1, margin = 0.25, dtype = "float64")
  }
  start <- circle_map(planted$x, planted$y, dim = 4, hold_out = "none", steps = 0)
  # At least nine tenths of what L-BFGS gains
  expect_lt(loss_of(fit) - loss_of(exact), 0.1 * (loss_of(start) - loss_of(exact)))
  chosen <- circle_map(planted$x, planted$y, dim = 4, method = "adam", batch = 200, steps = 20)
  expect_true("adam" %in% chosen$scores$method)
})

test_that("constant, collinear and repeated columns change nothing", {
  planted <- planted_rows(120)
  fit <- circle_map(planted$x, planted$y, dim = 3, steps = 5, shrinkage = 0.003)
  more <- cbind(planted$x, 7)
  constant <- circle_map(more, planted$y, dim = 3, steps = 5, shrinkage = 0.003)
  expect_equal(coef(constant)[14, ], c(dim1 = 0, dim2 = 0, dim3 = 0))
  expect_output(print(constant), "13 columns (1 constant)", fixed = TRUE)
  # Shrinkage counts columns, hence not the same bits
  expect_equal(predict(constant, more), predict(fit, planted$x), tolerance = 0.05)
  singular <- cbind(planted$x, planted$x[, 1:3], planted$x[, 1] - planted$x[, 2])
  singular <- circle_map(singular, planted$y, dim = 3, steps = 5)
  expect_true(all(is.finite(coef(singular))))
})

test_that("more columns than rows are fitted", {
  planted <- planted_rows(40, noise = 98)
  fit <- circle_map(planted$x, planted$y, dim = 5, steps = 10)
  expect_true(all(is.finite(coef(fit))))
  expect_identical(dim(predict(fit, planted$x)), c(40L, 5L))
})

test_that("a linear map has no more dimensions than it can fill, a deep one has", {
  fit <- circle_map(iris, Species, steps = 2)
  expect_lte(ncol(predict(fit, iris)), 5L)
  deep <- circle_map(iris, Species, steps = 10, hidden = 8, hold_out = "none", decay = 0)
  expect_gt(ncol(predict(deep, iris)), 5L)
  one <- circle_map(iris, Species, dim = 1, steps = 2)
  expect_identical(ncol(predict(one, iris)), 1L)
})

test_that("classes may be held out, or nothing", {
  some <- digits[1:300, ]
  fit <- circle_map(some$pixels, some$digit, dim = 4, steps = 2, hold_out = "classes")
  expect_s3_class(fit$scores, "data.frame")
  none <- circle_map(some$pixels, some$digit, dim = 4, steps = 2, hold_out = "none")
  expect_null(none$scores)
  expect_identical(none$chosen$steps, 2L)
})

test_that("rows that do not suffice to hold any out are fitted by the defaults", {
  x <- rbind(c(1, 0), c(1, 0.1), c(0, 1))
  fit <- circle_map(x, c("a", "a", "b"), dim = 2)
  expect_null(fit$scores)
  embedding <- predict(fit, x)
  expect_gt(sum(embedding[1, ] * embedding[2, ]), sum(embedding[1, ] * embedding[3, ]))
  equal <- circle_map(x[c(1, 1, 3, 3), ], c("a", "a", "b", "b"), dim = 2)
  expect_true(all(is.finite(coef(equal))))
})

test_that("labels of every form give the same map", {
  fit <- circle_map(as.matrix(iris[1:4]), iris$Species, dim = 3, steps = 3)
  for (labels in list(as.character(iris$Species), as.integer(iris$Species))) {
    again <- circle_map(as.matrix(iris[1:4]), labels, dim = 3, steps = 3)
    expect_identical(coef(again), coef(fit))
  }
})

test_that("what is no input of a fit is refused", {
  x <- as.matrix(iris[1:4])
  y <- iris$Species
  expect_refused("labels", {
    circle_map(x, rep("a", 150))
    circle_map(x, seq_len(150))
    circle_map(x, c(NA, y[-1]))
    circle_map(x, y[-1])
    circle_map(x, y == "setosa" & NA)
  })
  expect_refused("embeddings", {
    circle_map(x * NA, y)
    circle_map(x * Inf, y)
    circle_map(x * 0, y)
    circle_map(y, x)
    circle_map("a", y)
  })
  expect_refused("parameter", {
    circle_map(x, y, dim = 0)
    circle_map(x, y, dim = 1.5)
    circle_map(x, y, dim = "two")
    circle_map(x, y, gamma = 0)
    circle_map(x, y, margin = NA)
    circle_map(x, y, hidden = 0)
    circle_map(x, y, shrinkage = 2)
    circle_map(x, y, lift = -1)
    circle_map(x, y, dim = 1, lift = 1)
    circle_map(x, y, decay = -1)
    circle_map(x, y, steps = 1.5)
    circle_map(x, y, hold_out = "some")
    circle_map(x, y, method = "sgd")
    circle_map(x, y, start = "random")
    circle_map(x, y, memory = -1)
    circle_map(x, y, seed = "one")
  })
  expect_refused("flag", {
    circle_map(x, y, scale = NA)
  })
  expect_refused("dots", {
    circle_map(x, y, dims = 3)
    circle_map(iris, Species, 3, 4)
    circle_map(iris, Species, gama = 3)
  })
  expect_refused("missing_argument", {
    circle_map(x)
    circle_map(iris)
    circle_map(Species ~ .)
  })
  # The words are those of hardhat
  skip_if_not_installed("hardhat")
  expect_error(circle_map(Species ~ Sepals, iris), class = "circleloss_error_columns")
})

# Interrupts -----------------------------------------------------------------------------------

interrupted_fit <- function(ready, library) {
  library(circleloss, lib.loc = library)
  set.seed(1)
  x <- matrix(stats::rnorm(4000 * 20), 4000)
  y <- rep_len(1:8, 4000)
  file.create(ready)
  messages <- character()
  fit <- withCallingHandlers(
    # Far more steps than there is time for
    circle_map(x, y, dim = 8, hidden = 64, steps = 1e6, hold_out = "none", decay = 0),
    message = function(message) messages <<- c(messages, conditionMessage(message))
  )
  list(
    interrupted = fit$interrupted, messages = messages, rows = dim(predict(fit, x)),
    steps = max(fit$course$step), loss = fit$course$loss
  )
}

test_that("an interrupt keeps the best map so far, with a message", {
  skip_on_cran()
  skip_on_os("windows")
  skip_if_not_installed("callr")
  library <- dirname(system.file(package = "circleloss"))
  skip_if_not(file.exists(file.path(library, "circleloss", "Meta", "package.rds")))
  ready <- tempfile()
  environment(interrupted_fit) <- globalenv()
  child <- callr::r_bg(interrupted_fit, list(ready, library), supervise = TRUE)
  on.exit(child$kill())
  deadline <- Sys.time() + 120
  while (!file.exists(ready) && child$is_alive() && Sys.time() < deadline) {
    Sys.sleep(0.1)
  }
  Sys.sleep(4)
  child$interrupt()
  child$wait(120000)
  expect_false(child$is_alive())
  result <- child$get_result()
  expect_true(result$interrupted)
  expect_match(result$messages, "Interrupted", all = FALSE)
  expect_identical(result$rows, c(4000L, 8L))
})
