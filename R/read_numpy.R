# Files of NumPy, read by NumPy itself.

read_npy <- function(file, form, call) {
  array <- load_numpy(file, call)
  check_two_dimensions(array, file, call)
  split_table(array_to_r(array, call), file, form, call)
}

read_npz <- function(file, form, call) {
  archive <- load_numpy(file, call)
  on.exit(archive$close())
  names <- unlist(from_python(archive$files))
  name <- embeddings_array(archive, names, file, call)
  others <- setdiff(names, name)
  chosen <- choose_columns(form["labels"], others, length(others), file, NA, call)
  label <- if (!is.na(chosen$labels)) others[[chosen$labels]]
  member <- function(name) read_member(archive, name, file, call)
  list(
    embeddings = embeddings_of_object(array_to_r(member(name), call), file, call),
    labels = if (!is.null(label)) array_labels(member(label), file, call),
    labels_from = if (!is.null(label)) paste0("array \"", label, "\""),
    label_file = chosen$label_file
  )
}

# The labels of a file of labels.
read_numpy_labels <- function(file, column, call) {
  content <- load_numpy(file, call)
  if (extension(file) != "npz") {
    return(array_labels(array_column(content, column, file, call), file, call))
  }
  on.exit(content$close())
  names <- unlist(from_python(content$files))
  position <- label_position(column, names, length(names), file, NA, call)
  array_labels(read_member(content, names[[position]], file, call), file, call)
}

array_column <- function(array, column, file, call) {
  shape <- array_shape(array)
  count <- if (length(shape) == 2L) shape[[2]] else 1L
  position <- label_position(column, NULL, count, file, NA, call)
  if (length(shape) == 2L) array$take(position - 1L, axis = 1L) else array
}

load_numpy <- function(file, call) {
  need_package("reticulate", "to read files of NumPy", call)
  need_python("to read files of NumPy", "numpy", call)
  numpy <- import_numpy(call)
  path <- normalizePath(file)
  # An array of objects would run code that the file contains, so it is not loaded
  refused_by_numpy(numpy$load(path, allow_pickle = FALSE), file, call)
}

import_numpy <- function(call) {
  tryCatch(
    reticulate::import("numpy", convert = FALSE),
    error = function(error) stop_no_numpy(error, call)
  )
}

stop_no_numpy <- function(error, call) {
  stop_circleloss(
    "package",
    c(
      "NumPy is needed to read its files, and the Python that reticulate uses has none.",
      "i" = "{.code {python_advice(\"numpy\")}} installs it."
    ),
    package = "numpy",
    parent = error,
    call = call
  )
}

read_member <- function(archive, name, file, call) {
  refused_by_numpy(archive$get(name), file, call)
}

refused_by_numpy <- function(code, file, call) {
  tryCatch(code, error = function(error) {
    stop_file(
      file, NA, "NumPy cannot read it: it is damaged, or holds objects instead of numbers",
      "Save it again by `numpy.save()` or `numpy.savez()`, without objects.", call, parent = error
    )
  })
}

# The array of embeddings in an archive.
embeddings_array <- function(archive, names, file, call) {
  if ("embeddings" %in% names) {
    return("embeddings")
  }
  flat <- vapply(names, function(name) {
    length(array_shape(read_member(archive, name, file, call))) == 2L
  }, NA)
  if (sum(flat) != 1L) {
    stop_file(
      file, NA,
      paste0(
        "it has ", if (any(flat)) "several arrays" else "no array",
        " of two dimensions, none called embeddings"
      ),
      "Save them by `numpy.savez(file, embeddings=..., labels=...)`.", call
    )
  }
  names[flat]
}

check_two_dimensions <- function(array, file, call) {
  shape <- array_shape(array)
  if (length(shape) != 2L) {
    stop_file(
      file, NA,
      paste0("its array has ", count_of(length(shape), "dimension"), " instead of 2"),
      "Save one embedding a row.", call
    )
  }
}

array_shape <- function(array) as.integer(unlist(from_python(array$shape)))

# Numbers pass through a file: some versions of reticulate crash on arrays of NumPy 2.
array_to_r <- function(array, call) {
  if (!(from_python(array$dtype$kind) %in% c("f", "i", "u"))) {
    return(from_python(array$tolist()))
  }
  file <- tempfile()
  on.exit(unlink(file))
  shape <- array_shape(array)
  array$transpose()$astype("<f8")$tofile(file)
  array(readBin(file, "double", prod(shape), endian = "little"), shape)
}

# Exact: whole numbers beyond those of R become text.
array_labels <- function(array, file, call) {
  if (from_python(array$dtype$kind) == "f") {
    return(labels_of_object(array_to_r(array, call), file, call))
  }
  labels <- unlist(from_python(array$astype("U")$tolist()))
  labels_of_text(labels, file, NULL, call)
}
