# Embeddings in files that are mapped into memory, never copied as a whole into R.

#' Open a file of embeddings
#'
#' Gives embeddings in a file to [loss_circle()], [loss_circle_gradient()], [evaluate_embeddings()]
#' and [compare_embeddings()] without reading it into R: the engine maps the file into memory and
#' takes the numbers from it. A million embeddings of 128 dimensions are 0.5 GB in float32, and 1 GB
#' as an R matrix. Results are those of a matrix of the same numbers, bit for bit.
#'
#' The file must hold numbers that the processor reads as they are:
#'
#' * `.npy` of NumPy, of any version, with a matrix of `float32`, `float64` or `float16` in the byte
#'   order of the machine, row by row (C order) or column by column (Fortran order). No Python is
#'   needed.
#' * Any other file with `dim`: `float32` numbers, row by row, without a header.
#'
#' The file must stay as it is while it is in use. If it has become shorter, was written to or is
#' gone, the next function that uses it stops with an error, also if that happens during the call.
#'
#' An object that was saved, or sent to another process, opens its file again there.
#'
#' @param file The path of the file.
#' @param dim For a file without a header, the dimensions of an embedding, or the numbers of rows
#'   and columns. `NULL`: those in the file.
#' @param x An open file of embeddings.
#' @param i,j Rows and columns, as for a matrix.
#' @param drop Whether a single row or column becomes a vector.
#' @param ... Not used.
#'
#' @returns An object of class `embeddings_file`. `dim()` is the numbers of rows and columns,
#'   `x[i, j]` and `as.matrix(x)` are numeric matrices.
#'
#' @section Errors:
#' `circleloss_error_file` if the file cannot be opened or has changed (fields `file` and `line`),
#' `circleloss_error_parameter` (`file`, `dim`); see [circleloss_conditions].
#'
#' @seealso [read_embeddings()] for files of other formats, with their labels.
#'
#' @examples
#' file <- tempfile(fileext = ".bin")
#' writeBin(as.vector(t(digits$pixels)), file, size = 4)
#'
#' x <- open_embeddings(file, dim = 64)
#' x
#' x[1:2, 20:23]
#' loss_circle(digits$digit, x, dtype = "float64")
#' @export
open_embeddings <- function(file, dim = NULL) {
  call <- environment()
  need_argument(file, "Give the path of a file of embeddings.", call)
  check_path(file, "file", call)
  check_file(file, call)
  layout <- if (is.null(dim)) npy_layout(file, call) else raw_layout(file, dim, call)
  new_embeddings_file(file, layout, call)
}

new_embeddings_file <- function(file, layout, call) {
  x <- structure(
    list(
      pointer = NULL, file = normalizePath(file), shown = shown_path(file), layout = layout,
      seen = state_of_file(file)
    ),
    class = "embeddings_file"
  )
  opened(x, call)
}

# inherits() of an S4 object needs its package, which may not be installed
is_embeddings_file <- function(x) !isS4(x) && inherits(x, "embeddings_file")

# Before every use: the same file as when it was opened, and open in this process.
opened <- function(x, call) {
  check_file_unchanged(x, call)
  if (is.null(x$pointer) || !.Call(ffi_is_file_open, x$pointer)) {
    pointer <- .Call(ffi_open_file, enc2utf8(x$file), x$layout)
    if (is.character(pointer)) {
      stop_file(x$shown, NA, paste("it cannot be opened:", pointer), NULL, call)
    }
    x$pointer <- pointer
  }
  x
}

state_of_file <- function(file) {
  known <- file.info(file, extra_cols = FALSE)
  list(size = known$size, time = as.numeric(known$mtime))
}

check_file_unchanged <- function(x, call) {
  now <- state_of_file(x$file)
  if (is.na(now$size)) {
    remedy <- "Write it again, and open it with `open_embeddings()`."
    stop_file(x$shown, NA, "it is gone", remedy, call)
  }
  if (!identical(now, x$seen)) {
    what <- if (now$size < x$seen$size) "it has become shorter" else "it has changed"
    remedy <- "Open it again with `open_embeddings()`."
    stop_file(x$shown, NA, paste(what, "since it was opened"), remedy, call)
  }
}

# After every use: what was read from a file that was cut short meanwhile is no result.
check_file_after <- function(x, call) {
  check_file_unchanged(x, call)
  if (.Call(ffi_is_file_lost, x$pointer)) {
    stop_file(
      x$shown, NA, "a part of it could not be read",
      "Check the disk, and open it again with `open_embeddings()`.", call
    )
  }
}

check_files_after <- function(batch, call) {
  for (x in batch[c("embeddings", "references")]) {
    if (is_embeddings_file(x)) {
      check_file_after(x, call)
    }
  }
}

# Use as a matrix --------------------------------------------------------------------------------

#' @rdname open_embeddings
#' @export
dim.embeddings_file <- function(x) {
  # Lists are subset by `[[` whatever methods their class has
  as.integer(c(x[["layout"]]$rows, x[["layout"]]$columns))
}

#' @rdname open_embeddings
#' @export
`[.embeddings_file` <- function(x, i, j, ..., drop = TRUE) {
  call <- environment()
  if (nargs() - (!missing(drop)) != 3L) {
    stop_circleloss(
      "parameter",
      c(
        "A file of embeddings is subset by rows and columns.",
        "i" = "Use {.code x[rows, ]} or {.code x[rows, columns]}."
      ),
      parameter = "i", call = call
    )
  }
  size <- dim(x)
  rows <- if (missing(i)) seq_len(size[[1]]) else chosen_positions(i, size[[1]], "i", call)
  columns <- if (missing(j)) seq_len(size[[2]]) else chosen_positions(j, size[[2]], "j", call)
  numbers <- numbers_of_file(x, rows, columns, call)
  if (drop) drop(numbers) else numbers
}

chosen_positions <- function(chosen, count, argument, call) {
  positions <- if (is.numeric(chosen) || is.logical(chosen)) seq_len(count)[chosen] else NA
  if (anyNA(positions)) {
    stop_circleloss(
      "parameter",
      "{.arg {argument}} must be positions from 1 to {format_count(count)}, or {.code TRUE} and
       {.code FALSE} for each.",
      parameter = argument, call = call
    )
  }
  positions
}

numbers_of_file <- function(x, rows, columns, call) {
  x <- opened(x, call)
  numbers <- .Call(ffi_numbers_of_file, x$pointer, as.double(rows), as.double(columns))
  check_file_after(x, call)
  numbers
}

#' @rdname open_embeddings
#' @export
as.matrix.embeddings_file <- function(x, ...) {
  numbers_of_file(x, seq_len(nrow(x)), seq_len(ncol(x)), environment())
}

#' @rdname open_embeddings
#' @export
format.embeddings_file <- function(x, ...) {
  layout <- x$layout
  c(
    paste0(
      "<embeddings_file> ", count_of(nrow(x), "embedding"), " of ", count_of(ncol(x), "dimension")
    ),
    paste0(
      "From: ", x$shown, " (", layout$type, ", ", if (layout$by_row) "row by row" else
        "column by column", ")"
    )
  )
}

#' @rdname open_embeddings
#' @export
print.embeddings_file <- function(x, ...) {
  cat(format(x), sep = "\n")
  invisible(x)
}

# Layout -----------------------------------------------------------------------------------------

bytes_of_type <- c(float64 = 8, float32 = 4, float16 = 2)

# Numbers without a header.
raw_layout <- function(file, dim, call) {
  whole <- is.numeric(dim) && length(dim) %in% 1:2 && all(is.finite(dim)) && all(dim >= 1) &&
    all(dim == trunc(dim)) && all(dim <= .Machine$integer.max)
  if (!whole) {
    stop_parameter(
      "dim", dim, "the dimensions of an embedding, or the numbers of rows and columns", call
    )
  }
  columns <- dim[[length(dim)]]
  numbers <- file.size(file) / bytes_of_type[["float32"]]
  rows <- if (length(dim) == 2L) dim[[1]] else numbers / columns
  if (rows * columns != numbers || rows != trunc(rows)) {
    stop_file(
      file, NA,
      paste0(
        "its size of ", format_count(file.size(file)), " bytes is not that of ",
        if (length(dim) == 2L) count_of(rows, "row") else "rows", " of ",
        count_of(columns, "float32 number")
      ),
      "Check `dim`, or save it as `.npy`.", call
    )
  }
  new_layout(0, rows, columns, "float32", TRUE, file, call)
}

new_layout <- function(offset, rows, columns, type, by_row, file, call) {
  if (rows > .Machine$integer.max || columns > .Machine$integer.max) {
    stop_file(file, NA, "it has more rows or columns than R can count", NULL, call)
  }
  list(
    offset = as.double(offset), rows = as.double(rows), columns = as.double(columns), type = type,
    by_row = by_row, stride = as.double(rows)
  )
}

# The header of .npy: magic bytes, two of a version, the length of a text, and the text, a
# dictionary of Python. See numpy.lib.format.
npy_layout <- function(file, call) {
  header <- npy_header(file, call)
  found <- parse_npy_header(header$text)
  problem <- npy_problem(found)
  if (!is.null(problem)) {
    stop_npy(file, problem, call)
  }
  type <- npy_types[[found$type]]
  size <- header$offset + prod(found$shape) * bytes_of_type[[type]]
  if (file.size(file) < size) {
    stop_npy(
      file, paste0("it is cut short: it has ", format_count(file.size(file)), " of ",
        format_count(size), " bytes"), call
    )
  }
  if (header$offset %% bytes_of_type[[type]] != 0) {
    stop_npy(file, "its numbers are not aligned", call)
  }
  new_layout(
    header$offset, found$shape[[1]], found$shape[[2]], type, !found$by_column, file, call
  )
}

npy_types <- c(f8 = "float64", f4 = "float32", f2 = "float16")

# Why the processor cannot read the array as it is, or NULL.
npy_problem <- function(found) {
  if (is.null(found)) {
    return("its header cannot be understood")
  }
  if (length(found$shape) != 2L) {
    return(paste0("its array has ", count_of(length(found$shape), "dimension"), " instead of 2"))
  }
  native <- c("=", "|", if (.Platform$endian == "little") "<" else ">")
  if (!(found$type %in% names(npy_types)) || !(found$order %in% native)) {
    paste0(
      "its numbers are of type ", found$order, found$type, ", not float32, float64 or float16 in ",
      "the byte order of this machine"
    )
  }
}

# Whether NumPy is not needed; a file that is cut short is an error of whoever opens it.
can_open_npy <- function(file) {
  header <- tryCatch(npy_header(file, NULL), circleloss_error_file = function(error) NULL)
  !is.null(header) && is.null(npy_problem(parse_npy_header(header$text)))
}

stop_npy <- function(file, problem, call) {
  stop_file(
    file, NA, problem,
    paste(
      "`numpy.save(file, x.astype(\"float32\"))` writes a matrix that can be opened;",
      "`read_embeddings()` reads other arrays."
    ),
    call
  )
}

# list(text, offset): the offset is that of the numbers.
npy_header <- function(file, call) {
  connection <- base::file(file, "rb")
  on.exit(close(connection))
  start <- readBin(connection, "raw", 8L)
  magic <- as.raw(c(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59))
  if (length(start) < 8L || !identical(start[1:6], magic)) {
    stop_file(
      file, NA, "it is no `.npy` file of NumPy",
      paste(
        "If it holds float32 numbers without a header, give their `dim`;",
        "`read_embeddings()` reads other formats."
      ),
      call
    )
  }
  wide <- as.integer(start[[7]]) >= 2L
  bytes <- as.integer(readBin(connection, "raw", if (wide) 4L else 2L))
  length <- sum(bytes * 256^(seq_along(bytes) - 1))
  # NumPy writes a few hundred bytes
  text <- if (length <= 1e6) readBin(connection, "raw", length)
  if (length(text) < length || any(text == 0L)) {
    stop_npy(file, "its header is cut short or damaged", call)
  }
  list(text = rawToChar(text), offset = 8 + length(bytes) + length)
}

# list(order, type, by_column, shape), or NULL if the text is anything else.
parse_npy_header <- function(text) {
  part <- function(pattern) {
    regmatches(text, regexec(pattern, text, perl = TRUE, useBytes = TRUE))[[1]]
  }
  type <- part("'descr'\\s*:\\s*'([<>=|]?)([A-Za-z][0-9]+)'")
  order <- part("'fortran_order'\\s*:\\s*(True|False)")
  shape <- part("'shape'\\s*:\\s*\\(([0-9,\\sL]*)\\)")
  if (length(type) == 0L || length(order) == 0L || length(shape) == 0L) {
    return(NULL)
  }
  sizes <- strsplit(gsub("[\\sL]", "", shape[[2]], perl = TRUE), ",", fixed = TRUE)[[1]]
  list(
    order = if (nzchar(type[[2]])) type[[2]] else "=", type = type[[3]],
    by_column = order[[2]] == "True", shape = as.numeric(sizes)
  )
}
