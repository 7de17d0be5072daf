# The scalar arguments: gamma, margin, name, flags and choices. Checked with base functions only,
# for speed in a training loop.

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
  if (!is_string(name)) {
    stop_parameter("name", name, "one string", call)
  }
  as.character(name)
}

check_flag <- function(flag, argument, call) {
  if (is.logical(flag) && length(flag) == 1L && !is.na(flag)) {
    return(as.logical(flag))
  }
  stop_circleloss(
    "flag",
    "{.arg {argument}} must be {.code TRUE} or {.code FALSE}, not {describe_value(flag)}.",
    argument = argument,
    call = call
  )
}

check_choice <- function(value, choices, argument, call, leaf = "parameter", hint = NULL) {
  if (is_one_of(value, choices)) {
    return(as.character(value))
  }
  stop_circleloss(
    leaf,
    c("{.arg {argument}} must be {.or {.val {choices}}}, not {describe_value(value)}.", "i" = hint),
    argument = argument,
    call = call
  )
}

# For an argument whose default is all choices, which means the first.
match_choice <- function(value, choices, ...) {
  if (identical(value, choices)) choices[[1]] else check_choice(value, choices, ...)
}

check_object <- function(x, class, argument, wanted, hint, call) {
  if (!inherits(x, class)) {
    stop_circleloss(
      "object",
      c("{.arg {argument}} must be {wanted}, not {describe_value(x)}.", "i" = hint),
      argument = argument,
      call = call
    )
  }
}

is_string <- function(x) is.character(x) && length(x) == 1L && !is.na(x)

is_one_of <- function(x, choices) {
  is.character(x) && length(x) == 1L && match(x, choices, 0L) > 0L
}

is_finite_number <- function(x) {
  is.numeric(x) && length(x) == 1L && !is.object(x) && is.finite(x)
}

is_whole_number <- function(x) is_finite_number(x) && x == trunc(x)

# How many rows or pairs of a table are wanted.
check_row_count <- function(n, what, call) {
  if (!is_whole_number(n) || n < 0) {
    stop_parameter("n", n, paste("a whole number of", what), call)
  }
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
