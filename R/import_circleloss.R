# Imports the Python module in inst/python, which uses the library that R has loaded.

#' The Circle loss for PyTorch, JAX, TensorFlow and NumPy
#'
#' Imports the Python module `circleloss` of this package through reticulate. It runs the engine on
#' the CPU, on the memory of the tensors, without R in between.
#'
#' `circle_loss(y_true, y_pred, ...)` takes tensors of PyTorch or TensorFlow, or arrays of JAX or
#' NumPy, and returns the same type. It can be differentiated with `backward()`, `jax.grad()` (also
#' under `jax.jit()`) and `tf.GradientTape`. `value_and_gradient()` takes NumPy arrays and returns
#' the value and both gradients. Their arguments are those of [loss_circle_gradient()] without
#' `upstream` and `normalize`, and `threads`, the number of threads or 0 for all. `scratch()` is
#' [circleloss_scratch()], without the default as an argument.
#'
#' The module also works without R: put the folder `system.file("python", package = "circleloss")`
#' on Python's path. It uses the shared library in the folder `libs` of the package, or the file in
#' the environment variable `CIRCLELOSS_LIBRARY`.
#'
#' @param convert Whether results of the module are converted to R where possible: NumPy arrays are,
#'   tensors are not.
#'
#' @returns The module, a Python object.
#'
#' @section Errors:
#' `circleloss_error_python` and `circleloss_error_package`. See [circleloss_conditions].
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
  need_package("reticulate", "to import a Python module", call)
  import_native("circleloss", convert, call)
}

# `module` is "circleloss" or a part of it.
import_native <- function(module, convert, call) {
  path <- system.file("python", package = "circleloss")
  need_python("to import a module of it", "numpy", call)
  engine <- getLoadedDLLs()[["circleloss"]][["path"]]
  tryCatch(
    {
      # The module imports it only when it computes; here the error can be more helpful
      reticulate::import("numpy", convert = FALSE)
      reticulate::import_from_path("circleloss", path, convert = convert)$load(engine)
      reticulate::import_from_path(module, path, convert = convert)
    },
    error = function(error) {
      stop_circleloss(
        "python",
        c(
          "Python cannot import the module {.pkg {module}}.",
          "i" = "{.code reticulate::py_config()} shows which Python is used. It needs NumPy, which
                 {.code {python_advice(\"numpy\")}} installs."
        ),
        parent = error,
        call = call
      )
    }
  )
}
