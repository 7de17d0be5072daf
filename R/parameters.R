# The plain arguments: gamma, margin, name and the flags. Checked with base functions only,
# since a training loop passes here at every step.

check_gamma <- function(gamma, call) {
  if (!is_finite_number(gamma) || gamma <= 0) {
    stop_parameter("gamma", gamma, "one finite number greater than 0", call)
  }
  as.double(gamma)
}

check_margin <- function(margin, call) {
  if (!is_finite_number(margin)) {
    stop_parameter("margin", margin, "one finite number", call)
  }
  as.double(margin)
}

check_name <- function(name, call) {
  if (!is.character(name) || length(name) != 1L || is.na(name)) {
    stop_parameter("name", name, "one string", call)
  }
  as.character(name)
}

check_flag <- function(flag, argument, call) {
  if (!isTRUE(flag) && !isFALSE(flag)) {
    stop_circleloss(
      "flag",
      "{.arg {argument}} must be {.code TRUE} or {.code FALSE}, not {describe_value(flag)}.",
      argument = argument,
      call = call
    )
  }
  isTRUE(flag)
}

is_finite_number <- function(x) {
  is.numeric(x) && length(x) == 1L && !is.object(x) && is.finite(x)
}

stop_parameter <- function(argument, value, wanted, call) {
  stop_circleloss(
    "parameter",
    "{.arg {argument}} must be {wanted}, not {describe_value(value)}.",
    argument = argument,
    call = call
  )
}

# A short value is shown, anything else is named by its type.
describe_value <- function(x) {
  short <- is.atomic(x) && !is.object(x) && length(x) == 1L
  if (short && is.character(x) && !is.na(x)) {
    encodeString(x, quote = "\"")
  } else if (short) {
    paste(x)
  } else {
    cli::format_inline("{.obj_type_friendly {x}}")
  }
}
