# The plot "roc": true accept rates at low false accept rates.

# The axis begins at the last of the `accept_rate_limits`, which have points.
lowest_rate <- 1e-5

plot_roc <- function(evaluations) {
  title <- "True accepts at low false accept rates"
  curves <- stack_curves(evaluations, roc_curve, describe_roc)
  if (nrow(curves$rows) == 0L) {
    return(plot_nothing(title, "There are no positive or no negative pairs."))
  }
  points <- stack_evaluations(curves$evaluations, roc_points)
  draw_curves(
    curves, "false_accept_rate", "true_accept_rate", roc_guides(), layers_of_points(points),
    c("colour", "linetype")
  ) +
    ggplot2::scale_x_log10(breaks = 10^(-5:0), labels = c(paste0("1e-", 5:1), "1")) +
    ggplot2::labs(
      title = title,
      x = "false accept rate (of negative pairs)",
      y = "true accept rate (of positive pairs)",
      caption = paste0(roc_caption(points), curves$missing)
    )
}

layers_of_points <- function(points) {
  list(
    ggplot2::geom_point(
      data = points[points$enough, ], shape = "circle", size = 2.2, show.legend = FALSE
    ),
    ggplot2::geom_point(
      data = points[!points$enough, ], shape = "circle filled", size = 2, fill = "white",
      show.legend = FALSE
    )
  )
}

# The curve from the lowest rate on.
roc_curve <- function(evaluation) {
  roc <- evaluation$roc[c("false_accept_rate", "true_accept_rate")]
  roc <- roc[stats::complete.cases(roc), ]
  roc <- roc[order(roc$false_accept_rate, roc$true_accept_rate), ]
  first <- max(sum(roc$false_accept_rate <= lowest_rate), 1)
  roc <- roc[seq_len(nrow(roc)) >= first, ]
  roc$false_accept_rate <- pmax(roc$false_accept_rate, lowest_rate)
  roc
}

# Below the rate of a single negative pair, none is accepted.
roc_points <- function(evaluation) {
  rates <- as.numeric(accept_rate_limits)
  points <- data.frame(
    false_accept_rate = rates,
    true_accept_rate = unname(evaluation$metrics[paste0("tar_at_far_", accept_rate_limits)]),
    enough = rates * evaluation$sizes$pairs[["negative"]] >= 1
  )
  points[!is.na(points$true_accept_rate), ]
}

# Chance, and the line of equal error rates.
roc_guides <- function() {
  rate <- 10^seq(log10(lowest_rate), 0, length.out = 400)
  guide <- function(accepted, linetype) {
    rates <- data.frame(false_accept_rate = rate, true_accept_rate = accepted)
    ggplot2::geom_line(
      data = rates, colour = guide_colour, linewidth = guide_linewidth, linetype = linetype
    )
  }
  list(guide(rate, "dashed"), guide(1 - rate, "dotted"))
}

describe_roc <- function(evaluation) {
  metrics <- evaluation$metrics
  sprintf(
    "AUC %s, equal error rate %s",
    decimal_text(metrics[["auc"]]), decimal_text(metrics[["equal_error_rate"]])
  )
}

roc_caption <- function(points) {
  paste0(
    "Dashed: chance. Dotted: both errors are equal",
    if (!all(points$enough)) {
      "\nHollow: a rate below that of a single negative pair,\nso that none is accepted"
    }
  )
}
