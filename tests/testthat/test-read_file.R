# Files as such, and their bytes.

test_that("binary data are refused where they begin", {
  local_folder()
  bytes_file("binary.csv", "1,2\n3,4\n5,", 0:9)
  bytes_file("binary", 1:255, 0)
  bytes_file("utf16.csv", c(255, 254), "1", 0, ",", 0)
  bytes_file("utf16be.csv", c(254, 255), 0, "1")
  expect_refused("file", {
    read_embeddings("binary.csv")
    read_embeddings("binary")
    read_embeddings("utf16.csv")
    read_embeddings("utf16be.csv")
  })
})

test_that("a byte order mark is no text", {
  local_folder()
  mark <- c(0xef, 0xbb, 0xbf)
  bytes_file("header.csv", mark, "label,x\na,1\n")
  bytes_file("numbers.csv", mark, "1,2\n3,4\n")
  bytes_file("one.csv", "1")
  expect_identical(read_parts("header.csv"), parts(cbind(x = 1), "a"))
  expect_identical(read_parts("numbers.csv"), parts(square()))
  expect_identical(read_parts("one.csv"), parts(matrix(1)))
})

test_that("compressed text is read", {
  local_folder()
  gzip_file("x.csv.gz", "x,y", "1,2", "3,4")
  expected <- parts(square(), columns = c("x", "y"))
  expect_identical(read_parts("x.csv.gz"), expected)
  # Whatever the name says
  file.copy("x.csv.gz", "x.csv")
  expect_identical(read_parts("x.csv"), expected)
  connection <- xzfile("x.csv.xz", "wb")
  writeLines(c("x,y", "1,2", "3,4"), connection)
  close(connection)
  expect_identical(read_parts("x.csv.xz"), expected)
})

test_that("files that were compressed into one are read", {
  local_folder()
  gzip_file("a.gz", "x,y", "1,2")
  gzip_file("b.gz", "3,4")
  bytes <- function(file) readBin(file, "raw", 1e4)
  writeBin(c(bytes("a.gz"), bytes("b.gz")), "both.csv.gz")
  expect_identical(read_parts("both.csv.gz"), parts(square(), columns = c("x", "y")))
})

test_that("compressed text that breaks off or is damaged is refused", {
  local_folder()
  set.seed(1)
  gzip_file("whole.csv.gz", "x,y", sprintf("%.6f,%.6f", stats::runif(2000), stats::runif(2000)))
  bytes <- readBin("whole.csv.gz", "raw", 1e6)
  refused <- function(bytes) {
    writeBin(bytes, "part.csv.gz")
    error <- expect_error(read_embeddings("part.csv.gz"), class = "circleloss_error_file")
    expect_match(conditionMessage(error), "compressed[[:space:]]+data")
    expect_gte(error$line, 1)
  }
  for (size in round(length(bytes) * c(0.1, 0.5, 0.9))) {
    refused(bytes[seq_len(size)])
  }
  refused(bytes[seq_len(length(bytes) - 1L)])
  bytes[[1000]] <- xor(bytes[[1000]], as.raw(255))
  refused(bytes)
})

test_that("a file without rows or columns is refused", {
  local_folder()
  rds_file("rows.rds", matrix(0, 0, 3))
  rds_file("columns.rds", matrix(0, 3, 0))
  text_file("label.csv", "label", "a")
  expect_refused("file", {
    read_embeddings("rows.rds")
    read_embeddings("columns.rds")
    read_embeddings("label.csv")
  })
})

test_that("large sums are finite numbers all the same", {
  # R's own parser takes 1e308 for another double without
  skip_if_not(capabilities("long.double"), "long double")
  local_folder()
  text_file("large.csv", "1e308", "1e308")
  expect_identical(read_parts("large.csv"), parts(cbind(c(1e308, 1e308))))
})

test_that("text in messages is short and printable", {
  expect_identical(quote_text("a\tb"), "\"a\\tb\"")
  expect_identical(quote_text("caf\xe9"), "\"caf<e9>\"")
  expect_identical(quote_text(strrep("a", 99)), paste0("\"", strrep("a", 27), "...\""))
  expect_identical(describe_column(2, NULL), "column 2")
  expect_identical(describe_column(2, c("", "")), "column 2")
  expect_identical(describe_column(2, c("", "b")), "column 2 (b)")
})

test_that("the message of a condition fits a line", {
  error <- tryCatch(
    cli::cli_abort(
      c("First.", "x" = "second", "i" = "third", "fourth"),
      parent = simpleError("no")
    ),
    error = identity
  )
  expect_identical(one_line(error), "First. second third fourth")
  expect_identical(one_line(simpleError("as\n it is")), "as it is")
})
