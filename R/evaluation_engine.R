# The engine's part of an evaluation: one pass over all pairs.

# The number of hardest pairs of each kind in an evaluation.
kept_pairs <- 1000L

# The bins in which the engine counts the pairs of each part, CIRCLE_PART_BINS there.
part_bins <- 1024L

# Pairs are counted in full from the bin on above which this share of the negatives lies: so more
# false accepts than those of the rates 0.01 and below.
counted_share <- 0.03

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
      of_rows <- list(code = parts$code - 1L, count = length(parts$size))
      c(of_rows, some_classes(batch, settings), bins)
    }
  )
  pairs <- call_engine(
    compute_evaluation(batch, settings, request), batch, settings, request, call
  )
  if (!is.null(bins) && !is.null(pairs$parts)) {
    pairs$parts <- finish_part_counts(pairs$parts, pairs$anchors$negatives, parts, bins)
  }
  pairs
}

# The classes whose pairs are summed, list(class, classes): all, or some at random; the class of
# each row is counted from 0, and -1 for others. None where whole classes are not what is sampled.
some_classes <- function(batch, settings) {
  if (!is.null(batch$references) || !identical(settings$resample, "classes")) {
    return(list(class = NULL, classes = 0L))
  }
  known <- max(batch$class)
  some <- seq_len(known)
  if (known > most_parts) {
    some <- sort(with_seed(settings$seed, sample.int(known, most_parts)))
  }
  list(class = match(batch$class, some, nomatch = 0L) - 1L, classes = length(some))
}

# Below `counted_from` only some of the negatives have been counted: of each part, as many as it has
# in all are distributed as these.
finish_part_counts <- function(counts, negatives, parts, bins) {
  sampled <- seq_len(bins$counted_from)
  counted <- colSums(counts$negative[sampled, , drop = FALSE])
  wanted <- as.vector(part_sums(cbind(negatives), parts)) - colSums(counts$negative) + counted
  times <- ifelse(counted > 0, wanted / counted, 1)
  counts$negative[sampled, ] <- counts$negative[sampled, , drop = FALSE] *
    rep(times, each = length(sampled))
  counts$similarity <- bins$lowest + (seq_len(part_bins) - 1) / bins$bins_per_unit
  counts$bins_per_unit <- bins$bins_per_unit
  counts
}

# Bins for the similarities of all pairs, judged from those of a few rows; what lies outside is
# counted in the outermost ones. NULL where numbers are so large or small that none are needed.
similarity_bins <- function(batch, metric) {
  self <- is.null(batch$references)
  queries <- some_rows(batch$embeddings, metric)
  references <- if (self) queries else some_rows(batch$references, metric)
  # The engine reports numbers that are not finite
  if (is.null(queries) || is.null(references)) {
    return(NULL)
  }
  similarities <- similarities_of(queries$rows, references$rows, metric)
  labels <- reference_codes_of(batch)[references$at]
  negative <- outer(batch$labels[queries$at], labels, `!=`)
  bounds <- range(similarities)
  reach <- max(diff(bounds) / 4, abs(bounds) * 1e-6)
  lowest <- bounds[[1]] - reach
  per_unit <- (part_bins - 1) / (bounds[[2]] + reach - lowest)
  # Single precision holds these
  if (is.finite(per_unit) && per_unit < 1e30 && per_unit > 1e-30 && abs(lowest) < 1e30) {
    from <- lowest
    if (any(negative)) {
      from <- stats::quantile(similarities[negative], 1 - counted_share, names = FALSE)
    }
    list(
      lowest = lowest, bins_per_unit = per_unit,
      counted_from = as.integer(round((from - lowest) * per_unit))
    )
  }
}

# Evenly spaced, list(at, rows); NULL if there is none, or none that is finite.
some_rows <- function(x, metric) {
  at <- unique(round(seq(1, nrow(x), length.out = min(nrow(x), 100L))))
  x <- x[at, , drop = FALSE]
  unit <- .Call(ffi_unit_normalize, x)
  if (nrow(x) > 0L && is.matrix(unit)) {
    list(at = at, rows = if (metric == "cosine") unit else x)
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
