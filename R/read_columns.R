# Chooses the columns of the labels, the row names and the embedding, and the file of labels.

# `names` are the names of `count` columns, or NULL; `line` is their line in the file. Returns
# list(labels, names, index, embedding, label_file): positions, NA if there is no such column, and a
# path or NULL. `index` holds row names if its content agrees, else it is part of the embedding.
choose_columns <- function(form, names, count, file, line, call) {
  label_file <- NULL
  labels <- form$labels
  if (is_file_of_labels(labels, names, count)) {
    label_file <- check_label_file(labels, names, file, line, call)
    labels <- NULL
  } else if (is.null(labels)) {
    labels <- default_label_column(names)
  }
  labels <- find_column(labels, names, count, "labels", file, line, call)
  own_names <- find_column(
    if (is.null(form$names)) unnamed_first(names) else form$names,
    names, count, "names", file, line, call
  )
  others <- setdiff(seq_len(count), c(labels, own_names))
  if (!is.null(form$drop)) {
    dropped <- find_columns(form$drop, names, count, "drop", file, line, call)
    others <- setdiff(others, dropped)
  }
  index <- if (is.na(own_names)) index_candidate(names, others) else NA_integer_
  if (!is.null(form$columns)) {
    wanted <- find_columns(form$columns, names, count, "columns", file, line, call)
    others <- intersect(others, c(wanted, index))
    if (index %in% wanted) {
      index <- NA_integer_
    }
  }
  list(
    labels = labels, names = own_names, index = index, embedding = setdiff(others, index),
    label_file = label_file
  )
}

# `labels` names a file if it is not a column. A number in the command is a position if it is
# neither.
is_file_of_labels <- function(labels, names, count) {
  is.character(labels) && !(labels %in% names) &&
    (!is_position_text(labels) || file.exists(labels))
}

check_label_file <- function(labels, names, file, line, call) {
  labels <- as.character(labels)
  if (!file.exists(labels)) {
    stop_file(
      file,
      if (is.null(names)) NA else line,
      paste0(
        "there is no column or file ", quote_text(labels), "; ",
        list_names(names)
      ),
      "Name a column or a file of labels with `labels`.",
      call
    )
  }
  labels
}

default_label_column <- function(names) {
  found <- which(tolower(names) %in% c("label", "labels"))
  if (length(found) == 1L) found
}

# A first column without a name, before others with one, holds row names.
unnamed_first <- function(names) {
  if (length(names) > 1L && names[[1]] == "") 1L
}

# The first column that has the name of an index, if others are left.
index_candidate <- function(names, positions) {
  found <- intersect(which(has_index_name(names)), positions)
  if (length(found) > 0L && length(positions) > 1L) found[[1]] else NA_integer_
}

# The position of one column; NA where none is asked for.
find_column <- function(wanted, names, count, argument, file, line, call) {
  if (is.null(wanted)) {
    return(NA_integer_)
  }
  find_columns(list(wanted), names, count, argument, file, line, call)
}

# In the order of the file.
find_columns <- function(parts, names, count, argument, file, line, call) {
  positions <- resolve_columns(parts, names, count, function(wanted) {
    if (is.null(wanted)) {
      problem <- paste0("no column matches `", argument, "`; ", list_names(names))
      stop_file(file, line, problem, "Correct it, or give names or numbers.", call)
    }
    stop_file(
      file,
      if (is.null(names)) NA else line,
      paste0(
        "there is no column ", if (is.character(wanted)) quote_text(wanted) else wanted, "; ",
        if (is.null(names)) paste("it has", count_of(count, "column")) else list_names(names)
      ),
      paste0("Name a column with `", argument, "`."),
      call
    )
  })
  sort(positions)
}

list_names <- function(names, most = 6L) {
  if (is.null(names)) {
    return("its columns have no names")
  }
  shown <- utils::head(names, most)
  further <- length(names) - length(shown)
  paste0(
    "its columns are ", paste(shorten(shown), collapse = ", "),
    if (further > 0L) paste(" and", format_count(further), "more")
  )
}

check_duplicate_names <- function(names, file, line, call) {
  if (anyDuplicated(names)) {
    name <- names[duplicated(names)][[1]]
    called <- if (name == "") "without a name" else paste("called", quote_text(name))
    stop_file(
      file, line, paste("several columns are", called), "Give each its own name.", call
    )
  }
}
