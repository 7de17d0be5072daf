# Labels from text, and files of labels.

# Labels must not be missing; whole numbers become integers if that merges none.
labels_of_text <- function(fields, file, line_of, call) {
  missing <- which(fields %in% c("", NA))
  if (length(missing) > 0L) {
    stop_missing_labels(missing, length(fields), file, line_of, call)
  }
  written <- whole_text(fields)
  integers <- suppressWarnings(as.integer(written))
  if (!anyNA(integers) && identical(as.character(integers), written)) integers else written
}

# Rewrites whole numbers such as "1.0" or "1e+00" without fraction and exponent; either all labels
# or none, so that different labels stay different.
whole_text <- function(fields) {
  classes <- unique(fields)
  if (!all(grepl("^-?(0|[1-9][0-9]*)([.][0-9]*)?(e[-+]?[0-9]+)?$", classes, useBytes = TRUE))) {
    return(fields)
  }
  written <- sub("[.]0*$", "", classes)
  scaled <- grepl("[.e]", written)
  numbers <- as.numeric(written[scaled])
  if (any(numbers != trunc(numbers) | abs(numbers) >= 2^53)) {
    return(fields)
  }
  written[scaled] <- sprintf("%.0f", numbers)
  if (anyDuplicated(written)) fields else written[match(fields, classes)]
}

stop_missing_labels <- function(missing, count, file, line_of, call) {
  stop_file(
    file,
    if (is.null(line_of)) NA else line_of(missing[[1]]),
    if (length(missing) == count) {
      "every label is missing"
    } else {
      paste0(
        "label ", format_count(missing[[1]]), " is missing",
        if (length(missing) > 1L) paste(", the first of", format_count(length(missing)))
      )
    },
    "Drop such rows, or give them their own label.",
    call
  )
}

# Adds the labels from a separate file, if there is one.
add_labels_of_file <- function(content, file, form, call) {
  if (is.null(content$label_file)) {
    if (!is.null(content$labels)) {
      check_label_count(content["labels"], nrow(content$embeddings), file, file, call)
    }
    return(content)
  }
  column <- if (is.null(content$label_column)) form$label_column else content$label_column
  found <- read_label_file(content$label_file, column, form, call)
  found <- drop_label_header(found, nrow(content$embeddings))
  check_label_count(found, nrow(content$embeddings), content$label_file, file, call)
  content$labels <- found$labels
  content$labels_from <- content$label_file
  content
}

# list(labels, line_of), without line_of if the file is not text.
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
    if (is.null(found$line_of)) NA else found$line_of(min(count, rows + 1L)),
    paste0(
      "it has ", count_of(count, "label"), " for the ", count_of(rows, "embedding"), " of ",
      basename(file)
    ),
    if (count == rows + 1L && !is.null(found$line_of)) {
      "If its first line is a header, give that name as `label_column`."
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
  delimiter <- label_delimiter(file)
  # Without a tab in the line, the delimiter tab separates nothing
  text <- new_text(file, form, call, delimiter = if (is.null(delimiter)) "\t" else delimiter)
  if (text$quoted) {
    text <- settle_quotes(text, form$folder)
  }
  if (is.null(delimiter)) {
    read_label_lines(text, column, call)
  } else {
    read_label_table(text, column, form, call)
  }
}

# The delimiter of a table, NULL if the file is not one: then a comma or blank may be part of a
# label.
label_delimiter <- function(file) {
  lines <- first_lines(file, 2L)
  line <- c(lines, "")[[1]]
  candidates <- c(",", ";", " ")
  between_quotes <- candidates[vapply(paste0("\"", candidates, "\""), function(quoted) {
    any(grepl(quoted, lines, fixed = TRUE, useBytes = TRUE))
  }, NA)]
  if (any(grepl("\t", lines, fixed = TRUE, useBytes = TRUE))) {
    "\t"
  } else if (length(between_quotes) > 0L) {
    between_quotes[[1]]
  } else if (extension(file) == "csv" && grepl("[,;]", line, useBytes = TRUE)) {
    if (grepl(";", line, fixed = TRUE, useBytes = TRUE)) ";" else ","
  }
}

# One label per line. Blank lines at the end are ignored.
read_label_lines <- function(text, column, call) {
  lines <- trimws_bytes(read_lines(text))
  lines <- lines[seq_len(max(0L, which(lines != "")))]
  if (text$encoding == "latin1") {
    lines <- iconv(lines, "latin1", "UTF-8")
  }
  check_encoding(lines, text, function(line) line_of_file(text, line), call)
  Encoding(lines) <- "UTF-8"
  labels <- plain_fields(lines, text)
  before <- 0L
  if (length(labels) > 0L && is_label_header(labels[[1]], column)) {
    before <- 1L
  } else {
    find_column(column, NULL, 1L, "label_column", text$file, 1L, call)
  }
  if (length(labels) == before) {
    stop_file(text$file, 1L, "it has no labels", "Write one label per line.", call)
  }
  rows <- seq(before + 1L, length(labels))
  line_of <- function(rows) line_of_file(text, rows + before)
  # NA is missing, "NA" is a label
  labels <- ifelse(lines == "NA", NA, labels)[rows]
  list(labels = labels_of_text(labels, text$file, line_of, call), line_of = line_of)
}

# The only column has a header if `label_column` is its first line.
is_label_header <- function(line, column) {
  is.character(column) && identical(line, as.character(column))
}

# A first line "label" is a header if there is one line too many.
drop_label_header <- function(found, rows) {
  is_header <- !is.null(found$line_of) && length(found$labels) == rows + 1L &&
    tolower(found$labels[[1]]) %in% c("label", "labels")
  if (is_header) {
    found$labels <- labels_of_text(found$labels[-1], NULL, NULL, NULL)
  }
  found
}

# A table with a header.
read_label_table <- function(text, column, form, call) {
  table <- find_table(text, list(header = TRUE, decimal = text$decimal), call)
  position <- label_position(column, table$names, table$count, text$file, table$header_line, call)
  line_of <- line_finder(text, table$skip)
  classes <- ifelse(seq_len(table$count) == position, "character", "NULL")
  table$trailing <- 0L
  columns <- read_columns(text, table, classes, line_of, call)
  list(
    labels = labels_of_text(columns[[position]], text$file, line_of, call), line_of = line_of
  )
}

# The column asked for, the one called label, or the only one besides row names.
label_position <- function(column, names, count, file, line, call) {
  if (is.null(column)) {
    column <- if (count == 1L) 1L else default_label_column(names)
  }
  if (is.null(column) && count == 2L && !is.null(unnamed_first(names))) {
    column <- 2L
  }
  if (is.null(column)) {
    stop_file(
      file, line, paste0("several columns may hold the labels; ", list_names(names)),
      "Name one of them with `label_column`.", call
    )
  }
  find_column(column, names, count, "label_column", file, line, call)
}
