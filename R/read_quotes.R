# Quotes in delimited text.
#
# Quotes either surround fields and are doubled inside them, so that fields may contain delimiters
# and line breaks; or they are part of a field, as in 5" disk. fread() would decide by a sample of
# the rows and repair others. So it never handles quotes: if they surround fields, it reads a copy
# in which nothing depends on them and every record is one line.

# Bytes that replace a line break and a delimiter inside quotes.
break_sign <- "\001"
delimiter_sign <- "\002"

# The text in a form that can be read without regard to quotes. `joined` are the lines to which the
# next line was joined, once for each join.
settle_quotes <- function(text, folder) {
  bytes <- readBin(text$path, "raw", file.size(text$path))
  if (text$mark) {
    # A quote after the mark is at the start of a line
    bytes[[3]] <- new_line
  }
  signs <- grepRaw("\"", bytes, fixed = TRUE, all = TRUE)
  fields <- find_quoted(bytes, signs, text$delimiter)
  escapes <- integer()
  if (is.null(fields)) {
    # write.table() escapes quotes by backslashes
    escapes <- signs[bytes[pmax(signs - 1L, 1L)] == as.raw(0x5c)] - 1L
    fields <- find_quoted(bytes, setdiff(signs, escapes + 1L), text$delimiter)
    if (is.null(fields)) {
      text$settled <- TRUE
      return(if (text$delimiter == " ") rewrite_lines(text, folder) else text)
    }
  }
  is_inside <- function(positions) {
    field <- findInterval(positions, fields$opening)
    field > 0L & positions < c(0, fields$closing)[field + 1L]
  }
  within <- is_inside(escapes)
  bytes[escapes[within]] <- charToRaw("\"")
  breaks <- grepRaw("\n", bytes, fixed = TRUE, all = TRUE)
  joined <- is_inside(breaks)
  if (text$delimiter == " ") {
    tabs <- grepRaw("\t", bytes, fixed = TRUE, all = TRUE)
    bytes[tabs[!is_inside(tabs)]] <- charToRaw(" ")
  }
  delimiters <- grepRaw(text$delimiter, bytes, fixed = TRUE, all = TRUE)
  bytes[breaks[joined]] <- charToRaw(break_sign)
  bytes[delimiters[is_inside(delimiters)]] <- charToRaw(delimiter_sign)
  plain <- is_quoted_number(bytes, fields)
  dropped <- c(
    if (text$mark) 1:3, escapes[!within],
    fields$blanks, fields$opening[plain], fields$closing[plain]
  )
  text$joined <- findInterval(breaks[joined], breaks[!joined]) + 1L
  text$lines <- text$lines - length(text$joined)
  text$settled <- TRUE
  text$mark <- FALSE
  text$path <- tempfile("quotes-", folder)
  writeBin(if (length(dropped) > 0L) bytes[-dropped] else bytes, text$path)
  text
}

# list(opening, closing, blanks): the positions of quotes around fields, and of the blanks between
# them and the delimiters. NULL unless quotes open and close in turn at the start and the end of
# fields, or are in pairs inside them.
find_quoted <- function(bytes, signs, delimiter) {
  if (length(signs) %% 2L == 1L || length(signs) == 0L) {
    return(NULL)
  }
  opening <- signs[c(TRUE, FALSE)]
  closing <- signs[c(FALSE, TRUE)]
  adjoining <- opening[-1] == closing[-length(closing)] + 1L
  opening <- opening[c(TRUE, !adjoining)]
  closing <- closing[c(!adjoining, TRUE)]
  blank <- as.raw(switch(delimiter, " " = integer(), "\t" = 32L, c(32L, 9L)))
  before <- step_over(bytes, opening, -1L, blank)
  after <- step_over(bytes, closing, 1L, blank)
  ends <- c(charToRaw(delimiter), as.raw(c(10, 13, if (delimiter == " ") 9)))
  if (all(is_end(bytes, before, ends)) && all(is_end(bytes, after, ends))) {
    blanks <- c(between(before, opening), between(closing, after))
    list(opening = opening, closing = closing, blanks = blanks)
  }
}

# The next positions before or after those given that hold no blank.
step_over <- function(bytes, positions, step, blank) {
  positions <- positions + step
  repeat {
    on_blank <- is_byte(bytes, positions, blank)
    if (!any(on_blank)) {
      return(positions)
    }
    positions[on_blank] <- positions[on_blank] + step
  }
}

is_end <- function(bytes, positions, ends) {
  positions < 1L | positions > length(bytes) | is_byte(bytes, positions, ends)
}

is_byte <- function(bytes, positions, which) {
  found <- positions >= 1L & positions <= length(bytes)
  own <- bytes[positions[found]]
  found[found] <- Reduce(`|`, lapply(which, function(byte) own == byte), FALSE)
  found
}

between <- function(first, last) {
  apart <- which(last - first > 1L)
  as.integer(unlist(lapply(apart, function(i) seq(first[[i]] + 1L, last[[i]] - 1L))))
}

# Quotes around numbers have no meaning, and would slow down reading.
is_quoted_number <- function(bytes, fields) {
  size <- fields$closing - fields$opening
  first <- bytes[fields$opening + 1L]
  last <- bytes[fields$closing - 1L]
  is_digit <- function(byte) byte >= as.raw(0x30) & byte <= as.raw(0x39)
  plain <- size > 1L & size < 30L & (is_digit(first) | first == charToRaw("-")) & is_digit(last)
  inner <- grepRaw("\"\"", bytes, fixed = TRUE, all = TRUE)
  plain[findInterval(inner, fields$opening)] <- FALSE
  plain
}

# The line of the original file for a line of the copy.
line_of_file <- function(text, line) line + findInterval(line, as.integer(text$joined))

# Fields -----------------------------------------------------------------------------------------

# The original fields from those that fread() returns. Those that are not UTF-8 stay unchanged, and
# check_encoding() refuses them.
plain_fields <- function(fields, text) {
  if (!text$quoted) {
    return(fields)
  }
  fields <- unquote(fields)
  if (!is.null(text$joined)) {
    valid <- validUTF8(fields) & !is.na(fields)
    fields[valid] <- gsub(break_sign, "\n", fields[valid], fixed = TRUE)
    fields[valid] <- gsub(delimiter_sign, text$delimiter, fields[valid], fixed = TRUE)
  }
  fields
}

# Removes the quotes around whole fields.
unquote <- function(fields) {
  quoted <- startsWith(fields, "\"") & validUTF8(fields) & !is.na(fields)
  quoted[quoted] <- grepl(whole_quoted, fields[quoted])
  inner <- gsub("^\"|\"$", "", fields[quoted])
  fields[quoted] <- gsub("\"\"", "\"", inner, fixed = TRUE)
  fields
}

whole_quoted <- "^\"([^\"]|\"\")*\"$"

# A field that begins with a quote but does not end with one may be half of a quoted field.
is_half_quoted <- function(fields) {
  half <- startsWith(fields, "\"") & fields != "\"" & !is.na(fields)
  half[half] <- !grepl(whole_quoted, fields[half])
  half
}
