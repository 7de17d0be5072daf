# The default floating point type of the session.

floatx_state <- new.env(parent = emptyenv())
floatx_state$floatx <- "float32"

#' The default floating point type
#'
#' `config_floatx()` tells which floating point type [loss_circle()] and
#' [loss_circle_gradient()] compute in when their argument `dtype` is `NULL`.
#' `config_set_floatx()` sets it for the rest of the session. It is `"float32"` until set, as in
#' Keras.
#'
#' A loss instance takes the default of the moment at which it is made and keeps it.
#'
#' @param value One of `"float64"`, `"float32"`, `"float16"` and `"bfloat16"`.
#'
#' @returns `config_floatx()`: one string. `config_set_floatx()`: the previous default, invisibly.
#'
#' @section Errors:
#' `circleloss_error_dtype` for a value that is none of these; see [circleloss_conditions].
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
  floatx_state$floatx
}

#' @rdname config_floatx
#' @export
config_set_floatx <- function(value) {
  call <- environment()
  if (missing(value)) {
    stop_missing_argument("value", "The choices are {.val {dtypes}}.", call)
  }
  if (!is_one_of(value, dtypes)) {
    stop_dtype("value", value, dtypes, call)
  }
  previous <- floatx_state$floatx
  floatx_state$floatx <- as.character(value)
  invisible(previous)
}
