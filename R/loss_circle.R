# The loss as a function: evaluates it or makes a loss instance.

#' Circle loss
#'
#' Computes the Circle loss of labelled embeddings, or makes a loss instance that computes it.
#'
#' ```
#' loss_circle(y_true, y_pred)          # evaluates
#' loss <- loss_circle(gamma = 100)     # makes an instance
#' loss(y_true, y_pred, sample_weight)  # evaluates
#' ```
#'
#' Every row of `y_pred` is an anchor. It is compared with every reference: the other rows, or those
#' of `ref_embeddings`. References with its label are its positives, the others its negatives. The
#' loss of an anchor is small if its similarity to all positives exceeds its similarity to all
#' negatives by a margin; pairs far from their optimum weigh more.
#'
#' Instance and function return the same value, bit for bit. References given when the instance is
#' made are used at every call.
#'
#' @section Formula:
#' With \eqn{s_{ij}} the inner product of anchor \eqn{i} and reference \eqn{j} and
#' \eqn{d_{ij} = \max(1 - s_{ij}, 0)}, the logits of positive and negative pairs are
#'
#' \deqn{z^p_{ij} = -\gamma \max(m + d_{ij}, 0) (m - d_{ij})}{
#' zp = -gamma max(m + d, 0) (m - d)}
#' \deqn{z^n_{ij} = \gamma \max(1 + m - d_{ij}, 0) (1 - m - d_{ij})}{
#' zn = gamma max(1 + m - d, 0) (1 - m - d)}
#'
#' and the loss of anchor \eqn{i} is
#'
#' \deqn{L_i = \log\left(1 + \sum_j e^{z^p_{ij}} \sum_j e^{z^n_{ij}}\right)}{
#' L = log(1 + sum(exp(zp)) sum(exp(zn)))}
#'
#' where the first sum is over its positives and the second over its negatives. It is 0 if either
#' set is empty.
#'
#' @section Reductions:
#' With \eqn{w_i} the sample weights, or 1:
#'
#' | `reduction` | value |
#' |---|---|
#' | `"none"`, `NULL` | the N numbers `w * L` |
#' | `"sum"` | `sum(w * L)` |
#' | `"sum_over_batch_size"`, `"mean"` | `sum(w * L) / sum(L > 0)` |
#' | `"mean_with_sample_weight"` | `sum(w * L) / sum(w[L > 0])` |
#'
#' The "sample size" in the denominator of the means is **not** the number of rows. It counts the
#' anchors whose loss is greater than 0 in the floating point type of the computation: not those
#' without a positive or without a negative, and not those whose loss underflows to 0. Weights do
#' not enter the count, so a row of weight 0 still counts, except in `"mean_with_sample_weight"`. If
#' the denominator is 0, the value is 0.
#'
#' @section Types:
#' `"float64"` computes in double precision throughout, `"float32"` in single precision with sums
#' that do not lose digits. `"float16"` and `"bfloat16"` round the embeddings and the losses of the
#' anchors to the type, and compute in single precision. The result is always a double. Labels are
#' compared exactly with every type.
#'
#' @section Errors and warnings:
#' Errors have the class `circleloss_error` and one of
#' `circleloss_error_missing_argument`, `_labels`, `_embeddings`, `_references`, `_sample_weight`,
#' `_parameter`, `_reduction`, `_dtype`, `_flag`, `_dots`, `_threads`, `_overflow`, `_memory` and
#' `_package`. Warnings are `circleloss_warning_ignored_argument` and `circleloss_warning_not_unit`,
#' the latter once per call if the length of rows of `y_pred` or `ref_embeddings` differs from 1 by
#' more than 0.001. See [circleloss_conditions].
#'
#' @param y_true The labels, one for each row of `y_pred`: a vector of whole numbers (integer,
#'   double or integer64), strings or logicals, a factor, a 1-d array or one column of these, or an
#'   array or tensor of Python or of R's torch. Only equality matters. Factors and strings match by
#'   their text, also between `y_true` and `ref_labels`. A single label is not recycled.
#' @param y_pred The embeddings, N x D, one per row, of length 1 (see [unit_normalize()]): a numeric
#'   matrix, a data frame of numeric columns, a sparse or other S4 matrix with an `as.matrix()`, or
#'   an array or tensor of Python (NumPy, TensorFlow, PyTorch, JAX) or of R's torch.
#' @param ref_labels The labels of the references, M of them, in any form that `y_true` may take.
#'   `NULL`: `y_true`, which then needs M = N.
#' @param ref_embeddings The references, M x D, in any form that `y_pred` may take. `NULL`:
#'   `y_pred`.
#' @param remove_diagonal `TRUE`: anchor i and reference i are not a positive pair, as they are the
#'   same row. This goes by index even if `ref_embeddings` are given; use `FALSE` then, unless the
#'   references begin with the anchors themselves.
#' @param gamma The scale of the logits, a finite number greater than 0. It need not be whole.
#' @param margin The margin \eqn{m}, a finite number. A smaller margin requires positives to be
#'   closer and negatives further away.
#' @param ... For forward and backward compatibility. Two arguments are read from here when the loss
#'   is evaluated: `sample_weight`, one finite number that is not negative, or N of them (also as
#'   one column); and `distribute`, `TRUE` or a [distribution()] to share the work between processes
#'   or machines. Anything else is ignored with a warning.
#' @param reduction How the losses of the anchors are reduced to the value: `"sum_over_batch_size"`,
#'   `"mean"`, `"sum"`, `"mean_with_sample_weight"`, `"none"` or `NULL`; see Reductions.
#' @param name The name of the instance, a string.
#' @param dtype The floating point type of the computation: `"float64"`, `"float32"`, `"float16"`,
#'   `"bfloat16"`, one of Keras's policies `"mixed_float16"` and `"mixed_bfloat16"`, or a list or
#'   Python object with a `compute_dtype`. `NULL`: [config_floatx()].
#'
#' @returns With `y_true` and `y_pred`: one number, or N numbers if `reduction` is `"none"` or
#'   `NULL`. Without both: a loss instance, a function `(y_true, y_pred, sample_weight = NULL)` of
#'   class `circleloss_instance`, see [circleloss_instance].
#'
#' @source Sun et al. (2020), "Circle Loss: A Unified Perspective of Pair Similarity Optimization",
#'   equation 6 and section 3.2, arXiv 2002.10857, \doi{10.48550/arXiv.2002.10857}.
#'
#' @seealso [loss_circle_gradient()] for the gradient, [as_keras_loss()] for Keras,
#'   [circleloss_threads()].
#'
#' @examples
#' x <- unit_normalize(rbind(c(1, 0), c(3, 4), c(0, 1), c(-3, 4), c(-1, 0)))
#' y <- c("cat", "cat", "dog", "dog", "cow")
#'
#' loss_circle(y, x)
#' loss_circle(y, x, reduction = "none", dtype = "float64")
#' loss_circle(y, x, gamma = 4, margin = 0.25, sample_weight = c(2, 1, 0, 3, 5))
#'
#' # Against references with their own labels
#' references <- rbind(c(1, 0), c(0, 1))
#' loss_circle(y, x, c("cat", "dog"), references, remove_diagonal = FALSE)
#'
#' # An instance
#' loss <- loss_circle(gamma = 4, reduction = "sum")
#' loss
#' loss(y, x)
#' @export
loss_circle <- function(y_true, y_pred, ref_labels = NULL, ref_embeddings = NULL,
                        remove_diagonal = TRUE, gamma = 80L, margin = 0.4, ...,
                        reduction = "sum_over_batch_size", name = "circle", dtype = NULL) {
  call <- environment()
  evaluates <- !(missing(y_true) && missing(y_pred))
  if (evaluates) {
    hint <- "Give both {.arg y_true} and {.arg y_pred} to evaluate, or neither to make an instance."
    need_argument(y_true, hint, call)
    need_argument(y_pred, hint, call)
  }
  sample_weight <- distribute <- NULL
  if (...length() > 0L) {
    accepted <- if (evaluates) c("sample_weight", "distribute")
    check_dots(dot_names(...), accepted, formals(loss_circle), call)
    sample_weight <- if (evaluates) dot_argument("sample_weight", ...)
    distribute <- if (evaluates) dot_argument("distribute", ...)
  }
  settings <- new_settings(
    ref_labels, ref_embeddings, remove_diagonal, gamma, margin, reduction, name, dtype, call
  )
  if (evaluates) {
    batch <- new_batch(y_true, y_pred, settings, sample_weight, call)
    batch$distribution <- resolve_distribution(distribute, call)
    request <- new_request("Circle loss", batch, call)
    call_engine(compute_loss(batch, settings, request), batch, settings, request, call)$value
  } else {
    new_loss_instance(settings)
  }
}

# The request to the engine, without the loss: list(threads, progress, close, call, ...), where
# `progress` and `close` are NULL without a progress bar.
new_request <- function(message, batch, call, ...) {
  progress <- new_progress(batch, message)
  list(
    threads = requested_threads(call), progress = progress$report, close = progress$close,
    call = call, ...
  )
}

# Every call of the engine. `work` is compute_loss() or compute_evaluation(), a promise that
# guard_memory() forces.
call_engine <- function(work, batch, settings, request, call) {
  if (!is.null(request$close)) {
    on.exit(request$close())
  }
  result <- guard_memory(batch, call, work)
  check_files_after(batch, call)
  check_result(result, batch, settings, request$upstream, call)
}
