# The progress bar of long work in an interactive session.

# From this many multiplications on, work may exceed the two seconds after which the engine reports.
large_work <- 1e9

# NULL for small work or a session that is not interactive.
new_progress <- function(batch, message) {
  references <- if (is.null(batch$references)) batch$embeddings else batch$references
  if (prod(dim(batch$embeddings)) * nrow(references) < large_work) {
    return(NULL)
  }
  if (rlang::is_interactive()) new_progress_bar(message)
}

# The engine calls `report` with the fraction done; the first call makes the bar. `close` removes it
# if there is one.
new_progress_bar <- function(message) {
  frame <- environment()
  begun <- Sys.time()
  left <- ""
  bar <- NULL

  open <- function() {
    # The engine has already waited before its first report
    previous <- options(cli.progress_show_after = 0)
    on.exit(options(previous))
    bar <<- cli::cli_progress_bar(
      format = "{message} {cli::pb_bar} {cli::pb_percent}{left}",
      total = 100,
      auto_terminate = FALSE, # several reports may be of 100 %
      .auto_close = FALSE,
      .envir = frame
    )
  }
  report <- function(fraction) {
    if (is.null(bar)) {
      open()
    }
    left <<- format_time_left(fraction, as.double(Sys.time() - begun, units = "secs"))
    cli::cli_progress_update(set = round(100 * fraction), force = TRUE, id = bar, .envir = frame)
  }
  close <- function() {
    if (!is.null(bar)) {
      cli::cli_progress_done(id = bar, .envir = frame)
      bar <<- NULL
    }
  }
  list(report = report, close = close)
}

# The time left at the current rate. cli's own estimate starts with the bar, later than the work.
format_time_left <- function(fraction, elapsed) {
  seconds <- elapsed * (1 - fraction) / fraction
  if (fraction <= 0 || seconds < 1) {
    ""
  } else if (seconds < 90) {
    paste0(" | ", round(seconds), " s left")
  } else {
    paste0(" | ", round(seconds / 60), " min left")
  }
}
