# Value and gradient of the loss.

pair_weights <- c("differentiated", "detached")

#' Circle loss and its gradient
#'
#' Computes the value of [loss_circle()] together with its derivatives with respect to the
#' embeddings and, where they are given, the references.
#'
#' The loss weighs each pair by its distance from its optimum. `weights = "differentiated"` gives
#' the gradient of the formula itself, in which those weights depend on the embeddings, like
#' automatic differentiation of Keras's function. `weights = "detached"` holds the weights constant,
#' like the paper and the PyTorch implementations. The value is the same for both.
#'
#' The sample size (see the section Reductions of [loss_circle()]) is held constant. For `reduction
#' = "none"` the gradient is that of the sum of the values. If the references are the batch itself,
#' `gradient` includes both roles of a row: as an anchor and as a reference of others.
#'
#' A similarity above 1 counts as 1, with a derivative of 0. So at a similarity of exactly 1 the
#' derivative of a negative pair jumps: if a row occurs again under another label, rounding decides,
#' and may decide otherwise on another processor. `normalize = TRUE` is free of it, as rows cannot
#' come nearer to each other than that.
#'
#' @order 1
#' @inheritParams loss_circle
#' @param ... For forward and backward compatibility: named arguments are ignored with a warning.
#' @param sample_weight `NULL`, one finite number that is not negative, or N of them, one for each
#'   row of `y_pred`.
#' @param weights `"differentiated"` or `"detached"`: whether the gradient passes through the pair
#'   weights.
#' @param upstream `NULL`, or N finite numbers u, one for each row of `y_pred`, that replace the
#'   derivatives of the reduction: `gradient` is then that of `sum(u * L)`, whatever `reduction` and
#'   `sample_weight` are. With it a training loop can differentiate any function of the losses of
#'   the anchors.
#' @param normalize `TRUE`: the rows of `y_pred` and `ref_embeddings` are scaled to length 1 first,
#'   and the gradient is with respect to the rows as given. Rows of zeros stay unchanged and get no
#'   gradient.
#' @param distribute `TRUE`, or the settings that [distribution()] makes: the work is shared between
#'   processes or machines. `NULL`: the option `circleloss.distribute`.
#' @param gradient_file The path of a `.npy` file that the gradient with respect to `y_pred` is
#'   written to, in float32 and row by row, instead of into a matrix; a file of that name is
#'   replaced. `gradient` is then that file, opened by [open_embeddings()]. For millions of rows.
#' @param x A result of `loss_circle_gradient()`.
#'
#' @returns A list of class `circle_gradient`, which prints as a summary:
#'   * `value`: that of [loss_circle()], one number or N.
#'   * `gradient`: an N x D matrix with the dimnames of `y_pred`, the derivative with respect to it;
#'     or the file of it.
#'   * `ref_gradient`: an M x D matrix with the dimnames of `ref_embeddings`, the derivative with
#'     respect to it; `NULL` if the references are `y_pred`.
#'
#' @section Errors and warnings:
#' Those of [loss_circle()], `circleloss_error_upstream`, `circleloss_error_weights`, and
#' `circleloss_error_scratch` for a wrong option. `normalize = TRUE` does not warn of rows that are
#' not of length 1. See [circleloss_conditions].
#'
#' @seealso [circleloss_scratch()] for its memory.
#' @inherit loss_circle source
#'
#' @examples
#' x <- unit_normalize(rbind(c(1, 0), c(3, 4), c(0, 1), c(-3, 4), c(-1, 0)))
#' y <- c("cat", "cat", "dog", "dog", "cow")
#'
#' loss_circle_gradient(y, x)
#' loss_circle_gradient(y, x)$gradient
#' loss_circle_gradient(y, x, weights = "detached")$gradient
#'
#' # Gradient descent on rows of any length
#' x <- matrix(c(1, 2, 3, 4, 4, 3, 2, 1, 1, 2, 1, 2), ncol = 3)
#' y <- c(1, 2, 1, 2)
#' for (step in 1:50) {
#'   result <- loss_circle_gradient(y, x, normalize = TRUE)
#'   x <- x - 0.01 * result$gradient
#' }
#' result$value
#' @export
loss_circle_gradient <- function(y_true, y_pred, ref_labels = NULL, ref_embeddings = NULL,
                                 remove_diagonal = TRUE, gamma = 80L, margin = 0.4, ...,
                                 reduction = "sum_over_batch_size", sample_weight = NULL,
                                 weights = c("differentiated", "detached"), upstream = NULL,
                                 normalize = FALSE, dtype = NULL, gradient_file = NULL,
                                 distribute = NULL) {
  call <- environment()
  need_argument(y_true, "Both {.arg y_true} and {.arg y_pred} are needed.", call)
  need_argument(y_pred, "Both {.arg y_true} and {.arg y_pred} are needed.", call)
  if (...length() > 0L) {
    check_dots(dot_names(...), NULL, formals(loss_circle_gradient), call)
  }
  settings <- new_settings(
    ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction, "circle", dtype, call
  )
  weights <- check_pair_weights(weights, call)
  settings$normalize <- check_flag(normalize, "normalize", call)
  batch <- new_batch(y_true, y_pred, settings, sample_weight, call)
  batch$distribution <- resolve_distribution(distribute, call)
  upstream <- as_upstream(upstream, nrow(batch$embeddings), call)
  if (!is.null(gradient_file)) {
    check_path(gradient_file, "gradient_file", call)
    check_folder_of(gradient_file, call)
  }

  request <- new_request(
    "Circle loss and gradient", batch, call,
    weights = weights, upstream = upstream, kept_bytes = kept_similarity_bytes(call),
    in_bytes = !is.null(gradient_file)
  )
  result <- call_engine(
    compute_loss(batch, settings, request), batch, settings, request, call
  )
  if (!is.null(gradient_file)) {
    result$gradient <- write_npy(result$gradient, dim(batch$embeddings), gradient_file, call)
  }
  new_gradient(result)
}

check_pair_weights <- function(weights, call) {
  match_choice(
    weights, pair_weights, "weights", call, "weights",
    if (is.numeric(weights)) "Weights of the rows go into {.arg sample_weight}."
  )
}
