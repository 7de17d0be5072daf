# The engine's part of an evaluation: one pass over all pairs.

# The number of hardest pairs of each kind in an evaluation.
kept_pairs <- 1000L

# With losses if `settings` has a gamma and a margin.
engine_evaluation <- function(batch, settings, call) {
  settings$remove_diagonal <- is.null(batch$references)
  if (identical(settings$metric, "euclidean")) {
    settings$gamma <- NULL
  }
  request <- new_request("Comparing all pairs", batch, call, kept_pairs = kept_pairs)
  call_engine(
    .Call(ffi_evaluate_embeddings, batch, settings, request), batch, settings, request, call
  )
}
