# Parquet and Feather. The packages that read them are rarely there.

test_that("the package that is there is taken, another asked for", {
  expect_identical(installed_reader(c("nonesuchpackage", "stats"), "Parquet", NULL), "stats")
  expect_refused("package", {
    installed_reader(c("nonesuchpackage", "nonesuchtoo"), "Parquet", NULL)
  })
})

test_that("tables become data frames, with plain lists", {
  local_folder()
  lists <- structure(list(1:2, 3:4), class = c("arrow_list", "vctrs_list_of", "list"))
  frame <- structure(
    list(label = c("a", "b"), v = lists), class = "data.frame", row.names = 1:2
  )
  rds_file("x", frame)
  table <- read_foreign_table("base", "readRDS", "x", NULL)
  expect_identical(table$v, list(1:2, 3:4))
  expect_identical(
    split_table(table, "x", list(), NULL)[c("embeddings", "labels")],
    parts(square(), c("a", "b"))
  )
  text_file("x", "a")
  expect_error(read_foreign_table("base", "readRDS", "x", NULL), class = "circleloss_error_file")
})

test_that("Parquet is read", {
  local_folder()
  frame <- data.frame(label = c("a", "b"), e1 = c(1, 3), e2 = c(2, 4))
  expected <- parts(square(), c("a", "b"), columns = c("e1", "e2"))
  if (requireNamespace("nanoparquet", quietly = TRUE)) {
    nanoparquet::write_parquet(frame, "x.parquet")
    expect_identical(read_parts("x.parquet"), expected)
  }
  skip_if_not_installed("arrow")
  arrow::write_parquet(frame, "x.parquet")
  expect_identical(read_parts("x.parquet"), expected)
  arrow::write_feather(frame, "x.feather")
  expect_identical(read_parts("x.feather"), expected)
})
