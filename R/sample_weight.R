# Numbers of the anchors: sample weights, and the upstream derivatives of a gradient. The name of
# the argument is also the last part of the condition class.

as_sample_weight <- function(x, count, call) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- as_numbers(x, "sample_weight", call)
  if (anyNA(x) || any(x < 0) || any(x == Inf)) {
    stop_number("sample_weight", x, !is.finite(x) | x < 0, "finite and not negative", call)
  }
  if (length(x) == 1L) {
    return(rep_len(x, count))
  }
  if (length(x) != count) {
    stop_number_count("sample_weight", x, count, "one number, or one for each row", call)
  }
  x
}

as_upstream <- function(x, count, call) {
  if (is.null(x)) {
    return(NULL)
  }
  x <- as_numbers(x, "upstream", call)
  if (!all(is.finite(x))) {
    stop_number("upstream", x, !is.finite(x), "finite", call)
  }
  if (length(x) != count) {
    stop_number_count("upstream", x, count, "one number for each row", call)
  }
  x
}

# A plain double vector from a vector, one column, a 1-d array or a tensor.
as_numbers <- function(x, argument, call) {
  if (is.double(x) && is.null(attributes(x))) {
    return(x)
  }
  x <- as_base_object(x, argument, argument, call)
  if (is.data.frame(x) && length(x) == 1L) {
    x <- x[[1]]
  }
  if (is_integer64(x)) {
    x <- integer64_to_double(x, call)
  }
  dims <- dim(x)
  if (length(dims) > 2L || (length(dims) == 2L && dims[[2]] != 1L)) {
    stop_number_shape(argument, dims, call)
  }
  if (!is.numeric(x) && !is.logical(x)) {
    stop_circleloss(
      argument,
      "{.arg {argument}} must be numeric, not {.obj_type_friendly {x}}.",
      argument = argument,
      call = call
    )
  }
  as.double(x)
}

stop_number_shape <- function(argument, dims, call) {
  stop_circleloss(
    argument,
    c(
      "{.arg {argument}} must be a vector or one column, not of shape {format_shape(dims)}.",
      "i" = if (sum(dims != 1L) <= 1L) "{.code as.vector({argument})} makes it a vector."
    ),
    argument = argument,
    call = call
  )
}

stop_number <- function(argument, x, at_fault, wanted, call) {
  position <- which(at_fault)[[1]]
  stop_circleloss(
    argument,
    c(
      "{.arg {argument}} must be {wanted}.",
      "x" = "Number {format_count(position)} is {.val {x[[position]]}}."
    ),
    argument = argument,
    position = position,
    call = call
  )
}

stop_number_count <- function(argument, x, count, wanted, call) {
  stop_circleloss(
    argument,
    c(
      "{.arg {argument}} must be {wanted} of {.arg y_pred}.",
      "x" = "It has {count_of(length(x), 'number')}, {.arg y_pred} has {count_of(count, 'row')}."
    ),
    argument = argument,
    call = call
  )
}
