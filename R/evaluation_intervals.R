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
new_inference <- function(parts, counts, anchors, retrieval, class, settings, sizes) {
  ends <- ends_of_pairs(settings, sizes$self)
  of_pairs <- pair_influences(counts, ends)
  if (!is.null(of_pairs)) {
    means <- pair_mean_influences(anchors, parts, ends)
    of_pairs[, colnames(means)] <- means
  }
  # How much of each family of metrics is in a part
  amounts <- list(
    anchors = tabulate(parts$code, length(parts$size)),
    classes = parts$size,
    pairs = if (is.null(counts)) 0 * parts$size else colSums(counts$positive)
  )
  list(
    resample = settings$resample,
    self = sizes$self,
    parts = parts,
    counts = counts,
    ends = ends,
    false_accepts = sizes$pairs[["negative"]],
    effective = vapply(amounts, effective_number, 0),
    leverages = do.call(cbind, lapply(amounts, shares_of)),
    influences = cbind(anchor_influences(anchors, retrieval, class, parts), of_pairs)
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
  reasons <- reasons_of_no_interval(metrics, inference)
  known <- standard_errors(inference$influences, inference)
  errors <- rlang::set_names(known[match(names(metrics), names(known))], names(metrics))
  errors[!is.na(reasons)] <- NA_real_
  bounds <- vapply(names(metrics), function(metric) {
    interval_bounds(metrics[[metric]], errors[[metric]], metric, inference, level)
  }, c(lower = 0, upper = 0))
  data.frame(
    metric = names(metrics),
    estimate = unname(metrics),
    lower = unname(bounds["lower", ]),
    upper = unname(bounds["upper", ]),
    standard_error = unname(errors),
    parts = length(inference$parts$size),
    reason = unname(reasons)
  )
}

interval_bounds <- function(estimate, error, metric, inference, level) {
  if (is.na(error)) {
    return(c(NA_real_, NA_real_))
  }
  bounds_around(estimate, error, t_quantile(level, metric, inference), metric)
}

t_quantile <- function(level, metric, inference) {
  stats::qt((1 + level) / 2, degrees_of_freedom(metric, inference))
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
reasons_of_no_interval <- function(metrics, inference) {
  deviations <- deviations_of(inference$influences, inference$parts)
  with_plain_numbers(vapply(names(metrics), function(metric) {
    if (metric %in% names(reasons_of_metrics)) {
      reasons_of_metrics[[metric]]
    } else if (is.na(metrics[[metric]]) || !(metric %in% colnames(deviations))) {
      "not defined for these embeddings"
    } else {
      found <- c(
        why_too_few_parts(metric, inference),
        why_no_threshold(metric, inference),
        why_no_deviation(deviations[, metric])
      )
      c(found, NA_character_)[[1]]
    }
  }, ""))
}

why_too_few_parts <- function(metric, inference) {
  count <- length(inference$parts$size)
  whole <- inference$resample != "rows"
  fewest <- if (whole && metric == "positive_sd") fewest_for_deviation else fewest_parts
  if (count - length(unique(inference$parts$stratum)) + 1 < fewest) {
    thing <- c(classes = "class", rows = "part", groups = "group")[[inference$resample]]
    return(sprintf("%s, at least %d are needed", count_text(count, thing), fewest))
  }
  effective <- inference$effective[[family_of(metric)]]
  if (whole && effective < fewest_effective) {
    sprintf(
      "%s of such sizes tell no more than %.1f equal ones, at least %d are needed",
      inference$resample, effective, fewest_effective
    )
  }
}

why_no_threshold <- function(metric, inference) {
  if (!startsWith(metric, "tar_at_far_")) {
    return(NULL)
  }
  limit <- as.numeric(sub("tar_at_far_", "", metric))
  if (limit * inference$false_accepts < fewest_false_accepts) {
    sprintf("fewer than %d false accepts at this rate", fewest_false_accepts)
  }
}

why_no_deviation <- function(deviations) {
  squares <- deviations^2
  # Rounding leaves about that much
  if (!all(is.finite(squares)) || max(squares) < 1e-24) {
    "all parts agree"
  } else if (effective_number(squares) < fewest_deviating) {
    "one or two parts differ from all others"
  }
}

# Variance ---------------------------------------------------------------------------------------

# Of metrics, or of the differences of two with the same parts.
standard_errors <- function(influences, inference) {
  parts <- inference$parts
  in_stratum <- tabulate(parts$stratum)[parts$stratum]
  squares <- deviations_of(influences, parts)^2
  if (length(parts$size) == 0L) {
    return(rlang::set_names(rep(NA_real_, ncol(influences)), colnames(influences)))
  }
  vapply(colnames(influences), function(metric) {
    free <- pmax(in_stratum - lost_degrees(metric, inference), 1)
    larger <- in_stratum / free * without_leverage(metric, inference)
    row_factor(metric, inference) * sqrt(sum(squares[, metric] * larger))
  }, 0)
}

# A large part pulls the estimate towards itself, and deviates less than it should: as in the
# jackknife, by the share of it that is left without the part. 1 if all are of one size.
without_leverage <- function(metric, inference) {
  if (inference$resample == "rows") {
    return(1)
  }
  count <- length(inference$parts$size)
  left <- 1 - pmin(inference$leverages[, family_of(metric)], 0.5)
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
lost_degrees <- function(metric, inference) {
  few <- inference$resample == "classes" && inference$self
  if (few && (!is_of_pairs(metric) || metric == "positive_sd")) 3 else 1
}

row_factor <- function(metric, inference) {
  if (inference$self && inference$resample != "classes" && !is_of_pairs(metric)) {
    factor_of_rows(metric, inference$resample)
  } else {
    1
  }
}

# Unequal classes or groups tell less than as many equal ones.
degrees_of_freedom <- function(metric, inference) {
  if (inference$resample == "rows") {
    return(length(inference$parts$size) - length(unique(inference$parts$stratum)))
  }
  inference$effective[[family_of(metric)]] - 1
}

# The metrics of pairs; all others are means over anchors.
is_of_pairs <- function(metric) {
  rates <- "auc|equal_error_rate|tar_at_far_.*|(true|false)_accept_rate|overlap"
  grepl(paste0("^(", rates, "|(positive|negative)_(mean|sd))$"), metric)
}

family_of <- function(metric) {
  if (is_of_pairs(metric)) "pairs" else if (grepl("_by_class$", metric)) "classes" else "anchors"
}

# Bounds -----------------------------------------------------------------------------------------

# Rates on the scale of log-odds, losses and deviations on that of logarithms, so that bounds stay
# in their range.
bounds_around <- function(estimate, error, quantile, metric) {
  either <- c(-1, 1) * quantile * error
  if (grepl("^(positive|negative)_mean$", metric)) {
    estimate + either
  } else if (metric == "loss" || grepl("_sd$", metric)) {
    estimate * exp(either / estimate)
  } else if (estimate <= 0 || estimate >= 1) {
    pmin(pmax(estimate + either, 0), 1)
  } else {
    stats::plogis(stats::qlogis(estimate) + either / (estimate * (1 - estimate)))
  }
}
