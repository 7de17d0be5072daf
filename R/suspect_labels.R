# Rows whose neighbours contradict their label.

#' Rows with suspect labels
#'
#' Ranks the rows whose neighbours contradict their label: probably mislabelled, or between two
#' classes.
#'
#' A row is suspect if the nearest reference of another class is nearer than any of its own. With
#' \eqn{d = 1 - s} the distances to the nearest of either, \eqn{d_m} the median distance of all rows
#' to their nearest reference, and two shares of its own class, among its nearest R
#' (`r_precision`) and k, its score is
#' \deqn{\log(d_{own} / d_{other}) + \log(d_m / d_{other}) / 2 - 2 (p_R + p_k)}{
#' log(d_own / d_other) + log(d_m / d_other) / 2 - 2 (p_R + p_k)}
#'
#' A mislabelled row lies within another class, as near to it as rows are to their own, and its own
#' class is far. A row between two classes is about as far from both; an unusual row is far from
#' all; and next to a mislabelled row, all others are of its own class. k is the largest `k` of the
#' evaluation up to 10. If similarities exceed 1, which only inner products can, distances are from
#' the largest of them. The weights were chosen on [digits] with 40 of 1797 labels changed at
#' random: of the first 40 suspects 38.7 are among them on average over 200 such changes, never less
#' than 37.
#'
#' Rows whose label no reference has are not listed: nothing of their own class could be near. They
#' are `sizes$lone` of the evaluation in number.
#'
#' @param x A result of [evaluate_embeddings()].
#' @param n The most rows to list, a whole number.
#'
#' @returns A data frame, the most suspect row first, with fewer than `n` rows if fewer are suspect:
#'   `row`, and `name` if rows have names; its `label`, and the label `suggested` by its most
#'   similar reference of another class; the `score`; `own_similarity` and `suggested_similarity`,
#'   to the nearest reference of its own class and to that of the suggested one, and the rows of
#'   these two, `own_row` and `suggested_row`.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`n`) and `circleloss_error_evaluation`; see
#' [circleloss_conditions].
#'
#' @seealso [hardest_pairs()], [evaluate_embeddings()]
#' @examples
#' # Five of 300 digits with a wrong label
#' some <- digits[1:300, ]
#' wrong <- c(20, 71, 144, 202, 259)
#' some$digit[wrong] <- "7"
#' evaluation <- evaluate_embeddings(some$pixels, some$digit, clustering = FALSE)
#' suspect_labels(evaluation, 6)
#' @export
suspect_labels <- function(x, n = 10) {
  call <- environment()
  need_argument(x, "It is a result of {.fn evaluate_embeddings}.", call)
  check_evaluation(x, call)
  if (!is_whole_number(n) || n < 0) {
    stop_parameter("n", n, "a whole number of rows", call)
  }
  utils::head(rank_suspects(x$anchors, x$settings$k), n)
}

# NA where no other class is nearer than the own one.
suspicion <- function(anchors, k) {
  top <- max(1, anchors$nearest_similarity, na.rm = TRUE)
  distance <- function(similarity) pmax(top - similarity, least_distance)
  own <- distance(anchors$nearest_positive_similarity)
  other <- distance(anchors$hardest_negative_similarity)
  typical <- stats::median(distance(anchors$nearest_similarity), na.rm = TRUE)
  among_k <- anchors[[sprintf("precision_at_%d", max(k[k <= 10L], k[[1]]))]]
  score <- log(own / other) + log(typical / other) / 2 - 2 * (anchors$r_precision + among_k)
  ifelse(anchors$hardest_negative_similarity > anchors$nearest_positive_similarity, score, NA)
}

# Of rows that are equal up to rounding.
least_distance <- 1e-6

rank_suspects <- function(anchors, k) {
  score <- suspicion(anchors, k)
  suspects <- which(!is.na(score))
  suspects <- suspects[order(-score[suspects])]
  found <- anchors[suspects, ]
  table <- data.frame(
    row = found$anchor,
    label = found$label,
    suggested = found$nearest_label,
    score = score[suspects],
    own_similarity = found$nearest_positive_similarity,
    suggested_similarity = found$nearest_similarity,
    own_row = found$nearest_positive,
    suggested_row = found$nearest
  )
  if (!is.null(found$name)) {
    table <- cbind(table[1], name = found$name, table[-1])
  }
  table
}
