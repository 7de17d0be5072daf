# The Circle loss of an evaluation, with that of a perfect embedding and of chance.

# Returns list(anchors, values): the loss of each anchor, NA without a positive or without a
# negative, and the metrics. `pairs` are the engine's results. The loss belongs to inner products:
# of distances it is NA.
evaluate_circle_loss <- function(pairs, batch, settings, call) {
  counts <- pairs$anchors[c("positives", "negatives")]
  has_loss <- settings$metric != "euclidean"
  counted <- counts$positives > 0 & counts$negatives > 0 & has_loss
  losses <- if (has_loss) pairs$losses else rep(NA_real_, length(counted))
  losses[!counted] <- NA_real_
  perfect <- perfect_losses(counts, settings$gamma, settings$margin)
  values <- if (any(counted)) {
    c(
      loss = mean_of_positive(losses[counted]),
      loss_perfect = mean_of_positive(perfect[counted]),
      loss_chance = chance_loss(batch, settings, call)
    )
  } else {
    c(loss = NA_real_, loss_perfect = NA_real_, loss_chance = NA_real_)
  }
  list(anchors = losses, values = values)
}

# The default reduction of loss_circle(): anchors whose loss underflows to 0 do not count.
mean_of_positive <- function(losses) {
  count <- sum(losses > 0)
  if (count == 0) 0 else sum(losses) / count
}

# All positives at similarity 1 (d = 0), all negatives at 0 (d = 1): every logit is the same.
perfect_losses <- function(counts, gamma, margin) {
  logit <- -gamma * max(margin, 0) * margin
  total <- log(counts$positives) + log(counts$negatives) + 2 * logit
  pmax(total, 0) + log1p(exp(-abs(total)))
}

# The loss with the labels of the references in random order; NA if that overflows the floating
# point type.
chance_loss <- function(batch, settings, call) {
  settings$remove_diagonal <- is.null(batch$references)
  settings$reduction <- "mean"
  labels <- reference_codes_of(batch)
  shuffled <- labels[with_seed(settings$seed, sample.int(length(labels)))]
  if (is.null(batch$references)) {
    batch$labels <- shuffled
  } else {
    batch$reference_labels <- shuffled
  }
  request <- new_request("Circle loss", batch, call)
  # The evaluation has already warned of rows that are not of length 1
  tryCatch(
    suppressWarnings(
      call_engine(compute_loss(batch, settings, request), batch, settings, request, call),
      classes = "circleloss_warning_not_unit"
    )$value,
    circleloss_error_overflow = function(error) NA_real_
  )
}
