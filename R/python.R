# Arrays and tensors of Python, through reticulate: NumPy, TensorFlow, PyTorch, JAX, and whatever
# else NumPy can read.

is_python <- function(x) {
  inherits(x, "python.builtin.object") && (is.environment(x) || is.function(x))
}

python_to_r <- function(x, exact, call) {
  need_package("reticulate", "to read objects of Python", call)
  if (reticulate::py_is_null_xptr(x)) {
    stop("it belongs to a session of Python that has ended", call. = FALSE)
  }
  if (reticulate::py_has_attr(x, "detach")) {
    x <- dense_tensor_on_cpu(x)
  }
  numpy <- reticulate::import("numpy", convert = FALSE)
  if (python_flag(numpy$ma$is_masked(x))) {
    # asarray() would show what the mask hides
    stop("its mask hides some of the values: give those that are left, or `filled()` ones",
      call. = FALSE
    )
  }
  numpy_to_r(numpy$asarray(x), numpy, exact)
}

# PyTorch. NumPy reads neither tensors that record gradients, nor those of a graphics card, nor
# sparse ones, nor bfloat16; double holds every floating point type.
dense_tensor_on_cpu <- function(x) {
  x <- x$detach()$cpu()
  if (python_flag(x$is_sparse)) {
    x <- x$to_dense()
  }
  if (python_flag(x$is_floating_point())) x$double() else x
}

numpy_to_r <- function(array, numpy, exact) {
  kind <- from_python(array$dtype$kind)
  if (kind == "O") {
    # Any Python objects: strings, as a rule
    return(from_python(array$tolist()))
  }
  if (kind %in% c("f", "V")) {
    # "V" are the types that NumPy itself has not got, such as bfloat16
    array <- array$astype("float64")
  } else if (kind %in% c("i", "u") && exact && reaches_beyond_doubles(array, numpy)) {
    array <- array$astype("U")
  }
  from_python(array)
}

# Whether an integer array holds a number that a double may not hold. Asked as a double, since
# reticulate makes 32-bit integers of Python's.
reaches_beyond_doubles <- function(array, numpy) {
  largest <- numpy$absolute(array$astype("float64"))$max(initial = 0)
  from_python(largest$item()) >= 2^53
}

python_attribute <- function(x, name, call) {
  need_package("reticulate", "to read objects of Python", call)
  if (reticulate::py_has_attr(x, name)) from_python(reticulate::py_get_attr(x, name))
}

python_flag <- function(x) isTRUE(from_python(x))

from_python <- function(x) if (is_python(x)) reticulate::py_to_r(x) else x
