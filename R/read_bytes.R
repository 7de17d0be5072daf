# The bytes of a text: decompressed, checked and counted in one pass.

# list(path, lines, mark, quoted): the path of the plain text, its number of lines, and whether it
# has a byte order mark and quotes. A copy, if needed, is written to `folder`.
plain_bytes <- function(file, folder, call) {
  compression <- compression_of(file)
  if (compression == "none") {
    return(pass_over_bytes(file, NULL, folder, call))
  }
  copy <- tempfile("plain-", folder)
  found <- pass_over_bytes(file, copy, folder, call)
  if (compression == "gzip") {
    check_complete(file, found$size, found$lines, call)
  }
  found
}

compression_of <- function(file) {
  start <- readBin(file, "raw", 6L)
  starts <- list(
    gzip = c(0x1f, 0x8b, 0x08), bzip2 = c(0x42, 0x5a, 0x68),
    xz = c(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)
  )
  is_start <- vapply(starts, function(bytes) identical(start[seq_along(bytes)], as.raw(bytes)), NA)
  c(names(starts)[is_start], "none")[[1]]
}

# Writes the bytes to `copy` unless it is NULL.
pass_over_bytes <- function(file, copy, folder, call) {
  connection <- if (is.null(copy)) file(file, "rb", raw = TRUE) else gzfile(file, "rb")
  on.exit(close(connection))
  output <- if (!is.null(copy)) file(copy, "wb")
  on.exit(if (!is.null(copy)) close(output), add = TRUE)
  found <- list(size = 0, lines = 0, mark = FALSE, quoted = FALSE, returns = FALSE)
  last <- new_line
  repeat {
    bytes <- read_bytes(connection, file, found$lines + 1, call)
    if (length(bytes) == 0L) {
      break
    }
    if (found$size == 0) {
      check_utf16(bytes, file, call)
      found$mark <- starts_with_mark(bytes)
      found$returns <- has_lone_returns(bytes)
    }
    seen <- .Call(ffi_read_bytes, bytes)
    if (seen[[3]] > 0L) {
      stop_binary(bytes[seq_len(seen[[3]])], file, found$lines + 1, call)
    }
    found$size <- found$size + length(bytes)
    found$lines <- found$lines + seen[[1]]
    found$quoted <- found$quoted || seen[[2]] == 1L
    last <- bytes[[length(bytes)]]
    if (!is.null(copy)) {
      writeBin(bytes, output)
    }
  }
  found$lines <- found$lines + (last != new_line)
  found$path <- if (is.null(copy)) file else copy
  found
}

new_line <- as.raw(10)

read_bytes <- function(connection, file, line, call) {
  tryCatch(
    readBin(connection, "raw", 2^22),
    # Damaged compressed data give a warning
    warning = function(warning) stop_damaged(file, line, call)
  )
}

stop_damaged <- function(file, line, call) {
  stop_file(file, line, "the compressed data are damaged", "Copy or compress it again.", call)
}

starts_with_mark <- function(bytes) {
  identical(bytes[seq_len(min(3L, length(bytes)))], as.raw(c(0xef, 0xbb, 0xbf)))
}

# Old Macintosh programs end lines with a carriage return alone.
has_lone_returns <- function(bytes) {
  returns <- grepRaw("\r", bytes, fixed = TRUE, all = TRUE)
  returns <- returns[returns < length(bytes)]
  any(bytes[returns + 1L] != new_line)
}

check_utf16 <- function(bytes, file, call) {
  start <- as.integer(bytes[seq_len(min(2L, length(bytes)))])
  if (identical(start, c(255L, 254L)) || identical(start, c(254L, 255L))) {
    stop_file(file, 1L, "it is encoded in UTF-16", "Save it as UTF-8.", call)
  }
}

# The last of these bytes is the first null byte.
stop_binary <- function(bytes, file, lines, call) {
  line <- lines + sum(bytes == new_line)
  remedy <- paste0("Give text, or one of the formats ", paste(formats, collapse = ", "), ".")
  stop_file(file, line, "it holds binary data", remedy, call)
}

# gzip stores the uncompressed size at the end; R reads a truncated file without a warning. If
# several files were concatenated, the size is that of the last.
check_complete <- function(file, size, lines, call) {
  compressed <- readBin(file, "raw", file.size(file))
  # Two halves, since R's integers are signed
  halves <- readBin(utils::tail(compressed, 4L), "integer", 2L, 2L, FALSE, "little")
  stated <- halves[[1]] + 65536 * halves[[2]]
  several <- length(grepRaw(as.raw(c(0x1f, 0x8b, 0x08)), compressed, 2L, fixed = TRUE)) > 0L
  if (stated != size %% 2^32 && !(several && stated < size)) {
    stop_damaged(file, lines, call)
  }
}
