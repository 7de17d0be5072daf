# The plot "circle": each anchor in the (s_n, s_p) plane, at the similarities of its hardest pairs,
# at the means of its similarities or at those of the pairs that would have the same loss, and the
# decision boundary of a negative and a positive pair.

# Fewer anchors in each panel are drawn as points; from here on they are counted in squares.
counted_anchors <- 1000
squares <- 60

pair_choices <- c("hardest", "mean", "soft")

plot_circle <- function(evaluations, pairs = "hardest") {
  title <- switch(pairs,
    hardest = "The hardest pairs of each anchor",
    mean = "The mean similarities of each anchor",
    soft = "The pairs of each anchor that would have its loss"
  )
  if ("euclidean" %in% metrics_of_evaluations(evaluations)) {
    return(plot_nothing(title, "The plane belongs to inner products: distances have no boundary."))
  }
  limits <- circle_limits(evaluations, stack_evaluations(evaluations, place_anchors, pairs), pairs)
  layout <- arrange_panels(
    length(evaluations), diff(limits$positive) / diff(limits$negative)
  )
  evaluations <- panel_names(evaluations, layout, describe = function(evaluation) {
    describe_inside(evaluation, pairs)
  })
  anchors <- stack_evaluations(evaluations, place_anchors, pairs)
  if (nrow(anchors) == 0L) {
    return(plot_nothing(title, "There is no anchor with both a positive and a negative pair."))
  }
  ggplot2::ggplot(mapping = ggplot2::aes(.data$negative, .data$positive)) +
    anchor_halo(anchors) +
    target_layers(evaluations, limits, layout) +
    anchor_layers(anchors) +
    boundary_layer(evaluations, limits) +
    name_layer(evaluations, pairs, layout) +
    panels(evaluations, layout) +
    ggplot2::coord_fixed(xlim = limits$negative, ylim = limits$positive) +
    # Small panels have no space for every number
    ggplot2::scale_x_continuous(
      expand = ggplot2::expansion(0.02), guide = ggplot2::guide_axis(check.overlap = TRUE)
    ) +
    ggplot2::scale_y_continuous(expand = ggplot2::expansion(0.02)) +
    circle_labels(pairs) +
    ggplot2::labs(
      title = title,
      subtitle = describe_single(evaluations, function(evaluation) {
        describe_inside(evaluation, pairs, " of %s anchors inside the boundary")
      }),
      caption = circle_caption(evaluations)
    ) +
    plot_theme()
}

# A row for each anchor with both kinds of pairs.
place_anchors <- function(evaluation, pairs) {
  anchors <- evaluation$anchors
  at <- switch(pairs,
    hardest = c("hardest_negative_similarity", "hardest_positive_similarity"),
    mean = c("negative_mean", "positive_mean"),
    soft = c("negative_soft", "positive_soft")
  )
  placed <- data.frame(
    negative = anchors[[at[[1]]]],
    positive = anchors[[at[[2]]]],
    name = if (is.null(anchors$name)) rep("", nrow(anchors)) else anchors$name
  )
  placed <- placed[stats::complete.cases(placed[c("negative", "positive")]), ]
  inside <- is_inside(placed$negative, placed$positive, evaluation$settings$margin)
  places <- c("inside the boundary", "outside")
  placed$place <- factor(places[ifelse(inside, 1L, 2L)], levels = places)
  placed
}

# The axes end where similarities end: cosines at -1 and 1, others and soft ones, which many pairs
# bring beyond, at the last anchor, if that is beyond the boundary. A tall and narrow plane is
# widened, which leaves space for words.
circle_limits <- function(evaluations, anchors, pairs) {
  boundary <- stack_evaluations(evaluations, function(evaluation) {
    circular_boundary(evaluation$settings$margin, min(0, anchors$negative), 1)
  })
  limits <- list(
    negative = range(0, anchors$negative, max(boundary$negative)),
    positive = range(1, anchors$positive, min(boundary$positive))
  )
  if (!all_normalized(evaluations) || pairs == "soft") {
    return(limits)
  }
  limits <- lapply(limits, function(ends) pmin(pmax(ends, -1), 1))
  lacking <- max(diff(limits$positive) - diff(limits$negative), 0)
  lowest <- max(limits$negative[[1]] - lacking, -1)
  limits$negative <- c(lowest, max(limits$negative[[2]], lowest + diff(limits$positive)))
  limits
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
  # Closer together towards the end, where the circle is steep
  s_n <- end - (end - min(lowest, -margin)) * seq(1, 0, length.out = 150)^2
  s_n <- unique(sort(c(s_n, -margin)))
  distance <- sqrt(pmax(margin^2 - negative_logit(s_n, margin), 0))
  data.frame(negative = c(s_n, end), positive = c(1 - distance, highest))
}

# Below the anchors: the good region and the margins.
target_layers <- function(evaluations, limits, layout) {
  targets <- stack_evaluations(evaluations, margin_targets)
  good <- stack_evaluations(evaluations, function(evaluation) {
    boundary <- boundary_of(evaluation, limits)
    corner <- data.frame(
      negative = min(boundary$negative), positive = max(boundary$positive, limits$positive)
    )
    rbind(boundary, corner)
  })
  guide <- function(make, end) {
    make(
      end,
      data = targets, linetype = "dotted", colour = guide_colour, linewidth = guide_linewidth
    )
  }
  list(
    ggplot2::geom_polygon(data = good, fill = "#56B4E9", alpha = 0.15),
    guide(ggplot2::geom_vline, ggplot2::aes(xintercept = .data$delta_n)),
    guide(ggplot2::geom_hline, ggplot2::aes(yintercept = .data$delta_p)),
    # Small panels and similarities of rows that are not of unit length may leave no space
    if (all_normalized(evaluations) && layout$width > 1.8) {
      list(
        target_text(targets, "delta_n", Inf, "Delta[n] == m", hjust = 1.1, vjust = 1.4),
        target_text(targets, -Inf, "delta_p", "Delta[p] == 1 - m", hjust = -0.05, vjust = -0.3)
      )
    }
  )
}

margin_targets <- function(evaluation) {
  margin <- evaluation$settings$margin
  data.frame(delta_n = margin, delta_p = 1 - margin)
}

# `x` and `y`: columns of the targets, or ends of the panel
target_text <- function(targets, x, y, text, ...) {
  column <- function(at) if (is.character(at)) targets[[at]] else rep(at, nrow(targets))
  targets$x <- column(x)
  targets$y <- column(y)
  ggplot2::geom_text(
    ggplot2::aes(.data$x, .data$y),
    data = targets, label = text, parse = TRUE, size = 2.8, colour = guide_colour, ...
  )
}

# Above the anchors: the boundary.
boundary_layer <- function(evaluations, limits) {
  boundary <- stack_evaluations(evaluations, boundary_of, limits)
  ggplot2::geom_path(data = boundary, colour = guide_colour, linewidth = 0.7)
}

boundary_of <- function(evaluation, limits) {
  circular_boundary(evaluation$settings$margin, limits$negative[[1]], limits$positive[[2]])
}

# The anchors ----------------------------------------------------------------------------------

anchor_layers <- function(anchors) {
  if (are_counted(anchors)) anchor_counts(anchors) else anchor_points(anchors)
}

most_in_a_panel <- function(anchors) max(table(anchors$evaluation))

are_counted <- function(anchors) most_in_a_panel(anchors) >= counted_anchors

anchor_points <- function(anchors) {
  alpha <- min(1, max(0.5, 12 / sqrt(most_in_a_panel(anchors))))
  places <- levels(anchors$place)
  list(
    ggplot2::geom_point(
      ggplot2::aes(colour = .data$place, shape = .data$place),
      data = anchors, alpha = alpha, size = 1.4
    ),
    ggplot2::scale_colour_manual(values = rlang::set_names(unname(pair_colours), places)),
    ggplot2::scale_shape_manual(values = rlang::set_names(c(16, 4), places)),
    ggplot2::labs(colour = NULL, shape = NULL),
    ggplot2::guides(colour = ggplot2::guide_legend(override.aes = list(alpha = 1, size = 2)))
  )
}

# Squares need none.
anchor_halo <- function(anchors) {
  if (!are_counted(anchors)) {
    halo(ggplot2::geom_point, data = anchors, size = 2.6, shape = "circle")
  }
}

anchor_counts <- function(anchors) {
  width <- max(diff(range(anchors$negative)), diff(range(anchors$positive)), 1e-6) / squares
  list(
    ggplot2::geom_bin_2d(
      ggplot2::aes(
        colour = ggplot2::after_stat(log10(.data$count)),
        fill = ggplot2::after_scale(.data$colour)
      ),
      data = anchors, binwidth = c(width, width)
    ),
    ggplot2::scale_colour_viridis_c(direction = -1, breaks = count_breaks, labels = count_labels),
    ggplot2::labs(colour = "anchors in a square")
  )
}

# Of common logarithms: powers of 10, or more where the counts do not differ by much.
count_breaks <- function(ends) {
  powers <- 0:9
  breaks <- if (diff(ends) > 2) powers else c(outer(log10(c(1, 2, 5)), powers, "+"))
  breaks[breaks >= ends[[1]] - 1e-9 & breaks <= ends[[2]] + 1e-9]
}

count_labels <- function(breaks) count_mark(round(10^breaks))

# The number of anchors in each panel whose names are shown, and columns of a name
named_anchors <- 5L
longest_name <- 24

# The names of the anchors furthest outside, if rows have names.
name_layer <- function(evaluations, pairs, layout) {
  # Half of a panel
  width <- max(8, min(longest_name, floor(layout$width * columns_per_inch / 2)))
  named <- stack_evaluations(evaluations, worst_anchors, pairs, width)
  if (nrow(named) > 0L) {
    ggplot2::geom_text(
      ggplot2::aes(label = .data$name),
      data = named, size = 2.8, vjust = -0.7, hjust = "inward", check_overlap = TRUE
    )
  }
}

worst_anchors <- function(evaluation, pairs, width) {
  named <- place_anchors(evaluation, pairs)
  named <- named[named$name != "", ]
  margin <- evaluation$settings$margin
  sums <- negative_logit(named$negative, margin) + positive_logit(named$positive, margin)
  worst <- utils::head(named[order(-sums), ], named_anchors)
  worst$name <- shorten_names(worst$name, width)
  worst
}

# Words ----------------------------------------------------------------------------------------

# `words` has a place for the number of anchors, if there is space for it.
describe_inside <- function(evaluation, pairs, words = " inside") {
  anchors <- place_anchors(evaluation, pairs)
  if (nrow(anchors) == 0L) {
    return("no anchors")
  }
  share <- format_percent(mean(as.integer(anchors$place) == 1L))
  paste0(share, sub("%s", count_mark(nrow(anchors)), words, fixed = TRUE))
}

circle_labels <- function(pairs) {
  switch(pairs,
    hardest = ggplot2::labs(
      x = expression("hardest negative similarity, " * s[n]),
      y = expression("hardest positive similarity, " * s[p])
    ),
    mean = ggplot2::labs(
      x = expression("mean similarity of negatives, " * s[n]),
      y = expression("mean similarity of positives, " * s[p])
    ),
    soft = ggplot2::labs(
      x = expression("soft similarity of negatives, " * s[n]),
      y = expression("soft similarity of positives, " * s[p])
    )
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
