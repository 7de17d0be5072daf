# The binary format of word2vec: a line of counts, then each word, a blank, and its numbers as the
# bytes of 32-bit floats. The original tool writes a line break before the next word.

is_binary_word2vec <- function(file) {
  start <- read_start(file, 2^16)
  line_end <- c(which(start == new_line), 0L)[[1]]
  if (line_end < 2L || !any(start == 0)) {
    return(FALSE)
  }
  line <- start[seq_len(line_end - 1L)]
  all(line != 0) && grepl(counts_pattern, rawToChar(line), useBytes = TRUE)
}

# The first bytes of a file, decompressed.
read_start <- function(file, count) {
  connection <- gzfile(file, "rb")
  on.exit(close(connection))
  suppressWarnings(readBin(connection, "raw", count))
}

read_word2vec_binary <- function(file, form, call) {
  refuse_names(form, file, "its words", call)
  bytes <- read_all_bytes(file)
  line_end <- which(utils::head(bytes, 1000L) == new_line)[[1]]
  counts <- as.numeric(strsplit(trimws(rawToChar(bytes[seq_len(line_end - 1L)])), " ")[[1]])
  words <- find_words(bytes, line_end + 1, counts[[1]], 4 * counts[[2]], file, call)
  embeddings <- floats_at(bytes, words$starts, counts[[2]])
  check_finite_in_file(embeddings, file, NULL, call)
  rownames(embeddings) <- words_as_utf8(words$words, file, call)
  files <- choose_columns(form["labels"], NULL, 0L, file, NA, call)
  list(
    embeddings = select_dimensions(embeddings, form, file, call), label_file = files$label_file
  )
}

read_all_bytes <- function(file) {
  connection <- gzfile(file, "rb")
  on.exit(close(connection))
  chunks <- list()
  repeat {
    chunk <- readBin(connection, "raw", 2^24)
    if (length(chunk) == 0L) {
      return(do.call(c, chunks))
    }
    chunks[[length(chunks) + 1L]] <- chunk
  }
}

# list(words, starts): every word, and the position of its numbers.
find_words <- function(bytes, position, count, size, file, call) {
  words <- character(count)
  starts <- numeric(count)
  blank <- as.raw(32)
  for (word in seq_len(count)) {
    # Words are short, unless the file has another format
    window <- bytes[seq(position, min(position + 1000, length(bytes)), by = 1)]
    end <- match(blank, window)
    if (is.na(end) || position + end - 1 + size > length(bytes)) {
      stop_file(
        file, NA,
        paste0("it ends after ", count_of(word - 1, "word"), " where its first line counts ",
          format_count(count)),
        "Copy or write it again.", call
      )
    }
    text <- window[seq_len(end - 1L)]
    words[[word]] <- rawToChar(text[text != new_line])
    starts[[word]] <- position + end
    position <- position + end + size
    if (position > length(bytes)) {
      position <- length(bytes)
    }
  }
  list(words = words, starts = starts)
}

# In parts, to bound the memory of the positions.
floats_at <- function(bytes, starts, dimensions) {
  parts <- split(starts, (seq_along(starts) - 1L) %/% 10000L)
  rows <- lapply(parts, function(starts) {
    positions <- rep(starts, each = 4 * dimensions) + seq(0, 4 * dimensions - 1)
    numbers <- readBin(
      bytes[positions], "double", length(starts) * dimensions, size = 4L, endian = "little"
    )
    matrix(numbers, length(starts), dimensions, byrow = TRUE)
  })
  do.call(rbind, unname(rows))
}
