# How far each part of anchors moves the metrics that are means over anchors.
#
# The influence of a part is the derivative of a metric with respect to the part's weight (the
# infinitesimal jackknife): for a mean the sum of the weighted distances from it. Result: parts x
# metrics, in the order of the metrics of an evaluation.

# `times`: of each anchor, for metrics of the first positive.
anchor_influences <- function(anchors, retrieval, class, parts, times = 1) {
  counted <- !is.na(anchors$loss) & anchors$loss > 0
  defined <- !is.na(retrieval[, "map_at_r"])
  by_class <- mean_influences(retrieval, class_weights(class, defined), parts, times)
  colnames(by_class) <- paste0(colnames(by_class), "_by_class")
  cbind(
    mean_influences(cbind(loss = anchors$loss), equal_weights(counted), parts),
    mean_influences(retrieval, equal_weights(defined), parts, times),
    by_class
  )
}

mean_influences <- function(x, weights, parts, times = 1) {
  means <- colSums(x * weights, na.rm = TRUE)
  distances <- (x - outer(rep(1, nrow(x)), means)) * weights
  first <- is_of_first(colnames(x))
  distances[, first] <- distances[, first] * times
  part_sums(distances, parts)
}

equal_weights <- function(counted) counted / max(sum(counted), 1)

# Every class weighs the same.
class_weights <- function(class, counted) {
  of_class <- tabulate(class[counted], max(class, 0L))
  counted / pmax(of_class[class], 1L) / max(sum(of_class > 0L), 1)
}

# Means and standard deviations over pairs, from those of the anchors, which are exact: bins are
# narrow, but of many pairs they hold only some.
moment_influences <- function(anchors, parts, ends) {
  of_kind <- function(kind) {
    column <- function(name) anchors[[paste0(kind, name)]]
    count <- column("s")
    some <- count > 0
    means <- ifelse(some, column("_mean"), 0)
    sds <- ifelse(some, column("_sd"), 0)
    mean <- sum(count * means) / sum(count)
    squares <- sds^2 + (means - mean)^2
    variance <- sum(count * squares) / sum(count)
    distances <- cbind(means - mean, (squares - variance) / (2 * sqrt(variance)))
    colnames(distances) <- paste0(kind, c("_mean", "_sd"))
    ends[[kind]] / sum(count) * part_sums(count * distances, parts)
  }
  cbind(of_kind("positive"), of_kind("negative"))
}

# References -------------------------------------------------------------------------------------

# Where the references are the embeddings, a row also moves the metrics of its neighbours, in the
# same direction as its own. A mean over pairs moves twice as far as by the row's own pairs, since
# each pair has two rows. Fewer neighbours notice a row if only the nearest count, and more if the
# hardest positive of each does: these factors were found by simulation, see bench/coverage.
factor_of_rows <- function(metrics, resample) {
  metrics <- sub("_by_class$", "", metrics)
  groups <- resample == "groups"
  factors <- rep(2, length(metrics))
  factors[startsWith(metrics, "precision_at_")] <- if (groups) 2 else 1.6
  factors[is_of_first(metrics)] <- factor_of_first
  factors[metrics == "mean_inverse_negative_penalty"] <- if (groups) 3 else 2
  factors[metrics == "loss"] <- if (groups) 3 else 2.4
  factors
}

# Metrics that only the first positive counts for.
is_of_first <- function(metrics) {
  startsWith(metrics, "recall_at_") | metrics %in% c("precision_at_1", "mean_reciprocal_rank")
}

factor_of_first <- 1.25

# A row that has only one positive is the first of that one, too: both stand or fall together,
# and the factor is 2. With more positives another one takes the place of the first.
times_of_few_positives <- function(positives) {
  pmax((1 + pmax(positives, 1)^-0.6) / factor_of_first, 1)
}
