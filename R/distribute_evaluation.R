# An evaluation, computed by the workers of the user's plan: ranges of anchors, each against all
# references, and the losses as in distribute_loss.R.

# The result of the engine: by this process, or by others.
compute_evaluation <- function(batch, settings, request) {
  if (is.null(batch$distribution)) {
    .Call(ffi_evaluate_embeddings, batch, settings, request)
  } else {
    distribute_evaluation(batch, settings, request)
  }
}

distribute_evaluation <- function(batch, settings, request) {
  work <- new_distributed_loss(batch, settings, request)
  on.exit(unlink(work$folder, recursive = TRUE))
  sums <- if (is.null(settings$gamma)) NULL else distributed_losses(work)
  if (!is.null(sums) && sums$status != "ok") {
    return(sums)
  }
  found <- distribute_ranges(work, request)
  c(found, sums[c("losses", "positive_sums", "negative_sums")])
}

# Losses with P and Q, as a result of the engine.
distributed_losses <- function(work) {
  sums <- distribute_sums(work)
  if (sums$status != "ok") sums else reduce_sums(sums, work$batch, work$settings)
}

distribute_ranges <- function(work, request) {
  batch <- work$batch
  ranges <- ranges_of(batch, work$distribution)
  settings <- work$settings
  settings$gamma <- NULL
  make_task <- function(shard) {
    list(
      routine = "range", settings = settings,
      batch = list(
        embeddings = work$embeddings, labels = batch$labels,
        references = if (!is.null(batch$references)) work$references,
        reference_labels = batch$reference_labels,
        groups = batch$groups, reference_groups = batch$reference_groups
      ),
      request = list(
        kept_pairs = request$kept_pairs, parts = request$parts,
        range = c(ranges$first[[shard]], ranges$count[[shard]])
      )
    )
  }
  joined <- new_join(nrow(batch$embeddings), is.null(batch$references), request$kept_pairs)
  receive <- function(shard, result) {
    joined <<- if (result$status == "ok") join_range(joined, result) else result
    result$status == "ok"
  }
  references <- nrow(if (is.null(batch$references)) batch$embeddings else batch$references)
  work_of_rank <- 64
  multiplications <- ranges$count * references * (ncol(batch$embeddings) + work_of_rank)
  run_shards(multiplications, make_task, receive, work$distribution, work$call)
  if (joined$status == "ok") finish_join(joined) else joined
}

# Joining ----------------------------------------------------------------------------------------

new_join <- function(rows, self, kept_pairs) {
  list(rows = rows, self = self, kept_pairs = kept_pairs, status = "ok", where = c(1, 0, 0))
}

# The rows of a range into those of all anchors; counts are added up.
join_range <- function(joined, result) {
  rows <- result$rows
  if (is.null(joined$anchors)) {
    joined$anchors <- lapply(result$anchors, function(metric) rep(NA_real_, joined$rows))
    joined$precision_at_k <- matrix(NA_real_, joined$rows, ncol(result$precision_at_k))
    joined$anchor_moments <- lapply(
      result$anchor_moments, function(of) matrix(NA_real_, nrow(of), joined$rows)
    )
    joined$limit <- result$limit
    joined$not_unit <- result$not_unit
  }
  for (metric in names(result$anchors)) {
    joined$anchors[[metric]][rows] <- result$anchors[[metric]]
  }
  joined$precision_at_k[rows, ] <- result$precision_at_k
  for (kind in c("positive", "negative")) {
    joined$anchor_moments[[kind]][, rows] <- result$anchor_moments[[kind]]
    joined$hardest[[kind]] <- join_hardest(
      joined$hardest[[kind]], result$hardest[[kind]], kind, joined$kept_pairs
    )
  }
  known <- joined$parts
  joined$parts <- if (is.null(known)) result$parts else add_counts(known, result$parts)
  joined$similarities <- join_similarities(joined$similarities, result$similarities, joined$limit)
  joined
}

# Of the parts; exact, whatever the order.
add_counts <- function(known, more) {
  Map(function(known, more) if (!is.null(known)) known + more, known, more)
}

# The hardest first, ties by anchor, then by reference, as the engine orders them.
join_hardest <- function(known, more, kind, kept_pairs) {
  pairs <- if (is.null(known)) more else Map(c, known, more)
  sign <- if (kind == "positive") 1 else -1
  order <- order(sign * pairs$similarity, pairs$anchor, pairs$reference)
  lapply(pairs, function(column) column[utils::head(order, kept_pairs)])
}

# Bins are equal where they begin at the same similarity; the first may begin below the limit.
join_similarities <- function(known, more, limit) {
  if (is.null(known)) {
    return(more)
  }
  both <- Map(c, known, more)
  begin <- pmax(both$lower, -limit)
  bins <- sort(unique(begin))
  at <- match(begin, bins)
  in_known <- match(bins, pmax(known$lower, -limit))
  in_more <- match(bins, pmax(more$lower, -limit))
  lower <- pmin(known$lower[in_known], more$lower[in_more], na.rm = TRUE)
  upper <- pmax(known$upper[in_known], more$upper[in_more], na.rm = TRUE)
  sum_of <- function(counts) as.vector(rowsum(counts, at, reorder = TRUE))
  list(
    lower = lower, upper = upper, positive = sum_of(both$positive), negative = sum_of(both$negative)
  )
}

finish_join <- function(joined) {
  joined$moments <- lapply(joined$anchor_moments, function(of) {
    .Call(ffi_total_moments, of, joined$self, joined$limit)
  })
  joined
}
