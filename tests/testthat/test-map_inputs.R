# Matrices, data frames, formulas and recipes give the same map.

test_that("data frames and matrices of the same numbers give the same map", {
  x <- as.matrix(iris[1:4])
  fit <- circle_map(x, iris$Species, dim = 3, steps = 2)
  others <- list(
    circle_map(iris, Species, dim = 3, steps = 2),
    circle_map(iris[1:4], iris$Species, dim = 3, steps = 2)
  )
  for (other in others) {
    expect_identical(coef(other), coef(fit))
    expect_identical(unname(predict(other, iris)), unname(predict(fit, x)))
  }
})

test_that("a formula gives the same map", {
  skip_if_not_installed("hardhat")
  fit <- circle_map(iris, Species, dim = 3, steps = 2)
  by_formula <- circle_map(Species ~ ., iris, dim = 3, steps = 2)
  expect_identical(coef(by_formula), coef(fit))
  expect_identical(unname(predict(by_formula, iris)), unname(predict(fit, iris)))
  expect_refused("parameter", {
    circle_map(Species ~ ., "iris")
  })
  expect_refused("labels", {
    only_outcome(iris[1:2], NULL)
  })
  squared <- circle_map(Species ~ I(Sepal.Length^2) + Petal.Width, iris, steps = 2)
  expect_identical(nrow(coef(squared)), 3L)
  expect_identical(nrow(predict(squared, iris[1:2, ])), 2L)
})

test_that("factors, text and logicals become columns of 0 and 1", {
  skip_if_not_installed("hardhat")
  rows <- data.frame(
    number = c(1, 2, 3, 4, 5, 6, 7, 9), text = rep(c("b", "a"), 4),
    flag = rep(c(TRUE, FALSE), each = 4)
  )
  label <- rep(1:2, each = 4)
  fit <- circle_map(rows, label, steps = 2, hold_out = "none")
  expect_setequal(
    rownames(coef(fit)),
    c("(Intercept)", "number", "texta", "textb", "flagFALSE", "flagTRUE")
  )
  rows$text <- factor(rows$text, levels = c("b", "a"))
  expect_identical(nrow(predict(fit, rows)), 8L)
  # Levels that new rows lack
  expect_equal(predict(fit, rows[1, ])[1, ], predict(fit, rows)[1, ])
  expect_refused("columns", {
    predict(fit, data.frame(number = 1, text = "c", flag = TRUE))
    predict(fit, data.frame(number = 1, flag = TRUE))
  })
  expect_refused("parameter", {
    predict(fit, matrix(1, 1, 3))
  })
  expect_refused("embeddings", {
    predict(fit, data.frame(number = 1, text = NA, flag = TRUE))
    circle_map(data.frame(a = 1:4, when = Sys.Date() + 1:4)["when"], c(1, 1, 2, 2))
  })
})

test_that("a recipe gives the same map as its columns", {
  skip_if_not_installed("recipes")
  skip_if_not_installed("hardhat")
  recipe <- recipes::recipe(Species ~ ., iris)
  fit <- circle_map(recipe, iris, dim = 3, steps = 2)
  expect_identical(coef(fit), coef(circle_map(iris, Species, dim = 3, steps = 2)))
  expect_identical(nrow(predict(fit, iris[1:3, 1:4])), 3L)
})

test_that("columns of new rows are found by name", {
  x <- as.matrix(iris[1:4])
  fit <- circle_map(x, iris$Species, dim = 3, steps = 2)
  expected <- predict(fit, x)
  expect_identical(predict(fit, x[, 4:1]), expected)
  expect_identical(unname(predict(fit, unname(x))), unname(expected))
  expect_identical(unname(predict(fit, cbind(other = "a", iris))), unname(expected))
  nameless <- circle_map(unname(x), iris$Species, dim = 3, steps = 2)
  expect_identical(unname(predict(nameless, x)), unname(expected))
  expect_refused("columns", {
    predict(fit, x[, 1:3])
    predict(nameless, x[, 1:3])
    predict(fit, cbind(x, x))
  })
  expect_refused("embeddings", {
    predict(fit, x[1:2, ] * NA)
    predict(fit, iris$Species)
  })
})

test_that("embeddings read from a file bring their labels", {
  file <- tempfile(fileext = ".csv")
  utils::write.csv(iris, file, row.names = FALSE)
  read <- read_embeddings(file, "Species")
  fit <- circle_map(read, dim = 3, steps = 2)
  expect_identical(coef(fit), coef(circle_map(iris, Species, dim = 3, steps = 2)))
  expect_identical(nrow(predict(fit, read)), 150L)
})
