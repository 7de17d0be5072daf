# Finished shards in files, so that a later call need not compute them again.
#
# A file is the line below, a hash of the rest, and the serialized result. A torn one has another
# hash, and is computed again.

checkpoint_line <- charToRaw("circleloss shard 1\n")
hash_length <- 32L

# The file of a shard: a name that depends on all that its result depends on. NULL without a
# checkpoint.
checkpoint_file <- function(task, folder) {
  if (is.null(folder)) {
    return(NULL)
  }
  task$sent <- NULL
  for (side in c("embeddings", "references")) {
    task$batch[[side]] <- task$batch[[side]]$key
  }
  file.path(folder, paste0(rlang::hash(task), ".shard"))
}

begin_checkpoint <- function(folder, call) {
  if (!is.null(folder) && !dir.exists(folder) &&
        !dir.create(folder, showWarnings = FALSE, recursive = TRUE)) {
    stop_file(folder, NA, "the folder for a checkpoint cannot be made", NULL, call)
  }
}

# The result, or NULL.
read_shard <- function(file) {
  if (is.null(file) || !file.exists(file)) {
    return(NULL)
  }
  bytes <- tryCatch(
    suppressWarnings(readBin(file, "raw", file.size(file))),
    error = function(error) raw()
  )
  head <- length(checkpoint_line) + hash_length
  if (length(bytes) <= head || !identical(bytes[seq_along(checkpoint_line)], checkpoint_line)) {
    return(NULL)
  }
  hash <- bytes[length(checkpoint_line) + seq_len(hash_length)]
  content <- bytes[-seq_len(head)]
  if (identical(hash, charToRaw(rlang::hash(content)))) unserialize(content)
}

# Under another name first: a file of this name is complete, or the machine has failed.
write_shard <- function(result, file, call) {
  content <- serialize(result, NULL)
  unfinished <- tempfile("unfinished-", dirname(file))
  on.exit(unlink(unfinished))
  bytes <- c(checkpoint_line, charToRaw(rlang::hash(content)), content)
  written <- tryCatch(
    suppressWarnings({
      writeBin(bytes, unfinished)
      file.size(unfinished) == length(bytes) && file.rename(unfinished, file)
    }),
    error = function(error) FALSE
  )
  if (!written) {
    stop_file(
      file, NA, "a shard cannot be kept", "Is the disk full, or the folder protected?", call
    )
  }
}
