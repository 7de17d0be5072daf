# The help pages of the package and of its conditions, and the unloading.

#' circleloss: Circle loss for metric learning
#'
#' The Circle loss of Sun et al. (2020) on labelled embeddings, and its gradient. It is computed
#' over all pairs without storing them: memory stays linear in the data.
#'
#' * [loss_circle()] evaluates the loss, or makes a loss instance.
#' * [loss_circle_gradient()] computes value and gradient.
#' * [unit_normalize()] scales rows to unit length.
#' * [config_floatx()] and [config_set_floatx()]: the default floating point type.
#' * [circle_map()] learns an embedding in one call, [step_circle()] in a recipe.
#' * [evaluate_embeddings()]: retrieval, verification, clustering and the hardest pairs.
#' * [operating_point()] chooses a threshold, [suspect_labels()] lists rows that may be mislabelled,
#'   [report_embeddings()] writes it all into one page.
#' * [read_embeddings()] reads embeddings from files, [install_cli()] installs the command
#'   `circleloss` for scripts.
#' * [circleloss_threads()]: the number of threads.
#' * [circleloss_scratch()]: memory kept between calls.
#' * [as_keras_loss()]: the loss in Keras, on PyTorch, JAX or TensorFlow.
#' * [import_circleloss()]: the loss on tensors of PyTorch, JAX, TensorFlow and NumPy.
#' * [circle_memory()]: past batches as references.
#' * [circleloss_conditions]: the classes of errors and warnings.
#' * [digits]: handwritten digits to try it on.
#'
#' @inherit loss_circle source
#' @keywords internal
#' @useDynLib circleloss, .registration = TRUE
"_PACKAGE"

#' Classes of errors and warnings
#'
#' Every error of this package has a class from the list below and the class `circleloss_error`,
#' every warning likewise and `circleloss_warning`. A script can catch them with `tryCatch()`.
#'
#' @section Errors:
#' * `circleloss_error_missing_argument`: an argument without a default is missing.
#' * `circleloss_error_embeddings`: `y_pred`, `embeddings`, `ref_embeddings` or the argument of
#'   [unit_normalize()] or [push()] cannot be converted to a numeric matrix, holds a number that is
#'   not finite (fields `row` and `column`), or has another number of columns than the memory.
#' * `circleloss_error_labels`: `y_true`, `labels` or `ref_labels` are not labels, are too many or
#'   too few, are not a column of the data frame, or one is missing or not whole (field
#'   `position`).
#' * `circleloss_error_references`: `ref_embeddings` do not fit the embeddings: their columns differ
#'   in number or order, or their rows in number where no `ref_labels` are given; or
#'   [evaluate_embeddings()] has `ref_labels` without them.
#' * `circleloss_error_sample_weight`: `sample_weight` is not numeric, has a wrong length, or a
#'   weight is negative or not finite (field `position`).
#' * `circleloss_error_upstream`: the same for `upstream`, which may be negative.
#' * `circleloss_error_parameter`: `gamma` is not a finite number greater than 0, `margin` not a
#'   finite number, or `name` not a string; likewise `k`, `metric`, `same_group` and
#'   `seed` of [evaluate_embeddings()], `n`
#'   and `kind` of [hardest_pairs()], `n` of [suspect_labels()], the limits of [operating_point()]
#'   and the similarities for its `predict()`, arguments of [report_embeddings()], `columns` of
#'   [evaluate_embeddings()], `what` of `as.data.frame()`, `data` of [augment()], `type` of
#'   [plot()][plot.embedding_evaluation], arguments of [read_embeddings()], `path` of
#'   [install_cli()], and the settings of [circle_map()], [step_circle()] and [distribution()].
#' * `circleloss_error_evaluation`: the argument is not a result of [evaluate_embeddings()] (or of
#'   [compare_embeddings()], for [report_embeddings()]), or one without the pairs that
#'   [operating_point()] needs.
#' * `circleloss_error_flag`: `remove_diagonal`, `normalize`, `clustering`, `convert`, `header`,
#'   `overwrite` or `equal_error` is neither `TRUE` nor `FALSE`.
#' * `circleloss_error_reduction`: `reduction` is not one of the reductions.
#' * `circleloss_error_weights`: `weights` is neither `"differentiated"` nor `"detached"`.
#' * `circleloss_error_dtype`: `dtype`, or the value for [config_set_floatx()], is not a floating
#'   point type.
#' * `circleloss_error_threads`: a number of threads is not a positive whole number.
#' * `circleloss_error_scratch`: a number of bytes is not a number of 0 or more.
#' * `circleloss_error_columns`: new data for a [map][circle_map] lack a column or have a level that
#'   the fit did not have, or hardhat cannot make columns of the data (field `columns`).
#' * `circleloss_error_dots`: an argument that must be named has no name, `sample_weight` is given
#'   twice, or [read_embeddings()] or [evaluate_embeddings()] has no such argument.
#' * `circleloss_error_file`: a file cannot be read, holds no embeddings, or has a wrong number of
#'   labels (fields `file` and `line`).
#' * `circleloss_error_option`: an option of the command `circleloss` is wrong (field `option`).
#' * `circleloss_error_install`: [install_cli()] may not or cannot write to the folder (field
#'   `path`).
#' * `circleloss_error_compare`: `compare` of [autoplot()][autoplot.embedding_evaluation] or its
#'   list is not a named list of evaluations, or the embeddings of [compare_embeddings()] are fewer
#'   than two, lack names, or do not belong to the same rows and settings.
#' * `circleloss_error_field`: a [loss instance][circleloss_instance] has no setting of that name, a
#'   [memory][circle_memory] no field, or one was assigned to.
#' * `circleloss_error_object`: an argument is not a loss instance, or not a memory.
#' * `circleloss_error_size`: the `size` of a memory is not a positive whole number.
#' * `circleloss_error_engine`: `engine` of [as_keras_loss()] does not exist, or does not support a
#'   setting of the loss (fields `argument` and `engine`).
#' * `circleloss_error_keras`: Python has no Keras, or one that is too old (fields `version` and
#'   `needed`), or Keras rejects the loss.
#' * `circleloss_error_python`: Python cannot import the module of [import_circleloss()] or NumPy,
#'   or no Python has been set up for reticulate.
#' * `circleloss_error_overflow`: the embeddings are so large that a similarity, a loss or a
#'   gradient exceeds the range of the floating point type (fields `argument`, `row`, `dtype`).
#' * `circleloss_error_memory`: there is not enough memory.
#' * `circleloss_error_shard`: a shard of a [distribution()] failed too often, or no worker is left
#'   (fields `shard` and `attempts`).
#' * `circleloss_error_package`: a suggested package is needed and missing (field `package`).
#'
#' @section Warnings:
#' * `circleloss_warning_ignored_argument`: arguments are ignored (field `arguments`).
#' * `circleloss_warning_no_rows`: [evaluate_embeddings()] has no embeddings or no references.
#' * `circleloss_warning_no_positives`: there are no positive pairs: all labels differ.
#' * `circleloss_warning_no_negatives`: there are no negative pairs, or none for the embeddings that
#'   have a positive.
#' * `circleloss_warning_no_common_labels`: no label of the embeddings is among those of the
#'   references, in an evaluation or a loss.
#' * `circleloss_warning_equal_pairs`: all pairs have the same similarity, for example because all
#'   rows are equal or zero (field `similarity`).
#' * `circleloss_warning_operating_point`: there are too few negative pairs for the limit of
#'   [operating_point()], or no threshold that accepts anything meets it.
#' * `circleloss_warning_label_column`: a column of the embedding holds the labels (field `column`).
#' * `circleloss_warning_two_meanings`: the name given as labels is both a column and a variable,
#'   which differ; the column is used.
#' * `circleloss_warning_not_unit`: rows are not of length 1; the value is computed nevertheless
#'   (field `rows`, their number).
#' * `circleloss_warning_index`: a column looks like row numbers or ids, but is part of the
#'   embedding (field `columns`, the positions of such columns).
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

# Threads of the engine must not outlive its code. R looks for no `R_unload_circleloss` in a package
# that has turned off dynamic symbols, so this is called from here.
# nocov start
.onUnload <- function(libpath) {
  .Call(ffi_end)
  library.dynam.unload("circleloss", libpath)
}
# nocov end
