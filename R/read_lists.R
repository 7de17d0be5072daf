# Embeddings in one field each: "[0.1, 0.2]", as pandas, JSON and databases write lists, or
# "[0.1 0.2]", as NumPy prints an array.

list_start <- "^ *(array[(]|tensor[(])?[[({]+ *[-+.0-9]"

is_list_field <- function(field) {
  grepl(list_start, field, useBytes = TRUE) && grepl("[])}] *$", field, useBytes = TRUE)
}

# The matrix of such fields of one column.
read_lists <- function(fields, names, column, text, line_of, call) {
  where <- describe_column(column, names)
  stop_list <- function(row, problem, remedy) {
    stop_file(text$file, line_of(row), paste(where, problem), remedy, call)
  }
  bare <- bare_lists(fields)
  check_lists(fields, bare, stop_list)
  lists <- text
  lists$delimiter <- if (any(grepl(",", bare, fixed = TRUE))) "," else " "
  lists$decimal <- "."
  lists$quoted <- FALSE
  counts <- count_fields(bare, lists)
  uneven <- which(counts != counts[[1]])
  if (length(uneven) > 0L) {
    row <- uneven[[1]]
    stop_list(row, paste0(
      "has a list of ", count_of(counts[[row]], "number"), " where ", format_count(counts[[1]]),
      if (counts[[1]] == 1L) " is" else " are", " expected"
    ), "Give all embeddings the same length.")
  }
  numbers <- numbers_of_lists(bare, counts[[1]], lists, stop_list)
  check_finite_in_file(numbers, text$file, line_of, call, function(dimension) {
    paste0("number ", dimension, " of ", where)
  })
  numbers
}

# Without brackets and the words that Python writes around them.
bare_lists <- function(fields) {
  bare <- gsub("[\r\n]+", " ", fields)
  bare <- sub("^ *(array|tensor)[(]", "", bare)
  bare <- sub("(, *[a-z_]+=[^][]*)?[)] *$", "", bare)
  trimws(gsub("^[[({ ]+|[])} ]+$", "", bare))
}

check_lists <- function(fields, bare, stop_list) {
  other <- which(is.na(fields) | bare == "")
  if (length(other) > 0L) {
    stop_list(other[[1]], "has an empty list", "Drop or correct such rows.")
  }
  short <- grep("...", bare, fixed = TRUE)
  if (length(short) > 0L) {
    stop_list(
      short[[1]], "has a list that was abbreviated with ...",
      "Save the arrays themselves, for example with `numpy.save()`."
    )
  }
}

numbers_of_lists <- function(bare, count, lists, stop_list) {
  lists$path <- tempfile()
  on.exit(unlink(lists$path))
  writeLines(bare, lists$path, useBytes = TRUE)
  numbers <- fread_columns(lists, 0L, rep("numeric", count))
  is_read <- is.data.frame(numbers) && nrow(numbers) == length(bare) &&
    all(vapply(numbers, is_plain_double, NA))
  if (!is_read) {
    numbers <- strsplit(bare, if (lists$delimiter == ",") " *, *" else " +")
    numbers <- do.call(rbind, lapply(seq_along(bare), function(row) {
      found <- text_to_numbers(numbers[[row]], ".")
      other <- which(is.na(found) & !is.nan(found))
      if (length(other) > 0L) {
        problem <- paste0("holds ", quote_text(numbers[[row]][[other[[1]]]]), ", not a number")
        stop_list(row, problem, "Correct it.")
      }
      found
    }))
  }
  matrix(unlist(numbers, use.names = FALSE), length(bare), count)
}
