# What a fitted map can be asked for: new rows, its weights, and tables.

#' Methods for a fitted map
#'
#' A map made by [circle_map()] embeds new rows, and is read as text, tables and plots.
#'
#' `predict()` finds the columns of the fit by their names where both sides have names; further
#' columns are ignored. Rows come out with length 1, or 0 for a row that lies at the very origin of
#' the map, so that their inner products are cosines:
#' `evaluate_embeddings(predict(fit, new), labels)` judges the map on new rows.
#'
#' `saveRDS()` and `readRDS()` keep a map, `update(fit, dim = 8)` fits it anew with other arguments.
#'
#' @param object,x A map made by [circle_map()].
#' @param new_data Rows to embed: a matrix or a data frame, in the columns of the fit.
#' @param data For `augment()`: as `new_data`.
#' @param type For `plot()`: `"embedding"`, the first two dimensions of at most 1000 rows of the
#'   fit, or `"course"`, the loss after each step and the scores of held-out rows. With batches the
#'   loss is the mean of the last 20, once the memory is full.
#' @param ... Nothing: an unknown argument is an error.
#'
#' @returns
#' * `predict()`: a matrix with the row names of `new_data` and one column for each dimension,
#'   `dim1`, `dim2` and so on, in falling order of their spread over the rows of the fit.
#' * `coef()`: the weights of a linear map, a matrix of one row for the intercept and one for each
#'   column of `x`; the images `cbind(1, x) %*% coef(fit)` have the directions of `predict()`. With
#'   hidden layers a list of `linear`, `hidden` and `readout` that applies to standardised columns.
#' * `tidy()`: the same weights in long form, a data frame of `term`, `dimension` and `estimate`;
#'   with hidden layers those of its linear path.
#' * `glance()`: a data frame of one row: sizes, what was chosen, the loss of the last step, and the
#'   score of held-out rows.
#' * `augment()`: `data`, with the dimensions `.dim1`, `.dim2` and so on as further columns.
#' * `summary()`: an object that prints the choices that were tried.
#' * `plot()`: a ggplot2 plot, which it draws, invisibly; `autoplot()` returns it.
#'
#' @section Errors:
#' `circleloss_error_columns`, `circleloss_error_embeddings`, `circleloss_error_parameter`,
#' `circleloss_error_dots` and `circleloss_error_package`; see [circleloss_conditions].
#'
#' @seealso [circle_map()]
#' @examples
#' fit <- circle_map(iris, Species, steps = 5)
#' fit
#' predict(fit, iris[c(1, 51, 101), ])
#' coef(fit)
#' head(tidy(fit), 3)
#' glance(fit)[c("rows", "dimensions", "score")]
#' @name circle_map_methods
NULL

#' @rdname circle_map_methods
#' @export
predict.circle_map <- function(object, new_data, ...) {
  call <- environment()
  need_argument(new_data, "It holds the rows to embed.", call)
  check_nothing_else(dot_names(...), c("object", "new_data"), call)
  embed_rows(object, new_data, call)
}

embed_rows <- function(map, new_data, call) {
  x <- new_rows(new_data, map$inputs, call)
  embedding <- unit_images(map_forward(map$layers, standardise(x, map$standard))$images)
  dimnames(embedding) <- list(rownames(x), dimension_names(map))
  embedding
}

dimension_names <- function(map) paste0("dim", seq_len(ncol(map$layers$linear)))

check_nothing_else <- function(names, known, call) {
  if (length(names) > 0L) {
    stop_circleloss(
      "dots",
      c(
        if (names[[1]] == "") {
          "There is one argument too many."
        } else {
          "There is no argument {.arg {names[[1]]}}."
        },
        "i" = "{cli::qty(length(known))}The argument{?s} {?is/are} {.arg {known}}."
      ),
      argument = names[[1]],
      call = call
    )
  }
}

# Tables ---------------------------------------------------------------------------------------

#' @rdname circle_map_methods
#' @importFrom stats coef
#' @export
coef.circle_map <- function(object, ...) {
  check_nothing_else(dot_names(...), "object", environment())
  if (length(object$layers$hidden) > 0L) {
    return(object$layers)
  }
  linear_weights(object)
}

# Of columns as they are, with the intercept first.
linear_weights <- function(map) {
  weights <- map$layers$linear
  last <- nrow(weights)
  slopes <- weights[-last, , drop = FALSE] / map$standard$scale
  intercept <- weights[last, ] - drop(map$standard$centre %*% slopes)
  columns <- map$inputs$columns
  if (is.null(columns)) {
    columns <- paste0("x", seq_len(nrow(slopes)))
  }
  weights <- rbind(intercept, slopes)
  dimnames(weights) <- list(c("(Intercept)", columns), dimension_names(map))
  weights
}

#' @rdname circle_map_methods
#' @export
tidy.circle_map <- function(x, ...) {
  check_nothing_else(dot_names(...), "x", environment())
  weights <- linear_weights(x)
  data.frame(
    term = rep(rownames(weights), ncol(weights)),
    dimension = rep(seq_len(ncol(weights)), each = nrow(weights)),
    estimate = as.vector(weights)
  )
}

#' @rdname circle_map_methods
#' @export
glance.circle_map <- function(x, ...) {
  check_nothing_else(dot_names(...), "x", environment())
  data.frame(
    x$sizes[c("rows", "columns", "classes")],
    dimensions = ncol(x$layers$linear),
    hidden_layers = length(x$layers$hidden),
    method = x$settings$method,
    gamma = x$settings$gamma,
    margin = x$settings$margin,
    chosen_of(x),
    loss = last_loss(x),
    score = best_score(x)
  )
}

# NA where the fit was interrupted before it chose.
chosen_of <- function(map) {
  if (is.null(map$chosen)) {
    list(start = NA_character_, shrinkage = NA_real_, lift = NA_real_, decay = NA_real_, steps = NA)
  } else {
    map$chosen
  }
}

last_loss <- function(map) {
  losses <- map$course$loss
  if (length(losses) > 0L) losses[[length(losses)]] else NA_real_
}

best_score <- function(map) if (is.null(map$scores)) NA_real_ else max(map$scores$score)

#' @rdname circle_map_methods
#' @export
augment.circle_map <- function(x, data, ...) {
  call <- environment()
  need_argument(data, "It holds the rows to embed.", call)
  check_nothing_else(dot_names(...), c("x", "data"), call)
  embedding <- embed_rows(x, data, call)
  colnames(embedding) <- paste0(".", colnames(embedding))
  rownames(embedding) <- NULL
  data.frame(data, embedding, check.names = FALSE)
}

# Text -----------------------------------------------------------------------------------------

#' @rdname circle_map_methods
#' @export
format.circle_map <- function(x, ...) {
  sizes <- x$sizes
  layers <- vapply(x$layers$hidden, ncol, 0L)
  constant <- if (sizes$constant > 0) paste0(" (", sizes$constant, " constant)")
  c(
    "<circle_map>",
    paste0(
      count_of(sizes$columns, "column"), constant, " to ",
      count_of(ncol(x$layers$linear), "dimension"),
      if (length(layers) > 0L) {
        paste0(", beside the linear path hidden layers of ", paste(layers, collapse = ", "))
      } else {
        ", linear"
      }
    ),
    paste0("Fitted: ", count_of(sizes$rows, "row"), " of ", count_text(sizes$classes, "class")),
    paste0("Loss:   gamma ", x$settings$gamma, ", margin ", x$settings$margin),
    paste0("Chosen: ", describe_choice(x)),
    if (x$interrupted) "Interrupted: not fitted to the end"
  )
}

describe_choice <- function(map) {
  chosen <- map$chosen
  if (is.null(chosen)) {
    return("nothing, the fit was interrupted")
  }
  start <- if (chosen$start == "lda") {
    paste0("discriminants (shrinkage ", chosen$shrinkage, ")")
  } else {
    "principal components"
  }
  paste0(
    start, ", lift ", chosen$lift, ", decay ", chosen$decay, ", ", count_of(chosen$steps, "step"),
    if (map$settings$hold_out == "none") {
      ", no rows held out"
    } else {
      paste0(", by held-out ", map$settings$hold_out)
    }
  )
}

#' @rdname circle_map_methods
#' @export
print.circle_map <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @rdname circle_map_methods
#' @export
summary.circle_map <- function(object, ...) {
  check_nothing_else(dot_names(...), "object", environment())
  structure(
    list(text = format(object), scores = object$scores, course = object$course),
    class = "summary.circle_map"
  )
}

#' @export
format.summary.circle_map <- function(x, ...) {
  best <- x$scores[order(-x$scores$score), ]
  columns <- c(
    if (length(unique(best$method)) > 1L) "method",
    "start", "shrinkage", "lift", "decay", "steps", "score"
  )
  best <- utils::head(best[columns], 5L)
  best$score <- sprintf("%.4f", best$score)
  course <- x$course[!is.na(x$course$loss), ]
  c(
    x$text,
    if (!is.null(course) && nrow(course) > 1L) {
      ends <- course$loss[c(1L, nrow(course))]
      sprintf("Course: loss %.4f after the first step, %.4f after the last", ends[[1]], ends[[2]])
    },
    if (!is.null(x$scores)) {
      c(
        "",
        "The best of what was tried, by the mean of MAP@R and AUC of held-out rows:",
        utils::capture.output(print(best, row.names = FALSE))
      )
    }
  )
}

#' @export
print.summary.circle_map <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

#' @importFrom stats update
NULL
