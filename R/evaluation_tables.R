# The tables of an evaluation: one row per anchor, per class, per pair.

# Anchors ----------------------------------------------------------------------------------------

anchor_table <- function(pairs, losses, batch, settings) {
  k <- settings$k
  found <- pairs$anchors
  precision <- as.data.frame(pairs$precision_at_k)
  names(precision) <- sprintf("precision_at_%d", k)
  recall <- as.data.frame(lapply(k, function(k) as.numeric(found$first_rank <= k)))
  names(recall) <- sprintf("recall_at_%d", k)
  nearest <- as.integer(found$nearest)
  table <- data.frame(
    anchor = seq_along(batch$labels),
    label = batch$label_values,
    loss = losses,
    positives = found$positives,
    negatives = found$negatives,
    first_rank = found$first_rank,
    last_rank = found$last_rank,
    precision,
    recall,
    r_precision = found$r_precision,
    average_precision_at_r = found$average_precision_at_r,
    average_precision = found$average_precision,
    nearest = nearest,
    nearest_label = batch$reference_label_values[nearest],
    nearest_similarity = found$nearest_similarity,
    nearest_positive = as.integer(found$nearest_positive),
    nearest_positive_similarity = found$nearest_positive_similarity,
    hardest_positive = as.integer(found$hardest_positive),
    hardest_positive_similarity = found$hardest_positive_similarity,
    hardest_negative = as.integer(found$hardest_negative),
    hardest_negative_similarity = found$hardest_negative_similarity,
    positive_mean = found$positive_mean,
    negative_mean = found$negative_mean,
    soft_similarities(pairs, settings),
    check.names = FALSE
  )
  table <- add_names(table, "anchor", batch$names, "name")
  for (of in c("nearest", "nearest_positive", "hardest_positive", "hardest_negative")) {
    table <- add_names(table, of, batch$reference_names)
  }
  table
}

# Of the one positive and the one negative pair that would have the sums of the anchor's pairs in
# the loss, (d^2 - m^2) gamma = P with d = 1 - s, and (s^2 - m^2) gamma = Q. NA where it has none.
soft_similarities <- function(pairs, settings) {
  of_sums <- function(sums) {
    sums <- if (is.null(sums)) rep(NA_real_, length(pairs$anchors$positives)) else sums
    sums[sums == -Inf] <- NA
    sqrt(pmax(sums / settings$gamma + settings$margin^2, 0))
  }
  data.frame(
    positive_soft = 1 - of_sums(pairs$positive_sums), negative_soft = of_sums(pairs$negative_sums)
  )
}

# Adds the names of the rows in the column `of` beside it, if rows have names.
add_names <- function(table, of, names, column = paste0(of, "_name")) {
  if (is.null(names)) {
    return(table)
  }
  at <- match(of, colnames(table))
  named <- rlang::set_names(data.frame(names[table[[of]]]), column)
  cbind(table[seq_len(at)], named, table[-seq_len(at)])
}

# Retrieval --------------------------------------------------------------------------------------

# The retrieval metrics of each anchor as a matrix, NA for lone anchors.
retrieval_of_anchors <- function(anchors, k) {
  at_k <- c(sprintf("precision_at_%d", k), sprintf("recall_at_%d", k))
  cbind(
    as.matrix(anchors[at_k]),
    r_precision = anchors$r_precision,
    map_at_r = anchors$average_precision_at_r,
    mean_average_precision = anchors$average_precision,
    mean_reciprocal_rank = 1 / anchors$first_rank,
    mean_inverse_negative_penalty = anchors$positives / anchors$last_rank
  )
}

# Means over the anchors that are not lone; and over classes first, then over them.
retrieval_metrics <- function(retrieval, class) {
  over_anchors <- means_of_defined(retrieval)
  over_classes <- means_of_defined(class_means(retrieval, class))
  names(over_classes) <- paste0(names(over_classes), "_by_class")
  c(over_anchors, over_classes)
}

means_of_defined <- function(x) {
  means <- colMeans(x, na.rm = TRUE)
  means[is.nan(means)] <- NA_real_
  means
}

# Over the anchors for which a number is defined: without groups that is all of a class, or none.
class_means <- function(x, class) {
  defined <- rowsum(0 + !is.na(x), class)
  means <- rowsum(x, class, na.rm = TRUE) / defined
  means[defined == 0] <- NA_real_
  means
}

# Classes ----------------------------------------------------------------------------------------

class_table <- function(anchors, retrieval, batch, k) {
  of_classes <- class_means(
    cbind(retrieval, as.matrix(anchors[c("loss", "positive_mean", "negative_mean")])),
    batch$class
  )
  columns <- unique(c(
    "loss", sprintf("recall_at_%d", k), intersect("precision_at_1", colnames(of_classes)),
    "r_precision", "map_at_r", "mean_average_precision", "positive_mean", "negative_mean"
  ))
  data.frame(
    label = batch$classes,
    anchors = tabulate(batch$class, length(batch$classes)),
    of_classes[, columns, drop = FALSE],
    most_confused_with = most_confused_with(anchors, batch),
    check.names = FALSE,
    row.names = NULL
  )
}

# For each class the most frequent wrong label of its anchors' nearest references; of equally
# frequent ones the first by code. Lone anchors do not count: any label would be wrong.
most_confused_with <- function(anchors, batch) {
  found <- reference_codes_of(batch)[anchors$nearest]
  wrong <- which(found != batch$labels & anchors$positives > 0)
  mistakes <- data.frame(
    class = batch$class[wrong],
    found = found[wrong],
    reference = anchors$nearest[wrong]
  )
  mistakes <- mistakes[order(mistakes$class, mistakes$found), ]
  # One row for each kind of mistake, the most frequent of a class first
  first <- which(!duplicated(mistakes[c("class", "found")]))
  kinds <- mistakes[first, ]
  times <- diff(c(first, nrow(mistakes) + 1L))
  kinds <- kinds[order(kinds$class, -times, kinds$found), ]
  worst <- kinds$reference[match(seq_along(batch$classes), kinds$class)]
  batch$reference_label_values[worst]
}

# Pairs ------------------------------------------------------------------------------------------

pair_table <- function(pairs, batch) {
  anchor <- as.integer(pairs$anchor)
  reference <- as.integer(pairs$reference)
  table <- data.frame(
    anchor = anchor,
    anchor_label = batch$label_values[anchor],
    reference = reference,
    reference_label = batch$reference_label_values[reference],
    similarity = pairs$similarity
  )
  table <- add_names(table, "anchor", batch$names)
  add_names(table, "reference", batch$reference_names)
}
