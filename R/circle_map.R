# The exported fit: its arguments, and the object that it makes.

circle_map <- function(x, ...) UseMethod("circle_map")

circle_map.default <- function(x, y, dim = 16, ..., hidden = NULL, scale = TRUE,
                               start = c("lda", "pca"), shrinkage = NULL, lift = NULL, gamma = 1,
                               margin = 0.25, decay = NULL, steps = NULL,
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

circle_map.formula <- function(x, data, dim = 16, ...) {
  call <- environment()
  need_argument(data, "It holds the columns of the formula.", call)
  inputs <- formula_inputs(x, data, call)
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

circle_map.recipe <- function(x, data, dim = 16, ...) {
  call <- environment()
  need_argument(data, "It holds the columns of the recipe.", call)
  inputs <- recipe_inputs(x, data, call)
  fit_inputs(inputs, given_settings(dim, ..., call = call), match.call(), call)
}

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
  steps <- given$steps
  if (is.null(steps)) {
    steps <- if (method == "adam") 600L else 100L
  }
  if (!is_whole_number(steps) || steps < 0) {
    stop_parameter("steps", steps, "a whole number of 0 or more", call)
  }
  list(
    # A linear map can fill no more
    dim = if (length(hidden) > 0L) dim else min(dim, columns + 1L),
    hidden = hidden,
    start = match_choice(given$start, c("lda", "pca"), "start", call),
    shrinkage = check_share(given$shrinkage, "shrinkage", call),
    lift = check_not_negative(given$lift, "lift", call),
    gamma = check_gamma(given$gamma, call),
    margin = check_margin(given$margin, call),
    decay = check_not_negative(given$decay, "decay", call),
    steps = as.integer(steps),
    hold_out = match_choice(given$hold_out, c("rows", "classes", "none"), "hold_out", call),
    method = method,
    batch = check_count(given$batch, "batch", call),
    memory = check_count(given$memory, "memory", call, least = 0),
    seed = check_seed(given$seed, call),
    # Batches are noisier than single precision
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
    stop_parameter("hidden", hidden, "the widths of hidden layers, such as {.code c(128)}", call)
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
