# The plot "classes": loss and recall of each class, the highest loss at the top.

shown_classes <- 30
longest_label <- 24

plot_classes <- function(evaluations) {
  title <- "Loss and recall of each class"
  classes <- stack_evaluations(evaluations, class_measures)
  if (nrow(classes) == 0L) {
    return(plot_nothing(title, "There is no class with a positive pair."))
  }
  labels <- classes_by_loss(classes)
  shown <- utils::head(labels, shown_classes)
  ggplot2::ggplot(
    place_classes(classes, shown, length(evaluations)),
    ggplot2::aes(
      .data$value, .data$place,
      colour = .data$evaluation, shape = .data$evaluation
    )
  ) +
    ggplot2::geom_blank(
      ggplot2::aes(.data$value),
      data = least_range(classes$measure), inherit.aes = FALSE
    ) +
    ggplot2::geom_vline(
      ggplot2::aes(
        xintercept = .data$value, colour = .data$evaluation, linetype = .data$evaluation
      ),
      data = stack_evaluations(evaluations, overall_measures), alpha = 0.6, show.legend = FALSE
    ) +
    ggplot2::geom_point(size = 2) +
    ggplot2::facet_wrap(ggplot2::vars(.data$measure), scales = "free_x") +
    series_scales(evaluations, describe_overall) +
    ggplot2::scale_y_continuous(
      breaks = rev(seq_along(shown)), labels = shorten_labels(shown),
      expand = ggplot2::expansion(add = 0.6)
    ) +
    ggplot2::labs(
      title = title,
      subtitle = describe_shown(length(shown), length(labels)),
      x = NULL,
      y = NULL,
      caption = classes_caption(evaluations)
    ) +
    plot_theme()
}

# Rows -----------------------------------------------------------------------------------------

recall_name <- function(evaluation) paste0("recall_at_", evaluation$settings$k[[1]])

# One row for each class and measure. Classes without a positive pair have no recall.
class_measures <- function(evaluation) {
  recall <- recall_name(evaluation)
  classes <- evaluation$classes[!is.na(evaluation$classes[[recall]]), ]
  as_measures(evaluation, as.character(classes$label), classes$loss, classes[[recall]])
}

overall_measures <- function(evaluation) {
  metrics <- evaluation$metrics
  recall <- recall_name(evaluation)
  drop_undefined(as_measures(evaluation, NA_character_, metrics[["loss"]], metrics[[recall]]))
}

as_measures <- function(evaluation, label, loss, recall) {
  titles <- c(
    "circle loss (lower is better)",
    paste("recall at", evaluation$settings$k[[1]], "(higher is better)")
  )
  data.frame(
    label = rep(label, 2),
    measure = factor(rep(titles, each = length(label)), levels = titles),
    value = unname(c(loss, recall))
  )
}

drop_undefined <- function(measures) measures[!is.na(measures$value), ]

# Ordered by the loss in the first evaluation that has the class.
classes_by_loss <- function(classes) {
  losses <- classes[as.integer(classes$measure) == 1L, ]
  losses <- losses[!duplicated(losses$label), ]
  losses$label[order(as.integer(losses$evaluation), -losses$value)]
}

# Classes from top to bottom, and in each of them the evaluations likewise.
place_classes <- function(classes, shown, evaluations) {
  classes <- drop_undefined(classes[classes$label %in% shown, ])
  from_middle <- if (evaluations == 1L) 0 else seq(0.22, -0.22, length.out = evaluations)
  classes$place <- 1 + length(shown) - match(classes$label, shown) +
    from_middle[as.integer(classes$evaluation)]
  classes
}

# The axis of losses starts at 0, that of recalls spans at least 0.9 to 1.
least_range <- function(measure) {
  levels <- levels(measure)
  is_loss <- seq_along(levels) == 1L
  data.frame(
    measure = factor(rep(levels, 2), levels = levels),
    value = c(ifelse(is_loss, 0, 0.9), ifelse(is_loss, 0, 1))
  )
}

# Words ----------------------------------------------------------------------------------------

# Labels often differ at their ends, so long ones are cut in the middle.
shorten_labels <- function(labels) {
  long <- nchar(labels) > longest_label
  half <- (longest_label - 3) %/% 2
  ends <- nchar(labels[long])
  labels[long] <- paste0(
    substr(labels[long], 1, half), "...", substr(labels[long], ends - half + 1, ends)
  )
  labels
}

describe_shown <- function(shown, count) {
  if (shown < count) {
    sprintf("The %d classes of highest loss, of %s", shown, count_mark(count))
  } else {
    "The class of highest loss is at the top"
  }
}

describe_overall <- function(evaluation) {
  metrics <- evaluation$metrics
  paste0(
    "loss ", digit_text(metrics[["loss"]]), ", recall ",
    decimal_text(metrics[[recall_name(evaluation)]])
  )
}

classes_caption <- function(evaluations) {
  first <- evaluations[[1]]
  left_out <- sum(is.na(first$classes[[recall_name(first)]]))
  paste0(
    "Vertical line: all anchors together",
    if (is_single(evaluations)) paste0(" (", describe_overall(first), ")"),
    if (left_out > 0) {
      paste0("\nExcluded: ", count_text(left_out, "class"), " without a positive pair")
    }
  )
}
