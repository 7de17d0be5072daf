# JSON: one object per line, an array of objects, or one object whose elements are columns.

read_json <- function(file, form, call) {
  need_package("jsonlite", "to read JSON", call)
  text <- new_text(file, form, call, delimiter = "\t", quotes = FALSE)
  lines <- read_lines(text)
  check_encoding(lines, text, identity, call)
  Encoding(lines) <- "UTF-8"
  filled <- which(!is_blank(lines))
  if (length(filled) == 0L) {
    check_not_blank(text, list(last = integer()), call)
  }
  content <- if (length(filled) > 1L && all(startsWith(trimws(lines[filled]), "{"))) {
    parse_json_lines(lines[filled], filled, file, call)
  } else {
    parse_json(paste(lines, collapse = "\n"), file, NA, call)
  }
  split_json(content, file, form, call)
}

parse_json_lines <- function(lines, numbers, file, call) {
  tryCatch(
    from_json(paste0("[", paste(lines, collapse = ","), "]")),
    error = function(error) {
      for (i in seq_along(lines)) {
        parse_json(lines[[i]], file, numbers[[i]], call)
      }
    }
  )
}

parse_json <- function(text, file, line, call) {
  tryCatch(from_json(text), error = function(error) {
    stop_file(file, line, "it is not JSON, or truncated", json_remedy, call, parent = error)
  })
}

json_remedy <- "Write one object per line, such as {\"embedding\": [0.1, 0.2], \"label\": \"a\"}."

# Whole numbers too large for R become text.
from_json <- function(text) jsonlite::fromJSON(text, bigint_as_char = TRUE)

# A data frame, a matrix, or a list whose elements are columns.
split_json <- function(content, file, form, call) {
  if (is.list(content) && !is.data.frame(content)) {
    content <- columns_of_json(content, file, call)
  }
  if (!is.data.frame(content) && !is.matrix(content)) {
    stop_file(file, NA, "it holds no table of embeddings", json_remedy, call)
  }
  split_table(content, file, form, call)
}

columns_of_json <- function(content, file, call) {
  # The response of a service contains the table
  tables <- Filter(is.data.frame, content)
  if (length(tables) == 1L) {
    return(tables[[1]])
  }
  content <- lapply(content, plain_json_column)
  sizes <- vapply(content, NROW, 0L)
  if (is.null(names(content)) || any(sizes != sizes[[1]])) {
    stop_file(file, NA, "its elements are not columns of equal length", json_remedy, call)
  }
  structure(content, class = "data.frame", row.names = .set_row_names(sizes[[1]]))
}

# pandas writes a column as an object of row numbers.
plain_json_column <- function(column) {
  is_object <- is.list(column) && !is.data.frame(column) && !is.null(names(column))
  if (!is_object) {
    return(column)
  }
  column[vapply(column, is.null, NA)] <- NA
  if (all(lengths(column) == 1L)) unlist(column, use.names = FALSE) else unname(column)
}
