# The plot "circle": the hardest pairs of each anchor, or the mean ones, in the (s_n, s_p) plane,
# and the decision boundary of a negative and a positive pair.

# From this many anchors in a panel on, they are counted in squares.
counted_anchors <- 1000

plot_circle <- function(evaluations, pairs = "hardest") {
  title <- switch(pairs,
    hardest = "The hardest pairs of each anchor",
    mean = "The mean similarities of each anchor"
  )
  anchors <- stack_evaluations(evaluations, pairs_of_anchors, pairs)
  if (nrow(anchors) == 0L) {
    return(plot_nothing(title, "There is no anchor with both a positive and a negative pair."))
  }
  ends <- list(lowest = min(0, anchors$negative), highest = max(1, anchors$positive))
  describe <- function(evaluation) describe_inside(evaluation, pairs)
  ggplot2::ggplot(mapping = ggplot2::aes(.data$negative, .data$positive)) +
    target_layers(evaluations, ends) +
    anchor_layers(anchors) +
    boundary_layer(evaluations, ends) +
    name_layer(evaluations, pairs) +
    # Squares leave less place for their titles
    panels(
      evaluations, function(evaluation) share_inside(evaluation, pairs, "inside"),
      in_a_row = 4L, width = 64L
    ) +
    ggplot2::coord_fixed(ylim = c(NA, ends$highest)) +
    ggplot2::labs(
      title = title,
      subtitle = describe_single(evaluations, describe),
      x = as.expression(bquote(.(paste(pairs, "negative similarity, ")) * s[n])),
      y = as.expression(bquote(.(paste(pairs, "positive similarity, ")) * s[p])),
      caption = circle_caption(evaluations)
    ) +
    plot_theme()
}

# Similarities of each anchor: those of its hardest pairs, or the means over its pairs.
similarities_of_anchors <- function(evaluation, pairs) {
  anchors <- evaluation$anchors
  switch(pairs,
    hardest = data.frame(
      negative = anchors$hardest_negative_similarity,
      positive = anchors$hardest_positive_similarity
    ),
    mean = data.frame(negative = anchors$negative_mean, positive = anchors$positive_mean)
  )
}

places <- c(inside = "inside the boundary", outside = "outside")

pairs_of_anchors <- function(evaluation, pairs) {
  anchors <- similarities_of_anchors(evaluation, pairs)
  anchors <- anchors[stats::complete.cases(anchors), ]
  inside <- is_inside(anchors$negative, anchors$positive, evaluation$settings$margin)
  anchors$place <- factor(ifelse(inside, places[["inside"]], places[["outside"]]), levels = places)
  anchors
}

# The boundary ---------------------------------------------------------------------------------

# Both logits of the loss, divided by gamma: the boundary is where their sum is 0.
negative_logit <- function(s_n, margin) pmax(s_n + margin, 0) * (s_n - margin)

positive_logit <- function(s_p, margin) {
  distance <- pmax(1 - s_p, 0)
  pmax(distance + margin, 0) * (distance - margin)
}

is_inside <- function(s_n, s_p, margin) {
  negative_logit(s_n, margin) + positive_logit(s_p, margin) <= 0
}

# s_n^2 + (1 - s_p)^2 = 2 m^2 from s_n = -m on. Left of that the pair weight of negatives is 0, and
# the boundary is horizontal; above s_p = 1, which only rows of other lengths reach, it is vertical.
# With a negative margin both weights begin there, and it is a corner.
circular_boundary <- function(margin, lowest, highest) {
  end <- if (margin > 0) sqrt(2) * margin else -margin
  s_n <- seq(min(lowest, -margin), end, length.out = 400)
  distance <- sqrt(pmax(margin^2 - negative_logit(s_n, margin), 0))
  data.frame(negative = c(s_n, end), positive = c(1 - distance, highest))
}

# Below the anchors: the good region and the margins. The optima are beyond what similarities reach.
target_layers <- function(evaluations, ends) {
  targets <- stack_evaluations(evaluations, margin_targets)
  good <- stack_evaluations(evaluations, function(evaluation) {
    boundary <- boundary_of(evaluation, ends)
    rbind(boundary, data.frame(negative = min(boundary$negative), positive = ends$highest))
  })
  list(
    ggplot2::geom_polygon(data = good, fill = "#56B4E9", alpha = 0.15),
    ggplot2::geom_vline(
      ggplot2::aes(xintercept = .data$delta_n),
      data = targets, linetype = "dotted", colour = "grey25"
    ),
    ggplot2::geom_hline(
      ggplot2::aes(yintercept = .data$delta_p),
      data = targets, linetype = "dotted", colour = "grey25"
    ),
    # Similarities of rows that are not of unit length may leave no space for labels
    if (all_normalized(evaluations)) {
      list(
        target_text(targets, "delta_n", "top", "Delta[n] == m", hjust = -0.1, vjust = 1.2),
        target_text(targets, "left", "delta_p", "Delta[p] == 1 - m", hjust = 0, vjust = -0.3)
      )
    }
  )
}

margin_targets <- function(evaluation) {
  margin <- evaluation$settings$margin
  data.frame(left = -margin, top = 1, delta_n = margin, delta_p = 1 - margin)
}

target_text <- function(targets, x, y, text, ...) {
  ggplot2::geom_text(
    ggplot2::aes(.data[[x]], .data[[y]]),
    data = targets, label = text, parse = TRUE, size = 2.8, colour = "grey25", ...
  )
}

# Above the anchors: the boundary.
boundary_layer <- function(evaluations, ends) {
  boundary <- stack_evaluations(evaluations, boundary_of, ends)
  ggplot2::geom_path(data = boundary, colour = "grey10", linewidth = 0.7)
}

boundary_of <- function(evaluation, ends) {
  circular_boundary(evaluation$settings$margin, ends$lowest, ends$highest)
}

# The anchors ----------------------------------------------------------------------------------

anchor_layers <- function(anchors) {
  largest <- max(table(anchors$evaluation))
  if (largest >= counted_anchors) anchor_counts(anchors) else anchor_points(anchors, largest)
}

anchor_points <- function(anchors, count) {
  list(
    ggplot2::geom_point(
      ggplot2::aes(colour = .data$place, shape = .data$place),
      data = anchors, alpha = min(1, max(0.2, 12 / sqrt(count))), size = 1.4
    ),
    ggplot2::scale_colour_manual(values = rlang::set_names(pair_colours, places)),
    ggplot2::scale_shape_manual(values = rlang::set_names(c(16, 4), places)),
    ggplot2::guides(colour = ggplot2::guide_legend(override.aes = list(alpha = 1, size = 2))),
    ggplot2::labs(colour = NULL, shape = NULL)
  )
}

# Squares of the same width in both directions, coloured by their numbers of anchors.
anchor_counts <- function(anchors) {
  width <- max(diff(range(anchors$negative)), diff(range(anchors$positive)), 1e-6) / 60
  powers <- 0:9
  list(
    ggplot2::geom_bin_2d(
      ggplot2::aes(colour = ggplot2::after_stat(log10(.data$count)),
        fill = ggplot2::after_scale(.data$colour)),
      data = anchors, binwidth = c(width, width), linewidth = 0.1
    ),
    ggplot2::scale_colour_viridis_c(
      direction = -1, breaks = powers, labels = count_mark(10^powers)
    ),
    ggplot2::labs(colour = "anchors")
  )
}

# The number of anchors in each panel whose names are shown
named_anchors <- 5L

# The names of the anchors furthest outside, if rows have names.
name_layer <- function(evaluations, pairs) {
  named <- stack_evaluations(evaluations, worst_anchors, pairs)
  if (nrow(named) > 0L) {
    ggplot2::geom_text(
      ggplot2::aes(label = .data$name),
      data = named, size = 2.8, vjust = -0.7, check_overlap = TRUE
    )
  }
}

worst_anchors <- function(evaluation, pairs) {
  anchors <- evaluation$anchors
  worst <- cbind(
    name = if (is.null(anchors$name)) rep("", nrow(anchors)) else anchors$name,
    similarities_of_anchors(evaluation, pairs)
  )
  worst <- worst[worst$name != "" & stats::complete.cases(worst), ]
  margin <- evaluation$settings$margin
  sums <- negative_logit(worst$negative, margin) + positive_logit(worst$positive, margin)
  worst <- worst[order(-sums), ]
  worst$name <- shorten_labels(worst$name)
  utils::head(worst, named_anchors)
}

# Words ----------------------------------------------------------------------------------------

describe_inside <- function(evaluation, pairs) {
  share_inside(evaluation, pairs, "anchors inside the boundary")
}

share_inside <- function(evaluation, pairs, words) {
  anchors <- pairs_of_anchors(evaluation, pairs)
  if (nrow(anchors) == 0L) {
    return("no anchor has both pairs")
  }
  paste(
    format_percent(mean(anchors$place == places[["inside"]])), "of", count_mark(nrow(anchors)),
    words
  )
}

# Rounded, but never to 0 or 100.
format_percent <- function(share) {
  if (share > 0 && share < 0.001) {
    "< 0.1 %"
  } else if (share > 0.999 && share < 1) {
    "> 99.9 %"
  } else {
    sprintf("%.1f %%", 100 * share)
  }
}

circle_caption <- function(evaluations) {
  margin <- common_margin(evaluations)
  boundary <- quote(s[n]^2 + (1 - s[p])^2 == 2 * m^2)
  if (is.null(margin)) {
    bquote(paste("Boundary: ", .(boundary), ", with the margin ", m, " of each"))
  } else {
    bquote(paste("Boundary: ", .(boundary), ", with the margin ", m == .(margin)))
  }
}
