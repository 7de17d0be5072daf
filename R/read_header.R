# Finds the first row of a table and the names of its columns.

# list(names, count, skip, header_line, first, trailing): names of the `count` columns, or NULL; the
# lines before the rows; the fields of the first row; the number of empty last columns that come
# from delimiters at the end of the lines.
find_table <- function(text, form, call) {
  records <- head_records(text, 3L)
  check_not_blank(text, records, call)
  start <- after_preamble(records, text)
  records <- lapply(records, function(x) x[seq_along(x) >= start$record])
  records$text[[1]] <- start$text
  first <- lapply(utils::head(records$text, 2L), fread_fields, text = text)
  for (record in seq_along(first)) {
    check_encoding(first[[record]], text, function(row) records$last[[record]], call)
  }
  header <- if (is.null(form$header)) has_header(first, form, start$commented) else form$header
  if (!header) {
    skip <- records$line[[1]] - 1L
    row <- first[[1]]
    return(list(
      count = length(row), skip = skip, header_line = records$last[[1]], first = row,
      trailing = count_blank_end(row)
    ))
  }
  if (length(first) == 1L) {
    stop_header_only(text, records$last[[1]], call)
  }
  name_columns(first[[1]], first[[2]], text, records, call)
}

check_not_blank <- function(text, records, call) {
  if (length(records$last) == 0L) {
    stop_file(text$file, 1L, "it has only blank lines", "Write it again.", call)
  }
}

stop_header_only <- function(text, line, call) {
  stop_file(
    text$file, line, "it has a header and no rows",
    "Add rows, or set `header = FALSE` if this line is one.", call
  )
}

# A header has a name for every column, except that of row names in the output of write.table(), and
# an empty one after a delimiter at the end of the rows.
name_columns <- function(names, row, text, records, call) {
  line <- records$last[[1]]
  count <- length(row)
  extra <- count - length(names)
  blank <- count_blank_end(row)
  if (extra == 1L) {
    names <- if (blank > 0L) c(names, "") else c("", names)
  }
  if (length(names) != count) {
    stop_ragged(count, length(names), records$text[[2]], text, records$last[[2]], call)
  }
  trailing <- min(blank, count_blank_end(names))
  check_duplicate_names(utils::head(names, count - trailing), text$file, line, call)
  list(
    names = names, count = count, skip = records$line[[1]], header_line = line, first = row,
    trailing = trailing
  )
}

count_blank_end <- function(fields) {
  filled <- which(fields != "")
  if (length(filled) > 0L) length(fields) - max(filled) else 0L
}

# Lines before the table: Excel's `sep=;`, and comments after #, the last of which may be the
# header, as numpy.savetxt() writes it. Returns list(record, text, commented): the first record of
# the table, and its text without the #.
after_preamble <- function(records, text) {
  record <- 1L
  count <- length(records$text)
  if (!is.null(stated_delimiter(records$text[[1]])) && count > 1L) {
    record <- 2L
  }
  start <- record
  while (record < count && is_comment(records$text[[record]], text)) {
    record <- record + 1L
  }
  if (record > start) {
    header <- sub("^#+ *", "", records$text[[record - 1L]], useBytes = TRUE)
    if (count_fields(header, text) == count_fields(records$text[[record]], text)) {
      return(list(record = record - 1L, text = header, commented = TRUE))
    }
  }
  list(record = record, text = records$text[[record]], commented = FALSE)
}

# A row may begin with # too, but it has numbers.
is_comment <- function(record, text) {
  startsWith(record, "#") && {
    fields <- fread_fields(sub("^#+ *", "", record, useBytes = TRUE), text)
    !any(is_number(fields, text$decimal)) || counts_up(fields)
  }
}

# Recognising a header ---------------------------------------------------------------------------

# A header has a name that is asked for, text above a number, only text, or the positions of the
# columns, which pandas uses as names. Columns that were chosen to hold text do not count, and a
# number with a decimal mark is not a name.
has_header <- function(first, form, commented = FALSE) {
  names <- first[[1]]
  if (commented || any(names %in% names_asked_for(form)) || any(tolower(names) %in% "label")) {
    return(TRUE)
  }
  textual <- !is_number(names, form$decimal) & names != ""
  if (any(is_fraction(names, form$decimal))) {
    return(FALSE)
  }
  if (any(textual) && all(textual | names == "") || counts_up(names) || counts_after_blank(names)) {
    return(TRUE)
  }
  if (length(first) == 1L) {
    return(FALSE)
  }
  row <- first[[2]]
  if (length(row) - length(names) == 1L) {
    # The column of row names has no name
    row <- row[-1]
  }
  if (length(row) != length(names)) {
    return(FALSE)
  }
  votes <- !(seq_along(names) %in% positions_asked_for(form))
  number_below <- is_number(row, form$decimal)
  any(textual & number_below & votes) ||
    counts_from_zero(names) && any(is_fraction(row, form$decimal) & votes)
}

names_asked_for <- function(form) {
  asked <- c(form["labels"], form["names"], form$columns, form$drop)
  is_name <- vapply(asked, function(x) is.character(x) && !inherits(x, "column_text"), NA)
  as.character(unlist(asked[is_name]))
}

positions_asked_for <- function(form) {
  asked <- c(form["labels"], form["names"], form$drop)
  unlist(lapply(asked, function(x) {
    if (inherits(x, "column_text") && grepl("^[0-9]+$", x)) as.numeric(x) else if (is.numeric(x)) x
  }))
}

is_fraction <- function(fields, decimal) {
  is_number(fields, decimal) & grepl("[.,eE]", fields, useBytes = TRUE)
}

# Four consecutive numbers are not an embedding; neither are three above fractions.
counts_up <- function(names) {
  size <- length(names)
  size >= 4L && (counts_from_zero(names) || identical(names, paste(seq_len(size))))
}

# As pandas writes an array with its index.
counts_after_blank <- function(names) {
  length(names) > 1L && names[[1]] == "" && identical(names[-1], paste(seq_along(names[-1]) - 1L))
}

counts_from_zero <- function(names) {
  length(names) >= 3L && identical(names, paste(seq_along(names) - 1L))
}
