# Pictures of an evaluation: ggplot2's autoplot() and plot(). Here the arguments are checked; each
# picture has a file of its own, plot_*.R.

plot_types <- c("similarity", "circle", "roc", "classes")

#' Pictures of an evaluation
#'
#' Draws what [evaluate_embeddings()] has found, as a ggplot2 plot that can be added to.
#'
#' `autoplot()` returns the plot, `plot()` draws it. Colours can be told apart by colour-blind
#' people; line types or shapes say the same where there is no colour.
#'
#' @section Types:
#' * `"similarity"`: how the similarities of positive and of negative pairs are distributed, as
#'   densities with an area of 1. They are those of the evaluation, smoothed by a Gaussian kernel
#'   (Silverman's bandwidth, but one bin at least). What they have in common is grey. Dotted
#'   lines mark what the loss wants: negative pairs below the margin, positive pairs above
#'   1 - margin.
#' * `"circle"`: the plane of the paper's figure. Each anchor stands at the similarity of its
#'   hardest negative, \eqn{s_n}, and of its hardest positive, \eqn{s_p}. Anchors inside the
#'   boundary \eqn{s_n^2 + (1 - s_p)^2 = 2 m^2} have even their hardest pairs in order. Dotted lines
#'   mark the margins \eqn{\Delta_n = m} and \eqn{\Delta_p = 1 - m}, a cross the optima
#'   \eqn{O_n = -m} and \eqn{O_p = 1 + m} from which the weights of pairs are measured. Beyond 5000
#'   anchors, squares show how many there are instead of the anchors themselves. Where rows have
#'   names, those of the five anchors furthest outside are shown.
#' * `"roc"`: the true accept rate of verification (two embeddings are accepted as one class if
#'   their similarity is above a threshold) against the false accept rate, which is on a logarithmic
#'   scale. Points mark false accept rates of 1e-1 to 1e-5. They are hollow where there are too few
#'   negative pairs for that rate: then not one of them is accepted.
#' * `"classes"`: the circle loss and the recall of each class, the highest loss at the top; of more
#'   than 30 classes the 30 with the highest loss. A vertical line marks the value of all anchors.
#'   Classes without a positive pair are left out.
#'
#' @param object,x An evaluation made by [evaluate_embeddings()].
#' @param type What to draw: `"similarity"`, `"circle"`, `"roc"` or `"classes"`; see Types.
#' @param ... For `plot()` the arguments below, for `autoplot()` nothing: what is there is ignored
#'   with a warning.
#' @param compare Further evaluations to draw beside the first, in a list that names each:
#'   `list(pca = , learnt = )`. They get panels of their own (`"similarity"`, `"circle"`), lines
#'   (`"roc"`) or points (`"classes"`).
#' @param name What the first evaluation is called beside those of `compare`, a string.
#'
#' @returns A ggplot2 plot; `plot()` returns it invisibly.
#'
#' @section Errors:
#' `circleloss_error_parameter` if there is no such `type` or `name` is not a string,
#' `circleloss_error_compare` if `compare` is not a list of evaluations with names that differ,
#' `circleloss_error_dots` if an argument has no name, and `circleloss_error_package` if ggplot2 is
#' missing; see [circleloss_conditions].
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
#' # As a plot to go on with
#' classes <- ggplot2::autoplot(pixels, "classes")
#' classes <- classes + ggplot2::labs(title = "Which digits are hard?")
#' @name autoplot.embedding_evaluation
#' @importFrom rlang .data
#' @method autoplot embedding_evaluation
#' @exportS3Method ggplot2::autoplot embedding_evaluation
autoplot.embedding_evaluation <- function(object,
                                          type = c("similarity", "circle", "roc", "classes"),
                                          ..., compare = NULL, name = "this") {
  draw_evaluations(object, type, compare, name, dot_names(...), call = environment())
}

#' @rdname autoplot.embedding_evaluation
#' @export
plot.embedding_evaluation <- function(x, type = c("similarity", "circle", "roc", "classes"),
                                      ..., compare = NULL, name = "this") {
  drawn <- draw_evaluations(x, type, compare, name, dot_names(...), call = environment())
  print(drawn)
  invisible(drawn)
}

draw_evaluations <- function(first, type, compare, name, dots, call) {
  need_package("ggplot2", "to draw an evaluation", call)
  check_plot_dots(dots, call)
  type <- match_choice(type, plot_types, "type", call)
  evaluations <- name_evaluations(first, compare, name, call)
  switch(type,
    similarity = plot_similarity(evaluations),
    circle = plot_circle(evaluations),
    roc = plot_roc(evaluations),
    classes = plot_classes(evaluations)
  )
}

# Arguments ------------------------------------------------------------------------------------

check_plot_dots <- function(dots, call) {
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
    warn_ignored(dots, c("type", "compare", "name"), call)
  }
}

# The evaluations to draw as one list, the first in front, each under its name.
name_evaluations <- function(first, compare, name, call) {
  name <- check_name(name, call)
  check_compare(compare, name, call)
  c(rlang::set_names(list(first), name), compare)
}

is_evaluation <- function(x) inherits(x, "embedding_evaluation")

check_compare <- function(compare, name, call) {
  if (is_evaluation(compare) || !(is.null(compare) || is.list(compare))) {
    stop_compare(
      "must be a list of evaluations, not {describe_value(compare)}.",
      "Give each of them a name: {.code compare = list(other = evaluation)}.",
      call
    )
  }
  unnamed <- which(rlang::names2(compare) == "")
  if (length(unnamed) > 0L) {
    stop_compare(
      "must have a name for every evaluation; number {unnamed[[1]]} has none.",
      "For example {.code compare = list(other = evaluation)}.",
      call
    )
  }
  others <- names(compare)[!vapply(compare, is_evaluation, NA)]
  if (length(others) > 0L) {
    stop_compare(
      "must hold evaluations; {.val {others[[1]]}} is
       {.obj_type_friendly {compare[[others[[1]]]]}}.",
      "{.fn evaluate_embeddings} makes them.",
      call
    )
  }
  if (name %in% names(compare)) {
    stop_compare(
      "must not use the name of the first evaluation, {.val {name}}.",
      "{.code name = \"...\"} gives that one another name.",
      call
    )
  }
  twice <- names(compare)[duplicated(names(compare))]
  if (length(twice) > 0L) {
    stop_compare(
      "must have names that differ; {.val {twice[[1]]}} is there twice.",
      "The names tell the evaluations apart in the picture.",
      call
    )
  }
}

stop_compare <- function(message, hint, call, envir = parent.frame()) {
  stop_circleloss(
    "compare",
    c(paste("{.arg compare}", message), "i" = hint),
    argument = "compare",
    call = call,
    envir = envir
  )
}
