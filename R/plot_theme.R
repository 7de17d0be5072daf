# Shared by the plots of evaluations: theme, colours, panels.

# Colours of Okabe and Ito; the last two are the hardest to see.
okabe_ito <- c(
  "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"
)
pair_colours <- c(positive = "#0072B2", negative = "#D55E00")

series_colours <- function(count) {
  if (count <= length(okabe_ito)) okabe_ito[seq_len(count)] else grDevices::hcl.colors(count)
}

plot_theme <- function() {
  ggplot2::theme_minimal(base_size = 11) +
    ggplot2::theme(
      plot.title.position = "plot",
      plot.caption.position = "plot",
      plot.caption = ggplot2::element_text(hjust = 0, colour = "grey35"),
      plot.subtitle = ggplot2::element_text(colour = "grey20"),
      plot.margin = ggplot2::margin(8, 12, 8, 8),
      panel.grid.minor = ggplot2::element_blank(),
      panel.spacing = ggplot2::unit(1.5, "lines"),
      strip.text = ggplot2::element_text(hjust = 0, lineheight = 1.1),
      strip.clip = "off",
      legend.title = ggplot2::element_text(size = ggplot2::rel(0.9)),
      legend.position = "top",
      legend.justification = "left",
      legend.key.height = ggplot2::unit(0.9, "lines"),
      legend.margin = ggplot2::margin(0, 0, 0, 0),
      legend.box.spacing = ggplot2::unit(4, "pt")
    )
}

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

# One evaluation is described below the title, several at the top of their panels.
describe_single <- function(evaluations, describe) {
  if (is_single(evaluations)) describe(evaluations[[1]])
}

panels <- function(evaluations, describe, ...) {
  if (is_single(evaluations)) {
    return(NULL)
  }
  titles <- paste0(names(evaluations), "\n", vapply(evaluations, describe, ""))
  ggplot2::facet_wrap(
    ggplot2::vars(.data$evaluation),
    labeller = ggplot2::as_labeller(rlang::set_names(titles, names(evaluations))),
    drop = FALSE,
    ...
  )
}

# Colours, line types and shapes of the evaluations, and their labels.
series_scales <- function(evaluations, describe) {
  count <- length(evaluations)
  labels <- paste(names(evaluations), vapply(evaluations, describe, ""), sep = ": ")
  scale <- function(aesthetics, values) {
    ggplot2::scale_discrete_manual(
      aesthetics,
      name = NULL, values = values, labels = labels, drop = FALSE,
      guide = if (count > 1L) ggplot2::guide_legend(ncol = 1) else "none"
    )
  }
  list(
    scale(c("colour", "fill"), series_colours(count)),
    scale("linetype", rep_len(c("solid", "longdash", "dotdash", "twodash"), count)),
    scale("shape", rep_len(c(16, 17, 15, 18, 4, 8), count))
  )
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
