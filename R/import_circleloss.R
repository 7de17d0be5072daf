# The Python side of this package: the module in inst/python, on the library that R has loaded.

#' The Circle loss for PyTorch, JAX, TensorFlow and NumPy
#'
#' Imports the Python module `circleloss` that comes with this package, through reticulate. It calls
#' the engine on the tensors' own memory, on the processor, without R in between.
#'
#' `circle_loss(y_true, y_pred, ...)` takes tensors of PyTorch, arrays of JAX, tensors of TensorFlow
#' or arrays of NumPy, and returns the like. It can be differentiated: by `backward()`, by
#' `jax.grad()`, also under `jax.jit()`, and by `tf.GradientTape`. `value_and_gradient()` takes
#' arrays of NumPy and returns value, gradient and the gradient of the references. Their arguments
#' are those of [loss_circle_gradient()] without `upstream` and `normalize`, and `threads`: how
#' many, or 0 for all. `scratch()` is [circleloss_scratch()], without the default as an argument.
#'
#' The module works without R too: put the folder `system.file("python", package = "circleloss")` on
#' Python's path. It finds the package's shared library, in the folder `libs` beside; the
#' environment variable `CIRCLELOSS_LIBRARY` names the file of another.
#'
#' @param convert Whether what the module returns is converted to R, as far as it can be. Tensors
#'   stay what they are, arrays of NumPy do not.
#'
#' @returns The module, an object of Python.
#'
#' @section Errors:
#' `circleloss_error_python` if no Python is set up or it cannot import the module, and
#' `circleloss_error_package`. See [circleloss_conditions].
#'
#' @seealso [as_keras_loss()] for Keras.
#'
#' @examples
#' \dontrun{
#' torch <- reticulate::import("torch")
#' python <- import_circleloss()
#'
#' x <- torch$tensor(unit_normalize(digits$pixels), requires_grad = TRUE)
#' y <- torch$tensor(as.integer(digits$digit))
#' value <- python$circle_loss(y, x)
#' value$backward()
#' x$grad
#' }
#' @export
import_circleloss <- function(convert = TRUE) {
  call <- environment()
  convert <- check_flag(convert, "convert", call)
  need_package("reticulate", "to import a module of Python", call)
  import_native("circleloss", convert, call)
}

# `module` is "circleloss" or a part of it.
import_native <- function(module, convert, call) {
  path <- system.file("python", package = "circleloss")
  need_python("to import a module of it", "numpy", call)
  engine <- getLoadedDLLs()[["circleloss"]][["path"]]
  tryCatch(
    {
      # The module asks for it when it computes, but here there is more to say
      reticulate::import("numpy", convert = FALSE)
      reticulate::import_from_path("circleloss", path, convert = convert)$load(engine)
      reticulate::import_from_path(module, path, convert = convert)
    },
    error = function(error) {
      stop_circleloss(
        "python",
        c(
          "Python cannot import the module {.pkg {module}}.",
          "i" = "{.code reticulate::py_config()} shows which Python it is. It needs NumPy, which
                 {.code {python_advice(\"numpy\")}} installs."
        ),
        parent = error,
        call = call
      )
    }
  )
}
