# Labels: those that text holds, and files of labels.

# Labels must not be missing; whole numbers become integers where that merges none.
labels_of_text <- function(fields, file, lines, call) {
  missing <- which(fields %in% c("", NA))
  if (length(missing) > 0L) {
    stop_missing_labels(missing, length(fields), file, lines, call)
  }
  integers <- suppressWarnings(as.integer(fields))
  if (!anyNA(integers) && identical(as.character(integers), fields)) integers else fields
}

stop_missing_labels <- function(missing, count, file, lines, call) {
  stop_file(
    file,
    if (is.null(lines)) NA else lines[[missing[[1]]]],
    if (length(missing) == count) {
      "every label is missing"
    } else {
      paste0(
        "label ", format_count(missing[[1]]), " is missing",
        if (length(missing) > 1L) paste(", the first of", format_count(length(missing)))
      )
    },
    "Leave such rows out, or give them a label of their own.",
    call
  )
}

# Takes the labels from the file that has them, if it is one of its own.
add_labels_of_file <- function(content, file, form, call) {
  if (is.null(content$label_file)) {
    if (!is.null(content$labels)) {
      check_label_count(content["labels"], nrow(content$embeddings), file, file, call)
    }
    return(content)
  }
  column <- if (is.null(content$label_column)) form$label_column else content$label_column
  found <- read_label_file(content$label_file, column, form, call)
  check_label_count(found, nrow(content$embeddings), content$label_file, file, call)
  content$labels <- found$labels
  content$labels_from <- content$label_file
  content
}

# list(labels, lines), without lines if the file is no text.
read_label_file <- function(file, column, form, call) {
  check_file(file, call)
  switch(extension(file),
    rds = list(labels = rds_labels(load_rds(file, call), column, file, call)),
    npy = ,
    npz = list(labels = read_numpy_labels(file, column, call)),
    read_text_labels(file, column, form, call)
  )
}

check_label_count <- function(found, rows, label_file, file, call) {
  count <- length(found$labels)
  if (count == rows) {
    return()
  }
  stop_file(
    label_file,
    if (is.null(found$lines)) NA else found$lines[[min(count, rows + 1L)]],
    paste0(
      "it has ", count_of(count, "label"), " for the ", count_of(rows, "embedding"), " of ",
      basename(file)
    ),
    if (count == rows + 1L && !is.null(found$lines)) {
      "If its first line is a header, give that name by `label_column`."
    } else {
      "Give a label for every embedding, in the same order."
    },
    call
  )
}

rds_labels <- function(object, column, file, call) {
  if (is.data.frame(object) || is.matrix(object) && ncol(object) > 1L) {
    position <- label_position(column, colnames(object), ncol(object), file, NA, call)
    object <- object[, position, drop = TRUE]
  }
  labels_of_object(object, file, call)
}

# Text -------------------------------------------------------------------------------------------

read_text_labels <- function(file, column, form, call) {
  text <- new_text(file, form, call, delimiter = label_delimiter(file))
  if (text$delimiter == "\n") read_label_lines(text, column, call) else {
    read_label_table(text, column, call)
  }
}

# A comma or a blank may be part of a label, if it is not a table's.
label_delimiter <- function(file) {
  line <- first_line(file)
  if (grepl("\t", line, fixed = TRUE, useBytes = TRUE)) {
    "\t"
  } else if (extension(file) == "csv" && grepl("[,;]", line, useBytes = TRUE)) {
    if (grepl(";", line, fixed = TRUE, useBytes = TRUE)) ";" else ","
  } else {
    "\n"
  }
}

# One label a line. Blank lines at the end are none.
read_label_lines <- function(text, column, call) {
  connection <- open_text(text)
  on.exit(close(connection))
  labels <- plain_text(trim(read_lines(connection, -1L, text$encoding)), text)
  labels <- labels[seq_len(max(0L, which(labels != "")))]
  lines <- seq_along(labels)
  check_encoding(labels, text, lines, call)
  if (length(labels) > 0L && is_label_header(labels[[1]], column)) {
    labels <- labels[-1]
    lines <- lines[-1]
  } else {
    find_column(column, NULL, 1L, "label_column", text$file, 1L, call)
  }
  if (length(labels) == 0L) {
    stop_file(text$file, 1L, "it has no labels", "Write one label a line.", call)
  }
  list(labels = labels_of_text(mark_missing(labels), text$file, lines, call), lines = lines)
}

# The only column has a header if that is what is asked for.
is_label_header <- function(line, column) {
  is.character(column) && identical(line, column)
}

mark_missing <- function(labels) ifelse(labels == "NA", NA, labels)

trim <- function(lines) gsub("^[ \t\r]+|[ \t\r]+$", "", lines, useBytes = TRUE)

# A table with a header.
read_label_table <- function(text, column, call) {
  table <- find_table(text, list(header = TRUE, decimal = text$decimal), call)
  position <- label_position(column, table$names, table$count, text$file, table$header_line, call)
  textual <- rep(TRUE, table$count)
  columns <- scan_columns(text, table$records, table$skip, textual, "NA", call)
  lines <- table$records$last
  check_encoding(columns[[position]], text, lines, call)
  list(labels = labels_of_text(columns[[position]], text$file, lines, call), lines = lines)
}

# The column asked for, the one called label, or the only one.
label_position <- function(column, names, count, file, line, call) {
  if (is.null(column)) {
    column <- if (count == 1L) 1L else default_label_column(names)
  }
  if (is.null(column)) {
    stop_file(
      file, line, paste0("several columns may hold the labels; ", list_names(names)),
      "Name one of them by `label_column`.", call
    )
  }
  find_column(column, names, count, "label_column", file, line, call)
}
