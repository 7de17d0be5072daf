# A loss instance as a loss of Keras, in Python: converted by as_keras_loss(), or by reticulate
# where the instance is an argument of a function of Python.

keras_engines <- c("keras", "native")

# The first version of Keras that has keras.losses.Circle.
keras_needed <- "3.7.0"

#' A loss of Keras
#'
#' Turns a [loss instance][circleloss_instance] into an object of Python that Keras takes as a loss,
#' in `compile()`, `fit()`, `evaluate()`, and when a model is saved and loaded. It needs the package
#' reticulate, and Keras 3.7.0 or later in Python.
#'
#' ```
#' model |> compile(optimizer = "adam", loss = loss_circle())
#' ```
#'
#' works as it stands, since reticulate converts a loss instance by itself, with the engine
#' `"keras"`. So it does where a model has several outputs, each with a loss of its own, and among
#' the metrics. Without its parentheses `loss_circle` is a function of R, which Keras cannot
#' differentiate. `as_keras_loss()` is there for the other engine, or to look at the result.
#'
#' The package keras3 has a `loss_circle()` too, which is Keras's own: where both packages are
#' attached, `circleloss::loss_circle()` is this one.
#'
#' The model should end in a layer that brings its output to unit length, such as
#' `layer_unit_normalization()`. Keras's own loss does not warn of rows of other lengths.
#'
#' Labels should be integers: Keras rounds doubles to single precision before any loss sees them.
#' `fit()` of keras3 takes a vector of them, or a factor, which becomes codes from 0 on; a factor in
#' `ref_labels` of a loss becomes the same codes, so that it needs the same levels. In
#' `model$fit()`, by reticulate alone, they have to be an array, `array(labels)`, since reticulate
#' makes a list of a vector.
#'
#' @section Engines:
#' `"keras"` is Keras's own `keras.losses.Circle`. It runs on the device of the model, is compiled
#' with it, and a saved model loads wherever Keras is, without this package. It stores several
#' matrices of all pairs. It has no references and only one gradient, compares labels after it has
#' rounded them to `dtype` (in `"float32"` whole numbers beyond 2^24 may become equal), and outside
#' TensorFlow it computes `"float64"` in single precision.
#'
#' `"native"` is the engine of this package, called from within the graph of PyTorch, JAX or
#' TensorFlow, on the processor. It stores no matrix of pairs, takes references and both gradients,
#' and compares labels exactly as they arrive (those of JAX have 32 bits, unless it is told
#' otherwise). On TensorFlow it cannot be part of a model that is compiled by XLA: where there is a
#' graphics card, say `jit_compile = FALSE` to `compile()`. A model that was saved with it needs
#' this package when it is loaded: in a new session `as_keras_loss(loss_circle(), "native")` makes
#' the loss known to Keras.
#'
#' Which one is faster depends on the size of a batch, see
#' `vignette("training", package = "circleloss")`.
#'
#' What an engine cannot do is refused when the loss is converted. Keras does not save the `dtype`
#' of a `"keras"` loss: a model that is loaded computes the loss in Keras's default type.
#'
#' @param loss A loss instance, as `loss_circle()` makes it; or Keras's own `Circle`, as the
#'   function of the same name in keras3 makes it, whose settings are taken over.
#' @param engine `"keras"` or `"native"`.
#' @param weights `"differentiated"` or, with the engine `"native"`, `"detached"`: whether the
#'   gradient passes through the pair weights, see [loss_circle_gradient()].
#' @param x A loss instance.
#' @param convert Whether what Python returns from the object is converted to R.
#'
#' @returns An object of Python, of class `keras.losses.Circle` or `circleloss.keras.NativeCircle`.
#'
#' @section Errors:
#' `circleloss_error_object` if `loss` is no loss instance, `circleloss_error_engine` if the engine
#' is none of the two or cannot do what the loss asks for, `circleloss_error_weights`,
#' `circleloss_error_keras` if there is no Keras or one that is too old, `circleloss_error_python`
#' if no Python is set up or the engine `"native"` cannot be loaded, `circleloss_error_threads` if
#' the option `circleloss.threads` is no number of threads, and `circleloss_error_package`. See
#' [circleloss_conditions].
#'
#' @seealso [loss_circle()]; [import_circleloss()] for PyTorch, JAX and NumPy without Keras.
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
#' # The engine of this package, with the gradient of the paper
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
  # Called from inside reticulate, whose frames have no name that would help in an error
  keras_loss(settings_of(x), "keras", "differentiated", convert, call = quote(r_to_py(loss)))
}

# Those of an instance, or of Keras's own Circle: where keras3 is attached last, its loss_circle()
# makes one.
settings_of_loss <- function(loss, call) {
  if (is_python(loss) && any(grepl("[.]losses[.]Circle$", class(loss)))) {
    return(settings_of_circle(loss, call))
  }
  check_instance(loss, call)
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
  need_package("reticulate", "to make a loss of Keras", call)
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

# Keras's labels are numbers, so those of references have to be. By way of text every whole number
# that 64 bits can hold arrives as it is. Of a factor keras3 makes codes from 0 on.
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
        "i" = "The labels that Keras hands to a loss are numbers: use those numbers here too."
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

# Whatever the checks here do not foresee, Keras says in its own words.
new_python_loss <- function(class, arguments, call) {
  tryCatch(do.call(class, arguments), error = function(error) {
    stop_circleloss("keras", "Keras cannot make this loss.", parent = error, call = call)
  })
}

# Keras --------------------------------------------------------------------------------------

import_keras <- function(convert, call) {
  need_python("to make a loss of Keras", keras_packages(), call)
  keras <- tryCatch(
    reticulate::import("keras", convert = convert),
    error = function(error) stop_no_keras(error, call)
  )
  version <- from_python(keras$`__version__`)
  if (release_of(version) < keras_needed) {
    stop_circleloss(
      "keras",
      c(
        "Keras {keras_needed} or later is needed, which has the Circle loss.",
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

# Keras itself, and what it runs on.
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
      "Python cannot import {.pkg keras}, of which {keras_needed} or later is needed.",
      "i" = "{.code reticulate::py_config()} shows which Python it is,
             {.code {install}} installs Keras with PyTorch.",
      "i" = "The environment variable {.envvar KERAS_BACKEND} says what Keras runs on,
             {.val torch}, {.val jax} or {.val tensorflow}; it is TensorFlow if unset."
    ),
    needed = keras_needed,
    parent = error,
    call = call
  )
}

# Checks ---------------------------------------------------------------------------------------

check_instance <- function(loss, call) {
  if (!inherits(loss, "circleloss_instance")) {
    stop_circleloss(
      "object",
      c(
        "{.arg loss} must be a loss instance, not {describe_value(loss)}.",
        "i" = "{.code loss_circle()}, without {.arg y_true} and {.arg y_pred}, makes one."
      ),
      argument = "loss",
      call = call
    )
  }
}

# What Keras's own class has no place for.
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

# Keras makes single precision of it, but for TensorFlow.
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
    c("{message}", "i" = "The engine {.val native} can: {.code {code}}.", "i" = hint),
    argument = argument,
    engine = "keras",
    call = call
  )
}
