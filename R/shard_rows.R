# Where the rows of a shard come from: a file that the worker sees, or bytes that were sent to it.

# A source is list(file, layout, sample, node, time, key): what another process needs to find the
# same numbers. On this machine a changed file is known by its time; anywhere by a sample of it.
source_of_rows <- function(x, settings, folder, call) {
  if (is.null(x)) {
    return(NULL)
  }
  if (!is_embeddings_file(x)) {
    x <- write_rows(x, stored_type(settings), folder, call)
  }
  list(
    file = x$file, layout = x$layout, sample = sample_of_file(x$file),
    node = Sys.info()[["nodename"]], time = x$seen$time,
    # Workers and checkpoints know the same rows in another file, too
    key = rlang::hash(list(rlang::hash_file(x$file), x$layout))
  )
}

# The engine rounds numbers to single precision first, unless it computes in double, scales rows to
# unit length before, or rounds to 16 bits.
stored_type <- function(settings) {
  if (settings$dtype == "float32" && !isTRUE(settings$normalize)) "float32" else "float64"
}

write_rows <- function(x, type, folder, call) {
  file <- tempfile("rows-", folder, fileext = ".bin")
  written <- tryCatch(
    suppressWarnings(write_numbers(x, type, file)),
    error = function(error) FALSE
  )
  if (!written) {
    stop_file(
      file, NA, "the rows cannot be written for the workers",
      "Free some of the disk that holds temporary files, or give a file of `open_embeddings()`.",
      call
    )
  }
  new_embeddings_file(file, new_layout(0, nrow(x), ncol(x), type, FALSE, file, call), call)
}

# Column after column. Whether all of it arrived.
write_numbers <- function(x, type, file) {
  connection <- base::file(file, "wb")
  on.exit(if (!is.null(connection)) close(connection))
  size <- bytes_of_type[[type]]
  for (column in seq_len(ncol(x))) {
    writeBin(as.vector(x[, column]), connection, size = size)
  }
  close(connection)
  connection <- NULL
  file.size(file) == length(x) * size
}

# A hash of some parts of a file, and of its size.
sample_of_file <- function(file) {
  size <- file.size(file)
  connection <- base::file(file, "rb")
  on.exit(close(connection))
  places <- unique(floor(seq(0, max(size - 4096, 0), length.out = 16)))
  parts <- lapply(places, function(place) {
    seek(connection, place)
    readBin(connection, "raw", 4096L)
  })
  rlang::hash(list(size, parts))
}

# The rows of a block of a source.
part_of_source <- function(source, first, count) {
  if (is.null(source)) {
    return(NULL)
  }
  layout <- source$layout
  step <- if (layout$by_row) layout$columns else 1
  layout$offset <- layout$offset + (first - 1) * step * bytes_of_type[[layout$type]]
  layout$rows <- count
  source$layout <- layout
  source$key <- paste(source$key, format_count(first), format_count(count))
  source
}

# On the worker ------------------------------------------------------------------------------------

# Files of rows that were sent to this process, by the keys of their sources.
sent_rows <- new.env(parent = emptyenv())

# The embeddings of a source, or NULL if they are not to be had here. `sent`: bytes by keys.
open_rows <- function(source, sent, call) {
  bytes <- sent[[source$key]]
  if (!is.null(bytes)) {
    keep_rows(source, bytes)
  }
  kept <- sent_rows[[source$key]]
  if (!is.null(kept)) {
    layout <- source$layout
    layout[c("offset", "by_row", "stride", "type")] <- list(
      0, FALSE, layout$rows, type_sent(layout$type)
    )
    return(new_embeddings_file(kept, layout, call))
  }
  if (is_same_file(source)) {
    new_embeddings_file(source$file, source$layout, call)
  }
}

keep_rows <- function(source, bytes) {
  file <- tempfile("circleloss-rows-")
  writeBin(bytes, file)
  assign(source$key, file, envir = sent_rows)
}

# A file of the same path may be another one on another machine.
is_same_file <- function(source) {
  if (!file.exists(source$file)) {
    return(FALSE)
  }
  here <- source$node == Sys.info()[["nodename"]]
  if (here && !identical(state_of_file(source$file)$time, source$time)) {
    return(FALSE)
  }
  identical(tryCatch(sample_of_file(source$file), error = function(error) NULL), source$sample)
}

# On the process that distributes ------------------------------------------------------------------

# The bytes of a block of rows, column after column as open_rows() expects them.
bytes_of_source <- function(source, call) {
  x <- new_embeddings_file(source$file, source$layout, call)
  writeBin(as.vector(as.matrix(x)), raw(), size = bytes_of_type[[type_sent(source$layout$type)]])
}

# R writes no halves.
type_sent <- function(type) if (type == "float16") "float32" else type
