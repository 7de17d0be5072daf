# What the tests with Python share.

skip_if_numpy_missing <- function() {
  skip_on_cran()
  skip_if_not_installed("reticulate")
  skip_if_not(python_is_set_up(), "a Python that has been set up")
  skip_if_not(reticulate::py_module_available("numpy"), "NumPy")
}

skip_if_no_numpy <- function() {
  skip_if_numpy_missing()
  version <- reticulate::py_to_r(reticulate::import("numpy", convert = FALSE)$`__version__`)
  # Older versions of reticulate crash on arrays of NumPy 2
  skip_if(
    package_version(version) >= "2.0" && utils::packageVersion("reticulate") < "1.38",
    "reticulate and NumPy do not fit"
  )
}

numpy <- function() reticulate::import("numpy", convert = FALSE)

array_of <- function(values, type) numpy()$array(values)$astype(type)
