# Runs the command inside of this session: its status and what it writes to either stream.

run_cli <- function(...) {
  streams <- list(output = tempfile(), errors = tempfile())
  connections <- lapply(streams, file, open = "wb")
  on.exit(unlink(unlist(streams)))
  status <- tryCatch(
    cli_main(c(...), connections$output, connections$errors),
    finally = lapply(connections, close)
  )
  lines <- lapply(streams, readLines, encoding = "UTF-8")
  list(status = status, output = lines$output, errors = lines$errors)
}

# The output of a command that ends well, with nothing on the error stream.
good_output <- function(...) {
  result <- run_cli(...)
  expect_identical(result$status, 0L)
  expect_identical(result$errors, character())
  result$output
}

# Every call of the block must end with status 2, without output, and one line of errors.
expect_unusable <- function(block) {
  block <- rlang::enexpr(block)
  frame <- rlang::caller_env()
  lines <- vapply(as.list(block)[-1], function(expression) {
    result <- eval(expression, frame)
    expect_identical(result$status, 2L)
    expect_identical(result$output, character())
    expect_length(result$errors, 1)
    result$errors
  }, "")
  if (!on_cran()) {
    expect_snapshot(writeLines(lines))
  }
}

skip_if_no_optparse <- function() skip_if_not_installed("optparse")

# A folder for the files of a test that runs the command.
local_command_folder <- function(frame = parent.frame()) {
  skip_if_no_optparse()
  local_folder(frame)
}

# Six embeddings of three classes; `near` moves one of them to another class.
pets_file <- function(name = "pets.csv", near = FALSE) {
  x <- rbind(c(1, 0), c(0.8, 0.6), c(0, 1), c(-0.1, 1), c(-1, 0), c(-1, -0.1))
  if (near) {
    x[2, ] <- c(0, 1.1)
  }
  labels <- rep(c("cat", "dog", "eel"), each = 2)
  text_file(name, "label,x,y", paste(labels, x[, 1], x[, 2], sep = ","))
}
