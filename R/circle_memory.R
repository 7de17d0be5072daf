# A memory of past batches, whose rows serve as references.

#' A memory of past batches
#'
#' A small batch shows each anchor few references. `circle_memory()` keeps the embeddings and labels
#' of earlier batches, so that they can be references too: the cross-batch memory of Wang et al.
#' (2020). `push()` puts a batch in.
#'
#' A memory is a value like any other: `push()` returns a new one and leaves the old one as it was.
#'
#' The newest batch comes first, its rows in the order in which they were given, then the batch
#' before it, and so on. What is beyond `size` rows at the end is dropped. So there are two ways to
#' use it:
#'
#' * The memory holds earlier batches only. No reference is an anchor, so nothing must be left out:
#'   `remove_diagonal = FALSE`.
#' * The batch was pushed first. The references then begin with the anchors themselves, and
#'   `remove_diagonal = TRUE` leaves out the pairs of an anchor with itself. The rows of
#'   `ref_gradient` that belong to the batch are part of the gradient: see the examples.
#'
#' The embeddings in a memory are those of the model as it was when they were pushed. That does as
#' long as the model changes slowly; while it still changes fast, train without the memory.
#'
#' @param size How many rows to keep at the most, a positive whole number.
#' @param memory A memory.
#' @param embeddings The embeddings of a batch, in any form that `y_pred` of [loss_circle()] may
#'   take, with as many columns as those in the memory.
#' @param labels Their labels, one for each row, in any form that `y_true` of [loss_circle()] may
#'   take. Factors become text; a memory that is given numbers and text keeps text.
#' @param x A memory.
#' @param name `"size"`, `"embeddings"` or `"labels"`.
#' @param ... Not used.
#'
#' @returns `circle_memory()`: an empty memory. `push()`: the memory with the batch in it.
#'   `memory$embeddings` is a double matrix and `memory$labels` a vector, for `ref_embeddings` and
#'   `ref_labels`; of an empty memory they are a matrix of 0 x 0, which no batch fits, and
#'   `integer()`. `memory$size` is the number of rows there is room for, `length(memory)` the
#'   number of rows there are.
#'
#' @section Errors:
#' `circleloss_error_missing_argument`, `_size`, `_object` where `memory` is none, `_embeddings`
#' (also for a number that is not finite, and for other columns than those in the memory),
#' `_labels`, `_package`, and `_field` for a name that a memory has not got. See
#' [circleloss_conditions].
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
  need_argument(size, "It is how many rows to keep at the most.", call)
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
  hint <- "A batch is put in by {.code memory <- push(memory, embeddings, labels)}."
  need_argument(memory, hint, call)
  need_argument(embeddings, hint, call)
  need_argument(labels, hint, call)
  check_memory(memory, call)
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

# Numbers stay numbers. Text on either side makes both text, as in code_both_sides(), and so does
# integer64 beside anything else.
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

check_memory <- function(memory, call) {
  if (!inherits(memory, "circle_memory")) {
    stop_circleloss(
      "object",
      c(
        "{.arg memory} must be a memory, not {describe_value(memory)}.",
        "i" = "{.fn circle_memory} makes one."
      ),
      argument = "memory",
      call = call
    )
  }
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
        "{.arg embeddings} must have as many columns as those in the memory.",
        "x" = "It has {count_of(ncol(embeddings), 'column')}, those in the memory have
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

# A misspelt field must not be NULL: as references that would be the batch itself.
memory_field <- function(x, name, call) {
  fields <- unclass(x)
  if (!is_one_of(name, names(fields))) {
    stop_field("A memory has {.code {names(fields)}} to pick from, by name.", call)
  }
  fields[[name]]
}

#' @export
`$<-.circle_memory` <- function(x, name, value) {
  stop_field(
    c(
      "The content of a memory is not assigned to.",
      "i" = "{.code memory <- push(memory, embeddings, labels)} puts a batch in."
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
    cli::cli_text("{.cls {class(x)}} of {.val {x$size}} rows at the most")
    if (length(x) == 0L) {
      cli::cli_bullets(c("*" = "empty"))
    } else {
      cli::cli_bullets(c(
        "*" = "{.field embeddings}: {format_shape(dim(x$embeddings))}",
        "*" = "{.field labels}: {count_of_classes(x$labels)}"
      ))
    }
    cli::cli_text("Put a batch in by {.code memory <- push(memory, embeddings, labels)}.")
  })
}

count_of_classes <- function(labels) {
  count <- length(unique(labels))
  paste0(format_count(count), if (count == 1) " class" else " classes")
}

#' @rdname circle_memory
#' @export
print.circle_memory <- function(x, ...) {
  cat(format(x, ...), sep = "\n")
  invisible(x)
}
