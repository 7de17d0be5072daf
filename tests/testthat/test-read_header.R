# Where the rows of a table begin. Most of it is seen with whole files in test-read_delimited.R.

test_that("numbers up from 0 or 1 are a header", {
  expect_true(counts_up(c("0", "1", "2", "3")))
  expect_true(counts_up(c("1", "2", "3", "4")))
  expect_false(counts_up(c("0", "1", "2")))
  expect_true(counts_from_zero(c("0", "1", "2")))
  expect_false(counts_from_zero(c("0", "1")))
})

test_that("a name that is asked for makes a header, a number does not", {
  first <- list(c("5", "kind", "7"), c("1", "2", "3"))
  expect_true(has_header(first, list(labels = "kind", decimal = ".")))
  expect_true(has_header(list(c("5", "6")), list(columns = list("6"), decimal = ".")))
  expect_false(has_header(list(c("5", "6")), list(labels = 2, decimal = ".")))
  expect_false(has_header(list(c("5", "6")), list(labels = column_text("6"), decimal = ".")))
})
