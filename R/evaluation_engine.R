# The engine's part of an evaluation: one pass over all pairs.

# The number of hardest pairs of each kind in an evaluation.
kept_pairs <- 1000L

# The bins in which the engine counts the pairs of each group, CIRCLE_GROUP_BINS there.
group_bins <- 1024L

# With losses if `settings` has a gamma and a margin, with counts of the groups if there are any,
# see resampling_groups().
engine_evaluation <- function(batch, settings, call, groups = NULL) {
  settings$remove_diagonal <- is.null(batch$references)
  bins <- if (length(groups$code) > 0L) similarity_bins(batch, settings$normalize)
  request <- new_request(
    "Comparing all pairs", batch, call,
    kept_pairs = kept_pairs,
    groups = if (!is.null(bins)) {
      c(list(code = groups$code - 1L, count = length(groups$size)), bins)
    }
  )
  pairs <- call_engine(
    .Call(ffi_evaluate_embeddings, batch, settings, request), batch, settings, request, call
  )
  if (!is.null(bins)) {
    pairs$groups$similarity <- bins$lowest + (seq_len(group_bins) - 1) / bins$bins_per_unit
  }
  pairs
}

# Bins for the similarities of all pairs, judged from those of a few rows; what lies outside is
# counted in the outermost ones. NULL where numbers are so large or small that none are needed.
similarity_bins <- function(batch, normalize) {
  queries <- some_rows(batch$embeddings, normalize)
  references <- if (is.null(batch$references)) queries else some_rows(batch$references, normalize)
  # The engine reports numbers that are not finite
  if (is.null(queries) || is.null(references)) {
    return(NULL)
  }
  bounds <- range(tcrossprod(queries, references))
  reach <- max(diff(bounds) / 4, abs(bounds) * 1e-6)
  lowest <- bounds[[1]] - reach
  per_unit <- (group_bins - 1) / (bounds[[2]] + reach - lowest)
  # Single precision holds these
  if (is.finite(per_unit) && per_unit < 1e30 && per_unit > 1e-30) {
    list(lowest = lowest, bins_per_unit = per_unit)
  }
}

# Evenly spaced; NULL if there is none, or none that is finite.
some_rows <- function(x, normalize) {
  x <- x[unique(round(seq(1, nrow(x), length.out = min(nrow(x), 200L)))), , drop = FALSE]
  unit <- .Call(ffi_unit_normalize, x)
  if (nrow(x) > 0L && is.matrix(unit)) {
    if (normalize) unit else x
  }
}
