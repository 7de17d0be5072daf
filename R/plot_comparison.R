# Plots of a comparison: differences with intervals, or the plots of evaluations side by side.

comparison_plots <- c("differences", "similarity", "circle", "roc", "cmc", "classes")

#' @rdname embedding_comparison
#' @method autoplot embedding_comparison
#' @exportS3Method ggplot2::autoplot embedding_comparison
autoplot.embedding_comparison <- function(object, type = c(
                                            "differences", "similarity", "circle", "roc", "cmc",
                                            "classes"
                                          ), ...) {
  draw_comparison(object, type, call = environment())
}

#' @rdname embedding_comparison
#' @export
plot.embedding_comparison <- function(x, type = c(
                                        "differences", "similarity", "circle", "roc", "cmc",
                                        "classes"
                                      ), ...) {
  drawn <- draw_comparison(x, type, call = environment())
  print(drawn)
  invisible(drawn)
}

draw_comparison <- function(x, type, call) {
  need_package("ggplot2", "to draw a comparison", call)
  type <- match_choice(type, comparison_plots, "type", call)
  if (type == "differences") {
    plot_differences(x)
  } else {
    draw_evaluations(x$evaluations, type, pair_choices[[1]], call)
  }
}

# Losses have another scale than rates, and are left out.
plot_differences <- function(x) {
  metrics <- setdiff(main_metrics(x), "loss")
  rows <- x$differences[x$differences$metric %in% metrics & !is.na(x$differences$difference), ]
  title <- paste("Differences to", shorten_names(x$baseline, longest_series_name))
  if (nrow(rows) == 0L) {
    return(plot_nothing(title, "No metric is defined for both."))
  }
  rows$metric <- factor(rows$metric, levels = rev(metrics))
  others <- unique(rows$embedding)
  legend <- distinct_names(shorten_names(others, longest_series_name))
  rows$embedding <- factor(rows$embedding, levels = others, labels = legend)
  apart <- ggplot2::position_dodge(width = 0.6)
  ggplot2::ggplot(rows, ggplot2::aes(
    .data$difference, .data$metric,
    xmin = .data$lower, xmax = .data$upper, colour = .data$embedding, shape = .data$embedding
  )) +
    ggplot2::geom_vline(xintercept = 0, colour = "grey60") +
    ggplot2::geom_linerange(position = apart, linewidth = 0.7, na.rm = TRUE) +
    ggplot2::geom_point(position = apart, size = 2) +
    ggplot2::scale_colour_manual(name = NULL, values = series_colours(length(others))) +
    ggplot2::scale_shape_manual(
      name = NULL, values = rep_len(c(16, 17, 15, 18, 4, 8), length(others))
    ) +
    ggplot2::labs(
      title = title,
      subtitle = sprintf("%s %% intervals for new %s", format(100 * x$level), x$resample),
      x = "difference", y = NULL,
      caption = "Without a line: no interval. For equal_error_rate less is better"
    ) +
    plot_theme(others)
}
