# The loss as an object: a function of the batch with its settings.

new_loss_instance <- function(settings) {
  instance <- function(y_true, y_pred, sample_weight = NULL) {
    call <- environment()
    hint <- "A loss instance is called as {.code loss(y_true, y_pred, sample_weight = NULL)}."
    need_argument(y_true, hint, call)
    need_argument(y_pred, hint, call)
    batch <- new_batch(y_true, y_pred, settings, sample_weight, call)
    batch$distribution <- resolve_distribution(NULL, call)
    request <- new_request("Circle loss", batch, call)
    call_engine(compute_loss(batch, settings, request), batch, settings, request, call)$value
  }
  structure(instance, class = "circleloss_instance")
}

#' Loss instances
#'
#' [loss_circle()] without `y_true` and `y_pred` returns a loss instance: a function that evaluates
#' the loss with its settings, and from which they can be read.
#'
#' A loss instance is called as `loss(y_true, y_pred, sample_weight = NULL)` and returns the value
#' of [loss_circle()] with the same settings, bit for bit.
#'
#' `loss$gamma`, `loss$margin`, `loss$remove_diagonal`, `loss$reduction`, `loss$name`, `loss$dtype`,
#' `loss$ref_labels` and `loss$ref_embeddings` are its settings. For `NULL`, `dtype` is
#' [config_floatx()] at the time the instance was made, and `reduction` is `"none"`. References are
#' a vector and a double matrix. Settings cannot be changed: make another instance instead.
#'
#' `loss$get_config()` returns the settings as a list, from which `loss$from_config(config)` or
#' `do.call(loss_circle, config)` makes the same loss again.
#'
#' @param x A loss instance.
#' @param name The name of a setting or method.
#' @param ... Not used.
#'
#' @returns `$` and `[[`: a setting or method. `names()`: their names. `format()`: lines of text.
#'   `print()`: `x`, invisibly.
#'
#' @section Errors:
#' `circleloss_error_field` for any other name, or for an assignment; a call gives the errors and
#' warnings of [loss_circle()]. See [circleloss_conditions].
#'
#' @name circleloss_instance
#' @examples
#' loss <- loss_circle(gamma = 100, margin = 0.25, dtype = "float64")
#' loss
#' loss$gamma
#'
#' x <- unit_normalize(matrix(c(1, 2, 3, 4, 4, 3, 2, 1, 1, 1, 1, 1), ncol = 3))
#' loss(c(1, 1, 2, 2), x)
#'
#' config <- loss$get_config()
#' config$reduction <- "sum"
#' loss$from_config(config)
NULL

settings_of <- function(x) environment(x)$settings

instance_methods <- c("get_config", "from_config")

#' @rdname circleloss_instance
#' @export
`$.circleloss_instance` <- function(x, name) {
  instance_field(x, name, call = environment())
}

#' @rdname circleloss_instance
#' @export
`[[.circleloss_instance` <- function(x, name) {
  call <- environment()
  if (!is_string(name)) {
    stop_field("A setting is selected by its name, one string.", call)
  }
  instance_field(x, name, call)
}

instance_field <- function(x, name, call) {
  settings <- settings_of(x)
  if (name %in% names(settings)) {
    settings[[name]]
  } else if (name == "get_config") {
    function() settings
  } else if (name == "from_config") {
    rebuild_instance
  } else if (name == "__class__") {
    # keras3::get_config() asks every object for its Python class
    NULL
  } else {
    stop_field(
      c(
        "A loss instance has no {.code {name}}.",
        "i" = "It has {.code {names(x)}}."
      ),
      call
    )
  }
}

rebuild_instance <- function(config) {
  call <- environment()
  if (missing(config) || !is.list(config)) {
    stop_field("{.arg config} must be a list, as {.code loss$get_config()} returns it.", call)
  }
  do.call("loss_circle", as.list(config), envir = topenv())
}

#' @export
`$<-.circleloss_instance` <- function(x, name, value) {
  stop_field(
    c(
      "The settings of a loss instance cannot be changed.",
      "i" = "Make another one with {.fn loss_circle} or {.code loss$from_config(config)}."
    ),
    call = NULL
  )
}

#' @export
`[[<-.circleloss_instance` <- `$<-.circleloss_instance`

#' @rdname circleloss_instance
#' @export
names.circleloss_instance <- function(x) {
  c(names(settings_of(x)), instance_methods)
}

# Completion at the console
#' @exportS3Method utils::.DollarNames circleloss_instance
.DollarNames.circleloss_instance <- function(x, pattern = "") {
  known <- names(x)
  known <- ifelse(known %in% instance_methods, paste0(known, "()"), known)
  known[grepl(pattern, known)]
}

#' @rdname circleloss_instance
#' @export
format.circleloss_instance <- function(x, ...) {
  settings <- settings_of(x)
  references <- describe_references(settings$ref_labels, settings$ref_embeddings)
  with_plain_numbers(cli::cli_fmt({
    cli::cli_text("{.cls {class(x)}} {.val {settings$name}}")
    cli::cli_bullets(c(
      "*" = "{.field gamma}: {.val {settings$gamma}}",
      "*" = "{.field margin}: {.val {settings$margin}}",
      "*" = "{.field remove_diagonal}: {.val {settings$remove_diagonal}}",
      "*" = "{.field reduction}: {.val {settings$reduction}}",
      "*" = "{.field dtype}: {.val {settings$dtype}}",
      "*" = "{.field references}: {references}"
    ))
    cli::cli_text("Call it as {.code loss(y_true, y_pred, sample_weight = NULL)}.")
  }))
}

describe_references <- function(ref_labels, ref_embeddings) {
  rows <- if (is.null(ref_embeddings)) "the batch" else format_shape(dim(ref_embeddings))
  labels <- if (is.null(ref_labels)) "" else ", with their own labels"
  paste0(rows, labels)
}

#' @rdname circleloss_instance
#' @export
print.circleloss_instance <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}

stop_field <- function(message, call, envir = parent.frame()) {
  stop_circleloss("field", message, call = call, envir = envir)
}
