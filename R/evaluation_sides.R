# The arguments of evaluate_embeddings() as embeddings, labels and groups: labels and groups may be
# columns of a data frame, and labels may belong to embeddings that were read from a file.

# An argument as a quosure; NULL if it is missing or NULL.
if_given <- function(quosure) {
  if (!rlang::quo_is_missing(quosure) && !rlang::quo_is_null(quosure)) quosure
}

# One side, queries or references: list(embeddings, labels, column, group, group_column), where the
# columns are the names of those of the labels and groups, or NULL. `labels` and `group` are
# arguments as quosures, NULL if not given; `names` are the names of the arguments in messages.
split_side <- function(x, labels, group, columns, names, call) {
  side <- if (is.data.frame(x)) {
    split_frame(x, labels, group, columns, names, call)
  } else {
    split_object_side(x, labels, group, columns, names, call)
  }
  check_not_swapped(side$labels, side$embeddings, names[[2]], names[[1]], call)
  side
}

split_object_side <- function(x, labels, group, columns, names, call) {
  labels <- if (!is.null(labels)) rlang::eval_tidy(labels)
  group <- if (!is.null(group)) rlang::eval_tidy(group)
  if (inherits(x, "labelled_embeddings")) {
    labels <- if (is.null(labels)) x$labels else labels
    x <- x$embeddings
  }
  if (!is.null(columns)) {
    x <- as_embeddings(x, names[[1]], call)
    x <- x[, select_positions(columns, colnames(x), ncol(x), names[[1]], call), drop = FALSE]
  }
  list(embeddings = x, labels = labels, column = NULL, group = group, group_column = NULL)
}

# Data frames ------------------------------------------------------------------------------------

split_frame <- function(frame, labels, group, columns, names, call) {
  found <- find_labels(frame, labels, names, call)
  found_group <- find_labels(frame, group, names[c(1L, 3L)], call)
  positions <- if (is.null(columns)) {
    seq_along(frame)
  } else {
    select_positions(columns, names(frame), length(frame), names[[1]], call)
  }
  kept <- as.list(frame)[positions]
  kept <- kept[!(names(kept) %in% c(found$column, found_group$column))]
  check_columns_numeric(kept, names, is.null(found$column), call)
  # A new data frame, since a subclass may have other methods
  named <- .row_names_info(frame) > 0L
  rows <- if (named) attr(frame, "row.names") else .set_row_names(nrow(frame))
  embeddings <- structure(kept, class = "data.frame", row.names = rows)
  warn_label_column(kept, found$labels, names, call)
  if (is.null(columns)) {
    # Columns that were selected are meant
    warn_index_columns(kept, names(frame), call, match(names(kept), names(frame)), names[[1]])
  }
  list(
    embeddings = embeddings, labels = found$labels, column = found$column,
    group = found_group$labels, group_column = found_group$column
  )
}

# The labels of a data frame: a column, if given by its bare name or as a string; else the value of
# the argument.
find_labels <- function(frame, labels, names, call) {
  if (is.null(labels)) {
    return(list(labels = NULL, column = NULL))
  }
  expression <- rlang::quo_get_expr(labels)
  if (is.symbol(expression) && is_label_column(frame, as.character(expression), labels)) {
    column <- as.character(expression)
    warn_two_meanings(frame, column, labels, names, call)
    return(list(labels = frame[[column]], column = column))
  }
  value <- evaluate_labels(labels, expression, frame, names, call)
  if (is_string(value) && value %in% names(frame)) {
    return(list(labels = frame[[value]], column = as.character(value)))
  }
  if (is_string(value) && nrow(frame) != 1L) {
    stop_no_label_column(value, frame, names, call)
  }
  list(labels = value, column = NULL)
}

# A bare name means the column, unless that cannot hold labels and a variable of that name can: both
# a coordinate and the labels may be called y.
is_label_column <- function(frame, name, labels) {
  if (!(name %in% names(frame))) {
    return(FALSE)
  }
  column <- frame[[name]]
  is_coordinate <- is.double(column) && !is.object(column) &&
    any(column != trunc(column), na.rm = TRUE)
  !is_coordinate || length(value_outside(labels)) != nrow(frame)
}

# The value of the name outside of the data frame, NULL if it cannot be labels.
value_outside <- function(labels) {
  value <- tryCatch(rlang::eval_tidy(labels), error = function(error) NULL)
  if (is.atomic(value)) value
}

evaluate_labels <- function(labels, expression, frame, names, call) {
  is_name <- is.symbol(expression)
  if (is_name && !exists(as.character(expression), rlang::quo_get_env(labels))) {
    stop_no_label_column(as.character(expression), frame, names, call)
  }
  tryCatch(
    rlang::eval_tidy(labels),
    error = function(error) stop_labels_undefined(error, is_name, names, call)
  )
}

stop_labels_undefined <- function(error, is_name, names, call) {
  stop_circleloss(
    "labels",
    c(
      "{.arg {names[[2]]}} cannot be evaluated.",
      "i" = if (is_name) {
        "A function of your own passes on the name of a column as {.code {{{{ name }}}}}, or as a
         string."
      } else {
        "Only a bare name or a string is looked up in the data frame: write a column as
         {.code data$name}."
      }
    ),
    argument = names[[2]],
    parent = error,
    call = call
  )
}

stop_no_label_column <- function(name, frame, names, call) {
  meant <- closest_name(name, names(frame))
  stop_circleloss(
    "labels",
    c(
      "{.arg {names[[1]]}} has no column {.val {name}} for {.arg {names[[2]]}}.",
      "i" = if (is.na(meant)) {
        "{.arg {names[[2]]}} may be a column of the data frame, or a vector with a label for each
         row."
      } else {
        "Did you mean {.val {meant}}?"
      }
    ),
    argument = names[[2]],
    call = call
  )
}

# The column is used, as usual in R. A variable with other labels is worth a warning.
warn_two_meanings <- function(frame, column, labels, names, call) {
  rival <- value_outside(labels)
  names_column <- is_string(rival) && rival %in% setdiff(names(frame), column)
  differs <- length(rival) == nrow(frame) &&
    !identical(as.character(rival), as.character(frame[[column]]))
  if (names_column || (differs && nrow(frame) > 1L)) {
    warn_circleloss(
      "two_meanings",
      c(
        "{.arg {names[[2]]}} is the column {.field {column}} of {.arg {names[[1]]}}, not the
         variable {.code {column}}, which differs.",
        "i" = "Give {.code \"{column}\"} if you mean the column, {.code c({column})} if you mean the
               variable."
      ),
      argument = names[[2]],
      call = call
    )
  }
}

# The column of labels as part of the embedding makes any embedding look good.
warn_label_column <- function(columns, labels, names, call) {
  if (!is.numeric(labels) || is.object(labels) || length(unique(labels)) < 2L) {
    return()
  }
  same <- vapply(columns, function(column) {
    is.null(dim(column)) && length(column) == length(labels) && isTRUE(all(column == labels))
  }, NA)
  if (any(same)) {
    column <- names(columns)[same][[1]]
    warn_circleloss(
      "label_column",
      c(
        "Column {.field {column}} of {.arg {names[[1]]}} holds the labels, and is part of the
         embedding.",
        "i" = "{.code {names[[2]]} = \"{column}\"} drops it."
      ),
      column = column,
      call = call
    )
  }
}

check_columns_numeric <- function(columns, names, may_be_labels, call) {
  others <- names(columns)[!vapply(columns, is.numeric, NA)]
  if (length(others) == 0L) {
    return()
  }
  lists <- others[vapply(columns[others], is.list, NA)]
  stop_circleloss(
    "embeddings",
    c(
      "{cli::qty(length(others))}Column{?s} {.field {others}} of {.arg {names[[1]]}}
       {cli::qty(length(others))}{?is/are} not numeric.",
      "i" = if (may_be_labels) {
        "If {cli::qty(length(others))}{?it/one of them} holds the labels, give its name:
         {.code {names[[2]]} = \"{others[[1]]}\"}."
      },
      "i" = if (length(lists) > 0L) {
        "If each element of {.field {lists[[1]]}} is an embedding,
         {.code do.call(rbind, {names[[1]]}${lists[[1]]})} is the matrix of them."
      },
      "i" = "{.arg columns} selects the columns of the embedding, by name or number."
    ),
    argument = names[[1]],
    column = others,
    call = call
  )
}

# Columns ----------------------------------------------------------------------------------------

# The positions of the columns that `columns` selects, see capture_columns().
select_positions <- function(columns, names, count, argument, call) {
  resolve_columns(columns, names, count, function(wanted) {
    meant <- if (is.character(wanted)) closest_name(wanted, names) else NA
    stop_circleloss(
      "parameter",
      c(
        if (is.null(wanted)) {
          "{.arg columns} matches no column of {.arg {argument}}."
        } else {
          "{.arg {argument}} has no column {.val {wanted}}."
        },
        "i" = if (is.null(names)) {
          "It has {count_of(count, 'column')} without names: give their numbers."
        } else if (!is.na(meant)) {
          "Did you mean {.val {meant}}?"
        } else if (is.numeric(wanted)) {
          "It has {count_of(count, 'column')}."
        }
      ),
      argument = "columns",
      call = call
    )
  })
}

# Both sides -------------------------------------------------------------------------------------

# Inner products over columns that do not match would give no error.
check_column_order <- function(embeddings, references, call) {
  ours <- colnames(embeddings)
  theirs <- colnames(references)
  if (is.null(ours) || is.null(theirs) || identical(ours, theirs) || anyDuplicated(ours)) {
    return()
  }
  if (setequal(ours, theirs) && length(ours) == length(theirs)) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_embeddings} has the columns of {.arg embeddings} in another order.",
        "i" = "{.code ref_embeddings[, colnames(embeddings)]} has them in the same order."
      ),
      argument = "ref_embeddings",
      call = call
    )
  }
}
