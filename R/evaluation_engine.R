# The engine's part of an evaluation: all pairs, seen once.

# How many of the hardest pairs of either kind an evaluation keeps.
kept_pairs <- 1000L

engine_evaluation <- function(batch, settings, call) {
  progress <- new_progress(batch, "Comparing all pairs")
  if (!is.null(progress)) {
    on.exit(progress$close())
  }
  threads <- requested_threads(call)
  result <- .Call(
    ffi_evaluate_embeddings,
    batch$embeddings,
    batch$labels,
    batch$references,
    batch$reference_labels,
    settings$k,
    settings$normalize,
    settings$dtype,
    kept_pairs,
    threads,
    progress$report
  )
  # That rows are not of unit length is said by the loss
  if (result$status != "ok") {
    stop_status(
      result$status, result$where, batch, settings, or_normalize(settings), NULL, call
    )
  }
  result
}

# The batch with rows of length 1.
unit_batch <- function(batch, call) {
  batch$embeddings <- unit_rows(batch$embeddings, "embeddings", call)
  if (!is.null(batch$references)) {
    batch$references <- unit_rows(batch$references, "ref_embeddings", call)
  }
  batch
}
