# Tables of text: CSV, TSV and their relatives.

read_delimited <- function(file, form, call) {
  text <- new_text(file, form, call)
  table <- find_table(text, form, call)
  chosen <- choose_columns(form, table$names, table$count, file, table$header_line, call)
  # An ordinary vector, since the chosen columns may be none or the same
  textual <- seq_len(table$count) %in% c(chosen$labels, chosen$names)
  columns <- read_columns(text, table, textual, call)
  lines <- table$records$last
  check_text_columns(columns, which(textual), text, lines, call)

  embeddings <- bind_columns(columns[!textual], length(lines), table$names[!textual])
  check_finite_in_file(embeddings, file, lines, call)
  if (!is.na(chosen$names)) {
    rownames(embeddings) <- columns[[chosen$names]]
  }
  labels <- if (!is.na(chosen$labels)) {
    labels_of_text(columns[[chosen$labels]], file, lines, call)
  }
  list(
    embeddings = embeddings,
    labels = labels,
    labels_from = if (!is.null(labels)) describe_column(chosen$labels, table$names),
    label_file = chosen$label_file
  )
}

# The layout of a table: list(names, count, skip, header_line, records), where `records` are those
# of the rows and `skip` counts the lines before them.
find_table <- function(text, form, call) {
  records <- find_records(text)
  check_not_blank(text, records, call)
  first <- first_fields(text, records, 2L)
  for (record in seq_along(first)) {
    lines <- rep(records$last[[record]], length(first[[record]]))
    check_encoding(first[[record]], text, lines, call)
  }
  header <- if (is.null(form$header)) has_header(first, form) else form$header
  check_rows(text, records, header, call)
  check_rectangular(text, records, header, call)
  rows <- if (header) lapply(records, function(x) x[-1]) else records
  names <- if (header) {
    column_names(first[[1]], rows$fields[[1]], text, records$last[[1]], call)
  }
  list(
    names = names,
    count = rows$fields[[1]],
    skip = if (header) records$last[[1]] else 0L,
    header_line = records$last[[1]],
    records = rows
  )
}

check_rows <- function(text, records, header, call) {
  if (header && length(records$last) == 1L) {
    line <- records$last[[1]]
    stop_file(
      text$file, line, "it has a header and no rows",
      "Add rows, or set `header = FALSE` if this line is one.", call
    )
  }
}

column_names <- function(names, count, text, line, call) {
  if (length(names) < count) {
    # write.table() leaves the column of row names without a name
    names <- c("", names)
  }
  check_duplicate_names(names, text$file, line, call)
  names
}

# A header has a name that is asked for, text above a number, nothing but text, or the positions of
# the columns, which pandas takes for names.
has_header <- function(first, form) {
  names <- first[[1]]
  wanted <- c(form$labels, form$names)
  if (is.character(wanted) && any(names %in% wanted) || any(tolower(names) %in% "label")) {
    return(TRUE)
  }
  textual <- !is_number(names, form$decimal)
  if (all(textual) || counts_up(names)) {
    return(TRUE)
  }
  if (length(first) == 1L) {
    return(FALSE)
  }
  below <- is_number(first[[2]], form$decimal)
  length(names) == length(below) && any(textual & below) ||
    length(names) == length(below) - 1L && any(textual & below[-1])
}

# Four numbers in order are no embedding.
counts_up <- function(names) {
  size <- length(names)
  size >= 4L && (identical(names, paste(seq_len(size))) ||
    identical(names, paste(seq_len(size) - 1L)))
}

# Columns ----------------------------------------------------------------------------------------

# scan() reads no quoted numbers, and stops at text without naming its place. In either case all is
# read as text, which takes five times as long.
read_columns <- function(text, table, textual, call, na_strings = "NA") {
  columns <- if (!text$spaced || text$delimiter == "") {
    tryCatch(
      scan_columns(text, table$records, table$skip, textual, na_strings, call),
      error = function(error) if (inherits(error, "circleloss_error")) rlang::cnd_signal(error)
    )
  }
  if (is.null(columns)) read_columns_as_text(text, table, textual, call, na_strings) else columns
}

# A few rows at a time: R is slow where there are millions of strings.
read_columns_as_text <- function(text, table, textual, call, na_strings, most = 1000L) {
  connection <- open_text(text)
  on.exit(close(connection))
  rows <- length(table$records$last)
  starts <- seq(0L, rows - 1L, by = most)
  chunks <- lapply(starts, function(start) {
    skip <- if (start == 0L) table$skip else 0L
    columns <- scan_rows(
      connection, text, table$records, skip, rep(TRUE, table$count), na_strings, call, most
    )
    columns[!textual] <- numbers_of_columns(columns, !textual, start, text, table, call)
    columns
  })
  lapply(seq_len(table$count), function(column) {
    unlist(lapply(chunks, function(columns) columns[[column]]), use.names = FALSE)
  })
}

# `start` is the number of rows before these columns.
numbers_of_columns <- function(columns, numeric, start, text, table, call) {
  numbers <- lapply(columns[numeric], text_to_numbers, decimal = text$decimal)
  rows <- mapply(first_text, columns[numeric], numbers)
  if (any(is.finite(rows))) {
    column <- which(numeric)[[which.min(rows)]]
    row <- min(rows)
    stop_no_number(columns[[column]][[row]], start + row, column, text, table, call)
  }
  numbers
}

# The first row where there is text and no number, Inf if there is none.
first_text <- function(fields, numbers) {
  rows <- which(is.na(numbers) & !is.nan(numbers))
  c(rows[!(fields[rows] %in% c("", NA))], Inf)[[1]]
}

stop_no_number <- function(field, row, column, text, table, call) {
  stop_file(
    text$file,
    table$records$last[[row]],
    paste0(describe_column(column, table$names), " holds ", quote_text(field), ", not a number"),
    number_remedy(field, text, row, table),
    call
  )
}

number_remedy <- function(field, text, row, table) {
  if (isTRUE(table$words)) {
    "Write a number there."
  } else if (text$decimal == "." && grepl("^[-+]?[0-9]*,[0-9]+$", field, useBytes = TRUE)) {
    "Set `decimal = \",\"` if that is the decimal mark."
  } else if (row == 1L && is.null(table$names)) {
    "Set `header = TRUE` if it is a name, or name the column by `labels` or `names` if it is text."
  } else {
    "Repair it, or name a column of text by `labels` or `names`."
  }
}

check_text_columns <- function(columns, positions, text, lines, call) {
  for (position in positions) {
    check_encoding(columns[[position]], text, lines, call)
  }
}

bind_columns <- function(columns, rows, names) {
  embeddings <- matrix(as.double(unlist(columns, use.names = FALSE)), rows, length(columns))
  if (!is.null(names)) {
    colnames(embeddings) <- names
  }
  embeddings
}
