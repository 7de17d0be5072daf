# Runs the tests against the installed package and records how many expectations passed, failed and
# were skipped.
#
#   Rscript .ci/tests.R tests/testthat COUNTS
#
# The environment variable TESTS_FILTER, if set, selects test files, like testthat's `filter`.
#
# COUNTS becomes a file of one line: passed failed skipped. The status is 1 if anything failed.

arguments <- commandArgs(trailingOnly = TRUE)
Sys.setenv(NOT_CRAN = "true")

results <- as.data.frame(testthat::test_dir(
  arguments[[1]],
  package = "circleloss",
  load_package = "installed",
  filter = if (nzchar(Sys.getenv("TESTS_FILTER"))) Sys.getenv("TESTS_FILTER"),
  reporter = "check",
  stop_on_failure = FALSE
))

passed <- sum(results$passed)
failed <- sum(results$failed) + sum(results$error)
skipped <- sum(results$skipped)
writeLines(paste(passed, failed, skipped), arguments[[2]])
quit(status = as.integer(failed > 0 || passed == 0))
