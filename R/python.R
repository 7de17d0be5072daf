# Arrays and tensors of Python, through reticulate: NumPy, TensorFlow, PyTorch, JAX, and any other
# that NumPy can read.

is_python <- function(x) {
  inherits(x, "python.builtin.object") && (is.environment(x) || is.function(x))
}

python_to_r <- function(x, exact, call) {
  need_package("reticulate", "to read Python objects", call)
  if (reticulate::py_is_null_xptr(x)) {
    stop("it belongs to a Python session that has ended", call. = FALSE)
  }
  if (is_symbolic(x)) {
    stop_symbolic(exact, call)
  }
  numpy <- reticulate::import("numpy", convert = FALSE)
  check_numpy_fits(from_python(numpy$`__version__`), utils::packageVersion("reticulate"), call)
  if (reticulate::py_has_attr(x, "detach")) {
    x <- dense_tensor_on_cpu(x)
  }
  if (python_flag(numpy$ma$is_masked(x))) {
    # asarray() would show what the mask hides
    stop("its mask hides some of the values: give only the others, or use `filled()`",
      call. = FALSE
    )
  }
  numpy_to_r(numpy$asarray(x), numpy, exact)
}

# Such as "float32", for tensors and arrays of any library: PyTorch writes torch.float32, TensorFlow
# <dtype: 'float32'>.
python_type <- function(x) {
  if (!reticulate::py_has_attr(x, "dtype")) {
    return("")
  }
  type <- paste(reticulate::py_str(reticulate::py_get_attr(x, "dtype")), collapse = "")
  gsub("^torch[.]|^<dtype: '|'>$", "", type)
}

# A placeholder for a tensor while a model is built or compiled, without numbers.
is_symbolic <- function(x) {
  any(grepl("(KerasTensor|SymbolicTensor|Tracer)$", class(x))) ||
    (reticulate::py_has_attr(x, "is_meta") && python_flag(reticulate::py_get_attr(x, "is_meta")))
}

stop_symbolic <- function(exact, call) {
  stop_circleloss(
    if (exact) "labels" else "embeddings",
    c(
      # Keras passes on only the first line
      "A symbolic tensor has no numbers: a model takes a loss instance or {.fn as_keras_loss}.",
      "i" = "{.code circleloss::loss_circle()} makes an instance. With {.arg y_true} and
             {.arg y_pred} it computes the loss in R, outside of a model."
    ),
    # A trace of the whole stack would ask the tensor, an argument in it, for its length
    trace = rlang::trace_back(bottom = sys.nframe()),
    call = call
  )
}

# The first version of reticulate that can read arrays of NumPy 2: earlier ones crash.
reticulate_needed <- "1.38"

check_numpy_fits <- function(numpy, reticulate, call) {
  if (release_of(numpy) >= "2.0" && reticulate < reticulate_needed) {
    stop_circleloss(
      "python",
      c(
        "reticulate {format(reticulate)} cannot read arrays of NumPy {numpy}.",
        "i" = "Update reticulate to {reticulate_needed} or later, or install NumPy 1:
               {.code {python_advice(\"numpy<2\", reticulate)}}."
      ),
      call = call
    )
  }
}

# PyTorch. NumPy cannot read tensors that record gradients, are on a GPU, are sparse, or are of type
# bfloat16; double represents every floating point type.
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
    # Python objects, usually strings
    return(from_python(array$tolist()))
  }
  if (kind %in% c("f", "V")) {
    # "V" are types that NumPy itself lacks, such as bfloat16
    array <- array$astype("float64")
  } else if (kind %in% c("i", "u") && exact && reaches_beyond_doubles(array, numpy)) {
    array <- array$astype("U")
  }
  from_python(array)
}

# Whether an integer array holds a number that a double may not represent. Computed in double, since
# reticulate converts Python's integers to 32 bits.
reaches_beyond_doubles <- function(array, numpy) {
  largest <- numpy$absolute(array$astype("float64"))$max(initial = 0)
  from_python(largest$item()) >= 2^53
}

# Whether importing a module would start a Python that the user has set up. From 1.41 on, reticulate
# downloads a Python and NumPy if none has been chosen. A session that already runs Python, or has
# requirements for it, is set up.
python_is_set_up <- function() {
  reticulate::py_available(initialize = FALSE) ||
    utils::packageVersion("reticulate") < "1.41" ||
    # Older versions lack this function, which R CMD check would notice
    has_python_requirements(getExportedValue("reticulate", "py_require")()) ||
    is_chosen_python(configured_python()) ||
    reticulate::virtualenv_exists("r-reticulate")
}

# The Python that reticulate would use if it could not download one, NULL if there is none.
configured_python <- function() {
  choice <- Sys.getenv("RETICULATE_USE_MANAGED_VENV", NA)
  if (tolower(choice) %in% c("true", "1", "yes", "false", "0", "no")) {
    return(list(forced = "RETICULATE_USE_MANAGED_VENV"))
  }
  Sys.setenv(RETICULATE_USE_MANAGED_VENV = "false")
  on.exit(Sys.unsetenv("RETICULATE_USE_MANAGED_VENV"))
  # An error if the chosen Python does not exist, which its use will report
  tryCatch(reticulate::py_discover_config(), error = function(error) list(forced = "an error"))
}

# A Python that merely exists has not been chosen.
is_chosen_python <- function(config) {
  !is.null(config$forced) && !(config$forced %in% c("PATH", "Windows Registry"))
}

# The first request, for NumPy, is by reticulate itself.
has_python_requirements <- function(requirements) {
  any(vapply(requirements$history, FUN.VALUE = NA, function(request) {
    !identical(request$requested_from, "reticulate")
  }))
}

need_python <- function(purpose, packages, call) {
  if (!python_is_set_up()) {
    stop_circleloss(
      "python",
      c(
        "Python is needed {purpose}, and none has been set up for this session.",
        "i" = "{.code {python_advice(packages)}} makes reticulate provide one.",
        "i" = "{.code reticulate::use_python(\"/path/to/python\")} or the environment variable
               {.envvar RETICULATE_PYTHON} selects an existing one."
      ),
      call = call
    )
  }
}

# The call that provides packages in this version of reticulate.
python_advice <- function(packages, version = utils::packageVersion("reticulate")) {
  call <- if (package_version(version) < "1.41") "py_install" else "py_require"
  quoted <- paste0("\"", packages, "\"", collapse = ", ")
  if (length(packages) > 1L) {
    quoted <- paste0("c(", quoted, ")")
  }
  paste0("reticulate::", call, "(", quoted, ")")
}

python_attribute <- function(x, name, call) {
  need_package("reticulate", "to read Python objects", call)
  # An object of a session that has ended has none; newer versions of reticulate give an error
  has_it <- !reticulate::py_is_null_xptr(x) && reticulate::py_has_attr(x, name)
  if (has_it) from_python(reticulate::py_get_attr(x, name))
}

python_flag <- function(x) isTRUE(from_python(x))

from_python <- function(x) if (is_python(x)) reticulate::py_to_r(x) else x
