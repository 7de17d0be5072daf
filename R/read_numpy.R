# NumPy files: matrices of floating point numbers as they are, all others by NumPy itself.

read_npy <- function(file, form, call) {
  if (compression_of(file) != "none" || !can_open_npy(file)) {
    return(read_npy_by_numpy(file, form, call))
  }
  x <- open_npy(file, call)
  chosen <- choose_columns(form, NULL, ncol(x), file, NA, call)
  if (form$mapped && length(chosen$embedding) == ncol(x)) {
    return(list(embeddings = x, label_file = chosen$label_file))
  }
  split_table(as.matrix(x), file, form, call)
}

read_npy_by_numpy <- function(file, form, call) {
  array <- load_numpy(file, call)
  check_two_dimensions(array, file, call)
  split_table(numbers_of_array(array, file, call), file, form, call)
}

read_npz <- function(file, form, call) {
  archive <- load_numpy(file, call)
  on.exit(archive$close())
  names <- unlist(from_python(archive$files))
  name <- embeddings_array(archive, names, file, call)
  others <- setdiff(names, name)
  chosen <- choose_columns(form[c("labels", "names")], others, length(others), file, NA, call)
  label <- if (!is.na(chosen$labels)) others[[chosen$labels]]
  member <- function(name) read_member(archive, name, file, call)
  array <- member(name)
  check_two_dimensions(array, file, call)
  if ("mask" %in% others) {
    refuse_mask(array, member("mask"), file, call)
  }
  embeddings <- embeddings_of_object(numbers_of_array(array, file, call), file, call)
  if (!is.na(chosen$names)) {
    own <- array_text(member(others[[chosen$names]]))
    embeddings <- name_rows(embeddings, own, file, call)
  }
  list(
    embeddings = select_dimensions(embeddings, form, file, call),
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
  need_package("reticulate", "to read NumPy files", call)
  need_python("to read NumPy files", "numpy", call)
  numpy <- tryCatch(
    reticulate::import("numpy", convert = FALSE),
    error = function(error) stop_no_numpy(error, call)
  )
  plain <- uncompressed(file)
  on.exit(if (plain != file) unlink(plain))
  path <- normalizePath(plain)
  # Loading an array of objects would run code from the file
  refused_by_numpy(numpy$load(path, allow_pickle = FALSE), file, call)
}

# NumPy cannot read compressed files.
uncompressed <- function(file) {
  if (compression_of(file) == "none") {
    return(file)
  }
  copy <- tempfile()
  writeBin(read_all_bytes(file), copy)
  copy
}

stop_no_numpy <- function(error, call) {
  stop_circleloss(
    "package",
    c(
      "NumPy is needed to read its files, and the Python that reticulate uses does not have it.",
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
      "Save it again with `numpy.save()` or `numpy.savez()`, without objects.", call, parent = error
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
      "Save them with `numpy.savez(file, embeddings=..., labels=...)`.", call
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
      "Save one embedding per row.", call
    )
  }
}

array_shape <- function(array) as.integer(unlist(from_python(array$shape)))

# Only numbers are embeddings, and only real ones.
numbers_of_array <- function(array, file, call) {
  kind <- from_python(array$dtype$kind)
  if (!(kind %in% c("f", "i", "u"))) {
    named <- c(
      b = "logical values", c = "complex numbers", U = "text", S = "text", M = "dates",
      m = "durations", V = "records", O = "objects"
    )
    held <- if (kind %in% names(named)) named[[kind]] else paste("type", kind)
    stop_file(
      file, NA, paste0("its array should hold real numbers, not ", held),
      "Save an array of floats, for example with `numpy.save(file, x.astype(\"float32\"))`.", call
    )
  }
  array_to_r(array)
}

# The mask of a masked array is saved as another array, if at all.
refuse_mask <- function(array, mask, file, call) {
  if (identical(array_shape(mask), array_shape(array)) && python_flag(mask$any()$item())) {
    stop_file(
      file, NA, "its mask hides some of the numbers",
      "Save the rows without them, or an array that is `filled()`.", call
    )
  }
}

# Through a file, since some versions of reticulate crash on arrays of NumPy 2.
array_to_r <- function(array) {
  file <- tempfile()
  on.exit(unlink(file))
  shape <- array_shape(array)
  array$transpose()$astype("<f8")$tofile(file)
  array(readBin(file, "double", prod(shape), endian = "little"), shape)
}

# Exactly: whole numbers beyond R's integers become text.
array_labels <- function(array, file, call) {
  kind <- from_python(array$dtype$kind)
  if (!(kind %in% c("f", "i", "u", "b", "U", "S"))) {
    stop_file(
      file, NA, "its labels are neither numbers nor text",
      "Save them again, for example with `numpy.save(file, labels.astype(str))`.", call
    )
  }
  if (kind == "f") {
    labels_of_object(array_to_r(array), file, call)
  } else {
    labels_of_text(array_text(array), file, NULL, call)
  }
}

array_text <- function(array) unlist(from_python(array$astype("U")$tolist()))
