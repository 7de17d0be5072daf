# Intervals for the metrics of an evaluation, from the influences of parts of anchors.

# Fewer classes, or classes so unequal that they tell no more than so many, give intervals that
# cover too little; see bench/coverage.
fewest_parts <- 8L
fewest_effective <- 5
fewest_for_deviation <- 20L

# Parts on which a variance must rest: not on one or two that differ from all others.
fewest_deviating <- 2

# With fewer false accepts the threshold of a rate is hardly known.
fewest_false_accepts <- 10

# What intervals and comparisons are computed from: the parts, and the influence of each on every
# metric that has one (parts x metrics).
new_inference <- function(parts, pairs, anchors, retrieval, class, settings, sizes) {
  counts <- pairs$parts
  ends <- ends_of_pairs(settings, sizes$self)
  of_pairs <- pair_influences(counts, ends)
  if (!is.null(of_pairs)) {
    of_pairs <- cbind(of_pairs, moment_influences(pairs$anchors, parts, ends))
  }
  others_move <- sizes$self && settings$resample == "rows"
  times <- if (others_move) times_of_few_positives(pairs$anchors$positives) else 1
  # How much of each family of metrics is in a part
  amounts <- list(
    anchors = tabulate(parts$code, length(parts$size)),
    classes = parts$size,
    pairs = if (is.null(counts)) 0 * parts$size else colSums(counts$positive),
    negatives = as.vector(part_sums(cbind(pairs$anchors$negatives), parts))
  )
  list(
    resample = settings$resample,
    self = sizes$self,
    parts = parts,
    counts = counts[c("positive", "negative", "similarity")],
    class_pairs = if (!is.null(counts$pair_sums)) {
      new_class_pairs(counts$pair_sums, counts$bins_per_unit, amounts$negatives, parts$size)
    },
    ends = ends,
    false_accepts = sizes$pairs[["negative"]],
    effective = vapply(amounts, effective_number, 0),
    leverages = do.call(cbind, lapply(amounts, shares_of)),
    influences = cbind(anchor_influences(anchors, retrieval, class, parts, times), of_pairs)
  )
}

shares_of <- function(sizes) sizes / max(sum(sizes), 1)

# How many ends of a pair change with the weight of a part: both, unless its two rows are of the
# same part. References that are not the embeddings are held fixed.
ends_of_pairs <- function(settings, self) {
  one_part <- c(
    positive = settings$resample == "classes",
    negative = settings$resample == "groups" && settings$same_group == "only_negatives"
  )
  ifelse(one_part | !self, 1, 2)
}

# The number of equal parts that would tell as much.
effective_number <- function(sizes) {
  if (sum(sizes) == 0) 0 else sum(sizes)^2 / sum(sizes^2)
}

# The interval of every metric, a data frame.
interval_table <- function(metrics, inference, level) {
  names <- names(metrics)
  deviations <- deviations_of(inference$influences, inference$parts)
  reasons <- reasons_of_no_interval(metrics, inference, deviations)
  spread <- spread_of(deviations, inference)[names, ]
  errors <- ifelse(is.na(reasons), spread$standard_error, NA_real_)
  quantiles <- stats::qt((1 + level) / 2, spread$degrees)
  bounds <- bounds_around(unname(metrics), errors, quantiles, names)
  data.frame(
    metric = names,
    estimate = unname(metrics),
    lower = bounds$lower,
    upper = bounds$upper,
    standard_error = errors,
    parts = length(inference$parts$size),
    reason = reasons
  )
}

# Reasons ----------------------------------------------------------------------------------------

reasons_of_metrics <- c(
  loss_perfect = "depends on the sizes of the classes alone",
  loss_chance = "one permutation of the labels",
  auc_error = "a bound, not an estimate",
  nmi = "clusters depend on all rows at once",
  ami = "clusters depend on all rows at once"
)

# For each metric a text, or NA if it has an interval.
reasons_of_no_interval <- function(metrics, inference, deviations) {
  names <- names(metrics)
  defined <- !is.na(metrics) & names %in% colnames(deviations)
  first_of(
    unname(reasons_of_metrics[names]),
    ifelse(defined, NA, "not defined for these embeddings"),
    why_too_few_parts(names, inference),
    why_no_threshold(names, inference),
    unname(why_no_deviation(deviations)[names])
  )
}

# The first text that is not NA, at each place.
first_of <- function(...) {
  Reduce(function(first, other) ifelse(is.na(first), other, first), list(...))
}

why_too_few_parts <- function(metrics, inference) {
  count <- length(inference$parts$size)
  whole <- inference$resample != "rows"
  fewest <- ifelse(whole & metrics == "positive_sd", fewest_for_deviation, fewest_parts)
  thing <- c(classes = "class", rows = "part", groups = "group")[[inference$resample]]
  few <- count - length(unique(inference$parts$stratum)) + 1 < fewest
  effective <- inference$effective[family_of(metrics)]
  unequal <- whole & effective < fewest_effective
  with_plain_numbers(first_of(
    ifelse(few, sprintf("%s, at least %d are needed", count_text(count, thing), fewest), NA),
    ifelse(unequal, sprintf(
      "%s of such sizes tell no more than %.1f equal ones, at least %d are needed",
      inference$resample, effective, fewest_effective
    ), NA)
  ))
}

why_no_threshold <- function(metrics, inference) {
  limits <- rep(NA_real_, length(metrics))
  at_limit <- startsWith(metrics, "tar_at_far_")
  limits[at_limit] <- as.numeric(sub("tar_at_far_", "", metrics[at_limit]))
  few <- !is.na(limits) & limits * inference$false_accepts < fewest_false_accepts
  ifelse(few, sprintf("fewer than %d false accepts at this rate", fewest_false_accepts), NA)
}

# Of each column.
why_no_deviation <- function(deviations) {
  squares <- deviations^2
  largest <- apply(squares, 2L, max, -Inf)
  # Rounding leaves about that much
  none <- !is.finite(largest) | largest < 1e-24
  deviating <- colSums(squares)^2 / colSums(squares^2)
  rlang::set_names(first_of(
    ifelse(none, "all parts agree", NA),
    ifelse(deviating < fewest_deviating, "one or two parts differ from all others", NA)
  ), colnames(deviations))
}

# Variance ---------------------------------------------------------------------------------------

# Of metrics, or of the differences of two with the same parts: standard_error, and the degrees of
# freedom that it rests on. A data frame with a row for each column.
spread_of <- function(deviations, inference) {
  metrics <- colnames(deviations)
  degrees <- pmax(degrees_of_freedom(metrics, inference), 1)
  if (nrow(deviations) == 0L) {
    return(data.frame(standard_error = NA_real_ * degrees, degrees = degrees, row.names = metrics))
  }
  stratum <- inference$parts$stratum
  in_stratum <- tabulate(stratum)[stratum]
  free <- pmax(outer(in_stratum, lost_degrees(metrics, inference), `-`), 1)
  larger <- in_stratum / free * without_leverage(metrics, inference)
  colnames(larger) <- metrics
  orders <- orders_of_variance(colSums(deviations^2 * larger), larger, inference$class_pairs)
  data.frame(
    standard_error = row_factors(metrics, inference) * sqrt(orders$first + orders$second),
    degrees = degrees_of_orders(orders, degrees),
    row.names = metrics
  )
}

# A large part pulls the estimate towards itself, and deviates less than it should: as in the
# jackknife, by the share of it that is left without the part. 1 if all are of one size.
without_leverage <- function(metrics, inference) {
  if (inference$resample == "rows") {
    return(1)
  }
  count <- length(inference$parts$size)
  left <- 1 - pmin(inference$leverages[, family_of(metrics)], 0.5)
  ((count - 1) / count / left)^2
}

# From what the parts of a stratum would have been if they were alike.
deviations_of <- function(influences, parts) {
  if (length(parts$size) == 0L) {
    return(influences)
  }
  of_stratum <- rowsum(cbind(parts$size, influences), parts$stratum)
  of_stratum <- of_stratum[match(parts$stratum, rownames(of_stratum)), , drop = FALSE]
  influences - parts$size / of_stratum[, 1] * of_stratum[, -1, drop = FALSE]
}

# A class also moves the metrics of other anchors, which shows where classes are few.
lost_degrees <- function(metrics, inference) {
  few <- inference$resample == "classes" && inference$self
  ifelse(few & (!is_of_pairs(metrics) | metrics == "positive_sd"), 3, 1)
}

row_factors <- function(metrics, inference) {
  if (inference$self && inference$resample != "classes") {
    ifelse(is_of_pairs(metrics), 1, factor_of_rows(metrics, inference$resample))
  } else {
    rep(1, length(metrics))
  }
}

# Unequal classes or groups tell less than as many equal ones.
degrees_of_freedom <- function(metrics, inference) {
  if (inference$resample == "rows") {
    free <- length(inference$parts$size) - length(unique(inference$parts$stratum))
    rep(free, length(metrics))
  } else {
    unname(inference$effective[family_of(metrics)]) - 1
  }
}

pair_metrics <- c(
  "auc", "equal_error_rate", "true_accept_rate", "false_accept_rate", "overlap", "positive_mean",
  "positive_sd", "negative_mean", "negative_sd"
)

# All others are means over anchors.
is_of_pairs <- function(metrics) {
  metrics %in% pair_metrics | startsWith(metrics, "tar_at_far_")
}

# Positives are the more unequal: of a class they grow with the square of its rows.
family_of <- function(metrics) {
  over_anchors <- ifelse(endsWith(metrics, "_by_class"), "classes", "anchors")
  of_pairs <- ifelse(metrics %in% metrics_of_negatives, "negatives", "pairs")
  ifelse(is_of_pairs(metrics), of_pairs, over_anchors)
}

metrics_of_negatives <- c("negative_mean", "negative_sd", "false_accept_rate")

# Bounds -----------------------------------------------------------------------------------------

# Rates on the scale of log-odds, losses and deviations on that of logarithms, so that bounds stay
# in their range.
bounds_around <- function(estimates, errors, quantiles, metrics) {
  any_number <- metrics %in% c("positive_mean", "negative_mean")
  positive <- metrics == "loss" | endsWith(metrics, "_sd")
  rate <- which(!any_number & !positive & !is.na(errors))
  inside <- rate[estimates[rate] > 0 & estimates[rate] < 1]
  bound <- function(either) {
    bounds <- estimates + either
    bounds[positive] <- (estimates * exp(either / estimates))[positive]
    bounds[rate] <- pmin(pmax(bounds[rate], 0), 1)
    odds <- estimates * (1 - estimates)
    bounds[inside] <- stats::plogis(
      stats::qlogis(estimates[inside]) + either[inside] / odds[inside]
    )
    bounds
  }
  list(lower = bound(-quantiles * errors), upper = bound(quantiles * errors))
}
