# The progress bar.

large_batch <- function() {
  # What counts is the number of pairs; the embeddings are long but empty
  list(embeddings = matrix(0, 40000, 1), references = NULL)
}

test_that("there is no bar for small work, nor where nobody looks on", {
  rlang::local_interactive(TRUE)
  small <- list(embeddings = five_embeddings())
  expect_null(new_progress(small, "Loss"))
  expect_null(new_progress(c(small, list(references = diag(2))), "Loss"))
  rlang::local_interactive(FALSE)
  expect_null(new_progress(large_batch(), "Loss"))
})

test_that("there is one for large work", {
  rlang::local_interactive(TRUE)
  expect_named(new_progress(large_batch(), "Loss"), c("report", "close"))
  batch <- list(embeddings = matrix(0, 1000, 10), references = matrix(0, 1e6, 0))
  expect_named(new_progress(batch, "Loss"), c("report", "close"))
})

test_that("the bar is made at the first report, and taken away", {
  before <- cli::cli_progress_num()
  option <- getOption("cli.progress_show_after")
  progress <- new_progress_bar("Loss")
  expect_identical(cli::cli_progress_num(), before)
  output <- cli::cli_fmt({
    progress$report(0.25)
    expect_identical(cli::cli_progress_num(), before + 1L)
    progress$report(0.5)
    progress$report(0.996)
    progress$report(0.998)
    progress$report(1)
    progress$close()
  })
  expect_identical(cli::cli_progress_num(), before)
  expect_identical(getOption("cli.progress_show_after"), option)
  # Twice does no harm, and neither does a bar that was never made
  expect_silent(progress$close())
  expect_silent(new_progress_bar("Loss")$close())
})

test_that("the bar says how long it will still take", {
  expect_identical(format_time_left(0.25, 10), " | 30 s left")
  expect_identical(format_time_left(0.01, 3.6), " | 6 min left")
  expect_identical(format_time_left(0.99, 10), "")
  expect_identical(format_time_left(1, 10), "")
  expect_identical(format_time_left(0, 10), "")
})

test_that("the value is the same with an interactive session", {
  rlang::local_interactive(TRUE)
  set.seed(1)
  x <- unit_normalize(matrix(stats::rnorm(4000 * 80), 4000))
  y <- rep(1:400, 10)
  value <- loss_circle(y, x)
  gradient <- loss_circle_gradient(y, x)
  rlang::local_interactive(FALSE)
  expect_identical(loss_circle(y, x), value)
  expect_identical(loss_circle_gradient(y, x), gradient)
})
