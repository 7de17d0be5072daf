# The plot "classes": loss and recall of each class, the highest loss at the top.

shown_classes <- 30
shown_beside_others <- 20 # legends of several evaluations take place
longest_label <- 24

plot_classes <- function(evaluations) {
  title <- "Loss and recall of each class"
  classes <- stack_series(evaluations, describe_overall, class_measures)
  if (nrow(classes) == 0L) {
    return(plot_nothing(title, "There is no class with a positive pair."))
  }
  labels <- classes_by_loss(classes)
  shown <- utils::head(labels, if (is_single(evaluations)) shown_classes else shown_beside_others)
  ggplot2::ggplot(
    place_classes(classes, shown, length(evaluations)),
    ggplot2::aes(
      .data$value, .data$place,
      colour = .data$series, shape = .data$series
    )
  ) +
    ggplot2::geom_blank(
      ggplot2::aes(.data$value),
      data = least_range(classes), inherit.aes = FALSE
    ) +
    ggplot2::geom_vline(
      ggplot2::aes(
        xintercept = .data$value, colour = .data$series, linetype = .data$series
      ),
      data = stack_series(evaluations, describe_overall, overall_measures), alpha = 0.6,
      show.legend = FALSE
    ) +
    ggplot2::geom_point(size = 2) +
    ggplot2::facet_wrap(ggplot2::vars(.data$measure), scales = "free_x") +
    series_scales(evaluations) +
    ggplot2::scale_y_continuous(
      breaks = rev(seq_along(shown)), labels = label_sizes(evaluations, shown),
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

# The axis of losses starts at 0, that of recalls spans at least 0.9 to 1. A measure without values,
# as the loss of a single class, has no panel.
least_range <- function(classes) {
  levels <- levels(classes$measure)
  is_loss <- seq_along(levels) == 1L
  ranges <- data.frame(
    measure = factor(rep(levels, 2), levels = levels),
    value = c(ifelse(is_loss, 0, 0.9), ifelse(is_loss, 0, 1))
  )
  ranges[ranges$measure %in% classes$measure[!is.na(classes$value)], ]
}

# Words ----------------------------------------------------------------------------------------

# The labels with the numbers of their anchors in the first evaluation that has them.
label_sizes <- function(evaluations, labels) {
  classes <- stack_evaluations(evaluations, function(evaluation) {
    data.frame(
      label = as.character(evaluation$classes$label), anchors = evaluation$classes$anchors
    )
  })
  sizes <- classes$anchors[match(labels, classes$label)]
  paste0(shorten_labels(labels), " (", count_mark(sizes), ")")
}

# Labels often differ at their ends, so long ones are cut in the middle. Their length is that on a
# line, where a Chinese character has two columns.
shorten_labels <- function(labels, longest = longest_label) {
  width <- nchar(labels, "width")
  long <- width > longest
  letters <- nchar(labels[long])
  half <- pmax((longest - 3) * letters / width[long] / 2, 1) %/% 1
  labels[long] <- paste0(
    substr(labels[long], 1, half), "...", substr(labels[long], letters - half + 1, letters)
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
