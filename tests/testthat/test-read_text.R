# Records and fields of text. What is read of whole files is in test-read_delimited.R.

small_text <- function(..., delimiter = ",") {
  form <- list(decimal = ".", encoding = "UTF-8", folder = getwd())
  text <- new_text(text_file("x.csv", ...), form, NULL, delimiter)
  if (text$quoted) settle_quotes(text, form$folder) else text
}

test_that("records know their lines and fields", {
  local_folder()
  records <- find_records(small_text("a,b", "", "\"c", "", "d\",e,f", "g"))
  expect_identical(records$first, c(1L, 3L, 6L))
  expect_identical(records$last, c(1L, 5L, 6L))
  expect_identical(records$fields, c(2L, 3L, 1L))
  expect_identical(find_records(small_text("a", "b,c"), 1L)$last, 2L)
  expect_identical(count_fields("  a b   c ", list(delimiter = " ")), 3L)
})

test_that("the first records are found behind any number of blank lines", {
  local_folder()
  records <- head_records(small_text(rep("", 250), "a,b", "1,2"), 2L)
  expect_identical(records$last, 251:252)
})

test_that("the lines of rows are looked up", {
  local_folder()
  line_of <- line_finder(small_text("x", "", "1", "2"), 1L)
  expect_identical(line_of(2), 4L)
})

test_that("the delimiter is one outside of quotes that all lines have", {
  local_folder()
  delimiter <- function(...) small_text(..., delimiter = NULL)$delimiter
  expect_identical(delimiter("\"a;b\",c"), ",")
  expect_identical(delimiter("", "  ", "a;b,c"), ";")
  expect_identical(delimiter("a;b,c", "d,e"), ",")
  expect_identical(delimiter("a"), ",")
  expect_identical(delimiter("a b"), " ")
  expect_identical(delimiter("\"a\" \"b\"", "\"c;", ",d\" 1"), " ")
  expect_identical(delimiter("a|b c"), "|")
  expect_identical(delimiter("sep=;", "a,b"), ";")
  form <- list(decimal = ",", encoding = "UTF-8", folder = getwd())
  text_file("x.csv", "1,5", "2,5")
  expect_identical(new_text("x.csv", form, NULL)$delimiter, "\t")
})

test_that("numbers in text are what R takes for numbers", {
  expect_identical(text_to_numbers(c("1,5", "2", "a", "1.234"), ","), c(1.5, 2, NA, NA))
  expect_identical(is_number(c("1", "NA", "NaN", "-Inf", "a", "", "1 2", "\xe9"), "."),
    c(TRUE, TRUE, TRUE, TRUE, FALSE, FALSE, FALSE, FALSE))
})
