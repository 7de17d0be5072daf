# The hardest pairs of an evaluation.

pair_kinds <- c("positive", "negative")

#' The hardest pairs of an evaluation
#'
#' Lists the least similar positive pairs and the most similar negative pairs: often mislabelled
#' rows, duplicates, or classes that should be merged.
#'
#' An evaluation keeps the 1000 hardest pairs of each kind. The hardest positive and the hardest
#' negative of every anchor are in `as.data.frame(x, what = "anchors")`.
#'
#' @param x A result of [evaluate_embeddings()].
#' @param n The number of pairs of each kind, a whole number up to 1000.
#' @param kind `"positive"`, `"negative"` or both.
#'
#' @returns A data frame, the hardest pair of each kind first: `kind`, `anchor` and `reference` (the
#'   rows), `anchor_label`, `reference_label` and `similarity`; `anchor_name` and `reference_name`
#'   if rows have names. If the references are the embeddings themselves, each pair occurs once,
#'   with `anchor` < `reference`.
#'
#' @section Errors:
#' `circleloss_error_parameter` for a wrong `n` or `kind`, also if more pairs are asked for than
#' were kept; `circleloss_error_evaluation`. See [circleloss_conditions].
#'
#' @seealso [evaluate_embeddings()]
#' @examples
#' some <- digits[1:300, ]
#' evaluation <- evaluate_embeddings(some$pixels, some$digit)
#' hardest_pairs(evaluation, 3)
#' hardest_pairs(evaluation, 5, kind = "negative")
#' @export
hardest_pairs <- function(x, n = 10, kind = c("positive", "negative")) {
  call <- environment()
  need_argument(x, "It is a result of {.fn evaluate_embeddings}.", call)
  check_evaluation(x, call)
  if (!is.character(kind) || length(kind) == 0L || !all(kind %in% pair_kinds)) {
    stop_parameter("kind", kind, "\"positive\", \"negative\" or both", call)
  }
  check_row_count(n, "pairs", call)
  kind <- intersect(pair_kinds, kind)
  for (one in kind) {
    check_pairs_kept(n, nrow(x$hardest[[one]]), x$sizes$pairs[[one]], one, call)
  }
  tables <- lapply(kind, function(kind) {
    pairs <- utils::head(x$hardest[[kind]], n)
    cbind(kind = rep(kind, nrow(pairs)), pairs)
  })
  do.call(rbind, tables)
}

check_evaluation <- function(x, call) {
  if (!is_evaluation(x)) {
    stop_circleloss(
      "evaluation",
      "{.arg x} must be a result of {.fn evaluate_embeddings}, not {.obj_type_friendly {x}}.",
      argument = "x",
      call = call
    )
  }
}

check_pairs_kept <- function(n, kept, pairs, kind, call) {
  if (n > kept && kept < pairs) {
    stop_circleloss(
      "parameter",
      c(
        "{.arg n} must be at most {format_count(kept)}, not {format_count(n)}.",
        "x" = "Of the {format_count(pairs)} {kind} pairs the {format_count(kept)} hardest were
               kept.",
        "i" = "The hardest {kind} of every anchor is in
               {.code as.data.frame(x, what = \"anchors\")}."
      ),
      argument = "n",
      call = call
    )
  }
}
