# The conditions of --fail-if.

parse <- function(text) parse_condition(text, NULL)

test_that("a condition is a metric, a comparison and a number", {
  expect_identical(
    parse(" recall_at_1 < 0.95 "),
    list(text = "recall_at_1 < 0.95", metric = "recall_at_1", comparison = "<", number = 0.95)
  )
  expect_identical(parse("tar_at_far_0.001>=1e-3")$metric, "tar_at_far_0.001")
  for (comparison in names(comparisons)) {
    expect_identical(parse(paste0("loss", comparison, "-1.5"))$comparison, comparison)
  }
})

test_that("anything else is refused, and never evaluated", {
  expect_refused("option", {
    parse("")
    parse("loss")
    parse("loss <")
    parse("loss = 1")
    parse("loss < one")
    parse("1 < loss")
    parse("loss < 1 || auc < 1")
    parse("loss < system('ls')")
    parse("{loss} < 1")
  })
})

report <- function(metrics, ...) {
  place <- tempfile()
  errors <- file(place, "wb")
  status <- report_conditions(lapply(c(...), parse), metrics, errors)
  close(errors)
  on.exit(unlink(place))
  list(status = status, lines = readLines(place))
}

test_that("conditions that hold are failures, each with the value", {
  metrics <- c(a = 0.5, b = 2)
  expect_identical(report(metrics), list(status = 0L, lines = character()))
  expect_identical(report(metrics, "a < 0.5", "b != 2")$status, 0L)
  failed <- report(metrics, "a <= 0.5", "b < 2", "b==2")
  expect_identical(failed$status, 1L)
  expect_identical(
    failed$lines,
    c("circleloss: failed: a <= 0.5 (a is 0.5)", "circleloss: failed: b==2 (b is 2)")
  )
  expect_identical(report(metrics, "a >= 0.5")$status, 1L)
  expect_identical(report(metrics, "a > 0.5")$status, 0L)
})

test_that("a metric that is not defined is a failure", {
  failed <- report(c(a = NA), "a < 0.5")
  expect_identical(failed$status, 1L)
  expect_identical(
    failed$lines,
    "circleloss: failed: a < 0.5 (a is not defined for these embeddings)"
  )
})

test_that("metrics that are none are refused", {
  expect_refused("option", {
    check_metrics_exist(list(parse("recall < 1")), c(loss = 1, auc = 1), NULL)
  })
  expect_null(check_metrics_exist(list(), c(loss = 1), NULL))
})
