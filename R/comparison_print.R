# The printed form of a comparison: one screen, with a plain sentence for each embedding.

#' Comparisons of embeddings
#'
#' Methods for the result of [compare_embeddings()].
#'
#' `print()` shows the main metrics of every embedding, the difference to the baseline with its
#' interval, and the adjusted p value; then a sentence for each embedding. It calls an embedding
#' better or worse in a metric where the adjusted p value is below 1 - level.
#'
#' `as.data.frame()` and `tidy()` return the differences, or with `what = "metrics"` the metrics of
#' every embedding.
#'
#' `autoplot()` returns a plot of the main differences with their intervals, or with another `type`
#' that of [autoplot()][autoplot.embedding_evaluation] for the evaluations side by side; `plot()`
#' draws it.
#'
#' @param x,object A result of [compare_embeddings()].
#' @param what The table: `"differences"` or `"metrics"`.
#' @param row.names,optional Not used.
#' @param type `"differences"`, or a type of plot of evaluations: `"similarity"`, `"circle"`,
#'   `"roc"`, `"cmc"` or `"classes"`.
#' @param ... Not used.
#'
#' @returns `format()`: lines of text. `print()`: `x`, invisibly. `as.data.frame()` and `tidy()`:
#'   data frames. `autoplot()`: a ggplot2 plot, which `plot()` returns invisibly.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`what`, `type`) and `circleloss_error_package`; see
#' [circleloss_conditions].
#'
#' @name embedding_comparison
#' @order 1
#' @seealso [compare_embeddings()]
#' @examples
#' some <- digits[1:300, ]
#' comparison <- compare_embeddings(
#'   pixels = some$pixels, corner = some$pixels[, 1:32],
#'   labels = some$digit, resample = "rows"
#' )
#' comparison
#' head(as.data.frame(comparison, what = "metrics"), 3)
NULL

#' @rdname embedding_comparison
#' @export
format.embedding_comparison <- function(x, ...) {
  c(comparison_lines(x), "", "More: plot(), tidy(), as.data.frame(what = \"metrics\")")
}

#' @rdname embedding_comparison
#' @export
print.embedding_comparison <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}

# Also the output of the command.
comparison_lines <- function(x) {
  others <- unique(x$differences$embedding)
  with_plain_numbers(c(
    comparison_head(x),
    unlist(lapply(others, function(name) c("", difference_lines(x, name)))),
    "",
    unlist(lapply(others, function(name) sentence_lines(x, name)))
  ))
}

comparison_head <- function(x) {
  sizes <- x$evaluations[[1]]$sizes
  c(
    sprintf(
      "<embedding_comparison> %s of %s rows, %s", count_text(length(x$evaluations), "embedding"),
      count_mark(sizes$anchors), count_text(sizes$classes, "class")
    ),
    sprintf(
      "Differences to %s, %s %% intervals for new %s; p adjusted by Holm over %d metrics",
      x$baseline, format(100 * x$level), x$resample,
      sum(!is.na(x$differences$p_value)) %/% length(unique(x$differences$embedding))
    )
  )
}

# The metrics that are shown, those of the first and the last k only.
main_metrics <- function(x) {
  metrics <- names(x$evaluations[[1]]$metrics)
  recall <- sprintf("recall_at_%d", unique(range(x$evaluations[[1]]$settings$k)))
  intersect(
    c(
      "map_at_r", "r_precision", "mean_average_precision", recall, "auc", "equal_error_rate",
      "tar_at_far_0.001", "loss"
    ),
    metrics
  )
}

differences_of <- function(x, name, metrics) {
  rows <- x$differences[x$differences$embedding == name, ]
  rows[match(metrics, rows$metric), ]
}

difference_lines <- function(x, name) {
  metrics <- main_metrics(x)
  rows <- differences_of(x, name, metrics)
  values <- function(name) number_in_line(x$evaluations[[name]]$metrics[metrics])
  cells <- data.frame(
    metric = c("", metrics),
    baseline = c(x$baseline, values(x$baseline)),
    other = c(name, values(name)),
    difference = c("difference", signed_text(rows$difference)),
    interval = c("", interval_text(rows)),
    p = c("p", p_text(rows$p_adjusted))
  )
  aligned <- Map(function(cell, column) {
    format(cell, justify = if (column %in% c("metric", "interval")) "left" else "right")
  }, cells, names(cells))
  sub(" +$", "", do.call(paste, c(unname(aligned), sep = "  ")))
}

number_in_line <- function(values) {
  ifelse(!is.na(values) & abs(values) >= 10, digit_text(values), decimal_text(values))
}

signed_text <- function(values) {
  text <- number_text(values, digits = 4L, format = "f", flag = "+")
  sub("^[+-](0[.]0*)$", "\\1", text)
}

interval_text <- function(rows) {
  ifelse(
    is.na(rows$lower), "",
    paste0("[", signed_text(rows$lower), ", ", signed_text(rows$upper), "]")
  )
}

p_text <- function(p) {
  ifelse(is.na(p), "-", ifelse(p < 0.001, "<0.001", formatC(p, digits = 3L, format = "f")))
}

# Sentences --------------------------------------------------------------------------------------

lower_is_better <- c("loss", "equal_error_rate", "overlap")

sentence_lines <- function(x, name) {
  rows <- differences_of(x, name, main_metrics(x))
  strwrap(sentence_of(rows, name, x$baseline, 1 - x$level), width = 80L, exdent = 2L)
}

# "pca is better than raw in map_at_r by 0.021 [0.012, 0.030]; no difference can be told in auc."
sentence_of <- function(rows, name, baseline, limit) {
  told <- !is.na(rows$p_adjusted) & rows$p_adjusted < limit
  gain <- rows$difference * ifelse(rows$metric %in% lower_is_better, -1, 1)
  untold <- !is.na(rows$p_adjusted) & !told
  none <- is.na(rows$p_adjusted)
  clauses <- c(
    clause_of(rows[told & gain > 0, ], paste(name, "is better than", baseline, "in")),
    clause_of(rows[told & gain < 0, ], paste(name, "is worse than", baseline, "in")),
    if (any(untold)) {
      paste0(
        "no difference", if (any(told)) " can be told in " else paste0(
          " between ", name, " and ", baseline, " can be told in "
        ), and_list(rows$metric[untold])
      )
    },
    if (all(none)) {
      paste0("nothing can be told about ", name, ": ", rows$reason[[1]])
    }
  )
  paste0(paste(clauses, collapse = "; "), ".")
}

clause_of <- function(rows, beginning) {
  if (nrow(rows) == 0L) {
    return(NULL)
  }
  amounts <- sprintf(
    "%s by %s [%s, %s]", rows$metric, short_text(abs(rows$difference)),
    short_text(pmin(abs(rows$lower), abs(rows$upper))),
    short_text(pmax(abs(rows$lower), abs(rows$upper)))
  )
  paste(beginning, and_list(amounts))
}

short_text <- function(x) number_text(x, digits = 3L, format = "f")

and_list <- function(x) {
  if (length(x) < 2L) x else paste(paste(x[-length(x)], collapse = ", "), "and", x[[length(x)]])
}
