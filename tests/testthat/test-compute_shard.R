# What a worker does.

test_that("another version of the package on a worker is refused", {
  skip_if_not_installed("parallelly")
  expect_error(
    circleloss:::compute_shard(list(version = "0.0.1")), "version 0.0.1", fixed = TRUE
  )
})

test_that("rows that are missing are asked for", {
  skip_if_not_installed("parallelly")
  source <- list(
    file = tempfile(), key = "there 1 3", node = "", time = 0, sample = "",
    layout = list(type = "float32", rows = 3)
  )
  task <- list(
    routine = "sums", version = circleloss:::shard_version(), sent = NULL,
    batch = list(embeddings = source, labels = 1:3), settings = list(), request = list()
  )
  expect_identical(circleloss:::compute_shard(task)$missing, c(embeddings = "there 1 3"))
})

test_that("a worker keeps to its share of the processors", {
  skip_if_not_installed("parallelly")
  old <- options(mc.cores = 1L)
  on.exit(options(old))
  expect_identical(circleloss:::worker_threads(environment()), 1L)
  options(mc.cores = 2L)
  previous <- circleloss_threads(1)
  on.exit(circleloss_threads(previous), add = TRUE)
  expect_identical(circleloss:::worker_threads(environment()), 1L)
})
