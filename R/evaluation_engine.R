# The engine's part of an evaluation: one pass over all pairs.

# The number of hardest pairs of each kind in an evaluation.
kept_pairs <- 1000L

# The bins in which the engine counts the pairs of each part, CIRCLE_PART_BINS there.
part_bins <- 1024L

# With losses if `settings` has a gamma and a margin, with counts of the parts if there are any,
# see parts_of_anchors().
engine_evaluation <- function(batch, settings, call, parts = NULL) {
  settings$remove_diagonal <- is.null(batch$references)
  if (identical(settings$metric, "euclidean")) {
    settings$gamma <- NULL
  }
  bins <- if (length(parts$code) > 0L) similarity_bins(batch, settings$metric)
  request <- new_request(
    "Comparing all pairs", batch, call,
    kept_pairs = kept_pairs,
    parts = if (!is.null(bins)) {
      c(list(code = parts$code - 1L, count = length(parts$size)), bins)
    }
  )
  pairs <- call_engine(
    compute_evaluation(batch, settings, request), batch, settings, request, call
  )
  if (!is.null(bins)) {
    pairs$parts$similarity <- bins$lowest + (seq_len(part_bins) - 1) / bins$bins_per_unit
  }
  pairs
}

# Bins for the similarities of all pairs, judged from those of a few rows; what lies outside is
# counted in the outermost ones. NULL where numbers are so large or small that none are needed.
similarity_bins <- function(batch, metric) {
  queries <- some_rows(batch$embeddings, metric)
  references <- if (is.null(batch$references)) queries else some_rows(batch$references, metric)
  # The engine reports numbers that are not finite
  if (is.null(queries) || is.null(references)) {
    return(NULL)
  }
  bounds <- range(similarities_of(queries, references, metric))
  reach <- max(diff(bounds) / 4, abs(bounds) * 1e-6)
  lowest <- bounds[[1]] - reach
  per_unit <- (part_bins - 1) / (bounds[[2]] + reach - lowest)
  # Single precision holds these
  if (is.finite(per_unit) && per_unit < 1e30 && per_unit > 1e-30 && abs(lowest) < 1e30) {
    list(lowest = lowest, bins_per_unit = per_unit)
  }
}

# Evenly spaced; NULL if there is none, or none that is finite.
some_rows <- function(x, metric) {
  x <- x[unique(round(seq(1, nrow(x), length.out = min(nrow(x), 100L)))), , drop = FALSE]
  unit <- .Call(ffi_unit_normalize, x)
  if (nrow(x) > 0L && is.matrix(unit)) {
    if (metric == "cosine") unit else x
  }
}

similarities_of <- function(x, y, metric) {
  products <- tcrossprod(x, y)
  if (metric == "euclidean") {
    -sqrt(pmax(outer(rowSums(x^2), rowSums(y^2), "+") - 2 * products, 0))
  } else {
    products
  }
}
