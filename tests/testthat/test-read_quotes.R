# What quote signs mean.

# The text as it is read then, with other signs for those that stand for others.
settled <- function(..., delimiter = ",") {
  text_file("x.csv", ...)
  text <- list(path = "x.csv", delimiter = delimiter, mark = FALSE, lines = length(c(...)))
  text <- settle_quotes(text, getwd())
  list(lines = chartr("\001\002", "^~", readLines(text$path)), joined = text$joined)
}

test_that("quotes around fields are told from quotes inside of them", {
  local_folder()
  expect_settled <- function(lines, wanted, joined = integer(), ...) {
    expect_identical(settled(lines, ...), list(lines = wanted, joined = joined))
  }
  expect_settled(
    c("\"a\",1", "\"b\"\"c\",\"d,", "e\""), c("\"a\",1", "\"b\"\"c\",\"d~^e\""), 2L
  )
  expect_settled("\"\",\"\"\"\"", "\"\",\"\"\"\"")
  expect_settled("\"a b\" 1", "\"a~b\" 1", delimiter = " ")
  expect_settled("\"1.5\",\"-2\",\"1\"\"2\"", "1.5,-2,\"1\"\"2\"")
  for (lines in list(c("5\" disk,1", "5\" disk,2"), "a\"b\"c,1", "\"a\"b,1", "\"a,1")) {
    expect_identical(settled(lines), list(lines = lines, joined = NULL))
  }
})

test_that("backslashes and blanks that stand in the way are taken away", {
  local_folder()
  expect_identical(settled("\"say \\\"hi\\\"\",1")$lines, "\"say \"\"hi\"\"\",1")
  expect_identical(
    settled("\"a\\\"b\",1", "5\\\" disk,2")$lines, c("\"a\"\"b\",1", "5\" disk,2")
  )
  expect_identical(settled("1 , \"a, b\"  ,2")$lines, "1 ,\"a~ b\",2")
  expect_identical(settled("\"C:\\\",1")$lines, "\"C:\\\",1")
})

test_that("lines that were joined are counted", {
  text <- list(joined = c(2L, 2L, 4L))
  expect_identical(line_of_file(text, 1:5), c(1L, 4L, 5L, 7L, 8L))
  expect_identical(line_of_file(list(), 1:2), 1:2)
})

test_that("quotes are taken away from whole fields only", {
  fields <- c(
    "\"a\"", "\"a\"\"b\"", "a\"b", "\"", "\"\"", "", NA, "\"caf\xe9\"", "\"a\"b\""
  )
  expect_identical(
    unquote(fields),
    c("a", "a\"b", "a\"b", "\"", "", "", NA, "\"caf\xe9\"", "\"a\"b\"")
  )
})

test_that("half of what was between quotes is seen", {
  expect_identical(
    is_half_quoted(c("\"a", "a\"", "\"", NA, "", "\"\"\"a\"")),
    c(TRUE, FALSE, FALSE, FALSE, FALSE, FALSE)
  )
})
