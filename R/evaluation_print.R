# The printed form of an evaluation: one screen, or with summary() a little more.

#' Evaluations of embeddings
#'
#' Methods for the result of [evaluate_embeddings()].
#'
#' `print()` shows one screen: the loss on a scale from a perfect embedding to chance, retrieval,
#' verification, similarities, clustering, intervals of `map_at_r` and `auc`, and the three classes
#' with the largest loss. `summary()` adds up to 20 classes, more quantiles, more intervals, the
#' averages over classes and the hardest pairs.
#'
#' `as.data.frame()` returns one of the tables: `"metrics"` has one row per metric (`metric`, `k`
#' where it applies, `value`, the ends of its interval `lower` and `upper`, or the `reason` why it
#' has none), `"anchors"` and `"classes"` are the tables of the evaluation. `"cmc"` is the
#' cumulative match characteristic: for each `rank` at which it rises, the number of `anchors` whose
#' first positive is up to there, and their share `match_rate` of all anchors with a positive.
#' `tidy()` returns the metrics, `glance()` one row with the sizes and a column for each metric, and
#' `augment()` the table of the anchors beside the rows of `data`, with a dot before the name of
#' each column. The generics are those of package generics (and broom).
#'
#' @param x,object A result of [evaluate_embeddings()]; for `format()` and `print()` also one of
#'   `summary()`.
#' @param row.names,optional Not used.
#' @param data A data frame with a row for each anchor, such as the one that the embeddings came
#'   from, or `NULL`.
#' @param what The table: `"metrics"`, `"anchors"`, `"classes"` or `"cmc"`.
#' @param ... Not used.
#'
#' @returns `format()`: lines of text. `print()`: `x`, invisibly. `summary()`: an object that
#'   prints. The others: data frames.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`what`, `data`); see [circleloss_conditions].
#'
#' @name embedding_evaluation
#' @order 1
#' @examples
#' some <- digits[1:300, ]
#' evaluation <- evaluate_embeddings(some$pixels, some$digit)
#'
#' summary(evaluation)
#' head(as.data.frame(evaluation, what = "classes"))
#'
#' # The anchors that are furthest from their class
#' anchors <- as.data.frame(evaluation, what = "anchors")
#' head(anchors[order(-anchors$loss), c("anchor", "label", "loss", "nearest_label")], 3)
#' @seealso [evaluate_embeddings()], [hardest_pairs()]
NULL

#' @rdname embedding_evaluation
#' @export
format.embedding_evaluation <- function(x, ...) {
  c(evaluation_lines(x), "", "More: summary(), plot(), hardest_pairs(), as.data.frame()")
}

# Also the output of the command, where advice for R is of no use.
evaluation_lines <- function(x) {
  join_blocks(
    size_lines(x),
    loss_lines(x),
    retrieval_lines(x),
    verification_lines(x$metrics),
    similarity_lines(x),
    c(clustering_line(x), interval_line(x)),
    class_lines(x, most = 3L, title = "Worst classes")
  )
}

#' @rdname embedding_evaluation
#' @export
print.embedding_evaluation <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}

#' @rdname embedding_evaluation
#' @export
summary.embedding_evaluation <- function(object, ...) {
  structure(list(evaluation = object), class = "summary.embedding_evaluation")
}

#' @rdname embedding_evaluation
#' @export
format.summary.embedding_evaluation <- function(x, ...) {
  x <- x$evaluation
  join_blocks(
    size_lines(x),
    loss_lines(x),
    retrieval_lines(x),
    retrieval_lines(x, "_by_class", "averaged over classes first"),
    verification_lines(x$metrics),
    similarity_table_lines(x),
    clustering_line(x),
    interval_table_lines(x),
    class_lines(x, most = 20L, title = "Classes"),
    hardest_lines(x, "positive", "Least similar positives"),
    hardest_lines(x, "negative", "Most similar negatives")
  )
}

#' @rdname embedding_evaluation
#' @export
print.summary.embedding_evaluation <- print.embedding_evaluation

# Blocks of lines --------------------------------------------------------------------------------

# With a blank line between them. The blocks are evaluated where numbers are plain.
join_blocks <- function(...) {
  lines <- with_plain_numbers(unlist(lapply(list(...), function(block) c("", block))))
  lines[-1]
}

size_lines <- function(x) {
  sizes <- x$sizes
  partners <- if (sizes$self) {
    "each with all others"
  } else {
    paste("with", count_text(sizes$references, "reference"))
  }
  without_loss <- sizes$anchors - sizes$counted
  c(
    sprintf(
      "<embedding_evaluation> %s x %s, %s", count_mark(sizes$anchors),
      count_mark(sizes$dimensions), count_text(sizes$classes, "class")
    ),
    sprintf(
      "Pairs: %s positive, %s negative, %s",
      count_mark(sizes$pairs[["positive"]]), count_mark(sizes$pairs[["negative"]]), partners
    ),
    group_line(x$settings$same_group),
    if (without_loss > 0) {
      sprintf(
        "Anchors excluded: %s from retrieval (no positive), %s from loss",
        count_mark(sizes$lone), count_mark(without_loss)
      )
    }
  )
}

group_line <- function(same_group) {
  switch(c(same_group, "include")[[1]],
    exclude = "Groups: pairs of the same group are left out",
    exclude_positives = "Groups: positive pairs of the same group are left out",
    only_negatives = "Groups: negative pairs of different groups are left out"
  )
}

loss_lines <- function(x) {
  loss <- x$metrics[["loss"]]
  perfect <- x$metrics[["loss_perfect"]]
  chance <- x$metrics[["loss_chance"]]
  settings <- x$settings
  if (settings$metric == "euclidean") {
    return(title_line("Circle loss", "not defined for Euclidean distances"))
  }
  details <- sprintf(
    "gamma %s, margin %s, %s%s", format(settings$gamma), format(settings$margin), settings$dtype,
    if (settings$metric == "cosine") ", cosine similarities" else ""
  )
  if (is.na(loss)) {
    return(c(
      title_line("Circle loss", "no embedding has both a positive and a negative"),
      title_line("", details)
    ))
  }
  c(
    title_line("Circle loss", sprintf(
      "%-9s perfect %s %s %s chance", digit_text(loss),
      digit_text(perfect, 3L), scale_bar(loss, perfect, chance), digit_text(chance, 3L)
    )),
    title_line("", details)
  )
}

# A text bar that marks `value` between `from` and `to`.
scale_bar <- function(value, from, to, width = 16L) {
  share <- (value - from) / (to - from)
  if (!is.finite(share)) {
    return("...")
  }
  at <- 1L + round(max(0, min(1, share)) * (width - 1L))
  marks <- rep("-", width)
  marks[seq_len(at)] <- "="
  marks[[at]] <- "o"
  paste0("[", paste(marks, collapse = ""), "]")
}

# `suffix` selects the averages over anchors or over classes; `note` says which. Only the first few
# k are shown.
retrieval_lines <- function(x, suffix = "", note = NULL) {
  k <- utils::head(x$settings$k, 5L)
  value <- function(names) decimal_text(x$metrics[paste0(names, suffix)])
  c(
    title_line("Retrieval", paste(c(column_line(sprintf("k = %d", k)), note), collapse = "   ")),
    title_line("  precision at k", column_line(value(sprintf("precision_at_%d", k)))),
    title_line("  recall at k", column_line(value(sprintf("recall_at_%d", k)))),
    sprintf(
      "  R-precision %s   MAP@R %s   MAP %s   MRR %s   mINP %s", value("r_precision"),
      value("map_at_r"), value("mean_average_precision"), value("mean_reciprocal_rank"),
      value("mean_inverse_negative_penalty")
    )
  )
}

verification_lines <- function(metrics) {
  error <- metrics[["auc_error"]]
  bound <- if (!is.na(error) && error > 0) sprintf(" (+-%.0e)", error) else ""
  c(
    title_line("Verification", sprintf(
      "AUC %s%s, equal error rate %s, overlap %s", decimal_text(metrics[["auc"]]), bound,
      decimal_text(metrics[["equal_error_rate"]]), decimal_text(metrics[["overlap"]])
    )),
    title_line("  at false accepts", column_line(accept_rate_limits)),
    title_line("  true accepts", column_line(
      decimal_text(metrics[paste0("tar_at_far_", accept_rate_limits)])
    ))
  )
}

similarity_lines <- function(x) {
  table <- similarity_columns(x, c(0.05, 0.5, 0.95))
  c(
    title_line("Similarities", column_line(table$what)),
    title_line("  positive pairs", column_line(table$positive)),
    title_line("  negative pairs", column_line(table$negative))
  )
}

# The same with more quantiles, one per line
similarity_table_lines <- function(x) {
  table <- similarity_columns(x, quantile_probabilities)
  c(
    title_line("Similarities", column_line(c("positive", "negative"))),
    title_line(paste0("  ", table$what), paste0(
      " ", formatC(table$positive, width = 8L), " ", formatC(table$negative, width = 8L)
    ))
  )
}

similarity_columns <- function(x, probabilities) {
  rows <- match(probabilities, quantile_probabilities)
  of_kind <- function(kind) {
    similarity_text(c(x$metrics[paste0(kind, c("_mean", "_sd"))], x$quantiles[[kind]][rows]))
  }
  list(
    what = c("mean", "sd", paste0(100 * probabilities, "%")),
    positive = of_kind("positive"),
    negative = of_kind("negative")
  )
}

clustering_line <- function(x) {
  values <- x$metrics[c("nmi", "ami")]
  text <- if (!anyNA(values)) {
    sprintf("NMI %s, AMI %s (k-means)", decimal_text(values[[1]]), decimal_text(values[[2]]))
  } else if (is.null(x$settings$clustering) && x$sizes$anchors > 0) {
    "skipped, as it takes long; clustering = TRUE runs it"
  } else {
    "skipped"
  }
  title_line("Clustering", text)
}

# Of the two metrics that one reads first, or the reason if there is none.
interval_line <- function(x) {
  rows <- x$intervals[match(c("map_at_r", "auc"), x$intervals$metric), ]
  known <- !is.na(rows$lower)
  text <- if (any(known)) {
    ends <- paste(rows$metric, short_text(rows$lower), "to", short_text(rows$upper))[known]
    sprintf("%s (new %s)", paste(ends, collapse = ", "), x$settings$resample)
  } else {
    paste0("none: ", rows$reason[[1]])
  }
  title_line(interval_title(x), text)
}

interval_title <- function(x) sprintf("%s %% intervals", format(100 * x$settings$level))

# The same for more metrics, one per line.
interval_table_lines <- function(x) {
  metrics <- c(
    "loss", sprintf("recall_at_%d", x$settings$k), "r_precision", "map_at_r",
    "mean_average_precision", "auc", "equal_error_rate", "tar_at_far_0.001"
  )
  rows <- x$intervals[match(metrics, x$intervals$metric), ]
  rows <- rows[!is.na(rows$lower), ]
  if (nrow(rows) == 0L) {
    return(interval_line(x))
  }
  number <- function(values) {
    formatC(ifelse(abs(values) < 10, decimal_text(values), digit_text(values)), width = 8L)
  }
  c(
    title_line(interval_title(x), paste0("for new ", x$settings$resample)),
    paste0("  ", format(rows$metric, width = 22L), " ", number(rows$lower), " ", number(rows$upper))
  )
}

# The classes with the largest loss.
class_lines <- function(x, most, title) {
  classes <- x$classes[order(-x$classes$loss), ]
  left_out <- nrow(classes) - most
  classes <- utils::head(classes, most)
  if (nrow(classes) == 0L) {
    return(NULL)
  }
  recall <- sprintf("recall_at_%d", x$settings$k[[1]])
  confused <- label_text_of(classes$most_confused_with)
  confused[is.na(classes$most_confused_with)] <- "-"
  line <- function(label, anchors, loss, recall, confused) {
    title_line(label, paste0(
      " ", formatC(anchors, width = 8L), " ", formatC(loss, width = 10L),
      " ", formatC(recall, width = 12L), "   ", confused
    ))
  }
  c(
    line(title, "anchors", "loss", gsub("_", " ", recall), "mistaken for"),
    line(
      paste0("  ", label_text_of(classes$label)), count_mark(classes$anchors),
      digit_text(classes$loss), decimal_text(classes[[recall]]), confused
    ),
    if (left_out > 0 && most > 3L) sprintf("  and %s more", count_mark(left_out))
  )
}

hardest_lines <- function(x, kind, title) {
  pairs <- utils::head(x$hardest[[kind]], 5L)
  if (nrow(pairs) == 0L) {
    return(paste0(title, ": none"))
  }
  side <- function(side) {
    name <- pairs[[paste0(side, "_name")]]
    paste0(
      format_count(pairs[[side]]), if (!is.null(name)) paste0(" ", label_text_of(name)),
      " (", label_text_of(pairs[[paste0(side, "_label")]]), ")"
    )
  }
  c(title, paste0(
    "  ", formatC(similarity_text(pairs$similarity), width = 8L),
    "   ", format(side("anchor")), "   ", side("reference")
  ))
}

# Lines and numbers ------------------------------------------------------------------------------

title_line <- function(title, text) {
  # By display width, for labels in any script
  gap <- strrep(" ", pmax(18L - cli::ansi_nchar(title, "width"), 0L))
  sub(" +$", "", paste0(title, gap, text))
}

column_line <- function(texts) paste(c("", formatC(texts, width = 8L)), collapse = " ")

# Four decimals, for numbers between -1 and 1; "-" if not defined.
decimal_text <- function(x) {
  # Adding 0 makes 0 of -0
  number_text(round(x, 4L) + 0, digits = 4L, format = "f")
}

# Significant digits, for numbers of any size.
digit_text <- function(x, digits = 4L) {
  sub("[.]$", "", number_text(x, digits = digits, format = "g", flag = "#"))
}

# Similarities of rows that are not of unit length have any size.
similarity_text <- function(x) {
  if (all(abs(x) < 10, na.rm = TRUE)) decimal_text(x) else digit_text(x, 3L)
}

number_text <- function(x, ...) ifelse(is.na(x), "-", formatC(unname(x), ...))

count_mark <- function(x) format(x, big.mark = ",", scientific = FALSE, trim = TRUE)

count_text <- function(count, thing) {
  things <- if (thing == "class") "classes" else paste0(thing, "s")
  paste(count_mark(count), if (count == 1) thing else things)
}

# Labels of any type on one line, at most 15 columns wide.
label_text_of <- function(labels) {
  text <- gsub("[[:cntrl:]]", " ", as.character(labels))
  cli::ansi_strtrim(text, 15L, ellipsis = "...")
}
