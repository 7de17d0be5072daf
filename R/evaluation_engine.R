# The engine's part of an evaluation: all pairs, seen once.

# How many of the hardest pairs of either kind an evaluation keeps.
kept_pairs <- 1000L

# The losses are there if `settings` says of which gamma and margin.
engine_evaluation <- function(batch, settings, call) {
  settings$remove_diagonal <- is.null(batch$references)
  request <- new_request("Comparing all pairs", batch, call, kept_pairs = kept_pairs)
  call_engine(
    .Call(ffi_evaluate_embeddings, batch, settings, request), batch, settings, request, call
  )
}
