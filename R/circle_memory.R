# A memory of past batches, which serve as references.

#' A memory of past batches
#'
#' A small batch gives each anchor few references. `circle_memory()` keeps the embeddings and labels
#' of earlier batches as further references: the cross-batch memory of Wang et al. (2020). `push()`
#' adds a batch.
#'
#' A memory is a value: `push()` returns a new one and leaves the old one unchanged. The newest
#' batch comes first, with its rows in their order, then the batch before it, and so on. Rows beyond
#' `size` are dropped. There are two ways to use it:
#'
#' * The memory holds earlier batches only. No reference is an anchor: use
#'   `remove_diagonal = FALSE`.
#' * The batch is pushed first. The references then begin with the anchors themselves, and
#'   `remove_diagonal = TRUE` drops the pairs of an anchor with itself. The rows of `ref_gradient`
#'   that belong to the batch are part of the gradient: see the examples.
#'
#' The embeddings in a memory come from the model at the time they were pushed. While the model
#' still changes fast, train without the memory.
#'
#' @param size The maximum number of rows, a positive whole number.
#' @param memory A memory.
#' @param embeddings The embeddings of a batch, in any form that `y_pred` of [loss_circle()] may
#'   take, with as many columns as those in the memory.
#' @param labels Their labels, one for each row, in any form that `y_true` of [loss_circle()] may
#'   take. Factors become text; a memory with both numbers and text holds text.
#' @param x A memory.
#' @param name `"size"`, `"embeddings"` or `"labels"`.
#' @param ... Not used.
#'
#' @returns `circle_memory()`: an empty memory. `push()`: the memory with the batch added.
#'   `memory$embeddings`, a double matrix, and `memory$labels`, a vector, are for `ref_embeddings`
#'   and `ref_labels`; those of an empty memory are a 0 x 0 matrix, which fits no batch, and
#'   `integer()`. `memory$size` is the maximum number of rows, `length(memory)` the current one.
#'
#' @section Errors:
#' `circleloss_error_missing_argument`, `_size`, `_object`, `_embeddings`, `_labels`, `_package` and
#' `_field`. See [circleloss_conditions].
#'
#' @source Wang, X., Zhang, H., Huang, W., Scott, M. R. (2020), "Cross-Batch Memory for Embedding
#'   Learning", arXiv 1912.06798, \doi{10.48550/arXiv.1912.06798}.
#'
#' @seealso [loss_circle_gradient()]
#'
#' @examples
#' memory <- circle_memory(size = 1000)
#' memory
#'
#' pixels <- unit_normalize(digits$pixels)
#' memory <- push(memory, pixels[1:300, ], digits$digit[1:300])
#' memory <- push(memory, pixels[301:600, ], digits$digit[301:600])
#' memory
#'
#' # A batch against earlier ones
#' batch <- 601:632
#' loss <- loss_circle_gradient(
#'   digits$digit[batch], pixels[batch, ],
#'   ref_labels = memory$labels, ref_embeddings = memory$embeddings, remove_diagonal = FALSE
#' )
#' loss$value
#'
#' # Against itself and earlier ones
#' memory <- push(memory, pixels[batch, ], digits$digit[batch])
#' loss <- loss_circle_gradient(
#'   digits$digit[batch], pixels[batch, ],
#'   ref_labels = memory$labels, ref_embeddings = memory$embeddings
#' )
#' loss$value
#' gradient <- loss$gradient + loss$ref_gradient[seq_along(batch), ]
#' @export
circle_memory <- function(size) {
  call <- environment()
  need_argument(size, "It is the maximum number of rows to keep.", call)
  new_memory(check_size(size, call), embeddings = matrix(0, 0, 0), labels = integer())
}

new_memory <- function(size, embeddings, labels) {
  structure(
    list(size = size, embeddings = embeddings, labels = labels),
    class = "circle_memory"
  )
}

#' @rdname circle_memory
#' @export
push <- function(memory, embeddings, labels) {
  call <- environment()
  hint <- "{.code memory <- push(memory, embeddings, labels)} adds a batch."
  need_argument(memory, hint, call)
  need_argument(embeddings, hint, call)
  need_argument(labels, hint, call)
  hint <- "{.fn circle_memory} makes one."
  check_object(memory, "circle_memory", "memory", "a memory", hint, call)
  embeddings <- as_embeddings(embeddings, "embeddings", call)
  check_finite(embeddings, "embeddings", call)
  labels <- as_labels(labels, "labels", call)
  check_labels_fit(labels, "labels", embeddings, "embeddings", call)
  if (is.factor(labels)) {
    labels <- as.character(labels)
  }

  kept <- unclass(memory)
  if (nrow(kept$embeddings) > 0L) {
    check_columns(embeddings, kept$embeddings, call)
    embeddings <- rbind(embeddings, kept$embeddings)
    labels <- join_labels(labels, kept$labels, call)
  }
  newest <- seq_len(min(nrow(embeddings), kept$size))
  new_memory(kept$size, unname(embeddings[newest, , drop = FALSE]), labels[newest])
}

# Numbers stay numbers. If one side is text, both become text, as in code_both_sides(); so they do
# if only one is integer64.
join_labels <- function(labels, others, call) {
  if (is_integer64(labels) && is_integer64(others)) {
    array_of_integer64(c(unclass(labels), unclass(others)), NULL)
  } else if (holds_numbers(labels) && holds_numbers(others)) {
    c(labels, others)
  } else {
    c(label_text(labels, call), label_text(others, call))
  }
}

holds_numbers <- function(labels) is_plain_number(labels) || is.logical(labels)

# Checks ---------------------------------------------------------------------------------------

check_size <- function(size, call) {
  if (!is_whole_number(size) || size < 1) {
    stop_circleloss(
      "size",
      "{.arg size} must be a positive whole number, not {describe_value(size)}.",
      argument = "size",
      call = call
    )
  }
  as.double(size)
}

check_finite <- function(embeddings, argument, call) {
  wrong <- which(!is.finite(embeddings))
  if (length(wrong) > 0L) {
    place <- arrayInd(wrong[[1]], dim(embeddings))
    stop_not_finite(embeddings[place], place[[1]], place[[2]], argument, call)
  }
}

check_columns <- function(embeddings, kept, call) {
  if (ncol(embeddings) != ncol(kept)) {
    stop_circleloss(
      "embeddings",
      c(
        "{.arg embeddings} must have as many columns as the memory.",
        "x" = "It has {count_of(ncol(embeddings), 'column')}, the memory has
               {count_of(ncol(kept), 'column')}."
      ),
      argument = "embeddings",
      call = call
    )
  }
}

# As an object ---------------------------------------------------------------------------------

#' @rdname circle_memory
#' @export
`$.circle_memory` <- function(x, name) {
  memory_field(x, name, call = environment())
}

#' @rdname circle_memory
#' @export
`[[.circle_memory` <- function(x, name) {
  memory_field(x, name, call = environment())
}

# A misspelt field must not be NULL, which as references means the batch itself.
memory_field <- function(x, name, call) {
  fields <- unclass(x)
  if (!is_one_of(name, names(fields))) {
    stop_field("The fields of a memory are {.code {names(fields)}}.", call)
  }
  fields[[name]]
}

#' @export
`$<-.circle_memory` <- function(x, name, value) {
  stop_field(
    c(
      "A memory cannot be assigned to.",
      "i" = "{.code memory <- push(memory, embeddings, labels)} adds a batch."
    ),
    call = NULL
  )
}

#' @export
`[[<-.circle_memory` <- `$<-.circle_memory`

#' @rdname circle_memory
#' @export
length.circle_memory <- function(x) nrow(x$embeddings)

#' @rdname circle_memory
#' @export
format.circle_memory <- function(x, ...) {
  cli::cli_fmt({
    cli::cli_text("{.cls {class(x)}} of at most {.val {x$size}} rows")
    if (length(x) == 0L) {
      cli::cli_bullets(c("*" = "empty"))
    } else {
      cli::cli_bullets(c(
        "*" = "{.field embeddings}: {format_shape(dim(x$embeddings))}",
        "*" = "{.field labels}: {count_text(length(unique(x$labels)), 'class')}"
      ))
    }
    cli::cli_text("Add a batch with {.code memory <- push(memory, embeddings, labels)}.")
  })
}

#' @rdname circle_memory
#' @export
print.circle_memory <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}
