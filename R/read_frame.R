# Splits matrices and data frames from files of any format into embedding, labels and row names.

split_table <- function(object, file, form, call) {
  names <- colnames(object)
  chosen <- choose_columns(form, names, NCOL(object), file, NA, call)
  column <- function(position) if (!is.na(position)) column_of_table(object, position)
  lists <- if (is.data.frame(object)) {
    Filter(function(j) is_list_column(column(j)), chosen$embedding)
  }
  if (length(lists) == 1L) {
    chosen$embedding <- lists
  }
  chosen <- settle_index(chosen, column(chosen$index), names)
  embeddings <- if (length(lists) == 1L) {
    matrix_of_lists(column(lists), describe_column(lists, names), file, call)
  } else {
    matrix_of_columns(object, chosen$embedding, names, file, call)
  }
  if (!is.na(chosen$names)) {
    rownames(embeddings) <- text_of_names(column(chosen$names))
  }
  list(
    embeddings = embeddings,
    labels = labels_of_object(column(chosen$labels), file, call),
    labels_from = if (!is.na(chosen$labels)) describe_column(chosen$labels, names),
    label_file = chosen$label_file,
    set_aside = set_aside(chosen, names, NCOL(object))
  )
}

column_of_table <- function(object, position) {
  if (is.data.frame(object)) object[[position]] else object[, position, drop = TRUE]
}

is_list_column <- function(column) {
  is.list(column) && !is.data.frame(column) || is.matrix(column) && is.numeric(column)
}

# A column whose elements are embeddings.
matrix_of_lists <- function(column, where, file, call) {
  if (is.matrix(column)) {
    return(embeddings_of_object(unclass(column), file, call))
  }
  numeric <- vapply(column, function(x) is.numeric(x) || is_numeric_list(x), NA)
  sizes <- lengths(column)
  wrong <- which(!numeric | sizes != sizes[[1]])
  if (length(wrong) > 0L) {
    row <- wrong[[1]]
    problem <- paste0(
      "row ", format_count(row), ", ", where,
      if (!numeric[[row]]) {
        " is not a list of numbers"
      } else {
        paste0(
          " has ", count_of(sizes[[row]], "number"), " where the first row has ",
          format_count(sizes[[1]])
        )
      }
    )
    stop_file(file, NA, problem, "Give all embeddings the same length.", call)
  }
  embeddings <- matrix(as.double(unlist(column)), length(column), sizes[[1]], byrow = TRUE)
  check_finite_in_file(embeddings, file, NULL, call, function(dimension) {
    paste0("number ", dimension, " of ", where)
  })
  embeddings
}

is_numeric_list <- function(x) {
  is.list(x) && all(vapply(x, function(number) is.numeric(number) && length(number) == 1L, NA))
}

matrix_of_columns <- function(object, positions, names, file, call) {
  if (is.data.frame(object)) {
    check_numeric_columns(object, positions, names, file, call)
  }
  if (length(positions) < NCOL(object)) {
    object <- object[, positions, drop = FALSE]
  }
  embeddings <- embeddings_of_object(object, file, call, function(column) {
    describe_column(positions[[column]], names)
  })
  warn_index_columns(embeddings, names, call, positions)
  embeddings
}

check_numeric_columns <- function(object, positions, names, file, call) {
  for (position in positions) {
    column <- object[[position]]
    if (!is.numeric(column)) {
      problem <- paste0(
        describe_column(position, names), " holds ", kind_of_column(column), ", not numbers"
      )
      others <- Filter(function(j) !is.numeric(object[[j]]), positions)
      remedy <- paste0(
        "Name a column of text with `labels` or `names`, or drop it with ",
        drop_code(others, names), "."
      )
      stop_file(file, NA, problem, remedy, call)
    }
  }
}

kind_of_column <- function(column) {
  if (is.list(column)) {
    "lists"
  } else if (is.character(column) || is.factor(column)) {
    "text"
  } else if (is.logical(column)) {
    "logical values"
  } else {
    class(column)[[1]]
  }
}

# A file may hold anything that is accepted as embeddings or labels; errors about them become errors
# about the file.
embeddings_of_object <- function(object, file, call, describe = NULL) {
  embeddings <- refused_by_file(as_embeddings(object, "embeddings", call), file, call)
  check_finite_in_file(embeddings, file, NULL, call, describe)
  embeddings
}

labels_of_object <- function(object, file, call) {
  if (!is.null(object)) {
    refused_by_file(as_labels(object, "labels", call), file, call)
  }
}

refused_by_file <- function(code, file, call) {
  tryCatch(
    code,
    circleloss_error = function(error) {
      if (inherits(error, c("circleloss_error_package", "circleloss_error_file"))) {
        rlang::cnd_signal(error)
      }
      problem <- sub("[.]$", "", one_line(error))
      stop_file(file, NA, problem, "Correct and save it again.", call)
    }
  )
}
