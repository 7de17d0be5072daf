# Rows of a shard: from a file that the worker sees, or from bytes that were sent.

source_of <- function(x, dtype = "float64", normalize = FALSE, folder = tempdir()) {
  circleloss:::source_of_rows(
    x, list(dtype = dtype, normalize = normalize), folder, environment()
  )
}
open_part <- function(source, first, count, sent = NULL) {
  part <- circleloss:::part_of_source(source, first, count)
  circleloss:::open_rows(part, sent, environment())
}
float32 <- function(x) {
  matrix(readBin(writeBin(as.vector(x), raw(), size = 4), "double", length(x), size = 4), nrow(x))
}

test_that("blocks of a matrix and of files are the rows that they are", {
  x <- some_batch(50, 7)$x
  files <- list(
    source_of(x), source_of(x, "float32"), source_of(x, "float32", normalize = TRUE),
    source_of(open_embeddings(write_test_npy(tempfile(), x, "<f4", FALSE))),
    source_of(open_embeddings(write_test_npy(tempfile(), x, "<f8", TRUE)))
  )
  wanted <- list(x, float32(x), x, float32(x), x)
  for (i in seq_along(files)) {
    expect_identical(as.matrix(open_part(files[[i]], 1, 50)), wanted[[i]])
    expect_identical(as.matrix(open_part(files[[i]], 12, 20)), wanted[[i]][12:31, ])
    expect_identical(as.matrix(open_part(files[[i]], 50, 1)), wanted[[i]][50, , drop = FALSE])
  }
})

test_that("types that are rounded otherwise keep all digits", {
  expect_identical(circleloss:::stored_type(list(dtype = "float32")), "float32")
  expect_identical(circleloss:::stored_type(list(dtype = "float32", normalize = TRUE)), "float64")
  expect_identical(circleloss:::stored_type(list(dtype = "bfloat16")), "float64")
  expect_identical(circleloss:::stored_type(list(dtype = "float64")), "float64")
})

test_that("a worker that does not see the file asks for rows, and keeps them", {
  x <- float32(some_batch(50, 7)$x)
  for (type in c("<f2", "<f4", "<f8")) {
    file <- write_test_npy(tempfile(), x, type, type == "<f8")
    seen <- as.matrix(open_embeddings(file))
    source <- source_of(open_embeddings(file))
    part <- circleloss:::part_of_source(source, 11, 30)
    bytes <- circleloss:::bytes_of_source(part, environment())
    elsewhere <- part
    elsewhere$file <- tempfile()
    expect_null(circleloss:::open_rows(elsewhere, NULL, environment()))
    sent <- stats::setNames(list(bytes), elsewhere$key)
    rows <- as.matrix(circleloss:::open_rows(elsewhere, sent, environment()))
    expect_identical(rows, seen[11:40, ])
    again <- as.matrix(circleloss:::open_rows(elsewhere, NULL, environment()))
    expect_identical(again, seen[11:40, ])
  }
})

test_that("another file of the same name is not taken for it", {
  x <- some_batch(50, 7)$x
  file <- write_test_npy(tempfile(), x, "<f8")
  source <- source_of(open_embeddings(file))
  expect_true(circleloss:::is_same_file(source))
  write_test_npy(file, x + 1e-3, "<f8")
  Sys.setFileTime(file, .POSIXct(source$time))
  expect_false(circleloss:::is_same_file(source))
  write_test_npy(file, x, "<f8")
  Sys.setFileTime(file, .POSIXct(source$time + 10))
  expect_false(circleloss:::is_same_file(source))
  source$node <- "another machine"
  expect_true(circleloss:::is_same_file(source))
  unlink(file)
  expect_false(circleloss:::is_same_file(source))
})

test_that("a full or protected disk is told of", {
  expect_error(
    source_of(some_batch(5)$x, folder = file.path(tempdir(), "is", "not", "there")),
    class = "circleloss_error_file"
  )
})
