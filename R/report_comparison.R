# What is on the page of a report of a comparison.

report_facts.embedding_comparison <- function(x) {
  evaluations <- x$evaluations
  each <- function(value) paste(unique(vapply(evaluations, value, "")), collapse = ", ")
  c(
    "embeddings" = and_list(report_text(names(evaluations))),
    "differences to" = report_text(x$baseline),
    "intervals" = sprintf("%s %%, for new %s", format(100 * x$level), x$resample),
    "p values" = "adjusted by Holm over the metrics",
    "rows" = count_mark(evaluations[[1]]$sizes$anchors),
    "dimensions" = each(function(evaluation) count_mark(evaluation$sizes$dimensions)),
    pair_facts(evaluations[[1]]),
    "computed in" = each(function(evaluation) evaluation$settings$dtype)
  )
}

body_parts.embedding_comparison <- function(x, n) {
  others <- unique(x$differences$embedding)
  c(
    list(result_part(x, others), picture_part("differences", x), metrics_part(x)),
    lapply(others, difference_part, x = x),
    lapply(plot_types, picture_part, x = x)
  )
}

result_part <- function(x, others) {
  sentences <- vapply(others, function(name) {
    rows <- differences_of(x, name, main_metrics(x))
    sentence_of(rows, report_text(name), report_text(x$baseline), 1 - x$level)
  }, "")
  section_part("Result", html_element("p", sentences))
}

# A row for each metric that is defined, a column for each embedding.
metrics_part <- function(x) {
  columns <- lapply(x$evaluations, function(evaluation) values_with_intervals(evaluation$intervals))
  names(columns) <- distinct_names(report_text(names(columns)))
  metrics <- x$evaluations[[1]]$intervals$metric
  table <- data.frame(metric = metrics, columns, check.names = FALSE)
  defined <- rowSums(table[-1] != "-") > 0
  section_part("Metrics", html_table(table[defined, ], numbers = names(table)[-1]))
}

# "0.86797 (0.8566 to 0.8785)", and only the value without an interval.
values_with_intervals <- function(intervals) {
  ends <- paste(digit_text(intervals$lower, 4L), "to", digit_text(intervals$upper, 4L))
  paste0(
    digit_text(intervals$estimate, 5L),
    ifelse(is.na(intervals$lower), "", paste0(" (", ends, ")"))
  )
}

difference_part <- function(name, x) {
  rows <- x$differences[x$differences$embedding == name, ]
  table <- data.frame(
    metric = rows$metric,
    difference = signed_text(rows$difference),
    p = p_text(rows$p_value),
    adjusted = p_text(rows$p_adjusted),
    interval = ifelse(is.na(rows$lower), paste("none:", rows$reason), interval_text(rows))
  )
  names(table)[[4]] <- "adjusted p"
  section_part(
    paste(report_text(name), "minus", report_text(x$baseline)),
    html_table(table, numbers = names(table)[2:4])
  )
}
