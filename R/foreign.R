# Converts objects that base R cannot read as numbers into base vectors, matrices or data frames:
# objects of Python and of R's torch, S4 matrices, sparse matrices of package slam, and results of
# read_embeddings(). Whether they are valid as embeddings, labels or weights is checked elsewhere.

# `leaf` is the class of the error if that fails. Labels are converted exactly: integers beyond
# 2^53 become strings or integer64, never the nearest double.
as_base_object <- function(x, argument, leaf, call) {
  convert <- converter_for(x)
  if (is.null(convert)) {
    return(x)
  }
  tryCatch(
    convert(x, exact = leaf == "labels", call = call),
    error = function(error) {
      if (inherits(error, "circleloss_error")) {
        rlang::cnd_signal(error)
      }
      stop_conversion(argument, class(x), leaf, parent = error, call = call)
    }
  )
}

stop_conversion <- function(argument, class, leaf, parent, call) {
  stop_circleloss(
    leaf,
    c(
      "{.arg {argument}}, an object of class {.cls {class}}, cannot be converted.",
      "i" = "Convert it to a base R matrix or vector first."
    ),
    argument = argument,
    parent = parent,
    call = call
  )
}

converter_for <- function(x) {
  # S4 first: inherits() of such an object needs the package that defines it
  if (isS4(x)) {
    s4_to_matrix
  } else if (is_python(x)) {
    python_to_r
  } else if (inherits(x, "torch_tensor")) {
    torch_to_r
  } else if (inherits(x, "simple_triplet_matrix")) {
    slam_to_matrix
  } else if (inherits(x, "labelled_embeddings")) {
    function(x, exact, call) as.matrix(x)
  } else {
    NULL
  }
}

# R's torch. Doubles represent all its types except long integers beyond 2^53.
torch_to_r <- function(x, exact, call) {
  x <- x$detach()$cpu()
  if (x$is_sparse()) {
    x <- x$to_dense()
  }
  values <- as.array(x$double())
  beyond <- exact && !x$is_floating_point() && any(abs(values) >= 2^53)
  if (!beyond) {
    return(values)
  }
  need_package("bit64", "to read long integer tensors exactly", call)
  array_of_integer64(bit64::as.integer64(x), dim(values))
}

torch_type <- function(x) {
  type <- tryCatch(tolower(x$dtype$.type()), error = function(error) "")
  if (identical(type, "half")) "float16" else type
}

# Sparse matrices and similar. The method may be visible only to the package of the class, so
# as.matrix() is looked up from there.
s4_to_matrix <- function(x, exact, call) {
  package <- attr(class(x), "package")
  home <- globalenv()
  if (!is.null(package) && package != ".GlobalEnv") {
    need_package(package, paste0("to read a matrix of class ", class(x)[[1]]), call)
    home <- asNamespace(package)
  }
  get("as.matrix", envir = home, mode = "function")(x)
}

# Package slam, for example document-term matrices of tm.
slam_to_matrix <- function(x, exact, call) {
  need_package("slam", "to read a sparse matrix of its class", call)
  as.matrix(x)
}

# Unit roundoff of the types whose rounding shows in the length of a row.
sixteen_bit_roundoff <- c(float16 = 2^-11, bfloat16 = 2^-8)

# Embeddings, with the type of the tensor x as an attribute if it is one of these. A file stays one.
as_embeddings_of_type <- function(x, argument, call) {
  if (is_embeddings_file(x)) {
    x <- opened(x, call)
    attr(x, "source_type") <- if (x$layout$type == "float16") "float16"
    return(x)
  }
  values <- as_embeddings(x, argument, call)
  if (!is.object(x)) {
    return(values)
  }
  type <- if (is_python(x)) python_type(x) else if (inherits(x, "torch_tensor")) torch_type(x)
  if (!is.null(type) && type %in% names(sixteen_bit_roundoff)) {
    attr(values, "source_type") <- type
  }
  values
}

# integer64 of package bit64: 64-bit integers in the bits of doubles ----------------------------

is_integer64 <- function(x) inherits(x, "integer64")

array_of_integer64 <- function(x, dims) {
  x <- as.vector(unclass(x))
  structure(x, dim = dims, class = "integer64")
}

integer64_to_double <- function(x, call) {
  need_package("bit64", "to read integer64 numbers", call)
  # Beyond 2^53 the nearest double, without bit64's warning
  values <- suppressWarnings(as.double(as.double(x)))
  if (!is.null(dim(x))) {
    values <- array(values, dim(x), dimnames(x))
  }
  values
}

# Exact, and NA where it is missing.
integer64_to_text <- function(x, call) {
  need_package("bit64", "to read integer64 numbers", call)
  text <- as.vector(as.character(x))
  text[as.vector(is.na(x))] <- NA
  text
}
