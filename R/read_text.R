# Text of rows and fields: where its records are, and what their fields hold.
#
# It is read by base R's scan() and count.fields(), which take some five seconds for 100 000 rows of
# 128 numbers. The first pass counts the fields of every line, so that an error can name the line;
# the second converts the numbers. data.table's reader would save some of that time, but would not
# always say where a file is wrong, and those who have not got it would need this one all the same.

open_text <- function(text) {
  connection <- gzfile(text$file, "rb")
  if (text$mark) {
    readBin(connection, "raw", 3L)
  }
  connection
}

# A text with its dialect: list(file, mark, spaced, delimiter, quote, decimal, encoding).
new_text <- function(file, form, call, delimiter = form$delimiter) {
  bytes <- check_bytes(file, call)
  text <- list(
    file = file,
    mark = bytes$mark,
    spaced = bytes$spaced,
    decimal = form$decimal,
    encoding = form$encoding
  )
  if (is.null(delimiter)) {
    delimiter <- guess_delimiter(text)
  }
  # scan() takes the empty string for any white space
  text$delimiter <- if (delimiter == " ") "" else delimiter
  # A quote sign in tab-separated text is as good as any; see unquote()
  text$quote <- if (delimiter == "\t") "" else "\""
  text
}

guess_delimiter <- function(text) {
  if (extension(text$file) %in% c("tsv", "tab")) {
    return("\t")
  }
  line <- gsub("\"[^\"]*\"", "", first_full_line(text), useBytes = TRUE)
  candidates <- c("\t", ";", ",", " ")
  found <- vapply(candidates, grepl, NA, x = line, fixed = TRUE, useBytes = TRUE)
  if (any(found)) candidates[found][[1]] else ","
}

first_full_line <- function(text) {
  connection <- open_text(text)
  on.exit(close(connection))
  lines <- trim(read_lines(connection, 100L))
  c(lines[lines != ""], "")[[1]]
}

# Of a file that may be no text at all.
first_line <- function(file) {
  connection <- gzfile(file, "rb")
  on.exit(close(connection))
  read_lines(connection, 1L)
}

read_lines <- function(connection, count, encoding = "unknown") {
  suppressWarnings(readLines(connection, count, encoding = encoding))
}

# Records ----------------------------------------------------------------------------------------

# The first and last line of every record that is not blank, and its number of fields. A record
# has several lines if there is a line break between quotes.
find_records <- function(text) {
  connection <- open_text(text)
  on.exit(close(connection))
  counts <- utils::count.fields(
    connection,
    sep = text$delimiter,
    quote = text$quote,
    blank.lines.skip = FALSE,
    comment.char = ""
  )
  # Lines that do not end a record have no count
  ends <- which(!is.na(counts))
  starts <- c(0L, ends[-length(ends)])[seq_along(ends)] + 1L
  filled <- counts[ends] > 0L
  list(first = starts[filled], last = ends[filled], fields = counts[ends][filled])
}

check_not_blank <- function(text, records, call) {
  if (length(records$last) == 0L) {
    stop_file(text$file, 1L, "it has nothing but blank lines", "Write it again.", call)
  }
}

# All records must have the fields of the first one, apart from the header of a table with row
# names, which write.table() leaves without one for them.
check_rectangular <- function(text, records, header, call) {
  rows <- if (header) records$fields[-1] else records$fields
  wanted <- records$fields[[1]]
  if (header && all(rows == wanted + 1L)) {
    return()
  }
  ragged <- which(rows != wanted)
  if (length(ragged) == 0L) {
    return()
  }
  record <- ragged[[1]] + header
  if (records$first[[record]] < records$last[[record]]) {
    stop_open_quote(text, records$first[[record]], call)
  }
  stop_file(
    text$file,
    records$last[[record]],
    paste0(
      count_of(rows[[ragged[[1]]]], "field"), " where ", format_count(wanted),
      if (wanted == 1L) " is" else " are", " expected"
    ),
    "Give all lines the same number of fields.",
    call
  )
}

stop_open_quote <- function(text, line, call) {
  stop_file(
    text$file,
    line,
    "a quote is opened and not closed",
    "Close it, or write quotes inside of text twice.",
    call
  )
}

# Fields -----------------------------------------------------------------------------------------

# The fields of the first records, as text: a list of vectors.
first_fields <- function(text, records, count) {
  count <- min(count, length(records$last))
  connection <- open_text(text)
  on.exit(close(connection))
  lines <- read_lines(connection, records$last[[count]], text$encoding)
  lapply(seq_len(count), function(record) {
    own <- lines[seq(records$first[[record]], records$last[[record]])]
    fields_of(paste(own, collapse = "\n"), text)
  })
}

fields_of <- function(record, text) {
  fields <- suppressWarnings(scan(
    text = record, what = "", sep = text$delimiter, quote = text$quote, quiet = TRUE,
    strip.white = TRUE, na.strings = character(), comment.char = ""
  ))
  plain_text(fields, text)
}

# Columns after the first `skip` lines: doubles, but text where `textual` is TRUE.
scan_columns <- function(text, records, skip, textual, na_strings, call) {
  connection <- open_text(text)
  on.exit(close(connection))
  scan_rows(connection, text, records, skip, textual, na_strings, call)
}

# Likewise from an open connection, where `most` rows are read.
scan_rows <- function(connection, text, records, skip, textual, na_strings, call, most = -1L) {
  what <- lapply(textual, function(is_text) if (is_text) "" else 0)
  columns <- tryCatch(
    scan(
      connection, what = what, nmax = most, sep = text$delimiter, quote = text$quote,
      dec = text$decimal, skip = skip, quiet = TRUE, multi.line = FALSE, strip.white = TRUE,
      na.strings = na_strings, comment.char = "", encoding = text$encoding
    ),
    warning = function(warning) {
      stop_open_quote(text, records$first[[length(records$first)]], call)
    }
  )
  columns[textual] <- lapply(columns[textual], plain_text, text = text)
  columns
}

# Without the quotes that scan() has left, in UTF-8.
plain_text <- function(fields, text) {
  if (text$quote == "") {
    fields <- unquote(fields)
  }
  if (text$encoding == "latin1") enc2utf8(fields) else fields
}

unquote <- function(fields) {
  # What is not UTF-8 is left as it is: check_encoding() will refuse it
  quoted <- validUTF8(fields)
  quoted[quoted] <- grepl("^\".*\"$", fields[quoted])
  inner <- gsub("^\"|\"$", "", fields[quoted])
  fields[quoted] <- gsub("\"\"", "\"", inner, fixed = TRUE)
  fields
}

# The text of `fields` in the lines given must be UTF-8.
check_encoding <- function(fields, text, lines, call) {
  foreign <- which(!validUTF8(fields))
  if (length(foreign) > 0L) {
    stop_file(
      text$file,
      lines[[foreign[[1]]]],
      paste(quote_text(fields[[foreign[[1]]]]), "is not in UTF-8"),
      "Save it as UTF-8, or read it with `encoding = \"latin1\"`.",
      call
    )
  }
}

# Numbers that are written as text, NA where they are none.
text_to_numbers <- function(fields, decimal) {
  convert <- function(fields) {
    if (decimal != ".") {
      fields <- sub(decimal, ".", fields, fixed = TRUE)
    }
    suppressWarnings(as.numeric(fields))
  }
  # Either fails at bytes that are no text
  tryCatch(convert(fields), error = function(error) {
    convert(ifelse(validUTF8(fields), fields, "bytes"))
  })
}

is_number <- function(fields, decimal) {
  numbers <- text_to_numbers(fields, decimal)
  !is.na(numbers) | is.nan(numbers) | fields %in% c("NA", NA)
}
