# The plot "classes": loss and recall of each class, the highest loss at the top.

# Most rows of points, and columns of a label
most_rows <- 30
longest_label <- 24

# With several evaluations each class takes several rows of points, so that fewer classes fit.
classes_to_show <- function(evaluations) max(6, min(most_rows, 60 %/% evaluations))

plot_classes <- function(evaluations) {
  title <- "Loss and recall of each class"
  names <- names(evaluations)
  evaluations <- series_names(evaluations, describe_overall)
  classes <- stack_evaluations(evaluations, class_measures)
  if (nrow(classes) == 0L) {
    return(plot_nothing(title, "There is no class with a positive pair."))
  }
  labels <- classes_by_loss(classes)
  shown <- utils::head(labels, classes_to_show(length(evaluations)))
  ggplot2::ggplot(
    place_classes(classes, shown, length(evaluations)),
    ggplot2::aes(
      .data$value, .data$place,
      colour = .data$evaluation, shape = .data$evaluation
    )
  ) +
    ggplot2::geom_blank(
      ggplot2::aes(.data$value),
      data = least_range(drop_undefined(classes)), inherit.aes = FALSE
    ) +
    halo(ggplot2::geom_point, shape = "circle", size = 3.4) +
    overall_lines(evaluations) +
    ggplot2::geom_point(size = 2) +
    ggplot2::facet_wrap(ggplot2::vars(.data$measure), scales = "free_x") +
    series_scales(
      evaluations, c("colour", if (length(evaluations) <= most_lines) "linetype", "shape")
    ) +
    ggplot2::scale_y_continuous(
      breaks = rev(seq_along(shown)), labels = name_classes(shown, classes),
      expand = ggplot2::expansion(add = 0.6)
    ) +
    ggplot2::labs(
      title = title,
      subtitle = describe_shown(length(shown), length(labels), has_loss(classes)),
      x = NULL,
      y = NULL,
      caption = paste0(
        classes_caption(evaluations), without_rows(evaluations, names, drop_undefined(classes))
      )
    ) +
    plot_theme(evaluations)
}

# More evaluations have their numbers in the legend alone: their lines would hide the points.
most_lines <- 4

overall_lines <- function(evaluations) {
  if (length(evaluations) <= most_lines) {
    ggplot2::geom_vline(
      ggplot2::aes(
        xintercept = .data$value, colour = .data$evaluation, linetype = .data$evaluation
      ),
      data = stack_evaluations(evaluations, overall_measures), alpha = 0.7, show.legend = FALSE
    )
  }
}

# Rows -----------------------------------------------------------------------------------------

recall_name <- function(evaluation) paste0("recall_at_", evaluation$settings$k[[1]])

# One row for each class and measure. Classes without a positive pair have no recall.
class_measures <- function(evaluation) {
  recall <- recall_name(evaluation)
  classes <- evaluation$classes[!is.na(evaluation$classes[[recall]]), ]
  measures <- as_measures(
    evaluation, as.character(classes$label), classes$loss, classes[[recall]]
  )
  measures$anchors <- rep(classes$anchors, 2)
  measures
}

# None of an evaluation that has no class to show: the legend would name it.
overall_measures <- function(evaluation) {
  metrics <- evaluation$metrics
  recall <- recall_name(evaluation)
  measures <- as_measures(evaluation, NA_character_, metrics[["loss"]], metrics[[recall]])
  drop_undefined(if (nrow(class_measures(evaluation)) > 0L) measures else measures[0, ])
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

is_loss <- function(measure) as.integer(measure) == 1L

has_loss <- function(classes) any(is_loss(drop_undefined(classes)$measure))

# Ordered by the loss in the first evaluation that has the class, or by its recall.
classes_by_loss <- function(classes) {
  classes <- classes[!duplicated(classes[c("label", "measure")]), ]
  losses <- classes[is_loss(classes$measure), ]
  recalls <- classes[!is_loss(classes$measure), ]
  losses$label[order(as.integer(losses$evaluation), -losses$value, recalls$value)]
}

# Classes from top to bottom, and in each of them the evaluations likewise.
place_classes <- function(classes, shown, evaluations) {
  classes <- drop_undefined(classes[classes$label %in% shown, ])
  from_middle <- if (evaluations == 1L) 0 else seq(0.22, -0.22, length.out = evaluations)
  classes$place <- 1 + length(shown) - match(classes$label, shown) +
    from_middle[as.integer(classes$evaluation)]
  classes
}

# The axis of losses starts at 0 and reaches 0.1 at least, that of recalls spans at least 0.9 to 1.
least_range <- function(classes) {
  measures <- unique(classes$measure)
  data.frame(
    measure = rep(measures, 2),
    value = c(ifelse(is_loss(measures), 0, 0.9), ifelse(is_loss(measures), 0.1, 1))
  )
}

# Words ----------------------------------------------------------------------------------------

# Each label with the number of its anchors, that of the first evaluation that has the class.
name_classes <- function(shown, classes) {
  anchors <- classes$anchors[match(shown, classes$label)]
  sprintf("%s (%s)", shorten_names(shown, longest_label), count_mark(anchors))
}

# Without any loss, as for distances, classes are in the order of their recall.
describe_shown <- function(shown, count, has_loss) {
  of <- if (has_loss) "highest loss" else "lowest recall"
  if (shown < count) {
    sprintf("The %d classes of %s, of %s", shown, of, count_mark(count))
  } else if (count > 1L) {
    sprintf("The class of %s is at the top", of)
  } else {
    "There is only one class"
  }
}

# Distances and a single class have no loss.
describe_overall <- function(evaluation) {
  metrics <- evaluation$metrics
  paste0(
    if (!is.na(metrics[["loss"]])) paste0("loss ", digit_text(metrics[["loss"]]), ", "),
    "recall ", decimal_text(metrics[[recall_name(evaluation)]])
  )
}

classes_caption <- function(evaluations) {
  first <- evaluations[[1]]
  left_out <- sum(is.na(first$classes[[recall_name(first)]]))
  paste0(
    "In brackets: the number of anchors",
    if (length(evaluations) <= most_lines) "\nVertical line: all anchors together",
    if (is_single(evaluations)) paste0(" (", describe_overall(first), ")"),
    if (left_out > 0) {
      paste0("\nExcluded: ", count_text(left_out, "class"), " without a positive pair")
    }
  )
}
