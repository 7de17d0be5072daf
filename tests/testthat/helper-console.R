# What the tests of the R layer share: five anchors of three classes, and the way to check
# everything that is refused.

five_embeddings <- function() {
  rbind(c(1, 0), c(0.6, 0.8), c(0, 1), c(-0.6, 0.8), c(-1, 0))
}

five_labels <- function() c(0L, 0L, 1L, 1L, 2L)

# Every expression of the block must fail with an error of this leaf. The messages go into a
# snapshot, so that a change of words is seen.
expect_refused <- function(leaf, block) {
  block <- rlang::enexpr(block)
  frame <- rlang::caller_env()
  leaf <- paste0("circleloss_error_", leaf)
  for (expression in as.list(block)[-1]) {
    error <- expect_error(eval(expression, frame), class = leaf)
    expect_s3_class(error, c(leaf, "circleloss_error", "rlang_error"), exact = FALSE)
  }
  expect_message_snapshot(block, frame, error = TRUE)
}

# Likewise for expressions that warn, once each.
expect_warned <- function(leaf, block) {
  block <- rlang::enexpr(block)
  frame <- rlang::caller_env()
  leaf <- paste0("circleloss_warning_", leaf)
  for (expression in as.list(block)[-1]) {
    expect_identical(warning_classes(eval(expression, frame)), leaf)
  }
  expect_message_snapshot(block, frame)
}

# The first class of every warning that the code raises.
warning_classes <- function(code) {
  classes <- character()
  withCallingHandlers(code, warning = function(warning) {
    classes <<- c(classes, class(warning)[[1]])
    tryInvokeRestart("muffleWarning")
  })
  classes
}

# A snapshot ends the test where it is not taken, so it is left out there instead.
expect_message_snapshot <- function(block, frame, error = FALSE) {
  if (!on_cran()) {
    snapshot <- rlang::expr(expect_snapshot(
      !!block, error = !!error, cnd_class = TRUE, transform = !!of_any_version
    ))
    rlang::inject(!!snapshot, frame)
  }
}

# What reticulate and NumPy say in their own words differs between their versions, and so does the
# function in which an error of R is said to be. Advice names another function where reticulate is
# older, see python_advice().
of_any_version <- function(lines) {
  lines <- gsub("py_(install|require)", "py_...", lines)
  lines <- sub("^Caused by error in `.*\\(\\)`:", "Caused by error:", lines)
  lines <- sub("^! ValueError: .*", "! ValueError: ...", lines)
  lines[!grepl("^Run .*py_last_error", lines)]
}

on_cran <- function() !interactive() && !identical(Sys.getenv("NOT_CRAN"), "true")
