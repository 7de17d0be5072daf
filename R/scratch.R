# Memory that the engine keeps between calls.

#' Memory kept between calls
#'
#' The engine keeps its memory after a call, so that the next call need not allocate it again.
#' Without an argument `circleloss_scratch()` returns how much is kept now. With one it sets how
#' much may be kept, and frees the rest: `circleloss_scratch(0)` frees all.
#'
#' In a training loop with some thousand rows this saves up to a tenth of the time, more on systems
#' where allocation is slow. The memory is freed when the package is unloaded. A call that needs
#' more than the limit allocates it, and frees it at its end.
#'
#' @section Similarities kept within a call:
#' A gradient without separate references needs the similarity of each pair twice.
#' [loss_circle_gradient()] keeps as many as fit into three quarters of the limit and computes the
#' others again, so that memory is not quadratic in the number of rows. All of them take about 2
#' bytes per element of the N x N matrix, in float64 4: 34 MB for 4096 rows. The option
#' `circleloss.kept_similarities` sets another number of bytes, 0 to keep none. Results are
#' bit-identical.
#'
#' @param limit A number of bytes, 0 or more; or `NULL` for the default, 64 MiB.
#'
#' @returns Without `limit` the number of bytes kept now. With `limit` the previous limit,
#'   invisibly.
#'
#' @section Errors:
#' `circleloss_error_scratch` if `limit`, or the option when it is read, is not a number of 0 or
#' more; see [circleloss_conditions].
#'
#' @seealso [circle_memory()] for another purpose: past batches as references.
#' @examples
#' x <- unit_normalize(digits$pixels)
#' gradient <- loss_circle_gradient(digits$digit, x)$gradient
#' circleloss_scratch()
#'
#' # Free it, and keep none
#' previous <- circleloss_scratch(0)
#' circleloss_scratch()
#'
#' # As before
#' circleloss_scratch(previous)
#' @export
circleloss_scratch <- function(limit) {
  if (missing(limit)) {
    return(.Call(ffi_scratch))
  }
  call <- environment()
  bytes <- if (is.null(limit)) scratch_default else check_byte_count(limit, "{.arg limit}", call)
  invisible(.Call(ffi_scratch_limit, bytes))
}

scratch_default <- 64 * 2^20

# The memory for similarities that the gradient would otherwise compute again; NULL is the default.
kept_similarity_bytes <- function(call) {
  option <- getOption("circleloss.kept_similarities")
  if (!is.null(option)) {
    check_byte_count(option, "The option {.code circleloss.kept_similarities}", call)
  }
}

check_byte_count <- function(bytes, what, call) {
  if (!is_finite_number(bytes) || bytes < 0) {
    stop_circleloss(
      "scratch",
      paste(
        what,
        "must be a number of bytes, 0 or more, or {.code NULL}, not {describe_value(bytes)}."
      ),
      call = call
    )
  }
  as.double(bytes)
}
