# The page of the package, the page of its conditions, and what happens when it is unloaded.

#' circleloss: Circle loss for metric learning
#'
#' The Circle loss of Sun et al. (2020) on labelled embeddings, and its gradient. All pairs are
#' visited, none are stored: memory stays linear in the data.
#'
#' * [loss_circle()] evaluates the loss, or makes a loss instance.
#' * [loss_circle_gradient()] gives value and gradient.
#' * [unit_normalize()] scales rows to unit length.
#' * [config_floatx()] and [config_set_floatx()]: the default floating point type.
#' * [evaluate_embeddings()] judges embeddings: retrieval, verification, clustering, hardest pairs.
#' * [read_embeddings()] reads embeddings from files, [install_cli()] installs the command
#'   `circleloss`, which does all this from scripts.
#' * [circleloss_threads()]: the number of threads.
#' * [circleloss_scratch()]: memory kept between calls.
#' * [as_keras_loss()]: the loss in Keras, on PyTorch, JAX or TensorFlow.
#' * [import_circleloss()]: the loss on tensors of PyTorch, JAX, TensorFlow and NumPy.
#' * [circle_memory()]: past batches as references.
#' * [circleloss_conditions]: the classes of errors and warnings.
#' * [digits]: handwritten digits to try it on.
#'
#' @source Sun et al. (2020), "Circle Loss: A Unified Perspective of Pair Similarity Optimization",
#'   arXiv 2002.10857, \doi{10.48550/arXiv.2002.10857}.
#' @keywords internal
#' @useDynLib circleloss, .registration = TRUE
"_PACKAGE"

#' Classes of errors and warnings
#'
#' Every error of this package has the class `circleloss_error` and every warning the class
#' `circleloss_warning`, after a class of its own from the lists below. A script can catch them by
#' `tryCatch()`.
#'
#' @section Errors:
#' * `circleloss_error_missing_argument`: an argument without a default is missing.
#' * `circleloss_error_embeddings`: `y_pred`, `embeddings`, `ref_embeddings` or the argument of
#'   [unit_normalize()] or [push()] is not a numeric matrix or what can be made into one, or holds a
#'   number that is not finite (fields `row` and `column`), or is pushed with other columns than
#'   those in the memory.
#' * `circleloss_error_labels`: `y_true`, `labels` or `ref_labels` are not labels, are too many or
#'   too few, or one is missing or not whole (field `position`), or they are no column of the data
#'   frame.
#' * `circleloss_error_references`: `ref_embeddings` do not fit the embeddings: another number of
#'   columns, their columns in another order, or another number of rows where no `ref_labels` are
#'   given; or [evaluate_embeddings()] has `ref_labels` without them.
#' * `circleloss_error_sample_weight`: `sample_weight` is not numeric, of another length, or a
#'   weight is negative or not finite (field `position`).
#' * `circleloss_error_upstream`: likewise for `upstream`, which may be negative.
#' * `circleloss_error_parameter`: `gamma` is not a finite number greater than 0, `margin` not a
#'   finite number, or `name` not a string; likewise `k` and `seed` of [evaluate_embeddings()], `n`
#'   and `kind` of [hardest_pairs()], `columns` of [evaluate_embeddings()], `what` of
#'   `as.data.frame()`, `data` of [augment()], `type` of [plot()][plot.embedding_evaluation],
#'   arguments of [read_embeddings()] and `path` of [install_cli()].
#' * `circleloss_error_evaluation`: the argument is not what [evaluate_embeddings()] returned.
#' * `circleloss_error_flag`: `remove_diagonal`, `normalize`, `clustering`, `convert`, `header` or
#'   `overwrite` is neither `TRUE` nor `FALSE`.
#' * `circleloss_error_reduction`: `reduction` is none of the reductions.
#' * `circleloss_error_weights`: `weights` is neither `"differentiated"` nor `"detached"`.
#' * `circleloss_error_dtype`: `dtype`, or the value for [config_set_floatx()], is no floating point
#'   type.
#' * `circleloss_error_threads`: a number of threads is not a positive whole number.
#' * `circleloss_error_scratch`: a number of bytes is not a number from 0 on.
#' * `circleloss_error_dots`: there are arguments without a name after the last one that may be
#'   given by position, or `sample_weight` is given twice; or [read_embeddings()] or
#'   [evaluate_embeddings()] does not know one.
#' * `circleloss_error_file`: what [read_embeddings()] or the command `circleloss` was given to read
#'   holds no embeddings, or not as many labels (fields `file` and `line`).
#' * `circleloss_error_option`: an option of the command `circleloss` is wrong (field `option`).
#' * `circleloss_error_install`: [install_cli()] may not or cannot write where it should (field
#'   `path`).
#' * `circleloss_error_compare`: `compare` of [autoplot()][autoplot.embedding_evaluation] is not a
#'   named list of evaluations.
#' * `circleloss_error_field`: a [loss instance][circleloss_instance] has no setting of that name, a
#'   [memory][circle_memory] no field, or one was assigned to.
#' * `circleloss_error_object`: an argument is not the loss instance, or not the memory, that it
#'   should be.
#' * `circleloss_error_size`: the `size` of a memory is not a positive whole number.
#' * `circleloss_error_engine`: `engine` of [as_keras_loss()] is none, or cannot do what the loss
#'   asks for (fields `argument` and `engine`).
#' * `circleloss_error_keras`: Python has no Keras, or one that is too old (fields `version` and
#'   `needed`), or it does not take the loss.
#' * `circleloss_error_python`: Python cannot import the module of [import_circleloss()], or NumPy,
#'   or is needed where none has been set up for reticulate.
#' * `circleloss_error_overflow`: the embeddings are so large that a similarity, a loss or a
#'   gradient exceeds the range of the floating point type (fields `argument`, `row`, `dtype`).
#' * `circleloss_error_memory`: there is not enough memory.
#' * `circleloss_error_package`: a suggested package is needed, to read an argument or for Python,
#'   and missing (field `package`).
#'
#' @section Warnings:
#' * `circleloss_warning_ignored_argument`: arguments are ignored (field `arguments`).
#' * `circleloss_warning_no_rows`: [evaluate_embeddings()] has no rows to judge, or none to compare
#'   them with.
#' * `circleloss_warning_no_positives`: there are no positive pairs: all labels differ.
#' * `circleloss_warning_no_negatives`: there are no negative pairs, as where there is one class, or
#'   none for the embeddings that have a positive.
#' * `circleloss_warning_no_common_labels`: no label of the embeddings is among those of the
#'   references, in an evaluation or a loss.
#' * `circleloss_warning_equal_pairs`: all pairs have the same similarity, as where all rows are
#'   equal or zero (field `similarity`).
#' * `circleloss_warning_label_column`: a column of the embedding holds the labels (field `column`).
#' * `circleloss_warning_two_meanings`: the name given as labels is that of a column and of a
#'   variable that differ; the column is taken.
#' * `circleloss_warning_not_unit`: rows are not of length 1; the value is computed all the same
#'   (field `rows`, the number of them).
#' * `circleloss_warning_index`: a column looks like row numbers or ids, and is a dimension all the
#'   same (field `columns`, the numbers of such columns).
#' * `circleloss_warning_encoding`: words of a file are not in UTF-8, and are read as Latin-1.
#'
#' @name circleloss_conditions
#' @aliases circleloss_error circleloss_warning
#' @examples
#' x <- rbind(c(1, 0), c(0, NA))
#' tryCatch(
#'   loss_circle(1:2, x),
#'   circleloss_error_embeddings = function(error) c(row = error$row, column = error$column)
#' )
NULL

.onUnload <- function(libpath) library.dynam.unload("circleloss", libpath) # nocov
