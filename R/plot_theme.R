# Shared by the plots of evaluations: theme, colours, panels.

# Colours of Okabe and Ito, with a dark red and a grey; the last is the hardest to see.
ten_colours <- c(
  "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#882255",
  "#888888", "#F0E442"
)
pair_colours <- c(positive = "#0072B2", negative = "#D55E00")

series_colours <- function(count) {
  if (count <= length(ten_colours)) ten_colours[seq_len(count)] else grDevices::hcl.colors(count)
}

# Three or more evaluations have their legend beside the plot, where it leaves more space.
plot_theme <- function(evaluations = list()) {
  beside <- length(evaluations) > 2L
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      plot.title.position = "plot",
      plot.caption.position = "plot",
      plot.caption = ggplot2::element_text(hjust = 0, colour = "grey35"),
      plot.subtitle = ggplot2::element_text(colour = "grey20"),
      plot.margin = ggplot2::margin(8, 12, 8, 8),
      panel.grid.minor = ggplot2::element_blank(),
      panel.spacing = ggplot2::unit(1.2, "lines"),
      strip.text = ggplot2::element_text(hjust = 0, vjust = 0, lineheight = 1.1),
      legend.title = ggplot2::element_text(size = ggplot2::rel(0.9)),
      legend.position = if (beside) "right" else "top",
      legend.justification = if (beside) "top" else "left",
      legend.text = ggplot2::element_text(lineheight = 1.1),
      legend.key.height = ggplot2::unit(if (beside) 1.8 else 0.9, "lines"),
      legend.key.width = ggplot2::unit(1.8, "lines"),
      legend.margin = ggplot2::margin(0, 0, 0, 0),
      legend.box.spacing = ggplot2::unit(4, "pt")
    )
}

# Black is legible on the panels of theme_minimal() and of theme_dark(); grey is not.
guide_colour <- "black"
guide_linewidth <- 0.35

# White below coloured lines and points, which are nearly as dark as the panels of theme_dark(). As
# the lowest layer it does not show on a white panel.
halo <- function(geom, ...) geom(..., colour = "white", show.legend = FALSE)

# Several evaluations --------------------------------------------------------------------------

# The rows that `make` returns for each evaluation, in one data frame.
stack_evaluations <- function(evaluations, make, ...) {
  frames <- lapply(names(evaluations), function(name) {
    rows <- make(evaluations[[name]], ...)
    rows$evaluation <- factor(rep(name, nrow(rows)), levels = names(evaluations))
    rows
  })
  do.call(rbind, frames)
}

is_single <- function(evaluations) length(evaluations) == 1L

# One evaluation is described below the title, several in their legend or above their panels.
describe_single <- function(evaluations, describe) {
  if (is_single(evaluations)) describe(evaluations[[1]])
}

# The text of legends and panels is in the data, as the names of the evaluations, so that it stays
# when a reader of the plot adds another scale.
describe_names <- function(evaluations, describe, wrap, width) {
  names <- distinct_names(wrap(names(evaluations), width))
  descriptions <- vapply(evaluations, describe, "")
  rlang::set_names(evaluations, paste(names, descriptions, sep = "\n"))
}

# Panels ---------------------------------------------------------------------------------------

# Inches that titles and axes leave to the panels of a usual page, of the title of a panel, and
# between panels
page_width <- 6.4
page_height <- 3.2
strip_height <- 0.5
panel_gap <- 0.2
columns_per_inch <- 12

# list(columns, width): the number of columns with the largest panels, and their width in inches.
# `ratio` is the height of a panel, divided by its width; NULL: panels fill the page, and look best
# somewhat wider than high.
arrange_panels <- function(count, ratio = NULL) {
  columns <- seq_len(count)
  rows <- ceiling(count / columns)
  widest <- (page_width - panel_gap * (columns - 1)) / columns
  highest <- page_height / rows - strip_height
  fitting <- pmin(widest, highest / (if (is.null(ratio)) 0.65 else ratio))
  empty <- columns * rows - count
  best <- order(-round(fitting, 3), empty)[[1]]
  list(columns = best, width = if (is.null(ratio)) widest[[best]] else fitting[[best]])
}

panel_names <- function(evaluations, layout, describe) {
  describe_names(evaluations, describe, wrap_names, floor(layout$width * columns_per_inch))
}

panels <- function(evaluations, layout, ...) {
  if (!is_single(evaluations)) {
    ggplot2::facet_wrap(ggplot2::vars(.data$evaluation), ncol = layout$columns, drop = FALSE, ...)
  }
}

# Series ---------------------------------------------------------------------------------------

longest_series_name <- 30

series_names <- function(evaluations, describe) {
  describe_names(evaluations, describe, shorten_names, longest_series_name)
}

# Colours, line types and shapes of the evaluations. The legend has no entry for one without rows.
series_scales <- function(evaluations, aesthetics) {
  count <- length(evaluations)
  values <- list(
    colour = series_colours(count), linetype = c("solid", "longdash", "dotdash", "twodash"),
    shape = c(16, 17, 15, 18, 4, 8)
  )
  scale <- function(aesthetic) {
    values <- rlang::set_names(rep_len(values[[aesthetic]], count), names(evaluations))
    ggplot2::scale_discrete_manual(aesthetic, values = values)
  }
  guide <- if (count > 1L) "legend" else "none"
  guides <- rlang::set_names(rep(list(guide), length(aesthetics)), aesthetics)
  list(
    lapply(aesthetics, scale),
    ggplot2::labs(colour = NULL, linetype = NULL, shape = NULL),
    do.call(ggplot2::guides, guides)
  )
}

# What the caption says of evaluations without a curve: the legend does not name them.
without_rows <- function(evaluations, names, rows) {
  missing <- setdiff(names(evaluations), as.character(rows$evaluation))
  if (length(missing) > 0L) {
    names <- shorten_names(names[match(missing, names(evaluations))], longest_series_name)
    paste0("\nNo curve: ", paste(names, collapse = ", "))
  }
}

# The margin of all evaluations, or NULL if they differ.
common_margin <- function(evaluations) {
  margins <- unique(vapply(evaluations, function(evaluation) evaluation$settings$margin, 0))
  if (length(margins) == 1L) margins
}

all_normalized <- function(evaluations) {
  identical(metrics_of_evaluations(evaluations), "cosine")
}

metrics_of_evaluations <- function(evaluations) {
  unique(vapply(evaluations, function(evaluation) evaluation$settings$metric, ""))
}

similarity_title <- function(evaluations) {
  metrics <- metrics_of_evaluations(evaluations)
  if (length(metrics) > 1L) {
    return("similarity")
  }
  switch(metrics,
    cosine = "cosine similarity",
    euclidean = "similarity (minus the Euclidean distance)",
    inner_product = "similarity (inner product)"
  )
}

# An empty plot with the reason.
plot_nothing <- function(title, reason) {
  ggplot2::ggplot() +
    ggplot2::annotate("text", 0, 0, label = reason, colour = "grey35") +
    ggplot2::labs(title = title) +
    ggplot2::theme_void(base_size = 11) +
    ggplot2::theme(plot.margin = ggplot2::margin(8, 12, 8, 8))
}
