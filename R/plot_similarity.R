# The plot "similarity": densities of positive and negative pairs, and their overlap.

plot_similarity <- function(evaluations) {
  title <- "Similarity of positive and negative pairs"
  curves <- stack_evaluations(evaluations, similarity_curves)
  if (nrow(curves) == 0L) {
    return(plot_nothing(title, "There are no pairs."))
  }
  overlap <- stack_evaluations(evaluations, similarity_overlap)
  ggplot2::ggplot(curves, ggplot2::aes(.data$similarity, .data$density)) +
    ggplot2::geom_vline(
      ggplot2::aes(xintercept = .data$similarity),
      data = stack_evaluations(evaluations, wanted_similarities),
      linetype = "dotted", colour = "grey25"
    ) +
    ggplot2::geom_area(
      ggplot2::aes(colour = .data$pairs, fill = ggplot2::after_scale(.data$colour)),
      stat = "identity", position = "identity", alpha = 0.2, linetype = "blank"
    ) +
    ggplot2::geom_area(data = overlap, stat = "identity", fill = "grey20", alpha = 0.28) +
    ggplot2::geom_line(
      ggplot2::aes(colour = .data$pairs, linetype = .data$pairs),
      linewidth = 0.7
    ) +
    panels(evaluations, describe_overlap, scales = "free_y") +
    ggplot2::scale_colour_manual(values = pair_colours) +
    ggplot2::scale_linetype_manual(values = c(positive = "solid", negative = "longdash")) +
    ggplot2::scale_y_continuous(breaks = NULL, expand = ggplot2::expansion(c(0, 0.05))) +
    ggplot2::labs(
      title = title,
      subtitle = describe_single(evaluations, describe_pairs),
      x = similarity_title(evaluations),
      y = "density (each area is 1)",
      colour = NULL,
      linetype = NULL,
      caption = wanted_caption(evaluations)
    ) +
    plot_theme()
}

# Curves ---------------------------------------------------------------------------------------

similarity_curves <- function(evaluation) {
  rbind(similarity_curve(evaluation, "positive"), similarity_curve(evaluation, "negative"))
}

# The bins of one kind of pair as a smooth curve; no rows without such pairs.
similarity_curve <- function(evaluation, kind) {
  if (!(evaluation$sizes$pairs[[kind]] > 0)) {
    return(data.frame(similarity = numeric(), density = numeric(), pairs = factor()))
  }
  at <- curve_places(evaluation$density$similarity)
  weight <- evaluation$density[[kind]] / sum(evaluation$density[[kind]])
  bandwidth <- curve_bandwidth(evaluation, kind, at)
  data.frame(
    similarity = at,
    density = kernel_density(at, evaluation$density$similarity, weight, bandwidth),
    pairs = factor(kind, levels = names(pair_colours))
  )
}

similarity_overlap <- function(evaluation) {
  positive <- similarity_curve(evaluation, "positive")
  negative <- similarity_curve(evaluation, "negative")
  if (nrow(positive) == nrow(negative)) {
    positive$density <- pmin(positive$density, negative$density)
    positive
  } else {
    positive[0, ]
  }
}

# From the lower end of the first bin to the upper end of the last. A single bin has no width, but
# its curve needs some.
curve_places <- function(similarity) {
  beyond <- if (length(similarity) > 1L) bin_width(similarity) / 2 else 0.01
  seq(min(similarity) - beyond, max(similarity) + beyond, length.out = 512)
}

bin_width <- function(similarity) {
  if (length(similarity) > 1L) similarity[[2]] - similarity[[1]] else 0
}

# Silverman's rule, but wide enough that the curve shows neither the bins nor its own points.
curve_bandwidth <- function(evaluation, kind, at) {
  silverman <- 0.9 * evaluation$metrics[[paste0(kind, "_sd")]] *
    evaluation$sizes$pairs[[kind]]^-0.2
  width <- bin_width(evaluation$density$similarity)
  max(silverman, width, 2 * (at[[2]] - at[[1]]), na.rm = TRUE)
}

# A Gaussian at every bin, reflected at the ends so that the area stays 1.
kernel_density <- function(at, centre, weight, bandwidth) {
  ends <- range(at)
  add_up <- function(centre) {
    drop(stats::dnorm(outer(at, centre, "-"), sd = bandwidth) %*% weight)
  }
  add_up(centre) + add_up(2 * ends[[1]] - centre) + add_up(2 * ends[[2]] - centre)
}

# Words ----------------------------------------------------------------------------------------

describe_overlap <- function(evaluation) {
  paste("overlap", decimal_text(evaluation$metrics[["overlap"]]))
}

describe_pairs <- function(evaluation) {
  pairs <- evaluation$sizes$pairs
  paste0(
    count_mark(pairs[["positive"]]), " positive and ",
    count_mark(pairs[["negative"]]), " negative pairs",
    if (all(pairs > 0)) paste(", grey:", describe_overlap(evaluation))
  )
}

wanted_similarities <- function(evaluation) {
  margin <- evaluation$settings$margin
  data.frame(similarity = c(margin, 1 - margin))
}

wanted_caption <- function(evaluations) {
  margin <- common_margin(evaluations)
  if (is.null(margin)) {
    return("Dotted: the targets, negative pairs below the margin, positive ones above 1 - margin")
  }
  sprintf(
    "Dotted: the targets, negative pairs below %s and positive pairs above %s (margin %s)",
    format(margin), format(1 - margin), format(margin)
  )
}
