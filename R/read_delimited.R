# Delimited text: CSV, TSV and similar.

read_delimited <- function(file, form, call) {
  text <- new_text(file, form, call)
  if (text$quoted) {
    # Usually no delimiter is inside quotes, and no copy is needed
    content <- tryCatch(
      read_table_text(text, form, call),
      circleloss_error_file = function(error) NULL
    )
    if (!is.null(content)) {
      return(content)
    }
    text <- settle_quotes(text, form$folder)
  }
  read_table_text(text, form, call)
}

read_table_text <- function(text, form, call) {
  file <- text$file
  table <- find_table(text, form, call)
  chosen <- choose_columns(
    form, table$names, table$count - table$trailing, file, table$header_line, call
  )
  lists <- Filter(function(position) is_list_field(table$first[[position]]), chosen$embedding)
  if (length(lists) == 1L) {
    chosen$embedding <- lists
  }
  line_of <- line_finder(text, table$skip)
  columns <- read_columns(text, table, column_classes(text, table, chosen, lists), line_of, call)
  chosen <- settle_index(chosen, columns[[chosen$index]], table$names)
  embeddings <- if (length(lists) == 1L) {
    read_lists(columns[[lists]], table$names, lists, text, line_of, call)
  } else {
    bind_numbers(columns, chosen, text, table, line_of, call)
  }
  if (!is.na(chosen$names)) {
    rownames(embeddings) <- text_of_names(columns[[chosen$names]])
  }
  labels <- if (!is.na(chosen$labels)) {
    labels_of_text(columns[[chosen$labels]], file, line_of, call)
  }
  list(
    embeddings = embeddings,
    labels = labels,
    labels_from = if (!is.null(labels)) describe_column(chosen$labels, table$names),
    label_file = chosen$label_file,
    set_aside = set_aside(chosen, table$names, table$count - table$trailing)
  )
}

# The class of every column for fread(); one that is set aside is not read.
column_classes <- function(text, table, chosen, lists) {
  # An open quote in a column that is not read would be missed
  classes <- rep(if (text$quoted) "character" else "NULL", table$count)
  classes[chosen$embedding] <- "numeric"
  textual <- c(
    chosen$labels, chosen$names, chosen$index, lists, trailing_columns(table)
  )
  classes[textual[!is.na(textual)]] <- "character"
  classes
}

trailing_columns <- function(table) utils::tail(seq_len(table$count), table$trailing)

# A column with the name of an index holds row names if its content agrees, else a dimension.
settle_index <- function(chosen, content, names) {
  if (is.na(chosen$index)) {
    return(chosen)
  }
  if (numbers_rows(names[[chosen$index]], content)) {
    chosen$names <- chosen$index
  } else {
    chosen$embedding <- sort(c(chosen$embedding, chosen$index))
  }
  chosen
}

# NA is a name like any other.
text_of_names <- function(names) ifelse(is.na(names), "NA", as.character(names))

# The names or numbers of the columns that are neither embedding nor labels nor row names.
set_aside <- function(chosen, names, count) {
  aside <- setdiff(seq_len(count), c(chosen$labels, chosen$names, chosen$embedding))
  if (is.null(names)) paste(aside)[seq_along(aside)] else names[aside]
}

# Reading ----------------------------------------------------------------------------------------

# The columns of a table, NULL if not read: text if asked for, or if a column of numbers holds
# something that is not a number to fread().
read_columns <- function(text, table, classes, line_of, call, na_strings = "NA") {
  read <- classes != "NULL"
  found <- fread_columns(text, table$skip, classes, na_strings)
  check_all_read(found, sum(read), text, table, call)
  columns <- vector("list", table$count)
  columns[read] <- found
  other <- classes == "numeric"
  other[other] <- !vapply(columns[other], is_plain_double, NA)
  if (any(other)) {
    check_settled(text, call)
    classes <- ifelse(other, "character", "NULL")
    columns[other] <- fread_columns(text, table$skip, classes, na_strings)
  }
  textual <- vapply(columns, is.character, NA)
  columns[textual] <- lapply(columns[textual], text_column, text, line_of, call)
  for (column in trailing_columns(table)) {
    check_trailing(columns[[column]], text, table, line_of, call)
  }
  columns
}

# Quoted numbers are read faster after settle_quotes().
check_settled <- function(text, call) {
  if (text$quoted && !isTRUE(text$settled)) {
    stop_open_quote(text, NA, call)
  }
}

is_plain_double <- function(x) is.double(x) && !is.object(x)

# No row may be lost. Lines have been counted; records are only counted if there are blank lines,
# line breaks in a field, or a row that does not fit.
check_all_read <- function(columns, count, text, table, call) {
  is_read <- function(rows) !is.null(columns) && ncol(columns) == count && nrow(columns) == rows
  if (is_read(text$lines - table$skip)) {
    return()
  }
  records <- find_records(text, table$skip)
  check_rectangular(records, text, table, call)
  if (!is_read(length(records$last))) {
    stop_file(
      text$file, NA, "its rows cannot be separated",
      "Write it again with one row per line, and quotes around whole fields.", call
    )
  }
}

check_rectangular <- function(records, text, table, call) {
  ragged <- which(records$fields != table$count)
  if (length(ragged) > 0L) {
    record <- ragged[[1]]
    stop_ragged(
      records$fields[[record]], table$count, records$text[[record]], text,
      records$last[[record]], call
    )
  }
}

stop_ragged <- function(fields, wanted, record, text, line, call) {
  problem <- paste0(
    count_of(fields, "field"), " where ", format_count(wanted),
    if (wanted == 1L) " is" else " are", " expected"
  )
  remedy <- if (text$quoted && grepl("\"", record, fixed = TRUE, useBytes = TRUE)) {
    "Quote whole fields, and double the quotes inside them."
  } else {
    "Give all lines the same number of fields."
  }
  stop_file(text$file, line, problem, remedy, call)
}

text_column <- function(fields, text, line_of, call) {
  if (text$encoding == "latin1") {
    fields <- enc2utf8(fields)
  }
  check_encoding(fields, text, line_of, call)
  half <- if (text$quoted) which(is_half_quoted(fields))
  if (length(half) > 0L) {
    stop_open_quote(text, line_of(half[[1]]), call)
  }
  plain_fields(fields, text)
}

stop_open_quote <- function(text, line, call) {
  stop_file(
    text$file,
    line,
    "a quote is opened and not closed",
    "Close it, or double the quotes inside text.",
    call
  )
}

# If the first row ends in a delimiter, all must.
check_trailing <- function(fields, text, table, line_of, call) {
  filled <- which(!(fields %in% c("", NA)))
  if (length(filled) > 0L) {
    stop_ragged(table$count, table$count - table$trailing, "", text, line_of(filled[[1]]), call)
  }
}

# Numbers ----------------------------------------------------------------------------------------

# The matrix of the embedding's columns.
bind_numbers <- function(columns, chosen, text, table, line_of, call) {
  positions <- chosen$embedding
  numbers <- columns[positions]
  textual <- vapply(numbers, is.character, NA)
  if (any(textual)) {
    numbers[textual] <- numbers_of_text(
      numbers[textual], positions[textual], text, table, line_of, call
    )
  }
  rows <- length(Find(Negate(is.null), columns))
  embeddings <- unlist(numbers, use.names = FALSE)
  embeddings <- if (is.null(embeddings)) matrix(0, rows, 0L) else embeddings
  dim(embeddings) <- c(rows, length(positions))
  if (!is.null(table$names)) {
    colnames(embeddings) <- table$names[positions]
  }
  check_finite_in_file(embeddings, text$file, line_of, call, function(column) {
    describe_column(positions[[column]], table$names)
  })
  warn_index_columns(embeddings, table$names, call, positions)
  embeddings
}

numbers_of_text <- function(columns, positions, text, table, line_of, call) {
  numbers <- lapply(columns, text_to_numbers, decimal = text$decimal)
  rows <- mapply(first_text, columns, numbers)
  if (any(is.finite(rows))) {
    first <- which.min(rows)
    row <- rows[[first]]
    textual <- positions[rows == row]
    stop_no_number(columns[[first]][[row]], row, textual, text, table, line_of, call)
  }
  numbers
}

# The first row with text that is not a number, Inf if there is none.
first_text <- function(fields, numbers) {
  rows <- which(is.na(numbers) & !is.nan(numbers))
  c(rows[!(fields[rows] %in% c("", NA))], Inf)[[1]]
}

# `columns` are all that hold text in this row; the first of them holds the field.
stop_no_number <- function(field, row, columns, text, table, line_of, call) {
  stop_file(
    text$file,
    line_of(row),
    paste0(
      describe_column(columns[[1]], table$names), " holds ", quote_text(field), ", not a number"
    ),
    number_remedy(field, text, row, columns, table),
    call
  )
}

number_remedy <- function(field, text, row, columns, table) {
  if (isTRUE(table$words)) {
    "Write a number there."
  } else if (text$decimal == "." && grepl("^[-+]?[0-9]*,[0-9]+$", field, useBytes = TRUE)) {
    "Set `decimal = \",\"` if that is the decimal mark."
  } else if (text$decimal == "," && grepl("^[-+]?[0-9]*[.][0-9]+$", field, useBytes = TRUE)) {
    "Set `decimal = \".\"` if that is the decimal mark."
  } else if (row == 1L && is.null(table$names)) {
    "Set `header = TRUE` if it is a name; if it is text, name the column with `labels` or `names`."
  } else {
    paste0(
      "Correct it, name a column of text with `labels` or `names`, or drop it with ",
      drop_code(columns, table$names), "."
    )
  }
}

# The argument that drops columns, as code.
drop_code <- function(columns, names) {
  columns <- if (is.null(names)) paste(columns) else quote_text(names[columns])
  listed <- paste(columns, collapse = ", ")
  paste0("`drop = ", if (length(columns) > 1L) paste0("c(", listed, ")") else listed, "`")
}
