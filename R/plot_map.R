# The plots of a fitted map: rows in the first two dimensions, and the course of the fit.

map_plots <- c("embedding", "course")

#' @rdname circle_map_methods
#' @method autoplot circle_map
#' @exportS3Method ggplot2::autoplot circle_map
autoplot.circle_map <- function(object, type = c("embedding", "course"), ...) {
  draw_map(object, type, dot_names(...), environment())
}

#' @rdname circle_map_methods
#' @export
plot.circle_map <- function(x, type = c("embedding", "course"), ...) {
  drawn <- draw_map(x, type, dot_names(...), environment())
  print(drawn)
  invisible(drawn)
}

draw_map <- function(map, type, dots, call) {
  need_package("ggplot2", "to draw a map", call)
  check_nothing_else(dots, c("x", "type"), call)
  type <- match_choice(type, map_plots, "type", call)
  if (type == "embedding") plot_map_rows(map) else plot_map_course(map)
}

plot_map_rows <- function(map) {
  rows <- mapped_rows(map)
  ggplot2::ggplot(rows, ggplot2::aes(.data$first, .data$second)) +
    ggplot2::coord_equal(xlim = c(-1, 1), ylim = c(-1, 1)) +
    class_points(levels(rows$class)) +
    ggplot2::labs(
      title = "Rows of the fit in the first two dimensions",
      subtitle = paste0(
        count_of(nrow(rows), "row"), " of ", count_text(map$sizes$classes, "class"), ", of ",
        count_of(ncol(map$layers$linear), "dimension")
      ),
      x = "dim1", y = "dim2", colour = NULL
    ) +
    plot_theme(as.list(levels(rows$class)))
}

# More classes than colours that can be told apart have none.
class_points <- function(classes) {
  if (length(classes) > length(ten_colours)) {
    return(ggplot2::geom_point(colour = pair_colours[["positive"]], size = 0.8, alpha = 0.5))
  }
  list(
    ggplot2::geom_point(ggplot2::aes(colour = .data$class), size = 1.2),
    ggplot2::scale_colour_manual(
      values = rlang::set_names(series_colours(length(classes)), classes)
    )
  )
}

# One dimension is drawn over itself.
mapped_rows <- function(map) {
  embedding <- map$sample$embedding
  names <- shorten_names(as.character(map$classes), longest_series_name)
  data.frame(
    first = embedding[, 1],
    second = embedding[, min(2L, ncol(embedding))],
    class = factor(names[map$sample$codes], levels = unique(names))
  )
}

plot_map_course <- function(map) {
  title <- "Course of the fit"
  rows <- course_rows(map)
  if (is.null(rows) || nrow(rows) == 0L) {
    return(plot_nothing(title, "The map is its start: no step was made."))
  }
  ggplot2::ggplot(rows, ggplot2::aes(.data$step, .data$value, linetype = .data$decay)) +
    ggplot2::geom_line(colour = pair_colours[["positive"]]) +
    ggplot2::geom_point(colour = pair_colours[["positive"]], size = 0.9) +
    ggplot2::facet_wrap(ggplot2::vars(.data$measure), ncol = 1, scales = "free_y") +
    ggplot2::scale_linetype_discrete(name = "decay") +
    ggplot2::labs(title = title, x = "step", y = NULL) +
    plot_theme()
}

# The loss of all rows, with the decay that was chosen, and the scores for each decay.
course_rows <- function(map) {
  course <- map$course[!is.na(map$course$loss), ]
  measures <- c("loss of all rows", "score of held-out rows")
  loss <- if (!is.null(course) && nrow(course) > 0L) {
    data.frame(
      step = course$step, value = course$loss, measure = measures[[1]],
      decay = as.character(map$chosen$decay)
    )
  }
  scores <- map$scores[map$scores$method == map$settings$method & map$scores$steps > 0, ]
  score <- if (!is.null(scores) && nrow(scores) > 0L) {
    data.frame(
      step = scores$steps, value = scores$score, measure = measures[[2]],
      decay = as.character(scores$decay)
    )
  }
  rows <- rbind(loss, score)
  if (!is.null(rows)) {
    rows$measure <- factor(rows$measure, levels = measures)
  }
  rows
}
