# The exported fit: its arguments, and the object that it makes.

#' Learn an embedding in one call
#'
#' Fits a map of rows into few dimensions whose images have a small [circle loss][loss_circle]: rows
#' of one class point into similar directions, rows of different classes do not. `predict()` embeds
#' new rows. The map is linear, with centring, scaling and an intercept; `hidden` adds hidden layers
#' beside it.
#'
#' @section Start, steps and decay:
#' The fit starts from Fisher's discriminants, with the covariance within classes shrunken towards
#' that of independent columns by `shrinkage`, or from principal components. A discriminant weighs
#' more where more of the variance is between classes. Images are compared by their direction, which
#' depends on where their origin is: a constant, `lift`, is the last dimension of the start. With a
#' large lift, directions differ as points in a plane do by their Euclidean distance; with none only
#' angles around the mean of the rows count.
#'
#' From there the loss is minimised: by L-BFGS on all pairs of rows, or, with more than 5000 rows,
#' by Adam on batches of `batch` rows, as many of each class as of every other, which are compared
#' with themselves and with the last `memory` rows of earlier batches. `decay` pulls towards the
#' start: it is multiplied by the squared distance of all weights from it, divided by the squared
#' length of the start. A decay towards zero would do nothing, since the length of images does not
#' matter.
#'
#' @section What is held out:
#' What is not given is chosen: the start, `shrinkage`, `lift`, `decay` and the number of steps, at
#' most `steps`. With `hold_out = "rows"`, the default, half of the rows of every class is held out,
#' and then the other half, three times over; with more than 2000 rows a fifth is, once. Maps of the
#' other rows are scored by the held-out ones among themselves: the mean of MAP@R and the area under
#' the ROC curve. The map is then fitted to all rows by what was best. Half of the rows are held
#' out, not a tenth, since the score needs pairs of new rows, which a tenth of few rows hardly has.
#'
#' `"rows"` is right where later rows belong to the same classes. Where they are of new ones, as in
#' recognising persons, `"classes"` holds out a third of the classes at a time; it needs at least
#' six classes to be worth it. `"none"` holds nothing out: `shrinkage` is 0.1, `lift` 0.5, `decay`
#' 0.1 unless they are given, and all steps are made.
#'
#' With more than 5000 rows, 5000 of them choose the start and the decay; the number of steps is
#' chosen with all.
#'
#' @section Defaults of gamma and margin:
#' They are not those of [loss_circle()], which are made for deep networks that can separate the
#' training rows. A linear map cannot, and a large `gamma` lets the few worst pairs of every row
#' rule its loss. With `gamma = 1` all pairs count, nearly as in least squares. It matters little,
#' since the start and the held-out rows bear much of the result: over eight data sets the mean
#' MAP@R of new rows is 0.633 with `gamma = 80` and `margin = 0.4`, and from 0.636 to 0.640 with
#' `gamma` from 0.25 to 80 and a margin of 0.25, and with `gamma = 1` and a margin from 0 to 0.4
#' (`bench/maps --loss` in the sources).
#'
#' @section Reproducibility:
#' Rows are sorted by class and columns first, so that the fit is the same, to the last bit,
#' whatever the order of the rows. Random numbers depend on `seed` alone, and those of the session
#' are left as they were. Other versions of R's linear algebra (BLAS) round differently.
#'
#' @section Interrupting:
#' Ctrl-C ends the fit with the best map so far and a message: of the maps scored by held-out rows,
#' or the last step of the final fit.
#'
#' @param x The rows: a numeric matrix, a data frame, the result of [read_embeddings()], a formula
#'   such as `Species ~ .`, or a recipe. Factors, text and logicals become columns of 0 and 1, one
#'   for each level (package hardhat).
#' @param y The labels, one for each row, in any form that `y_true` of [loss_circle()] may take; for
#'   a data frame also the name of a column, without quotes.
#' @param data For a formula or a recipe: the data frame.
#' @param dim The number of dimensions, a positive whole number. A linear map has no more than it
#'   can fill: the rank of the columns, and one more with an intercept.
#' @param ... For the other methods: the arguments of the default one, by name.
#' @param hidden `NULL`, or the widths of hidden layers of rectified units, such as `c(128)`. Their
#'   output is added to that of the linear path; it starts at zero.
#' @param scale `TRUE`: each column is divided by its standard deviation; `FALSE`: all by the
#'   largest one. Constant columns have no part in the map.
#' @param start `"lda"`, `"pca"`, or `"auto"`: chosen.
#' @param shrinkage A number from 0 to 1, or `NULL`: chosen among 0.003, 0.03, 0.1, 0.3, 0.6 and
#'   0.9.
#' @param lift A number of 0 or more, relative to images of a mean squared length of 1; or `NULL`:
#'   chosen among 0, 0.5, 1 and 2.
#' @param gamma,margin Those of [loss_circle()]; see below for the defaults.
#' @param decay A number of 0 or more, or `NULL`: chosen among 0.01, 0.1 and 1.
#' @param steps The greatest number of steps, a whole number of 0 or more. `NULL`: 100, or 300 with
#'   batches.
#' @param hold_out `"rows"`, `"classes"` or `"none"`: what is held out for the choices.
#' @param method `"lbfgs"`, `"adam"`, or `"auto"`: by the number of rows.
#' @param batch,memory For Adam: the rows of a batch, and those of earlier batches that are kept as
#'   references.
#' @param seed A whole number that the random numbers depend on.
#'
#' @returns An object of class `circle_map`, with methods for [predict()][predict.circle_map],
#'   `print()`, `summary()`, `plot()`, `coef()`, `tidy()`, `glance()`, `augment()` and `update()`;
#'   see [circle_map_methods]. It does not hold the rows, apart from the embedding of at most 1000
#'   of them.
#'
#' @section Errors:
#' `circleloss_error_missing_argument`, `circleloss_error_embeddings` (also where all columns are
#' constant), `circleloss_error_labels` (also with one class, or no class of two rows),
#' `circleloss_error_columns`, `circleloss_error_parameter`, `circleloss_error_flag`,
#' `circleloss_error_dots` and `circleloss_error_package`; see [circleloss_conditions].
#'
#' @source Sun et al. (2020), \doi{10.48550/arXiv.2002.10857}, for the loss; Friedman (1989),
#'   "Regularized Discriminant Analysis", Journal of the American Statistical Association 84, for
#'   shrunken discriminants; Wang et al. (2020), "Cross-Batch Memory for Embedding Learning", for
#'   the memory.
#'
#' @seealso [step_circle()] for recipes, [evaluate_embeddings()] and [compare_embeddings()] to judge
#'   the map, `vignette("learn-an-embedding", package = "circleloss")`.
#'
#' @examples
#' odd <- seq(1, nrow(iris), by = 2)
#' fit <- circle_map(iris[odd, ], Species, dim = 3, steps = 5)
#' fit
#' learnt <- predict(fit, iris[-odd, ])
#' evaluate_embeddings(learnt, iris$Species[-odd])$metrics[["map_at_r"]]
#' evaluate_embeddings(iris[-odd, 1:4], iris$Species[-odd])$metrics[["map_at_r"]]
#'
#' # The same by a formula, with settings that need no choice
#' if (requireNamespace("hardhat", quietly = TRUE)) {
#'   circle_map(Species ~ ., iris[odd, ], dim = 3, shrinkage = 0.1, hold_out = "none")
#' }
#' @export
circle_map <- function(x, ...) UseMethod("circle_map")

#' @rdname circle_map
#' @export
circle_map.default <- function(x, y, dim = 16, ..., hidden = NULL, scale = TRUE,
                               start = c("auto", "lda", "pca"), shrinkage = NULL, lift = NULL,
                               gamma = 1, margin = 0.25, decay = NULL, steps = NULL,
                               hold_out = c("rows", "classes", "none"),
                               method = c("auto", "lbfgs", "adam"), batch = 1024, memory = 4096,
                               seed = 1) {
  call <- environment()
  given <- mget(setting_names())
  if (...length() > 0L) {
    check_no_dots(dot_names(...), formals(circle_map.default), call)
  }
  need_argument(x, "{.arg x} has one row for each of the labels {.arg y}.", call)
  need_argument(y, "{.arg y} has one label for each row of {.arg x}.", call)
  fit_inputs(matrix_inputs(x, y, call), given, match.call(), call)
}

setting_names <- function() setdiff(names(formals(circle_map.default)), c("x", "y", "..."))

#' @rdname circle_map
#' @export
circle_map.data.frame <- function(x, y, dim = 16, ...) {
  call <- environment()
  need_argument(y, "They may be a column: {.code circle_map(iris, Species)}.", call)
  labels <- rlang::enquo(y)
  column <- label_column(labels, x)
  inputs <- if (is.null(column)) {
    frame_inputs(x, rlang::eval_tidy(labels), call)
  } else {
    frame_inputs(x[setdiff(names(x), column)], x[[column]], call)
  }
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

#' @rdname circle_map
#' @export
circle_map.formula <- function(x, data, dim = 16, ...) {
  call <- environment()
  need_argument(data, "It holds the columns of the formula.", call)
  inputs <- formula_inputs(x, data, call)
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

#' @rdname circle_map
#' @export
circle_map.recipe <- function(x, data, dim = 16, ...) {
  call <- environment()
  need_argument(data, "It holds the columns of the recipe.", call)
  inputs <- recipe_inputs(x, data, call)
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

#' @rdname circle_map
#' @export
circle_map.labelled_embeddings <- function(x, y = x$labels, dim = 16, ...) {
  call <- environment()
  if (is.null(y)) {
    stop_missing_argument("y", "The file had no labels.", call)
  }
  inputs <- matrix_inputs(x$embeddings, y, call)
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

# A name of a column that `y` is, or NULL.
label_column <- function(labels, x) {
  expression <- rlang::quo_get_expr(labels)
  name <- if (is.symbol(expression)) as.character(expression)
  if (isTRUE(name %in% names(x))) name
}

# The settings of a method that takes them by its dots, completed by the defaults.
given_settings <- function(dim, ..., call) {
  names <- dot_names(...)
  unknown <- names == "" | !(names %in% setting_names())
  if (any(unknown)) {
    check_no_dots(names[unknown], formals(circle_map.default), call)
  }
  defaults <- lapply(formals(circle_map.default)[setting_names()], eval, baseenv())
  given <- list(dim = dim, ...)
  defaults[names(given)] <- given
  defaults
}

# The object -----------------------------------------------------------------------------------

fit_inputs <- function(inputs, given, matched, call) {
  classes <- classes_of(inputs$y, call)
  codes <- classes$codes
  standard <- new_standard(inputs$x, check_flag(given$scale, "scale", call))
  check_spread(standard, call)
  settings <- new_map_settings(given, nrow(inputs$x), ncol(inputs$x), call)

  order <- canonical_order(inputs$x, codes)
  fit <- guard_memory(list(embeddings = inputs$x), call, with_seed(settings$seed, {
    reduced <- reduce_columns(standardise(inputs$x[order, , drop = FALSE], standard))
    fit <- fit_map(reduced$x, codes[order], settings)
    finish_map(fit, reduced, codes[order])
  }))
  if (fit$interrupted) {
    tell_interrupted(fit)
  }
  matched[[1]] <- quote(circle_map)
  structure(
    c(
      list(call = matched, settings = settings, standard = standard),
      fit,
      list(
        classes = classes$values,
        inputs = list(
          columns = inputs$columns, count = ncol(inputs$x), blueprint = inputs$blueprint
        ),
        sizes = list(
          rows = nrow(inputs$x), columns = ncol(inputs$x), classes = length(classes$values),
          constant = sum(is.infinite(standard$scale))
        )
      )
    ),
    class = "circle_map"
  )
}

# list(values, codes): the classes in order, and the position of each label among them.
classes_of <- function(labels, call) {
  values <- label_values(labels, call)
  codes <- code_labels(labels, NULL, call)[[1]]
  known <- sort_classes(values, codes)
  if (length(known$codes) < 2L) {
    stop_circleloss(
      "labels",
      c(
        "{.arg y} must have at least two classes, not {length(known$codes)}.",
        "i" = "A map is learnt from pairs of rows of one class and of different classes."
      ),
      argument = "y",
      call = call
    )
  }
  if (anyDuplicated(codes) == 0L) {
    stop_circleloss(
      "labels",
      c(
        "{.arg y} must have a class of at least two rows.",
        "x" = "All {format_count(length(codes))} labels differ."
      ),
      argument = "y",
      call = call
    )
  }
  list(values = known$values, codes = match(codes, known$codes))
}

check_spread <- function(standard, call) {
  if (all(is.infinite(standard$scale))) {
    stop_circleloss(
      "embeddings",
      "All columns of {.arg x} are constant, so no map can tell its rows apart.",
      argument = "x",
      call = call
    )
  }
}

# Rows by class and then by all columns, so that the fit does not depend on their order.
canonical_order <- function(x, codes) {
  columns <- lapply(seq_len(ncol(x)), function(column) x[, column])
  do.call(order, c(list(codes), columns, list(method = "radix")))
}

tell_interrupted <- function(fit) {
  steps <- if (is.null(fit$course)) 0 else max(fit$course$step)
  cli::cli_inform(c(
    "!" = if (is.null(fit$chosen)) {
      "Interrupted before the settings were chosen. The map is the best one so far."
    } else {
      "Interrupted. The map is that after {steps} of {fit$chosen$steps} steps."
    }
  ))
}

# Settings -------------------------------------------------------------------------------------

new_map_settings <- function(given, rows, columns, call) {
  hidden <- check_hidden(given$hidden, call)
  dim <- check_count(given$dim, "dim", call)
  method <- match_choice(given$method, c("auto", "lbfgs", "adam"), "method", call)
  if (method == "auto") {
    method <- if (rows > most_rows_at_once) "adam" else "lbfgs"
  }
  lift <- check_not_negative(given$lift, "lift", call)
  if (dim == 1L && isTRUE(lift > 0)) {
    stop_parameter("lift", lift, "0 in one dimension, which it would fill", call)
  }
  steps <- given$steps
  if (is.null(steps)) {
    steps <- if (method == "adam") 300L else 100L
  }
  if (!is_whole_number(steps) || steps < 0) {
    stop_parameter("steps", steps, "a whole number of 0 or more", call)
  }
  list(
    # A linear map can fill no more
    dim = if (length(hidden) > 0L) dim else min(dim, columns + 1L),
    hidden = hidden,
    start = match_choice(given$start, c("auto", "lda", "pca"), "start", call),
    shrinkage = check_share(given$shrinkage, "shrinkage", call),
    lift = lift,
    gamma = check_gamma(given$gamma, call),
    margin = check_margin(given$margin, call),
    decay = check_not_negative(given$decay, "decay", call),
    steps = as.integer(steps),
    hold_out = match_choice(given$hold_out, c("rows", "classes", "none"), "hold_out", call),
    method = method,
    batch = check_count(given$batch, "batch", call),
    memory = check_count(given$memory, "memory", call, least = 0),
    seed = check_seed(given$seed, call),
    # Single precision is finer than the noise of batches, but not than the gains of late steps
    dtype = if (method == "adam") "float32" else "float64"
  )
}

check_hidden <- function(hidden, call) {
  if (is.null(hidden)) {
    return(integer())
  }
  good <- is.numeric(hidden) && !is.object(hidden) && all(is.finite(hidden)) &&
    all(hidden >= 1) && all(hidden == trunc(hidden))
  if (!good) {
    stop_parameter("hidden", hidden, "positive whole numbers, the widths of hidden layers", call)
  }
  as.integer(hidden)
}

check_count <- function(count, argument, call, least = 1) {
  if (!is_whole_number(count) || count < least || count > .Machine$integer.max) {
    wanted <- if (least == 1) "a positive whole number" else "a whole number of 0 or more"
    stop_parameter(argument, count, wanted, call)
  }
  as.integer(count)
}

check_share <- function(share, argument, call) {
  if (is.null(share) || (is_finite_number(share) && share >= 0 && share <= 1)) {
    return(share)
  }
  stop_parameter(argument, share, "a number from 0 to 1, or {.code NULL}", call)
}

check_not_negative <- function(number, argument, call) {
  if (is.null(number) || (is_finite_number(number) && number >= 0)) {
    return(number)
  }
  stop_parameter(argument, number, "a number of 0 or more, or {.code NULL}", call)
}
