# Text of records and fields: its dialect and its records.

# A text with its dialect: list(file, path, mark, lines, quoted, delimiter, decimal, encoding). The
# `path` is the file to read, `file` the one that the user named. A delimiter " " is any white
# space. Without `quotes`, quotes are ordinary characters.
new_text <- function(file, form, call, delimiter = form$delimiter, quotes = TRUE) {
  bytes <- plain_bytes(file, form$folder, call)
  text <- list(
    file = file,
    path = bytes$path,
    mark = bytes$mark,
    lines = bytes$lines,
    quoted = quotes && bytes$quoted,
    decimal = form$decimal,
    encoding = form$encoding
  )
  text$delimiter <- if (is.null(delimiter)) guess_delimiter(text) else delimiter
  # Tabs inside quotes are text, see settle_quotes()
  if (bytes$returns || text$delimiter == " " && !text$quoted && has_tabs(text)) {
    text <- rewrite_lines(text, form$folder)
  }
  text
}

has_tabs <- function(text) {
  bytes <- readBin(text$path, "raw", file.size(text$path))
  length(grepRaw("\t", bytes, fixed = TRUE)) > 0L
}

# Unifies line ends, and white space where it separates fields.
rewrite_lines <- function(text, folder) {
  lines <- read_lines(text)
  if (text$delimiter == " " && !text$quoted || isTRUE(text$settled)) {
    lines <- gsub("\t", " ", lines, fixed = TRUE, useBytes = TRUE)
  }
  text$path <- tempfile("lines-", folder)
  text$mark <- FALSE
  text$lines <- length(lines)
  writeLines(lines, text$path, useBytes = TRUE)
  text
}

# The lines, or the first `count` of them, without a byte order mark.
read_lines <- function(text, count = -1L) {
  lines <- suppressWarnings(readLines(text$path, count))
  if (text$mark) drop_mark(lines) else lines
}

# As bytes, since a pattern with this mark would not work in a locale without UTF-8.
drop_mark <- function(lines) {
  bytes <- charToRaw(c(lines, "")[[1]])
  if (starts_with_mark(bytes)) {
    lines[[1]] <- rawToChar(bytes[-(1:3)])
  }
  lines
}

# Of a file that may be compressed, and may not be text.
first_lines <- function(file, count) {
  connection <- gzfile(file, "rb")
  on.exit(close(connection))
  lines <- suppressWarnings(readLines(connection, count))
  drop_mark(lines)
}

is_blank <- function(lines) !grepl("[^ \t\r]", lines, useBytes = TRUE)

# Delimiter --------------------------------------------------------------------------------------

# The first of the candidates that all of the first lines contain, or else the first line.
guess_delimiter <- function(text) {
  if (extension(text$file) %in% c("tsv", "tab")) {
    return("\t")
  }
  lines <- read_lines(text, 100L)
  lines <- lines[!is_blank(lines)]
  stated <- stated_delimiter(c(lines, "")[[1]])
  if (!is.null(stated)) {
    return(stated)
  }
  lines <- c(without_quoted(lines), "")
  rows <- lines[!startsWith(lines, "#")]
  lines <- trimws_bytes(utils::head(if (all(rows == "")) lines else rows, 10L))
  candidates <- setdiff(c("\t", ";", ",", "|", " "), text$decimal)
  found <- vapply(candidates, function(candidate) {
    grepl(candidate, lines, fixed = TRUE, useBytes = TRUE)
  }, rep(NA, length(lines)))
  found <- matrix(found, ncol = length(candidates))
  filled <- lines != ""
  best <- c(which(colSums(found) == sum(filled) & any(filled)), which(found[1, ]))
  if (length(best) > 0L) candidates[[best[[1]]]] else setdiff(c(",", "\t"), text$decimal)[[1]]
}

# The lines with a letter in place of everything inside quotes, also across lines.
without_quoted <- function(lines) {
  text <- gsub("\"[^\"]*\"", "q", paste(lines, collapse = "\n"), useBytes = TRUE)
  Encoding(text) <- "unknown"
  strsplit(text, "\n", fixed = TRUE, useBytes = TRUE)[[1]]
}

# The delimiter in a line that Excel writes before the header, or NULL.
stated_delimiter <- function(line) {
  if (grepl("^\"?sep=.\"?[ \r]*$", line, useBytes = TRUE)) {
    sub("^\"?sep=(.).*$", "\\1", line, useBytes = TRUE)
  }
}

trimws_bytes <- function(lines) sub_bytes("[ \t\r]+$", "", sub_bytes("^[ \t\r]+", "", lines))

# Newer versions of R mark the result as bytes, which would prevent its use as UTF-8.
sub_bytes <- function(pattern, replacement, text) {
  text <- sub(pattern, replacement, text, useBytes = TRUE)
  Encoding(text) <- "unknown"
  text
}

# Records ----------------------------------------------------------------------------------------

# The records of lines that are not blank: list(first, last, line, text), where `first` and `last`
# are lines of the original file.
records_of <- function(lines, text) {
  blank <- if (text$delimiter == "\t") {
    !grepl("[^ \r]", lines, useBytes = TRUE)
  } else {
    is_blank(lines)
  }
  line <- which(!blank)
  list(
    first = line_of_file(text, line - 1L) + 1L,
    last = line_of_file(text, line),
    line = line,
    text = lines[line]
  )
}

# The first records, at least `count` if there are that many.
head_records <- function(text, count) {
  most <- 100L
  repeat {
    lines <- read_lines(text, most)
    records <- records_of(lines, text)
    if (length(lines) < most || length(records$last) >= count) {
      return(records)
    }
    most <- 10L * most
  }
}

# All records after the first `skip` lines, with their numbers of fields. This takes as long as
# reading the file, and is needed only if something is wrong or lines are blank.
find_records <- function(text, skip = 0L) {
  lines <- read_lines(text)
  lines[seq_len(skip)] <- ""
  records <- records_of(lines, text)
  records$fields <- count_fields(records$text, text)
  records
}

count_fields <- function(records, text) {
  if (text$delimiter == " ") {
    lengths(gregexpr("[^ ]+", trimws_bytes(records), useBytes = TRUE))
  } else {
    count_sign(records, text$delimiter) + 1L
  }
}

count_sign <- function(lines, sign) {
  without <- gsub(sign, "", lines, fixed = TRUE, useBytes = TRUE)
  nchar(lines, "bytes") - nchar(without, "bytes")
}

# Returns a function from rows of a table to lines, which finds them at the first call.
line_finder <- function(text, skip) {
  lines <- NULL
  function(rows) {
    if (is.null(lines)) {
      lines <<- find_records(text, skip)$last
    }
    lines[rows]
  }
}

# Fields -----------------------------------------------------------------------------------------

# `fields` must be UTF-8; `line_of` returns the line of each.
check_encoding <- function(fields, text, line_of, call) {
  foreign <- which(!validUTF8(fields))
  if (length(foreign) > 0L) {
    stop_file(
      text$file,
      line_of(foreign[[1]]),
      paste(quote_text(fields[[foreign[[1]]]]), "is not in UTF-8"),
      "Save it as UTF-8, or read it with `encoding = \"latin1\"`.",
      call
    )
  }
}

# Converts text to numbers, NA for other text.
text_to_numbers <- function(fields, decimal) {
  fields[!validUTF8(fields)] <- "bytes"
  if (decimal != ".") {
    fields <- gsub(".", "no number", fields, fixed = TRUE)
    fields <- sub(decimal, ".", fields, fixed = TRUE)
  }
  suppressWarnings(as.numeric(fields))
}

is_number <- function(fields, decimal) {
  numbers <- text_to_numbers(fields, decimal)
  !is.na(numbers) | is.nan(numbers) | fields %in% c("NA", NA)
}
