# The exported function, its arguments, and the object it builds from evaluations.

#' Compare embeddings
#'
#' Evaluates several embeddings of the same rows with [evaluate_embeddings()] and tells which
#' differences are more than chance: for every metric the difference to one of them, with an
#' interval and a p value.
#'
#' Differences are paired. A class that is hard for one embedding is mostly hard for the other too,
#' so their difference is known much better than either value, and whether two intervals overlap
#' says little. What one class, or one part of the rows, does to a difference is measured for the
#' same parts in both embeddings; see Intervals in [evaluate_embeddings()] for how, for which
#' population `resample` stands, and for what is approximate.
#'
#' `p_value` belongs to the hypothesis that the metric is the same for both embeddings, by Student's
#' t distribution. `p_adjusted` is adjusted for looking at many metrics by Holm's method: if the two
#' embeddings are alike in every metric, the chance that any `p_adjusted` is below 0.05 is at most
#' 0.05. Intervals are not adjusted.
#'
#' @param ... The embeddings, at least two, each with a name: `raw = x1, pca = x2`. Matrices, data
#'   frames, results of [read_embeddings()] or of [evaluate_embeddings()], or lists of them with
#'   names. A variable needs no name: `compare_embeddings(raw, pca, labels = y)`.
#' @param labels The labels of the rows, as in [evaluate_embeddings()]. Not needed for evaluations,
#'   and for results of [read_embeddings()] with labels.
#' @param ref_embeddings A named list of the references of each embedding, or `NULL`: each row is
#'   compared with all others.
#' @param ref_labels The labels of the references, as in [evaluate_embeddings()].
#' @param baseline The name of the embedding that the others are compared with. `NULL`: the first.
#' @param k,metric,group,ref_group,same_group,gamma,margin,dtype,clustering,level,resample,seed See
#'   [evaluate_embeddings()], to which they are passed. They cannot be given for evaluations.
#'
#' @returns An object of class `embedding_comparison` with methods for [print()], [format()],
#'   [plot()], [as.data.frame()] and [tidy()], see [embedding_comparison]. It is a list of
#'   * `baseline`: the name of the embedding that the others are compared with.
#'   * `level`, `resample`: those of the intervals.
#'   * `metrics`: a data frame with one row per embedding and metric: `embedding` and the columns of
#'     the `intervals` of an evaluation.
#'   * `differences`: a data frame with one row per metric of each other embedding: `embedding`,
#'     `metric`, its value minus that of the baseline (`difference`), `lower`, `upper`,
#'     `standard_error`, `p_value`, `p_adjusted`, and the `reason` if there is no interval.
#'   * `evaluations`: the evaluations, a named list.
#'
#' @section Errors:
#' `circleloss_error_compare`, `circleloss_error_parameter` (`baseline`), and those of
#' [evaluate_embeddings()]; see [circleloss_conditions].
#'
#' @source Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian
#'   Journal of Statistics 6, 65-70.
#'
#' @seealso [evaluate_embeddings()], [embedding_comparison], [report_embeddings()].
#'
#' @examples
#' some <- digits[1:300, ]
#' components <- prcomp(some$pixels)$x
#' comparison <- compare_embeddings(
#'   pixels = some$pixels, pca = components[, 1:8],
#'   labels = some$digit, resample = "rows"
#' )
#' comparison
#'
#' differences <- tidy(comparison)
#' differences[differences$metric == "map_at_r", ]
#' @export
compare_embeddings <- function(..., labels = NULL, ref_embeddings = NULL, ref_labels = NULL,
                               baseline = NULL, k = c(1, 5, 10),
                               metric = c("cosine", "euclidean", "inner_product"), group = NULL,
                               ref_group = NULL,
                               same_group = c("exclude", "exclude_positives", "only_negatives"),
                               gamma = 80, margin = 0.4, dtype = NULL, clustering = FALSE,
                               level = 0.95, resample = c("classes", "rows", "groups"), seed = 1) {
  call <- environment()
  embeddings <- name_embeddings(list(...), names_of_dots(as.list(substitute(list(...)))[-1]), call)
  settings <- list(
    k = k, metric = metric, same_group = same_group, gamma = gamma, margin = margin, dtype = dtype,
    clustering = clustering, level = level, resample = resample, seed = seed
  )
  given <- intersect(names(match.call(expand.dots = FALSE)), names(settings))
  columns <- list(
    labels = if_given(rlang::enquo(labels)),
    ref_labels = if_given(rlang::enquo(ref_labels)),
    group = if_given(rlang::enquo(group)),
    ref_group = if_given(rlang::enquo(ref_group))
  )
  columns <- columns[lengths(columns) > 0L]
  references <- check_list_of_references(ref_embeddings, embeddings, call)
  check_all_evaluated(embeddings, c(given, names(columns)), references, call)
  evaluations <- lapply(rlang::set_names(names(embeddings)), function(name) {
    evaluate_one(embeddings[[name]], references[[name]], columns, settings)
  })
  baseline <- check_baseline(baseline, names(evaluations), call)
  check_comparable(evaluations, call)
  new_comparison(evaluations, baseline)
}

evaluate_one <- function(x, references, columns, settings) {
  if (is_evaluation(x)) {
    return(x)
  }
  rlang::inject(
    evaluate_embeddings(embeddings = x, !!!columns, ref_embeddings = references, !!!settings)
  )
}

new_comparison <- function(evaluations, baseline) {
  first <- evaluations[[baseline]]
  others <- setdiff(names(evaluations), baseline)
  structure(
    list(
      baseline = baseline,
      level = first$settings$level,
      resample = first$settings$resample,
      metrics = bind_named(lapply(evaluations, function(evaluation) evaluation$intervals)),
      differences = bind_named(lapply(evaluations[others], difference_table, first)),
      evaluations = evaluations
    ),
    class = "embedding_comparison"
  )
}

is_comparison <- function(x) inherits(x, "embedding_comparison")

# Data frames below each other, with their names in the first column.
bind_named <- function(frames) {
  bound <- do.call(rbind, unname(frames))
  cbind(embedding = rep(names(frames), vapply(frames, nrow, 0L)), bound)
}

# Differences ------------------------------------------------------------------------------------

# One row per metric that has an interval by its nature.
difference_table <- function(evaluation, baseline) {
  metrics <- setdiff(names(baseline$metrics), names(reasons_of_metrics))
  difference <- evaluation$metrics[metrics] - baseline$metrics[metrics]
  inference <- inference_on_difference(evaluation$inference, baseline$inference)
  deviations <- deviations_of(inference$influences, inference$parts)
  reasons <- reasons_of_no_interval(difference, inference, deviations)
  spread <- spread_of(deviations, inference)[metrics, ]
  errors <- ifelse(is.na(reasons), spread$standard_error, NA_real_)
  degrees <- spread$degrees
  quantile <- stats::qt((1 + baseline$settings$level) / 2, degrees)
  p_value <- 2 * stats::pt(-abs(unname(difference)) / errors, degrees)
  data.frame(
    metric = metrics,
    difference = unname(difference),
    lower = unname(difference) - quantile * errors,
    upper = unname(difference) + quantile * errors,
    standard_error = errors,
    p_value = p_value,
    p_adjusted = stats::p.adjust(p_value, "holm"),
    reason = reasons
  )
}

# The parts are the same; the one that has less to tell decides where there is no interval.
inference_on_difference <- function(one, other) {
  common <- intersect(colnames(one$influences), colnames(other$influences))
  one$influences <- one$influences[, common, drop = FALSE] -
    other$influences[, common, drop = FALSE]
  if (!is.null(one$class_pairs) && !is.null(other$class_pairs)) {
    one$class_pairs$effects <- Map(`-`, one$class_pairs$effects, other$class_pairs$effects)
  } else {
    one["class_pairs"] <- list(NULL)
  }
  one$false_accepts <- min(one$false_accepts, other$false_accepts)
  one$effective <- pmin(one$effective, other$effective)
  one
}

# Arguments --------------------------------------------------------------------------------------

# The names of arguments; a variable has its own.
names_of_dots <- function(expressions) {
  names <- rlang::names2(expressions)
  bare <- names == "" & vapply(expressions, is.name, NA)
  names[bare] <- vapply(expressions[bare], as.character, "")
  names
}

# One named list; lists among the arguments give their elements.
name_embeddings <- function(arguments, names, call) {
  each <- Map(function(x, name) {
    if (is_list_of_embeddings(x)) x else rlang::set_names(list(x), name)
  }, arguments, names)
  embeddings <- do.call(c, unname(each))
  names <- rlang::names2(embeddings)
  if (length(embeddings) < 2L) {
    stop_comparison(
      "At least two embeddings are needed, not {length(embeddings)}.",
      "For example {.code compare_embeddings(raw = x1, pca = x2, labels = y)}.", call
    )
  }
  if (any(names == "")) {
    stop_comparison(
      "Embedding {which(names == '')[[1]]} has no name.",
      "For example {.code compare_embeddings(raw = x1, pca = x2, labels = y)}.", call
    )
  }
  if (anyDuplicated(names)) {
    stop_comparison(
      "Two embeddings are called {.val {names[duplicated(names)][[1]]}}.",
      "The names tell them apart.", call
    )
  }
  embeddings
}

is_list_of_embeddings <- function(x) is.list(x) && !is.object(x)

check_list_of_references <- function(references, embeddings, call) {
  if (is.null(references)) {
    return(NULL)
  }
  missing <- setdiff(names(embeddings), names(references))
  if (!is_list_of_embeddings(references) || length(missing) > 0L) {
    stop_comparison(
      "{.arg ref_embeddings} must be a list with the references of every embedding.",
      "For example {.code ref_embeddings = list({names(embeddings)[[1]]} = r1,
       {names(embeddings)[[2]]} = r2)}.", call
    )
  }
  references
}

# Evaluations have their settings already.
check_all_evaluated <- function(embeddings, given, references, call) {
  evaluated <- vapply(embeddings, is_evaluation, NA)
  given <- c(given, if (!is.null(references)) "ref_embeddings")
  if (any(evaluated) && length(given) > 0L) {
    stop_comparison(
      "{.val {names(embeddings)[evaluated][[1]]}} is an evaluation, so {.arg {given[[1]]}} cannot be
       changed.",
      "{.fn evaluate_embeddings} takes it; or give the embeddings themselves.", call
    )
  }
}

check_baseline <- function(baseline, names, call) {
  if (is.null(baseline)) names[[1]] else check_choice(baseline, names, "baseline", call = call)
}

# Paired differences need the same rows, and metrics that mean the same.
check_comparable <- function(evaluations, call) {
  first <- evaluations[[1]]
  for (name in names(evaluations)[-1]) {
    other <- evaluations[[name]]
    apart <- what_differs(first, other)
    if (!is.null(apart)) {
      stop_comparison(
        "{.val {names(evaluations)[[1]]}} and {.val {name}} differ in their {apart}.",
        "Differences are paired: row by row the same labels, with the same settings.", call
      )
    }
  }
}

what_differs <- function(one, other) {
  settings <- c("k", "metric", "same_group", "gamma", "margin", "level", "resample", "seed")
  settings <- Find(function(name) {
    !identical(one$settings[[name]], other$settings[[name]])
  }, settings)
  labels <- function(x) as.character(x$anchors$label)
  if (one$sizes$anchors != other$sizes$anchors) {
    "numbers of rows"
  } else if (!identical(labels(one), labels(other))) {
    "labels"
  } else if (one$sizes$references != other$sizes$references || one$sizes$self != other$sizes$self) {
    "references"
  } else if (!is.null(settings)) {
    paste0("`", settings, "`")
  } else if (!identical(one$inference$parts, other$inference$parts)) {
    "parts"
  }
}

stop_comparison <- function(problem, hint, call, envir = parent.frame()) {
  stop_circleloss("compare", c(problem, "i" = hint), call = call, envir = envir)
}
