# A step of package recipes that embeds predictors by a map of circle_map(). Its methods are
# registered when recipes is loaded.

#' Embed predictors in a recipe
#'
#' A step of a recipe (package recipes) that learns a map of the predictors with a small circle
#' loss, see [circle_map()], and replaces them by its dimensions. Rows of one class are near each
#' other then, as a nearest-neighbour model needs them.
#'
#' The step is supervised: the labels are the outcome of the recipe, one column. It is fitted by
#' `prep()` to the training rows alone, so that folds of rsample are evaluated fairly, and `bake()`
#' applies the map to new rows, which need no outcome. The predictors must be numeric: see
#' `recipes::step_dummy()`.
#'
#' `num_comp` and `decay` can be tuned: `num_comp = tune()`.
#'
#' @param recipe A recipe, to which the step is added.
#' @param ... Selectors of the predictors, such as `recipes::all_numeric_predictors()`.
#' @param role,trained,skip,id As in every step of recipes.
#' @param num_comp The number of dimensions, `dim` of [circle_map()].
#' @param decay The decay, or `NULL`: chosen by held-out rows.
#' @param options A list of further arguments of [circle_map()].
#' @param outcome The name of the column of labels. `NULL`: the outcome of the recipe.
#' @param res The map, once the step is trained.
#' @param prefix The beginning of the names of the new columns.
#' @param keep_original_cols Whether to keep the predictors as well.
#'
#' @returns The recipe with the step added. `tidy()` of the trained step has the weights of the map:
#'   `terms`, `component`, `value` and `id`.
#'
#' @section Errors:
#' Those of [circle_map()], `circleloss_error_labels` where the recipe has not one outcome, and
#' `circleloss_error_package`; see [circleloss_conditions].
#'
#' @seealso [circle_map()]
#' @examplesIf requireNamespace("recipes", quietly = TRUE)
#' recipe <- recipes::recipe(Species ~ ., iris)
#' recipe <- step_circle(recipe, recipes::all_predictors(), num_comp = 2, options = list(steps = 5))
#' trained <- recipes::prep(recipe)
#' recipes::bake(trained, iris[c(1, 51, 101), ])
#' @export
step_circle <- function(recipe, ..., role = "predictor", trained = FALSE, num_comp = 16,
                        decay = NULL, options = list(), outcome = NULL, res = NULL,
                        prefix = "circle", keep_original_cols = FALSE, skip = FALSE, id = NULL) {
  call <- environment()
  need_package("recipes", "for steps of recipes", call)
  check_object(
    recipe, "recipe", "recipe", "a recipe", "{.fn recipes::recipe} makes one.", call
  )
  if (!is.list(options)) {
    stop_parameter("options", options, "a list of arguments of circle_map()", call)
  }
  recipes::add_step(recipe, new_step_circle(
    terms = rlang::enquos(...), role = role, trained = trained, num_comp = num_comp,
    decay = decay, options = options, outcome = outcome, res = res, prefix = prefix,
    keep_original_cols = check_flag(keep_original_cols, "keep_original_cols", call), skip = skip,
    id = if (is.null(id)) recipes::rand_id("circle") else id
  ))
}

new_step_circle <- function(...) recipes::step(subclass = "circle", ...)

#' @exportS3Method recipes::prep step_circle
prep.step_circle <- function(x, training, info = NULL, ...) {
  columns <- recipes::recipes_eval_select(x$terms, training, info)
  call <- rlang::call2("step_circle")
  fit <- NULL
  if (length(columns) > 0L) {
    outcome <- outcome_of(x, info, call)
    arguments <- list(
      as.data.frame(training[columns]), training[[outcome]],
      dim = x$num_comp, decay = x$decay
    )
    fit <- do.call(circle_map, c(arguments, x$options))
    # The call would hold all rows
    fit$call <- call
  }
  x$trained <- TRUE
  x$res <- fit
  do.call(new_step_circle, unclass(x)[step_fields])
}

step_fields <- c(
  "terms", "role", "trained", "num_comp", "decay", "options", "outcome", "res", "prefix",
  "keep_original_cols", "skip", "id"
)

outcome_of <- function(x, info, call) {
  if (!is.null(x$outcome)) {
    return(x$outcome)
  }
  outcome <- info$variable[info$role %in% "outcome"]
  if (length(outcome) != 1L) {
    stop_circleloss(
      "labels",
      c(
        "The recipe must have one outcome, not {length(outcome)}.",
        "i" = "{.arg outcome} names the column of labels."
      ),
      argument = "outcome",
      call = call
    )
  }
  outcome
}

#' @exportS3Method recipes::bake step_circle
bake.step_circle <- function(object, new_data, ...) {
  if (is.null(object$res)) {
    return(new_data)
  }
  columns <- object$res$inputs$columns
  embedding <- embed_rows(object$res, new_data, rlang::call2("step_circle"))
  colnames(embedding) <- recipes::names0(ncol(embedding), object$prefix)
  rownames(embedding) <- NULL
  taken <- intersect(colnames(embedding), names(new_data))
  if (length(taken) > 0L) {
    stop_columns(
      c(
        "Column {.field {taken[[1]]}} is there already.",
        "i" = "{.arg prefix} gives the new columns other names."
      ),
      rlang::call2("step_circle"),
      columns = taken
    )
  }
  if (!object$keep_original_cols) {
    new_data <- new_data[setdiff(names(new_data), columns)]
  }
  new_data[colnames(embedding)] <- as.data.frame(embedding)
  new_data
}

#' @export
print.step_circle <- function(x, width = max(20, getOption("width") - 35), ...) {
  recipes::print_step(
    x$res$inputs$columns, x$terms, x$trained, "Circle map of ", width
  )
  invisible(x)
}

#' @export
tidy.step_circle <- function(x, ...) {
  table <- if (x$trained && !is.null(x$res)) {
    weights <- tidy.circle_map(x$res)
    names <- recipes::names0(max(weights$dimension), x$prefix)
    data.frame(
      terms = weights$term, component = names[weights$dimension], value = weights$estimate
    )
  } else {
    terms <- if (x$trained) character() else recipes::sel2char(x$terms)
    missing <- rep(NA, length(terms))
    data.frame(terms = terms, component = as.character(missing), value = as.double(missing))
  }
  table$id <- rep(x$id, nrow(table))
  class(table) <- c("tbl_df", "tbl", "data.frame")
  table
}

#' @exportS3Method generics::tunable step_circle
tunable.step_circle <- function(x, ...) {
  table <- data.frame(name = c("num_comp", "decay"))
  table$call_info <- list(
    list(pkg = "dials", fun = "num_comp", range = c(1L, 16L)),
    list(pkg = "dials", fun = "penalty", range = c(-3, 1))
  )
  table$source <- "recipe"
  table$component <- "step_circle"
  table$component_id <- x$id
  class(table) <- c("tbl_df", "tbl", "data.frame")
  table
}

#' @exportS3Method generics::required_pkgs step_circle
required_pkgs.step_circle <- function(x, ...) "circleloss"
