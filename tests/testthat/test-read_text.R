# Records and fields of text. What is read of whole files is in test-read_delimited.R.

small_text <- function(..., delimiter = ",") {
  form <- list(decimal = ".", encoding = "UTF-8")
  new_text(text_file("x.csv", ...), form, NULL, delimiter)
}

test_that("records know their lines and fields", {
  local_folder()
  records <- find_records(small_text("a,b", "", "\"c", "", "d\",e,f", "g"))
  expect_identical(records$first, c(1L, 3L, 6L))
  expect_identical(records$last, c(1L, 5L, 6L))
  expect_identical(records$fields, c(2L, 3L, 1L))
})

test_that("the delimiter is one outside of quotes", {
  local_folder()
  expect_identical(small_text("\"a;b\",c", delimiter = NULL)$delimiter, ",")
  expect_identical(small_text("", "  ", "a;b,c", delimiter = NULL)$delimiter, ";")
  expect_identical(small_text("a", delimiter = NULL)$delimiter, ",")
  expect_identical(small_text("a b", delimiter = NULL)$delimiter, "")
})

test_that("quotes are taken away from whole fields only", {
  fields <- c("\"a\"", "\"a\"\"b\"", "a\"b", "\"", "\"\"", "", NA, "\"caf\xe9\"")
  expect_identical(unquote(fields), c("a", "a\"b", "a\"b", "\"", "", "", NA, "\"caf\xe9\""))
})

test_that("numbers in text are what R takes for numbers", {
  expect_identical(text_to_numbers(c("1,5", "2", "a"), ","), c(1.5, 2, NA))
  expect_identical(is_number(c("1", "NA", "NaN", "-Inf", "a", "", "1 2", "\xe9"), "."),
    c(TRUE, TRUE, TRUE, TRUE, FALSE, FALSE, FALSE, FALSE))
})
