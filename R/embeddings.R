# Embeddings: anything that holds N rows of D numbers becomes a double matrix.
#
# The engine checks the numbers themselves while it packs them, which saves a pass over them in R.

as_embeddings <- function(x, argument, call) {
  if (is.double(x) && !is.object(x) && is.matrix(x)) {
    return(x)
  }
  if (is_embeddings_file(x)) {
    return(as.matrix(opened(x, call)))
  }
  x <- as_base_object(x, argument, "embeddings", call)
  if (is.data.frame(x)) {
    x <- data_frame_to_matrix(x, argument, call)
  }
  if (is_integer64(x)) {
    x <- integer64_to_double(x, call)
  }
  check_rank(x, argument, call)
  check_numeric(x, argument, call)
  matrix(as.double(x), nrow(x), ncol(x), dimnames = dimnames(x))
}

data_frame_to_matrix <- function(x, argument, call) {
  columns <- as.list(x)
  foreign <- which(!vapply(columns, is.numeric, NA))
  if (length(foreign) > 0L) {
    stop_column(columns, foreign[[1]], argument, call)
  }
  columns <- lapply(columns, column_of_doubles, call = call)
  # A new data frame, since a subclass may have other methods
  plain <- structure(columns, class = "data.frame", row.names = attr(x, "row.names"))
  has_row_names <- .row_names_info(x) > 0L
  as.matrix(plain, rownames.force = has_row_names)
}

column_of_doubles <- function(column, call) {
  if (is_integer64(column)) {
    integer64_to_double(column, call)
  } else if (is.null(dim(column))) {
    as.double(column)
  } else {
    array(as.double(column), dim(column), dimnames(column))
  }
}

stop_column <- function(columns, position, argument, call) {
  column <- columns[[position]]
  name <- names(columns)[[position]]
  stop_circleloss(
    "embeddings",
    c(
      "Column {.field {name}} of {.arg {argument}} must be numeric, not
       {.obj_type_friendly {column}}.",
      "i" = if (is.list(column)) {
        "If each of its elements is an embedding, {.code do.call(rbind, {argument}${name})} is the
         matrix of them."
      } else {
        "To keep the numeric columns only, use
         {.code Filter(is.numeric, as.data.frame({argument}))}."
      }
    ),
    argument = argument,
    column = position,
    call = call
  )
}

check_rank <- function(x, argument, call) {
  rank <- length(dim(x))
  if (rank == 2L) {
    return()
  }
  is_vector <- is.atomic(x) && !is.null(x) && rank < 2L
  advice <- advice_for(x, argument)
  stop_circleloss(
    "embeddings",
    c(
      "{.arg {argument}} must be a numeric matrix with one embedding per row, not
       {.obj_type_friendly {x}}.",
      "i" = if (!is.null(advice)) {
        advice
      } else if (is.object(x)) {
        "If it represents a matrix, use {.code as.matrix({argument})}."
      } else if (is_vector) {
        "If it is one embedding, use {.code matrix({argument}, nrow = 1)}; if it holds embeddings of
         one number each, {.code matrix({argument}, ncol = 1)}."
      },
      "i" = if (rank > 2L) {
        "Its shape is {format_shape(dim(x))}. If the first dimension counts the embeddings, use
         {.code matrix({argument}, nrow = {format_count(dim(x)[[1]])})}."
      }
    ),
    argument = argument,
    call = call
  )
}

# How to get the matrix out of objects often given in its place, as cli markup; or NULL.
advice_for <- function(x, argument) {
  if (inherits(x, "dist")) {
    return(
      "A {.cls dist} object holds distances: give the matrix from which they were computed, or
       coordinates, {.code cmdscale({argument}, k = 2)}."
    )
  }
  if (!is.list(x) || is.data.frame(x)) {
    return()
  }
  vectors <- length(x) > 0L && all(vapply(x, is.numeric, NA)) && all(lengths(x) == length(x[[1]]))
  if (vectors && length(dim(x[[1]])) < 2L) {
    return("If each element is an embedding, {.code do.call(rbind, {argument})} is the matrix.")
  }
  element <- element_with_embeddings(x)
  if (!is.null(element)) {
    paste0("The matrix in it is {.code {argument}$", element, "}.")
  }
}

# The element that holds the embedding in results of well-known functions, by class.
elements_with_embeddings <- c(
  prcomp = "x", summary.prcomp = "x", princomp = "scores", umap = "layout", Rtsne = "Y"
)

# In a plain list it is the only matrix.
element_with_embeddings <- function(x) {
  known <- intersect(class(x), names(elements_with_embeddings))
  if (length(known) > 0L) {
    return(elements_with_embeddings[[known[[1]]]])
  }
  is_matrix <- vapply(x, function(element) is.numeric(element) && is.matrix(element), NA)
  if (!is.object(x) && sum(is_matrix) == 1L) names(x)[is_matrix]
}

# A matrix without entries may be of any type: matrix(nrow = 0, ncol = 3) is a logical one.
check_numeric <- function(x, argument, call) {
  if (is.numeric(x) || (is.logical(x) && length(x) == 0L)) {
    return()
  }
  stop_circleloss(
    "embeddings",
    c(
      "{.arg {argument}} must be numeric, not {.obj_type_friendly {x}}.",
      "i" = if (is.logical(x)) {
        "If {.code TRUE} and {.code FALSE} mean 1 and 0, use {.code {argument} + 0}."
      }
    ),
    argument = argument,
    call = call
  )
}

stop_not_finite <- function(value, row, column, argument, call) {
  stop_circleloss(
    "embeddings",
    c(
      "{.arg {argument}} must hold only finite numbers.",
      "x" = "Row {format_count(row)}, column {format_count(column)} is {.val {value}}.",
      "i" = "Remove or repair such rows first:
             {.code rowSums(!is.finite({argument})) > 0} finds them."
    ),
    argument = argument,
    row = row,
    column = column,
    call = call
  )
}
