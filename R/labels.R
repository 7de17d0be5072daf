# Labels become integer codes, equal codes for equal labels.
#
# Two steps: as_labels() converts to a plain vector without NA (integer, logical, whole double,
# character, factor or integer64), code_labels() gives both sides common codes.

as_labels <- function(x, argument, call) {
  if (is.integer(x) && is.null(attributes(x)) && !anyNA(x)) {
    return(x)
  }
  if (inherits(x, "labelled_embeddings")) {
    stop_labelled(argument, call)
  }
  x <- as_base_object(x, argument, "labels", call)
  if (is.data.frame(x) && length(x) == 1L) {
    x <- x[[1]]
  }
  x <- drop_label_shape(x, argument, call)
  check_label_type(x, argument, call)
  x <- plain_labels(x, call)
  check_label_missing(x, argument, call)
  if (is.double(x)) whole_labels(x, argument, call) else x
}

# The result of read_embeddings() holds both; here only its labels are valid.
stop_labelled <- function(argument, call) {
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must hold labels, not embeddings with their labels.",
      "i" = "Its labels are {.code {argument}$labels}."
    ),
    argument = argument,
    call = call
  )
}

# One column or none -----------------------------------------------------------------------------

drop_label_shape <- function(x, argument, call) {
  dims <- dim(x)
  if (is.null(dims) || is.data.frame(x)) {
    return(x)
  }
  if (length(dims) > 2L || (length(dims) == 2L && dims[[2]] != 1L)) {
    stop_label_shape(x, argument, call)
  }
  dim(x) <- NULL
  x
}

stop_label_shape <- function(x, argument, call) {
  dims <- dim(x)
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must be a vector of labels or one column of them, not
       {.obj_type_friendly {x}} of shape {format_shape(dims)}.",
      "i" = if (is_one_hot(x)) {
        "It looks one-hot: {.code max.col({argument})} gives the classes."
      } else if (sum(dims != 1L) <= 1L) {
        "{.code as.vector({argument})} makes it a vector."
      } else if (length(dims) == 2L) {
        "If its first column holds the labels, use {.code {argument}[, 1]}."
      }
    ),
    argument = argument,
    call = call
  )
}

is_one_hot <- function(x) {
  (is.numeric(x) || is.logical(x)) && length(dim(x)) == 2L && length(x) > 0L &&
    all(x %in% c(0, 1)) && all(rowSums(x) == 1)
}

# Type -------------------------------------------------------------------------------------------

# Other classed numbers (dates, durations) are refused rather than compared by the numbers inside.
check_label_type <- function(x, argument, call) {
  plain_number <- (is.numeric(x) || is.logical(x)) && (!is.object(x) || inherits(x, "AsIs"))
  if (plain_number || is.character(x) || is.factor(x) || is_integer64(x)) {
    return()
  }
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must hold labels: whole numbers, strings, logicals or a factor, not
       {.obj_type_friendly {x}}.",
      "i" = if (is.data.frame(x)) {
        "Give the column that holds the labels, for example {.code {argument}[[1]]}."
      } else if (is.list(x)) {
        "{.code unlist({argument})} makes it a vector."
      } else if (is.object(x)) {
        "{.code as.character({argument})} makes it text."
      }
    ),
    argument = argument,
    call = call
  )
}

# Without names, and without a class other than these.
plain_labels <- function(x, call) {
  if (is_integer64(x)) {
    need_package("bit64", "to read integer64 labels", call)
    array_of_integer64(x, NULL)
  } else if (is.factor(x)) {
    x
  } else {
    as.vector(unclass(x))
  }
}

# Content ----------------------------------------------------------------------------------------

check_label_missing <- function(x, argument, call) {
  missing <- which(is_missing_label(x))
  if (length(missing) == 0L) {
    return()
  }
  further <- if (length(missing) > 1L) ", the first of {format_count(length(missing))}"
  stop_circleloss(
    "labels",
    c(
      "{.arg {argument}} must not have missing labels.",
      "x" = paste0("Label {format_count(missing[[1]])} is missing", further, "."),
      "i" = "Drop those rows, or give them their own label."
    ),
    argument = argument,
    position = missing[[1]],
    call = call
  )
}

is_missing_label <- function(x) {
  if (is.factor(x)) {
    # A level may itself be NA
    is.na(levels(x)[as.integer(x)])
  } else {
    # bit64, which plain_labels() has loaded, has a method for integer64
    is.na(x)
  }
}

# Whole doubles, as integers if they fit.
whole_labels <- function(x, argument, call) {
  whole <- is.finite(x) & x == trunc(x)
  if (!all(whole)) {
    stop_not_whole(x, which(!whole)[[1]], argument, call)
  }
  if (all(abs(x) <= .Machine$integer.max)) as.integer(x) else x
}

stop_not_whole <- function(x, position, argument, call) {
  stop_circleloss(
    "labels",
    c(
      "Numbers in {.arg {argument}} must be whole.",
      "x" = "Label {format_count(position)} is {.val {x[[position]]}}.",
      "i" = "Use whole numbers, strings or a factor."
    ),
    argument = argument,
    position = position,
    call = call
  )
}

# Common codes -----------------------------------------------------------------------------------

# Returns integer codes of both sides as list(labels, reference_labels); the second is NULL where
# there are no reference labels.
code_labels <- function(labels, reference_labels, call) {
  if (is.null(reference_labels)) {
    codes <- if (has_codes(labels)) as.integer(labels) else code_one_side(labels, call)
    list(codes, NULL)
  } else if (share_codes(labels, reference_labels)) {
    list(as.integer(labels), as.integer(reference_labels))
  } else {
    code_both_sides(labels, reference_labels, call)
  }
}

# Integers are already codes; so are logicals and a factor.
has_codes <- function(x) is.integer(x) || is.logical(x)

share_codes <- function(labels, reference_labels) {
  if (is.factor(labels) || is.factor(reference_labels)) {
    is.factor(labels) && is.factor(reference_labels) &&
      identical(levels(labels), levels(reference_labels))
  } else {
    has_codes(labels) && has_codes(reference_labels)
  }
}

code_one_side <- function(labels, call) {
  if (is_integer64(labels)) {
    labels <- label_text(labels, call)
  }
  match(labels, unique(labels))
}

# Numbers are compared exactly, as numbers. If one side is text or integer64, which doubles cannot
# represent, both become text.
code_both_sides <- function(labels, reference_labels, call) {
  if (!is_text(labels) && !is_text(reference_labels)) {
    labels <- logical_to_integer(labels)
    reference_labels <- logical_to_integer(reference_labels)
  }
  if (!is_plain_number(labels) || !is_plain_number(reference_labels)) {
    labels <- label_text(labels, call)
    reference_labels <- label_text(reference_labels, call)
  }
  known <- unique(c(labels, reference_labels))
  list(match(labels, known), match(reference_labels, known))
}

is_text <- function(x) is.character(x) || is.factor(x)

is_plain_number <- function(x) is.numeric(x) && !is.object(x)

logical_to_integer <- function(x) if (is.logical(x)) as.integer(x) else x

# Whole numbers are written in full, without exponent or negative zero.
label_text <- function(x, call) {
  if (is_integer64(x)) {
    integer64_to_text(x, call)
  } else if (is.integer(x) && !is.factor(x)) {
    sprintf("%d", x)
  } else if (is.double(x)) {
    sprintf("%.0f", x + 0)
  } else {
    as.character(x)
  }
}
