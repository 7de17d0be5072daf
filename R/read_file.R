# Files as such: whether there is one, whether its bytes are sound; and the error of all readers.

# One line of text that names the file, the line and what to do about it. The remedy writes an
# argument as `name = value`, which the command turns into its option. It is NULL if the problem
# has its own.
stop_file <- function(file, line, problem, remedy, call, parent = NULL) {
  place <- if (is.na(line)) "" else paste0(", line ", format_count(line))
  text <- if (is.null(remedy)) problem else paste0(problem, ". ", remedy)
  stop_circleloss(
    "file",
    "{.file {file}}{place}: {text}",
    file = file,
    line = line,
    parent = parent,
    call = call
  )
}

check_file <- function(file, call) {
  if (!file.exists(file)) {
    stop_file(file, NA, "there is no such file", missing_file_remedy(file), call)
  }
  if (dir.exists(file)) {
    stop_file(file, NA, "it is a folder", "Give the path of a file in it.", call)
  }
  if (file.access(file, 4) != 0) {
    stop_file(file, NA, "it may not be read", "Change its permissions.", call) # nocov
  }
  if (file.size(file) == 0) {
    stop_file(file, NA, "it is empty, or a pipe", "Give a file that holds something.", call)
  }
}

missing_file_remedy <- function(file) {
  if (dir.exists(dirname(file))) {
    "Check its name."
  } else {
    paste0("Check its folder: there is no ", dirname(file), " either.")
  }
}

check_extent <- function(embeddings, file, call) {
  if (nrow(embeddings) == 0L || ncol(embeddings) == 0L) {
    shape <- format_shape(dim(embeddings))
    problem <- paste("it holds no embeddings, being of shape", shape)
    stop_file(file, NA, problem, "Write one embedding a row.", call)
  }
}

# Numbers that are not finite; `lines` are the lines of the rows, NULL if the file is no text.
check_finite_in_file <- function(embeddings, file, lines, call, column_names = colnames(embeddings)) {
  # A sum is finite only if all its terms are, and takes no memory
  if (all(is.finite(colSums(embeddings)))) {
    return()
  }
  rows <- which(rowSums(!is.finite(embeddings)) > 0)
  if (length(rows) == 0L) {
    return()
  }
  row <- rows[[1]]
  column <- which(!is.finite(embeddings[row, ]))[[1]]
  value <- embeddings[row, column]
  shown <- if (is.na(value) && !is.nan(value)) "missing" else paste(value)
  in_row <- if (is.null(lines)) paste0("row ", format_count(row), ", ")
  where <- paste0(in_row, describe_column(column, column_names))
  stop_file(
    file,
    if (is.null(lines)) NA else lines[[row]],
    paste0(where, " is ", shown),
    "Leave such rows out or repair them.",
    call
  )
}

describe_column <- function(position, names) {
  name <- names[position]
  if (is.null(name) || is.na(name) || name == "") {
    paste("column", position)
  } else {
    paste0("column ", position, " (", shorten(name), ")")
  }
}

# A text from a file, quoted and no longer than a message can bear.
quote_text <- function(text) encodeString(shorten(text), quote = "\"")

shorten <- function(text) {
  # Bytes that are no text are written as such
  text <- iconv(text, "UTF-8", "UTF-8", sub = "byte")
  ifelse(nchar(text) > 30, paste0(substr(text, 1, 27), "..."), text)
}

# The message of a condition on one line: without those of its parents, and without bullets.
one_line <- function(condition) {
  condition$parent <- NULL
  message <- cli::ansi_strip(conditionMessage(condition))
  trimws(gsub("[[:space:]]+", " ", gsub("\n(x|i|!|[*]|\u2716|\u2139|\u2022) ", " ", message)))
}

# Bytes ------------------------------------------------------------------------------------------

# Passes over all bytes of a text, compressed or not. Returns what the reader has to know: whether
# there is a byte order mark, and whether a blank stands between two digits, which scan() would
# read as one number.
check_bytes <- function(file, call) {
  connection <- gzfile(file, "rb")
  on.exit(close(connection))
  size <- 0
  lines <- 1
  mark <- FALSE
  spaced <- FALSE
  repeat {
    bytes <- read_bytes(connection, file, lines, call)
    if (length(bytes) == 0L) {
      break
    }
    if (size == 0) {
      check_utf16(bytes, file, call)
      mark <- starts_with_mark(bytes)
    }
    check_no_null(bytes, file, lines, call)
    spaced <- spaced || has_spaced_digits(bytes)
    size <- size + length(bytes)
    lines <- lines + sum(bytes == new_line)
  }
  check_complete(file, size, lines, call)
  list(mark = mark, spaced = spaced)
}

new_line <- as.raw(10)

read_bytes <- function(connection, file, line, call) {
  tryCatch(
    readBin(connection, "raw", 2^22),
    # Such is the warning of damaged compressed data
    warning = function(warning) stop_damaged(file, line, call)
  )
}

stop_damaged <- function(file, line, call) {
  stop_file(file, line, "the compressed data end or break off", "Copy or compress it again.", call)
}

starts_with_mark <- function(bytes) {
  identical(bytes[seq_len(min(3L, length(bytes)))], as.raw(c(0xef, 0xbb, 0xbf)))
}

check_utf16 <- function(bytes, file, call) {
  start <- as.integer(bytes[seq_len(min(2L, length(bytes)))])
  if (identical(start, c(255L, 254L)) || identical(start, c(254L, 255L))) {
    stop_file(file, 1L, "it is encoded in UTF-16", "Save it as UTF-8.", call)
  }
}

check_no_null <- function(bytes, file, lines, call) {
  null <- grepRaw(as.raw(0), bytes, fixed = TRUE)
  if (length(null) > 0L) {
    line <- lines + sum(bytes[seq_len(null)] == new_line)
    remedy <- paste0("Give text, or one of the formats ", paste(formats, collapse = ", "), ".")
    stop_file(file, line, "it holds binary data", remedy, call)
  }
}

has_spaced_digits <- function(bytes) {
  # The first search is by far the faster one
  length(grepRaw(as.raw(32), bytes, fixed = TRUE)) > 0L &&
    length(grepRaw("[0-9.] +[-+0-9.]", bytes)) > 0L
}

# gzip writes the size of what it compressed at the end; R reads a file that was cut off without a
# word. Several files may have been compressed into one, then the size is that of the last.
check_complete <- function(file, size, lines, call) {
  connection <- file(file, "rb")
  on.exit(close(connection))
  compressed <- readBin(connection, "raw", file.size(file))
  if (!identical(compressed[1:3], gzip_start)) {
    return()
  }
  # Two halves, since an integer of R has a sign
  halves <- readBin(utils::tail(compressed, 4L), "integer", 2L, 2L, FALSE, "little")
  stated <- halves[[1]] + 65536 * halves[[2]]
  several <- length(grepRaw(gzip_start, compressed, 2L, fixed = TRUE)) > 0L
  if (stated != size %% 2^32 && !(several && stated < size)) {
    stop_damaged(file, lines, call)
  }
}

gzip_start <- as.raw(c(0x1f, 0x8b, 0x08))
