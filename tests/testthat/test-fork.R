# After a fork (parallel::mclapply) the child computes, with the same bits, and does not hang.

# What a child computes: several sizes, so that blocks and threads come into play
forked_work <- function(k) {
  problem <- random_problem(500 + k, 16, "few", seed = k)
  list(value_of(problem, "float32", "mean"), gradient_of(problem, "float32"))
}

with_threads <- function(n, code) {
  before <- circleloss_threads()
  on.exit(circleloss_threads(before))
  circleloss_threads(n)
  code
}

# A hang shows as no answer within `timeout` seconds: generous, the work takes milliseconds
in_fork <- function(work, timeout = 120) {
  job <- parallel::mcparallel(work())
  answer <- parallel::mccollect(job, wait = FALSE, timeout = timeout)
  if (is.null(answer)) {
    tools::pskill(job$pid, tools::SIGKILL)
    return("no answer")
  }
  answer[[1]]
}

test_that("a forked child computes after the parent used threads", {
  skip_on_os("windows")
  with_threads(2, {
    before <- forked_work(1)
    expect_identical(in_fork(function() forked_work(1)), before)
    # And the parent, in turn, after its child
    expect_identical(forked_work(1), before)
  })
})

test_that("a forked child uses one thread unless it is told more", {
  skip_on_os("windows")
  skip_if(nzchar(Sys.getenv("OMP_NUM_THREADS")), "OMP_NUM_THREADS is set")
  with_threads(2, {
    in_child <- in_fork(function() {
      told <- circleloss_threads()
      circleloss_threads(NULL)
      c(told = told, default = .Call(ffi_threads, 0L), forked = thread_report()$forked)
    })
    expect_identical(in_child, c(told = 2L, default = 1L, forked = 1L))
    expect_false(thread_report()$forked)
  })
})

test_that("mclapply gives the results of lapply", {
  skip_on_os("windows")
  with_threads(2, {
    here <- lapply(1:4, forked_work)
    expect_identical(parallel::mclapply(1:4, forked_work, mc.cores = 2), here)
  })
})

test_that("a grandchild computes as well", {
  skip_on_os("windows")
  before <- forked_work(2)
  expect_identical(in_fork(function() in_fork(function() forked_work(2), 60)), before)
})
