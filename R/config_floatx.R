# The default floating point type of the session.

floatx_state <- new.env(parent = emptyenv())
# NULL until it is set: until then that of Keras applies, where Keras is loaded
floatx_state$floatx <- NULL

#' The default floating point type
#'
#' `config_floatx()` returns the floating point type that [loss_circle()] and
#' [loss_circle_gradient()] use when their argument `dtype` is `NULL`. `config_set_floatx()` sets it
#' for the rest of the session. It is `"float32"` until set, as in Keras.
#'
#' The package keras3 has functions of the same names, and one masks the other. So where Python has
#' loaded Keras, `config_set_floatx()` also sets Keras's default, and until it is called
#' `config_floatx()` returns that of Keras, with a message once. Python is never started for that: a
#' Keras that is loaded later keeps its own default.
#'
#' A loss instance keeps the default of the time when it was made.
#'
#' @param value One of `"float64"`, `"float32"`, `"float16"` and `"bfloat16"`.
#'
#' @returns `config_floatx()`: one string. `config_set_floatx()`: the previous default, invisibly.
#'
#' @section Errors:
#' `circleloss_error_dtype` for any other value; see [circleloss_conditions].
#'
#' @seealso [loss_circle()] for what each type means.
#' @examples
#' config_floatx()
#'
#' previous <- config_set_floatx("float64")
#' config_floatx()
#'
#' config_set_floatx(previous)
#' @export
config_floatx <- function() {
  if (!is.null(floatx_state$floatx)) {
    return(floatx_state$floatx)
  }
  of_keras <- floatx_of_keras()
  if (is.null(of_keras) || of_keras == "float32") {
    return("float32")
  }
  inform_once("follows_keras", c(
    "i" = "{.fn config_floatx} is {.val {of_keras}}, as in Keras.",
    "i" = "{.fn circleloss::config_set_floatx} sets another."
  ))
  of_keras
}

#' @rdname config_floatx
#' @export
config_set_floatx <- function(value) {
  call <- environment()
  need_argument(value, "The choices are {.val {dtypes}}.", call)
  if (!is_one_of(value, dtypes)) {
    stop_dtype("value", value, dtypes, call)
  }
  previous <- config_floatx()
  floatx_state$floatx <- as.character(value)
  set_floatx_of_keras(floatx_state$floatx)
  invisible(previous)
}

# Keras's ----------------------------------------------------------------------------------------

# The module keras, NULL if Python has not loaded it. Python is never started for that.
loaded_keras <- function() {
  if (!isNamespaceLoaded("reticulate") || !reticulate::py_available(initialize = FALSE)) {
    return(NULL)
  }
  # None if Python was told that there is no such module
  from_python(reticulate::import("sys", convert = FALSE)$modules$get("keras"))
}

# NULL if there is none, as before Keras 3.
floatx_of_keras <- function() {
  keras <- loaded_keras()
  if (!is.null(keras)) {
    value <- tryCatch(from_python(keras$config$floatx()), error = function(error) NULL)
    if (is_one_of(value, dtypes)) value
  }
}

set_floatx_of_keras <- function(value) {
  before <- floatx_of_keras()
  if (is.null(before)) {
    return(inform_of_keras3())
  }
  if (before != value) {
    loaded_keras()$config$set_floatx(value)
    inform_once("sets_keras", c("i" = "{.fn config_set_floatx} also sets Keras's default."))
  }
}

# The functions of keras3 would load Keras.
inform_of_keras3 <- function() {
  if (isNamespaceLoaded("keras3")) {
    inform_once("keras3_later", c(
      "i" = "Keras is not loaded yet and keeps its own default: {.fn keras3::config_set_floatx} sets
             that."
    ))
  }
}

inform_once <- function(id, message, envir = parent.frame()) {
  id <- paste0("circleloss_floatx_", id)
  cli::cli_inform(
    message,
    class = "circleloss_message", .frequency = "once", .frequency_id = id, .envir = envir
  )
}
