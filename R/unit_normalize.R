# Rows of length 1.

#' Scale rows to unit length
#'
#' Divides each row by its Euclidean length. [loss_circle()] takes inner products of rows as
#' cosine similarities, which is correct only for rows of unit length.
#'
#' Rows of zeros stay unchanged. Rows whose squares would over- or underflow are scaled correctly.
#'
#' @param x A numeric matrix with one embedding per row, or anything else that [loss_circle()]
#'   accepts as `y_pred`.
#'
#' @returns A double matrix of the shape and with the dimnames of `x`.
#'
#' @section Errors:
#' `circleloss_error_embeddings`; see [circleloss_conditions].
#'
#' @examples
#' x <- matrix(c(3, 4, 0, 0, 1, 1), ncol = 2, byrow = TRUE)
#' unit_normalize(x)
#'
#' # The lengths
#' sqrt(rowSums(unit_normalize(x)^2))
#' @export
unit_normalize <- function(x) {
  call <- environment()
  need_argument(x, "It is the matrix whose rows are scaled.", call)
  x <- as_embeddings(x, "x", call)
  result <- unit_rows(x, "x", call)
  if (!is.null(dimnames(x))) {
    dimnames(result) <- dimnames(x)
  }
  result
}

unit_rows <- function(x, argument, call) {
  result <- .Call(ffi_unit_normalize, x)
  if (!is.matrix(result)) {
    # The row and the column of the first number that is not finite
    stop_not_finite(x[result[[1]], result[[2]]], result[[1]], result[[2]], argument, call)
  }
  result
}
