# The command for scripts, `circleloss`: dispatches, and turns conditions into lines on standard
# error and an exit status. Only exec/circleloss ends the process.

status <- c(good = 0L, failed = 1L, unusable = 2L, interrupted = 130L)

cli_main <- function(arguments, output = stdout(), errors = stderr()) {
  with_status(with_plain_numbers(run_command(arguments, output, errors)), errors)
}

# The status that `code` returns, or that of its failure.
with_status <- function(code, errors) {
  tryCatch(
    code,
    error = function(error) {
      complain(one_line(error), errors)
      status[["unusable"]]
    },
    interrupt = function(condition) {
      complain("interrupted", errors)
      status[["interrupted"]]
    }
  )
}

run_command <- function(arguments, output, errors) {
  call <- environment()
  command <- c(arguments, "")[[1]]
  switch(command,
    "--help" = ,
    "-h" = write_result(main_help(), output),
    "--version" = write_result(version_line(), output),
    evaluate = return(cli_evaluate(arguments[-1], output, errors)),
    compare = return(cli_compare(arguments[-1], output, errors)),
    stop_command(command, call)
  )
  status[["good"]]
}

stop_command <- function(command, call) {
  problem <- if (command == "") {
    "there is no command"
  } else if (startsWith(command, "-")) {
    paste("there is no option", command)
  } else {
    paste("there is no command", quote_text(command))
  }
  stop_option(command, problem, "Try `circleloss --help`.", call)
}

stop_option <- function(option, problem, remedy, call) {
  stop_circleloss("option", "{problem}. {remedy}", option = option, call = call)
}

main_help <- function() {
  c(
    "Usage: circleloss COMMAND [options]",
    "",
    "Commands:",
    "    evaluate FILE",
    "        evaluate the labelled embeddings in a file",
    "    compare FILE FILE ...",
    "        compare embeddings of the same rows",
    "",
    "Options:",
    "    --version",
    "        show the version and exit",
    "",
    "    -h, --help",
    "        show this help and exit; `circleloss COMMAND --help` lists its options"
  )
}

version_line <- function() paste("circleloss", package_version_text())

package_version_text <- function() format(utils::packageVersion("circleloss"))

# Lines ------------------------------------------------------------------------------------------

# UTF-8 in any locale: the result may go to a file.
write_result <- function(lines, output) writeLines(enc2utf8(lines), output, useBytes = TRUE)

complain <- function(message, errors) {
  write_result(paste("circleloss:", words_of_command(message)), errors)
}

# Turns the arguments in a message into options of the command: `label_column = "x"` becomes
# `--label-column x`.
words_of_command <- function(message) {
  message <- gsub("`header = FALSE`", "`--no-header`", message)
  message <- gsub("`header = TRUE`", "`--header`", message)
  message <- words_of_lists(message)
  for (argument in arguments_of_command) {
    option <- paste0("--", gsub("_", "-", argument))
    setting <- paste0("`", argument, " = \"?([^`\"]*)\"?`")
    message <- gsub(setting, paste0("`", option, " \\1`"), message)
    message <- gsub(paste0("`", argument, "`"), paste0("`", option, "`"), message)
  }
  message
}

# `drop = c("a", "b")` becomes `--drop a,b`.
words_of_lists <- function(message) {
  found <- gregexpr("`(columns|drop) = c[(][^`]*[)]`", message)
  regmatches(message, found) <- lapply(regmatches(message, found), function(code) {
    code <- gsub("\"|[)]", "", gsub("\", \"", ",", code, fixed = TRUE))
    sub("^`(columns|drop) = c[(]", "`--\\1 ", code)
  })
  message
}

arguments_of_command <- c(
  "labels", "label_column", "columns", "drop", "names", "format", "header", "delimiter", "decimal",
  "encoding", "ref_labels", "k", "metric", "group", "ref_group", "same_group", "gamma", "margin",
  "dtype", "threads", "plot_type", "level", "resample", "baseline"
)

# Runs code; its warnings and messages become lines on standard error, or are muffled.
with_lines_for_conditions <- function(code, errors, quiet) {
  tell <- function(condition, restart) {
    if (!quiet) {
      complain(one_line(condition), errors)
    }
    invokeRestart(restart)
  }
  withCallingHandlers(
    code,
    warning = function(warning) tell(warning, "muffleWarning"),
    message = function(message) tell(message, "muffleMessage")
  )
}
