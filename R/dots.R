# The contents of `...`: sample_weight and distribute in a direct call, misspelt arguments, and
# arguments of other versions.

# The names in `...` without evaluating anything, "" for an unnamed one.
dot_names <- function(...) {
  names <- names(substitute(list(...)))[-1]
  if (is.null(names)) rep("", ...length()) else names
}

# An argument as given in `...`, or NULL.
dot_argument <- function(name, ...) {
  position <- match(name, dot_names(...))
  if (is.na(position)) NULL else ...elt(position)
}

# Unnamed arguments are an error. Named ones that are not among `accepted` are ignored with a
# warning that suggests one of these, or of `formals`, for a misspelt name.
check_dots <- function(names, accepted, formals, call) {
  if (any(names == "")) {
    stop_unnamed(sum(names == ""), formals, call)
  }
  if (anyDuplicated(names[names %in% accepted])) {
    stop_circleloss(
      "dots",
      "{.arg {names[duplicated(names)][[1]]}} must be given only once.",
      call = call
    )
  }
  ignored <- setdiff(names, accepted)
  if (length(ignored) > 0L) {
    warn_ignored(ignored, c(setdiff(names(formals), "..."), accepted), call)
  }
}

# Without a need for compatibility, an unknown argument is an error.
check_no_dots <- function(names, formals, call) {
  if (any(names == "")) {
    stop_unnamed(sum(names == ""), formals, call)
  }
  known <- setdiff(names(formals), "...")
  meant <- closest_name(names[[1]], known)
  stop_circleloss(
    "dots",
    c(
      "There is no argument {.arg {names[[1]]}}.",
      "i" = if (is.na(meant)) {
        "The arguments are {.arg {known}}."
      } else {
        "Did you mean {.arg {meant}}?"
      }
    ),
    argument = names[[1]],
    call = call
  )
}

# `formals` are those of the called function: the example is the first argument after the dots.
stop_unnamed <- function(count, formals, call) {
  left_over <- if (count == 1) "is left over" else "are left over"
  dots <- match("...", names(formals))
  last <- names(formals)[[dots - 1L]]
  example <- paste(names(formals)[[dots + 1L]], "=", deparse(formals[[dots + 1L]]))
  stop_circleloss(
    "dots",
    c(
      "{count_of(count, 'argument')} without a name {left_over}.",
      "i" = "After {.arg {last}} every argument must be named: {.code {example}}."
    ),
    call = call
  )
}

warn_ignored <- function(ignored, known, call) {
  meant <- vapply(ignored, closest_name, "", known = known)
  misspelt <- ignored[!is.na(meant)]
  meant <- meant[!is.na(meant)]
  # Names may be any strings, so the text refers to them rather than containing them
  questions <- sprintf(
    "Did you mean {.arg {meant[[%1$d]]}} instead of {.arg {misspelt[[%1$d]]}}?",
    seq_along(meant)
  )
  warn_circleloss(
    "ignored_argument",
    c(
      "{cli::qty(length(ignored))}Argument{?s} {.arg {ignored}} {?is/are} ignored.",
      rlang::set_names(questions, rep("i", length(questions))),
      "i" = if ("sample_weight" %in% ignored) {
        "{.arg sample_weight} belongs in the call of the loss:
         {.code loss(y_true, y_pred, sample_weight)}."
      }
    ),
    arguments = ignored,
    call = call
  )
}

# The known name that `name` was probably meant to be, or NA.
closest_name <- function(name, known) {
  if (nchar(name) < 3) {
    return(NA_character_)
  }
  furthest <- min(2, nchar(name) %/% 4)
  for (distance in seq(0, furthest)) {
    similar <- agrepl(name, known, max.distance = distance, ignore.case = TRUE)
    if (any(similar)) {
      return(known[similar][[1]])
    }
  }
  NA_character_
}
