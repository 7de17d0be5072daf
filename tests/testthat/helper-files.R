# Files for the tests of the readers and the command.

# A folder of its own to work in until the calling test ends, so that messages name files without
# their folder.
local_folder <- function(frame = parent.frame()) {
  folder <- tempfile("circleloss-")
  dir.create(folder)
  before <- setwd(folder)
  leave <- function() {
    setwd(before)
    unlink(folder, recursive = TRUE)
  }
  do.call(on.exit, list(as.call(list(leave)), add = TRUE), envir = frame)
  folder
}

# Writes lines as they are, without a change of encoding; returns the name.
text_file <- function(name, ..., end = "\n") {
  lines <- c(...)
  connection <- file(name, "wb")
  on.exit(close(connection))
  writeLines(lines, connection, sep = end, useBytes = TRUE)
  name
}

bytes_file <- function(name, ...) {
  writeBin(do.call(c, lapply(list(...), as_bytes)), name)
  name
}

as_bytes <- function(x) if (is.character(x)) charToRaw(x) else as.raw(x)

gzip_file <- function(name, ...) {
  connection <- gzfile(name, "wb")
  on.exit(close(connection))
  writeLines(c(...), connection)
  name
}

rds_file <- function(name, object) {
  saveRDS(object, name)
  name
}

# The parts of what is read, without where it is from.
read_parts <- function(...) unclass(read_embeddings(...))[c("embeddings", "labels")]

parts <- function(embeddings, labels = NULL, names = NULL, columns = NULL) {
  if (!is.null(names) || !is.null(columns)) {
    dimnames(embeddings) <- list(names, columns)
  }
  list(embeddings = embeddings, labels = labels)
}

square <- function() rbind(c(1, 2), c(3, 4))
