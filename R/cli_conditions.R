# The conditions of --fail-if, such as 'recall_at_1 < 0.95'. They are matched by a pattern, never
# evaluated as code.

comparisons <- list("<" = `<`, "<=" = `<=`, ">" = `>`, ">=" = `>=`, "==" = `==`, "!=" = `!=`)

condition_remedy <- "Write it as 'recall_at_1 < 0.95'."

parse_condition <- function(text, call) {
  pattern <- "^\\s*([A-Za-z][A-Za-z0-9_.]*)\\s*(<=|>=|==|!=|<|>)\\s*(\\S+)\\s*$"
  parts <- regmatches(text, regexec(pattern, text))[[1]]
  number <- suppressWarnings(as.numeric(c(parts, rep(NA, 4L))[[4]]))
  if (is.na(number)) {
    problem <- paste0(
      quote_text(text), " is not a condition: a metric, one of ",
      paste(names(comparisons), collapse = " "), ", and a number"
    )
    stop_option("--fail-if", problem, condition_remedy, call)
  }
  list(text = trimws(text), metric = parts[[2]], comparison = parts[[3]], number = number)
}

check_metrics_exist <- function(conditions, metrics, call) {
  asked <- vapply(conditions, function(condition) condition$metric, "")
  unknown <- setdiff(asked, names(metrics))
  if (length(unknown) > 0L) {
    problem <- paste("there is no metric", quote_text(unknown[[1]]))
    remedy <- paste0("There are ", paste(names(metrics), collapse = ", "), ".")
    stop_option("--fail-if", problem, remedy, call)
  }
}

# A metric without a pair of one kind means nothing, however good it looks: labels from a wrong
# column must not pass.
check_pairs_behind <- function(conditions, sizes, call) {
  for (condition in conditions) {
    lacking <- missing_pairs(condition$metric, sizes)
    if (!is.null(lacking)) {
      problem <- paste0(
        condition$text, " cannot be checked: there is no ", lacking, " pair for ",
        condition$metric, " (", count_of(sizes$anchors, "embedding"), ", ",
        count_text(sizes$classes, "class"), ")"
      )
      stop_option("--fail-if", problem, "Do --labels and --ref-labels name the labels?", call)
    }
  }
}

# Reports the conditions that hold and returns the status. A metric that is not defined counts as a
# failure, so that a pipeline stops.
report_conditions <- function(conditions, metrics, errors) {
  failed <- FALSE
  for (condition in conditions) {
    value <- metrics[[condition$metric]]
    if (is.na(value) || comparisons[[condition$comparison]](value, condition$number)) {
      failed <- TRUE
      complain(describe_failure(condition, value), errors)
    }
  }
  if (failed) status[["failed"]] else status[["good"]]
}

describe_failure <- function(condition, value) {
  shown <- if (is.na(value)) {
    "is not defined for these embeddings"
  } else {
    paste("is", exact_text(value))
  }
  paste0("failed: ", condition$text, " (", condition$metric, " ", shown, ")")
}
