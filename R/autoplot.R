# Plots of an evaluation: ggplot2's autoplot() and plot(). The arguments are checked here; each type
# of plot has its own file, plot_*.R.

plot_types <- c("similarity", "circle", "roc", "cmc", "classes")

#' Plots of an evaluation
#'
#' Plots the result of [evaluate_embeddings()] with ggplot2; layers can be added to the plot.
#'
#' `autoplot()` returns the plot, `plot()` draws it. The colours are safe for colour-blind readers;
#' line types or shapes repeat what they tell.
#'
#' @section Types:
#' * `"similarity"`: the densities of the similarities of positive and negative pairs, each with an
#'   area of 1, smoothed with a Gaussian kernel (Silverman's bandwidth, but at least one bin). Their
#'   overlap is grey. Dotted lines mark what the loss aims at: negative pairs below the margin,
#'   positive pairs above 1 - margin.
#' * `"circle"`: the plane of the paper's figure. Each anchor is plotted at the similarities of its
#'   hardest negative, \eqn{s_n}, and its hardest positive, \eqn{s_p}; with `pairs = "mean"` at the
#'   mean similarities of its negatives and of its positives. With `pairs = "soft"` it is at those
#'   of the one negative and the one positive pair that would have the sums of all its pairs, and so
#'   its loss. Anchors inside the boundary \eqn{s_n^2 + (1 - s_p)^2 = 2 m^2} have even their hardest
#'   pairs, or on average their pairs, in order, or a loss below log(2). Dotted lines mark the
#'   margins \eqn{\Delta_n = m} and \eqn{\Delta_p = 1 - m}. From 1000 anchors on, they are counted
#'   in squares. Where rows have names, the five anchors furthest outside are labelled. Distances
#'   (`metric = "euclidean"`) have no such plane.
#' * `"roc"`: the true accept rate of verification (a pair is accepted as one class if its
#'   similarity is above a threshold) against the false accept rate, on a logarithmic scale. Points
#'   mark false accept rates of 1e-1 to 1e-5; they are hollow where there are too few negative pairs
#'   for that rate, so that none is accepted.
#' * `"cmc"`: the cumulative match characteristic, the share of the anchors whose first positive is
#'   among their k nearest references, for every k on a logarithmic scale. Anchors without a
#'   positive do not count. A dashed line shows the same with the references in random order.
#' * `"classes"`: the circle loss and the recall of the 30 classes with the highest loss, the
#'   highest at the top; fewer classes beside other evaluations. Their numbers of anchors are in
#'   brackets. A vertical line marks the value over all anchors. Classes without a positive pair are
#'   dropped.
#'
#' Several evaluations have a panel each (`"similarity"`, `"circle"`), a line (`"roc"`, `"cmc"`) or
#' points (`"classes"`). Long names are shortened in their middle.
#'
#' @section Changing a plot:
#' Colour is the only aesthetic with a scale of colours, and the text of the legend is in the data:
#' `+ ggplot2::scale_colour_brewer(palette = "Dark2")` recolours all of a plot and keeps its words.
#' Plots stay legible with `+ ggplot2::theme_dark()`.
#'
#' The device [grDevices::pdf()] knows few characters. Names in other scripts and emoji need
#' [grDevices::cairo_pdf()], in `ggplot2::ggsave("plot.pdf", device = cairo_pdf)` for example.
#'
#' @param object,x An evaluation made by [evaluate_embeddings()]. `autoplot()` also takes a list of
#'   evaluations with names: `autoplot(list(a = , b = ))`.
#' @param type The type of plot: `"similarity"`, `"circle"`, `"roc"`, `"cmc"` or `"classes"`; see
#'   Types.
#' @param ... For `plot()` the arguments below. `autoplot()` ignores them with a warning.
#' @param compare A named list of further evaluations, such as `list(pca = , learnt = )`.
#' @param name The name of the first evaluation beside those of `compare`, a string.
#' @param pairs For `"circle"`: which pairs place an anchor, its `"hardest"`, its `"mean"` or its
#'   `"soft"` ones.
#'
#' @returns A ggplot2 plot; `plot()` returns it invisibly.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`type`, `name`, `pairs`), `circleloss_error_compare`,
#' `circleloss_error_dots` and `circleloss_error_package`; see [circleloss_conditions].
#'
#' @seealso [evaluate_embeddings()] and `vignette("evaluation", package = "circleloss")`.
#'
#' @examplesIf requireNamespace("ggplot2", quietly = TRUE)
#' some <- digits[1:300, ]
#' pixels <- evaluate_embeddings(some$pixels, some$digit, clustering = FALSE)
#' plot(pixels, "circle")
#'
#' # Beside the first 16 principal components
#' components <- prcomp(some$pixels)$x[, 1:16]
#' components <- evaluate_embeddings(components, some$digit, clustering = FALSE)
#' plot(pixels, "roc", compare = list(components = components), name = "pixels")
#'
#' # The same from a list, at the mean similarities of each digit
#' both <- list(pixels = pixels, components = components)
#' ggplot2::autoplot(both, "circle", pairs = "mean")
#'
#' # Add to the plot
#' classes <- ggplot2::autoplot(pixels, "classes")
#' classes <- classes + ggplot2::labs(title = "Which digits are hard?")
#' @name autoplot.embedding_evaluation
#' @importFrom rlang .data
#' @method autoplot embedding_evaluation
#' @exportS3Method ggplot2::autoplot embedding_evaluation
autoplot.embedding_evaluation <- function(object,
                                          type = c("similarity", "circle", "roc", "cmc", "classes"),
                                          ..., compare = NULL, name = "this",
                                          pairs = c("hardest", "mean", "soft")) {
  call <- environment()
  check_plot(dot_names(...), c("type", "compare", "name", "pairs"), call)
  draw_evaluations(name_evaluations(object, compare, name, call), type, pairs, call)
}

#' @rdname autoplot.embedding_evaluation
#' @method autoplot list
#' @exportS3Method ggplot2::autoplot list
autoplot.list <- function(object, type = c("similarity", "circle", "roc", "cmc", "classes"), ...,
                          pairs = c("hardest", "mean", "soft")) {
  # Lists of other things are other packages' concern
  if (!any(vapply(object, is_evaluation, NA))) {
    return(NextMethod())
  }
  call <- environment()
  check_plot(dot_names(...), c("type", "pairs"), call)
  check_evaluations(object, "object", "list(a = evaluation, b = other)", call)
  draw_evaluations(object, type, pairs, call)
}

#' @rdname autoplot.embedding_evaluation
#' @export
plot.embedding_evaluation <- function(x, type = c("similarity", "circle", "roc", "cmc", "classes"),
                                      ..., compare = NULL, name = "this",
                                      pairs = c("hardest", "mean", "soft")) {
  call <- environment()
  check_plot(dot_names(...), c("type", "compare", "name", "pairs"), call)
  drawn <- draw_evaluations(name_evaluations(x, compare, name, call), type, pairs, call)
  print(drawn)
  invisible(drawn)
}

draw_evaluations <- function(evaluations, type, pairs, call) {
  type <- match_choice(type, plot_types, "type", call)
  pairs <- match_choice(pairs, pair_choices, "pairs", call)
  switch(type,
    similarity = plot_similarity(evaluations),
    circle = plot_circle(evaluations, pairs),
    roc = plot_roc(evaluations),
    cmc = plot_cmc(evaluations),
    classes = plot_classes(evaluations)
  )
}

# Arguments ------------------------------------------------------------------------------------

# `known`: the arguments that a misspelt one may have meant
check_plot <- function(dots, known, call) {
  need_package("ggplot2", "to draw an evaluation", call)
  unnamed <- sum(dots == "")
  if (unnamed > 0) {
    left_over <- if (unnamed == 1) "is left over" else "are left over"
    stop_circleloss(
      "dots",
      c(
        "{count_of(unnamed, 'argument')} without a name {left_over}.",
        "i" = "After {.arg type} every argument must be named:
               {.code compare = list(other = evaluation)}."
      ),
      call = call
    )
  }
  if (length(dots) > 0L) {
    warn_ignored(dots, known, call)
  }
}

# All evaluations to draw as one named list.
name_evaluations <- function(first, compare, name, call) {
  name <- check_name(name, call)
  check_compare(compare, name, call)
  c(rlang::set_names(list(first), name), compare)
}

is_evaluation <- function(x) inherits(x, "embedding_evaluation")

check_compare <- function(compare, name, call) {
  example <- "compare = list(other = evaluation)"
  if (is_evaluation(compare) || !(is.null(compare) || is.list(compare))) {
    stop_compare(
      "compare",
      "must be a list of evaluations, not {describe_value(compare)}.",
      "Give each of them a name: {.code {example}}.",
      call
    )
  }
  if (name %in% names(compare)) {
    stop_compare(
      "compare",
      "must not use the name of the first evaluation, {.val {name}}.",
      "{.code name = \"...\"} gives that one another name.",
      call
    )
  }
  check_evaluations(compare, "compare", example, call)
}

# A list of evaluations under names that differ. `example` shows the user one.
check_evaluations <- function(evaluations, argument, example, call) {
  unnamed <- which(rlang::names2(evaluations) == "")
  if (length(unnamed) > 0L) {
    stop_compare(
      argument,
      "must have a name for every evaluation; number {unnamed[[1]]} has none.",
      "For example {.code {example}}.",
      call
    )
  }
  others <- names(evaluations)[!vapply(evaluations, is_evaluation, NA)]
  if (length(others) > 0L) {
    stop_compare(
      argument,
      "must hold evaluations; {.val {others[[1]]}} is
       {.obj_type_friendly {evaluations[[others[[1]]]]}}.",
      "{.fn evaluate_embeddings} makes them.",
      call
    )
  }
  twice <- names(evaluations)[duplicated(names(evaluations))]
  if (length(twice) > 0L) {
    stop_compare(
      argument,
      "must have names that differ; {.val {twice[[1]]}} is there twice.",
      "The names tell the evaluations apart in the plot.",
      call
    )
  }
}

stop_compare <- function(argument, message, hint, call, envir = parent.frame()) {
  stop_circleloss(
    "compare",
    c(paste(sprintf("{.arg %s}", argument), message), "i" = hint),
    argument = argument,
    call = call,
    envir = envir
  )
}
