# The number of threads.

keep_threads <- function(frame = parent.frame()) {
  previous <- thread_state$requested
  options <- options(circleloss.threads = NULL)
  expression <- rlang::expr({
    assign("requested", !!previous, thread_state)
    options(!!options)
  })
  do.call(on.exit, list(expression, add = TRUE), envir = frame)
}

test_that("it reads, sets and resets", {
  keep_threads()
  circleloss_threads(1)
  expect_identical(circleloss_threads(), 1L)
  expect_invisible(circleloss_threads(1))
  expect_identical(circleloss_threads(NULL), 1L)
  expect_gte(circleloss_threads(), 1L)
  expect_type(circleloss_threads(), "integer")
  expect_null(thread_state$requested)
})

test_that("the option counts until a number is set", {
  keep_threads()
  circleloss_threads(NULL)
  options(circleloss.threads = 1)
  expect_identical(circleloss_threads(), 1L)
  circleloss_threads(2)
  expect_identical(requested_threads(NULL), 2L)
  circleloss_threads(NULL)
  expect_identical(requested_threads(NULL), 1L)
})

test_that("huge numbers are capped", {
  keep_threads()
  circleloss_threads(1e10)
  expect_lte(circleloss_threads(), 1024L)
})

test_that("the report tells what the number depends on", {
  report <- thread_report()
  expect_named(report, c("processors", "quota", "thread_limit", "forked"))
  expect_false(report$forked)
  expect_gte(report$processors, 1L)
})

test_that("only positive whole numbers are accepted", {
  keep_threads()
  expect_refused("threads", {
    circleloss_threads(0)
    circleloss_threads(-1)
    circleloss_threads(1.5)
    circleloss_threads(NA)
    circleloss_threads(Inf)
    circleloss_threads("2")
    circleloss_threads(1:2)
    circleloss_threads(TRUE)
  })
})

test_that("so it is with the option, when it is read", {
  keep_threads()
  circleloss_threads(NULL)
  options(circleloss.threads = "many")
  x <- five_embeddings()
  y <- five_labels()
  expect_refused("threads", {
    circleloss_threads()
    loss_circle(y, x)
  })
})

test_that("a check for CRAN uses two threads by default", {
  before <- Sys.getenv("_R_CHECK_LIMIT_CORES_", NA)
  on.exit(if (is.na(before)) {
    Sys.unsetenv("_R_CHECK_LIMIT_CORES_")
  } else {
    Sys.setenv("_R_CHECK_LIMIT_CORES_" = before)
  })
  Sys.setenv("_R_CHECK_LIMIT_CORES_" = "TRUE")
  expect_identical(default_threads(), 2L)
  Sys.setenv("_R_CHECK_LIMIT_CORES_" = "false")
  expect_identical(default_threads(), 0L)
  Sys.unsetenv("_R_CHECK_LIMIT_CORES_")
  expect_identical(default_threads(), 0L)
})

test_that("unloading ends the threads and leaves no code behind", {
  skip_if_not(dir.exists("/proc/self/task"), "Threads are counted on Linux only")
  script <- quote({
    count <- function() length(list.files("/proc/self/task"))
    x <- circleloss::unit_normalize(circleloss::digits$pixels)
    before <- count()
    for (time in 1:3) {
      circleloss::circleloss_threads(4)
      circleloss::loss_circle_gradient(circleloss::digits$digit, x)
      during <- count()
      unloadNamespace("circleloss")
      mapped <- any(grepl("circleloss[.]so", readLines("/proc/self/maps")))
      stopifnot(during == before + 3L, count() == before, !mapped)
    }
    "ended"
  })
  expect_identical(callr::r(as.function(list(script)), libpath = .libPaths()), "ended")
})
