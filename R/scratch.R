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
#' Without references of its own, [loss_circle_gradient()] computes the similarities of all pairs
#' twice, once for the value and once for the gradient, since to keep them would take memory that
#' grows with the square of the rows. The option `circleloss.kept_similarities` is how many bytes
#' they may take all the same; 0 if it is not set. All of them take about 2 bytes for each number of
#' the N x N matrix, in float64 4: 34 MB for 4096 rows. Results are the same bits. Whether it is
#' faster depends on the machine's memory.
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

# How much similarities may take that the gradient would compute again.
kept_similarity_bytes <- function(call) {
  option <- getOption("circleloss.kept_similarities")
  if (is.null(option)) {
    return(0)
  }
  check_byte_count(option, "The option {.code circleloss.kept_similarities}", call)
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
