# Shards on processes of their own: the same bits, whatever becomes of the workers.

# Ends or stops one of the workers once it has computed for a while.
disturb <- function(pid, signal, ticks) {
  script <- tempfile(fileext = ".sh")
  writeLines(c(
    "of() { awk '{ print $14 }' /proc/$1/stat 2>/dev/null; }",
    "begin=$(of $1)",
    "for i in $(seq 3000); do",
    "  now=$(of $1) || exit",
    "  if [ $((now - begin)) -ge $3 ]; then kill -$2 $1; exit; fi",
    "  sleep 0.01",
    "done"
  ), script)
  system2("sh", c(script, pid, signal, ticks), wait = FALSE, stdout = FALSE, stderr = FALSE)
}

pids_of_workers <- function() {
  futures <- lapply(1:2, function(i) {
    future::future(
      {
        circleloss::loss_circle(1:2, diag(2))
        Sys.sleep(0.2)
        Sys.getpid()
      },
      packages = c("circleloss", "parallelly")
    )
  })
  unique(vapply(futures, future::value, 1L))
}

gradient_of_shards <- function(some, shards) {
  suppressMessages(
    loss_circle_gradient(some$y, some$x, distribute = shards), classes = "circleloss_message_shard"
  )
}

test_that("two processes give the bits of one", {
  some <- some_batch()
  references <- some_batch(300, seed = 3)
  shards <- distribution(rows = 300)
  compute <- function() {
    list(
      loss_circle_gradient(some$y, some$x, distribute = shards),
      loss_circle_gradient(some$y, some$x, references$y, references$x, distribute = shards),
      unclass(evaluate_embeddings(some$x, some$y, distribute = shards))[-1]
    )
  }
  use_plan("sequential")
  expected <- compute()
  use_two_processes()
  expect_identical(compute(), expected)
})

# CIRCLELOSS_KILLS: how many runs
test_that("nothing is lost when workers are killed, and the bits are the same", {
  skip_on_os(c("windows", "mac", "solaris"))
  some <- some_batch(3000, 128)
  shards <- distribution(rows = 800)
  use_plan("sequential")
  expected <- gradient_of_shards(some, shards)
  use_two_processes()
  for (run in seq_len(as.integer(Sys.getenv("CIRCLELOSS_KILLS", "2")))) {
    # One that is killed after the last shard is missed by nobody but the next test
    future::plan("sequential")
    future::plan(future::multisession, workers = 2)
    disturb(pids_of_workers()[[1]], 9, with_seed(run, sample.int(12, 1)))
    expect_identical(gradient_of_shards(some, shards), expected)
  }
})

test_that("a worker that hangs is ended, and its shard given to another", {
  skip_on_os(c("windows", "mac", "solaris"))
  some <- some_batch(8000, 256)
  shards <- distribution(rows = 8000, time_limit = 15)
  use_plan("sequential")
  begin <- Sys.time()
  expected <- gradient_of_shards(some, shards)
  # Well within the limit, also on one of two processors that are busy
  skip_if(as.double(Sys.time() - begin, units = "secs") > 3, "this build is slow")
  use_two_processes()
  # Both load the package; then the one that takes the shard is stopped while it computes, since
  # package future waits for one that is stopped before
  pids <- pids_of_workers()
  for (pid in pids) {
    disturb(pid, "STOP", 20)
  }
  expect_message(
    result <- loss_circle_gradient(some$y, some$x, distribute = shards),
    "longer than 15 seconds", class = "circleloss_message_shard"
  )
  expect_identical(result, expected)
})

test_that("a shard that fails again and again is an error", {
  pool <- circleloss:::new_pool(c(1, 1), NULL, distribution(attempts = 2), environment())
  job <- list(shards = 1:2)
  expect_snapshot(error = TRUE, {
    circleloss:::lose(pool, job, "gone\nand more")
    circleloss:::lose(pool, job, "gone")
  })
})

test_that("what a worker cannot compute is an error at once", {
  expect_snapshot(
    error = TRUE,
    circleloss:::stop_failed_shard(3L, simpleError("there is no package"), environment())
  )
  ours <- rlang::error_cnd("circleloss_error_file", message = "a file")
  expect_error(
    circleloss:::stop_failed_shard(3L, ours, environment()), class = "circleloss_error_file"
  )
})

test_that("an error on the way to a worker is a lost worker, one in a shard is not", {
  pool <- circleloss:::new_pool(1, NULL, distribution(attempts = 2), environment())
  job <- list(shards = 1L, future = future::future(stop("no log file"), lazy = TRUE))
  expect_message(circleloss:::take_results(pool, job), class = "circleloss_message_shard")
  expect_identical(pool$failures, 1L)

  found <- circleloss:::compute_shards(list(list(version = "0.0.1")))
  job$future <- future::future(found, lazy = TRUE)
  expect_error(circleloss:::take_results(pool, job), class = "circleloss_error_shard")
  expect_identical(pool$failures, 1L)
})

test_that("progress is one step for each shard", {
  skip_if_not_installed("progressr")
  use_plan("sequential")
  some <- some_batch(50)
  steps <- 0
  withCallingHandlers(
    progressr::with_progress(
      loss_circle(some$y, some$x, distribute = distribution(rows = 20)),
      handlers = progressr::handler_void(), enable = TRUE
    ),
    progression = function(step) steps <<- steps + (step$type == "update" && step$amount > 0)
  )
  expect_identical(steps, 6)
})

test_that("an interrupt leaves finished shards, and the call goes on from them", {
  skip_on_os("windows")
  skip_on_cran()
  some <- some_batch(6000, 128)
  folder <- tempfile()
  use_plan("sequential")
  expected <- gradient_of_shards(some, distribution(rows = 500))
  shards <- distribution(rows = 500, checkpoint = folder)
  script <- tempfile(fileext = ".sh")
  writeLines(c(
    "exec 2>/dev/null",
    "while [ $(ls $1 | wc -l) -lt 5 ]; do sleep 0.01; done; kill -INT $2"
  ), script)
  system2("sh", c(script, folder, Sys.getpid()), wait = FALSE)
  tryCatch(gradient_of_shards(some, shards), interrupt = function(interrupt) NULL)
  expect_gte(length(dir(folder)), 5L)
  expect_identical(gradient_of_shards(some, shards), expected)
})
