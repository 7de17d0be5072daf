# The one place where the errors and warnings of the package are raised.
#
# `leaf` is the last part of the condition class. Every leaf has a line on the page
# ?circleloss_conditions (circleloss-package.R), as a test checks. `call` is the frame of the
# function that the user called, which the message names.

stop_circleloss <- function(leaf, message, ..., call, envir = parent.frame()) {
  cli::cli_abort(
    message,
    ...,
    class = c(paste0("circleloss_error_", leaf), "circleloss_error"),
    call = call,
    .envir = envir
  )
}

warn_circleloss <- function(leaf, message, ..., call, envir = parent.frame()) {
  cli::cli_warn(
    message,
    ...,
    class = c(paste0("circleloss_warning_", leaf), "circleloss_warning"),
    call = call,
    .envir = envir
  )
}

# `x` is an argument of the caller, passed on as it is.
need_argument <- function(x, hint, call) {
  if (missing(x)) {
    stop_missing_argument(as.character(substitute(x)), hint, call)
  }
}

stop_missing_argument <- function(argument, hint, call) {
  stop_circleloss(
    "missing_argument",
    c("{.arg {argument}} is missing.", "i" = hint),
    argument = argument,
    call = call
  )
}

# A suggested package, at the time it is needed.
need_package <- function(package, purpose, call) {
  if (!requireNamespace(package, quietly = TRUE)) {
    stop_circleloss(
      "package",
      c(
        "The package {.pkg {package}} is needed {purpose}.",
        "i" = "Install it with {.code install.packages(\"{package}\")}."
      ),
      package = package,
      call = call
    )
  }
}

# Counts without an exponent, lengths with three digits.
format_count <- function(x) format(x, scientific = FALSE, trim = TRUE)

count_of <- function(count, thing) {
  paste0(format_count(count), " ", thing, if (count != 1) "s")
}

format_length <- function(x) format(x, digits = 3)

format_shape <- function(dims) paste(format_count(dims), collapse = " x ")
