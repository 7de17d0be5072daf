# The plot "circle": the hardest pairs of each anchor in the (s_n, s_p) plane, and the decision
# boundary of a negative and a positive pair.

# Up to this many anchors per panel are drawn; more are counted in squares.
drawn_anchors <- 5000

plot_circle <- function(evaluations) {
  title <- "The hardest pairs of each anchor"
  anchors <- stack_evaluations(evaluations, hardest_pairs_of_anchors)
  if (nrow(anchors) == 0L) {
    return(plot_nothing(title, "There is no anchor with both a positive and a negative pair."))
  }
  ends <- list(lowest = min(0, anchors$negative), highest = max(1, anchors$positive))
  ggplot2::ggplot(mapping = ggplot2::aes(.data$negative, .data$positive)) +
    target_layers(evaluations, ends) +
    anchor_layers(anchors) +
    boundary_layer(evaluations, ends) +
    name_layer(evaluations) +
    panels(evaluations, describe_inside_briefly, nrow = if (length(evaluations) < 5L) 1) +
    ggplot2::coord_fixed() +
    ggplot2::labs(
      title = title,
      subtitle = describe_single(evaluations, describe_inside),
      x = expression("hardest negative similarity, " * s[n]),
      y = expression("hardest positive similarity, " * s[p]),
      caption = circle_caption(evaluations)
    ) +
    plot_theme()
}

hardest_pairs_of_anchors <- function(evaluation) {
  pairs <- data.frame(
    negative = evaluation$anchors$hardest_negative_similarity,
    positive = evaluation$anchors$hardest_positive_similarity
  )
  pairs <- pairs[stats::complete.cases(pairs), ]
  inside <- is_inside(pairs$negative, pairs$positive, evaluation$settings$margin)
  pairs$place <- factor(ifelse(inside, "inside", "outside"), levels = c("inside", "outside"))
  pairs
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

# Below the anchors: the good region, the margins and the optima.
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
      data = targets, linetype = "dotted", colour = "grey35"
    ),
    ggplot2::geom_hline(
      ggplot2::aes(yintercept = .data$delta_p),
      data = targets, linetype = "dotted", colour = "grey35"
    ),
    ggplot2::geom_point(
      ggplot2::aes(.data$optimum_n, .data$optimum_p),
      data = targets, shape = "cross", size = 2, colour = "grey35"
    ),
    # Similarities of rows that are not of unit length may leave no space for labels
    if (all_normalized(evaluations)) {
      list(
        target_text(targets, "delta_n", "optimum_p", "Delta[n] == m", hjust = -0.1),
        target_text(targets, "optimum_n", "delta_p", "Delta[p] == 1 - m", hjust = 0, vjust = -0.3),
        target_text(targets, "optimum_n", "optimum_p", "list(O[n], O[p])", hjust = -0.2)
      )
    }
  )
}

margin_targets <- function(evaluation) {
  margin <- evaluation$settings$margin
  data.frame(
    optimum_n = -margin, optimum_p = 1 + margin, delta_n = margin, delta_p = 1 - margin
  )
}

target_text <- function(targets, x, y, text, ...) {
  ggplot2::geom_text(
    ggplot2::aes(.data[[x]], .data[[y]]),
    data = targets, label = text, parse = TRUE, size = 2.8, colour = "grey35", ...
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
  if (largest > drawn_anchors) anchor_counts(anchors) else anchor_points(anchors, largest)
}

anchor_points <- function(anchors, count) {
  labels <- c(inside = "inside the boundary", outside = "outside")
  list(
    ggplot2::geom_point(
      ggplot2::aes(colour = .data$place, shape = .data$place),
      data = anchors, alpha = min(1, max(0.2, 12 / sqrt(count))), size = 1.4
    ),
    ggplot2::scale_colour_manual(
      NULL,
      values = c(inside = "#0072B2", outside = "#D55E00"), labels = labels, drop = FALSE
    ),
    ggplot2::scale_shape_manual(
      NULL,
      values = c(inside = 16, outside = 4), labels = labels, drop = FALSE
    ),
    ggplot2::guides(colour = ggplot2::guide_legend(override.aes = list(alpha = 1, size = 2)))
  )
}

anchor_counts <- function(anchors) {
  powers <- 0:9
  list(
    ggplot2::geom_bin_2d(
      ggplot2::aes(fill = ggplot2::after_stat(log10(.data$count))),
      data = anchors, bins = 80
    ),
    ggplot2::scale_fill_viridis_c(
      name = "anchors", direction = -1, breaks = powers, labels = count_mark(10^powers)
    )
  )
}

# The number of anchors in each panel whose names are shown
named_anchors <- 5L

# The names of the anchors furthest outside, if rows have names.
name_layer <- function(evaluations) {
  named <- stack_evaluations(evaluations, worst_anchors)
  if (nrow(named) > 0L) {
    ggplot2::geom_text(
      ggplot2::aes(label = .data$name),
      data = named, size = 2.8, vjust = -0.7, check_overlap = TRUE
    )
  }
}

worst_anchors <- function(evaluation) {
  anchors <- evaluation$anchors
  worst <- data.frame(
    name = if (is.null(anchors$name)) rep("", nrow(anchors)) else anchors$name,
    negative = anchors$hardest_negative_similarity,
    positive = anchors$hardest_positive_similarity
  )
  worst <- worst[worst$name != "" & stats::complete.cases(worst), ]
  margin <- evaluation$settings$margin
  sums <- negative_logit(worst$negative, margin) + positive_logit(worst$positive, margin)
  worst <- worst[order(-sums), ]
  worst$name <- shorten_labels(worst$name)
  utils::head(worst, named_anchors)
}

# Words ----------------------------------------------------------------------------------------

describe_inside <- function(evaluation) {
  share_inside(evaluation, "anchors inside the boundary")
}

describe_inside_briefly <- function(evaluation) share_inside(evaluation, "inside")

share_inside <- function(evaluation, words) {
  anchors <- hardest_pairs_of_anchors(evaluation)
  if (nrow(anchors) == 0L) {
    return("no anchor has both pairs")
  }
  paste(
    format_percent(mean(anchors$place == "inside")), "of", count_mark(nrow(anchors)), words
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
