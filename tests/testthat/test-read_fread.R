# What is made of data.table's fread(). What is read of whole files is in test-read_delimited.R.

plain_text <- function(...) {
  list(
    path = text_file("x.csv", ...), delimiter = ",", decimal = ".", encoding = "UTF-8",
    quoted = FALSE
  )
}

test_that("columns have the class that is asked for, or that of text", {
  local_folder()
  text <- plain_text("a,01,2020-01-01", "b,2,3")
  columns <- fread_columns(text, 0L, c("NULL", "character", "numeric"))
  expect_identical(columns[[1]], c("01", "2"))
  expect_false(is_plain_double(columns[[2]]))
  expect_null(fread_columns(plain_text("1,2"), 5L, "numeric"))
})

test_that("the fields of a record are text", {
  local_folder()
  expect_identical(fread_fields(" a , 01,,NA", plain_text("")), c("a", "01", "", "NA"))
})
