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

# The same with `series`, the names with their descriptions as text: colours, line types and shapes
# stand for it, so that any scale added to the plot keeps the words of the legend.
stack_series <- function(evaluations, describe, make, ...) {
  rows <- stack_evaluations(evaluations, make, ...)
  words <- series_words(evaluations, describe)
  rows$series <- factor(words[as.integer(rows$evaluation)], levels = words)
  rows
}

longest_series <- 36L

series_words <- function(evaluations, describe) {
  names <- shorten_labels(names(evaluations), longest_series)
  make.unique(paste(names, vapply(evaluations, describe, ""), sep = ": "), sep = " ")
}

is_single <- function(evaluations) length(evaluations) == 1L

# One evaluation is described below the title, several at the top of their panels.
describe_single <- function(evaluations, describe) {
  if (is_single(evaluations)) describe(evaluations[[1]])
}

# In rows of about the same length that use the space: up to `in_a_row` in one. `width` is how many
# characters all titles of a row have place for.
panels <- function(evaluations, describe, in_a_row = 3L, width = 84L, ...) {
  count <- length(evaluations)
  if (count == 1L) {
    return(NULL)
  }
  columns <- if (count <= in_a_row) count else ceiling(count / floor(sqrt(count)))
  titles <- paste0(
    fit_names(names(evaluations), width %/% columns), "\n",
    vapply(evaluations, describe, "")
  )
  ggplot2::facet_wrap(
    ggplot2::vars(.data$evaluation),
    labeller = ggplot2::as_labeller(rlang::set_names(titles, names(evaluations))),
    drop = FALSE,
    ncol = columns,
    ...
  )
}

# On two lines at most, each of at most `width` characters.
fit_names <- function(names, width) {
  vapply(names, function(name) {
    lines <- strwrap(shorten_labels(name, 2L * width), width + 1L)
    paste(shorten_labels(utils::head(lines, 2L), width), collapse = "\n")
  }, "", USE.NAMES = FALSE)
}

# Colours, line types and shapes of the evaluations. Names and guides are not in the scales, which
# may be replaced.
series_scales <- function(evaluations) {
  count <- length(evaluations)
  scale <- function(aesthetic, values) {
    ggplot2::scale_discrete_manual(aesthetic, values = values, drop = FALSE)
  }
  guide <- if (count > 1L) ggplot2::guide_legend(ncol = 1) else "none"
  list(
    scale("colour", series_colours(count)),
    scale("linetype", rep_len(c("solid", "longdash", "dotdash", "twodash"), count)),
    scale("shape", rep_len(c(16, 17, 15, 18, 4, 8), count)),
    ggplot2::guides(colour = guide, linetype = guide, shape = guide),
    ggplot2::labs(colour = NULL, linetype = NULL, shape = NULL)
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
