# Memory that the engine keeps between calls.

#' Memory kept between calls
#'
#' The engine keeps the memory that it worked in, so that the next call need not ask the system for
#' it again. Without an argument `circleloss_scratch()` tells how much it keeps now. With one it
#' sets how much it may keep, and gives back what is beyond: `circleloss_scratch(0)` gives back all.
#'
#' In a training loop of some thousand rows this saves up to a tenth of the time, more where the
#' system is slow in handing out memory. What is kept goes back to the system when the package is
#' unloaded. A call that needs more than the limit takes it, and gives it back at its end.
#'
#' @section Similarities kept within a call:
#' A gradient without references needs the similarity of each pair twice. [loss_circle_gradient()]
#' keeps as many as fit into three quarters of the limit and computes the others again, so that memory does not
#' grow with the square of the rows. All of them take about 2 bytes for each number of the N x N
#' matrix, 4 in float64: 34 MB for 4096 rows. The option `circleloss.kept_similarities` sets another
#' number of bytes, 0 to keep none. Results are the same bits.
#'
#' @param limit Bytes, a number that is not negative; or `NULL` for the default, 64 MiB.
#'
#' @returns Without `limit` the bytes that are kept now. With `limit` the limit before the change,
#'   invisibly.
#'
#' @section Errors:
#' `circleloss_error_scratch` if `limit`, or the option when it is read, is not a number from 0 on;
#' see [circleloss_conditions].
#'
#' @seealso [circle_memory()] is something else: past batches as references.
#' @examples
#' x <- unit_normalize(digits$pixels)
#' gradient <- loss_circle_gradient(digits$digit, x)$gradient
#' circleloss_scratch()
#'
#' # Give it back, and keep none
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

# How much similarities may take that the gradient would compute again; NULL leaves it to the engine.
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
