# An interrupt ends a long computation with R's interrupt condition, and the session goes on.
# It runs in an R session of its own, so that a signal that comes late cannot hit the tests.

# In the child: `work` is interrupted, then a small loss is computed as before it
interrupted_session <- function(work, ready, library) {
  library(circleloss, lib.loc = library)
  circleloss_threads(2)
  set.seed(1)
  rows <- 200000L
  labels <- sample.int(1000L, rows, replace = TRUE)
  embeddings <- unit_normalize(matrix(stats::rnorm(rows * 16), rows))
  small <- function() {
    loss_circle_gradient(labels[1:500] %% 7L, embeddings[1:500, ], dtype = "float32")
  }

  before <- small()
  file.create(ready)
  ended_by <- tryCatch(
    {
      work(labels, embeddings)
      "the end of the work"
    },
    interrupt = function(condition) "an interrupt",
    error = function(condition) conditionMessage(condition)
  )
  list(ended_by = ended_by, before = before, after = small())
}

# Limits in seconds: far above what a slow machine needs, so that they only catch a hang
start_limit <- 120
end_limit <- 120

expect_interruptible <- function(work) {
  skip_if_not_installed("callr")
  # The tests of an attached source tree have no library to load the package from
  library <- dirname(system.file(package = "circleloss"))
  skip_if_not(file.exists(file.path(library, "circleloss", "Meta", "package.rds")))

  ready <- tempfile()
  environment(work) <- globalenv()
  child <- callr::r_bg(interrupted_session, list(work, ready, library), supervise = TRUE)
  on.exit(child$kill())

  deadline <- Sys.time() + start_limit
  while (!file.exists(ready) && child$is_alive() && Sys.time() < deadline) {
    Sys.sleep(0.1)
  }
  expect_true(file.exists(ready))
  # Well into the work, which takes seconds on any machine
  Sys.sleep(1)
  child$interrupt()
  child$wait(1000 * end_limit)
  expect_false(child$is_alive())

  result <- child$get_result()
  expect_identical(result$ended_by, "an interrupt")
  expect_identical(result$after, result$before)
}

test_that("an interrupt ends a loss, and the session goes on", {
  skip_on_cran()
  skip_on_os("windows")
  expect_interruptible(function(labels, embeddings) loss_circle(labels, embeddings))
})

test_that("an interrupt ends a gradient, and the session goes on", {
  skip_on_cran()
  skip_on_os("windows")
  expect_interruptible(function(labels, embeddings) {
    loss_circle_gradient(labels, embeddings, labels, embeddings, dtype = "float64")
  })
})

test_that("an interrupt ends a loss with references and one thread", {
  skip_on_cran()
  skip_on_os("windows")
  expect_interruptible(function(labels, embeddings) {
    circleloss_threads(1)
    loss_circle(labels, embeddings, labels, embeddings, dtype = "float32")
  })
})
