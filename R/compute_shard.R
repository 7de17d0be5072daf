# What a worker does: some shards, each from the numbers it can reach to a result.

# The results of the tasks, or list(error) where one ran into an error.
compute_shards <- function(tasks) {
  tryCatch(lapply(tasks, compute_shard), error = function(error) list(error = error))
}

# A task is list(routine, version, batch, settings, request, sent), where the embeddings and
# references of the batch are sources, see shard_rows.R. Returns the result of the routine; or
# list(missing), the keys of the rows that must be sent along.
compute_shard <- function(task) {
  check_worker_version(task$version)
  call <- environment()
  batch <- task$batch
  sources <- batch[c("embeddings", "references")]
  sources <- sources[!vapply(sources, is.null, NA)]
  opened <- lapply(sources, open_rows, sent = task$sent, call = call)
  missing <- vapply(opened, is.null, NA)
  if (any(missing)) {
    return(list(missing = vapply(sources[missing], function(source) source$key, "")))
  }
  batch[names(opened)] <- opened
  task$request$threads <- worker_threads(call)
  result <- shard_routines[[task$routine]](batch, task$settings, task$request)
  check_files_after(batch, call)
  result
}

shard_routines <- list(
  whole = function(batch, settings, request) .Call(ffi_loss_circle, batch, settings, request),
  sums = function(batch, settings, request) .Call(ffi_pair_sums, batch, settings, request),
  gradient = function(batch, settings, request) {
    .Call(ffi_gradient_of_sums, batch, settings, request)
  },
  range = function(batch, settings, request) {
    result <- .Call(ffi_evaluate_embeddings, batch, settings, request)
    if (result$status == "ok") only_rows_of_range(result, batch, request$range) else result
  }
)

# The engine has filled in the rows of the range alone.
only_rows_of_range <- function(result, batch, range) {
  rows <- order(batch$labels, method = "radix")[seq(range[[1]], length.out = range[[2]])]
  result$rows <- rows
  result$anchors <- lapply(result$anchors, function(metric) metric[rows])
  result$precision_at_k <- result$precision_at_k[rows, , drop = FALSE]
  result$anchor_moments <- lapply(result$anchor_moments, function(of) of[, rows, drop = FALSE])
  result
}

# Its share of the processors of the machine, or fewer, if the user wants so in a sequential plan.
worker_threads <- function(call) {
  wanted <- .Call(ffi_threads, requested_threads(call))
  as.integer(max(1L, min(parallelly::availableCores(), wanted)))
}

shard_version <- function() as.character(getNamespaceVersion("circleloss"))

check_worker_version <- function(version) {
  if (version != shard_version()) {
    stop(
      "The worker ", Sys.info()[["nodename"]], " has version ", shard_version(),
      " of circleloss, the process that distributes version ", version, ".", call. = FALSE
    )
  }
}
