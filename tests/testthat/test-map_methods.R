# What a fitted map can be asked for.

fitted_iris <- function(...) circle_map(iris, Species, dim = 3, steps = 3, ...)

test_that("predict() gives rows of length 1, with names", {
  fit <- fitted_iris()
  embedding <- predict(fit, iris)
  expect_equal(rowSums(embedding^2), rep(1, 150))
  expect_identical(colnames(embedding), c("dim1", "dim2", "dim3"))
  named <- iris
  rownames(named) <- paste0("row", 1:150)
  expect_identical(rownames(predict(fit, named)), rownames(named))
  expect_identical(dim(predict(fit, iris[0, ])), c(0L, 3L))
  spread <- apply(embedding, 2, stats::var)
  expect_false(is.unsorted(-spread))
  expect_s3_class(evaluate_embeddings(embedding, iris$Species), "embedding_evaluation")
})

test_that("coef() and tidy() have the weights of predict()", {
  fit <- fitted_iris()
  images <- cbind(1, as.matrix(iris[1:4])) %*% coef(fit)
  # Sums of five products of numbers up to 10
  expect_equal(unname(unit_normalize(images)), unname(predict(fit, iris)), tolerance = 1e-12)
  table <- tidy(fit)
  expect_identical(table$estimate, as.vector(coef(fit)))
  expect_identical(unique(table$term), rownames(coef(fit)))
  deep <- fitted_iris(hidden = 4)
  expect_named(coef(deep), c("linear", "hidden", "readout"))
  expect_identical(nrow(tidy(deep)), 15L)
})

test_that("glance() has one row", {
  glance <- glance(fitted_iris())
  expect_identical(nrow(glance), 1L)
  expect_identical(glance$dimensions, 3L)
  expect_gt(glance$score, 0.8)
})

test_that("augment() keeps the data", {
  fit <- fitted_iris()
  both <- augment(fit, iris)
  expect_identical(both[names(iris)], iris)
  expect_identical(unname(as.matrix(both[6:8])), unname(predict(fit, iris)))
})

test_that("update() fits anew", {
  fit <- fitted_iris()
  expect_identical(ncol(predict(update(fit, dim = 2), iris)), 2L)
  x <- as.matrix(iris[1:4])
  fit <- circle_map(x, iris$Species, dim = 2, steps = 2)
  wider <- circle_map(x, iris$Species, dim = 3, steps = 2)
  expect_identical(coef(update(fit, dim = 3)), coef(wider))
})

test_that("a map survives saveRDS()", {
  for (fit in list(fitted_iris(), fitted_iris(hidden = 4))) {
    file <- tempfile()
    saveRDS(fit, file)
    expect_identical(predict(readRDS(file), iris), predict(fit, iris))
  }
})

test_that("maps print what they are", {
  x <- as.matrix(iris[1:4])
  fit <- circle_map(x, iris$Species, dim = 3, steps = 3, shrinkage = 0.1, hold_out = "none")
  deep <- circle_map(
    cbind(x, 1), iris$Species,
    dim = 3, steps = 2, start = "pca", lift = 1, hidden = c(8, 4), hold_out = "none"
  )
  deep$interrupted <- TRUE
  expect_snapshot({
    fit
    deep
  })
  expect_output(print(summary(fitted_iris())), "best of what was tried")
  fit["chosen"] <- list(NULL)
  expect_output(print(fit), "nothing, the fit was interrupted")
  expect_true(is.na(glance(fit)$shrinkage))
})

test_that("unknown arguments are refused", {
  fit <- fitted_iris()
  expect_refused("dots", {
    predict(fit, iris, type = "class")
    coef(fit, 1)
    tidy(fit, conf.int = TRUE)
  })
  expect_refused("missing_argument", {
    predict(fit)
    augment(fit)
  })
})
