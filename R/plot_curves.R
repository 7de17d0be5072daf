# Shared by the plots "roc" and "cmc": a curve of steps for each evaluation, and points on it.

# list(evaluations, rows, subtitle, missing): the evaluations under the names of the legend, the
# rows that `make` returns for each, and what the plot says of the only one and of those without
# rows.
stack_curves <- function(evaluations, make, describe) {
  named <- series_names(evaluations, describe)
  rows <- stack_evaluations(named, make)
  list(
    evaluations = named,
    rows = rows,
    subtitle = describe_single(named, describe),
    missing = without_rows(named, names(evaluations), rows)
  )
}

# `x` and `y` name columns; `guides` are layers below the curves, `points` above them.
draw_curves <- function(curves, x, y, guides, points, aesthetics) {
  ggplot2::ggplot(
    curves$rows,
    ggplot2::aes(.data[[x]], .data[[y]], colour = .data$evaluation)
  ) +
    halo(ggplot2::geom_step, ggplot2::aes(group = .data$evaluation), linewidth = 2) +
    guides +
    ggplot2::geom_step(ggplot2::aes(linetype = .data$evaluation), linewidth = 0.7) +
    points +
    series_scales(curves$evaluations, aesthetics) +
    ggplot2::coord_cartesian(ylim = c(min(curves$rows[[y]], 0.99), 1)) +
    ggplot2::labs(subtitle = curves$subtitle) +
    plot_theme(curves$evaluations)
}
