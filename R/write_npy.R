# Files of NumPy, written.

# `bytes` are float32 numbers, row by row. The file is complete or not there: it is written under
# another name in its folder first. Returns it, opened.
write_npy <- function(bytes, size, file, call) {
  unfinished <- tempfile("circleloss-", dirname(file))
  on.exit(unlink(unfinished))
  written <- tryCatch(
    suppressWarnings(write_bytes(list(npy_header_bytes(size), bytes), unfinished)),
    error = function(error) FALSE
  )
  if (!written || !file.rename(unfinished, file)) {
    stop_file(
      file, NA, "the gradient cannot be written", "Is the disk full, or the folder protected?", call
    )
  }
  open_npy(file, call)
}

open_npy <- function(file, call) new_embeddings_file(file, npy_layout(file, call), call)

# Whether all of it arrived. Parts are short, since a long one is copied.
write_bytes <- function(pieces, file) {
  connection <- base::file(file, "wb")
  on.exit(if (!is.null(connection)) close(connection))
  for (bytes in pieces) {
    for (first in seq(1, max(length(bytes), 1), by = 2^24)) {
      writeBin(bytes[seq_part(first, min(first + 2^24 - 1, length(bytes)))], connection)
    }
  }
  close(connection)
  connection <- NULL
  file.size(file) == sum(lengths(pieces))
}

seq_part <- function(first, last) if (last >= first) seq(first, last) else integer()

# Version 1.0, as NumPy pads it: the numbers begin at a multiple of 64.
npy_header_bytes <- function(size) {
  order <- if (.Platform$endian == "little") "<" else ">"
  text <- sprintf(
    "{'descr': '%sf4', 'fortran_order': False, 'shape': (%.0f, %.0f), }", order, size[[1]],
    size[[2]]
  )
  padding <- (64 - (10 + nchar(text) + 1) %% 64) %% 64
  text <- paste0(text, strrep(" ", padding), "\n")
  length <- nchar(text)
  c(
    as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length %% 256, length %/% 256)),
    charToRaw(text)
  )
}

check_folder_of <- function(file, call) {
  if (!dir.exists(dirname(file))) {
    stop_file(file, NA, "its folder does not exist", "Create it first.", call)
  }
}
