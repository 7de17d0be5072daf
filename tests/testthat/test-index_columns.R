# Columns that number the rows.

test_that("names that other programs give to row numbers are known", {
  expect_true(all(has_index_name(
    c("Unnamed: 0", "...1", "index", "id", "ID", "rowname", "row.names", "X", "V1", "idx")
  )))
  expect_false(any(has_index_name(c("x", "v1", "e1", "label", "0", "idea", ""))))
  # Coordinates, and the columns of a matrix
  expect_false(any(has_index_name(c("X", "Y"))))
  expect_false(any(has_index_name(c("X", "X1"))))
  expect_false(any(has_index_name(c("V1", "V2"))))
  expect_identical(has_index_name(c("V1", "a", "b")), c(TRUE, FALSE, FALSE))
})

test_that("content must agree with the name", {
  expect_true(numbers_rows("Unnamed: 0", c("5", "2", "9")))
  expect_true(numbers_rows("id", c("p", "q")))
  expect_true(numbers_rows("X", 1:3))
  expect_true(numbers_rows("index", c("0.0", "1.0")))
  expect_false(numbers_rows("X", c(1, 3)))
  expect_false(numbers_rows("X", c(0.5, 1.5)))
  expect_false(numbers_rows("id", c("p", "q", "p")))
  expect_false(numbers_rows("id", c("0.5", "1.5")))
  expect_false(numbers_rows("id", c(1, NA)))
  expect_false(numbers_rows("id", character()))
})

test_that("consecutive numbers and ids are found among others", {
  found <- function(...) index_like_columns(list(...))
  dimension <- c(0.1, 0.5, -0.2)
  expect_identical(found(1:3, dimension), 1L)
  expect_identical(found(dimension, c(7, 8, 9)), 2L)
  expect_identical(found(dimension, c(90210, 10115, 75001)), 2L)
  expect_identical(found(dimension, c(2, 7, 4)), integer())
  # As large as the others, or the same twice
  expect_identical(found(1000 * dimension, c(1200, 1100, 1500)), integer())
  expect_identical(found(dimension, c(90210, 10115, 90210)), integer())
  expect_identical(index_like_columns(matrix(1:6, 3)), integer())
  expect_identical(index_like_columns(cbind(1:3)), integer())
  expect_identical(index_like_columns(data.frame(n = 1:3, x = dimension)), 1L)
  expect_identical(index_like_columns(data.frame(n = factor(1:3), x = dimension)), integer())
})

test_that("they are warned of", {
  x <- cbind(c(0.1, 0.5, -0.2), 1:3, c(90210, 10115, 75001))
  expect_warned("index", {
    warn_index_columns(x, c("a", "nr", "zip"), NULL)
    warn_index_columns(x[, 1:2], NULL, NULL)
    warn_index_columns(list(x[, 1], 1:3), c("a", "{b}"), NULL)
  })
  expect_silent(warn_index_columns(x[, 1, drop = FALSE], "a", NULL))
  expect_silent(warn_index_columns(cbind(c(0.5, 1), c(0, 1)), c("id", "x"), NULL))
  repeated <- cbind(c(1, 1, 2), c(0.5, 0.1, 0.2))
  expect_warning(
    warn_index_columns(repeated, c("label", "id", "x"), NULL, 2:3),
    "Column 2 (id)", fixed = TRUE, class = "circleloss_warning_index"
  )
})
