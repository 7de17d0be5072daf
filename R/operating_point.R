# Operating points: the threshold of an evaluation for a limit, and decisions by it.

#' Choose a threshold
#'
#' Finds the similarity from which on a pair should be accepted as one class, and the shares of
#' pairs that are accepted rightly and wrongly there. `predict()` decides on new pairs.
#'
#' One of three limits is given:
#' * `far`: of all thresholds whose false accept rate is not above it, the one with the highest true
#'   accept rate.
#' * `tar`: of all thresholds whose true accept rate is not below it, the one with the lowest false
#'   accept rate.
#' * `equal_error`: the threshold at which the larger of both error rates, the false accept rate and
#'   1 - the true accept rate, is smallest. No threshold may have equal rates; `equal_error_rate` of
#'   [evaluate_embeddings()] is on the line between two.
#'
#' The rates are counts of pairs, not estimates of a curve. A threshold lies in the middle between
#' the least similar pair that is accepted and the next one, so that it does not depend on the last
#' digit of either.
#'
#' @section Resolution:
#' An evaluation keeps all thresholds that can be the best for some limit as long as there are fewer
#' than 1024 false accepts or fewer than 1024 false rejects, so there the best one is found. It
#' keeps so many of the others that both numbers of errors differ from those of the best one by less
#' than 1/512 of them. The limits of the metrics `tar_at_far_0.1` ... and `equal_error` are exact.
#'
#' Beyond \eqn{2^{22}}{2^22} pairs, thresholds are the edges of 65,536 bins of similarity, see
#' [evaluate_embeddings()]. The rates there are exact, too, but a threshold within a bin might do
#' better.
#'
#' @section Intervals:
#' `intervals` says how far both rates of this threshold would be expected to differ in another
#' sample, of new classes, rows or groups as the evaluation has it: see Intervals in
#' [evaluate_embeddings()]. The threshold is held fixed. The intervals of the metrics `tar_at_far_`
#' are for thresholds that are chosen anew in each sample. Where there is none, `reason` says why.
#'
#' @section New pairs:
#' `predict()` takes pairs of embeddings, row i of `embeddings` with row i of `ref_embeddings`, and
#' computes their similarities as the evaluation did: with the same `metric` and `dtype`. Or it
#' takes similarities, which must be of the same kind.
#'
#' @param x A result of [evaluate_embeddings()], or an operating point.
#' @param far The highest false accept rate, between 0 and 1.
#' @param tar The lowest true accept rate, above 0 and at most 1.
#' @param equal_error `TRUE` for the threshold of equal errors.
#' @param object An operating point.
#' @param embeddings,ref_embeddings New pairs, one per row of both: anything that [loss_circle()]
#'   takes as `y_pred`.
#' @param similarities Similarities of new pairs, in place of the embeddings.
#' @param row.names,optional,... Not used.
#'
#' @returns `operating_point()`: an object of class `operating_point`, a list of
#'   * `criterion`, `"false_accept_rate"`, `"true_accept_rate"` or `"equal_error"`, and its `limit`;
#'   * `threshold`: pairs of at least this similarity are accepted; `Inf` accepts none;
#'   * `false_accept_rate` and `true_accept_rate`;
#'   * `counts`: the numbers of `false_accepts` of all `negative` pairs, and of `true_accepts` of
#'     all `positive` pairs;
#'   * `intervals`: a data frame of `rate`, `lower`, `upper` and `reason`, why they are `NA`;
#'   * `settings`: `metric`, `dtype` and `dimensions` of the evaluation.
#'
#'   `as.data.frame()`: all numbers in one row. `predict()`: a data frame of `similarity` and
#'   `accepted`, with one row for each pair.
#'
#' @section Errors and warnings:
#' `circleloss_error_parameter` for a wrong limit, none or two of them;
#' `circleloss_error_evaluation` without pairs of both kinds; `predict()` also
#' `circleloss_error_embeddings`, `_references`, `_overflow` and `_memory`.
#' `circleloss_warning_operating_point` where `far` is below the rate of a single negative pair, or
#' only accepting nothing meets the limit. See [circleloss_conditions].
#'
#' @seealso [evaluate_embeddings()]; `circleloss evaluate --operating-point far=0.001` in scripts,
#'   see [install_cli()].
#' @examples
#' some <- digits[1:300, ]
#' evaluation <- evaluate_embeddings(some$pixels, some$digit)
#' point <- operating_point(evaluation, far = 1e-3)
#' point
#' operating_point(evaluation, equal_error = TRUE)
#'
#' # Are these two pairs of the same digit?
#' predict(point, digits$pixels[c(301, 302), ], digits$pixels[c(311, 312), ])
#'
#' # Numbers for a script
#' as.data.frame(point)
#' @export
operating_point <- function(x, far = NULL, tar = NULL, equal_error = FALSE) {
  call <- environment()
  need_argument(x, "It is a result of {.fn evaluate_embeddings}.", call)
  check_evaluation(x, call)
  limit <- check_limit(far, tar, check_flag(equal_error, "equal_error", call), call)
  check_both_kinds(x$sizes, call)
  point <- new_operating_point(x, limit)
  warn_of_point(point, call)
  point
}

# list(criterion, value); exactly one is given.
check_limit <- function(far, tar, equal_error, call) {
  given <- c(far = !is.null(far), tar = !is.null(tar), equal_error = equal_error)
  if (sum(given) != 1L) {
    stop_circleloss(
      "parameter",
      c(
        "One of {.arg far}, {.arg tar} and {.arg equal_error} must be given, not
         {if (any(given)) paste(names(given)[given], collapse = ' and ') else 'none'}.",
        "i" = "For example {.code far = 0.001}, a false accept in a thousand negative pairs."
      ),
      argument = "far",
      call = call
    )
  }
  if (given[["far"]]) {
    list(criterion = "false_accept_rate", value = check_rate(far, "far", 0, call))
  } else if (given[["tar"]]) {
    list(criterion = "true_accept_rate", value = check_rate(tar, "tar", NULL, call))
  } else {
    list(criterion = "equal_error", value = NA_real_)
  }
}

# `least` is allowed; without it the rate must be above 0.
check_rate <- function(rate, argument, least, call) {
  if (!is_finite_number(rate) || rate > 1 || rate < 0 || (is.null(least) && rate == 0)) {
    wanted <- if (is.null(least)) "one number above 0 and at most 1" else "one number from 0 to 1"
    stop_parameter(argument, rate, wanted, call)
  }
  as.double(rate)
}

check_both_kinds <- function(sizes, call) {
  missing <- names(sizes$pairs)[sizes$pairs == 0]
  if (length(missing) > 0L) {
    stop_circleloss(
      "evaluation",
      c(
        "There is no threshold: the evaluation has no {.or {missing}} pair.",
        "i" = "A threshold needs positive and negative pairs."
      ),
      argument = "x",
      call = call
    )
  }
}

# The point --------------------------------------------------------------------------------------

new_operating_point <- function(x, limit) {
  thresholds <- x$thresholds
  pairs <- x$sizes$pairs
  rates <- list(
    false = thresholds$false_accepts / pairs[["negative"]],
    true = thresholds$true_accepts / pairs[["positive"]]
  )
  chosen <- choose_threshold(rates, limit)
  point <- list(
    criterion = limit$criterion,
    limit = limit$value,
    threshold = thresholds$threshold[[chosen]],
    false_accept_rate = rates$false[[chosen]],
    true_accept_rate = rates$true[[chosen]],
    counts = c(
      false_accepts = thresholds$false_accepts[[chosen]], negative = pairs[["negative"]],
      true_accepts = thresholds$true_accepts[[chosen]], positive = pairs[["positive"]]
    )
  )
  point$intervals <- rate_intervals(x, point)
  point$settings <- list(
    metric = x$settings$metric, dtype = x$settings$dtype, dimensions = x$sizes$dimensions
  )
  structure(point, class = "operating_point")
}

# Thresholds are in descending order, so both rates ascend, the true one strictly.
choose_threshold <- function(rates, limit) {
  switch(limit$criterion,
    false_accept_rate = findInterval(limit$value, rates$false),
    true_accept_rate = which(rates$true >= limit$value)[[1]],
    equal_error = which.min(pmax(rates$false, 1 - rates$true))
  )
}

# Intervals of both rates at the threshold, which is held fixed: how far they would differ in
# another sample.
rate_intervals <- function(x, point) {
  estimates <- c(
    false_accept_rate = point$false_accept_rate, true_accept_rate = point$true_accept_rate
  )
  inference <- x$inference
  inference$influences <- rate_influences(inference$counts, estimates, inference$ends)
  if (is.null(inference$influences)) {
    reason <- "the evaluation has no counts by class or row"
    return(data.frame(rate = names(estimates), lower = NA_real_, upper = NA_real_, reason = reason))
  }
  table <- interval_table(estimates, inference, x$settings$level)
  few <- point$counts[["false_accepts"]] < fewest_false_accepts
  if (few && is.na(table$reason[[1]])) {
    table[1, c("lower", "upper")] <- NA_real_
    table$reason[[1]] <- sprintf("fewer than %d false accepts", fewest_false_accepts)
  }
  data.frame(
    rate = names(estimates), lower = table$lower, upper = table$upper, reason = table$reason
  )
}

warn_of_point <- function(point, call) {
  counts <- point$counts
  single <- 1 / counts[["negative"]]
  if (point$criterion == "false_accept_rate" && point$limit > 0 && point$limit < single) {
    warn_circleloss(
      "operating_point",
      c(
        "A false accept rate of {format_length(point$limit)} cannot be measured with
         {count_of(counts[['negative']], 'negative pair')}.",
        "i" = "A single one is a rate of {format_length(single)}; the threshold accepts none of
               them."
      ),
      call = call
    )
  }
  if (point$threshold == Inf) {
    warn_circleloss(
      "operating_point",
      c(
        "No threshold accepts a pair and meets the limit: this one accepts nothing.",
        "x" = "The most similar pairs are negative."
      ),
      call = call
    )
  }
}

# Output -----------------------------------------------------------------------------------------

#' @rdname operating_point
#' @export
as.data.frame.operating_point <- function(x, row.names = NULL, optional = FALSE, ...) {
  interval <- function(rate, end) x$intervals[[end]][match(rate, x$intervals$rate)]
  data.frame(
    criterion = x$criterion,
    limit = x$limit,
    threshold = x$threshold,
    false_accept_rate = x$false_accept_rate,
    false_accept_rate_lower = interval("false_accept_rate", "lower"),
    false_accept_rate_upper = interval("false_accept_rate", "upper"),
    true_accept_rate = x$true_accept_rate,
    true_accept_rate_lower = interval("true_accept_rate", "lower"),
    true_accept_rate_upper = interval("true_accept_rate", "upper"),
    false_accepts = x$counts[["false_accepts"]],
    negative_pairs = x$counts[["negative"]],
    true_accepts = x$counts[["true_accepts"]],
    positive_pairs = x$counts[["positive"]]
  )
}

#' @rdname operating_point
#' @export
format.operating_point <- function(x, ...) {
  with_plain_numbers(c(
    paste("<operating_point>", describe_limit(x)),
    point_lines(x)
  ))
}

describe_limit <- function(point) {
  switch(point$criterion,
    false_accept_rate = paste("false accept rate at most", format_length(point$limit)),
    true_accept_rate = paste("true accept rate at least", format_length(point$limit)),
    equal_error = "both error rates as equal as possible"
  )
}

# Also a block of the command's report.
point_lines <- function(point) {
  of <- function(accepted, all, kind) {
    sprintf(
      "%s of %s %s pairs", count_mark(point$counts[[accepted]]), count_mark(point$counts[[all]]),
      kind
    )
  }
  line <- function(title, rate, counted) {
    interval <- point$intervals[point$intervals$rate == rate, ]
    ends <- if (!is.na(interval$lower)) {
      sprintf(" (%s to %s)", digit_text(interval$lower, 3L), digit_text(interval$upper, 3L))
    }
    title_line(title, paste0(format(digit_text(point[[rate]]), width = 10L), ends, " ", counted))
  }
  c(
    title_line("  threshold", similarity_text(point$threshold)),
    line("  false accepts", "false_accept_rate", of("false_accepts", "negative", "negative")),
    line("  true accepts", "true_accept_rate", of("true_accepts", "positive", "positive")),
    if (all(is.na(point$intervals$lower))) {
      title_line("  intervals", paste0("none: ", point_reason(point)))
    }
  )
}

# Why intervals are missing; NA if none is.
point_reason <- function(point) {
  missing <- is.na(point$intervals$lower)
  if (any(missing)) point$intervals$reason[missing][[1]] else NA_character_
}

#' @rdname operating_point
#' @export
print.operating_point <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}

# Decisions --------------------------------------------------------------------------------------

#' @rdname operating_point
#' @importFrom stats predict
#' @export
predict.operating_point <- function(object, embeddings = NULL, ref_embeddings = NULL, ...,
                                    similarities = NULL) {
  call <- environment()
  check_pairs_given(embeddings, ref_embeddings, similarities, call)
  if (is.null(similarities)) {
    batch <- new_pair_batch(embeddings, ref_embeddings, object$settings$dimensions, call)
    similarities <- guard_memory(batch, call, pair_similarities(batch, object$settings, call))
  } else {
    similarities <- check_similarities(similarities, call)
  }
  data.frame(similarity = similarities, accepted = similarities >= object$threshold)
}

check_pairs_given <- function(embeddings, ref_embeddings, similarities, call) {
  given <- c(!is.null(embeddings), !is.null(ref_embeddings), !is.null(similarities))
  if (!identical(given, c(TRUE, TRUE, FALSE)) && !identical(given, c(FALSE, FALSE, TRUE))) {
    stop_circleloss(
      "missing_argument",
      c(
        "Either {.arg embeddings} and {.arg ref_embeddings} must be given, or
         {.arg similarities}.",
        "i" = "Row i of {.arg embeddings} is compared with row i of {.arg ref_embeddings}."
      ),
      argument = "embeddings",
      call = call
    )
  }
}

check_similarities <- function(similarities, call) {
  if (!is.numeric(similarities) || is.object(similarities) || anyNA(similarities)) {
    stop_parameter("similarities", similarities, "numbers, none of them missing", call)
  }
  as.double(similarities)
}

new_pair_batch <- function(embeddings, ref_embeddings, dimensions, call) {
  embeddings <- as_embeddings_of_type(embeddings, "embeddings", call)
  references <- as_embeddings_of_type(ref_embeddings, "ref_embeddings", call)
  if (ncol(embeddings) != dimensions) {
    stop_circleloss(
      "embeddings",
      "{.arg embeddings} must have {count_of(dimensions, 'column')}, as those of the evaluation, not
       {format_count(ncol(embeddings))}.",
      argument = "embeddings",
      call = call
    )
  }
  if (!identical(dim(references), dim(embeddings))) {
    stop_circleloss(
      "references",
      c(
        "{.arg ref_embeddings} must have a row for each row of {.arg embeddings}, with as many
         columns.",
        "x" = "Its shape is {format_shape(dim(references))}, that of {.arg embeddings}
               {format_shape(dim(embeddings))}.",
        "i" = "Row i of one is compared with row i of the other."
      ),
      argument = "ref_embeddings",
      call = call
    )
  }
  list(argument = "embeddings", embeddings = embeddings, references = references)
}

# So many pairs go to the engine at a time: it compares all of them with each other.
pairs_at_once <- 256L

# By the engine, which rounds as it did in the evaluation. Each row has a label of its own, so that
# its only positive is its partner.
pair_similarities <- function(batch, settings, call) {
  rows <- nrow(batch$embeddings)
  settings$k <- integer()
  similarities <- numeric(rows)
  for (first in seq(1L, length.out = ceiling(rows / pairs_at_once), by = pairs_at_once)) {
    part <- first:min(first + pairs_at_once - 1L, rows)
    similarities[part] <- similarities_of_part(batch, part, settings, call)
  }
  similarities
}

similarities_of_part <- function(batch, part, settings, call) {
  pairs <- list(
    embeddings = batch$embeddings[part, , drop = FALSE],
    labels = seq_along(part),
    references = batch$references[part, , drop = FALSE],
    reference_labels = seq_along(part)
  )
  request <- list(threads = 1L, kept_pairs = 0L)
  result <- .Call(ffi_evaluate_embeddings, pairs, settings, request)
  # Messages name rows of the whole; the evaluation has warned of rows that are not of length 1
  result$where[[2]] <- result$where[[2]] + part[[1]] - 1
  result$not_unit[] <- 0
  check_result(result, batch, settings, NULL, call)$anchors$nearest_positive_similarity
}
