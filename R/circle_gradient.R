# The result of loss_circle_gradient(), a list, and its short printed form.

# structure() would take a tenth of the time of a small batch.
new_gradient <- function(result) {
  gradient <- result[c("value", "gradient", "ref_gradient")]
  class(gradient) <- "circle_gradient"
  gradient
}

#' @rdname loss_circle_gradient
#' @export
format.circle_gradient <- function(x, ...) {
  with_plain_numbers(c(
    "<circle_gradient>",
    paste0("value:        ", format_value(x$value)),
    paste0("gradient:     ", format_gradient(x$gradient)),
    paste0("ref_gradient: ", format_gradient(x$ref_gradient))
  ))
}

#' @rdname loss_circle_gradient
#' @export
print.circle_gradient <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

format_value <- function(value) {
  if (length(value) == 1L) {
    return(format(value, digits = 7L))
  }
  range <- if (length(value) > 0L) {
    paste(" from", format(min(value), digits = 4L), "to", format(max(value), digits = 4L))
  }
  paste0(count_of(length(value), "number"), range)
}

# Size, norm, and the row with the largest gradient.
format_gradient <- function(gradient) {
  if (is.null(gradient)) {
    return("none, the references are the batch")
  }
  lengths <- row_lengths(gradient)
  largest <- which.max(lengths)
  short <- function(x) format(x, digits = 4L)
  paste0(
    format_shape(dim(gradient)), if (is_embeddings_file(gradient)) paste(" in", gradient$shown),
    ", norm ", short(sqrt(sum(lengths^2))),
    if (length(largest) == 1L && lengths[[largest]] > 0) {
      paste0(", largest in row ", format_count(largest), " (", short(lengths[[largest]]), ")")
    }
  )
}
