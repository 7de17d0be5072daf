# Finished shards in files.

some_task <- function(gamma = 80) {
  list(
    routine = "sums", version = "1", settings = list(gamma = gamma),
    batch = list(embeddings = list(key = "a", file = "x"), labels = 1:3), request = list()
  )
}

test_that("a file belongs to all that a result depends on, and to nothing else", {
  name <- function(task) circleloss:::checkpoint_file(task, "folder")
  moved <- some_task()
  moved$batch$embeddings$file <- "y"
  moved$sent <- list(a = raw(3))
  expect_identical(name(moved), name(some_task()))
  changed <- list(some_task(81), some_task(), some_task(), some_task(), some_task())
  changed[[2]]$version <- "2"
  changed[[3]]$batch$labels <- 1:4
  changed[[4]]$batch$embeddings$key <- "b"
  changed[[5]]$request$upstream <- 1
  names <- vapply(changed, name, "")
  expect_false(name(some_task()) %in% names)
  expect_false(any(duplicated(names)))
  expect_null(circleloss:::checkpoint_file(some_task(), NULL))
})

test_that("a shard that is torn at any byte, or changed at any, is not read", {
  file <- tempfile()
  result <- list(status = "ok", sums = c(1, 2))
  circleloss:::write_shard(result, file, environment())
  expect_identical(circleloss:::read_shard(file), result)
  whole <- readBin(file, "raw", file.size(file))
  for (length in seq(0, length(whole) - 1)) {
    writeBin(whole[seq_len(length)], file)
    expect_null(circleloss:::read_shard(file))
  }
  for (at in seq_along(whole)) {
    damaged <- whole
    damaged[[at]] <- xor(damaged[[at]], as.raw(1))
    writeBin(damaged, file)
    expect_null(circleloss:::read_shard(file))
  }
  writeBin(c(whole, as.raw(0)), file)
  expect_null(circleloss:::read_shard(file))
  unlink(file)
  expect_null(circleloss:::read_shard(file))
})

test_that("a call goes on from finished shards, and computes torn ones again", {
  use_plan("sequential")
  some <- some_batch(500)
  folder <- file.path(tempfile(), "new", "folder")
  compute <- function(rows = 200, gamma = 80) {
    loss_circle_gradient(
      some$y, some$x, gamma = gamma, distribute = distribution(rows, checkpoint = folder)
    )
  }
  expected <- loss_circle_gradient(some$y, some$x, distribute = distribution(rows = 200))
  expect_identical(compute(), expected)
  files <- dir(folder, full.names = TRUE)
  expect_length(files, 12L)
  before <- file.info(files)$mtime
  Sys.setFileTime(files, before - 100)
  expect_identical(compute(), expected)
  expect_equal(file.info(files)$mtime, before - 100)

  for (file in files[c(1, 5, 12)]) {
    writeBin(readBin(file, "raw", file.size(file) %/% 2), file)
  }
  expect_identical(compute(), expected)
  expect_identical(compute(), expected)
  expect_identical(dir(folder, full.names = TRUE), files)
  compute(gamma = 81)
  expect_length(dir(folder), 24L)
})

test_that("a folder that cannot be made is an error", {
  use_plan("sequential")
  some <- some_batch(50)
  file <- tempfile()
  writeLines("", file)
  expect_error(
    loss_circle(some$y, some$x, distribute = distribution(checkpoint = file.path(file, "below"))),
    class = "circleloss_error_file"
  )
})
