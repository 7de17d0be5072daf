# Columns: which of them holds the labels, which the names, and whether a file has the labels.

# `names` are the names of `count` columns, or NULL; `line` is where the file has them. Returns
# list(labels, names, label_file): positions, NA where there is no such column, and a path or NULL.
choose_columns <- function(form, names, count, file, line, call) {
  label_file <- NULL
  labels <- form$labels
  if (is.character(labels) && !(labels %in% names)) {
    label_file <- check_label_file(labels, names, file, line, call)
    labels <- NULL
  } else if (is.null(labels)) {
    labels <- default_label_column(names)
  }
  list(
    labels = find_column(labels, names, count, "labels", file, line, call),
    names = find_column(
      if (is.null(form$names)) unnamed_first(names) else form$names,
      names, count, "names", file, line, call
    ),
    label_file = label_file
  )
}

# What `labels` names is no column, so it must be a file.
check_label_file <- function(labels, names, file, line, call) {
  if (!file.exists(labels)) {
    stop_file(
      file,
      if (is.null(names)) NA else line,
      paste0(
        "there is no column ", quote_text(labels), ", nor a file of that name; ",
        list_names(names)
      ),
      "Name one of them, or a file of labels, by `labels`.",
      call
    )
  }
  labels
}

default_label_column <- function(names) {
  found <- which(tolower(names) %in% c("label", "labels"))
  if (length(found) == 1L) found
}

# A column that has no name, before others that have one, holds names of the rows.
unnamed_first <- function(names) {
  if (length(names) > 1L && names[[1]] == "") 1L
}

find_column <- function(wanted, names, count, argument, file, line, call) {
  if (is.null(wanted)) {
    return(NA_integer_)
  }
  position <- if (is.character(wanted)) match(wanted, names) else as.integer(wanted)
  if (is.na(position) || position > count) {
    stop_file(
      file,
      if (is.null(names)) NA else line,
      paste0(
        "there is no column ", if (is.character(wanted)) quote_text(wanted) else wanted, "; ",
        if (is.null(names)) paste("it has", count_of(count, "column")) else list_names(names)
      ),
      paste0("Name one of them by `", argument, "`."),
      call
    )
  }
  position
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
      file, line, paste("several columns are", called), "Give each a name of its own.", call
    )
  }
}
