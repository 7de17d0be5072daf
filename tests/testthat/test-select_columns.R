# Which columns `columns` and `drop` mean.

names <- c("label", "e1", "e2", "2", "x.e")

resolve <- function(columns, text = FALSE) {
  parts <- if (text) {
    parse_columns(columns)
  } else {
    capture_columns(rlang::enquo(columns), "columns", NULL)
  }
  find_columns(parts, names, length(names), "columns", "x.csv", 1L, NULL)
}

test_that("names, numbers and helpers find columns", {
  expect_identical(resolve(c("e2", "e1")), 2:3)
  expect_identical(resolve(3:2), 2:3)
  expect_identical(resolve("2"), 4L)
  expect_identical(resolve(2), 2L)
  expect_identical(resolve(starts_with("e")), 2:3)
  expect_identical(resolve(ends_with("e")), 5L)
  expect_identical(resolve(contains(".")), 5L)
  expect_identical(resolve(matches("^e[0-9]")), 2:3)
  expect_identical(resolve(num_range("e", 1:9)), 2:3)
  expect_identical(resolve(everything()), 1:5)
  expect_identical(resolve(c(starts_with("e"), "label")), 1:3)
  wanted <- c("label", "e1")
  expect_identical(resolve(wanted), 1:2)
})

test_that("the command has them in one text", {
  expect_identical(resolve("e1,e2", TRUE), 2:3)
  expect_identical(resolve("e*,label", TRUE), 1:3)
  expect_identical(resolve("2", TRUE), 4L)
  expect_identical(resolve("3", TRUE), 3L)
  expect_identical(resolve("1:3", TRUE), 1:3)
  expect_identical(resolve("1-2,5", TRUE), c(1L, 2L, 5L))
  expect_null(parse_columns(NULL))
})

test_that("what is none of them is refused", {
  expect_refused("parameter", {
    resolve(0)
    resolve(TRUE)
    resolve(NA)
    resolve(1.5)
    resolve(character())
  })
  expect_refused("file", {
    resolve("colour")
    resolve(6)
    resolve("6", TRUE)
    resolve("f*", TRUE)
  })
})
