# Converts a loss instance to a Keras loss in Python: by as_keras_loss(), or by reticulate when the
# instance is an argument of a Python function.

keras_engines <- c("keras", "native")

# The first version of Keras that has keras.losses.Circle.
keras_needed <- "3.7.0"

#' A Keras loss
#'
#' Converts a [loss instance][circleloss_instance] to a Python object that Keras accepts as a loss,
#' in `compile()`, `fit()` and `evaluate()`, and when a model is saved and loaded. It needs the
#' package reticulate, and Keras 3.7.0 or later in Python.
#'
#' ```
#' model |> compile(optimizer = "adam", loss = loss_circle())
#' ```
#'
#' works without it, since reticulate converts a loss instance by itself, with the engine `"keras"`;
#' also for a model with one loss per output, and among the metrics. Without parentheses
#' `loss_circle` is an R function, which Keras cannot differentiate. `as_keras_loss()` selects the
#' other engine.
#'
#' The package keras3 also has a `loss_circle()`, which is Keras's own. If both packages are
#' attached, `circleloss::loss_circle()` is this one.
#'
#' The model should end in a layer that scales its output to unit length, such as
#' `layer_unit_normalization()`. Keras's own loss does not warn of rows of other lengths.
#'
#' Labels should be integers: Keras rounds doubles to single precision before it calls a loss.
#' `fit()` of keras3 takes a vector of integers, or a factor, which becomes codes from 0 on. A
#' factor in `ref_labels` becomes the same codes, so it needs the same levels. `model$fit()` of
#' reticulate needs `array(labels)`, since reticulate converts a vector to a list.
#'
#' @section Engines:
#' `"keras"` is Keras's own `keras.losses.Circle`. It runs on the device of the model and is
#' compiled with it; a saved model loads without this package. It stores several matrices of all
#' pairs, has no references and only one gradient, compares labels after rounding them to `dtype`
#' (in `"float32"` whole numbers beyond 2^24 may become equal), and except on TensorFlow computes
#' `"float64"` in single precision.
#'
#' `"native"` is the engine of this package, called from the graph of PyTorch, JAX or TensorFlow, on
#' the CPU. It stores no matrix of pairs, supports references and both gradients, and compares
#' labels exactly as they arrive (by default JAX gives them 32 bits). On TensorFlow it cannot be
#' compiled with XLA: with a GPU, use `compile(jit_compile = FALSE)`. To load a saved model in a new
#' session, first register the loss with `as_keras_loss(loss_circle(), "native")`.
#'
#' Which one is faster depends on the batch size, see
#' `vignette("training", package = "circleloss")`.
#'
#' Settings that an engine does not support are refused at conversion. Keras does not save the
#' `dtype` of a `"keras"` loss: a loaded model computes the loss in Keras's default type.
#'
#' @param loss A loss instance made by `loss_circle()`, or Keras's own `Circle`, for example made by
#'   `keras3::loss_circle()`, whose settings are used.
#' @param engine `"keras"` or `"native"`.
#' @param weights `"differentiated"` or, with the engine `"native"`, `"detached"`: whether the
#'   gradient passes through the pair weights, see [loss_circle_gradient()].
#' @param x A loss instance.
#' @param convert Whether results of the object are converted to R.
#'
#' @returns A Python object of class `keras.losses.Circle` or `circleloss.keras.NativeCircle`.
#'
#' @section Errors:
#' `circleloss_error_object`, `_engine`, `_weights`, `_keras`, `_python`, `_threads` (of the option
#' `circleloss.threads`) and `_package`. See [circleloss_conditions].
#'
#' @seealso [circle_map()] learns a map without Python, linear or with few layers: where inputs are
#'   rows of numbers that is often enough. [loss_circle()]; [import_circleloss()] for PyTorch, JAX
#'   and NumPy without Keras.
#'
#' @examples
#' \dontrun{
#' keras <- reticulate::import("keras")
#' model <- keras$Sequential(list(
#'   keras$layers$Dense(32L),
#'   keras$layers$UnitNormalization()
#' ))
#' model$compile(optimizer = "adam", loss = loss_circle())
#' model$fit(digits$pixels / 16, array(as.integer(digits$digit)), batch_size = 256L)
#'
#' # The engine of this package with the gradient of the paper
#' loss <- as_keras_loss(loss_circle(gamma = 256), engine = "native", weights = "detached")
#' model$compile(optimizer = "adam", loss = loss)
#' }
#' @export
as_keras_loss <- function(loss, engine = c("keras", "native"),
                          weights = c("differentiated", "detached")) {
  call <- environment()
  need_argument(loss, "{.code loss_circle()} makes one.", call)
  settings <- settings_of_loss(loss, call)
  engine <- match_choice(engine, keras_engines, "engine", call, "engine")
  weights <- check_pair_weights(weights, call)
  keras_loss(settings, engine, weights, convert = TRUE, call)
}

#' @rdname as_keras_loss
#' @method r_to_py circleloss_instance
#' @exportS3Method reticulate::r_to_py circleloss_instance
r_to_py.circleloss_instance <- function(x, convert = FALSE) {
  # Called from inside reticulate, whose frames would not help in an error
  keras_loss(settings_of(x), "keras", "differentiated", convert, call = quote(r_to_py(loss)))
}

# Of an instance, or of Keras's own Circle, which loss_circle() makes if keras3 was attached last.
settings_of_loss <- function(loss, call) {
  if (is_python(loss) && any(grepl("[.]losses[.]Circle$", class(loss)))) {
    return(settings_of_circle(loss, call))
  }
  hint <- "{.code loss_circle()} without {.arg y_true} and {.arg y_pred} makes one."
  check_object(loss, "circleloss_instance", "loss", "a loss instance", hint, call)
  settings_of(loss)
}

settings_of_circle <- function(loss, call) {
  config <- from_python(loss$get_config())
  new_settings(
    NULL, NULL,
    remove_diagonal = config$remove_diagonal,
    gamma = config$gamma,
    margin = config$margin,
    reduction = config$reduction,
    name = config$name,
    dtype = python_attribute(loss, "dtype", call),
    call
  )
}

keras_loss <- function(settings, engine, weights, convert, call) {
  need_package("reticulate", "to make a Keras loss", call)
  if (engine == "keras") {
    check_keras_can(settings, weights, call)
  }
  keras <- import_keras(convert, call)
  if (engine == "keras") {
    check_keras_dtype(settings$dtype, keras, call)
    new_python_loss(keras$losses$Circle, common_arguments(settings), call)
  } else {
    native <- import_native("circleloss.keras", convert, call)
    arguments <- c(common_arguments(settings), native_arguments(settings, weights, call))
    new_python_loss(native$NativeCircle, arguments, call)
  }
}

common_arguments <- function(settings) {
  settings[c("gamma", "margin", "remove_diagonal", "reduction", "name", "dtype")]
}

native_arguments <- function(settings, weights, call) {
  list(
    weights = weights,
    ref_labels = python_labels(settings$ref_labels, call),
    ref_embeddings = if (!is.null(settings$ref_embeddings)) {
      reticulate::np_array(settings$ref_embeddings, order = "C")
    },
    threads = requested_threads(call)
  )
}

# Keras's labels are numbers, so those of references must be too. Conversion through text preserves
# every 64-bit integer. Like keras3, factors become codes from 0 on.
python_labels <- function(labels, call) {
  if (is.null(labels)) {
    return(NULL)
  }
  if (is.factor(labels)) {
    labels <- as.integer(labels) - 1L
  }
  if (is.character(labels)) {
    stop_circleloss(
      "engine",
      c(
        "{.arg ref_labels} must be whole numbers or a factor here, not text.",
        "i" = "Keras passes labels to a loss as numbers: use those numbers here too."
      ),
      argument = "ref_labels",
      engine = "native",
      call = call
    )
  }
  text <- label_text(logical_to_integer(labels), call)
  numpy <- reticulate::import("numpy", convert = FALSE)
  numpy$array(as.list(text), dtype = "U")$astype("int64")
}

# Keras's own error is the parent.
new_python_loss <- function(class, arguments, call) {
  tryCatch(do.call(class, arguments), error = function(error) {
    stop_circleloss("keras", "Keras cannot make this loss.", parent = error, call = call)
  })
}

# Keras --------------------------------------------------------------------------------------

import_keras <- function(convert, call) {
  need_python("to make a Keras loss", keras_packages(), call)
  keras <- tryCatch(
    reticulate::import("keras", convert = convert),
    error = function(error) stop_no_keras(error, call)
  )
  version <- from_python(keras$`__version__`)
  if (release_of(version) < keras_needed) {
    stop_circleloss(
      "keras",
      c(
        "Keras {keras_needed} or later, which has the Circle loss, is needed.",
        "x" = "The Keras in Python is {version}.",
        "i" = "{.code {python_advice(keras_packages()[[1]])}} installs a later one."
      ),
      version = version,
      needed = keras_needed,
      call = call
    )
  }
  keras
}

# Keras and a backend.
keras_packages <- function() c(paste0("keras>=", keras_needed), "torch")

# Python's versions may end in what R's may not, as "3.12.0.dev2025"
release_of <- function(version) {
  numeric_version(sub("^([0-9]+([.][0-9]+)*).*$", "\\1", version))
}

stop_no_keras <- function(error, call) {
  install <- python_advice(keras_packages())
  stop_circleloss(
    "keras",
    c(
      "Python cannot import {.pkg keras}; version {keras_needed} or later is needed.",
      "i" = "{.code reticulate::py_config()} shows which Python is used,
             {.code {install}} installs Keras with PyTorch.",
      "i" = "The environment variable {.envvar KERAS_BACKEND} selects the backend:
             {.val torch}, {.val jax} or {.val tensorflow}, the default."
    ),
    needed = keras_needed,
    parent = error,
    call = call
  )
}

# Checks ---------------------------------------------------------------------------------------

# Settings that Keras's own class lacks.
check_keras_can <- function(settings, weights, call) {
  for (argument in c("ref_embeddings", "ref_labels")) {
    if (!is.null(settings[[argument]])) {
      stop_keras_cannot(
        cli::format_inline("The engine {.val keras} takes no {.arg {argument}}."),
        argument, weights, call
      )
    }
  }
  if (weights == "detached") {
    stop_keras_cannot(
      cli::format_inline("The engine {.val keras} cannot hold the pair weights constant."),
      "weights", weights, call
    )
  }
}

# Except on TensorFlow, Keras computes float64 in single precision.
check_keras_dtype <- function(dtype, keras, call) {
  backend <- from_python(keras$backend$backend())
  if (dtype == "float64" && backend != "tensorflow") {
    stop_keras_cannot(
      cli::format_inline(
        "On {.val {backend}} the engine {.val keras} computes {.val float64} as {.val float32}."
      ),
      "dtype", "differentiated", call,
      hint = if (backend == "jax") {
        "JAX then needs {.code JAX_ENABLE_X64=1} in the environment before Python starts."
      }
    )
  }
}

stop_keras_cannot <- function(message, argument, weights, call, hint = NULL) {
  detached <- if (weights == "detached") ", weights = \"detached\""
  code <- paste0("as_keras_loss(loss, engine = \"native\"", detached, ")")
  stop_circleloss(
    "engine",
    c("{message}", "i" = "The engine {.val native} supports it: {.code {code}}.", "i" = hint),
    argument = argument,
    engine = "keras",
    call = call
  )
}
