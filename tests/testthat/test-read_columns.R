# Which column is what. The errors are seen with those of whole files.

choose <- function(columns, ..., count = length(columns)) {
  choose_columns(list(...), columns, count, "x.csv", 1L, NULL)
}

test_that("columns are chosen by name, number and convention", {
  none <- NA_integer_
  expect_identical(
    choose(c("a", "b")),
    list(labels = none, names = none, index = none, embedding = 1:2, label_file = NULL)
  )
  expect_identical(choose(c("a", "b"), labels = "b")$labels, 2L)
  expect_identical(choose(NULL, labels = 2, count = 3L)$labels, 2L)
  expect_identical(choose(c("a", "LABEL"))$labels, 2L)
  # Which of them cannot be told
  expect_identical(choose(c("label", "Labels"))$labels, none)
  expect_identical(choose(c("", "a"))$names, 1L)
  expect_identical(choose("")$names, none)
  expect_identical(choose(c("", "a"), names = "a")$names, 2L)
})

test_that("what is no column is a file", {
  local_folder()
  text_file("labels.txt", "a")
  chosen <- choose(c("a", "label"), labels = "labels.txt")
  expect_identical(chosen$labels, NA_integer_)
  expect_identical(chosen$embedding, 1:2)
  expect_identical(chosen$label_file, "labels.txt")
})

test_that("names are listed as far as they fit", {
  expect_identical(list_names(c("a", "b")), "its columns are a, b")
  expect_identical(list_names(letters[1:7]), "its columns are a, b, c, d, e, f and 1 more")
  expect_identical(list_names(NULL), "its columns have no names")
})
