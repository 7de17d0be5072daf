# The number of threads of the engine.

# `requested` is the last argument of circleloss_threads(), NULL until then.
thread_state <- new.env(parent = emptyenv())
thread_state$requested <- NULL

#' The number of threads
#'
#' Without an argument `circleloss_threads()` returns the number of threads that a call of
#' [loss_circle()] or [loss_circle_gradient()] would use now. With one it sets their maximum.
#' Results are bit-identical for any number of threads.
#'
#' The number set here comes first, then the option `circleloss.threads`, then the environment
#' variable `OMP_NUM_THREADS`, then the default: all processors available to the process, or as many
#' as a container's quota allows. By default a forked process (for example of
#' `parallel::mclapply()`) uses one thread, since it shares the processors with others, and
#' `R CMD check --as-cran` at most two. The number is never above `OMP_THREAD_LIMIT`.
#'
#' Threads sleep between calls. Small inputs use fewer threads, and so do calls for which a second
#' thread did not pay recently because other processes need the processors.
#'
#' @section Instruction sets:
#' The engine uses the widest registers of the processor: NEON on arm64, AVX-512 or AVX2 on x86-64,
#' for `"bfloat16"` products of pairs (`avx512bf16`), and on Linux Intel's matrix unit (`amx`), also
#' for `"float32"`, if there are enough pairs: in a batch from 384 rows on. The environment variable
#' `CIRCLELOSS_INSTRUCTION_SET`, set before the first call, is the highest to use, for any number of
#' pairs: `"portable"`, `"neon"`, `"avx2"`, `"avx512"`, `"avx512bf16"` or `"amx"`. Results of
#' different instruction sets agree to rounding.
#'
#' @param n A positive whole number, or `NULL` to return to the option or the default.
#'
#' @returns Without `n` the number of threads, an integer. With `n` the previous number, invisibly.
#'
#' @section Errors:
#' `circleloss_error_threads` if `n`, or the option when it is read, is not a positive whole
#' number; see [circleloss_conditions].
#'
#' @examples
#' circleloss_threads()
#'
#' previous <- circleloss_threads(1)
#' circleloss_threads()
#'
#' # Back to the default
#' circleloss_threads(NULL)
#' @export
circleloss_threads <- function(n) {
  call <- environment()
  if (missing(n)) {
    return(.Call(ffi_threads, requested_threads(call)))
  }
  wanted <- if (!is.null(n)) check_threads(n, "{.arg n}", call)
  previous <- .Call(ffi_threads, requested_threads(call))
  thread_state$requested <- wanted
  invisible(previous)
}

# 0L leaves the number to the engine. CRAN limits checks to two, indicated only by this variable.
default_threads <- function() {
  limit <- Sys.getenv("_R_CHECK_LIMIT_CORES_")
  if (!nzchar(limit) || tolower(limit) %in% c("false", "no", "0")) 0L else 2L
}

requested_threads <- function(call) {
  if (!is.null(thread_state$requested)) {
    return(thread_state$requested)
  }
  option <- getOption("circleloss.threads")
  if (is.null(option)) {
    default_threads()
  } else {
    check_threads(option, "The option {.code circleloss.threads}", call)
  }
}

check_threads <- function(n, what, call) {
  if (!is_whole_number(n) || n < 1) {
    stop_circleloss(
      "threads",
      paste(what, "must be a positive whole number or {.code NULL}, not {describe_value(n)}."),
      call = call
    )
  }
  as.integer(min(n, .Machine$integer.max))
}

thread_report <- function() .Call(ffi_thread_report)
