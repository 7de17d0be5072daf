# How work is cut into shards that several processes compute: the exported settings.

#' Distribute work over processes and machines
#'
#' Cuts a computation into shards, blocks of anchors against blocks of references, which the
#' processes or machines of a [future::plan()] compute. `distribution()` makes the settings for the
#' argument `distribute` of [loss_circle()], [loss_circle_gradient()] and [evaluate_embeddings()];
#' `distribute = TRUE` takes the defaults.
#'
#' ```
#' future::plan(future::multisession, workers = 4)
#' loss_circle(y_true, y_pred, distribute = TRUE)
#' ```
#'
#' Any plan will do: processes of this machine (`multisession`), of others (`cluster`), or jobs of a
#' batch system (package future.batchtools). With `options(circleloss.distribute = TRUE)`, or a
#' result of `distribution()` as the option, all calls are distributed, those of loss instances and
#' of [compare_embeddings()] too. In a worker nothing is distributed again.
#'
#' @section Results:
#' Partial results are combined in a fixed order. They depend on `rows` alone: not on the number of
#' workers, on which of them computed what, or on whether one died.
#'
#' * Where all rows fit into one shard, results are those of a call without `distribute`, bit for
#'   bit.
#' * The metrics of [evaluate_embeddings()] but for its losses always are.
#' * Otherwise sums over the pairs of an anchor are rounded once more per block of references, in
#'   double, and gradients once more per block in the type of the computation: losses in `"float64"`
#'   agree to about 1e-14, gradients to 1e-12 of their largest number; in `"float32"` to 1e-6 and
#'   1e-5.
#'
#' Workers whose processors have other instruction sets agree to rounding as well.
#'
#' @section Rows on the workers:
#' A worker opens the file of [open_embeddings()] by its path, if it sees the same file there.
#' A matrix is written to a temporary file first, in `"float32"` with half its size, which workers
#' of the same machine open. A worker that sees no such file asks for the rows of its shard, and
#' keeps them as long as it lives, so that each block is sent to it once. Labels are sent with each
#' shard, as 4 bytes a row. An evaluation needs all rows on each worker.
#'
#' A worker uses as many threads as `parallelly::availableCores()` says there, often 1.
#'
#' @section Failures:
#' If a worker dies or is killed, its shard is given to another one, `attempts` times at the most,
#' with a message. So it is if a shard takes longer than `time_limit`; the worker is then ended,
#' where that is possible. Workers of `multisession` are started again, those of a cluster that can
#' be cloned too.
#'
#' With a `checkpoint` finished shards are kept in that folder. The same call goes on from there
#' after a crash or an interrupt. A shard counts only for the same data, settings and version of the
#' package; a file that is torn or damaged is computed again. Nobody deletes them: remove the folder
#' when you have the result. The shards of a gradient take the size of the gradient in single
#' precision for each block of rows.
#'
#' @section Progress:
#' Progress is reported by package progressr, if it is installed: one step for each shard, two with
#' a gradient. `progressr::with_progress(loss_circle(y_true, y_pred, distribute = TRUE))` shows it.
#'
#' @section Memory:
#' The process that distributes needs 32 bytes for each anchor, and for a gradient its size in
#' doubles. A worker needs the rows of a shard, in an evaluation all rows.
#'
#' @param rows The rows of a block, a whole number. `NULL`: about an eighth of them, but not
#'   many fewer than 12,288, nor many more than 65,536; so up to some 18,000 rows are a single
#'   shard, which is not worth sharing. In an evaluation, the anchors that a worker compares with
#'   all references at once.
#' @param checkpoint A folder for finished shards, which is made if it does not exist. `NULL`: they
#'   are not kept.
#' @param time_limit The seconds after which a shard is given to another worker.
#' @param attempts How often a shard is tried.
#' @param x Settings of a distribution.
#' @param ... Not used.
#'
#' @returns An object of class `circleloss_distribution`, a list of the settings.
#'
#' @section Errors:
#' `circleloss_error_parameter` (`rows`, `checkpoint`, `time_limit`, `attempts`),
#' `circleloss_error_package` if package future is missing, and `circleloss_error_shard` if a shard
#' failed too often (fields `shard` and `attempts`). See [circleloss_conditions].
#'
#' @seealso [open_embeddings()]; the vignette "Large data".
#'
#' @examples
#' distribution(rows = 20000, checkpoint = file.path(tempdir(), "shards"))
#'
#' # In this process, since the plan is sequential
#' x <- unit_normalize(digits$pixels)
#' if (requireNamespace("future", quietly = TRUE)) {
#'   loss_circle(digits$digit, x, distribute = distribution(rows = 1000))
#' }
#' @export
distribution <- function(rows = NULL, checkpoint = NULL, time_limit = Inf, attempts = 3) {
  call <- environment()
  if (!is.null(rows) && (!is_whole_number(rows) || rows < 1)) {
    stop_parameter("rows", rows, "a positive whole number of rows, or NULL", call)
  }
  if (!is.null(checkpoint) && (!is_string(checkpoint) || !nzchar(checkpoint))) {
    stop_parameter("checkpoint", checkpoint, "the path of a folder, or NULL", call)
  }
  good <- is.numeric(time_limit) && length(time_limit) == 1L && !is.na(time_limit) && time_limit > 0
  if (!good) {
    stop_parameter("time_limit", time_limit, "a positive number of seconds", call)
  }
  if (!is_whole_number(attempts) || attempts < 1) {
    stop_parameter("attempts", attempts, "a positive whole number", call)
  }
  structure(
    list(
      rows = rows, checkpoint = checkpoint, time_limit = time_limit,
      attempts = as.integer(attempts)
    ),
    class = "circleloss_distribution"
  )
}

#' @rdname distribution
#' @export
format.circleloss_distribution <- function(x, ...) {
  limit <- if (is.finite(x$time_limit)) paste(format_count(x$time_limit), "s a shard") else "none"
  c(
    "<circleloss_distribution>",
    paste0("rows: ", if (is.null(x$rows)) "by their number" else format_count(x$rows)),
    paste0("checkpoint: ", if (is.null(x$checkpoint)) "none" else x$checkpoint),
    paste0("time limit: ", limit, ", attempts: ", x$attempts)
  )
}

#' @rdname distribution
#' @export
print.circleloss_distribution <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

# The settings that the argument `distribute`, or else the option, asks for; NULL for none.
resolve_distribution <- function(distribute, call) {
  what <- "distribute"
  if (is.null(distribute)) {
    distribute <- getOption("circleloss.distribute")
    what <- "circleloss.distribute"
  }
  if (is.null(distribute) || identical(distribute, FALSE)) {
    return(NULL)
  }
  if (identical(distribute, TRUE)) {
    distribute <- distribution()
  }
  if (!inherits(distribute, "circleloss_distribution")) {
    stop_parameter(what, distribute, "TRUE, FALSE, or a result of `distribution()`", call)
  }
  need_package("future", "to distribute work", call)
  need_package("parallelly", "to distribute work", call)
  distribute
}
